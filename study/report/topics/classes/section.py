"""The section on single classes."""

from collections.abc import Collection

import pandas as pd

from study.report import names
from study.report.blocks import Block, Cell, Column, Fold, Paragraph, Section, Table, picture
from study.report.correction import clearest
from study.report.shown import cell, change, plain
from study.report.tables import Tables, known, records
from study.report.topics.classes.charts import TOGETHER, heatmap_name
from study.report.topics.classes.intervals import intervals_name, variants_shown
from study.report.topics.classes.tests import SAME

DETAILS = 400
OPEN = 60  # variants up to which every architecture is shown unfolded
PER_CLASS = "variant class n accuracy delta_pp base_only variant_only p_value p_adjusted q_value".split()
EXCESS = "variant class delta_pp excess_pp excess_p_value excess_p_adjusted".split()
HEATMAP = "Change of top-1 per class in percentage points. Framed: significant after correction."
INTERVALS = "Change of top-1 per class with 95 % intervals. Filled points are significant after correction."
METHOD = (
    "Each class of each file is compared with the same class in the float32 file of the equally trained whole network "
    "of the same seed, on the same images: exact McNemar test on the images that only one of the two gets right, "
    "Newcombe\u2019s paired 95 % interval (method 10), Holm\u2019s correction over all classes and files tested. "
    "Negative: this file lost accuracy; whether compression would do so to another training, only the section on "
    "seeds says. q-values are Benjamini and Hochberg\u2019s, for exploration alone. Files that answer every image "
    "alike are tested once."
)
BEYOND = (
    "Where all classes lose, a class that loses is nothing special. So each class is also set against the average "
    "class of its file: its change minus the mean change of all classes, with a permutation test of the null "
    "hypothesis that the two are equal in expectation (images change places between classes; divided by its standard "
    "error, so that classes may differ in how often they flip). Holm\u2019s correction runs over all classes and "
    "files; a p-value cannot fall below one in the number of permutations, so the smallest are equal."
)
DIFFERENT = (
    "comparisons of a class in one file with the same class in its equally trained float32 file, clearest first; "
    "per_class.csv has them all. Base only: images that only the base gets right."
)
HARDER = (
    "comparisons of a class with the average class of its file, clearest first; per_class.csv has them all. Beyond "
    "average, negative: hit harder. * significant after Holm\u2019s correction."
)


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Heat map, intervals and table of each architecture, and the tests behind them."""
    per_class, results = tables["per_class"], tables["results"]
    if not per_class["p_adjusted"].notna().any():
        return None
    whole = picture(drawn, TOGETHER, "Heat map of the change of top-1 per class and variant", HEATMAP)
    blocks: list[Block] = [Paragraph(METHOD), *whole]
    for arch in names.distinct(results, "arch"):
        name, (rows, total) = names.clean(arch), variants_shown(per_class, arch)
        shown = rows["variant"].nunique()
        left_out = f" Shown are the {shown} of {total} files with the clearest losses." if shown < total else ""
        heat = picture(drawn, heatmap_name(arch), f"Heat map of the change of top-1 per class, {name}", HEATMAP)
        alt = f"Change of each class with its interval, {name}"
        lines = picture(drawn, intervals_name(arch), alt, INTERVALS + left_out)
        matrix = _matrix(per_class[per_class["arch"] == arch], arch, names.several_seeds(results))
        blocks.append(Fold(name, (*heat, *lines, matrix), len(results) <= OPEN))
    details = _tests("per-class", per_class, PER_CLASS, DIFFERENT)
    blocks.append(Fold("Tests and intervals", (details,), False))
    if per_class["excess_p_adjusted"].notna().any():
        beyond = _tests("class-excess", per_class, EXCESS, HARDER, "excess_")
        blocks.append(Fold("Harder than the average class", (Paragraph(BEYOND), beyond), False))
    return Section("classes", "Classes, file by file", tuple(blocks))


def _matrix(rows: pd.DataFrame, arch: str, seeds: bool) -> Table:
    """Change of each class in points, one row a file of an architecture, significant ones marked; accuracy of those
    that are not tested. A file that answers as another one has no row.
    """
    classes, lines = names.distinct(rows, "class"), []
    for variant, own in rows.groupby("variant", sort=False):
        cells = records(own)
        label, name, untested = names.treatment(cells[0], seeds), str(variant), cells[0]["untested"]
        if untested is None:
            lines.append((Cell(label, name), *(change(row) for row in cells)))
        elif not untested.startswith(SAME):
            said = f"{label}, accuracy [%] ({untested})"
            lines.append((Cell(said, name), *(cell(row, "accuracy") for row in cells)))
    heads = (
        Column(short, "", True, help=names.clean(name))
        for short, name in zip(names.short_names(classes, 24), classes, strict=True)
    )
    caption = f"{names.clean(arch)}: change of each class in percentage points. * significant after Holm's correction."
    return Table(f"classes-{arch}", caption, (Column("Variant"), *heads), tuple(lines), sortable=False)


def _tests(name: str, rows: pd.DataFrame, keys: list[str], caption: str, test: str = "") -> Table:
    many, shown = clearest(known(rows, f"{test}p_adjusted"), f"{test}p_adjusted", f"{test}p_value", DETAILS)
    return plain(name, f"{many} {caption}", shown, keys)
