"""Sentences whose unit is the seed: what a compression does to a network trained anew, and to its classes."""

import pandas as pd

from study.plan.variant import Recipe
from study.report import names
from study.report.blocks import Point
from study.report.correction import LEVEL
from study.report.names import NBSP
from study.report.phrases import are, change, number, p_equals, percent, points
from study.report.tables import Record, Tables, known, records
from study.report.topics.seeds.retraining import RATES
from study.report.treatments import KEYS
from study.statistics.seeds import ENOUGH, NO_VARIANCE, TESTED

MOST = 5
LEAD = "Change of top-1 over seeds, against the equally trained float32 network of the same seed"


def findings(tables: Tables) -> list[Point]:
    """Changes over seeds of every treatment, the classes that pay, and compression beside retraining."""
    return [*_changes(tables["seeds"]), *_classes(tables), *_beside(known(tables["retraining"], *RATES))]


def _changes(table: pd.DataFrame) -> list[Point]:
    whole = table[table["class"].isna()].sort_values("delta_pp", kind="stable")
    if whole.empty:
        return []
    parts = tuple(f"{names.full(row, False)}, {_seeds(row)}: {_change(row)}" for row in records(whole.head(MOST)))
    lead = f"{LEAD}, with Student\u2019s interval"
    lead += f"; the {MOST} costliest of {len(whole)}:" if len(whole) > MOST else ", costliest first:"
    return [Point("Over seeds", lead, parts)]


def _seeds(row: Record) -> str:
    text = f"over {number(row['seeds'], 'seed')}"
    return f"{text}, {row['collapsed_seeds']} collapsed left out" if row["collapsed_seeds"] else text


def _change(row: Record) -> str:
    return f"{points(row['delta_pp'])} points in every seed" if row["ci_low_pp"] is None else change(row)


def _classes(tables: Tables) -> list[Point]:
    """Whether a compression harms a class: the only sentences that say so."""
    single = tables["seeds"][tables["seeds"]["class"].notna()]
    tested = single[single["outcome"] == TESTED]
    if tested.empty:
        text = (
            "Whether a compression harms a class of networks trained anew is not testable here: that takes "
            f"{ENOUGH} seeds of a treatment and of its equally trained float32 network."
        )
        return [Point("Which classes pay", text)]
    treatments, tests = len(tested.drop_duplicates(KEYS)), _tests(tested)
    lost, gained = (_claims(tested, "", sign) for sign in (-1, 1))
    behind, ahead = (_claims(tested, "shifted_", sign) for sign in (-1, 1))
    text = (
        f"Over {ENOUGH} seeds or more, {number(treatments, 'treatment')} could be tested: {len(lost)} of {len(tested)} "
        f"classes {are(len(lost))} harmed by compression and {len(gained)} gain; {len(behind)} lose more than the "
        f"average class of their network and {len(ahead)} less (paired over seeds, moderated t, Holm over all {tests} "
        f"tests, level {LEVEL:g})."
    )
    text += _untested(single)
    parts = [*_told(lost, ""), *_told(behind, "shifted_")]
    return [Point("Which classes pay", text, tuple(parts))]


def _tests(tested: pd.DataFrame) -> int:
    return int(tested[["p_value", "shifted_p_value"]].notna().sum().sum())


def _claims(tested: pd.DataFrame, which: str, sign: int) -> pd.DataFrame:
    """Significant rows of one direction, the largest first."""
    value = f"{which}pp" if which else "delta_pp"
    own = tested[tested[f"{which}significant"].eq(True) & (sign * tested[value] > 0)]
    return own.sort_values(value, ascending=sign < 0, kind="stable")


def _told(claims: pd.DataFrame, which: str) -> list[str]:
    """One sentence a claim."""
    value, said = ("delta_pp", "") if not which else ("shifted_pp", " against the average of its classes")
    low, high = ("ci_low_pp", "ci_high_pp") if not which else ("shifted_low_pp", "shifted_high_pp")
    return [
        f"\u201c{names.shorten(row['class'], 40)}\u201d in {names.full(row, False)}, over {row['seeds']} seeds: "
        f"{points(row[value])} points{said} (95{NBSP}% {points(row[low])} to {points(row[high])}), adjusted "
        f"{p_equals(row[f'{which}p_adjusted'])}"
        for row in records(claims.head(MOST))
    ]


def _untested(single: pd.DataFrame) -> str:
    """How many treatments are not testable, and why."""
    others = single[single["outcome"] != TESTED].drop_duplicates(KEYS)
    still = int((others["outcome"] == NO_VARIANCE).sum())
    text = ""
    if few := len(others) - still:
        text += f" {number(few, 'more treatment')} {are(few)} not testable: fewer than {ENOUGH} seeds that hold."
    if still:
        text += f" {number(still, 'more treatment')} {are(still)} not testable: the same change in every seed."
    return text


def _beside(compared: pd.DataFrame) -> list[Point]:
    """Flips of compression beside flips of retraining the base network."""
    if compared.empty:
        return []
    own, base = (compared[key] for key in RATES)
    fewer = int((own <= base).sum())
    most = records(compared.loc[[(own / base.clip(lower=1e-9)).idxmax()]])[0]
    bases = {
        (names.clean(row["arch"]), Recipe(row["method"], int(row["amount"])).control.name): row[RATES[1]]
        for row in records(compared)
    }
    shares = ", ".join(f"{percent(rate)} ({arch} \u00b7 {control})" for (arch, control), rate in bases.items())
    text = (
        f"Training the equally trained float32 network again from another seed changes the answer on {shares} of the "
        f"test images. {fewer} of {number(len(compared), 'compressed treatment')} {are(fewer)} at or below that: "
        "compressing changes no more answers than retraining does. "
        f"Most flips: {names.full(most, False)}, {percent(most[RATES[0]])}."
    )
    return [Point("Compression beside retraining", text)]
