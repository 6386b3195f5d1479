"""How many times as fast each treatment is as dense float32, within one kind, device, runtime and thread count."""

from statistics import median
from typing import Any

from study.report import names
from study.report.facts import Facts
from study.report.latencies import groups


def speed_ups(facts: Facts) -> dict[tuple[Any, ...], dict[str, float]]:
    """(kind, device, runtime, threads) -> treatment -> ratio, median over architectures and seeds; none, no entry."""
    by_name = {row["variant"]: row for row in facts.results}
    found = {}
    for place, rows in groups(facts.latency).items():
        times = {row["variant"]: float(row["median_us"]) for row in rows}
        ratios: dict[str, list[float]] = {}
        for variant, time in times.items():
            base = by_name[variant]["baseline"]
            if base in times and base != variant and time > 0:
                ratios.setdefault(names.treatment(by_name[variant], False), []).append(times[base] / time)
        if ratios:
            found[place] = {name: median(values) for name, values in ratios.items()}
    return found
