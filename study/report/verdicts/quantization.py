"""Statements of 2021 on int8: how much smaller, how much less accurate."""

from study.report import names
from study.report.phrases import points, span
from study.report.reference import FLOAT32, INT8
from study.report.verdicts.evidence import (
    DENSE,
    Change,
    Evidence,
    changes,
    coverage,
    family_of,
    percentage,
    select,
    with_base,
)
from study.report.verdicts.verdict import Finding, Verdict, decide, untestable

SMALL = 0.4  # of the float32 file
LITTLE_PP = 1.0
COLLAPSE_PP = 10.0
V3 = {"mobilenet_v3_large": COLLAPSE_PP, "mobilenet_v3_small": LITTLE_PP}
"""The exceptions of 2021, and the loss in points that makes each one."""

SIZE = Finding(
    "int8-size",
    "Quantization to int8 shrinks every network strongly.",
    f"every int8 file takes at most {100 * SMALL:g} % of its float32 file",
    f"one takes more than {100 * SMALL:g} %",
)
ACCURACY = Finding(
    "int8-accuracy",
    "Quantization to int8 costs MobileNet, MobileNetV2 and EfficientNet-B0 little accuracy.",
    f"the 95 % interval of each one\u2019s change in top-1 lies above \u2212{LITTLE_PP:g} point",
    f"the interval of one lies wholly below \u2212{LITTLE_PP:g} point",
)
EXCEPTION = Finding(
    "int8-mobilenet-v3",
    "MobileNetV3 is the exception: under int8, Small loses accuracy and Large collapses.",
    f"the 95 % interval of the change in top-1 lies wholly below \u2212{COLLAPSE_PP:g} points for Large and below "
    f"\u2212{LITTLE_PP:g} point for Small",
    "the interval of either lies wholly above that limit",
)
OVERLAP = "with these test images an interval reaches over the limit"


def int8_size(found: Evidence) -> Verdict:
    """Sizes are exact: a share of the float32 file decides."""
    rows, why = select(found, DENSE, "int8", ("file_bytes",))
    pairs = with_base(found, rows, "file_bytes")
    if not pairs:
        return untestable(SIZE, why or "no float32 file has been evaluated beside the int8 one")
    shares: dict[str, float] = {}
    for row, base in pairs:
        shares[row["arch"]] = max(shares.get(row["arch"], 0.0), row["file_bytes"] / base["file_bytes"])
    theirs = [INT8[name].file_mb / FLOAT32[name].file_mb for name in FLOAT32]
    text = (
        f"The int8 file takes {span(list(shares.values()), percentage)} of the float32 file "
        f"(2021: {span(theirs, percentage)}).{coverage(found, shares)}"
    )
    parts = tuple(f"{names.clean(arch)}: {percentage(share)}" for arch, share in shares.items())
    return decide(SIZE, [share <= SMALL for share in shares.values()], text, parts, "")


def int8_accuracy(found: Evidence) -> Verdict:
    """Paired intervals against a loss that still counts as little."""
    sturdy = [name for name in FLOAT32 if name not in V3]
    lost, why = changes(found, DENSE, "int8", sturdy)
    if not lost:
        return untestable(ACCURACY, why)
    each = [_above(change, LITTLE_PP) for change in lost.values()]
    return decide(ACCURACY, each, _text(found, lost, sturdy), _parts(found, lost), OVERLAP)


def int8_exception(found: Evidence) -> Verdict:
    """The same intervals against the losses of 2021's exceptions."""
    lost, why = changes(found, DENSE, "int8", tuple(V3))
    if not lost:
        return untestable(EXCEPTION, why)
    above = [_above(change, V3[family_of(found, arch)]) for (arch, _), change in lost.items()]
    each = [None if one is None else not one for one in above]
    return decide(EXCEPTION, each, _text(found, lost, tuple(V3)), _parts(found, lost), OVERLAP)


def _above(change: Change, limit_pp: float) -> bool | None:
    """Whether a change surely is no larger loss than the limit; None where its interval holds the limit."""
    if change.low > -limit_pp:
        return True
    return False if change.high < -limit_pp else None


def _text(found: Evidence, lost: dict[tuple[str, float], Change], asked: tuple[str, ...] | list[str]) -> str:
    have = {family_of(found, arch) for arch, _ in lost}
    missing = [name for name in asked if name not in have]
    told = ", ".join(
        f"{names.clean(arch)} {points(change.delta)} (2021: {_theirs(found, arch)})"
        for (arch, _), change in lost.items()
    )
    text = f"Change of top-1 from float32 to int8 in points: {told}."
    return text if not missing else f"{text} Not tested: {', '.join(missing)}."


def _parts(found: Evidence, lost: dict[tuple[str, float], Change]) -> tuple[str, ...]:
    return tuple(f"{names.clean(arch)}: {change}; 2021: {_theirs(found, arch)}" for (arch, _), change in lost.items())


def _theirs(found: Evidence, arch: str) -> str:
    """The change of 2021 in points."""
    name = family_of(found, arch)
    return points(100 * (INT8[name].top1 - FLOAT32[name].top1))
