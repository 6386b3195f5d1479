"""Pruning and quantizing together: variants with both against the sum of both, for all images and each class."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from study.plan.variant import Level
from study.report import names
from study.report.blocks import Block, Fold, Paragraph, Point, Section
from study.report.correction import LEVEL, clearest, holm_of, significant
from study.report.families import Standing, standings
from study.report.inputs import Inputs, Result
from study.report.levels import FILES
from study.report.phrases import number, p_equals, points
from study.report.shown import plain
from study.report.tables import Row, Tables, frame, records
from study.report.topics.topic import Topic
from study.statistics.interaction import interaction

COLUMNS = (
    "variant class baseline pruned quantized n joint_pp sum_pp interaction_pp interaction_low_pp interaction_high_pp "
    "p_value p_adjusted interaction_significant arch method amount level quantization seed"
).split()
FOUND = "n joint_pp sum_pp interaction_pp interaction_low_pp interaction_high_pp p_value".split()
SHOWN = "joint_pp sum_pp interaction_pp p_value p_adjusted".split()
HEADING = "Pruning and quantizing together"
METHOD = (
    "A file that is pruned and quantized, against the sum of what pruning alone (float32) and quantizing alone (the "
    "whole network, equally trained) cost the same network: accuracy of both, minus pruned, minus quantized, plus that "
    "of neither, on the same images. 0: the losses add up; negative: together they cost more. Interval and test are "
    "those of a mean over images (Student\u2019s t), Holm\u2019s correction runs over all files and classes; they say "
    "what these files do, not what another training would. The sum is no limit: near chance a network has little left "
    "to lose, which makes the figure positive."
)
CAPTION = (
    "Change of top-1 in percentage points: both together, the sum of both alone, and what lies beyond the sum. "
    "* significant after Holm\u2019s correction."
)
MOST, DETAILS = 3, 200


def interactions(tables: Tables) -> pd.DataFrame:
    """`interaction.csv`: every compressed and quantized file of which all parts have predictions and none collapsed;
    files that answer alike once.

    The row without a class stands for all images. Holm's correction runs over all rows.
    """
    inputs, standing = tables.inputs, standings(tables.inputs)
    rows = (row for result in inputs.results for row in _rows(inputs, result, standing))
    table = frame(rows, COLUMNS)
    table["p_adjusted"] = holm_of(table["p_value"])
    table["interaction_significant"] = significant(table["p_adjusted"])
    return table


def _rows(inputs: Inputs, result: Result, standing: Mapping[str, Standing]) -> list[Row]:
    variant, level = result.variant, result.level
    if variant in (variant.in_float, variant.uncompressed):
        return []
    narrower = replace(level, variant=variant.in_float)
    parts = {
        "baseline": level.baseline.name,
        "pruned": narrower.name,
        "quantized": Level(variant.uncompressed).name,
    }
    sides = [inputs.by_name.get(name) for name in [*parts.values(), result.name]]
    given = [side.predictions for side in sides if side and side.predictions]
    if len(given) < len(sides) or standing[result.name].same_as:
        return []
    if any(side and standing[side.name].collapsed for side in sides):
        return []
    head: Row = {"variant": result.name, **parts, **result.identity}
    labels, rows = given[0].labels, []
    for index, name in enumerate([None, *inputs.classes], start=-1):
        images = np.ones(len(labels), dtype=bool) if name is None else labels == index
        if images.sum() >= 2:
            found = interaction(*(side.correct[images] for side in given))
            rows.append(head | {"class": name} | dict(zip(FOUND, vars(found).values(), strict=True)))
    return rows


def findings(tables: Tables) -> list[Point]:
    """How often the two together cost more, or less, than their sum; of variants, then of single classes."""
    table = tables["interaction"]
    whole, single = table[table["class"].isna()], table[table["class"].notna()]
    if whole.empty:
        return []
    worse, better = _claims(whole)
    text = (
        f"{FILES}, of {number(len(whole), 'file')} both pruned and quantized, {worse} lose significantly more top-1 "
        f"than the sum of both losses and {better} less (difference of differences on the same images, Holm over "
        f"all {len(table)} tests, single classes included, level {LEVEL:g})."
    )
    if len(single):
        bad, good = _claims(single)
        text += f" Of {len(single)} single classes, {bad} lose significantly more than the sum, {good} less."
    seeds = names.several_seeds(table)
    parts = tuple(
        f"{names.full(row, seeds)}: {points(row['joint_pp'])} points together against {points(row['sum_pp'])} as a "
        f"sum, {points(row['interaction_pp'])} beyond it (95{names.NBSP}% {points(row['interaction_low_pp'])} to "
        f"{points(row['interaction_high_pp'])}), adjusted {p_equals(row['p_adjusted'])}"
        for row in records(whole.sort_values("interaction_pp", kind="stable").head(MOST))
    )
    return [Point(HEADING, f"{text} Lowest, significant or not:", parts)]


def _claims(rows: pd.DataFrame) -> tuple[int, int]:
    """Significant losses and gains."""
    sure = rows.loc[rows["interaction_significant"].eq(True), "interaction_pp"]
    return int((sure < 0).sum()), int((sure > 0).sum())


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """How it is measured, a table of variants and one of single classes."""
    table = tables["interaction"]
    single = table[table["class"].notna()]
    if table.empty:
        return None
    whole = plain("interaction", CAPTION, table[table["class"].isna()], ["variant", *SHOWN])
    blocks: list[Block] = [Paragraph(METHOD), whole]
    if len(single):
        many, shown = clearest(single, "p_adjusted", "p_value", DETAILS)
        caption = f"{many} single classes, clearest first; interaction.csv has them all. * significant after Holm."
        details = plain("interaction-classes", caption, shown, ["variant", "class", "n", *SHOWN])
        blocks.append(Fold("Class by class", (details,), False))
    return Section("interaction", HEADING, tuple(blocks))


TOPIC = Topic(tables={"interaction": interactions}, findings=findings, section=section)
