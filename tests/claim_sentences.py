"""Sentences of a report that name a class, with what they rest on: for made-up and committed reports alike."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

FIGURE = re.compile(r"[+\u2212]\d+\.\d\d\b")
COLUMNS = {
    "per_class": ("delta_pp", "ci_low_pp", "ci_high_pp", "excess_pp", "excess_low_pp", "excess_high_pp"),
    "seeds": ("delta_pp", "ci_low_pp", "ci_high_pp", "shifted_pp", "shifted_low_pp", "shifted_high_pp"),
}
"""Where figures of a class stand: those of files, and those of compressions."""
STEPS = ("step_drop_pp", "step_low_pp", "step_high_pp")
"""Those of two levels of one file, in levels.csv."""


@dataclass(frozen=True)
class Sentence:
    """A line of text that names classes, with the lead of the list that it is in."""

    text: str
    lead: str
    classes: tuple[str, ...]


def class_sentences(text: str, classes: Sequence[str]) -> list[Sentence]:
    """Lines of Markdown outside of tables and code in which a class is quoted."""
    found, lead, code = [], "", False
    for line in text.splitlines():
        code ^= line.startswith("```")
        if code or line.startswith(("|", "```")):
            continue
        if not line.startswith("  "):
            lead = line
        named = tuple(name for name in classes if f"\u201c{name}\u201d" in line)
        if named:
            found.append(Sentence(line.strip(), lead, named))
    return found


def level_of(one: Sentence) -> str | None:
    """`files`, `seeds`, or None where neither the line nor its lead says it."""
    said = f"{one.lead} {one.text}"
    if re.search(r"[Oo]ver \d+ seeds|[Oo]ver seeds", one.text):
        return "seeds"
    if "In these files" in said:
        return "files"
    return "seeds" if re.search(r"[Oo]ver \d+ seeds|[Oo]ver seeds", said) else None


def unfounded(one: Sentence, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Figures behind the first class that no row of it holds, on the level of the sentence or of the whole variant."""
    level = level_of(one)
    if level is None:
        return []
    held = set()
    for name in ("per_class",) if level == "files" else ("seeds",):
        table = tables[name]
        rows = table[table["class"].isin(one.classes)]
        held |= _shown(rows, COLUMNS[name])
        tested = table[table["p_adjusted"].notna()]
        means = tested.groupby("class")["delta_pp"].mean()
        held |= _shown(pd.DataFrame({"delta_pp": [*means, means.mean()]}), ("delta_pp",))
    held |= _shown(tables["results"], ("delta_pp", "worst_drop_pp"))
    if level == "files":
        steps = tables["levels"]
        held |= _shown(steps[steps["step_class"].isin(one.classes)], STEPS)
    after = one.text[one.text.index("\u201c") :]
    return [figure for figure in FIGURE.findall(after) if figure not in held]


def _shown(rows: pd.DataFrame, keys: Sequence[str]) -> set[str]:
    values = (value for key in keys for value in rows[key].dropna())
    return {f"{float(value):+.2f}".replace("-", "\u2212") for value in values}
