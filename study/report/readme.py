"""README's results: the figure and the short table of a finished report, as Markdown from its CSV files."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from study.latency.jobs import board_of
from study.plan.variant import DENSE, Quantization
from study.report import names
from study.report.blocks import Picture
from study.report.document import LABELS
from study.report.fields import MISSING, NOT_VALIDATED, shown_value
from study.report.markdown import picture_html, table_line, text
from study.report.phrases import number
from study.report.shipping import LIMIT, size_column, size_words, smallest_within, within
from study.report.summary import STATUSES
from study.report.tables import Record, known, records
from study.report.topics.training import ALL
from study.report.wall_times import TRAININGS, spent, stages_of
from study.statistics.paired import wilson

FLOAT, INT8 = Quantization().scheme, "int8"
KINDS, THREADS = ("measured", "predicted"), "1"
UNSTABLE = "\u2020"
FIGURE = Picture(
    "pareto_size",
    "Top-1, and the accuracy of the class that a variant does worst, against size, with their Pareto fronts",
    "",
)
RESULTS = (
    "variant arch method amount quantization seed baseline top1 test_images delta_pp worst_drop_pp worst_drop_class "
    "gzip_bytes shipped_bytes shipped_codec preset dataset caveat"
).split()
LATENCY = "variant device kind runtime threads median_us status left_out_percent".split()
"""Columns that are read; an earlier version of the code may have written fewer."""


@dataclass(frozen=True)
class Finished:
    """What of a finished report is shown: frames and rows of its CSV files, and which files there are.

    `figures` are file stems, `cards` variants, `models` the rows of the index of handed-on files, `journals` those of
    `wall_times.csv` of each part; `missing` names what a report has today and this one has not.
    """

    results: pd.DataFrame
    latency: pd.DataFrame
    summary: Mapping[str, float] = field(default_factory=dict)
    figures: Collection[str] = ()
    cards: Collection[str] = ()
    models: Sequence[Record] = ()
    training_time: Sequence[Record] = ()
    journals: Sequence[Sequence[Record]] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class Place:
    """One column of times: where they hold and what they are, and the row of each variant."""

    title: str
    said: str
    kind: str
    rows: Mapping[str, Record]


def readme(report: Finished, folder: str) -> str:
    """Markdown without an end of line at its end; `folder` is where the report lies, seen from the page."""
    planned = report.results.reindex(columns=RESULTS)
    done, columns = known(planned, "top1"), places(report.latency.reindex(columns=LATENCY))
    if done.empty:
        return "No variant has been evaluated yet."
    parts = [_title(planned, done), *(f"> {text(one)}" for one in names.distinct(done, "caveat"))]
    if FIGURE.name in report.figures:
        parts.append(picture_html(FIGURE, f"{folder}/figures"))
    parts += [_table(report, done, columns, folder), _key(done, columns), *_sentences(report, columns)]
    return "\n\n".join(parts)


def chosen(done: pd.DataFrame) -> list[Record]:
    """Of each architecture, in the order of the report: dense float32, dense int8, the best pruned int8, the smallest.

    The best pruned int8 variant is the smallest within a point of its baseline, or the most accurate one where none is.
    The smallest is that of the report: it may be one of the others. Of several seeds the first counts, but for the
    smallest.
    """
    best, size, found = smallest_within(done), size_column(done), []
    for arch, own in done.groupby("arch", sort=False):
        first = own[own["seed"] == own["seed"].min()]
        dense = first[first["method"] == DENSE]
        few = [row for scheme in (FLOAT, INT8) for row in records(dense[dense["quantization"] == scheme])]
        few += [*_pruned(first, size), *filter(None, [best.get(str(arch))])]
        found += list({row["variant"]: row for row in few}.values())
    return found


def _pruned(own: pd.DataFrame, size: str) -> list[Record]:
    """The smallest within a point, else the most accurate one."""
    pruned = own[(own["method"] != DENSE) & own["quantization"].str.startswith(INT8)]
    close = known(within(pruned), size)
    if close.empty:
        return records(pruned.sort_values("top1", ascending=False, kind="stable").head(1))
    return records(close.sort_values(size, kind="stable").head(1))


def places(latency: pd.DataFrame) -> list[Place]:
    """One column a device and kind that has times, of the first runtime that has one on one thread."""
    wanted = latency["kind"].isin(KINDS) & (latency["threads"].astype(str) == THREADS)
    groups = known(latency[wanted], "median_us").groupby(["device", "kind"], sort=False)
    return [_place(str(device), str(kind), rows) for (device, kind), rows in groups]


def _place(device: str, kind: str, rows: pd.DataFrame) -> Place:
    runtime = str(rows["runtime"].iloc[0])
    own = {row["variant"]: row for row in records(rows[rows["runtime"] == runtime])}
    title = names.clean(device) if kind in device else f"{names.clean(device)}, {kind}"
    said = f"{title}: time of one inference, {names.clean(runtime)}, 1 thread"
    if kind == "predicted":
        board = board_of(device)
        said += f", computed{f' for a {board}' if board else ''} and not timed; in brackets the mean error of "
        said += "predictions made alike on known times of the same kind of network, each architecture left out; "
        said += f"{NOT_VALIDATED}: no known time is of that kind"
    elif device == "host" or device.startswith("host_"):
        said += ", median on one machine, which is no Raspberry Pi; on another, even one with a processor of the same "
        said += "name, times and their order may be others"
    return Place(title, f"{said}.", kind, own)


def _title(planned: pd.DataFrame, done: pd.DataFrame) -> str:
    preset = str(done["preset"].iloc[0])
    label = LABELS.get(preset, f"preset {names.clean(preset)}")
    counted = f"{len(done)}" if len(done) == len(planned) else f"{len(done)} of {len(planned)}"
    images = " or ".join(f"{count:,.0f}" for count in done["test_images"].dropna().unique())
    return (
        f"**{text(label[:1].upper() + label[1:])}** (preset {text(names.clean(preset))}): "
        f"{counted} variants of {number(done['arch'].nunique(), 'architecture')} on "
        f"{text(', '.join(names.distinct(done, 'dataset')))}, {images} test images."
    )


def _table(report: Finished, done: pd.DataFrame, columns: Sequence[Place], folder: str) -> str:
    size, best = size_column(done), smallest_within(done)
    bold = {row["variant"] for row in best.values() if row}
    smallest = "Smallest [MB]" if size == "shipped_bytes" else "gzip [MB]"
    heads = ["Network", "Compression", "Top-1 [%]", "Change [points]", "Worst class [points]", smallest]
    heads += [f"{place.title} [\u00b5s]" for place in columns]
    lines = [table_line(text(head) for head in heads), table_line(["---", "---", *["---:"] * (len(heads) - 2)])]
    files = {row["variant"]: f"{folder}/models/{row['file']}" for row in report.models}
    several = done.groupby("arch")["seed"].nunique() > 1
    for row in chosen(done):
        variant = row["variant"]
        treated, shipped = text(names.treatment(row, bool(several[row["arch"]]))), _size(row, size)
        if variant in report.cards:
            treated = f"[{treated}]({folder}/cards/{variant}.md)"
        if variant in files:
            shipped = f"[{shipped}]({files[variant]})"
        if variant in bold:
            treated, shipped = f"**{treated}**", f"**{shipped}**"
        changes = [_change(row, "delta_pp"), _change(row, "worst_drop_pp")]
        times = [_time(place.rows.get(variant)) for place in columns]
        lines.append(table_line([text(names.clean(row["arch"])), treated, _top1(row), *changes, shipped, *times]))
    return "\n".join(lines)


def _top1(row: Record) -> str:
    shown = shown_value("top1", row["top1"])
    if not row["test_images"]:
        return shown
    low, high = wilson(round(row["top1"] * row["test_images"]), int(row["test_images"]))
    return f"{shown} ({shown_value('top1', low)}{names.NBSP}to{names.NBSP}{shown_value('top1', high)})"


def _change(row: Record, key: str) -> str:
    """A change against the network's float32; of a class, with its name."""
    if row["variant"] == row["baseline"]:
        return "baseline"
    word = "" if key == "delta_pp" or row[key] is None else f" ({names.shorten(row['worst_drop_class'], 24)})"
    return text(shown_value(key, row[key]) + word)


def _size(row: Record, size: str) -> str:
    if row[size] is None:
        return MISSING
    codec = row["shipped_codec"] if size == "shipped_bytes" else "gzip"
    return f"{shown_value(size, row[size])} ({text(names.clean(codec))})"


def _time(row: Record | None) -> str:
    if row is None:
        return MISSING
    shown = shown_value("median_us", row["median_us"]) + (f" {UNSTABLE}" if row["status"] == "unstable" else "")
    return f"{shown} ({_error(row)})" if row["kind"] == "predicted" else shown


def _error(row: Record) -> str:
    """The error of a prediction, or that nobody knows it."""
    shown = shown_value("left_out_percent", row["left_out_percent"])
    return shown if row["left_out_percent"] is None else f"{shown}{names.NBSP}%"


def _key(done: pd.DataFrame, columns: Sequence[Place]) -> str:
    """What the columns are."""
    said = [
        "Top-1 with Wilson\u2019s 95 % interval. Change: top-1 against the network\u2019s own float32; its paired "
        "interval stands in results.csv. Worst class: the largest loss of a single class; as the largest of several it "
        f"overstates. {size_words(size_column(done)).capitalize()}: of the .tflite file, in MB of 1,000,000 bytes. "
        f"Bold: the smallest compressed variant {LIMIT}. The pruned int8 network is the smallest within that point "
        "too, or the most accurate one where none is."
    ]
    if names.several_seeds(done):
        said.append("Of several seeds the first is shown.")
    said += [place.said for place in columns]
    if any(row["status"] == "unstable" for place in columns for row in place.rows.values()):
        said.append(f"{UNSTABLE} unstable: latency.csv says why.")
    return text(" ".join(said))


def _sentences(report: Finished, columns: Sequence[Place]) -> list[str]:
    found = []
    if judged := [f"{report.summary[key]:g} {said}" for key, said in STATUSES.items() if key in report.summary]:
        found.append(f"Of the findings of the 2021 study: {', '.join(judged)}.")
    if "class_losses" in report.summary:
        losses = number(int(report.summary["class_losses"]), "significant loss", "significant losses")
        found.append(f"Over all variants: {losses} of a single class.")
    found += _cost(report)
    lost = [*report.missing, *(() if any(place.kind == "predicted" for place in columns) else ("predicted latencies",))]
    if lost:
        found.append(f"Not in these reports: {', '.join(lost)}.")
    return [text(" ".join(found))] if found else []


def _cost(report: Finished) -> Iterator[str]:
    """What making the report took, where that is known."""
    for row in report.training_time:
        if row["arch"] == row["stage"] == ALL:
            models, took = number(row["timed"], "model"), _hours(row["total_seconds"])
            yield f"Training and compressing {models} took {took}, added up over models (training_time.csv)."
    if stages := stages_of(report.journals):
        each = ", ".join(f"{stage} {_hours(spent(report.journals, [stage]).wall)}" for stage in stages)
        yield f"Wall time of make study: {_hours(spent(report.journals).wall)}, of these {each} (wall_times.csv)."
    cells = spent(report.journals, TRAININGS)
    if cells.jobs > 1:
        yield f"Of at most {cells.jobs} trainings side by side, {cells.busy / cells.wall:.2f} ran on average."


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.2f} h"
