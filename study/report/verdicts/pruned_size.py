"""Statements of 2021 on what pruning does to file, gzip size and memory."""

from collections.abc import Callable

from study.report import names
from study.report.inputs import Row
from study.report.phrases import NBSP, megabytes, percent, span
from study.report.rows.latencies import groups
from study.report.verdicts.evidence import (
    MEASURED,
    PRUNED,
    Evidence,
    coverage,
    known,
    percentage,
    select,
    with_base,
)
from study.report.verdicts.verdict import CONFIRMED, REFUTED, Finding, Verdict, decide, untestable

SAME_SIZE, SAME_MEMORY = 0.01, 0.05
SMALLEST_MB, ROUNDED_MB = 0.9, 0.95
OF_2021 = ("mobilenet_v3_small", 90)  # its smallest network at its highest sparsity

FILE = Finding(
    "pruning-file",
    "The file size does not change with pruning.",
    f"every pruned float32 file is within {100 * SAME_SIZE:g} % of the unpruned one",
    "one is not",
)
GZIP = Finding(
    "pruning-gzip",
    "The gzip size does change with pruning.",
    f"every pruned float32 file is more than {100 * SAME_SIZE:g} % smaller under gzip than the unpruned one",
    "one is not",
)
MEMORY = Finding(
    "pruning-memory",
    "The memory does not change with pruning.",
    f"the private memory of a process is within {100 * SAME_MEMORY:g} % of that with the unpruned float32 file, in "
    "every network on every measured machine (weights keep their shapes, so any processor will do)",
    "it is not in one",
)
SMALLEST = Finding(
    "smallest",
    f"Pruning, quantization and gzip together bring a model to {SMALLEST_MB:g} MB.",
    f"a pruned int8 file takes less than {ROUNDED_MB:g} MB under gzip",
    f"none does, though MobileNetV3 Small was pruned to {OF_2021[1]} %",
)


def file_size(found: Evidence) -> Verdict:
    """The file as stored."""
    return _sizes(found, FILE, "file_bytes", "file", lambda ratio: abs(ratio - 1) <= SAME_SIZE)


def gzip_size(found: Evidence) -> Verdict:
    """The file under gzip."""
    return _sizes(found, GZIP, "gzip_bytes", "gzip file", lambda ratio: ratio < 1 - SAME_SIZE)


def memory(found: Evidence) -> Verdict:
    """Private bytes, pruned against unpruned, within one device, runtime and thread count."""
    rows, why = select(found, PRUNED, "float32", ())
    if not rows:
        return untestable(MEMORY, why)
    ratios: dict[str, list[float]] = {}
    for (kind, *_), measured in groups(found.facts.latency).items():
        held = {row["variant"]: row.get("private_bytes") for row in measured}
        for row in rows:
            own, base = held.get(row["variant"]), held.get(row.get("baseline") or "")
            if kind == MEASURED and known(own, base) and base:
                ratios.setdefault(row["arch"], []).append(own / base)
    if not ratios:
        return untestable(MEMORY, "no memory was measured of a pruned float32 file and of its unpruned one")
    return _told(found, MEMORY, "private memory", ratios, lambda ratio: abs(ratio - 1) <= SAME_MEMORY)


def smallest(found: Evidence) -> Verdict:
    """The smallest gzip file of a pruned int8 model."""
    rows, why = select(found, PRUNED, "int8", ("gzip_bytes", "top1"))
    if not rows:
        return untestable(SMALLEST, why)
    row = min(rows, key=lambda row: int(row["gzip_bytes"]))
    text = (
        f"The smallest is {names.full(row, names.several_seeds(found.facts.results))}: {megabytes(row['gzip_bytes'])} "
        f"under gzip, top-1 {percent(row['top1'])}."
    )
    if row["gzip_bytes"] < 1e6 * ROUNDED_MB:
        return Verdict(SMALLEST, CONFIRMED, text)
    network, amount = OF_2021
    if any(row["family"] == network and row["amount"] >= amount for row in rows):
        return Verdict(SMALLEST, REFUTED, text)
    return untestable(SMALLEST, f"the plan has no int8 file of {network} at {amount}{NBSP}% sparsity. {text[:-1]}")


def _sizes(found: Evidence, finding: Finding, key: str, what: str, holds: Callable[[float], bool]) -> Verdict:
    rows, why = select(found, PRUNED, "float32", (key,))
    pairs: list[tuple[Row, Row]] = with_base(found, rows, key)
    if not pairs:
        return untestable(finding, why or "no unpruned float32 file has been evaluated beside the pruned one")
    ratios: dict[str, list[float]] = {}
    for row, base in pairs:
        ratios.setdefault(row["arch"], []).append(row[key] / base[key])
    return _told(found, finding, what, ratios, holds)


def _told(
    found: Evidence, finding: Finding, what: str, ratios: dict[str, list[float]], holds: Callable[[float], bool]
) -> Verdict:
    every = [ratio for own in ratios.values() for ratio in own]
    text = f"Pruned, the {what} is {span(every, percentage)} of the unpruned one.{coverage(found, ratios)}"
    parts = tuple(f"{names.clean(arch)}: {span(own, percentage)}" for arch, own in ratios.items())
    return decide(finding, [holds(ratio) for ratio in every], text, parts, "")
