"""Accuracy against a cost to point at: the front in colour, what is dominated in grey, one group or all."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from study.report.drawing.chart import Panel, choice, hover, hue, said, shape, specification, themed
from study.report.drawing.style import Theme
from study.report.inputs import Document
from study.report.pareto import front_rows
from study.report.shown import cell
from study.report.tables import Record, records

DRAWN = "variant group hue shape recipe low high".split()
CLOSE = 0.045  # points nearer than this share of the panel have their numbers stacked


@dataclass(frozen=True)
class Axes:
    """What a panel shows: titles of its axes, names of its hues and shapes, and the list to choose a group from."""

    cost: str
    gain: str
    hues: Sequence[str]
    shapes: Sequence[str]
    control: str = ""  # title of the list
    options: Sequence[str] = ()
    everything: str = ""  # its entry for all rows
    interval: bool = False
    said: tuple[str, ...] = ()  # titles of what is said when a point is pointed at
    hue: tuple[str, str] = ("hue", "Architecture")  # column and title


def points(table: pd.DataFrame, cost: str, unit: float, gain: str, keys: Sequence[str]) -> list[Record]:
    """What is drawn of rows with `group`, `hue` and `shape`: their place, their numbers on the front of all and on that
    of their group (0: dominated), how far these climb, and what the report's tables show in `keys`.
    """
    front = _numbers(table, cost, gain)
    own = pd.concat([_numbers(some, cost, gain) for _, some in table.groupby("group", sort=False)])
    drawn = table[[key for key in DRAWN if key in table]].assign(cost=table[cost] * unit, gain=100 * table[gain])
    drawn = drawn.assign(front=front["number"], lift=front["lift"], own=own["number"], own_lift=own["lift"])
    shown = [said([cell(row, key).text for key in keys]) for row in records(table)]
    return [{**row, **texts} for row, texts in zip(records(drawn), shown, strict=True)]


def _numbers(table: pd.DataFrame, cost: str, gain: str) -> pd.DataFrame:
    """The number of each row on the front and the lines that it stands above its point, where others are close."""
    best = front_rows(table, cost, gain)
    across, up = table[cost].astype(float).map(math.log), table[gain].astype(float)
    near = across[best.index].diff().abs() < CLOSE * np.ptp(across)
    near &= up[best.index].diff().abs() < CLOSE * np.ptp(up)
    found = {"number": range(1, len(best) + 1), "lift": near.groupby((~near).cumsum()).cumsum()}
    return pd.DataFrame(found, best.index).reindex(table.index, fill_value=0)


def panel(name: str, title: str, rows: str, axes: Axes, only: str | None = None, description: str = "") -> Panel:
    """A plot of the points in the table `rows`; with `only`, of that group, with nothing to choose."""
    return Panel(name, title, rows, themed(partial(_draw, axes, description or title, only)))


def _draw(axes: Axes, description: str, only: str | None, theme: Theme) -> Document:
    pick = "pick" if only is None else json.dumps(only)  # several plots in one document cannot share a parameter
    base = (
        alt.Chart(alt.NamedData("rows"), description=description)
        .transform_filter(f"{pick} == '' || datum.group == {pick}")
        .transform_calculate(
            place=f"{pick} == '' ? datum.front : datum.own", up=f"{pick} == '' ? datum.lift : datum.own_lift"
        )
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
            color=hue(*axes.hue, axes.hues, theme), shape=marker, tooltip=hover(*axes.said)
        ),
        best.mark_text(
            dx=alt.expr("-9 - 6 * datum.up"),
            dy=alt.expr("-9 - 10 * datum.up"),
            align="right",
            fontSize=12,
            fontWeight="bold",
            color=theme.text,
        ).encode(text=alt.Text("place", type="quantitative")),
    ]
    whole = alt.layer(*layers)
    if only is None:
        whole = whole.add_params(choice("pick", axes.control, axes.options, axes.everything))
    return specification(whole, theme, 330)
