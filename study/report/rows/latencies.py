"""`latency.csv`: one row a variant, device, runtime and thread count; a missing measurement keeps its row."""

from collections.abc import Sequence
from typing import Any

from study.errors import StudyError
from study.latency.measurement import OK, THREADS_DO_NOT_HELP, UNSTABLE, summarise
from study.report import boards
from study.report.inputs import Inputs, Row, Slot, facts_of

SUMMARY = ["n", "rounds", "median_us", "p90_us", "ci_low_us", "ci_high_us"]
COLUMNS = [
    *["variant", "device", "kind", "runtime", "delegate", "threads"],
    *SUMMARY,
    *["private_bytes", "peak_rss_bytes", "status"],
    *["runtime_version", "end_to_end_us", "empty_rss_bytes", "flags", "model_sha256", "machine"],
    *["computed_from", "error_percent", "instructions", "l1_misses", "l2_misses", "off_host_percent"],
    *boards.COLUMNS,
]
STATED = ["kind", "runtime", "runtime_version", "delegate", "threads", "status", "model_sha256"]
COMPUTED = ["error_percent", "instructions", "l1_misses", "l2_misses", "off_host_percent"]
MEMORY = ["private_bytes", "peak_rss_bytes", "empty_rss_bytes"]
KINDS = ("measured", "emulated", "predicted")


def latencies(inputs: Inputs) -> list[Row]:
    """One row a planned measurement, in the order given.

    A measurement of another file than the one evaluated (its SHA-256 differs) is not shown: its row is
    `stale`. One that was not made has the status of its device's session, where that ended early.

    Raises:
        StudyError: a document whose kind is not measured, emulated or predicted, or that is damaged.
    """
    return [_row(inputs, slot) for slot in inputs.latency]


def groups(rows: Sequence[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """Rows with a figure to quote, by (kind, device, runtime, threads): only these compare with each other.

    Figures of several threads that do not beat one thread stay in the table and out of every comparison.
    """
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if row.get("median_us") is not None and THREADS_DO_NOT_HELP not in (row["flags"] or ""):
            found.setdefault((row["kind"], row["device"], row["runtime"], row["threads"]), []).append(row)
    return found


def _row(inputs: Inputs, slot: Slot) -> Row:
    row: Row = {"variant": slot.variant, "device": slot.device, "runtime": slot.runtime}
    row |= {"threads": slot.threads, "asked": slot.threads}
    document = slot.document
    if document is None:
        return row | {"status": inputs.ended.get(slot.device, {}).get("status") or "missing"}
    if document.get("kind") not in KINDS:
        raise StudyError(
            f"the latency of {slot.variant} on {slot.device} has the kind {document.get('kind')!r}: "
            f"it must be one of {', '.join(KINDS)}, measure it again"
        )
    row |= {key: document.get(key) for key in STATED}
    row["machine"] = (document.get("context") or {}).get("architecture")  # as `uname -m` says it
    row["flags"] = "; ".join(str(flag) for flag in document.get("flags") or []) or None
    evaluated = facts_of(inputs.accuracy.get(slot.variant, {})).get("sha256")
    if evaluated and document.get("model_sha256") != evaluated:
        return row | {"status": "stale"}
    row |= {key: document.get(key) for key in MEMORY} | boards.board_facts(document)
    if document.get("status") in (OK, UNSTABLE):
        summary = document.get("summary") or summarise(document)
        row |= {key: summary[key] for key in SUMMARY} | {"end_to_end_us": summary.get("end_to_end_us")}
        computed = document.get("computed") or {}
        row |= {"computed_from": computed.get("method")} | {key: computed.get(key) for key in COMPUTED}
    return row
