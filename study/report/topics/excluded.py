"""What the plan leaves out, and why."""

from collections.abc import Collection

import pandas as pd

from study.report.blocks import Fold, Section
from study.report.shown import plain
from study.report.tables import Tables
from study.report.topics.topic import Topic


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Reasons with their counts, and the variants folded away under them."""
    each = pd.DataFrame(list(tables.inputs.excluded.items()), columns=["variant", "reason"])
    if each.empty:
        return None
    counted = each.groupby("reason", sort=False).size().sort_values(ascending=False, kind="stable")
    caption = f"The grid asks for {len(each)} more variants, which are left out for these reasons."
    reasons = plain("refused", caption, counted.reset_index(name="count"), ["reason", "count"])
    names = plain("refused-variants", "Every one of them.", each, ["variant", "reason"])
    return Section("refused", "Not in this study", (reasons, Fold("Their names", (names,), False)))


TOPIC = Topic(section=section)
