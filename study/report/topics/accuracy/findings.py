"""Sentences on accuracy: what quantization, compression and further training cost or gave each network."""

import pandas as pd

from study.plan.variant import DENSE, Quantization, Recipe
from study.report import names, teaching
from study.report.blocks import Point
from study.report.families import rule
from study.report.phrases import are, change, number, percent, spread
from study.report.tables import Tables, known, records
from study.report.topics.accuracy.chance import no_better_than_guessing

MOST = 12  # variants that are named one by one
FEW = 2  # treatments that are told one by one, with intervals
CHANCE = 1.5  # times the accuracy of guessing
AGAINST = (
    "Top-1 against the float32 file of the whole network with as much training, costliest network first; of several "
    "seeds the mean \u00b1 their standard deviation, else one file"
)


def findings(tables: Tables) -> list[Point]:
    """The extent of the study, changes of top-1 by scheme and by recipe, collapsed files, what training alone gave,
    who learned from a teacher, what has nothing to be counted against, and what says little near chance; first, dense
    networks that are no better.
    """
    table = tables["results"]
    done = known(table, "top1")
    if done.empty:
        return [Point("Nothing yet", "No variant of the plan has been evaluated.")]
    counted = known(done, "delta_pp")
    whole, in_float = counted["amount"] == 0, counted["quantization"] == Quantization().scheme
    return [
        _extent(table, done),
        *no_better_than_guessing(tables.inputs),
        *_told(counted[counted["method"] == DENSE], "Quantization", lambda row: names.clean(row["quantization"])),
        *_told(counted[~whole & in_float], "Compression before quantization", names.network),
        *_collapsed(done),
        *_trained_further(done),
        *teaching.findings(tables.inputs),
        *_uncounted(done),
        *_near_chance(done, 1 / max(len(tables.inputs.classes), 1), names.several_seeds(table)),
    ]


def _extent(table: pd.DataFrame, done: pd.DataFrame) -> Point:
    best, missing = records(done.loc[[done["top1"].idxmax()]])[0], len(table) - len(done)
    text = (
        f"{number(len(done), 'variant')} of {number(done['arch'].nunique(), 'architecture')} evaluated on "
        f"{names.clean(best['dataset'])}. The most accurate one is {names.full(best, names.several_seeds(table))} with "
        f"a top-1 of {percent(best['top1'])}."
    )
    return Point("Extent", text + (f" {missing} planned {are(missing)} missing." if missing else ""))


def _told(rows: pd.DataFrame, topic: str, treatment: names.Label) -> list[Point]:
    """Changes of each treatment, treatments in the order of the plan, networks costliest first."""
    labels = pd.Series([treatment(row) for row in records(rows)], rows.index, dtype="object")
    groups = {name: _by_network(own) for name, own in rows.groupby(labels, sort=False)}
    if len(groups) <= FEW:
        return [
            Point(f"{topic}: {name}", f"{AGAINST}:", tuple(_one(arch, own) for arch, own in networks.items()))
            for name, networks in groups.items()
        ]
    parts = tuple(
        f"{name}: " + ", ".join(f"{arch} {_held(own)}" for arch, own in networks.items())
        for name, networks in groups.items()
    )
    return [Point(topic, f"{AGAINST}, in percentage points:", parts)]


def _by_network(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each architecture, the costliest first; collapsed files count in no mean."""
    held = rows["delta_pp"].where(rows["collapsed"].isna()).astype("float64")
    means = held.groupby(rows["arch"], sort=False).mean().sort_values(kind="stable")
    return {names.clean(str(arch)): rows[rows["arch"] == arch] for arch in means.index}


def _one(arch: str, own: pd.DataFrame) -> str:
    """A single file with its paired interval, several seeds with their spread."""
    alone = len(own) == 1 and own["collapsed"].isna().all()
    return f"{arch}: {change(records(own)[0])}" if alone else f"{arch}: {_held(own)}"


def _held(own: pd.DataFrame) -> str:
    """The change over the files that have not collapsed, and how many have."""
    held, lost = own[own["collapsed"].isna()]["delta_pp"], int(own["collapsed"].notna().sum())
    if not lost:
        return spread(held)
    collapsed = f"{lost} of {number(len(own), 'file')} collapsed"
    return f"{spread(held)}, {collapsed}" if len(held) else collapsed


def _collapsed(done: pd.DataFrame) -> list[Point]:
    """Files that collapsed: they enter no average, median or claim on a class."""
    lost = known(done, "collapsed")
    if lost.empty:
        return []
    text = (
        f"{len(lost)} of {number(len(done), 'file')} {are(len(lost))} left out of every average, median and claim on a "
        f"class. {rule(done)}"
    )
    seeds = names.several_seeds(done)
    parts = [f"{names.full(row, seeds)}: {percent(row['top1'])}, {row['collapsed']}" for row in records(lost)[:MOST]]
    more = [f"and {len(lost) - MOST} more, see the table of all variants"] if len(lost) > MOST else []
    return [Point("Collapsed files", text, (*parts, *more))]


def _trained_further(done: pd.DataFrame) -> list[Point]:
    """What the training of compressed networks gives to a network from which nothing is removed."""
    control = done["method"].map(lambda name: Recipe(str(name)).kinds[-1:] == ("control",))
    own = known(done[control & (done["quantization"] == Quantization().scheme)], "dense_delta_pp")
    if own.empty:
        return []
    text = (
        "Compressed networks are trained further than the dense ones, so they are counted against controls: dense "
        "networks with the same further training. What that training alone gives, top-1 against the dense network in "
        "points:"
    )
    parts = tuple(
        f"{names.clean(str(method)).replace('_', ' ')}: "
        + ", ".join(
            f"{names.clean(str(arch))} {spread(rows['dense_delta_pp'])}"
            for arch, rows in group.groupby("arch", sort=False)
        )
        for method, group in own.groupby("method", sort=False)
    )
    return [Point("Training alone", text, parts)]


def _uncounted(done: pd.DataFrame) -> list[Point]:
    """Networks trained further for which the study has none with as much training."""
    without = done[done["baseline"].isna()]
    if without.empty:
        return []
    shown = ", ".join(f"{names.clean(str(arch))} ({len(own)})" for arch, own in without.groupby("arch", sort=False))
    text = (
        f"{number(len(without), 'variant')} {'was' if len(without) == 1 else 'were'} trained further than the dense "
        f"network, and no network with as much training was made to count them against: {shown}. They have no change "
        f"here and enter no claim; what they differ by from the dense network, training included, stands under "
        f"\u201cFrom dense\u201d in the table of all variants."
    )
    return [Point("Without an equally trained baseline", text)]


def _near_chance(done: pd.DataFrame, chance: float, seeds: bool) -> list[Point]:
    """Variants that hardly beat guessing: their drops say nothing about the compression."""
    low = records(done[done["top1"] <= CHANCE * chance])
    if not low:
        return []
    text = f"Guessing gives {percent(chance)}. These hardly beat it, so their changes say little:"
    parts = [f"{names.full(row, seeds)}: {percent(row['top1'])}" for row in low[:MOST]]
    more = [f"and {len(low) - MOST} more, see the table of all variants"] if len(low) > MOST else []
    return [Point("Near chance", text, (*parts, *more))]
