"""The section on corrupted images."""

from collections.abc import Collection

from study.report import names, tables
from study.report.blocks import Block, Bullets, Cell, Column, Fold, Paragraph, Section, Table, picture
from study.report.facts import Facts
from study.report.fields import MISSING, csv_value, shown_value
from study.report.figures.drawings import change_name
from study.report.findings.robustness import means, robustness
from study.report.inputs import Row

KEYS = ["variant", "clean_accuracy", "corrupted_accuracy", "kept", "delta_pp", "extra_pp", "ce"]
HEATMAP = (
    "Change of top-1 in percentage points against the dense float32 model on the same images: clean, over all "
    "corruptions, and under each, mean over severities. Framed: significant after correction; only the means over "
    "all corruptions are tested."
)


def robustness_section(facts: Facts, drawn: Collection[str]) -> Section:
    """How the images were made, the findings, curves, changes by corruption, and a table of all variants."""
    whole = means(facts.robustness)
    if not whole:
        return Section("robustness", "Corrupted images", ())
    blocks: list[Block] = [
        Paragraph(_method(facts.robustness, whole)),
        Bullets(tuple(robustness(facts.robustness))),
        *picture(
            drawn,
            "robustness",
            "Top-1 over severity of corruption, a panel an architecture and recipe",
            "Top-1 over severity, mean over corruptions; 0 is the same images clean. With several seeds: their mean, "
            "and their range shaded.",
        ),
        *picture(drawn, "robustness_change", "Heat map of the change of top-1 by variant and corruption", HEATMAP),
        _variants(whole),
    ]
    for arch in names.distinct(whole, "arch"):
        name = names.clean(arch)
        title = f"Heat map of the change of top-1 by corruption, {name}"
        parts: tuple[Block, ...] = (*picture(drawn, change_name(arch), title, HEATMAP), *_classes(facts, arch))
        if parts:
            blocks.append(Fold(name, parts, False))
    return Section("robustness", "Corrupted images", tuple(blocks))


def _method(rows: list[Row], whole: list[Row]) -> str:
    sets = {(row["corruption"], row["severity"]) for row in rows if row.get("severity")}
    corruptions, severities = ({one[place] for one in sets} for place in (0, 1))
    return (
        f"{whole[0]['n']:,} test images, of every class its share, under {len(corruptions)} of the corruptions of "
        f"CIFAR-10-C (Hendrycks and Dietterich 2019), severities {', '.join(map(str, sorted(severities)))}, made anew "
        "with the same levels. All variants answer the same corrupted images. Intervals and tests treat the image as "
        "the unit: its answers under all corruptions are averaged first. Holm\u2019s correction runs over all variants "
        "and classes. Every figure is of one draw of the noise."
    )


def _variants(whole: list[Row]) -> Table:
    return tables.plain(
        "robustness",
        "All variants, means over corruptions and severities. Change: against the dense float32 model under the same "
        "corruptions. Extra: that change minus the one on the same images clean; negative: compression costs more "
        "under corruption; a variant that has lost much on clean images has less left to lose. Error ratio: mean "
        "corruption error with dense float32 in AlexNet\u2019s place. "
        "* significant after Holm\u2019s correction.",
        [row | {"corrupted_accuracy": row["accuracy"]} for row in whole],
        KEYS,
    )


def _classes(facts: Facts, arch: str) -> tuple[Table, ...]:
    """Change of each class under corruption, a row a variant; none without a baseline."""
    rows = [
        row
        for row in facts.robustness
        if row["arch"] == arch
        and row.get("class") is not None
        and row.get("corruption") is None
        and row.get("delta_pp") is not None
    ]
    if not rows:
        return ()
    classes, seeds = names.distinct(rows, "class"), names.several_seeds(facts.results)
    short = names.short_names(classes, 24)
    heads = [Column(text, "", True, help=names.clean(name)) for text, name in zip(short, classes, strict=True)]
    lines = []
    for variant in names.distinct(rows, "variant"):
        own = {row["class"]: row for row in rows if row["variant"] == variant}
        first = next(iter(own.values()))
        lines.append((Cell(names.treatment(first, seeds), variant), *(_change(own.get(name)) for name in classes)))
    return (
        Table(
            f"robustness-{arch}",
            f"{names.clean(arch)}: change of each class under corruption in percentage points, mean over corruptions "
            "and severities. * significant after Holm\u2019s correction.",
            (Column("Variant"), *heads),
            tuple(lines),
            sortable=False,
        ),
    )


def _change(row: Row | None) -> Cell:
    if row is None:
        return Cell(MISSING, "", "missing")
    value, text = csv_value("delta_pp", row["delta_pp"]), shown_value("delta_pp", row["delta_pp"])
    if row.get("p_adjusted") is None:
        return Cell(text, value)
    low, high, p = (shown_value(key, row[key]) for key in ("ci_low_pp", "ci_high_pp", "p_adjusted"))
    title = f"95 % {low} to {high}, p after Holm {p}, n = {row['n']}"
    if row["significant"]:
        return Cell(f"{text} *", value, "loss" if row["delta_pp"] < 0 else "gain", title)
    return Cell(text, value, "", title)
