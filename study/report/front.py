"""The front of a repository's page: the figure and the short table of a report, as Markdown from its CSV files."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from study.report import names
from study.report.blocks import Picture
from study.report.document import LABELS
from study.report.fields import MISSING, shown_value
from study.report.findings.shipping import LIMIT, smallest_within
from study.report.front_rows import Place, chosen, places
from study.report.inputs import Row
from study.report.markdown import picture_html, table_line, text
from study.report.phrases import number
from study.report.rows.shipping import size_column, size_words
from study.report.rows.training_time import ALL
from study.report.wall_times import TRAININGS, spent, stages_of
from study.statistics.paired import wilson

UNSTABLE = "\u2020"
FIGURE = Picture(
    "pareto_size",
    "Top-1, and the accuracy of the class that a variant does worst, against size, with their Pareto fronts",
    "",
)


@dataclass(frozen=True)
class Finished:
    """What of a finished report its front shows: rows of its CSV files, and which files there are.

    `figures` are file stems, `cards` variants, `models` the rows of the index of handed-on files, `journals` those of
    `wall_times.csv` of each part; `missing` names what a report has today and this one has not.
    """

    results: Sequence[Row]
    latency: Sequence[Row]
    summary: Mapping[str, float] = field(default_factory=dict)
    figures: Collection[str] = ()
    cards: Collection[str] = ()
    models: Sequence[Row] = ()
    training_time: Sequence[Row] = ()
    journals: Sequence[Sequence[Row]] = ()
    missing: Sequence[str] = ()


def front(report: Finished, folder: str) -> str:
    """Markdown without an end of line at its end; `folder` is where the report lies, seen from the page."""
    done = [row for row in report.results if row.get("top1") is not None]
    if not done:
        return "No variant has been evaluated yet."
    columns = places(report.latency)
    parts = [_title(report.results, done), *(f"> {text(str(one))}" for one in _distinct(done, "caveat"))]
    if FIGURE.name in report.figures:
        parts.append(picture_html(FIGURE, f"{folder}/figures"))
    parts += [_table(report, done, columns, folder), _key(done, columns), *_sentences(report, columns)]
    return "\n\n".join(parts)


def _title(planned: Sequence[Row], done: Sequence[Row]) -> str:
    preset, images = str(done[0]["preset"]), _distinct(done, "test_images")
    label = LABELS.get(preset, f"preset {names.clean(preset)}")
    counted = f"{len(done)}" if len(done) == len(planned) else f"{len(done)} of {len(planned)}"
    return (
        f"**{text(label[:1].upper() + label[1:])}** (preset {text(names.clean(preset))}): "
        f"{counted} variants of {number(len(_distinct(done, 'arch')), 'architecture')} on "
        f"{text(', '.join(map(str, _distinct(done, 'dataset'))))}, "
        f"{' or '.join(f'{count:,}' for count in images)} test images."
    )


def _table(report: Finished, done: list[Row], columns: Sequence[Place], folder: str) -> str:
    size, best = size_column(done), smallest_within(done)
    heads = [
        "Network",
        "Compression",
        "Top-1 [%]",
        "Change [points]",
        "Worst class [points]",
        "Smallest [MB]" if size == "shipped_bytes" else "gzip [MB]",
        *(f"{place.title} [\u00b5s]" for place in columns),
    ]
    lines = [table_line(text(head) for head in heads), table_line(["---", "---", *["---:"] * (len(heads) - 2)])]
    files = {row["variant"]: f"{folder}/models/{row['file']}" for row in report.models}
    seeds = {
        arch: names.several_seeds([row for row in done if row["arch"] == arch]) for arch in names.distinct(done, "arch")
    }
    for row in chosen(done):
        treated, shipped = text(names.treatment(row, seeds[row["arch"]])), _size(row, size)
        if row["variant"] in report.cards:
            treated = f"[{treated}]({folder}/cards/{row['variant']}.md)"
        if row["variant"] in files:
            shipped = f"[{shipped}]({files[row['variant']]})"
        if row is best.get(row["arch"]):
            treated, shipped = f"**{treated}**", f"**{shipped}**"
        times = [_time(place.rows.get(row["variant"])) for place in columns]
        changes = [_change(row, key) for key in ("delta_pp", "worst_drop_pp")]
        lines.append(table_line([text(names.clean(row["arch"])), treated, _top1(row), *changes, shipped, *times]))
    return "\n".join(lines)


def _top1(row: Row) -> str:
    shown = shown_value("top1", row["top1"])
    if not row.get("test_images"):
        return shown
    low, high = wilson(round(row["top1"] * row["test_images"]), row["test_images"])
    return f"{shown} ({shown_value('top1', low)}{names.NBSP}to{names.NBSP}{shown_value('top1', high)})"


def _change(row: Row, key: str) -> str:
    """A change against the network's float32; of a class, with its name."""
    if row["variant"] == row.get("baseline"):
        return "baseline"
    word = "" if key == "delta_pp" or row.get(key) is None else f" ({names.shorten(row['worst_drop_class'], 24)})"
    return text(shown_value(key, row.get(key)) + word)


def _size(row: Row, size: str) -> str:
    if row.get(size) is None:
        return MISSING
    codec = row["shipped_codec"] if size == "shipped_bytes" else "gzip"
    return f"{shown_value(size, row[size])} ({text(names.clean(codec))})"


def _time(row: Row | None) -> str:
    if row is None or row.get("median_us") is None:
        return MISSING
    return shown_value("median_us", row["median_us"]) + (f" {UNSTABLE}" if row.get("status") == "unstable" else "")


def _key(done: list[Row], columns: Sequence[Place]) -> str:
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
    if any(row.get("status") == "unstable" for place in columns for row in place.rows.values()):
        said.append(f"{UNSTABLE} unstable: latency.csv says why.")
    return text(" ".join(said))


def _sentences(report: Finished, columns: Sequence[Place]) -> list[str]:
    found = []
    judged = {name: report.summary[name] for name in ("confirmed", "refuted", "not_testable") if name in report.summary}
    if judged:
        verdicts = ", ".join(f"{count:g} {name.replace('_', ' ')}" for name, count in judged.items())
        found.append(f"Of the findings of the 2021 study: {verdicts}.")
    if "class_losses" in report.summary:
        losses = number(int(report.summary["class_losses"]), "significant loss", "significant losses")
        found.append(f"Over all variants: {losses} of a single class.")
    found += _cost(report)
    lost = [*report.missing, *(() if any(place.kind == "predicted" for place in columns) else ("predicted latencies",))]
    if lost:
        found.append(f"Not in these reports: {', '.join(lost)}.")
    return [text(" ".join(found))] if found else []


def _cost(report: Finished) -> list[str]:
    """What making the report took, where that is known."""
    found = []
    for row in report.training_time:
        if row["arch"] == row["stage"] == ALL:
            found.append(
                f"Training and compressing {number(row['timed'], 'model')} took "
                f"{_hours(row['total_seconds'])}, added up over models (training_time.csv)."
            )
    stages = stages_of(report.journals)
    if stages:
        each = ", ".join(f"{stage} {_hours(spent(report.journals, [stage]).wall)}" for stage in stages)
        found.append(
            f"Wall time of make study: {_hours(spent(report.journals).wall)}, of these {each} (wall_times.csv)."
        )
    cells = spent(report.journals, TRAININGS)
    if cells.jobs > 1:
        found.append(f"Of at most {cells.jobs} trainings side by side, {cells.busy / cells.wall:.2f} ran on average.")
    return found


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.2f} h"


def _distinct(rows: Sequence[Row], key: str) -> list[object]:
    return list(dict.fromkeys(row[key] for row in rows if row.get(key) is not None))
