"""Statements of 2021 on what sparsity costs in accuracy."""

from study.report import names
from study.report.phrases import NBSP, points, span
from study.report.verdicts.evidence import PRUNED, Change, Evidence, changes, coverage, family_of
from study.report.verdicts.verdict import Finding, Verdict, decide, untestable

FALLS = Finding(
    "sparsity-accuracy",
    "Accuracy falls with sparsity.",
    "in every network the sparsest model surely loses top-1 against the unpruned one (95 % interval below 0), and no "
    "sparser model is surely better than a less sparse one (interval wholly above that one\u2019s)",
    "in one network the sparsest model surely loses nothing (interval not below 0 anywhere), or a sparser model surely "
    "is the better one",
)
LEAST = Finding(
    "sparsity-mobilenet",
    "MobileNet loses least by pruning.",
    "at the highest sparsity that all networks share, the 95 % interval of MobileNet\u2019s change in top-1 lies "
    "wholly above those of all others",
    "the interval of another network lies wholly above MobileNet\u2019s",
)


def falls(found: Evidence) -> Verdict:
    """Float32 models of rising sparsity, each against the unpruned one."""
    lost, why = changes(found, PRUNED, "float32")
    if not lost:
        return untestable(FALLS, why)
    ladders: dict[str, dict[float, Change]] = {}
    for (arch, amount), change in sorted(lost.items(), key=lambda item: item[0][1]):
        ladders.setdefault(arch, {})[amount] = change
    each = [_falls(list(ladder.values())) for ladder in ladders.values()]
    parts = tuple(
        f"{names.clean(arch)}: " + "; ".join(f"{amount:g}{NBSP}% {change}" for amount, change in ladders[arch].items())
        for arch in dict.fromkeys(arch for arch, _ in lost)
    )
    ends = [list(ladder.values())[-1].delta for ladder in ladders.values()]
    text = (
        f"At the highest sparsity of each network, top-1 changes by {span(ends, points)} points against the unpruned "
        f"one.{coverage(found, ladders)}"
    )
    return decide(FALLS, each, text, parts, "a network\u2019s interval at its highest sparsity holds 0")


def mobilenet_least(found: Evidence) -> Verdict:
    """MobileNet's interval against those of the others at one sparsity."""
    lost, why = changes(found, PRUNED, "float32")
    if not lost:
        return untestable(LEAST, why)
    archs = list(dict.fromkeys(arch for arch, _ in lost))
    own = [arch for arch in archs if family_of(found, arch) == "mobilenet"]
    others = [arch for arch in archs if arch not in own]
    if not own or not others:
        return untestable(LEAST, "it takes a pruned MobileNet and another pruned network that beat guessing unpruned")
    shared = set.intersection(*({amount for name, amount in lost if name == arch} for arch in archs))
    if not shared:
        return untestable(LEAST, "the networks share no sparsity")
    amount = max(shared)
    at = {arch: lost[arch, amount] for arch in archs}
    each = [_better(at[mine], at[other]) for mine in own for other in others]
    order = sorted(archs, key=lambda arch: -at[arch].delta)
    text = (
        f"At {amount:g}{NBSP}% sparsity {names.clean(order[0])} loses least ({points(at[order[0]].delta)} points), "
        f"then {names.clean(order[1])} ({points(at[order[1]].delta)})."
        f"{coverage(found, archs)}"
    )
    parts = tuple(f"{names.clean(arch)}: {at[arch]}" for arch in order)
    return decide(LEAST, each, text, parts, "MobileNet\u2019s interval overlaps with another one")


def _falls(ladder: list[Change]) -> bool | None:
    """Whether top-1 falls along changes of rising sparsity."""
    risen = any(later.low > earlier.high for place, earlier in enumerate(ladder) for later in ladder[place + 1 :])
    if risen or ladder[-1].low >= 0:
        return False
    return True if ladder[-1].high < 0 else None


def _better(mine: Change, other: Change) -> bool | None:
    if mine.low > other.high:
        return True
    return False if other.low > mine.high else None
