"""The section on dynamic networks."""

from collections.abc import Collection, Iterator

import pandas as pd

from study.report import names
from study.report.blocks import Block, Bullets, Cell, Column, Paragraph, Section, Table, picture
from study.report.fields import NOT_VALIDATED
from study.report.phrases import span
from study.report.shown import plain
from study.report.tables import Record, Tables, known, records
from study.report.topics.dynamic.curves import figure_name
from study.report.topics.dynamic.findings import IN_SCHEME, details
from study.report.topics.dynamic.published import FIGURES, Published
from study.report.treatments import one_a_file

METHOD = (
    "A family is one file that holds a network at several widths, its levels: one signature each, of which a program "
    "runs whichever it has time for, so that it can go down and up again without loading another file. All levels come "
    "from one training. Beside each stands the single network of the same width that was cut from the same trained "
    "network and trained by itself as long; beside the widest the whole network, trained on as long. Between two "
    "levels the answers of the same file are compared, image by image: what these files do, not what another training "
    "would."
)
LEVELS = (
    "variant width top1 delta_pp macs arena_bytes median_us range predicted_us left_out_percent predicted_range status"
).split()
BESIDE = "variant alone top1 alone_top1 alone_delta_pp alone_p_value alone_p_adjusted".split()
STEPS = "variant wider step_flips step_drop_pp step_p_adjusted step_losses step_gains step_classes".split()
RUNNING = "variant first_us switching open_us private_bytes profile_runtime".split()
FILES = ("variant file_bytes file_over_widest file_over_sum shipped_bytes shipped_over_widest shipped_over_sum").split()
CAPTIONS = {
    "levels": "Every level. Change: against the float32 file of the whole network with as much training, of the same "
    "seed.",
    "levels-alone": "Each level beside the network of the same width that was cut and trained alone, "
    f"{IN_SCHEME}, on the same images (exact McNemar test). * significant after Holm\u2019s correction over all "
    "levels.",
    "levels-steps": "From a level to the next narrower one of the same file: answers that change, and the class that "
    "changes most for the worse (exact McNemar test). * significant after Holm\u2019s correction over all classes of "
    "all levels. A class is not tested where a level has collapsed.",
    "levels-running": "Levels that share one process with one thread: the first call of each, what a call takes right "
    "after another level\u2019s, and what the file takes with all its levels open.",
    "levels-files": "Each file of several levels, by its widest one: its size, also as a multiple of that of the whole "
    f"network alone, and of the files of single networks of every width together, {IN_SCHEME}.",
}
OPTIONAL = {key: key for key in "median_us range status predicted_us predicted_range".split()}
OPTIONAL |= {key: key for key in "file_over_sum shipped_bytes shipped_over_widest shipped_over_sum".split()}
OPTIONAL |= {"left_out_percent": "predicted_us"}
"""Columns that are left out where no row has a value of the other one: a prediction never stands without its error."""
PUBLISHED = (
    "Published figures of dynamic networks beside those of this study. They are of other networks, data and machines "
    "and compare other things, as said in each line: none of them is a mark that this study meets or misses."
)
NOT_HERE = "not measured here"


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """The sentences, accuracy over time, and the tables; None where no file of the plan holds several levels."""
    rows = tables["levels"]
    if rows.empty:
        return None
    points = details(tables)
    blocks: list[Block] = [Paragraph(METHOD), *([Bullets(tuple(points))] if points else [])]
    for arch in names.distinct(rows, "arch"):
        name = names.clean(arch)
        alt = f"Top-1 over time of one inference: levels of each family of {name}, and single networks"
        below = (
            f"{name}: top-1 over the median time of one inference, or over multiply-accumulates where no time is "
            "known. A line joins the levels of one file, with their widths in per cent; points are single networks. "
            "Hollow: unstable times."
        )
        blocks += picture(drawn, figure_name(arch), alt, below)
    blocks.append(_shown("levels", rows, LEVELS, _places(rows)))
    blocks += [_shown("levels-alone", beside, BESIDE)] if len(beside := known(rows, "alone")) else []
    blocks += [_shown("levels-steps", steps, STEPS)] if len(steps := known(rows, "step_flips")) else []
    blocks += (
        [_shown("levels-running", shared, RUNNING, _machines(shared))] if len(shared := known(rows, "first_us")) else []
    )
    blocks += [_shown("levels-files", files, FILES)] if len(files := _files(rows)) else []
    return Section("dynamic", "Dynamic networks", (*blocks, _published(rows)))


def _shown(name: str, rows: pd.DataFrame, keys: Collection[str], more: str = "") -> Table:
    left_out = {key for key in OPTIONAL if rows[OPTIONAL[key]].isna().all()}
    return plain(name, CAPTIONS[name] + more, rows, [key for key in keys if key not in left_out])


def _files(rows: pd.DataFrame) -> pd.DataFrame:
    return known(one_a_file(known(rows, "file_bytes")), "file_over_widest")


def _places(rows: pd.DataFrame) -> str:
    """Where times were measured, and for what they were predicted."""
    measured = records(known(rows, "device").drop_duplicates(["device", "runtime"]))
    told = [f"Time: {'; '.join(names.place(row['device'], row['runtime'], 1) for row in measured)}, measured."]
    predicted = names.distinct(rows, "predicted_on")
    told = (told if measured else []) + ([f"Predicted: {'; '.join(predicted)}."] if predicted else [])
    return "".join(f" {one}" for one in told)


def _machines(rows: pd.DataFrame) -> str:
    return f" Measured on: {'; '.join(map(names.clean, names.distinct(rows, 'profile_machine')))}."


def _published(rows: pd.DataFrame) -> Table:
    heads = ("What", "Published", "Here", "What differs", "Source")
    lines = tuple(
        tuple(map(Cell, (one.what, one.figure, "; ".join(_here(rows, one)) or NOT_HERE, one.differs, one.source)))
        for one in FIGURES
    )
    return Table("levels-published", PUBLISHED, tuple(map(Column, heads)), lines, sortable=False)


def _here(rows: pd.DataFrame, one: Published) -> Iterator[str]:
    """What of this study may stand beside a published figure, from the least to the most of all families."""
    narrow = records(rows[rows["width"] == rows.groupby("file")["width"].transform("min")])
    if one.here == "range":
        yield from _spans(narrow, {"range": "measured", "predicted_range": f"predicted, {NOT_VALIDATED}"})
    elif one.here == "energy_range":
        yield from _spans(narrow, {"energy_range": "measured"})
    elif one.here == "sum":
        for key, said in (("file_over_sum", "on flash"), ("shipped_over_sum", "to transfer")):
            yield from _spans([{said: 1 / row[key]} for row in narrow if row[key]], {said: said})


def _spans(rows: list[Record], keys: dict[str, str]) -> Iterator[str]:
    for key, said in keys.items():
        values = [row[key] for row in rows if row[key] is not None]
        if values:
            yield f"{span(values, lambda value: f'{value:.2f}')} times ({said})"
