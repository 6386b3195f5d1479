"""Several seeds: what holds for training anew, and what retraining alone would have changed.

A treatment is an architecture with its recipe and scheme: what is repeated over seeds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from study.plan.variant import DENSE, Level, Quantization
from study.report import names
from study.report.blocks import Block, Cell, Fold, Paragraph, Point, Section, Table
from study.report.correction import LEVEL, clearest, holm_of, significant
from study.report.inputs import Inputs, Result
from study.report.names import NBSP
from study.report.phrases import are, change, number, p_equals, percent, points
from study.report.shown import labelled
from study.report.tables import Record, Row, Tables, frame, known, records
from study.report.topics.topic import Topic
from study.statistics.churn import Churn, churn, spread
from study.statistics.seeds import ENOUGH, INDICATIVE, NO_VARIANCE, TESTED, outcome_of, seed_change, seed_tests
from study.tasks.metrics import Ints

KEYS = ["arch", "method", "amount", "quantization"]
SEEDS = (
    "class seeds mean_accuracy sd_pp base_sd_pp delta_pp ci_low_pp ci_high_pp p_value shifted_pp welch_p_value "
    "welch_p_adjusted paired_p_value paired_p_adjusted outcome shifted_significant"
).split()
RATES = ["compression_flip_rate", "base_retrain_flip_rate"]
RETRAINING = (
    f"seeds pairs {' '.join(RATES)} retrain_flip_rate retrain_flip_least retrain_flip_most class_spread_pp "
    "widest_spread_class widest_spread_pp"
).split()
WHOLE = "seeds mean_accuracy sd_pp base_sd_pp delta_pp p_value outcome".split()
SINGLE = (
    "class seeds sd_pp base_sd_pp delta_pp shifted_pp welch_p_value paired_p_value paired_p_adjusted outcome".split()
)
TOGETHER = ""  # in the place of a class: all of them
HEADING = "Seeds and retraining"
METHOD = (
    "Tests on images say what the given files do; whether compression would do the same to a network trained anew, "
    "only several seeds can say. Change: mean over seeds against the dense float32 network of the same seed, with "
    "Student\u2019s interval and paired t-test over seeds. Place: accuracy of a class minus the mean over classes of "
    "its model, compared by Welch\u2019s t (Hooker et al. 2019) and, as compressed networks stem from the same base "
    "networks, by the paired t-test, which decides. Holm\u2019s correction runs over all classes and treatments. With "
    "fewer than five seeds a test is indicative and never marked as significant."
)
RETRAINED = (
    "What retraining alone changes: share of test images that get another class from a network of another seed, mean "
    "over pairs of seeds, beside the share that compression changes; and the standard deviation of class accuracies "
    "over seeds."
)
CHANGED = "Top-1 over seeds. Change: against the dense float32 network of the same seed; p is not corrected."
PLACES = (
    "classes and treatments, clearest first; seeds.csv has them all. * significant after Holm\u2019s correction with "
    "five seeds or more."
)
MOST, DETAILS = 5, 400

Groups = Mapping[Level, Mapping[int, Result]]


def seeds(tables: Tables) -> pd.DataFrame:
    """`seeds.csv`: a row a treatment and class, one without a class for all together, of two seeds or more.

    Compressed models of a seed stem from the base network of that seed, so the test that counts is the paired one.
    Holm's correction runs over all classes and treatments, for each of both tests.
    """
    whole, single = known(tables["results"], "top1"), known(tables["per_class"], "accuracy")
    single = single[(single["n"] > 0) & single["variant"].isin(whole["variant"])]
    whole = whole.assign(accuracy=whole["top1"])
    whole["class"] = TOGETHER
    every = pd.concat([one[[*KEYS, "seed", "class", "accuracy"]] for one in (whole, single)])
    groups, rows = dict(iter(every.groupby(KEYS, sort=False))), list[Row]()
    for key, own in groups.items():
        base = (key[0], DENSE, 0.0, Quantization().scheme)
        if key != base and base in groups:
            head = records(own[KEYS].head(1))[0]
            rows += [{**head, **row} for row in _over_seeds(groups[base], own, tables.inputs.classes)]
    table = frame(rows, [*KEYS, *SEEDS])
    table["welch_p_adjusted"] = holm_of(table["welch_p_value"])
    table["paired_p_adjusted"] = holm_of(table["paired_p_value"])
    table["shifted_significant"] = significant(table["paired_p_adjusted"]).where(table["outcome"] == TESTED, None)
    return table


def _over_seeds(base: pd.DataFrame, own: pd.DataFrame, classes: Sequence[str]) -> list[Row]:
    """Changes of all classes together and of each, over the seeds in which both sides know the same classes."""
    order = [TOGETHER, *classes]
    first, second = (side.pivot_table("accuracy", "seed", "class").reindex(columns=order) for side in (base, own))
    before, after = first.align(second, join="inner", axis=0)
    same = (before.notna() == after.notna()).all(axis=1)
    before, after = before[same].dropna(axis=1), after[same].dropna(axis=1)
    if len(before) < 2:
        return []
    first, second = before.drop(columns=TOGETHER), after.drop(columns=TOGETHER)
    tests = seed_tests(first.to_numpy(), second.to_numpy(), paired=True) if first.shape[1] > 1 else []
    rows = [_line(None, before[TOGETHER], after[TOGETHER])]
    for name, test in zip(first, tests, strict=False):  # no test of a single class
        row = _line(str(name), first[name], second[name]) | {"shifted_pp": test.change_pp}
        rows.append(row | {"welch_p_value": test.welch_p, "paired_p_value": test.paired_p, "outcome": test.outcome})
    return rows


def _line(name: str | None, before: pd.Series, after: pd.Series) -> Row:
    found = seed_change(before.to_numpy(), after.to_numpy())
    return {
        "class": name,
        "outcome": outcome_of(found.seeds, found.p_value),
        "seeds": found.seeds,
        "mean_accuracy": float(after.mean()),
        "sd_pp": 100 * float(after.std()),
        "base_sd_pp": 100 * float(before.std()),
        "delta_pp": found.delta_pp,
        "ci_low_pp": found.low_pp,
        "ci_high_pp": found.high_pp,
        "p_value": found.p_value,
    }


def retraining(tables: Tables) -> pd.DataFrame:
    """`retraining.csv`: flips and class spread between seeds of each treatment that has several, beside its flips
    against the dense float32 networks.
    """
    groups, rows = _by_treatment(tables.inputs), []
    accuracy = tables["per_class"].pivot(index="variant", columns="class", values="accuracy")
    for treatment, own in groups.items():
        base = groups.get(treatment.baseline, {})
        between, against = _churn(own), _churn(base)
        if between is None:
            continue
        flips = [churn([_predicted(own[seed]), _predicted(base[seed])]) for seed in own if seed in base]
        changed = [one.mean for one in flips if one and treatment != treatment.baseline]
        lines = accuracy.loc[[result.name for result in own.values()], tables.inputs.classes]
        identity = next(iter(own.values())).identity
        row: Row = {
            **{key: identity[key] for key in KEYS},
            "seeds": len(own),
            "pairs": between.pairs,
            "compression_flip_rate": float(np.mean(changed)) if changed else None,
            "base_retrain_flip_rate": against.mean if against else None,
            "retrain_flip_rate": between.mean,
            "retrain_flip_least": between.least,
            "retrain_flip_most": between.most,
        }
        rows.append(row | _spread(lines))
    return frame(rows, [*KEYS, *RETRAINING])


def _spread(accuracy: pd.DataFrame) -> Row:
    """Standard deviations of class accuracies over seeds: their mean over classes, and the widest."""
    wide = spread(accuracy.to_numpy(np.float64))
    if wide is None or np.isnan(wide).all():
        return {}
    widest = int(np.nanargmax(wide))
    return {
        "class_spread_pp": 100 * float(np.nanmean(wide)),
        "widest_spread_class": str(accuracy.columns[widest]),
        "widest_spread_pp": 100 * float(wide[widest]),
    }


def retrain_flips(inputs: Inputs) -> dict[str, float]:
    """Level -> images that change their class between two seeds of its dense float32 network, mean over pairs."""
    groups, found = _by_treatment(inputs), dict[str, float]()
    for treatment, own in groups.items():
        between = _churn(groups.get(treatment.baseline, {}))
        if between:
            found |= {result.name: between.mean * len(_predicted(result)) for result in own.values()}
    return found


def _by_treatment(inputs: Inputs) -> Groups:
    """Treatment, a level of seed 0 -> seed -> its result, of all that have predictions, in the order of the plan."""
    found: dict[Level, dict[int, Result]] = {}
    for result in inputs.results:
        if result.predictions:
            treatment = replace(result.level, variant=replace(result.variant, seed=0))
            found.setdefault(treatment, {})[result.variant.seed] = result
    return found


def _churn(own: Mapping[int, Result]) -> Churn | None:
    return churn([_predicted(result) for result in own.values()])


def _predicted(result: Result) -> Ints:
    assert result.predictions is not None
    return result.predictions.predicted


def findings(tables: Tables) -> list[Point]:
    """Changes over seeds of every treatment, classes that lose their place, and compression beside retraining."""
    return [*_changes(tables["seeds"]), *_beside(known(tables["retraining"], *RATES))]


def _changes(table: pd.DataFrame) -> list[Point]:
    whole = table[table["class"].isna()].sort_values("delta_pp", kind="stable")
    if whole.empty:
        return []
    parts = tuple(
        f"{names.full(row, False)}, {row['seeds']} seeds: {_change(row)}" for row in records(whole.head(MOST))
    )
    lead = "Mean change of top-1 over seeds, paired by base network, with Student\u2019s interval over seeds"
    lead += f"; the {MOST} costliest of {len(whole)}:" if len(whole) > MOST else ", costliest first:"
    return [Point("Over seeds", lead, parts), *_places(table[table["class"].notna()])]


def _change(row: Record) -> str:
    return f"{points(row['delta_pp'])} points in every seed" if row["p_value"] is None else change(row)


def _places(single: pd.DataFrame) -> list[Point]:
    """Classes whose accuracy minus the model's mean over classes changes."""
    possible = known(single, "paired_p_adjusted")
    if possible.empty:
        return []
    claims = possible[possible["shifted_significant"].eq(True)]
    fewer, none = ((single["outcome"] == outcome).sum() for outcome in (INDICATIVE, NO_VARIANCE))
    text = (
        f"Accuracy of a class minus the model\u2019s mean over classes, {number(len(possible), 'test')} over seeds: "
        f"{len(claims)} of {(possible['outcome'] == TESTED).sum()} with {ENOUGH} seeds or more {are(len(claims))} "
        f"significant (paired t-test, Holm, level {LEVEL:g}); Welch\u2019s test, which leaves the pairing out, gives "
        f"{(possible['welch_p_adjusted'] < LEVEL).sum()}."
    )
    if fewer:
        text += f" {fewer} {are(fewer)} indicative alone: fewer than {ENOUGH} seeds."
    if none:
        text += f" {none} more cannot be tested: the change is the same in every seed."
    parts = tuple(
        f"\u201c{names.shorten(row['class'], 40)}\u201d in {names.full(row, False)}: {points(row['shifted_pp'])}{NBSP}"
        f"points against the other classes, adjusted {p_equals(row['paired_p_adjusted'])}"
        for row in records(claims[claims["shifted_pp"] < 0].sort_values("shifted_pp", kind="stable").head(MOST))
    )
    return [Point("Classes over seeds", text + (" Largest losses of place:" if parts else ""), parts)]


def _beside(compared: pd.DataFrame) -> list[Point]:
    """Flips of compression beside flips of retraining the base network."""
    if compared.empty:
        return []
    own, base = (compared[key] for key in RATES)
    fewer, bases = int((own <= base).sum()), compared.drop_duplicates("arch", keep="last")
    most = records(compared.loc[[(own / base.clip(lower=1e-9)).idxmax()]])[0]
    shares = ", ".join(f"{percent(row[RATES[1]])} ({names.clean(row['arch'])})" for row in records(bases))
    text = (
        f"Training the dense float32 network again from another seed changes the answer on {shares} of the test "
        f"images. {fewer} of {number(len(compared), 'compressed treatment')} {are(fewer)} at or below that: "
        "compressing changes no more answers than retraining does. "
        f"Most flips: {names.full(most, False)}, {percent(most[RATES[0]])}."
    )
    return [Point("Compression beside retraining", text)]


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Flips and spread of retraining, changes over seeds, tests of classes; None with one seed."""
    table = tables["seeds"]
    if tables["retraining"].empty:
        return None
    whole, single = table[table["class"].isna()], table[table["class"].notna()]
    blocks: list[Block] = [Paragraph(METHOD), _retraining(tables["retraining"])]
    if len(whole):
        blocks.append(_treated("seeds", CHANGED, whole, WHOLE))
    if len(single):
        many, shown = clearest(single, "paired_p_adjusted", "paired_p_value", DETAILS)
        details = _treated("seed-classes", f"{many} {PLACES}", shown, SINGLE)
        blocks.append(Fold("Classes over seeds", (details,), False))
    return Section("seeds", HEADING, tuple(blocks))


def _retraining(table: pd.DataFrame) -> Table:
    keys = [key for key in RETRAINING if key not in ("pairs", "widest_spread_class")]
    shown, place = _treated("retraining", RETRAINED, table, keys), 1 + keys.index(RATES[0])
    is_base = (table["method"] == DENSE) & (table["quantization"] == Quantization().scheme)
    lines = [
        (*line[:place], Cell("baseline", line[place].value), *line[place + 1 :]) if base else line
        for line, base in zip(shown.rows, is_base, strict=True)
    ]
    return replace(shown, rows=tuple(lines))


def _treated(name: str, caption: str, table: pd.DataFrame, keys: list[str]) -> Table:
    return labelled(name, caption, table, keys, "Treatment", lambda row: names.full(row, False))


TOPIC = Topic(tables={"seeds": seeds, "retraining": retraining}, findings=findings, section=section)
