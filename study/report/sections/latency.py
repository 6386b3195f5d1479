"""The section on latency and memory. Kinds, devices, runtimes and thread counts are never mixed."""

from collections.abc import Collection

from study.report import boards, names, tables
from study.report.blocks import Block, Fold, Note, Section, picture
from study.report.facts import Facts
from study.report.figures import pareto_latency
from study.report.figures.drawings import latency_name
from study.report.figures.pareto_panel import front_rows
from study.report.inputs import Row

HOST_NOTE = (
    "A figure of the device \u201chost\u201d is one of the machine named under Provenance. It is not one of "
    "a Raspberry Pi or any other device, and ratios do not carry over either."
)
PREDICTED_NOTE = (
    "A figure of the kind \u201cpredicted\u201d is computed for a Raspberry Pi 4B, not timed on one: from the "
    "instructions and cache misses of an emulation, or, where it says so, from the model file alone. The error beside "
    "it is what the same computation missed the times of the 2021 study by, each architecture predicted without it. "
    "What it cannot know: clock, cooling and operating system of your board; XNNPACK kernels (it stands for "
    "built-in ones of tflite-runtime 2.14), several threads, images larger than 32x32. A prediction from the file takes"
    " no account of which kernels an operator has. Compare variants with it; quote no time from it as measured."
)
EMULATED_NOTE = (
    "A figure of the kind \u201cemulated\u201d is a count from real aarch64 programs in an emulated Cortex-A72, equal "
    "in every run. How long the emulator takes says nothing about a board and is not kept."
)


def latency_section(facts: Facts, drawn: Collection[str]) -> Section:
    """Caveats, accuracy against time, and every measurement of each device and kind."""
    shown, never = _apart(facts.latency)
    blocks: list[Block] = [Note(text) for text in _notes(facts.latency, shown, never)]
    blocks += [Note(text) for text in boards.notes(facts.latency, facts.ended)]
    for kind in _kinds(shown):
        blocks += _against_accuracy(facts, kind, drawn)
    for kind in _kinds(shown):
        if (compared := tables.speed_up_table(facts, kind)) is not None:
            blocks.append(compared)
    for device, known in dict.fromkeys((row["device"], row.get("kind")) for row in shown):
        rows = [row for row in shown if row["device"] == device and row.get("kind") == known]
        blocks.append(tables.latency_table(rows, device, known or "not measured"))
    return Section("latency", "Latency and memory", tuple(blocks))


def _apart(rows: list[Row]) -> tuple[list[Row], list[str]]:
    """Rows to show, and what was measured for no variant at all: a row a variant would say it too often."""
    made = {_place(row) for row in rows if row.get("kind") is not None}
    never = dict.fromkeys(_place(row) for row in rows if _place(row) not in made)
    return [row for row in rows if _place(row) in made], list(never)


def _place(row: Row) -> str:
    return names.place(row["device"], row["runtime"], row["asked"])


def _kinds(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(row["kind"] for row in rows if row.get("kind") is not None))


def _notes(rows: list[Row], shown: list[Row], never: list[str]) -> list[str]:
    notes = [HOST_NOTE] if any(row["device"] == "host" for row in rows) else []
    kinds = _kinds(rows)
    notes += [text for kind, text in (("predicted", PREDICTED_NOTE), ("emulated", EMULATED_NOTE)) if kind in kinds]
    shown = [row for row in shown if row.get("kind") in (None, "measured")]
    unstable = sum(row["status"] == "unstable" for row in shown)
    lost = sum(row.get("median_us") is None for row in shown)
    if unstable:
        notes.append(
            f"{unstable} of {len(shown)} measurements are unstable, for the reasons given in their rows: "
            "they are shown and marked, not removed."
        )
    if lost:
        notes.append(
            f"{lost} of {len(shown)} measurements have no figure: missing, failed, unfinished, or stale "
            "(made with another version of the file)."
        )
    if never:
        notes.append(f"Planned and not measured at all: {'; '.join(never)}.")
    return notes


def _against_accuracy(facts: Facts, kind: str, drawn: Collection[str]) -> list[Block]:
    fronts = tuple(
        tables.numbered(
            f"front-{index}-{kind}",
            f"{pareto_latency.title(key)}, {kind}. The Pareto front: no other variant is at once faster and more "
            "accurate.",
            front_rows(rows, "median_us"),
            ["variant", "top1", "median_us"],
        )
        for index, (key, rows) in enumerate(pareto_latency.panels(facts, kind).items(), start=1)
    )
    figure = picture(
        drawn,
        latency_name(kind),
        f"Top-1 accuracy against {kind} latency with the Pareto front",
        f"Top-1 against the {kind} median time of one inference, each panel with its own front.",
    )
    return [*figure, *([Fold(f"The numbered points, {kind}", fronts, False)] if fronts else [])]
