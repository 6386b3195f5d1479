"""Figures to SVG: the same rows give the same bytes."""

import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from study.report.drawing.style import THEMES, Theme, settings
from study.report.tables import Tables

Draw = Callable[[Tables, Theme], Figure | None]
FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Roboto, Arial, sans-serif"


def render(draws: Mapping[str, Draw], tables: Tables) -> dict[str, bytes]:
    """File name -> SVG bytes, a light and a dark one of each figure that has something to show."""
    files = {}
    for name, draw in draws.items():
        for theme in THEMES:
            with _quiet(), matplotlib.rc_context(settings(theme)):  # type: ignore[arg-type]
                figure = draw(tables, theme)
                if figure is not None:
                    files[f"{name}{theme.suffix}.svg"] = _svg(figure)
    return files


def _svg(figure: Figure) -> bytes:
    out = BytesIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None})
    text = numbered_clips(out.getvalue().decode())
    return text.replace("'DejaVu Sans'", FONTS).encode()  # viewers without that font take one of its width


def numbered_clips(svg: str) -> str:
    """Matplotlib names clip paths by a hash of their coordinates, of which the layout's solver gives the last digits
    now so, now so: number them instead.
    """
    names = dict.fromkeys(re.findall(r'<clipPath id="(\w+)"', svg))
    numbers = {name: f"clip{number}" for number, name in enumerate(names)}
    return re.sub(r'(?<=<clipPath id=")\w+|(?<=url\(#)\w+', lambda found: numbers.get(found[0], found[0]), svg)


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
