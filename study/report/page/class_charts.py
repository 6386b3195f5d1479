"""Change of every class in every variant as a heat map to point at; a star and a frame mark what is significant."""

from functools import partial

import altair as alt

from study.report import names
from study.report.facts import Facts
from study.report.fields import shown_value
from study.report.figures.style import Theme
from study.report.inputs import Document, Row
from study.report.page.chart import Chart, Panel, hover, said, specification, themed

SAID = ("Variant", "Class", "Change [points]", "95 % interval", "p", "p, Holm", "Significant", "Images")
WRITTEN = 24  # classes at most whose cells hold their number
STEP, CELL, LABELS = 22, 46, 320  # pixels: a row, a column, the names of the variants
INK = {
    "light": ("#ffffff", 0.9),
    "dark": ("#111111", 0.63),
}  # contrast on cells beyond that share of the largest change


def class_charts(facts: Facts, arch: str | None = None) -> Chart:
    """All compressed variants, or those of one architecture."""
    tested = [row for row in facts.per_class if row.get("delta_pp") is not None and arch in (None, row["arch"])]
    if not tested:
        return Chart((), {})
    classes = list(dict.fromkeys(row["class"] for row in tested))
    shown = dict(zip(classes, names.short_names(classes, 16), strict=True))
    seeds = names.several_seeds(facts.results)
    rows = [_cell(row, shown[row["class"]], seeds, arch is None) for row in tested]
    name = "classes" if arch is None else f"classes-{names.distinct(facts.results, 'arch').index(arch)}"
    lines = len(dict.fromkeys(row["line"] for row in rows))
    limit = max(max(abs(row["delta_pp"]) for row in tested), 1.0)
    specs = themed(partial(_draw, limit, len(classes) <= WRITTEN, lines * STEP))
    return Chart((Panel(name, "", name, specs, LABELS + CELL * len(classes)),), {name: rows})


def _cell(row: Row, short: str, seeds: bool, every: bool) -> Row:
    interval = f"{shown_value('ci_low_pp', row['ci_low_pp'])} to {shown_value('ci_high_pp', row['ci_high_pp'])}"
    texts = (
        names.clean(row["variant"]),
        names.clean(row["class"]),
        shown_value("delta_pp", row["delta_pp"]),
        interval,
        shown_value("p_value", row["p_value"]),
        shown_value("p_adjusted", row["p_adjusted"]),
        "yes" if row["significant"] else "no",
        shown_value("n", row["n"]),
    )
    line = names.full(row, seeds) if every else names.treatment(row, seeds)
    return {
        "line": names.shorten(line, 60),
        "column": short,
        "change": row["delta_pp"],
        "significant": bool(row["significant"]),
        **said(texts),
    }


def _draw(limit: float, written: bool, height: int, theme: Theme) -> Document:
    strong, share = INK[theme.name]
    colours = alt.Scale(
        domain=[-limit, 0, limit], range=[theme.loss, theme.background, theme.gain], type="linear", interpolate="rgb"
    )
    base = alt.Chart(
        alt.NamedData("rows"), description="Heat map: change of top-1 of each class (columns) in each variant (rows)"
    ).encode(
        x=alt.X(
            "column",
            type="nominal",
            sort=None,
            title=None,
            axis=alt.Axis(orient="top", labelAngle=-35, labelLimit=130, domain=False, ticks=False),
        ),
        y=alt.Y(
            "line", type="nominal", sort=None, title=None, axis=alt.Axis(labelLimit=LABELS, domain=False, ticks=False)
        ),
        tooltip=hover(*SAID),
    )
    cells = base.mark_rect(strokeWidth=1, stroke=theme.grid).encode(
        color=alt.Color(
            "change",
            type="quantitative",
            scale=colours,
            legend=alt.Legend(title="Change [percentage points]", orient="bottom", gradientLength=220),
        )
    )
    frames = base.transform_filter("datum.significant").mark_rect(filled=False, stroke=theme.text, strokeWidth=1.8)
    number = "(abs(datum.change) < 0.05 ? '0.0' : format(datum.change, '+.1f'))" if written else "''"
    texts = (
        base.transform_calculate(text=f"{number} + (datum.significant ? '*' : '')")
        .mark_text(fontSize=11)
        .encode(
            text=alt.Text("text", type="nominal"),
            color=alt.condition(f"abs(datum.change) > {share * limit:g}", alt.value(strong), alt.value(theme.text)),
        )
    )
    return specification(alt.layer(cells, frames, texts), theme, height)
