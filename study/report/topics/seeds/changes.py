"""`seeds.csv`: changes whose unit is the seed. Here alone stand the tests of what compression does to a class."""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from study.plan.variant import Quantization, Recipe
from study.report.correction import holm_of, significant
from study.report.tables import Row, Tables, frame, known, records
from study.report.treatments import KEYS, ORDINARY
from study.statistics.moderated import Change
from study.statistics.seeds import ENOUGH, NO_VARIANCE, TESTED, TOO_FEW, class_changes, seed_change

PLACE = "shifted_pp shifted_low_pp shifted_high_pp shifted_p_value shifted_p_adjusted shifted_significant".split()
COLUMNS = (
    "class seeds collapsed_seeds mean_accuracy sd_pp base_sd_pp delta_pp ci_low_pp ci_high_pp p_value p_adjusted "
    "significant outcome"
).split()
TOGETHER = ""  # in the place of a class: all of them


def seeds(tables: Tables) -> pd.DataFrame:
    """A row a treatment and class, one without a class for all together, of two seeds or more.

    Each seed gives one difference from the equally trained float32 network of that seed. Files that collapsed are
    counted apart, and a treatment all of whose files answer as another one's is that one. Classes are tested with
    `ENOUGH` seeds or more; Holm's correction runs over both tests (change and place) of all classes and treatments, so
    that all claims of a report together are wrong in 5 % of studies at most. `p_value` of all classes together is
    Student's, for that row alone.
    """
    results, single = known(tables["results"], "top1"), known(tables["per_class"], "accuracy")
    whole = results.assign(accuracy=results["top1"])
    whole["class"] = TOGETHER
    own = ["variant", *KEYS, "seed"]
    single = single[single["n"] > 0][["variant", "class", "accuracy"]].merge(results[own], on="variant")
    every = pd.concat([one[[*own, "class", "accuracy"]] for one in (whole, single)])
    every = every.merge(results[["variant", "collapsed", "same_as"]], on="variant")
    groups, rows = dict(iter(every.groupby(KEYS, sort=False))), list[Row]()
    for key, group in groups.items():
        head = records(group[KEYS].head(1))[0]
        control = Recipe(head["method"], int(head["amount"])).control
        base = (head["arch"], control.method, float(control.amount), ORDINARY, Quantization().scheme)
        if key != base and base in groups and group["same_as"].isna().any():
            rows += [{**head, **row} for row in _over_seeds(groups[base], group, tables.inputs.classes)]
    table = frame(rows, [*KEYS, *COLUMNS, *PLACE])
    tests = pd.concat([table["p_value"].where(table["class"].notna()), table["shifted_p_value"]], ignore_index=True)
    adjusted = holm_of(tests).to_numpy()
    table["p_adjusted"], table["shifted_p_adjusted"] = adjusted[: len(table)], adjusted[len(table) :]
    for place in ("", "shifted_"):
        table[f"{place}significant"] = significant(table[f"{place}p_adjusted"])
    return table


def _over_seeds(base: pd.DataFrame, own: pd.DataFrame, classes: Sequence[str]) -> list[Row]:
    """Changes of all classes together and of each, over the seeds in which both sides know the same classes."""
    order, lost = [TOGETHER, *classes], own[own["collapsed"].notna()]["seed"].nunique()
    own = own[own["collapsed"].isna()]
    first, second = (side.pivot_table("accuracy", "seed", "class").reindex(columns=order) for side in (base, own))
    before, after = first.align(second, join="inner", axis=0)
    same = (before.notna() == after.notna()).all(axis=1)
    before, after = before[same].dropna(axis=1), after[same].dropna(axis=1)
    if len(before) < 2:
        return []
    first, second = before.drop(columns=TOGETHER), after.drop(columns=TOGETHER)
    enough = len(before) >= ENOUGH
    tests = class_changes(first.to_numpy(), second.to_numpy()) if enough and first.shape[1] > 1 else None
    rows = [_whole(before[TOGETHER], after[TOGETHER])]
    for index, name in enumerate(first):
        row = _line(before[name], after[name]) | {"class": str(name)}
        row["outcome"] = TESTED if tests else NO_VARIANCE if enough else TOO_FEW
        if tests:
            row |= _test("", tests[index].change) | _test("shifted_", tests[index].place)
        rows.append(row)
    return [{**row, "collapsed_seeds": int(lost)} for row in rows]


def _line(before: pd.Series, after: pd.Series) -> Row:
    return {
        "seeds": len(before),
        "mean_accuracy": float(after.mean()),
        "sd_pp": 100 * float(after.std()),
        "base_sd_pp": 100 * float(before.std()),
        "delta_pp": 100 * float((after - before).mean()),
    }


def _whole(before: pd.Series, after: pd.Series) -> Row:
    found = seed_change(before.to_numpy(), after.to_numpy())
    ends: Row = {"ci_low_pp": found.low_pp, "ci_high_pp": found.high_pp, "p_value": found.p_value}
    return _line(before, after) | ends


def _test(which: str, found: Change | None) -> Row:
    if found is None:
        return {}
    mean, low, high, p_value = asdict(found).values()
    ends = {f"{which}low_pp": low, f"{which}high_pp": high} if which else {"ci_low_pp": low, "ci_high_pp": high}
    return {f"{which}pp" if which else "delta_pp": mean, **ends, f"{which}p_value": p_value}
