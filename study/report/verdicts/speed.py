"""Statements of 2021 on inference time: only times measured on an ARM board decide them."""

from collections.abc import Sequence
from statistics import median

from study.report import names
from study.report.phrases import number, span
from study.report.reference import FLOAT32, INT8
from study.report.verdicts.evidence import DENSE, PRUNED, Evidence, coverage, family_of, select
from study.report.verdicts.times import Ratio, Times, times
from study.report.verdicts.verdict import Finding, Verdict, decide, untestable

SAME_TIME = 0.05
BOARD = "measured on an ARM board with one thread"

FASTER = Finding(
    "int8-time",
    "Quantization to int8 cuts the inference time.",
    f"{BOARD}, every network is surely faster in int8 than in float32 (95 % intervals of the medians apart)",
    "one is surely slower",
)
MOST = Finding(
    "int8-time-mobilenet",
    "Quantization cuts the inference time most for MobileNet.",
    f"{BOARD}, MobileNet\u2019s speed-up lies surely above that of every other network (95 % intervals apart)",
    "that of another network lies surely above MobileNet\u2019s",
)
PRUNING = Finding(
    "pruning-time",
    "The inference time does not change with pruning.",
    f"{BOARD}, every pruned float32 file takes surely within {100 * SAME_TIME:g} % of the time of the unpruned one",
    f"one surely differs by more than {100 * SAME_TIME:g} %",
)
WIDE = "the 95 % intervals of the medians are too wide or missing"


def faster(found: Evidence) -> Verdict:
    """Each network's int8 file against its float32 file."""
    taken, why = _times(found, DENSE, "int8")
    if why or taken is None:
        return untestable(FASTER, why)
    each = [_beyond(ratio, 1.0) for ratio in taken.arm]
    return decide(FASTER, each, _text(found, taken.arm, "int8"), _parts(taken.arm), WIDE)


def most_for_mobilenet(found: Evidence) -> Verdict:
    """MobileNet's ratio against those of the others, at each place by itself."""
    taken, why = _times(found, DENSE, "int8")
    if why or taken is None:
        return untestable(MOST, why)
    each: list[bool | None] = []
    for place in dict.fromkeys(ratio.place for ratio in taken.arm):
        here = [ratio for ratio in taken.arm if ratio.place == place]
        own = [ratio for ratio in here if family_of(found, ratio.arch) == "mobilenet"]
        others = [ratio for ratio in here if ratio not in own]
        each += [_apart(mine, other) for mine in own for other in others]
    if not each:
        return untestable(MOST, "MobileNet and another network were not measured on the same ARM board")
    return decide(MOST, each, _text(found, taken.arm, "int8"), _parts(taken.arm), WIDE)


def pruning_time(found: Evidence) -> Verdict:
    """Each pruned float32 file against the unpruned one: the interval has to lie within the limits."""
    taken, why = _times(found, PRUNED, "float32")
    if why or taken is None:
        return untestable(PRUNING, why)
    each = [_same(ratio) for ratio in taken.arm]
    return decide(PRUNING, each, _text(found, taken.arm, "pruned float32"), _parts(taken.arm), WIDE)


def _times(found: Evidence, method: str, scheme: str) -> tuple[Times | None, str]:
    """Times from ARM boards, else why there are none, with what other machines indicate."""
    rows, why = select(found, method, scheme, ())
    if not rows:
        return None, why
    taken = times(found, rows)
    if taken.arm:
        return taken, ""
    doubtful = f"; {number(taken.unstable, 'comparison')} rested on unstable runs" if taken.unstable else ""
    if not taken.elsewhere:
        return None, f"no stable time was measured on an ARM board{doubtful}"
    what = "int8" if scheme == "int8" else "pruned float32"
    places = ", ".join(dict.fromkeys(ratio.place for ratio in taken.elsewhere))
    speeds = [ratio.middle for ratio in taken.elsewhere]
    middle = f", {_speed(median(speeds))} in the median" if len(speeds) > 1 else ""
    return None, (
        f"no stable time was measured on an ARM board{doubtful}. An indication only, from {places}: {what} is "
        f"{span(speeds, _speed)} times as fast as unpruned float32{middle} "
        f"({number(len(speeds), 'stable comparison')})"
    )


def _speed(ratio: float) -> str:
    return f"{ratio:.2f}"


def _text(found: Evidence, ratios: Sequence[Ratio], what: str) -> str:
    speeds = span([ratio.middle for ratio in ratios], _speed)
    theirs = [FLOAT32[name].inference_us / INT8[name].inference_us for name in FLOAT32]
    before = f" (2021: {span(theirs, _speed)})" if what == "int8" else ""
    return (
        f"In the medians {what} is {speeds} times as fast as unpruned float32{before}."
        f"{coverage(found, {ratio.arch for ratio in ratios})}"
    )


def _parts(ratios: Sequence[Ratio]) -> tuple[str, ...]:
    return tuple(
        f"{ratio.place}: {names.clean(ratio.arch)} {_speed(ratio.middle)}{_interval(ratio)}" for ratio in ratios
    )


def _interval(ratio: Ratio) -> str:
    return "" if ratio.low is None or ratio.high is None else f" ({_speed(ratio.low)} to {_speed(ratio.high)})"


def _beyond(ratio: Ratio, limit: float) -> bool | None:
    if ratio.low is None or ratio.high is None or ratio.low <= limit <= ratio.high:
        return None
    return ratio.low > limit


def _apart(mine: Ratio, other: Ratio) -> bool | None:
    if mine.low is None or mine.high is None or other.low is None or other.high is None:
        return None
    if mine.low > other.high:
        return True
    return False if other.low > mine.high else None


def _same(ratio: Ratio) -> bool | None:
    if ratio.low is None or ratio.high is None:
        return None
    if ratio.low >= 1 - SAME_TIME and ratio.high <= 1 + SAME_TIME:
        return True
    return False if ratio.high < 1 - SAME_TIME or ratio.low > 1 + SAME_TIME else None
