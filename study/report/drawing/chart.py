"""An interactive plot: a Vega-Lite specification a theme, its rows kept apart so that plots share them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from matplotlib.colors import to_hex

from study.report import names
from study.report.drawing.style import THEMES, Theme, colours
from study.report.inputs import Document
from study.report.tables import Record

SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left"]
NAME = 28  # characters of a name in a legend or a list
# By the box, not by the plot in it: fitting changes that, and a legend that grows while it is fitted is cut off.
COLUMNS = alt.ExprRef("containerSize()[0] > 760 ? 5 : containerSize()[0] > 560 ? 3 : 2")


@dataclass(frozen=True)
class Panel:
    """One plot: id, title, the table of its rows, a specification a theme, the smallest width in pixels."""

    id: str
    title: str
    rows: str
    specs: Mapping[str, Document]
    width: int = 280


@dataclass(frozen=True)
class Chart:
    """Panels that stand in the place of one figure, and the rows they show by table name.

    `still`: panels of the form without a script, where there is nothing to choose; empty: it has the same ones. A chart
    without `panels` has a still form alone.
    """

    panels: tuple[Panel, ...]
    tables: Mapping[str, Sequence[Record]]
    still: tuple[Panel, ...] = ()
    caption: str = ""  # where that of the figure does not fit


def specification(chart: alt.LayerChart | alt.FacetChart, theme: Theme, height: Any) -> Document:
    """The Vega-Lite document of a chart that fills its box; without names that Altair counts up."""
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    finished = chart.properties(width="container", height=height, autosize=fit).configure(**_config(theme))
    found: Document = finished.to_dict()
    return found


def themed(draw: Any) -> Mapping[str, Document]:
    """Theme name -> specification, from a function of a theme."""
    return {theme.name: draw(theme) for theme in THEMES}


def labels(table: pd.DataFrame, key: str) -> dict[str, str]:
    """Value of a column -> its name in a plot: text that can be shown, different from all others."""
    found = names.distinct(table, key)
    return dict(zip(found, names.short_names(found, NAME), strict=True))


def hue(field: str, title: str, named: Sequence[str], theme: Theme) -> alt.Color:
    """Colours of the figures, in their order."""
    palette = [to_hex(colour) for colour in colours(theme, named).values()]
    return alt.Color(field, type="nominal", scale=alt.Scale(domain=list(named), range=palette), legend=legend(title))


def shape(field: str, title: str, named: Sequence[str]) -> alt.Shape:
    """A marker a name, repeating after eight."""
    marks = [SHAPES[index % len(SHAPES)] for index in range(len(named))]
    return alt.Shape(field, type="nominal", scale=alt.Scale(domain=list(named), range=marks), legend=legend(title))


def legend(title: str) -> alt.Legend:
    """A legend below the plot, in as many columns as fit."""
    return alt.Legend(title=title, orient="bottom", columns=COLUMNS, labelLimit=170, symbolLimit=0)


def choice(name: str, title: str, options: Sequence[str], everything: str = "") -> alt.Parameter:
    """A list to choose one value from, the first at the start; `everything` names an entry before them, value ''."""
    values = ["", *options] if everything else list(options)
    shown = [everything, *options] if everything else values
    bound = alt.binding_select(options=values, labels=shown, name=f"{title} ")
    return alt.param(name=name, value=values[0], bind=bound)


def hover(*columns: str) -> list[alt.Tooltip]:
    """What is said when a mark is pointed at: the texts of `said` under these titles."""
    return [alt.Tooltip(field=f"t{place}", type="nominal", title=column) for place, column in enumerate(columns)]


def said(texts: Sequence[str]) -> Record:
    """Columns with the texts of `hover`; numbered, as titles hold characters that Vega reads as paths."""
    return {f"t{place}": text for place, text in enumerate(texts)}


def _config(theme: Theme) -> Mapping[str, Any]:
    quiet = {"labelColor": theme.text, "titleColor": theme.text, "labelFontSize": 12, "titleFontSize": 12}
    return {
        "background": "transparent",
        "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif",
        "view": {"stroke": None},
        "axis": quiet
        | {
            "gridColor": theme.grid,
            "domainColor": theme.muted,
            "tickColor": theme.muted,
            "titleFontWeight": "normal",
            "titlePadding": 8,
        },
        "legend": quiet | {"titleFontWeight": "normal"},
        "text": {"color": theme.text},
    }
