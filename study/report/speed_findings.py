"""Sentences on time."""

from statistics import median

from study.report import names
from study.report.blocks import Point
from study.report.facts import Facts
from study.report.latencies import groups

FEW = 4  # treatments that are told one by one


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
