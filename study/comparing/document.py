"""A comparison as files: `compare.csv` with every row, `compare.md` with the answer in words first."""

import pandas as pd

from study.comparing.comparison import Comparison
from study.comparing.findings import findings, summary
from study.comparing.notes import notes
from study.comparing.side import SIZES
from study.report.blocks import Bullets, Cell, Column, Paragraph, Report, Section, Table
from study.report.correction import LEVEL
from study.report.fields import MISSING, csv_value, shown_value
from study.report.markdown import markdown
from study.report.names import clean, short_names, shorten
from study.report.tables import Record, csv_text

COLUMNS = (
    """
    pair variant_a variant_b scope class test n_a correct_a accuracy_a n_b correct_b accuracy_b delta_pp ci_low_pp
    ci_high_pp p_value p_adjusted significant a_only b_only flips same_file
""".split()
    + [f"{key}_{side}" for key in SIZES for side in ("a", "b")]
)
WIDE = 20  # classes up to which there is a table with a column for each
CLEAREST = 50
METHOD = (
    "Paired rows compare the answers to the same images: exact McNemar test, Newcombe\u2019s paired 95 % interval. "
    "Unpaired rows compare counts: Fisher\u2019s exact test, Newcombe\u2019s interval of two independent proportions. "
    "p-values are corrected by Holm\u2019s method, over all classes and variants, and apart from them over the top-1 "
    "of all variants; intervals are not corrected. * marks what is significant at 0.05 after that. Sizes are exact and "
    "need no test. Latencies are not compared: they depend on what else a machine did."
)


def files(found: Comparison) -> dict[str, bytes]:
    """File name -> content. The same comparison gives the same bytes."""
    shares = ("accuracy_a", "accuracy_b")
    rows = [{**row} | {key: csv_value("accuracy", row[key]) for key in shares} for row in found.rows]
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)  # counts stay whole where others are missing
    return {"compare.csv": csv_text(table).encode(), "compare.md": markdown(document(found)).encode()}


def document(found: Comparison) -> Report:
    """The comparison as blocks."""
    sections = [
        Section("findings", "Findings", (Bullets(tuple(findings(found))),)),
        Section("variants", "Variants", (_variants(found),)),
        Section("classes", "Classes", tuple(table for table in (_matrix(found), _clearest(found)) if table.rows)),
        Section("method", "Method", (Paragraph(METHOD),)),
    ]
    sides = (("A", clean(found.a.label)), ("B", clean(found.b.label)))
    return Report(
        "B against A",
        summary(found),
        sides,
        tuple(notes(found)),
        tuple(section for section in sections if section.blocks),
    )


def _variants(found: Comparison) -> Table:
    columns = (
        Column("Variant"),
        Column("Top-1 A [%]", numeric=True),
        Column("Top-1 B [%]", numeric=True),
        Column("Change [points] (95 % interval)", numeric=True),
        Column("p, Holm", numeric=True),
        Column("Largest loss of a class [points]", numeric=True),
        *(Column(f"{form} {side} [MB]", numeric=True) for form in ("File", "gzip") for side in ("A", "B")),
        Column("Test"),
    )
    lines = []
    for row in found.of("top1"):
        drops = [own for own in found.of("class") if own["pair"] == row["pair"] and (own["delta_pp"] or 0) < 0]
        low = min(drops, key=lambda own: float(own["delta_pp"]), default=None)
        lines.append(
            (
                Cell(clean(row["pair"])),
                *_shares(row),
                _interval(row),
                Cell(_p(row)),
                Cell(f"{_points(low)} ({shorten(low['class'], 40)})" if low else "none"),
                *(Cell(shown_value(key, row[f"{key}_{side}"])) for key in SIZES for side in ("a", "b")),
                Cell(row["test"]),
            )
        )
    return Table(
        "variants",
        "Top-1 of each variant. The largest loss of a class is the largest of several and overstates.",
        columns,
        tuple(lines),
    )


def _matrix(found: Comparison) -> Table:
    """Change of each class, a row a variant; empty where the classes are too many for columns."""
    classes = list(found.a.classes)
    rows = {(row["pair"], row["class"]): row for row in found.of("class")} if len(classes) <= WIDE else {}
    lines = tuple(
        (Cell(clean(pair.shown)), *(_change(rows[pair.shown, name]) for name in classes))
        for pair in found.matching.pairs
        if rows
    )
    columns = (Column("Variant"), *(Column(name, numeric=True) for name in short_names(classes, 24)))
    return Table("matrix", "Change of each class in percentage points, B minus A.", columns, lines)


def _clearest(found: Comparison) -> Table:
    moved = [row for row in found.of("class") if row["p_value"] is not None and row["p_value"] < LEVEL]
    ordered = sorted(moved, key=lambda row: (row["p_adjusted"], row["p_value"]))[:CLEAREST]
    lines = tuple(
        (Cell(clean(row["pair"])), Cell(shorten(row["class"], 40)), *_shares(row), _interval(row), Cell(_p(row)))
        for row in ordered
    )
    columns = (
        Column("Variant"),
        Column("Class"),
        Column("A [%]", numeric=True),
        Column("B [%]", numeric=True),
        Column("Change [points] (95 % interval)", numeric=True),
        Column("p, Holm", numeric=True),
    )
    return Table(
        "clearest",
        f"Changes of a class with p below {LEVEL:g} before the correction, the clearest first: "
        f"{len(lines)} of {len(moved)}. By chance alone up to {LEVEL:.0%} of all {len(found.of('class'))} "
        "would be here.",
        columns,
        lines,
    )


def _shares(row: Record) -> tuple[Cell, Cell]:
    return Cell(shown_value("accuracy", row["accuracy_a"])), Cell(shown_value("accuracy", row["accuracy_b"]))


def _interval(row: Record) -> Cell:
    low, high = (shown_value(key, row.get(key)) for key in ("ci_low_pp", "ci_high_pp"))
    return _change(row, f" ({low} to {high})")


def _change(row: Record, interval: str = "") -> Cell:
    if row["delta_pp"] is None:
        return Cell(MISSING)
    mark = "" if not row["significant"] else "loss" if row["delta_pp"] < 0 else "gain"
    return Cell(f"{_points(row)}{interval}{' *' if mark else ''}", mark=mark)


def _points(row: Record) -> str:
    return shown_value("delta_pp", row["delta_pp"])


def _p(row: Record) -> str:
    return shown_value("p_adjusted", row.get("p_adjusted"))
