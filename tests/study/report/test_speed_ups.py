"""`speed_ups.csv`: ratios to dense float32 of the same network, median over networks, never across places."""

from typing import Any

from study.report.rows.speed_ups import by_place, speed_up_rows


def result(variant: str, base: str, scheme: str) -> dict[str, Any]:
    return {"variant": variant, "baseline": base, "method": "dense", "amount": 0.0, "quantization": scheme, "seed": 0}


RESULTS = [result(f"{net}_{scheme}", f"{net}_float32", scheme) for net in "abc" for scheme in ("float32", "int8")]


def time(variant: str, micros: float | None, **place: Any) -> dict[str, Any]:
    where = {"kind": "measured", "device": "host", "runtime": "r", "threads": 1, "flags": ""} | place
    return where | {"variant": variant, "median_us": micros}


def test_the_median_over_networks_counts_those_with_both_times() -> None:
    timed = [
        time("a_float32", 10.0),
        time("a_int8", 5.0),
        time("b_float32", 90.0),
        time("b_int8", 10.0),
        time("c_float32", None),
        time("c_int8", 1.0),
    ]
    (row,) = speed_up_rows(RESULTS, timed)
    assert (row["treatment"], row["networks"], row["speed_up"]) == ("dense \u00b7 int8", 2, 5.5)
    assert by_place([row]) == {("measured", "host", "r", 1): {"dense \u00b7 int8": 5.5}}


def test_places_are_kept_apart() -> None:
    timed = [time("a_float32", 10.0), time("a_int8", 5.0, threads=2), time("b_int8", 5.0, device="board")]
    assert speed_up_rows(RESULTS, timed) == []
