"""The 2021 study's two tables with this study's figures beside its own."""

from statistics import fmean

from study.report import names, reference
from study.report.blocks import Cell, Column, Table
from study.report.facts import Facts
from study.report.fields import MISSING, csv_value, shown_value
from study.report.inputs import Row

PAIRS = [
    ("parameters", "Parameters [M]", "parameters_m", ".1f", 1.0),
    ("top1", "Top-1 [%]", "top1", ".2f", 100.0),
    ("top3", "Top-3 [%]", "top3", ".2f", 100.0),
    ("file_bytes", "File [MB]", "file_mb", ".3f", 1.0),
]


def reference_tables(facts: Facts, caveat: str) -> list[Table]:
    """One table a scheme of the 2021 study, for the architectures of both, of full width; `caveat` stands at each.

    Its memory and time were measured on a Raspberry Pi 4B and stand alone: a figure of another machine does
    not belong beside them. Several seeds are averaged.
    """
    tables = []
    for scheme, (title, quoted) in reference.TABLES.items():
        rows = [
            row
            for row in facts.results
            if row["method"] == "dense"
            and row["quantization"] == scheme
            and row["family"] in quoted
            and row["alpha"] == 1.0
        ]
        lines = tuple(
            _line([row for row in rows if row["arch"] == arch], quoted) for arch in names.distinct(rows, "arch")
        )
        if lines:
            note = " ".join(part for part in (caveat, _options(rows)) if part)
            tables.append(
                Table(
                    f"reference-{scheme}",
                    f"{title}. 2021: {reference.SOURCE}; its memory and time are those of a Raspberry Pi 4B.",
                    _columns(),
                    lines,
                    note,
                    sortable=False,
                )
            )
    return tables


def _columns() -> tuple[Column, ...]:
    pairs = [
        Column(side, key if side == "here" else "", True, title)
        for key, title, _, _, _ in PAIRS
        for side in ("2021", "here")
    ]
    return (
        Column("Architecture", "arch"),
        *pairs,
        Column("RAM [MB]", "", True, "2021 only, Raspberry Pi 4B"),
        Column("Inference [µs]", "", True, "2021 only, Raspberry Pi 4B"),
    )


def _line(rows: list[Row], quoted: dict[str, reference.Figures]) -> tuple[Cell, ...]:
    theirs = quoted[rows[0]["family"]]
    cells = [Cell(names.clean(rows[0]["arch"]), rows[0]["arch"])]
    for key, _, attribute, form, scale in PAIRS:
        cells.append(Cell(format(getattr(theirs, attribute) * scale, form)))
        known = [row[key] for row in rows if row.get(key) is not None]
        mean = fmean(known) if known else None
        text = shown_value(key, mean)
        cells.append(Cell(text, csv_value(key, mean), "missing" if text == MISSING else ""))
    return (*cells, Cell(f"{theirs.ram_mb:.2f}"), Cell(f"{theirs.inference_us:,.0f}"))


def _options(rows: list[Row]) -> str:
    changed = [arch for arch in names.distinct(rows, "arch") if arch not in reference.FLOAT32]
    said = (
        f"{', '.join(names.clean(arch) for arch in changed)}: with options that the network of 2021 lacked."
        if changed
        else ""
    )
    seeds = len({row["seed"] for row in rows})
    return f"{said} Figures of this study are means over {seeds} seeds.".strip() if seeds > 1 else said
