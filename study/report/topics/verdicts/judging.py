"""Tests of claims: each reads effects from `evidence` and says whether all hold, one fails, or it stays open."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf

import pandas as pd

from study.report import names
from study.report.names import NBSP
from study.report.phrases import megabytes, number, p_equals, percent, points, span
from study.report.reference import FLOAT32, INT8
from study.report.tables import Record, Tables, known, records
from study.report.topics.verdicts.evidence import (
    Untestable,
    about_cifar10,
    changes,
    coverage,
    select,
    share,
    speed,
    speeds,
    timed,
)
from study.statistics.seeds import ENOUGH

CONFIRMED, REFUTED, NOT_TESTABLE = "confirmed", "refuted", "not testable"
MOBILENET = "mobilenet"
SMALLEST_MB = 0.95
HIGHEST_2021 = 90  # its highest sparsity, in per cent
EVEN_PP = 2.5
Effects = Callable[[Tables, str, str], pd.DataFrame]


@dataclass(frozen=True)
class Verdict:
    """A status with the figures behind it: `text` in a sentence, `parts` network by network."""

    status: str
    text: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What an effect has to lie between; limits of an open range are no part of it."""

    floor: float = -inf
    ceiling: float = inf
    open: bool = False

    def hold(self, row: Record) -> bool | None:
        """Whether an interval lies within; False: wholly outside; None: it reaches over a limit, or is missing."""
        low, high = row["low"], row["high"]
        if low is None or high is None:
            return None
        if high < self.floor or low > self.ceiling:
            return False
        inside = self.floor < low and high < self.ceiling if self.open else self.floor <= low and high <= self.ceiling
        return True if inside else None


def decide(each: Iterable[bool | None], text: str, parts: Iterable[str], open_because: str) -> Verdict:
    """A claim about every member of `each`: True holds, False fails, None cannot be decided.

    One member that fails refutes; all that hold confirm; else `open_because` says why it stays open.
    """
    held, shown = list(each), tuple(parts)
    if False in held:
        return Verdict(REFUTED, text, shown)
    if held and None not in held:
        return Verdict(CONFIRMED, text, shown)
    return Verdict(NOT_TESTABLE, f"Cannot be decided: {open_because}. {text}".strip(), shown)


def ratios(effects: Effects, limits: Limits, said: str, tables: Tables, method: str, scheme: str) -> Verdict:
    """Sizes or memory as fractions of the baseline's against limits; `said` has a place for their span."""
    found = effects(tables, method, scheme)
    parts = (f"{arch}: {span(own['value'], share)}" for arch, own in _by_arch(found).items())
    return decide(_held(found, limits), said.format(span(found["value"], share)) + coverage(found), parts, "")


def losses(limits: Mapping[str, Limits], tables: Tables, method: str, scheme: str) -> Verdict:
    """Changes of top-1 from float32 to int8 against the limits of each network of 2021, all of which must hold."""
    found = changes(tables, method, scheme, tuple(limits))
    theirs = {name: points(100 * (INT8[name].top1 - FLOAT32[name].top1)) for name in limits}
    rows = records(found.assign(name=found["arch"].map(names.clean), theirs=found["family"].map(theirs)))
    missing = [name for name in limits if name not in set(found["family"])]
    told = ", ".join(f"{row['name']} {_mean(row)} (2021: {row['theirs']})" for row in rows)
    text = f"Change of top-1 from float32 to int8 in points: {told}."
    text += f" Not tested: {', '.join(missing)}." if missing else ""
    parts = (f"{row['name']}: {_change(row)}; 2021: {row['theirs']}" for row in rows)
    each = [limits[row["family"]].hold(row) for row in rows] + [None for _ in missing]
    return decide(each, text, parts, _open(rows, "an interval over seeds reaches over the limit"))


def times(limits: Limits | None, tables: Tables, method: str, scheme: str) -> Verdict:
    """Speed-ups against limits; without limits, MobileNet's against those of the others at the same place."""
    found = speeds(tables, method, scheme)
    if limits:
        each = _held(found, limits)
    else:
        each = [held for _, here in found.groupby("place", sort=False) for held in _mobilenet_first(here)]
        if not each:
            raise Untestable("MobileNet and another network were not measured on the same ARM board")
    theirs = span([FLOAT32[name].inference_us / INT8[name].inference_us for name in FLOAT32], speed)
    before = f" (2021: {theirs})" if scheme == "int8" else ""
    text = (
        f"In the medians {timed(scheme)} is {span(found['value'], speed)} times as fast as unpruned float32{before}."
        f"{coverage(found)}"
    )
    parts = (f"{row['place']}: {names.clean(row['arch'])} {speed(row['value'])}{_ends(row)}" for row in records(found))
    return decide(each, text, parts, "the 95 % intervals of the medians are too wide or missing")


def falls(tables: Tables, method: str, scheme: str) -> Verdict:
    """Float32 models of rising sparsity, each against the equally trained unpruned one.

    Networks of too few seeds decide nothing where others have enough, and are named.
    """
    found = changes(tables, method, scheme)
    ladders = {arch: records(own.sort_values("amount", kind="stable")) for arch, own in _by_arch(found).items()}
    ends = ", ".join(f"{arch} {_mean(own[-1])}" for arch, own in ladders.items())
    text = (
        "At the highest sparsity of each network, top-1 against the equally trained unpruned one in points: "
        f"{ends}.{coverage(found)}"
    )
    parts = (
        f"{arch}: " + "; ".join(f"{row['amount']:g}{NBSP}% {_change(row)}" for row in own)
        for arch, own in ladders.items()
    )
    few = [arch for arch, own in ladders.items() if own[-1]["seeds"] < ENOUGH]
    if 0 < len(few) < len(ladders):
        text += f" Without a say, having fewer than {ENOUGH} seeds: {', '.join(few)}."
    counted = [own for arch, own in ladders.items() if arch not in few] or list(ladders.values())
    why = _open([own[-1] for own in counted], "a network\u2019s interval at its highest sparsity holds 0")
    return decide(map(_falls, counted), text, parts, why)


def _falls(ladder: Sequence[Record]) -> bool | None:
    """Whether top-1 falls along changes of rising sparsity."""
    last, tested = ladder[-1], [row for row in ladder if row["low"] is not None]
    if any(later["low"] > earlier["high"] for earlier, later in combinations(tested, 2)):
        return False
    if last["low"] is None:
        return None
    if last["low"] >= 0:
        return False
    return True if last["high"] < 0 else None


def loses_least(tables: Tables, method: str, scheme: str) -> Verdict:
    """MobileNet's interval against those of the others at the highest sparsity that all networks share."""
    found = changes(tables, method, scheme)
    if set(found["family"] == MOBILENET) != {True, False}:
        raise Untestable("it takes a pruned MobileNet and another pruned network that beat guessing unpruned")
    amounts = set.intersection(*(set(own["amount"]) for own in _by_arch(found).values()))
    if not amounts:
        raise Untestable("the networks share no sparsity")
    here = found[found["amount"] == max(amounts)].sort_values("value", ascending=False, kind="stable")
    first, second, *_ = rows = records(here)
    text = (
        f"At {max(amounts):g}{NBSP}% sparsity {names.clean(first['arch'])} loses least ({_mean(first)} "
        f"points), then {names.clean(second['arch'])} ({_mean(second)}).{coverage(found)}"
    )
    parts = (f"{names.clean(row['arch'])}: {_change(row)}" for row in rows)
    why = _open(rows, "MobileNet\u2019s interval overlaps with another one")
    return decide(_mobilenet_first(here), text, parts, why)


def smallest(tables: Tables, method: str, scheme: str) -> Verdict:
    """The smallest gzip file of a pruned int8 MobileNet: of it the statement was made, and of no smaller network."""
    rows = select(tables, method, scheme, "gzip_bytes", "top1", families=(MOBILENET,))
    row = records(rows.loc[[rows["gzip_bytes"].astype("float64").idxmin()]])[0]
    text = (
        f"The smallest is {names.full(row, names.several_seeds(tables['results']))}: {megabytes(row['gzip_bytes'])} "
        f"under gzip, top-1 {percent(row['top1'])}."
    )
    if row["gzip_bytes"] < 1e6 * SMALLEST_MB:
        return Verdict(CONFIRMED, text)
    if (rows["amount"] >= HIGHEST_2021).any():
        return Verdict(REFUTED, text)
    raise Untestable(f"no int8 file of {MOBILENET} at {HIGHEST_2021}{NBSP}% sparsity has been evaluated. {text[:-1]}")


def uneven(tables: Tables, method: str, scheme: str) -> Verdict:
    """Whether a class leaves its place among the classes, over seeds: what retraining alone scatters is the measure."""
    about_cifar10(tables)
    rows = tables["seeds"]
    single = rows[(rows["method"] == method) & (rows["quantization"] == scheme) & rows["class"].notna()]
    tested = known(single, "shifted_p_value")
    if tested.empty:
        most = int(single["seeds"].max()) if len(single) else 1
        raise Untestable(
            f"it takes {ENOUGH} seeds of a network under this treatment that have not collapsed and of its equally "
            f"trained float32 one, and the most here is {most}"
        )
    moved = tested[tested["shifted_significant"].eq(True)]
    count = len(tested.drop_duplicates(["arch", "amount"]))
    text = (
        f"Over seeds, {len(moved)} of {len(tested)} classes in {number(count, 'treatment')} change significantly more "
        "or less than the average class of their network."
    )
    shown = (moved if len(moved) else tested).sort_values("shifted_p_value", kind="stable").head(3)
    parts = tuple(
        f"\u201c{names.shorten(row['class'], 40)}\u201d in {names.full(row, False)}, over {row['seeds']} seeds: "
        f"{points(row['shifted_pp'])} points (95{NBSP}% {points(row['shifted_low_pp'])} to "
        f"{points(row['shifted_high_pp'])}), adjusted {p_equals(row['shifted_p_adjusted'])}"
        for row in records(shown)
    )
    if len(moved):
        return Verdict(CONFIRMED, text, parts)
    if ((tested["shifted_low_pp"] >= -EVEN_PP) & (tested["shifted_high_pp"] <= EVEN_PP)).all():
        return Verdict(REFUTED, text, parts)
    return Verdict(NOT_TESTABLE, f"Cannot be decided: the seeds scatter too widely. {text}", parts)


def _mobilenet_first(rows: pd.DataFrame) -> list[bool | None]:
    """Whether MobileNet's interval lies wholly above that of each other network; None: they overlap, or miss."""
    own, others = (records(rows[(rows["family"] == MOBILENET) == which]) for which in (True, False))
    return [
        Limits(floor=other["high"], open=True).hold(mine) if other["high"] is not None else None
        for mine in own
        for other in others
    ]


def _held(found: pd.DataFrame, limits: Limits) -> list[bool | None]:
    return [limits.hold(row) for row in records(found)]


def _by_arch(found: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {names.clean(str(arch)): own for arch, own in found.groupby("arch", sort=False)}


def _mean(row: Record) -> str:
    """The mean over the seeds that hold, in points, with what it rests on."""
    if row["collapsed"]:
        held = row["seeds"] - row["collapsed"]
        mean = f", the others {points(row['value'])}" if held else ""
        return f"{row['collapsed']} of {number(row['seeds'], 'seed')} collapsed{mean}"
    return f"{points(row['value'])} ({number(row['seeds'], 'seed')})"


def _change(row: Record) -> str:
    if row["low"] is None:
        return _mean(row)
    return (
        f"{points(row['value'])} points (95{NBSP}% {points(row['low'])} to {points(row['high'])} over "
        f"{row['seeds']} seeds)"
    )


def _open(rows: Iterable[Record], otherwise: str) -> str:
    """Why something is not decided: first of all, too few seeds."""
    few = [row for row in rows if row["low"] is None]
    if not few:
        return otherwise
    shown = ", ".join(names.clean(row["arch"]) for row in few)
    return f"it takes {ENOUGH} seeds of a network, none of them collapsed, which is not so of {shown}"


def _ends(row: Record) -> str:
    return "" if row["low"] is None or row["high"] is None else f" ({speed(row['low'])} to {speed(row['high'])})"
