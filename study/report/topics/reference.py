"""The 2021 study's two tables with this study's figures beside its own."""

from collections.abc import Collection, Mapping

import pandas as pd

from study.plan.variant import DENSE
from study.report import names, reference
from study.report.blocks import Cell, Column, Section, Table
from study.report.fields import MISSING, csv_value, shown_value
from study.report.inputs import SMALL_BUDGET
from study.report.phrases import are, number, sentence
from study.report.tables import Tables
from study.report.topics.topic import Topic
from study.report.topics.verdicts import not_original

PAIRS = {
    "parameters": ("Parameters [M]", "parameters_m", ".1f", 1.0),
    "top1": ("Top-1 [%]", "top1", ".2f", 100.0),
    "top3": ("Top-3 [%]", "top3", ".2f", 100.0),
    "file_bytes": ("File [MB]", "file_mb", ".3f", 1.0),
}
"""Column of this study -> its title, attribute of the figures of 2021, their format and scale."""
ALONE = "2021 only, Raspberry Pi 4B"
COLUMNS = (
    Column("Architecture", "arch"),
    *(
        Column(side, key if side == "here" else "", True, title)
        for key, (title, *_) in PAIRS.items()
        for side in ("2021", "here")
    ),
    Column("RAM [MB]", "", True, ALONE),
    Column("Inference [\u00b5s]", "", True, ALONE),
)


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """One table a scheme of the 2021 study, for the networks of both, of full width; several seeds are averaged.

    Its memory and time were measured on a Raspberry Pi 4B and stand alone: a figure of another machine does
    not belong beside them.
    """
    card, rows = tables.inputs.card, tables["results"]
    if not card.get("is_cifar10_classes"):
        return None
    caveats = [not_original(card)]
    caveats += [] if not caveats[0] else [sentence(caveat) for caveat in card.get("caveats") or []]
    caveats += ["This is not the full study: few epochs on few images."] if tables.inputs.preset in SMALL_BUDGET else []
    rows = rows[(rows["method"] == DENSE) & (rows["alpha"] == 1.0)]
    blocks = []
    for scheme, (title, quoted) in reference.TABLES.items():
        own = rows[(rows["quantization"] == scheme) & rows["family"].isin(quoted)]
        if len(own):
            held = own[own["collapsed"].isna()]
            caption = f"{title}. 2021: {reference.SOURCE}; its memory and time are those of a Raspberry Pi 4B."
            lines = tuple(_line(one, quoted) for _, one in held.groupby("arch", sort=False))
            note = " ".join(part for part in (*caveats, *_options(own)) if part)
            blocks.append(Table(f"reference-{scheme}", caption, COLUMNS, lines, note, sortable=False))
    return Section("reference", "Beside the 2021 study", tuple(blocks))


def _line(rows: pd.DataFrame, quoted: Mapping[str, reference.Figures]) -> tuple[Cell, ...]:
    arch, theirs = str(rows["arch"].iloc[0]), quoted[str(rows["family"].iloc[0])]
    cells = [Cell(names.clean(arch), arch)]
    for key, (_, attribute, form, scale) in PAIRS.items():
        mean = rows[key].astype("float64").mean()
        text = shown_value(key, mean)
        cells.append(Cell(format(getattr(theirs, attribute) * scale, form)))
        cells.append(Cell(text, csv_value(key, mean), "missing" if text == MISSING else ""))
    return (*cells, Cell(f"{theirs.ram_mb:.2f}"), Cell(f"{theirs.inference_us:,.0f}"))


def _options(rows: pd.DataFrame) -> list[str]:
    """What the two studies' networks differ in."""
    changed = ", ".join(names.clean(arch) for arch in names.distinct(rows, "arch") if arch not in reference.FLOAT32)
    seeds, lost = rows["seed"].nunique(), int(rows["collapsed"].notna().sum())
    return [
        f"{changed}: with options that the network of 2021 lacked." if changed else "",
        f"Figures of this study are means over up to {seeds} seeds." if seeds > 1 else "",
        f"{number(lost, 'file')} that collapsed {are(lost)} left out." if lost else "",
    ]


TOPIC = Topic(section=section)
