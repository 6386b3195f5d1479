"""`equal_latency.csv`: each structured variant beside networks of other widths, trained from scratch, at its latency.

The criterion: at equal latency at least as accurate, in at most a third of the training time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from study.latency.measurement import UNSTABLE
from study.report.answers import Predictions
from study.report.inputs import Inputs, Row, is_narrower
from study.report.structured.curve import Place, Width, nearest, place
from study.report.structured.paired import corrected, paired
from study.report.structured.relatives import alpha_of, dense_of
from study.report.structured.rows import one_thread, ratio, training

COLUMNS = [
    "outcome",
    "accurate",
    "cheap",
    "variant",
    "kind",
    "device",
    "runtime",
    "threads",
    "median_us",
    "unstable",
    "top1",
    "faster",
    "faster_alpha",
    "slower",
    "slower_alpha",
    "curve_top1",
    "difference_pp",
    "against",
    "against_alpha",
    "against_us",
    "against_top1",
    "n",
    "base_only",
    "variant_only",
    "against_pp",
    "against_low_pp",
    "against_high_pp",
    "p_value",
    "p_adjusted",
    "against_significant",
    "training_seconds",
    "against_seconds",
    "training_ratio",
    "arch",
    "method",
    "amount",
    "quantization",
    "seed",
]
MET, NOT_MET, OPEN = "met", "not met", "open"
THIRD = 1 / 3
NAMED = ["arch", "method", "amount", "quantization", "seed"]


def equal_latency(
    inputs: Inputs, given: Mapping[str, Predictions], results: Sequence[Row], latency: Sequence[Row]
) -> list[Row]:
    """One row a structured variant and place (kind, device, runtime) with one thread, where networks of its kind and
    other widths were timed; in the order of places, then of the plan.

    `difference_pp` is top-1 minus that of the straight line between the next faster and the next slower network;
    beyond the ends there is none. `against` is the network of nearest latency: with it the paired test is made and the
    training time compared. Holm's correction runs over all tests of the table.
    """
    known = {row["variant"]: row for row in results}
    rows = []
    for spot, times in one_thread(latency).items():
        for variant, cell in inputs.exported.items():
            if not is_narrower(cell) or variant not in times or known[variant].get("top1") is None:
                continue
            curve = [
                Width(
                    name,
                    alpha_of(inputs.exported[name]),
                    times[name]["median_us"],
                    known[name]["top1"],
                    times[name]["status"] != UNSTABLE,
                )
                for name in dense_of(inputs.exported, variant)
                if name in times and known[name].get("top1") is not None
            ]
            if any(one.alpha != 1.0 for one in curve):
                rows.append(_row(inputs, given, known[variant], spot, times[variant], curve))
    return corrected(rows)


def _row(
    inputs: Inputs, given: Mapping[str, Predictions], known: Row, spot: tuple[Any, ...], time: Row, curve: list[Width]
) -> Row:
    variant, us = known["variant"], time["median_us"]
    at, close = place(curve, us), nearest(curve, us)
    row: Row = {"variant": variant, **dict(zip(("kind", "device", "runtime", "threads"), spot, strict=True))}
    row |= {key: time.get(key) for key in ("median_us", "ci_low_us", "ci_high_us")}
    used = [one for one in (at.below, at.above, close) if one]
    row["unstable"] = time["status"] == UNSTABLE or not all(one.steady for one in used)
    row |= {"top1": known["top1"]} | {key: known[key] for key in NAMED}
    for side, one in (("faster", at.below), ("slower", at.above)):
        row |= {side: one.variant if one else None, f"{side}_alpha": one.alpha if one else None}
    row |= {"curve_top1": at.top1, "difference_pp": None if at.top1 is None else 100 * (known["top1"] - at.top1)}
    row |= {"against": close.variant, "against_alpha": close.alpha, "against_us": close.us, "against_top1": close.top1}
    row |= paired(given, close.variant, variant)
    own, theirs = (training(inputs, name)["training_seconds"] for name in (variant, close.variant))
    part = ratio(own, theirs)
    row |= {"training_seconds": own, "against_seconds": theirs, "training_ratio": part}
    row |= {"accurate": accurate(known["top1"], at), "cheap": None if part is None else part <= THIRD}
    return row | {"outcome": outcome(row["accurate"], row["cheap"])}


def accurate(top1: float, at: Place) -> bool | None:
    """Whether a variant is at least as accurate as the curve at its latency; None where that is not known.

    Beyond the ends nothing is extrapolated, but two things are certain: a variant faster than all networks and as
    accurate as the fastest is better than the curve; one slower than all and no more accurate than the slowest is not.
    """
    if at.top1 is not None:
        return top1 >= at.top1
    if at.above is not None:
        return True if top1 >= at.above.top1 else None
    return False if at.below is not None and top1 <= at.below.top1 else None


def outcome(accurate: bool | None, cheap: bool | None) -> str:
    """Whether the criterion is met: both; not met where one of them fails; open where the other is not known."""
    if accurate is False or cheap is False:
        return NOT_MET
    return MET if accurate and cheap else OPEN
