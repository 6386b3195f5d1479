"""Change of every class in every variant as a heat map to point at; a star and a frame mark what is significant."""

from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from study.report import names
from study.report.drawing.chart import Chart, Panel, hover, said, specification, themed
from study.report.drawing.style import Theme
from study.report.fields import shown_value
from study.report.inputs import Document
from study.report.tables import Record, Tables, known, records

TOGETHER = "class_change"
SAID = ("Variant", "Class", "Change [points]", "95 % interval", "p", "p, Holm", "Significant", "Images")
MANY_VARIANTS = 40  # in one figure; with more, each architecture has its own
WRITTEN = 24  # classes at most whose cells hold their number
STEP, CELL, LABELS = 22, 46, 320  # pixels: a row, a column, the names of the variants
# Contrast on cells beyond that share of the largest change.
INK = {"light": ("#ffffff", 0.9), "dark": ("#111111", 0.63)}


def heatmap_name(arch: str) -> str:
    """File stem of an architecture's own heat map."""
    return f"{TOGETHER}_{names.file_stem(arch)}"


def charts(tables: Tables) -> dict[str, Chart]:
    """One heat map of all tested files, or one an architecture where that is too long."""
    tested = known(tables["per_class"], "p_adjusted")
    if tested.empty:
        return {}
    seeds = names.several_seeds(tables["results"])
    if tested["variant"].nunique() <= MANY_VARIANTS:
        return {TOGETHER: _chart(tested, "classes", partial(names.full, with_seed=seeds))}
    label = partial(names.treatment, with_seed=seeds)
    return {
        heatmap_name(str(arch)): _chart(own, f"classes-{place}", label)
        for place, (arch, own) in enumerate(tested.groupby("arch", sort=False))
    }


def _chart(tested: pd.DataFrame, name: str, label: names.Label) -> Chart:
    classes = names.distinct(tested, "class")
    short = dict(zip(classes, names.short_names(classes, 16), strict=True))
    rows = [_cell(row, short[row["class"]], names.shorten(label(row), 60)) for row in records(tested)]
    limit, height = max(float(tested["delta_pp"].abs().max()), 1.0), tested["variant"].nunique() * STEP
    specs = themed(partial(_draw, limit, len(classes) <= WRITTEN, height))
    return Chart((Panel(name, "", name, specs, LABELS + CELL * len(classes)),), {name: rows})


def _cell(row: Record, column: str, line: str) -> Record:
    values = {key: shown_value(key, row[key]) for key in "delta_pp ci_low_pp ci_high_pp p_value p_adjusted n".split()}
    texts = (
        names.clean(row["variant"]),
        names.clean(row["class"]),
        values["delta_pp"],
        f"{values['ci_low_pp']} to {values['ci_high_pp']}",
        values["p_value"],
        values["p_adjusted"],
        "yes" if row["significant"] else "no",
        values["n"],
    )
    own = {"line": line, "column": column, "change": row["delta_pp"], "significant": bool(row["significant"])}
    return own | dict(said(texts))


def _draw(limit: float, written: bool, height: int, theme: Theme) -> Document:
    strong, share = INK[theme.name]
    quiet: Any = {"domain": False, "ticks": False}
    across = alt.Axis(orient="top", labelAngle=-35, labelLimit=130, **quiet)
    base = alt.Chart(
        alt.NamedData("rows"), description="Heat map: change of top-1 of each class (columns) in each variant (rows)"
    ).encode(
        x=alt.X("column", type="nominal", sort=None, title=None, axis=across),
        y=alt.Y("line", type="nominal", sort=None, title=None, axis=alt.Axis(labelLimit=LABELS, **quiet)),
        tooltip=hover(*SAID),
    )
    colours = alt.Scale(
        domain=[-limit, 0, limit], range=[theme.loss, theme.background, theme.gain], type="linear", interpolate="rgb"
    )
    legend = alt.Legend(title="Change [percentage points]", orient="bottom", gradientLength=220)
    cells = base.mark_rect(strokeWidth=1, stroke=theme.grid).encode(
        color=alt.Color("change", type="quantitative", scale=colours, legend=legend)
    )
    frames = base.transform_filter("datum.significant").mark_rect(filled=False, stroke=theme.text, strokeWidth=1.8)
    number = "(abs(datum.change) < 0.05 ? '0.0' : format(datum.change, '+.1f'))" if written else "''"
    ink = alt.condition(f"abs(datum.change) > {share * limit:g}", alt.value(strong), alt.value(theme.text))
    texts = (
        base.transform_calculate(text=f"{number} + (datum.significant ? '*' : '')")
        .mark_text(fontSize=11)
        .encode(text=alt.Text("text", type="nominal"), color=ink)
    )
    return specification(alt.layer(cells, frames, texts), theme, height)
