"""`structured.csv`: narrower networks, made by cutting channels or trained as they are, beside the full one."""

from collections.abc import Mapping, Sequence
from typing import Any

from study.report.inputs import Inputs, Row, is_narrower
from study.report.rows.latencies import groups
from study.report.structured.relatives import dense_of, full_of

COLUMNS = [
    "variant",
    "arch",
    "family",
    "method",
    "amount",
    "quantization",
    "seed",
    "alpha",
    "macs",
    "macs_ratio",
    "parameters",
    "parameters_ratio",
    "file_bytes",
    "top1",
    "baseline",
    "delta_pp",
    "ci_low_pp",
    "ci_high_pp",
    "p_value",
    "median_us",
    "ci_low_us",
    "ci_high_us",
    "latency_ratio",
    "device",
    "runtime",
    "status",
    "predicted_us",
    "predicted_ratio",
    "analysis_seconds",
    "training_seconds",
    "full",
]
FROM_RESULTS = [
    "variant",
    "arch",
    "family",
    "method",
    "amount",
    "quantization",
    "seed",
    "alpha",
    "macs",
    "parameters",
    "file_bytes",
    "top1",
    "baseline",
    "delta_pp",
    "ci_low_pp",
    "ci_high_pp",
    "p_value",
]
FROM_LATENCY = ["median_us", "ci_low_us", "ci_high_us", "device", "runtime", "status"]
Times = Mapping[str, Row]


def structured_rows(inputs: Inputs, results: Sequence[Row], latency: Sequence[Row]) -> list[Row]:
    """One row a structured variant, and one an unpruned variant of its kind and any width, in the order of the plan.

    Ratios are fractions of the full network: unpruned, of width 1, with the same seed and scheme. Times are those of
    one thread on the host, and predicted ones; where the full network was timed, those of its whole kind are of the
    same device and runtime, the first that timed it. What is not known is missing.
    """
    exported = inputs.exported
    cut = [name for name, cell in exported.items() if is_narrower(cell)]
    shown = {*cut, *(name for variant in cut for name in dense_of(exported, variant))}
    known = {row["variant"]: row for row in results}
    places = one_thread(latency)
    rows = []
    for variant in (name for name in exported if name in shown):
        full = full_of(exported, variant)
        row: Row = {key: known[variant].get(key) for key in FROM_RESULTS} | training(inputs, variant)
        row["full"] = full
        host, predicted = (
            _place(places, kind, full or "") or _place(places, kind, variant) for kind in ("measured", "predicted")
        )
        row |= {key: host.get(variant, {}).get(key) for key in FROM_LATENCY}
        row["predicted_us"] = predicted.get(variant, {}).get("median_us")
        whole = known.get(full or "", {})
        row |= {f"{key}_ratio": ratio(row[key], whole.get(key)) for key in ("macs", "parameters")}
        row["latency_ratio"] = ratio(row["median_us"], host.get(full or "", {}).get("median_us"))
        row["predicted_ratio"] = ratio(row["predicted_us"], predicted.get(full or "", {}).get("median_us"))
        rows.append(row)
    return rows


def one_thread(latency: Sequence[Row]) -> dict[tuple[Any, ...], Times]:
    """(kind, device, runtime, 1) -> variant -> its row; emulations have no time."""
    return {
        place: {row["variant"]: row for row in rows}
        for place, rows in groups(list(latency)).items()
        if place[0] != "emulated" and place[3] == 1
    }


def training(inputs: Inputs, variant: str) -> Row:
    """Seconds that the variant's network took to train: all epochs, and what its method did before them."""
    times = inputs.timing.get(inputs.exported[variant]["model"], {})
    analysis, epochs = times.get("analysis_seconds") or 0.0, times.get("seconds")
    return {
        "analysis_seconds": analysis if times else None,
        "training_seconds": None if epochs is None else analysis + epochs,
    }


def ratio(value: float | None, whole: float | None) -> float | None:
    """A fraction of the whole, where both are known."""
    return None if value is None or not whole else value / whole


def _place(places: Mapping[tuple[Any, ...], Times], kind: str, variant: str) -> Times:
    """The times of the first place of a kind that timed `variant`; of measured ones, those of the host alone."""
    for (known, device, *_), times in places.items():
        local = device == "host" or device.startswith("host_")
        if known == kind and variant in times and (local or kind != "measured"):
            return times
    return {}
