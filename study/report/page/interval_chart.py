"""The plot of the comparison that a person chooses: the page's script computes its rows."""

import altair as alt

from study.report.drawing.chart import SHAPES, hover, specification
from study.report.drawing.style import Theme
from study.report.inputs import Document

SAID = ("Variant", "Class", "Change [points]", "95 % interval", "p", "p, corrected", "Significant", "Correction")
LINE = 13  # pixels a line; the script multiplies it by their number
TITLE = "Change [percentage points]"
DRAWN = 8  # variants at most: beyond it colours repeat and rows are too many to read


def interval_chart(theme: Theme) -> Document:
    """Change of each class with its 95 % interval, one line a variant; filled and starred where significant.

    Rows have `class`, `order`, `variant`, `change`, `low`, `high`, `significant`, and the texts of `SAID`
    (see `chart.said`); `zero` is one row whose `change` is 0.
    """
    base = alt.Chart(
        alt.NamedData("rows"), description="Change of each class against the chosen base with its 95 % interval"
    ).encode(
        y=alt.Y(
            "class",
            type="nominal",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=130, domain=False, ticks=False, grid=True, tickBand="extent"),
        ),
        yOffset=alt.YOffset("order", type="ordinal", sort=None, scale=alt.Scale(paddingOuter=0.35)),
    )
    x = alt.X(
        "change",
        type="quantitative",
        title=TITLE,
        scale=alt.Scale(zero=True, nice=True),
        axis=alt.Axis(labelOverlap=True, tickCount=9),
    )
    palette = alt.Scale(range=list(theme.series))
    named = alt.Legend(
        title="Variant", orient="bottom", columns=alt.ExprRef("containerSize()[0] > 760 ? 2 : 1"), labelLimit=380
    )
    colour = alt.Color("variant", type="nominal", sort=None, scale=palette, legend=named)
    marker = alt.Shape("variant", type="nominal", sort=None, scale=alt.Scale(range=SHAPES), legend=named)
    stroke = alt.Stroke("variant", type="nominal", sort=None, scale=palette, legend=None)
    zero = (
        alt.Chart(alt.NamedData("zero"))
        .mark_rule(color=theme.muted)
        .encode(x=alt.X("change", type="quantitative", title=TITLE))
    )
    lines = base.mark_rule(strokeWidth=1.6).encode(
        x=alt.X("low", type="quantitative"), x2=alt.X2("high"), stroke=stroke, tooltip=hover(*SAID)
    )
    points = base.mark_point(filled=True, size=75, opacity=1).encode(
        x=x, color=colour, shape=marker, tooltip=hover(*SAID)
    )
    # Layers keep all rows and hide some: a filter that leaves none would warn of a scale without an extent.
    holes = base.mark_point(filled=True, size=18, color=theme.background).encode(
        x=x, tooltip=hover(*SAID), opacity=alt.condition("datum.significant", alt.value(0), alt.value(1))
    )
    stars = (
        base.transform_calculate(star="datum.significant ? '*' : ''")
        .mark_text(align="left", dx=5, dy=3, fontSize=15, fontWeight="bold", color=theme.text)
        .encode(x=alt.X("high", type="quantitative"), text=alt.Text("star", type="nominal"))
    )
    return specification(alt.layer(zero, lines, points, holes, stars), theme, LINE)
