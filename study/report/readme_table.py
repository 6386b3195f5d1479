"""README's short table: a line a treatment, of one file or of several seeds."""

from collections.abc import Callable, Sequence

import pandas as pd

from study.plan.variant import DENSE, Quantization
from study.report import names
from study.report.fields import MISSING, shown_value
from study.report.finished import Finished, Place
from study.report.markdown import table_line, text
from study.report.phrases import number, points
from study.report.shipping import FLASH, FLASH_BYTES, TRANSFER, codec_of, sizes, smallest_within, within
from study.report.shown import NO_EQUAL, column
from study.report.tables import Record, known, records
from study.report.treatments import KEYS, with_levels
from study.statistics.paired import wilson

FLOAT, INT8 = Quantization().scheme, "int8"
UNSTABLE = "\u2020"


def table(report: Finished, done: pd.DataFrame, columns: Sequence[Place], folder: str) -> str:
    """The lines of `chosen` as a Markdown table; `folder` is where the report lies, seen from the page."""
    best = {where: smallest_within(done, where).values() for where in (TRANSFER, FLASH)}
    bold = {(where, row["variant"]) for where, rows in best.items() for row in rows if row}
    heads = ["Network", "Compression", "Top-1 [%]", "Change [points]", "Worst class [points]"]
    heads += [column(key).title for key in sizes(done, TRANSFER)]
    heads += [f"{place.title} [\u00b5s]" for place in columns]
    lines = [table_line(text(head) for head in heads), table_line(["---", "---", *["---:"] * (len(heads) - 2)])]
    links = {(row["smallest"], row["variant"]): f"{folder}/models/{row['file']}" for row in report.models}
    treatments = dict(list(done.groupby(KEYS, sort=False)))
    for row in chosen(done):
        variant, files = row["variant"], treatments[treatment(row)]
        treated = text(names.treatment(row, False))
        if variant in report.cards:
            treated = f"[{treated}]({folder}/cards/{variant}.md)"
        both = []
        for where in (TRANSFER, FLASH):
            size = _size(row, sizes(done, where)[0])
            if (where, variant) in links:
                size = f"[{size}]({links[where, variant]})"
            both.append(f"**{size}**" if (where, variant) in bold else size)
        cells = [_top1(row, files), _change(row, files), _worst(row, files, report.seeds)]
        times = [_time([place.rows[one] for one in files["variant"] if one in place.rows]) for place in columns]
        lines.append(table_line([text(names.clean(row["arch"])), treated, *map(text, cells), *both, *times]))
    return "\n".join(lines)


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


def chosen(done: pd.DataFrame) -> list[Record]:
    """Of each architecture, in the order of the report: dense float32, dense int8, the best pruned int8, the
    smallest to transfer and on flash; each treatment once, by the file that stands for it.

    The best pruned int8 variant is the smallest to transfer within a point of its baseline, or the most accurate one
    that has not collapsed where none is. The smallest are those of the report: they may be one, or among the others.
    """
    best, keys, found = [smallest_within(done, where) for where in (TRANSFER, FLASH)], sizes(done, TRANSFER), []
    for arch, own in done.groupby("arch", sort=False):
        dense = own[own["method"] == DENSE].drop_duplicates("quantization")
        few = [row for scheme in (FLOAT, INT8) for row in records(dense[dense["quantization"] == scheme])]
        few += [*_pruned(own, keys), *filter(None, (smallest.get(str(arch)) for smallest in best))]
        found += list({treatment(row): row for row in few}.values())
    return found


def _pruned(own: pd.DataFrame, keys: Sequence[str]) -> list[Record]:
    """The smallest within a point by these sizes, else the most accurate one."""
    pruned = own[(own["amount"] > 0) & own["quantization"].str.startswith(INT8) & own["collapsed"].isna()]
    close = known(within(pruned), *keys)
    if close.empty:
        return records(pruned.sort_values("top1", ascending=False, kind="stable").head(1))
    return records(close.sort_values(list(keys), kind="stable").head(1))


def treatment(row: Record) -> tuple[object, ...]:
    """What is repeated over seeds."""
    return tuple(row[key] for key in KEYS)
