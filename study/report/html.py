"""The report as one self-contained HTML file: styles, scripts, plots and figures are inside, nothing is fetched."""

import base64
import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from study.report.blocks import Column, Report
from study.report.page import page as pages
from study.report.page.script import payload, scripts


def html(report: Report, figures: Mapping[str, bytes], page: pages.Page = pages.EMPTY) -> str:
    """Render with autoescape; `figures` maps file names to SVG bytes, those that `page` has plots for stay out."""
    carried = scripts()
    environment = Environment(
        loader=PackageLoader("study.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["kind"] = lambda block: type(block).__name__
    environment.globals["groups"] = _groups
    environment.globals["breakable"] = _breakable
    return environment.get_template("index.html.j2").render(
        report=pages.with_own(report, page),
        page=page,
        filtered=pages.FILTERED,
        scripts=[Markup(script.text) for script in carried],
        allowed=" ".join(script.source for script in carried),
        payload=payload(page.document, {name: svg for name, svg in figures.items() if not _plotted(name, page)}),
        png=_png,
        size=lambda name: _size(figures[name]),
    )


def _plotted(figure: str, page: pages.Page) -> bool:
    name = figure.removesuffix(".svg").removesuffix("-dark")
    return name in page.charts or name in page.covered


def _png(png: bytes) -> Markup:
    return Markup("data:image/png;base64," + base64.b64encode(png).decode())


def _size(svg: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels, from the SVG's own in points or pixels."""
    head = svg[:2000].decode(errors="replace")
    found = [re.search(rf' {key}="([\d.]+)(pt)?"', head) for key in ("width", "height")]
    width, height = (float(one[1]) * (4 / 3 if one[2] else 1) for one in found if one)
    return round(width), round(height)


def _breakable(name: str) -> Markup:
    """A name that may be broken after its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


def _groups(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """Heading and span of each run of columns with the same group."""
    return [(title, len(list(run))) for title, run in groupby(columns, key=lambda column: column.group)]
