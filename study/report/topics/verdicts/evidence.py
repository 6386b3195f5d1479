"""The figures that bear on a claim: frames with a row an effect (`value`, and the ends `low`, `high` of its interval).

`arch` is the network, `family` the one of 2021 that it is a form of. Where there is nothing, `Untestable` says why.
"""

from collections.abc import Collection

import pandas as pd
from scipy.stats import t

from study.latency.measurement import OK
from study.plan.variant import DENSE
from study.report import names
from study.report.names import NBSP
from study.report.phrases import number, span
from study.report.reference import FLOAT32
from study.report.tables import Tables, known
from study.report.topics.accuracy.findings import CHANCE
from study.report.topics.latency.measurements import PLACE, comparable
from study.statistics.seeds import ENOUGH

PRUNED = "magnitude"
MEASURED = "measured"  # a time or memory that is neither emulated nor predicted
ARM = ("aarch64", "arm")  # how `uname -m` begins on ARM boards: aarch64, arm64, armv7l
FIVE = tuple(FLOAT32)
PAIR = ["variant", "dense", "arch", "family"]


class Untestable(Exception):
    """These tables say nothing on a claim; why, as a clause without a full stop."""


def select(tables: Tables, method: str, scheme: str, *needs: str, families: Collection[str] = FIVE) -> pd.DataFrame:
    """Results of the networks of 2021 under a method and a scheme that hold what is needed.

    Networks of another width, with another stride of the stem or that started from given weights are none of them.
    """
    what = f"{scheme} file of {'an unpruned network' if method == DENSE else 'a network pruned by magnitude'}"
    what += "" if len(families) == len(FIVE) else f" ({', '.join(families)})"
    rows = tables["results"]
    same = (rows["method"] == method) & (rows["quantization"] == scheme) & rows["family"].isin(families)
    started = {result.name for result in tables.inputs.results if result.variant.architecture.start}
    rows = rows[same & (rows["alpha"] == 1.0) & (rows["stem_stride"] == 2) & ~rows["variant"].isin(started)]
    if rows.empty:
        raise Untestable(f"the plan has no {what}")
    if (rows := known(rows, *needs)).empty:
        raise Untestable(f"no {what} has been evaluated together with an equally trained float32 one")
    return rows


def with_dense(tables: Tables, rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Rows with the `key` of the dense float32 file of their network as `base`, where it is known.

    What training changes nothing of is held to it: sizes, memory and times.
    """
    bases = known(tables["results"], key)[["variant", key]].set_axis(["dense", "base"], axis=1)
    return rows.merge(bases, on="dense")


def about_cifar10(tables: Tables) -> None:
    """Refuse other data: the claims on accuracy are about CIFAR-10's classes."""
    card = tables.inputs.card
    if not card.get("is_cifar10_classes"):
        raise Untestable(f"the statement is about CIFAR-10, and these data are {names.clean(str(card.get('name')))}")


def guessing(tables: Tables) -> float:
    """The top-1 up to which a network hardly beats guessing, a fraction."""
    return CHANCE / max(len(tables.inputs.classes), 1)


def sizes(key: str, tables: Tables, method: str, scheme: str) -> pd.DataFrame:
    """A size as a fraction of the dense float32 file's, file by file; sizes are exact."""
    pairs = with_dense(tables, select(tables, method, scheme, key), key)
    if pairs.empty:
        missing = "float32 file has been evaluated beside the int8 one"
        if method != DENSE:
            missing = "unpruned float32 file has been evaluated beside the pruned one"
        raise Untestable(f"no {missing}")
    ratio = pairs[key] / pairs["base"]
    return pairs.assign(value=ratio, low=ratio, high=ratio)


def memory(tables: Tables, method: str, scheme: str) -> pd.DataFrame:
    """Private memory as a fraction of the dense float32 file's, within one device, runtime and thread count."""
    pairs = _measured_pairs(tables, method, scheme, "private_bytes")
    pairs = pairs[pairs["private_bytes_base"] > 0]
    if pairs.empty:
        raise Untestable("no memory was measured of a pruned float32 file and of its unpruned one")
    ratio = pairs["private_bytes"] / pairs["private_bytes_base"]
    return pairs.assign(value=ratio, low=ratio, high=ratio)


def changes(tables: Tables, method: str, scheme: str, families: Collection[str] = FIVE) -> pd.DataFrame:
    """Top-1 against the equally trained float32 file in percentage points, one row an architecture and amount.

    Such a statement is about networks trained anew, so the seed is the unit: `low` and `high` are Student's 95 %
    interval over `seeds`, and missing with fewer than `ENOUGH` of them, or where a file `collapsed`: then nothing is
    decided. `value` is the mean over the files that hold. Networks whose own baseline hardly beats guessing are left
    out: they have nothing to lose.
    """
    about_cifar10(tables)
    rows = select(tables, method, scheme, "top1", "delta_pp", families=families)
    bases = known(tables["results"], "top1")[["variant", "top1"]].set_axis(["baseline", "base"], axis=1)
    rows = rows.merge(bases, on="baseline")
    rows = rows[rows["base"] > guessing(tables)]
    if rows.empty:
        raise Untestable("the whole float32 networks hardly beat guessing, so they have nothing to lose")
    found = [
        {"arch": arch, "amount": amount, "family": own["family"].iloc[0], **_over_seeds(own)}
        for (arch, amount), own in rows.groupby(["arch", "amount"], sort=False)
    ]
    return pd.DataFrame(found)


def _over_seeds(own: pd.DataFrame) -> dict[str, float | None]:
    held = own[own["collapsed"].isna()]["delta_pp"].astype("float64")
    lost = len(own) - len(held)
    low = high = None
    if len(held) >= ENOUGH and not lost and held.std() > 0:
        low, high = map(float, t.interval(0.95, len(held) - 1, held.mean(), held.std() / len(held) ** 0.5))
    return {"value": float(held.mean()), "low": low, "high": high, "seeds": len(own), "collapsed": lost}


def speeds(tables: Tables, method: str, scheme: str) -> pd.DataFrame:
    """How many times as fast as dense float32, in stable runs with one thread on ARM boards, `place` by place.

    `value` is the ratio of medians, `low` and `high` that of the ends of their 95 % intervals. Where no ARM board was
    measured, the reason says what other machines indicate.
    """
    pairs = _measured_pairs(tables, method, scheme, "median_us")
    pairs = pairs[pairs["threads"] == 1]
    stable = (pairs["status"] == OK) & (pairs["status_base"] == OK)
    machine = pairs["machine"].fillna("unknown processor").astype(str)
    places = zip(pairs["device"], pairs["runtime"], machine, strict=True)
    found = pairs.assign(
        value=pairs["median_us_base"] / pairs["median_us"],
        low=pairs["ci_low_us_base"] / pairs["ci_high_us"],
        high=pairs["ci_high_us_base"] / pairs["ci_low_us"],
        place=[" \u00b7 ".join(map(names.clean, place)) for place in places],
    )
    arm = stable & machine.map(lambda name: name.startswith(ARM)).astype(bool)
    if arm.any():
        return found[arm]
    doubtful = f"; {number(int((~stable).sum()), 'comparison')} rested on unstable runs" if (~stable).any() else ""
    why, other = f"no stable time was measured on an ARM board{doubtful}", found[stable]
    if len(other):
        means = other.groupby(["place", "arch"], sort=False)["value"].mean().groupby("place", sort=False)
        middle = "; ".join(f"{own.median():.2f} in the median over {number(len(own), 'network')}" for _, own in means)
        why += (
            f". An indication only, from {', '.join(names.distinct(other, 'place'))}: {timed(scheme)} is "
            f"{span(other['value'], speed)} times as fast as unpruned float32, {middle} "
            f"({number(len(other), 'stable comparison')})"
        )
    raise Untestable(why)


def _measured_pairs(tables: Tables, method: str, scheme: str, key: str) -> pd.DataFrame:
    """Measurements of the selected files, each with that of its dense float32 file (`..._base`) at the same place."""
    times = known(comparable(tables["latency"]), key)
    times = times.assign(_place=times.groupby(PLACE, sort=False).ngroup())
    times = times[times["kind"] == MEASURED].drop_duplicates([*PLACE, "variant"], keep="last")
    own = select(tables, method, scheme)[PAIR].merge(times, on="variant")
    bases = times.rename(columns={"variant": "dense"})
    pairs = own.merge(bases, on=["_place", "dense"], suffixes=("", "_base"))
    return pairs.sort_values("_place", kind="stable")


def timed(scheme: str) -> str:
    """In words what was timed beside an unpruned float32 file."""
    return scheme if scheme == "int8" else f"pruned {scheme}"


def speed(ratio: float) -> str:
    """How many times as fast, in two decimals."""
    return f"{ratio:.2f}"


def share(fraction: float) -> str:
    """A fraction of a size in per cent with one decimal."""
    return f"{100 * fraction:.1f}{NBSP}%"


def coverage(found: pd.DataFrame) -> str:
    """How many of the networks of 2021 a verdict rests on; empty where it is all."""
    count = found["family"].nunique()
    return "" if count == len(FIVE) else f" Tested on {count} of the {len(FIVE)} networks."
