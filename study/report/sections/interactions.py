"""The section on pruning and quantizing together."""

from study.report import tables
from study.report.blocks import Block, Fold, Paragraph, Section
from study.report.facts import Facts

DETAILS = 200
KEYS = ["joint_pp", "sum_pp", "interaction_pp", "p_value", "p_adjusted"]
METHOD = (
    "A variant that is pruned and quantized, against the sum of what pruning alone (float32) and quantizing alone "
    "(dense) cost the same network: accuracy of both, minus pruned, minus quantized, plus that of neither, on the same "
    "images. 0: the losses add up; negative: together they cost more. Interval and test are those of a mean over "
    "images (Student\u2019s t), Holm\u2019s correction runs over all variants and classes. The sum is no limit: near "
    "chance a network has little left to lose, which makes the figure positive."
)


def interaction_section(facts: Facts) -> Section:
    """How it is measured, a table of variants and one of single classes; the findings stand in the summary."""
    heading = "Pruning and quantizing together"
    whole = [row for row in facts.interaction if row["class"] is None]
    if not whole:
        return Section("interaction", heading, ())
    blocks: list[Block] = [
        Paragraph(METHOD),
        tables.plain(
            "interaction",
            "Change of top-1 in percentage points: both together, the sum of both alone, and what lies beyond the sum. "
            "* significant after Holm\u2019s correction.",
            whole,
            ["variant", *KEYS],
        ),
    ]
    single = [row for row in facts.interaction if row["class"] is not None]
    shown = sorted(single, key=lambda row: (row["p_adjusted"], row["p_value"]))[:DETAILS]
    many = f"The {DETAILS} clearest of {len(single)}" if len(single) > DETAILS else f"All {len(single)}"
    if shown:
        caption = f"{many} single classes, clearest first; interaction.csv has them all. * significant after Holm."
        table = tables.plain("interaction-classes", caption, shown, ["variant", "class", "n", *KEYS])
        blocks.append(Fold("Class by class", (table,), False))
    return Section("interaction", heading, tuple(blocks))
