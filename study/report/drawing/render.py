"""Figures to SVG: the same rows give the same bytes."""

import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path

import altair as alt
import matplotlib
import vl_convert
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from study.report.drawing.chart import Chart, Panel
from study.report.drawing.style import PIXELS, THEMES, Theme, settings
from study.report.inputs import Document
from study.report.tables import Tables

Draw = Callable[[Tables, Theme], Figure | None]
FONT = "DejaVu Sans"  # Matplotlib brings it, so that texts are as wide on every machine
FONTS = f"'{FONT}', Verdana, 'Segoe UI', Roboto, Arial, sans-serif"
BESIDE = 90  # pixels that axis and gap take of a panel beside others


def render(draws: Mapping[str, Draw], charts: Mapping[str, Chart], tables: Tables) -> dict[str, bytes]:
    """File name -> SVG bytes, a light and a dark one of each figure that has something to show."""
    files = {}
    for theme in THEMES:
        for name, draw in draws.items():
            with _quiet(), matplotlib.rc_context(settings(theme)):  # type: ignore[arg-type]
                figure = draw(tables, theme)
                if figure is not None:
                    files[f"{name}{theme.suffix}.svg"] = _svg(figure)
        for name, chart in charts.items():
            if chart.still or chart.panels:
                files[f"{name}{theme.suffix}.svg"] = still(chart, theme)
    return files


def still(chart: Chart, theme: Theme) -> bytes:
    """The panels of a chart in two columns, as an image: of a fixed width, with nothing to choose."""
    panels = chart.still or chart.panels
    few = len(panels) == 1
    views = [_view(panel, theme, PIXELS if few else PIXELS // 2 - BESIDE) for panel in panels]
    whole: dict[str, object] = {"$schema": alt.SCHEMA_URL, "background": theme.background}
    whole["config"] = {**panels[0].specs[theme.name]["config"], "font": FONT, "aria": False, "background": None}
    whole["datasets"] = {panel.rows: list(chart.tables[panel.rows]) for panel in panels}
    if few:
        whole |= views[0]
    else:
        whole |= {"concat": views, "columns": 2, "resolve": {"scale": {"color": "shared", "shape": "shared"}}}
    _register()
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return _fonts(numbered(vl_convert.vegalite_to_svg(whole, vl_version=version)))


def _view(panel: Panel, theme: Theme, width: int) -> Document:
    """A panel as part of a document: its rows by name, as wide as said."""
    own = {key: value for key, value in panel.specs[theme.name].items() if key not in ("$schema", "config", "autosize")}
    text = json.dumps(own).replace("containerSize()[0]", str(PIXELS))
    view: dict[str, object] = json.loads(text.replace('{"name": "rows"}', json.dumps({"name": panel.rows})))
    fit = {"autosize": {"type": "fit-x", "contains": "padding"}} if width == PIXELS else {}
    title = {"title": {"text": panel.title, "anchor": "start", "color": theme.text}} if panel.title else {}
    return view | fit | title | {"width": width}


@cache
def _register() -> None:
    vl_convert.register_font_directory(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf"))


def _fonts(svg: str) -> bytes:
    """Viewers without that font take one of its width."""
    return svg.replace(f"'{FONT}'", FONTS).replace(f'font-family="{FONT}"', f'font-family="{FONTS}"').encode()


def _svg(figure: Figure) -> bytes:
    out = BytesIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return _fonts(numbered(out.getvalue().decode()))


def numbered(svg: str) -> str:
    """Matplotlib names clip paths by a hash of their coordinates, of which the layout's solver gives the last digits
    now so, now so, and Vega counts gradients of all drawings of a process: number them instead.
    """
    names = dict.fromkeys(re.findall(r'<(?:clipPath|linearGradient)[^>]*? id="(\w+)"', svg))
    numbers = {name: f"clip{number}" for number, name in enumerate(names)}
    return re.sub(r'(?<= id=")\w+|(?<=url\(#)\w+', lambda found: numbers.get(found[0], found[0]), svg)


@contextmanager
def _quiet() -> Iterator[None]:
    """Class names may hold characters that Matplotlib's own font lacks: the viewer's fonts show them."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            yield
    finally:
        logger.setLevel(level)
