"""Sentences on methods that cut whole channels, the decision first."""

from collections.abc import Sequence

from study.report import names
from study.report.blocks import Point
from study.report.facts import Facts
from study.report.findings.shipping import LIMIT, within
from study.report.inputs import Row
from study.report.phrases import are, change, number, percent, points
from study.report.structured.equal_latency import MET, NOT_MET, OPEN

CRITERION = (
    "at equal latency at least as accurate as networks of other widths trained from scratch, in at most a third of "
    "their training time"
)


def structured(facts: Facts) -> list[Point]:
    """The summary's points; none where no variant has fewer channels."""
    cut = [row for row in facts.structured if row["method"] != "dense"]
    return [*_equal(facts, cut), *_fastest(facts, cut)] if cut else []


def details(facts: Facts) -> list[Point]:
    """The points of the section: those of the summary, what zero padding changes, what the plans predicted."""
    return [*structured(facts), *_padding(facts), *_predicted(facts)]


def _equal(facts: Facts, cut: Sequence[Row]) -> list[Point]:
    rows, topic = facts.equal_latency, "Structured pruning at equal latency"
    if not rows:
        text = (
            f"Open: {number(len(cut), 'structured variant')}, and no network of another width of their kind (same "
            "family, options, seed and scheme) that was evaluated and timed beside one."
        )
        return [Point(topic, text)]
    met = {row["outcome"] == MET for row in rows}
    said = "Met in part" if len(met) > 1 else "Met everywhere" if met == {True} else "Met nowhere"
    text = f"{said}. Criterion: {CRITERION}. At each place:"
    places = dict.fromkeys((row["device"], row["runtime"], row["threads"], row["kind"]) for row in rows)
    parts = tuple(
        f"{names.place(*place[:3])}, {place[3]}: "
        + _counted([row for row in rows if place == (row["device"], row["runtime"], row["threads"], row["kind"])])
        for place in places
    )
    return [Point(topic, text, parts)]


def _counted(rows: Sequence[Row]) -> str:
    """How often the criterion is met, and why it is not."""
    count = {which: sum(row["outcome"] == which for row in rows) for which in (MET, NOT_MET, OPEN)}
    text = f"met by {count[MET]} of {number(len(rows), 'structured variant')}, not met by {count[NOT_MET]}"
    if count[NOT_MET]:
        lost, slow = (sum(row[key] is False for row in rows) for key in ("accurate", "cheap"))
        text += f" ({lost} less accurate, {slow} with more than a third of the training time)"
    return f"{text}, open for {count[OPEN]}"


def _fastest(facts: Facts, cut: Sequence[Row]) -> list[Point]:
    """Of each architecture and scheme the fastest structured variant that has lost little."""
    timed = [row for row in cut if row["latency_ratio"] is not None and row.get("delta_pp") is not None]
    if not timed:
        return []
    close, seeds, parts = within(timed), names.several_seeds(facts.results), []
    for arch, scheme in dict.fromkeys((row["arch"], row["quantization"]) for row in timed):
        own = [row for row in close if (row["arch"], row["quantization"]) == (arch, scheme)]
        best = min(own, key=lambda row: float(row["latency_ratio"]), default=None)
        said = _told(best, seeds) if best else "none"
        parts.append(f"{names.clean(arch)} \u00b7 {names.clean(scheme)}: {said}")
    faster = sum(row["latency_ratio"] < 1 for row in close)
    text = (
        f"{faster or 'None'} of {number(len(timed), 'structured variant')} {are(faster)} faster than the full network "
        f"of the same scheme and {LIMIT}. The fastest of each architecture and scheme:"
    )
    return [Point("Structured pruning: faster within a point", text, tuple(parts))]


def _told(row: Row, seeds: bool) -> str:
    place = names.place(row["device"], row["runtime"], 1)
    doubt = ", unstable" if row["status"] == "unstable" else ""
    text = f"{names.treatment(row, seeds)}, {percent(row['latency_ratio'])} of the full network\u2019s time"
    text += f" ({place}{doubt})"
    if row.get("predicted_ratio") is not None:
        text += f", {percent(row['predicted_ratio'])} predicted for a Raspberry Pi 4B"
    return f"{text}; top-1 {change(row)}"


def _padding(facts: Facts) -> list[Point]:
    rows = [row for row in facts.zero_padding if row.get("against_pp") is not None]
    if not rows:
        return []
    better = sum(bool(row["against_significant"]) and row["against_pp"] > 0 for row in rows)
    worse = sum(bool(row["against_significant"]) and row["against_pp"] < 0 for row in rows)
    seeds = names.several_seeds(facts.results)
    text = (
        f"With zero padding {better} of {number(len(rows), 'pair')} {are(better)} significantly more accurate, {worse} "
        "less (exact McNemar test, Holm over all pairs)."
    )
    parts = tuple(
        f"{names.full(row | {'method': 'automatic'}, seeds)}: {points(row['against_pp'])} points with padding; MACs "
        f"{_both(row, 'macs_ratio')}, time {_both(row, 'latency_ratio')} of the full network with and without"
        for row in rows
    )
    return [Point("Zero padding", text, parts)]


def _both(row: Row, key: str) -> str:
    own, other = row[key], row[f"against_{key}"]
    return "unknown" if own is None or other is None else f"{percent(own)} and {percent(other)}"


def _predicted(facts: Facts) -> list[Point]:
    """What automatic pruning expected to lose before fine-tuning, and what the test images say after it."""
    measured = {
        (row["arch"], row["method"], row["amount"], row["seed"]): row
        for row in facts.structured
        if row["quantization"] == "float32" and row.get("delta_pp") is not None
    }
    parts, seeds = [], names.several_seeds(facts.results)
    for row in facts.structured_models:
        found = measured.get((row["arch"], row["method"], row["amount"], row["seed"]))
        if row["plan"] and found:
            expected = points(-row["plan"][-1]["predicted_loss_pp"])
            parts.append(f"{names.full(found, seeds)}: {expected} points predicted, {change(found)} measured")
    text = (
        "Automatic pruning adds up what each group lost alone, before any training of the smaller network; measured is "
        "the exported file after it, on the test images:"
    )
    return [Point("Predicted and measured loss", text, tuple(parts))] if parts else []
