"""Sentences on methods that cut whole channels, the decision first."""

import pandas as pd

from study.plan.variant import DENSE, Quantization
from study.report import names
from study.report.blocks import Point
from study.report.fields import NOT_VALIDATED
from study.report.names import NBSP
from study.report.phrases import are, change, number, p_equals, percent, points
from study.report.shipping import LIMIT, within
from study.report.tables import Record, Tables, known, records
from study.report.topics.latency.measurements import PLACE
from study.report.topics.structured.comparisons import CRITERION, MET, NOT_MET, OPEN, WITH
from study.report.topics.structured.networks import recorded

FAILED = {"accurate": "less accurate", "cheap": "training took too long"}


def findings(tables: Tables) -> list[Point]:
    """The summary's points; none where no variant has fewer channels."""
    cut = tables["structured"][tables["structured"]["method"] != DENSE]
    return [] if cut.empty else [_equal(tables["equal_latency"], len(cut)), *_fastest(tables, cut)]


def details(tables: Tables) -> list[Point]:
    """The points of the section: those of the summary, what zero padding changes, what the plans predicted."""
    return [*findings(tables), *_padding(tables), *_predicted(tables)]


def _equal(rows: pd.DataFrame, cut: int) -> Point:
    topic = "Structured pruning at equal latency"
    if rows.empty:
        text = (
            f"Open: {number(cut, 'structured variant')}, and no network of another width of their kind (same "
            "family, options, seed and scheme) that was evaluated and timed beside one."
        )
        return Point(topic, text)
    met = rows["outcome"] == MET
    said = "Met everywhere" if met.all() else "Met in part" if met.any() else "Met nowhere"
    parts = []
    for _, own in rows.groupby(PLACE, sort=False):
        kind, *place = own[PLACE].iloc[0]
        said_of = f"{kind}, {NOT_VALIDATED}" if kind == "predicted" else kind
        parts.append(f"{names.place(*place)}, {said_of}: {_counted(own)}")
    return Point(topic, f"{said}. Criterion: {CRITERION}. At each place:", tuple(parts))


def _counted(rows: pd.DataFrame) -> str:
    """How often the criterion is met, and why it is not."""
    met, failed, still = ((rows["outcome"] == which).sum() for which in (MET, NOT_MET, OPEN))
    text = f"met by {met} of {number(len(rows), 'structured variant')}, not met by {failed}"
    if failed:
        lost, slow = ((rows[key] == False).sum() for key in FAILED)  # noqa: E712
        text += f" ({lost} less accurate, {slow} with more than a third of the training time)"
    return f"{text}, open for {still}"


def _fastest(tables: Tables, cut: pd.DataFrame) -> list[Point]:
    """Of each architecture and scheme the fastest structured variant that has lost little."""
    rows, seeds = known(cut, "latency_ratio", "delta_pp"), names.several_seeds(tables["results"])
    if rows.empty:
        return []
    parts = []
    for (arch, scheme), own in rows.groupby(["arch", "quantization"], sort=False):
        best = records(within(own).sort_values("latency_ratio", kind="stable").head(1))
        parts.append(
            f"{names.clean(str(arch))} \u00b7 {names.clean(str(scheme))}: {_told(best[0], seeds) if best else 'none'}"
        )
    faster = int((within(rows)["latency_ratio"] < 1).sum())
    text = (
        f"{faster or 'None'} of {number(len(rows), 'structured variant')} {are(faster)} faster than the full network "
        f"of the same scheme and {LIMIT}. The fastest of each architecture and scheme:"
    )
    return [Point("Structured pruning: faster within a point", text, tuple(parts))]


def _told(row: Record, seeds: bool) -> str:
    doubt = ", unstable" if row["status"] == "unstable" else ""
    text = f"{names.treatment(row, seeds)}, {percent(row['latency_ratio'])} of the full network\u2019s time"
    text += f" ({names.place(row['device'], row['runtime'], 1)}{doubt})"
    if row["predicted_ratio"] is not None:
        text += f", {percent(row['predicted_ratio'])} of its predicted time ({NOT_VALIDATED})"
    return f"{text}; top-1 {change(row)}"


def _padding(tables: Tables) -> list[Point]:
    rows, seeds = known(tables["zero_padding"], "against_pp"), names.several_seeds(tables["results"])
    if rows.empty:
        return []
    sure = rows.loc[rows["against_significant"].astype(bool), "against_pp"]
    better, worse = int((sure > 0).sum()), int((sure < 0).sum())
    text = (
        f"With zero padding {better} of {number(len(rows), 'pair')} {are(better)} significantly more accurate, {worse} "
        "less (exact McNemar test, Holm over all pairs)."
    )
    parts = tuple(
        f"{names.full(row, seeds)}: {points(row['against_pp'])} points with padding; MACs {_both(row, 'macs_ratio')}, "
        f"time {_both(row, 'latency_ratio')} of the full network with and without"
        for row in records(rows.assign(method=WITH))
    )
    return [Point("Zero padding", text, parts)]


def _both(row: Record, key: str) -> str:
    own, other = row[key], row[f"against_{key}"]
    return "unknown" if own is None or other is None else f"{percent(own)} and {percent(other)}"


def _predicted(tables: Tables) -> list[Point]:
    """What automatic pruning expected to lose before fine-tuning, and what the test images say after it."""
    expected = recorded(tables.inputs, "plan").drop_duplicates("model", keep="last")
    measured = known(tables["structured"], "delta_pp")
    in_float = measured[measured["quantization"] == Quantization().scheme]
    if expected.empty:
        return []
    both = expected.merge(in_float, on=["arch", "method", "amount", "seed"])
    seeds = names.several_seeds(tables["results"])
    parts = tuple(
        f"{names.full(row, seeds)}: {points(-row['predicted_loss_pp'])} points predicted, {change(row)} measured"
        for row in records(both)
    )
    text = (
        "Automatic pruning adds up what each group lost alone, before any training of the smaller network; measured is "
        "the exported file after it, on the test images:"
    )
    return [Point("Predicted and measured loss", text, parts)] if parts else []


def sentence(row: Record, seeds: bool) -> str:
    """The decision on the criterion, then what it rests on; `row` is one of `equal_latency.csv`."""
    why = [words for key, words in FAILED.items() if row[key] is not None and not row[key]]
    said = row["outcome"].capitalize() + (f" ({', '.join(why)})" if why else "")
    doubt = " Some of these times are unstable." if row["unstable"] else ""
    return f"{said}: {names.full(row, seeds)}. {_accuracy(row)}. {_training(row)} {_test(row)}{doubt}"


def _accuracy(row: Record) -> str:
    own, gap = f"Top-1 {percent(row['top1'])} at {_us(row['median_us'])}", row["difference_pp"]
    if gap is None:
        which = "slower" if row["slower"] is None else "faster"
        return (
            f"{own}, {which} than every network on the line: nothing is extrapolated; its end, alpha "
            f"{row['against_alpha']:g}, has {percent(row['against_top1'])} at {_us(row['against_us'])}"
        )
    fast, slow = (f"alpha {row[key]:g}" for key in ("faster_alpha", "slower_alpha"))
    line = f"of {fast}" if row["faster"] == row["slower"] else f"on the line from {fast} to {slow}"
    level = round(abs(gap), 2) == 0
    beside = "level with" if level else f"{abs(gap):.2f} points {'above' if gap > 0 else 'below'}"
    return f"{own}, {beside} the {percent(row['curve_top1'])} {line}"


def _training(row: Record) -> str:
    if row["training_ratio"] is None:
        return "Training times are not known."
    return (
        f"Training took {100 * row['training_ratio']:.0f}{NBSP}% of the time of alpha {row['against_alpha']:g}, "
        f"nearest in latency: {'at most a third' if row['cheap'] else 'more than a third'}."
    )


def _test(row: Record) -> str:
    if row["against_pp"] is None:
        return "There are no answers to test it against that network."
    return (
        f"Against that network on the same images: {points(row['against_pp'])} points (95{NBSP}% "
        f"{points(row['against_low_pp'])} to {points(row['against_high_pp'])}), adjusted {p_equals(row['p_adjusted'])}."
    )


def _us(value: float) -> str:
    return f"{value:,.0f}{NBSP}\u00b5s"
