"""Accuracy against a cost to point at: the front in colour, what is dominated in grey, one architecture or all."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from study.report.figures.pareto_panel import front_rows
from study.report.figures.style import Theme
from study.report.inputs import Document, Row
from study.report.page.chart import choice, hover, hue, shape, specification


@dataclass(frozen=True)
class Axes:
    """What a panel shows: titles of its axes, names of its hues and shapes, and the list to choose from."""

    cost: str
    gain: str
    hues: Sequence[str]
    shapes: Sequence[str]
    control: str  # title of the list
    options: Sequence[str]
    everything: str = ""  # its entry for all rows
    interval: bool = False
    said: tuple[str, ...] = ()  # columns that are said when a point is pointed at


def numbered(rows: Sequence[Row], cost: str, gain: str) -> dict[str, int]:
    """Variant -> its number on the front, counted from 1 as in the report's tables; dominated ones have none."""
    return {row["variant"]: number for number, row in enumerate(front_rows(rows, cost, gain), start=1)}


def draw(axes: Axes, theme: Theme, description: str) -> Document:
    """A specification for rows with `cost`, `gain`, `group`, `hue`, `shape`, `front` and `own` (front of the group).

    `front` and `own` are numbers on the fronts, 0 for a dominated row.
    """
    pick = choice("pick", axes.control, axes.options, axes.everything)
    base = (
        alt.Chart(alt.NamedData("rows"), description=description)
        .transform_filter("pick == '' || datum.group == pick")
        .transform_calculate(place="pick == '' ? datum.front : datum.own")
        .encode(
            x=alt.X(
                "cost",
                type="quantitative",
                title=axes.cost,
                scale=alt.Scale(type="log", nice=False, padding=24),
                axis=alt.Axis(format="~r", tickCount=5, labelOverlap=True),
            ),
            y=alt.Y("gain", type="quantitative", title=axes.gain, scale=alt.Scale(zero=False, padding=16)),
        )
    )
    marker = shape("shape", "Scheme", axes.shapes)
    best = base.transform_filter("datum.place > 0")
    below = alt.condition("datum.place == 0", alt.value(0.55), alt.value(0))
    layers: list[alt.Chart] = []
    if axes.interval:
        layers.append(base.mark_rule(color=theme.muted, opacity=0.6).encode(x="low:Q", x2="high:Q"))
    layers += [
        base.mark_point(filled=True, size=70, color=theme.muted).encode(
            shape=marker, tooltip=hover(*axes.said), opacity=below
        ),
        best.mark_line(color=theme.muted, interpolate="step-after", strokeWidth=1.4).encode(
            order=alt.Order("cost", type="quantitative")
        ),
        best.mark_point(filled=True, size=130, opacity=1).encode(
            color=hue("hue", "Architecture", axes.hues, theme), shape=marker, tooltip=hover(*axes.said)
        ),
        best.mark_text(dx=-9, dy=-9, align="right", fontSize=12, fontWeight="bold", color=theme.text).encode(
            text=alt.Text("place", type="quantitative")
        ),
    ]
    return specification(alt.layer(*layers).add_params(pick), theme, 330)
