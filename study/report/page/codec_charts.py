"""Size of each variant under each codec to point at: in MB by variant, and as a share of the file by recipe."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import altair as alt

from study.report import names
from study.report.facts import Facts
from study.report.fields import shown_value
from study.report.figures.style import Theme
from study.report.inputs import Document, Row
from study.report.page.chart import Chart, Panel, hover, hue, said, shape, specification, themed
from study.report.rows.shipping import codec_columns

FILE = "the file itself"
SAID = ("Variant", "Codec", "Size [MB]", "Share of the file [%]", "Decode [ms]")
STEP, LABELS = 20, 320  # pixels: a row, the names of the variants


def size_chart(facts: Facts) -> Chart:
    """One row a variant: the file and what every codec makes of it."""
    rows = _rows(facts)
    return _chart("codecs", rows, "size", "Size [MB], logarithmic", True)


def share_chart(facts: Facts) -> Chart:
    """One row a recipe and scheme, one point a variant: how much of the file a codec leaves."""
    rows = [row | {"line": row["treatment"]} for row in _rows(facts) if row["codec"] != FILE]
    caption = (
        "What each lossless codec leaves of the .tflite file, a point a variant: further left is smaller. The line "
        "spans all variants of the recipe."
    )
    return replace(_chart("codec-shares", rows, "share", "Share of the file that is left [%]", False), caption=caption)


def _chart(name: str, rows: list[Row], value: str, title: str, logarithmic: bool) -> Chart:
    codecs = list(dict.fromkeys(row["codec"] for row in rows))
    lines = len(dict.fromkeys(row["line"] for row in rows))
    if not rows:
        return Chart((), {})
    specs = themed(partial(_draw, codecs, value, title, logarithmic, lines * STEP))
    return Chart((Panel(name, "", name, specs, LABELS + 300),), {name: rows})


def _rows(facts: Facts) -> list[Row]:
    decoding = {(row["variant"], row["codec"]): row["decode_ms"] for row in facts.codecs}
    seeds = names.several_seeds(facts.results)
    rows = []
    for row in facts.results:
        if not row.get("file_bytes"):
            continue
        for key in ["file_bytes", "gzip_bytes", *codec_columns(facts.results)]:
            codec = FILE if key == "file_bytes" else key.removesuffix("_bytes")
            if row.get(key) is not None:
                share = row[key] / row["file_bytes"]
                time = shown_value("decode_ms", decoding.get((row["variant"], codec)))
                texts = (names.clean(row["variant"]), codec, shown_value(key, row[key]), f"{100 * share:.1f}", time)
                rows.append(
                    {
                        "line": names.shorten(names.full(row, seeds), 60),
                        "treatment": names.treatment(row, False),
                        "codec": codec,
                        "size": row[key] / 1e6,
                        "share": 100 * share,
                        **said(texts),
                    }
                )
    return rows


def _draw(codecs: Sequence[str], value: str, title: str, logarithmic: bool, height: int, theme: Theme) -> Document:
    scale = alt.Scale(type="log", nice=False, padding=12) if logarithmic else alt.Scale(zero=False, padding=12)
    base = alt.Chart(alt.NamedData("rows"), description=f"{title}, by codec").encode(
        y=alt.Y(
            "line",
            type="nominal",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=LABELS, domain=False, ticks=False, grid=False),
        )
    )
    span = base.mark_rule(color=theme.grid, strokeWidth=2).encode(
        x=alt.X(value, type="quantitative", aggregate="min", title=title, scale=scale),
        x2=alt.X2(value, aggregate="max"),
    )
    points = base.mark_point(filled=True, size=60, opacity=0.9).encode(
        x=alt.X(value, type="quantitative", title=title, axis=alt.Axis(format="~r", tickCount=6, labelOverlap=True)),
        color=hue("codec", "Codec", codecs, theme),
        shape=shape("codec", "Codec", codecs),
        tooltip=hover(*SAID),
    )
    return specification(alt.layer(span, points), theme, height)
