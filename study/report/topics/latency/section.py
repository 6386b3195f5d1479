"""The section on latency and memory. Kinds, devices, runtimes and thread counts are never mixed."""

from collections.abc import Collection

import pandas as pd

from study.latency.devices import DEVICES
from study.report import names
from study.report.blocks import Block, Cell, Column, Fold, Note, Section, Table, picture
from study.report.fields import MISSING, NOT_VALIDATED
from study.report.pareto import front_rows
from study.report.shown import numbered, plain
from study.report.tables import Tables
from study.report.topics.latency import boards
from study.report.topics.latency.accuracy import figure_name, with_accuracy

MEASURED = "variant runtime delegate threads median_us p90_us n rounds private_bytes peak_rss_bytes status".split()
PREDICTED = "variant runtime delegate threads predicted_us left_out_percent computed_from status".split()
EMULATED = "variant runtime delegate instructions l1_misses l2_misses off_host_percent status".split()
USUAL = (
    MEASURED,
    "Time of one inference in microseconds: median over rounds with its 95 % interval, and 90th percentile.",
)
BY_KIND = {
    "predicted": (
        PREDICTED,
        "Time of one inference in microseconds, computed and not timed. Error: mean of predictions made alike on known "
        "times of the same kind of network, each architecture left out; not validated: there is none of its kind.",
    ),
    "emulated": (EMULATED, "What one inference executes and misses in the emulated processor; no time is known."),
}

CAUTION = {
    "measured": " Times and their order are those of that machine.",
    "predicted": f" Computed and not timed: the error of each time, or that it is {NOT_VALIDATED}, stands in the table "
    "of its device.",
}
"""What stands under a figure of times."""
OF_RATIOS = {
    "measured": " A ratio holds on that machine.",
    "predicted": f" Ratios of predictions are {NOT_VALIDATED}.",
}


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Caveats, accuracy against time, and every measurement of each device and kind."""
    every = tables["latency"]
    made = every["kind"].notna().groupby(every["_planned"]).transform("any")
    shown = every[made]
    never = names.distinct(every[~made], "_planned")  # a row a variant would say it too often
    blocks: list[Block] = [Note(text) for text in _notes(every, shown, never)]
    blocks += [Note(text) for text in boards.notes(every, tables.inputs.ended)]
    kinds = names.distinct(shown, "kind")
    for kind in kinds:
        blocks += _against_accuracy(tables, kind, drawn)
    blocks += [table for kind in kinds for table in speed_up_table(tables["speed_ups"], kind)]
    by_table = shown.groupby(["device", shown["kind"].fillna("not measured")], sort=False)
    blocks += [_measurements(rows, str(device), str(kind)) for (device, kind), rows in by_table]
    return Section("latency", "Latency and memory", tuple(blocks)) if blocks else None


def speed_up_table(speed_ups: pd.DataFrame, kind: str) -> tuple[Table, ...]:
    """How many times as fast as dense float32 each treatment is, a column for each place of one kind."""
    rows = speed_ups[speed_ups["kind"] == kind]
    if rows.empty:
        return ()
    places = {place: own.set_index("treatment")["speed_up"] for place, own in rows.groupby("_place", sort=False)}
    heads = (Column("Treatment", ""), *(Column(str(place), "", True) for place in places))
    lines = tuple(
        (Cell(name, name), *(_ratio(ratios.get(name)) for ratios in places.values()))
        for name in names.distinct(rows, "treatment")
    )
    caption = (
        f"Speed-up over dense float32 of the same architecture, {kind}: median over architectures, each the mean over "
        "its seeds. Above 1 is faster." + OF_RATIOS.get(kind, "")
    )
    return (Table(f"speed-up-{kind}", caption, heads, lines),)


def _ratio(value: float | None) -> Cell:
    return Cell(MISSING, "", "missing") if value is None else Cell(f"{value:.2f}\u00d7", f"{value:.6f}")


def _measurements(rows: pd.DataFrame, device: str, kind: str) -> Table:
    keys, text = BY_KIND.get(kind, USUAL)
    rows = rows.assign(predicted_us=rows["median_us"])  # a title that promises no interval
    caption = f"Device {names.clean(device)}, kind: {kind}. {text}"
    return plain(f"latency-{device}-{kind}", caption, rows, boards.columns(keys, rows))


def _notes(every: pd.DataFrame, shown: pd.DataFrame, never: list[str]) -> list[str]:
    notes = [entry.note for name, entry in DEVICES.items() if entry.note and every["device"].str.startswith(name).any()]
    timed = shown[shown["kind"].isna() | (shown["kind"] == "measured")]
    unstable, lost = (timed["status"] == "unstable").sum(), timed["median_us"].isna().sum()
    if unstable:
        notes.append(
            f"{unstable} of {len(timed)} measurements are unstable, for the reasons given in their rows: "
            "they are shown and marked, not removed."
        )
    if lost:
        notes.append(
            f"{lost} of {len(timed)} measurements have no figure: missing, failed, unfinished, or stale "
            "(made with another version of the file)."
        )
    if never:
        notes.append(f"Planned and not measured at all: {'; '.join(never)}.")
    return notes


def _against_accuracy(tables: Tables, kind: str, drawn: Collection[str]) -> list[Block]:
    fronts = tuple(
        numbered(
            f"front-{index}-{kind}",
            f"{place}, {kind}. The Pareto front: no other variant is at once faster and more accurate.",
            front_rows(rows, "median_us").assign(predicted_us=rows["median_us"]),
            ["variant", "top1", *(["predicted_us", "left_out_percent"] if kind == "predicted" else ["median_us"])],
        )
        for index, (place, rows) in enumerate(with_accuracy(tables, kind).groupby("_place", sort=False), start=1)
    )
    figure = picture(
        drawn,
        figure_name(kind),
        f"Top-1 accuracy against {kind} latency with the Pareto front",
        f"Top-1 against the {kind} median time of one inference, each panel with its own front."
        + CAUTION.get(kind, ""),
    )
    return [*figure, *([Fold(f"The numbered points, {kind}", fronts, False)] if fronts else [])]
