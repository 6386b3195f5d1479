"""README's results, as Markdown from a finished report's CSV files: a figure, the short table, and what it took."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from study.latency.jobs import board_of
from study.report import names
from study.report.blocks import Picture
from study.report.document import LABELS
from study.report.fields import NOT_VALIDATED
from study.report.finished import LATENCY, RESULTS, Finished, Place
from study.report.levels import FILES
from study.report.markdown import picture_html, text
from study.report.phrases import number
from study.report.readme_table import UNSTABLE, table
from study.report.shipping import LIMIT, both_sizes, size_column
from study.report.summary import STATUSES
from study.report.tables import Record, known, records
from study.report.topics.training import ALL
from study.report.treatments import with_levels
from study.report.wall_times import TRAININGS, added_up, elapsed, side_by_side
from study.statistics.seeds import ENOUGH

KINDS, THREADS = ("measured", "predicted"), "1"
FIGURE = Picture(
    "pareto_size",
    "Top-1, and the accuracy of the class that a variant does worst, against transferred size, with Pareto fronts",
    "",
)


def readme(report: Finished, folder: str) -> str:
    """Markdown without an end of line at its end; `folder` is where the report lies, seen from the page."""
    planned = with_levels(report.results).reindex(columns=RESULTS)
    done, columns = known(planned, "top1"), places(report.latency.reindex(columns=LATENCY))
    if done.empty:
        return "No variant has been evaluated yet."
    parts = [_title(planned, done), *(f"> {text(one)}" for one in names.distinct(done, "caveat"))]
    if FIGURE.name in report.figures:
        parts.append(picture_html(FIGURE, f"{folder}/figures"))
    lines = table(report, done, columns, folder)
    parts += [lines, _key(done, columns, UNSTABLE in lines), *_sentences(report, columns)]
    return "\n\n".join(parts)


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


def _key(done: pd.DataFrame, columns: Sequence[Place], unstable: bool) -> str:
    """What the columns are."""
    said = [
        f"Of each network the smallest file to transfer {LIMIT} with as much training. Several seeds: mean \u00b1 "
        "standard deviation over those that have not collapsed, sizes of one file; one file: Wilson\u2019s 95 % "
        "interval, and what is said holds for this file. Worst class: the class that loses most, of several seeds on "
        "average; as the largest of several losses it overstates, and is no claim that compression harms that class. "
        f"Sizes are in MB of 1,000,000 bytes. {both_sizes(size_column(done))}"
    ]
    said += [place.said for place in columns]
    if unstable:
        said.append(f"{UNSTABLE} unstable: latency.csv says why.")
    return text(" ".join(said))


def _sentences(report: Finished, columns: Sequence[Place]) -> list[str]:
    found = []
    if judged := [f"{report.summary[key]:g} {said}" for key, said in STATUSES.items() if key in report.summary]:
        found.append(f"Of the findings of the 2021 study: {', '.join(judged)}.")
    found += _classes(report.summary)
    lost = [*report.missing, *(() if any(place.kind == "predicted" for place in columns) else ("predicted latencies",))]
    if lost:
        found.append(f"Not in these reports: {', '.join(lost)}.")
    return [text(" ".join(found))] if found else []


def _classes(summary: Mapping[str, float]) -> Iterator[str]:
    """Both levels of claim on single classes, each by its name."""
    if "losses_in_files" in summary:
        losses = number(int(summary["losses_in_files"]), "significant loss", "significant losses")
        yield f"{FILES}: {losses} of a single class against an equally trained float32 file."
    tests = int(summary.get("tests_over_seeds", 0))
    if tests:
        harmed = int(summary["losses_over_seeds"])
        yield (
            f"Over seeds ({ENOUGH} or more): compression harms a class in {harmed} of {number(tests, 'test')} of a "
            "class and treatment (Holm)."
        )
    else:
        yield (
            "Whether compression harms a class of networks trained anew is not testable: no treatment has "
            f"{ENOUGH} seeds."
        )


def took(report: Finished) -> str:
    """What making the report took, a paragraph: trainings added up, and what the journals of `make study` say."""
    found = list[str]()
    for row in report.training_time:
        if row["arch"] == row["stage"] == ALL:
            models, total = number(row["timed"], "model"), _hours(row["total_seconds"])
            found.append(f"Training and compressing {models} took {total}, added up over models (training_time.csv).")
    for part, journal in report.journals.items():
        if journal:
            found += _wall(f" of part {names.clean(part)}" if len(report.journals) > 1 else "", journal)
    return text(" ".join(found)) or "Nothing was timed."


def _wall(part: str, journal: Sequence[Record]) -> Iterator[str]:
    """What a journal of `make study` says; the wall time is no sum, and the sum is no wall time."""
    wall, busy = elapsed(journal), added_up(journal)
    span = _hours(wall.seconds)
    yield f"Wall time of make study{part}, from its first start to its last end: {span} (wall_times.csv)."
    if wall.gaps:
        gaps, lost = number(len(wall.gaps), "gap"), _hours(sum(wall.gaps))
        longest = f" altogether, the longest {_hours(max(wall.gaps))}" if len(wall.gaps) > 1 else ""
        yield f"In {gaps} of a minute or more nothing ran: {lost}{longest}."
    each = ", ".join(f"{stage} {_hours(seconds)}" for stage, seconds in busy.items())
    yield f"Added up over its stages, as if one had run after another: {_hours(sum(busy.values()))}, of these {each}."
    most, mean = side_by_side(journal, TRAININGS)
    if most > 1:
        yield f"Of at most {most} trainings side by side, {mean:.2f} ran on average while any did."


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.2f} h"
