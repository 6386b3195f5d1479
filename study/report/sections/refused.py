"""The section on what the plan leaves out, and why."""

from study.report import tables
from study.report.blocks import Fold, Section
from study.report.inputs import Inputs, Row


def refused_section(inputs: Inputs) -> Section:
    """Reasons with their counts, and the variants folded away under them."""
    reasons: dict[str, int] = {}
    for reason in inputs.refused.values():
        reasons[reason] = reasons.get(reason, 0) + 1
    if not reasons:
        return Section("refused", "Not in this study", ())
    counted: list[Row] = [{"reason": reason, "count": count} for reason, count in reasons.items()]
    each: list[Row] = [{"variant": variant, "reason": reason} for variant, reason in inputs.refused.items()]
    caption = f"The grid asks for {len(each)} more variants, which are left out for these reasons."
    folded = tables.plain("refused-variants", "Every one of them.", each, ["variant", "reason"])
    return Section(
        "refused",
        "Not in this study",
        (
            tables.plain("refused", caption, sorted(counted, key=lambda row: -int(row["count"])), ["reason", "count"]),
            Fold("Their names", (folded,), False),
        ),
    )
