"""README's short table: a line a network, its smallest file that holds accuracy beside the float32 one."""

from collections.abc import Callable, Sequence

import pandas as pd

from study.plan.variant import DENSE, Quantization
from study.report import names
from study.report.fields import MISSING, shown_value
from study.report.finished import Finished, Place
from study.report.markdown import table_line, text
from study.report.phrases import number, points
from study.report.shipping import FLASH, FLASH_BYTES, TRANSFER, codec_of, sizes, smallest_within
from study.report.shown import NO_EQUAL, column
from study.report.tables import Record, known, records
from study.report.treatments import KEYS, with_levels
from study.statistics.paired import wilson

FLOAT = Quantization().scheme
UNSTABLE = "\u2020"


def table(report: Finished, done: pd.DataFrame, columns: Sequence[Place], folder: str) -> str:
    """The lines of `chosen` as a Markdown table; `folder` is where the report lies, seen from the page."""
    heads = ["Network", "float32, top-1 [%]", "Smallest within 1 point", "Top-1 [%]", "Change [points]"]
    heads += ["Worst class [points]", *(column(key).title for key in sizes(done, TRANSFER))]
    heads += [f"{place.title} [\u00b5s]" for place in columns]
    lines = [table_line(text(head) for head in heads), table_line(["---", "---:", "---", *["---:"] * (len(heads) - 3)])]
    links = {(row["smallest"], row["variant"]): f"{folder}/models/{row['file']}" for row in report.models}
    treatments = dict(list(done.groupby(KEYS, sort=False)))
    for dense, row in chosen(done):
        files = treatments[treatment(row)]
        whole = MISSING if dense is None else _top1(dense, treatments[treatment(dense)])
        cells = [_top1(row, files), _change(row, files), _worst(row, files, report.seeds)]
        both = []
        for where in (TRANSFER, FLASH):
            size = _size(row, sizes(done, where)[0])
            link = links.get((where, row["variant"]))
            both.append(f"[{size}]({link})" if link else size)
        times = [_time([place.rows[one] for one in files["variant"] if one in place.rows]) for place in columns]
        named = _treated(row, report, folder)
        lines.append(table_line([text(names.clean(row["arch"])), text(whole), named, *map(text, cells), *both, *times]))
    return "\n".join(lines)


def _treated(row: Record, report: Finished, folder: str) -> str:
    """What was done, with a link to the file's card."""
    treated = text(names.treatment(row, False))
    return f"[{treated}]({folder}/cards/{row['variant']}.md)" if row["variant"] in report.cards else treated


def _top1(row: Record, files: pd.DataFrame) -> str:
    """Of one file with Wilson's interval, of several seeds the mean with its standard deviation."""
    if len(files) > 1:
        return _over_seeds(files, lambda held: f"{100 * held['top1'].mean():.2f} \u00b1 {100 * held['top1'].std():.2f}")
    shown = shown_value("top1", row["top1"])
    if not row["test_images"]:
        return shown
    low, high = wilson(round(row["top1"] * row["test_images"]), int(row["test_images"]))
    return f"{shown} ({100 * low:.2f}{names.NBSP}to{names.NBSP}{100 * high:.2f})"


def _over_seeds(files: pd.DataFrame, form: Callable[[pd.DataFrame], str]) -> str:
    """A figure of the seeds that have not collapsed, and how many there are; of a single one no spread."""
    held = files[files["collapsed"].isna()]
    lost = f", {len(files) - len(held)} collapsed" if len(held) < len(files) else ""
    seeds = f"({number(len(files), 'seed')}{lost})"
    return f"{form(held)} {seeds}" if len(held) > 1 else f"{MISSING} {seeds}"


def _change(row: Record, files: pd.DataFrame) -> str:
    """Top-1 against the equally trained float32 network, of those seeds that have one."""
    if row["variant"] == row["baseline"]:
        return "baseline"
    compared = files[files["baseline"].notna()]
    if len(compared) > 1:
        return _over_seeds(
            compared,
            lambda held: f"{points(held['delta_pp'].mean())} \u00b1 {held['delta_pp'].astype(float).std():.2f}",
        )
    return next((shown_value("delta_pp", one["delta_pp"]) + _alone(files) for one in records(compared)), NO_EQUAL)


def _alone(files: pd.DataFrame) -> str:
    """That a figure is of one of several seeds."""
    return f" (1 of {number(len(files), 'seed')})" if len(files) > 1 else ""


def _worst(row: Record, files: pd.DataFrame, seeds: pd.DataFrame) -> str:
    """The class that loses most, in one file, or on average over seeds."""
    if row["variant"] == row["baseline"]:
        return "baseline"
    compared = files[files["baseline"].notna()]
    if compared.empty:
        return NO_EQUAL
    if len(compared) == 1:
        single = known(compared, "worst_drop_pp")
        found = [(one["worst_drop_pp"], one["worst_drop_class"], _alone(files)) for one in records(single)]
    else:
        own = with_levels(seeds)
        own = own[(own[KEYS] == list(treatment(row))).all(axis=1)]
        lowest = known(own, "class", "delta_pp").sort_values("delta_pp", kind="stable").head(1)
        found = [(one["delta_pp"], one["class"], "") for one in records(lowest)]
    return next((f"{points(drop)} ({names.shorten(name, 24)}){some}" for drop, name, some in found), MISSING)


def _size(row: Record, key: str) -> str:
    """Megabytes, of what is transferred with the codec."""
    if row[key] is None:
        return MISSING
    codec = "" if key == FLASH_BYTES else f" ({text(names.clean(codec_of(row, key)))})"
    return f"{shown_value(key, row[key])}{codec}"


def _time(rows: Sequence[Record]) -> str:
    """The mean over the files of a treatment."""
    if not rows:
        return MISSING
    doubtful = any(row["status"] == "unstable" for row in rows)
    mean = sum(row["median_us"] for row in rows) / len(rows)
    shown = shown_value("median_us", mean) + (f" {UNSTABLE}" if doubtful else "")
    return f"{shown} ({_error(rows[0])})" if rows[0]["kind"] == "predicted" else shown


def _error(row: Record) -> str:
    """The error of a prediction, or that nobody knows it; seeds of one treatment are of one kind."""
    shown = shown_value("left_out_percent", row["left_out_percent"])
    return shown if row["left_out_percent"] is None else f"{shown}{names.NBSP}%"


def chosen(done: pd.DataFrame) -> list[tuple[Record | None, Record]]:
    """Of each architecture, in the order of the report: its dense float32 file, and the smallest file to transfer that
    is within a point of its baseline; the dense file again where none is.

    The dense file is that of the smallest seed, and missing where none was evaluated.
    """
    smallest, found = smallest_within(done, TRANSFER), list[tuple[Record | None, Record]]()
    for arch, own in done.groupby("arch", sort=False):
        plain = own[(own["method"] == DENSE) & (own["quantization"] == FLOAT)].sort_values("seed", kind="stable")
        dense = next(iter(records(plain)), None)
        row = smallest.get(str(arch)) or dense
        if row is not None:
            found.append((dense, row))
    return found


def treatment(row: Record) -> tuple[object, ...]:
    """What is repeated over seeds."""
    return tuple(row[key] for key in KEYS)
