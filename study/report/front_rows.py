"""Which rows of a report its front shows: of each network float32, int8, and the best that pruning and int8 give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.report import names
from study.report.fields import shown_value
from study.report.findings.shipping import smallest_within, within
from study.report.inputs import Row
from study.report.rows.shipping import size_column

THREADS = "1"
KINDS = ("measured", "predicted")


@dataclass(frozen=True)
class Place:
    """One column of times: where they hold and what they are, and the row of each variant."""

    title: str
    said: str
    kind: str
    rows: Mapping[str, Row]


def chosen(done: list[Row]) -> list[Row]:
    """Of each architecture, in the order of the report: dense float32, dense int8, the best pruned int8, the smallest.

    The best pruned int8 variant is the smallest within a point of its baseline, or the most accurate one where none is.
    The smallest is that of the report: it may be one of the others. Of several seeds the first counts, but for the
    smallest.
    """
    best, size, found = smallest_within(done), size_column(done), []
    for arch in names.distinct(done, "arch"):
        own = [row for row in done if row["arch"] == arch]
        own = [row for row in own if row["seed"] == min(one["seed"] for one in own)]
        dense = [
            row
            for scheme in ("float32", "int8")
            for row in own
            if row["method"] == "dense" and row["quantization"] == scheme
        ]
        few = [*dense, _pruned(own, size), best.get(arch)]
        found += list({row["variant"]: row for row in few if row is not None}.values())
    return found


def places(latency: Sequence[Row]) -> list[Place]:
    """One column a device and kind that has times, of the first runtime that has one on one thread."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in latency:
        if row.get("kind") in KINDS and row.get("median_us") is not None and str(row["threads"]) == THREADS:
            found.setdefault((row["device"], row["kind"]), []).append(row)
    return [_place(rows) for rows in found.values()]


def _place(rows: Sequence[Row]) -> Place:
    device, kind, runtime = (str(rows[0][key]) for key in ("device", "kind", "runtime"))
    own = {row["variant"]: row for row in rows if row["runtime"] == runtime}
    title = names.clean(device) if kind in device else f"{names.clean(device)}, {kind}"
    said = f"{title}: time of one inference, {names.clean(runtime)}, 1 thread"
    if kind == "predicted":
        errors = {shown_value("error_percent", row.get("error_percent")) for row in own.values()}
        said += (
            ", computed for a Raspberry Pi 4B and not timed (mean error on known times: "
            f"{' or '.join(sorted(errors))} %)"
        )
    elif device == "host":
        said += ", median on the machine that ran the study, which is no Raspberry Pi"
    return Place(title, f"{said}.", kind, own)


def _pruned(own: list[Row], size: str) -> Row | None:
    """The smallest within a point, else the most accurate one."""
    pruned = [row for row in own if row["method"] != "dense" and row["quantization"].startswith("int8")]
    close = [row for row in within(pruned) if row.get(size) is not None]
    if close:
        return min(close, key=lambda row: int(row[size]))
    return max(pruned, key=lambda row: float(row["top1"]), default=None)
