"""Sentences on size and time."""

from statistics import median

from study.report import names
from study.report.blocks import Point
from study.report.facts import Facts
from study.report.inputs import Row
from study.report.latencies import groups
from study.report.phrases import NBSP, change, megabytes

WITHIN_PP = 1.0
FEW = 4  # treatments that are told one by one


def smallest(done: list[Row]) -> list[Point]:
    """The smallest gzip file that keeps within a point of its float baseline."""
    by_name = {row["variant"]: row for row in done}
    sized = [row for row in done if row.get("gzip_bytes") is not None and row["baseline"] in by_name]
    bases = {row["variant"] for row in sized if row["baseline"] == row["variant"]}
    close = [
        row
        for row in sized
        if row["baseline"] in bases and row.get("delta_pp") is not None and row["delta_pp"] >= -WITHIN_PP
    ]
    topic, limit = "Smallest without loss", f"within {WITHIN_PP:g} point of its own float32 baseline"
    if not close:
        return [Point(topic, f"No compressed variant stays {limit}.")] if len(sized) > len(bases) else []
    row = min(close, key=lambda row: int(row["gzip_bytes"]))
    base = by_name[row["baseline"]]
    text = (
        f"The smallest gzip file of a compressed variant {limit} is "
        f"{names.full(row, names.several_seeds(done))}: {megabytes(row['gzip_bytes'])}, "
        f"{base['gzip_bytes'] / row['gzip_bytes']:.1f} times smaller than its baseline\u2019s "
        f"{megabytes(base['gzip_bytes'])}; top-1 {change(row)}."
    )
    return [Point(topic, text)]


def gzip(done: list[Row]) -> list[Point]:
    """What gzip leaves of each kind of file, a line a recipe."""
    shares: dict[str, dict[str, list[float]]] = {}
    for row in done:
        if row.get("gzip_bytes") and row.get("file_bytes"):
            schemes = shares.setdefault(names.recipe(row), {})
            schemes.setdefault(names.clean(row["quantization"]), []).append(row["gzip_bytes"] / row["file_bytes"])
    if not shares:
        return []
    parts = tuple(
        f"{recipe}: " + ", ".join(f"{scheme} {100 * median(values):.0f}{NBSP}%" for scheme, values in schemes.items())
        for recipe, schemes in shares.items()
    )
    return [Point("Size after gzip", "As a share of the file itself, median over architectures:", parts)]


def speed(facts: Facts) -> list[Point]:
    """Time of each treatment against dense float32, within one device, runtime and thread count."""
    by_name = {row["variant"]: row for row in facts.results}
    parts = []
    for (kind, device, runtime, threads), rows in groups(facts.latency).items():
        times = {row["variant"]: float(row["median_us"]) for row in rows}
        ratios: dict[str, list[float]] = {}
        for variant, time in times.items():
            base = by_name[variant]["baseline"]
            if base in times and base != variant and time > 0:
                ratios.setdefault(names.treatment(by_name[variant], False), []).append(times[base] / time)
        if ratios:
            threading = f"{threads} thread{'' if threads == 1 else 's'}"
            where = f"{names.clean(device)} \u00b7 {names.clean(runtime)} \u00b7 {threading}, {kind}"
            parts.append(f"{where}: {_ratios({name: median(values) for name, values in ratios.items()})}")
    if not parts:
        return []
    text = "How many times as fast as dense float32 of the same architecture, median over architectures:"
    return [Point("Speed", text, tuple(parts))]


def _ratios(found: dict[str, float]) -> str:
    said = {name: f"{name} {ratio:.2f}\u00d7" for name, ratio in found.items()}
    if len(said) <= FEW:
        return "; ".join(said.values())
    order = sorted(found, key=lambda name: found[name])
    return f"from {said[order[0]]} to {said[order[-1]]}"
