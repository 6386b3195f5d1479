"""How many times as fast each treatment is as dense float32, within one kind, device, runtime and thread count."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from study.report import names
from study.report.inputs import Row
from study.report.rows.latencies import groups

COLUMNS = ["kind", "device", "runtime", "threads", "treatment", "networks", "speed_up"]


def speed_up_rows(results: Sequence[Row], latency: Sequence[Row]) -> list[Row]:
    """`speed_ups.csv`: the ratio of each place and treatment, median over architectures and seeds (`networks`).

    `results` and `latency` are the rows of the CSV files of these names.
    """
    by_name = {row["variant"]: row for row in results}
    found: list[Row] = []
    for place, rows in groups(latency).items():
        times = {row["variant"]: float(row["median_us"]) for row in rows}
        ratios: dict[str, list[float]] = {}
        for variant, time in times.items():
            base = by_name[variant]["baseline"]
            if base in times and base != variant and time > 0:
                ratios.setdefault(names.treatment(by_name[variant], False), []).append(times[base] / time)
        where = dict(zip(COLUMNS[:4], place, strict=True))
        found += [
            where | {"treatment": treatment, "networks": len(values), "speed_up": median(values)}
            for treatment, values in ratios.items()
        ]
    return found


def by_place(rows: Sequence[Row]) -> dict[tuple[Any, ...], dict[str, float]]:
    """(kind, device, runtime, threads) -> treatment -> ratio."""
    found: dict[tuple[Any, ...], dict[str, float]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in COLUMNS[:4]), {})[row["treatment"]] = row["speed_up"]
    return found
