"""`equal_latency.csv` and `zero_padding.csv`: structured variants against other networks on the same images."""

from collections.abc import Sequence

import pandas as pd

from study.latency.measurement import UNSTABLE
from study.plan.variant import DENSE
from study.report.correction import holm_of, significant
from study.report.inputs import Inputs
from study.report.tables import Record, Row, Tables, frame, known, records
from study.report.topics.latency.measurements import PLACE
from study.report.topics.structured.networks import one_thread
from study.statistics.paired import compare

TESTED = "n base_only variant_only against_pp against_low_pp against_high_pp p_value p_adjusted against_significant"
COLUMNS = (
    "outcome accurate cheap variant kind device runtime threads median_us left_out_percent unstable top1 faster "
    "faster_alpha slower slower_alpha curve_top1 difference_pp against against_alpha against_us against_top1 "
    f"{TESTED} training_seconds against_seconds training_ratio arch method amount quantization seed _ci_low_us "
    "_ci_high_us"
).split()
PADDING = (
    f"variant against top1 against_top1 {TESTED} macs_ratio against_macs_ratio latency_ratio against_latency_ratio "
    "predicted_ratio against_predicted_ratio training_seconds against_seconds arch amount quantization seed"
).split()
MET, NOT_MET, OPEN = "met", "not met", "open"
CRITERION = (
    "at equal latency at least as accurate as networks of other widths trained from scratch, in at most a third of "
    "their training time"
)
THIRD = 1 / 3
WITH, WITHOUT = "automatic", "automatic_coupled"
SAME = "arch amount quantization seed".split()
BOTH = {
    "variant": "against",
    "top1": "against_top1",
    "macs_ratio": "against_macs_ratio",
    "latency_ratio": "against_latency_ratio",
    "predicted_ratio": "against_predicted_ratio",
    "training_seconds": "against_seconds",
}


def timed(tables: Tables) -> pd.DataFrame:
    """Rows of `structured.csv` with a top-1, at every place that timed them with one thread, place by place."""
    times = one_thread(tables["latency"])[
        ["variant", "_place", *PLACE, "median_us", "left_out_percent", "ci_low_us", "ci_high_us", "status"]
    ]
    own = known(tables["structured"], "top1")
    rows = own.drop(columns=times.columns[1:], errors="ignore").merge(times, on="variant")
    return rows.sort_values("_place", kind="stable")


def equal_latency(tables: Tables) -> pd.DataFrame:
    """`equal_latency.csv`: a structured variant at a place where networks of its kind and other widths were timed.

    `difference_pp` is top-1 minus that of the straight line between the next faster and the next slower network;
    beyond the ends there is none. `against` is the network of nearest latency: with it the paired test is made and the
    training time compared. Holm's correction runs over all tests of the table.
    """
    rows: list[Row] = []
    for _, here in timed(tables).groupby("_place", sort=False):
        for variant in records(here[here["method"] != DENSE]):
            curve = records(here[(here["method"] == DENSE) & (here["_kin"] == variant["_kin"])])
            if any(one["alpha"] != 1.0 for one in curve):
                rows.append(_beside(tables.inputs, variant, curve))
    return corrected(frame(rows, COLUMNS))


def _beside(inputs: Inputs, own: Record, curve: Sequence[Record]) -> Row:
    us, close = own["median_us"], nearest(curve, own["median_us"])
    faster, slower, top1 = neighbours(curve, us)
    row: Row = {key: own.get(key) for key in COLUMNS} | {f"_{key}": own[key] for key in ("ci_low_us", "ci_high_us")}
    row["unstable"] = any(one["status"] == UNSTABLE for one in (own, faster, slower, close) if one)
    for side, one in (("faster", faster), ("slower", slower), ("against", close)):
        if one:
            row |= {side: one["variant"], f"{side}_alpha": one["alpha"]}
    row |= {"curve_top1": top1, "difference_pp": None if top1 is None else 100 * (own["top1"] - top1)}
    row |= {"against_us": close["median_us"], "against_top1": close["top1"]}
    seconds, theirs = own["training_seconds"], close["training_seconds"]
    part = None if seconds is None or not theirs else seconds / theirs
    row |= {"against_seconds": theirs, "training_ratio": part} | paired(inputs, close["variant"], own["variant"])
    good, cheap = accurate(own["top1"], faster, slower, top1), None if part is None else part <= THIRD
    return row | {"accurate": good, "cheap": cheap, "outcome": outcome(good, cheap)}


def neighbours(curve: Sequence[Record], us: float) -> tuple[Record | None, Record | None, float | None]:
    """The next faster and the next slower network, and top-1 at `us` on the straight line from one to the other.

    Beyond the ends there is no top-1, and one neighbour. Of networks of equal latency the most accurate counts.
    """
    best = {one["median_us"]: one for one in sorted(curve, key=lambda one: float(one["top1"]))}
    faster = best.get(max((each for each in best if each <= us), default=None))
    slower = best.get(min((each for each in best if each >= us), default=None))
    if faster is None or slower is None:
        return faster, slower, None
    gap = slower["median_us"] - faster["median_us"]
    part = (us - faster["median_us"]) / gap if gap > 0 else 0.0
    return faster, slower, faster["top1"] + part * (slower["top1"] - faster["top1"])


def nearest(curve: Sequence[Record], us: float) -> Record:
    """The network whose latency is closest."""
    return min(curve, key=lambda one: (abs(one["median_us"] - us), one["median_us"]))


def accurate(top1: float, faster: Record | None, slower: Record | None, line: float | None) -> bool | None:
    """Whether a variant is at least as accurate as the line between its `neighbours`; None where that is not known.

    Beyond the ends nothing is extrapolated, but two things are certain: a variant faster than all networks and as
    accurate as the fastest is better than the line; one slower than all and no more accurate than the slowest is not.
    """
    if line is not None:
        return bool(top1 >= line)
    if slower is not None:
        return True if top1 >= slower["top1"] else None
    return False if faster is not None and top1 <= faster["top1"] else None


def outcome(accurate: bool | None, cheap: bool | None) -> str:
    """Whether the criterion is met: both; not met where one of them fails; open where the other is not known."""
    if accurate is False or cheap is False:
        return NOT_MET
    return MET if accurate and cheap else OPEN


def zero_padding(tables: Tables) -> pd.DataFrame:
    """`zero_padding.csv`: automatic pruning with zero-padded residual blocks, against the same without."""
    rows = tables["structured"]
    other = rows[rows["method"] == WITHOUT][[*SAME, *BOTH]].rename(columns=BOTH)
    pairs = rows[rows["method"] == WITH][[*SAME, *BOTH]].merge(other, on=SAME)
    tests = [dict(row) | paired(tables.inputs, row["against"], row["variant"]) for row in records(pairs)]
    return corrected(frame(tests, PADDING))


def paired(inputs: Inputs, against: str, variant: str) -> Row:
    """The comparison of two results (exact McNemar test, Newcombe's interval); none where one has no predictions."""
    base, own = (inputs.by_name[name].predictions for name in (against, variant))
    if not base or not own:
        return {}
    found = vars(compare(base.correct, own.correct))
    points = {"against_pp": "delta_pp", "against_low_pp": "ci_low_pp", "against_high_pp": "ci_high_pp"}
    counts = {key: found[key] for key in ("n", "base_only", "variant_only", "p_value")}
    return counts | {key: found[theirs] for key, theirs in points.items()}


def corrected(rows: pd.DataFrame) -> pd.DataFrame:
    """With Holm's correction over all tests; two rows of the same two variants are one test."""
    pair = pd.MultiIndex.from_frame(rows[["variant", "against"]])
    tests = rows["p_value"].set_axis(pair)
    adjusted = holm_of(tests[~pair.duplicated()]).reindex(pair).set_axis(rows.index)
    return rows.assign(p_adjusted=adjusted, against_significant=significant(adjusted))
