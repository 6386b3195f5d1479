"""The plot of the chooser: accuracy over the cost that is asked for; the page's script computes its rows."""

import json

import altair as alt

from study.report.drawing.chart import hover, specification
from study.report.drawing.style import Theme
from study.report.inputs import Document

SAID = ("Variant", "Top-1 [%]", "Cost", "Largest loss of a class", "Within the limits")
HEIGHT = 300
KINDS = ("out", "in", "front", "best")


def choice_chart(theme: Theme) -> Document:
    """Variants as points, those within the limits in colour, the best of them by cost joined, the choice a square.

    Rows have `cost`, `top1`, `kind` (of `KINDS`) and the texts of `SAID` (see `chart.said`); `line` are those of the
    front, in the order of their cost.
    """
    base = alt.Chart(
        alt.NamedData("rows"), description="Top-1 over the chosen cost, variants within the limits in colour"
    )
    scale = alt.Scale(type="log", nice=False, padding=12)
    x = alt.X("cost", type="quantitative", title=None, scale=scale, axis=alt.Axis(tickCount=6, labelOverlap=True))
    y = alt.Y("top1", type="quantitative", title="Top-1 [%]", scale=alt.Scale(zero=False, nice=True, padding=8))
    strong = theme.series[0]
    line = (
        alt.Chart(alt.NamedData("line"))
        .mark_line(color=strong, strokeWidth=1.5, interpolate="step-after")
        .encode(x=x, y=y)
    )
    looks = {
        "colour": dict(zip(KINDS, (theme.muted, strong, strong, theme.series[1]), strict=True)),
        "size": dict(zip(KINDS, (25, 45, 70, 200), strict=True)),
        "opacity": dict(zip(KINDS, (0.45, 0.8, 1, 1), strict=True)),
        "shape": dict(zip(KINDS, ("circle", "circle", "diamond", "square"), strict=True)),
    }
    # One layer whose looks are computed: filtered layers without a row would warn of a scale without an extent.
    points = base.transform_calculate(
        **{name: f"({json.dumps(of)})[datum.kind]" for name, of in looks.items()}
    ).mark_point(filled=True)
    points = points.encode(
        x=x,
        y=y,
        color=alt.Color("colour", type="nominal", scale=None),
        size=alt.Size("size", type="quantitative", scale=None),
        opacity=alt.Opacity("opacity", type="quantitative", scale=None),
        shape=alt.Shape("shape", type="nominal", scale=None),
        tooltip=hover(*SAID),
    )
    return specification(alt.layer(line, points), theme, HEIGHT)
