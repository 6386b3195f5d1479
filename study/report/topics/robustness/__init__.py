"""Robustness: accuracy on corrupted images, and whether compression costs more there."""

from collections.abc import Collection

import pandas as pd

from study.report import names
from study.report.blocks import Block, Bullets, Cell, Column, Fold, Paragraph, Point, Section, Table, picture
from study.report.levels import FILES
from study.report.names import NBSP
from study.report.phrases import change, number, p_equals, percent, points
from study.report.shown import change as change_cell
from study.report.shown import plain
from study.report.tables import Tables, known, records
from study.report.topics.robustness.accuracies import described, means, robustness
from study.report.topics.robustness.figures import change_name, figures
from study.report.topics.topic import Topic

KEYS = "variant clean_accuracy corrupted_accuracy kept delta_pp extra_pp ce".split()
HEATMAP = (
    "Change of top-1 in percentage points against the equally trained float32 file on the same images: clean, over all "
    "corruptions, and under each, mean over severities. Framed: significant after correction; only the means over "
    "all corruptions are tested."
)
CURVES = (
    "Top-1 over severity, mean over corruptions; 0 is the same images clean. With several seeds: their mean, and their "
    "range shaded."
)
VARIANTS = (
    "All variants, means over corruptions and severities. Change: against the equally trained float32 file under the "
    "same corruptions. Extra: that change minus the one on the same images clean; negative: compression costs more "
    "under corruption; a variant that has lost much on clean images has less left to lose. Error ratio: mean "
    "corruption error with that file in AlexNet\u2019s place. "
    "* significant after Holm\u2019s correction."
)


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """How the images were made, the sentences, curves, changes by corruption, and a table of all variants."""
    rows, seeds = described(tables), names.several_seeds(tables["results"])
    whole = means(rows)
    if whole.empty:
        return None
    blocks: list[Block] = [Paragraph(_method(rows, whole)), Bullets((*_bases(rows, whole), *_extra(rows, whole)))]
    blocks += picture(
        drawn, "robustness", "Top-1 over severity of corruption, a panel an architecture and recipe", CURVES
    )
    blocks += picture(drawn, "robustness_change", "Heat map of the change of top-1 by variant and corruption", HEATMAP)
    blocks.append(plain("robustness", VARIANTS, whole.assign(corrupted_accuracy=whole["accuracy"]), KEYS))
    by_class = known(rows[rows["corruption"].isna()], "class", "delta_pp")
    for arch in names.distinct(whole, "arch"):
        name, own = names.clean(arch), by_class[by_class["arch"] == arch]
        heat = picture(drawn, change_name(arch), f"Heat map of the change of top-1 by corruption, {name}", HEATMAP)
        parts: tuple[Block, ...] = (*heat, *([_classes(own, arch, seeds)] if len(own) else []))
        blocks += [Fold(name, parts, False)] if parts else []
    return Section("robustness", "Corrupted images", tuple(blocks))


def _method(rows: pd.DataFrame, whole: pd.DataFrame) -> str:
    sets = rows[rows["severity"] > 0]
    severities = ", ".join(f"{severity:.0f}" for severity in sorted(sets["severity"].unique()))
    return (
        f"{whole['n'].iloc[0]:,} test images, of every class its share, under {sets['corruption'].nunique()} of the "
        f"corruptions of CIFAR-10-C (Hendrycks and Dietterich 2019), severities {severities}, made anew "
        "with the same levels. All variants answer the same corrupted images. Intervals and tests treat the image as "
        "the unit: its answers under all corruptions are averaged first. Holm\u2019s correction runs over all variants "
        "and classes. Every figure is of one draw of the noise."
    )


def _bases(rows: pd.DataFrame, whole: pd.DataFrame) -> list[Point]:
    """How much accuracy corruptions take from the whole float32 networks."""
    bases = whole[whole["variant"] == whole["baseline"]]
    if bases.empty:
        return []
    single = known(rows[rows["variant"].isin(bases["variant"]) & rows["class"].isna()], "corruption")
    single = single[single["severity"].isna()]
    lost = (single["accuracy"] - single["clean_accuracy"]).groupby(single["corruption"], sort=False).mean()
    seeds, worst = names.several_seeds(whole), names.clean(str(lost.idxmin())).replace("_", NBSP)
    parts = tuple(
        f"{names.full(row, seeds)}: {percent(row['accuracy'])} of {percent(row['clean_accuracy'])} on clean images"
        for row in records(bases)
    )
    text = (
        f"Mean top-1 of the whole float32 networks over {number(len(lost), 'corruption')}. "
        f"{worst[:1].upper() + worst[1:]} costs most ({points(100 * lost.min())} points on average):"
    )
    return [Point("Under corruption", text, parts)]


def _extra(rows: pd.DataFrame, whole: pd.DataFrame) -> list[Point]:
    """Whether corruptions make compression cost more, and which class pays."""
    tested = known(whole, "extra_p_adjusted")
    if tested.empty:
        return []
    sure = tested[tested["extra_significant"].astype(bool)]
    (lowest,) = records(tested.loc[[tested["extra_pp"].astype(float).idxmin()]])
    seeds = names.several_seeds(whole)
    text = (
        f"{FILES}, of {number(len(tested), 'compressed one')}, {(sure['extra_pp'] < 0).sum()} lose significantly more "
        f"on corrupted images than on clean ones and {(sure['extra_pp'] > 0).sum()} less (image as unit, Holm). Most "
        f"extra: {names.full(lowest, seeds)}, {change(lowest)} under corruption, "
        f"{points(lowest['delta_pp'] - lowest['extra_pp'])} on the same ones clean."
    )
    single = known(rows[rows["corruption"].isna()], "class", "significant")
    losses = single[single["significant"].astype(bool) & (single["delta_pp"] < 0)]
    for row in records(losses.sort_values("delta_pp", kind="stable").head(1)):
        text += (
            f" {FILES}, the class that loses most under corruption is \u201c{names.shorten(row['class'], 40)}\u201d in "
            f"{names.full(row, seeds)}: {change(row)}, adjusted {p_equals(row['p_adjusted'])}."
        )
    return [Point("Compression under corruption", text)]


def _classes(rows: pd.DataFrame, arch: str, seeds: bool) -> Table:
    """Change of each class under corruption, a row a variant."""
    classes, lines = names.distinct(rows, "class"), []
    for variant, own in rows.groupby("variant", sort=False):
        cells = {row["class"]: row for row in records(own)}
        label = Cell(names.treatment(records(own)[0], seeds), str(variant))
        lines.append((label, *(change_cell(cells.get(name)) for name in classes)))
    short = names.short_names(classes, 24)
    heads = [Column(text, "", True, help=names.clean(name)) for text, name in zip(short, classes, strict=True)]
    caption = (
        f"{names.clean(arch)}: change of each class under corruption in percentage points, mean over corruptions "
        "and severities. * significant after Holm\u2019s correction."
    )
    return Table(f"robustness-{arch}", caption, (Column("Variant"), *heads), tuple(lines), sortable=False)


TOPIC = Topic(tables={"robustness": robustness}, figures=figures, section=section)
