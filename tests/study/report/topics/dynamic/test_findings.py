"""Sentences on families: each figure is that of a row, seeds are means, and what is not there is not said."""

from typing import Any

import pandas as pd
import pytest

from study.report.blocks import Point
from study.report.inputs import Inputs
from study.report.tables import Tables
from study.report.topics.dynamic.findings import FEW, details, findings
from study.report.topics.dynamic.levels import COLUMNS

FAMILY = "mobilenet \u00b7 slimmable 25\u00a0% \u00b7 int8"
PLACE = "host \u00b7 ai_edge_litert \u00b7 1 thread"
RANGES, ALONE, CLASSES, PROCESS, FILES = (
    f"Dynamic networks: {topic}"
    for topic in ("ranges", "beside networks trained alone", "which classes pay", "one process", "files")
)


def level(width: int, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """A row of levels.csv in which little is known."""
    file = f"mobilenet_slimmable25_s{seed}_int8"
    own = {"variant": f"{file}_w{width}", "file": file, "arch": "mobilenet", "method": "slimmable", "amount": 25.0}
    own |= {"level": f"w{width}", "width": width, "quantization": "int8", "seed": seed, "test_images": 1000}
    return own | {"top1": 0.5 + width / 1000, "macs": width**2 * 600} | changes


def timed(us: float, full: float = 400.0, status: str = "ok") -> dict[str, Any]:
    ends = {"ci_low_us": us, "ci_high_us": us, "device": "host", "runtime": "ai_edge_litert", "status": status}
    return {"median_us": us, "range": full / us} | ends


def beside(delta: float, sure: bool) -> dict[str, Any]:
    tests = {"alone_p_value": 0.01, "alone_p_adjusted": 0.01 if sure else 0.5, "alone_significant": sure}
    return {"alone_delta_pp": delta, "alone_low_pp": delta - 1, "alone_high_pp": delta + 1} | tests


def step(wider: int, name: str, drop: float, p: float, seed: int = 0, **counts: int) -> dict[str, Any]:
    ends = {"step_low_pp": drop - 2, "step_high_pp": drop + 2, "step_p_value": p / 10, "step_p_adjusted": p}
    own = {"wider": f"mobilenet_slimmable25_s{seed}_int8_w{wider}", "step_flips": 1234, "step_class": name}
    return own | {"step_drop_pp": drop, "step_significant": p < 0.05, "step_classes": 10} | ends | counts


def told(*rows: dict[str, Any], summary: bool = False) -> dict[str, Point]:
    table = pd.DataFrame([[row.get(key) for key in COLUMNS] for row in rows], columns=COLUMNS)
    makers = {"levels": lambda _: table, "results": lambda _: table}
    tables = Tables(Inputs("full", {"classes": ["cat"]}, ()), makers)
    return {point.topic: point for point in (findings if summary else details)(tables)}


def test_the_range_is_that_of_the_narrowest_against_the_widest() -> None:
    point = told(level(100, **timed(400.0)), level(50, **timed(150.0)), level(25, **timed(80.0)))[RANGES]
    assert point.text.startswith("In these files, each of which holds a network at several widths")
    said = "top-1 52.50\u00a0% (w25) to 60.00\u00a0% (w100); 5.00 times as fast"
    assert point.parts == (f"{FAMILY}: {said} ({PLACE}, measured)",)


@pytest.mark.parametrize(("widest", "narrow", "doubt"), [("unstable", "ok", True), ("ok", "unstable", True)])
def test_an_unstable_time_at_either_end_is_said(widest: str, narrow: str, doubt: bool) -> None:
    rows = level(100, **timed(400.0, status=widest)), level(25, **timed(80.0, status=narrow))
    assert told(*rows)[RANGES].parts[0].endswith("measured, unstable)")
    middle = level(50, **timed(100.0, status="unstable"))
    stable = level(100, **timed(400.0)), middle, level(25, **timed(80.0))
    assert told(*stable)[RANGES].parts[0].endswith("measured)")


def test_a_prediction_is_not_validated_and_without_times_work_is_counted() -> None:
    predicted = {"predicted_on": "rpi4 \u00b7 1 thread", "predicted_us": 9.0}
    rows = level(100, **predicted, predicted_range=1.0), level(25, **predicted, predicted_range=3.0)
    assert (
        told(*rows)[RANGES]
        .parts[0]
        .endswith("; 3.00 times as fast by prediction (rpi4 \u00b7 1 thread, not validated)")
    )
    bare = told(level(100), level(25))[RANGES].parts[0]
    assert bare.endswith("; 16.00 times fewer multiply-accumulates, no time is known")
    assert told(level(100, macs=None), level(25))[RANGES].parts[0].endswith("(w100)")


def test_of_several_seeds_the_mean_and_its_spread() -> None:
    first = level(100, 0, **timed(400.0)), level(25, 0, top1=0.50, **timed(100.0))
    second = level(100, 1, **timed(400.0)), level(25, 1, top1=0.52, **timed(80.0))
    (part,) = told(*first, *second)[RANGES].parts
    assert "top-1 51.00\u00a0\u00b1\u00a01.41\u00a0% (2\u00a0seeds) (w25)" in part
    assert "; 4.50\u00a0\u00b1\u00a00.71 times (2\u00a0seeds) as fast" in part
    gaps = [level(25, seed, **beside(delta, False)) for seed, delta in ((0, -1.0), (1, -2.0))]
    assert told(*gaps)[ALONE].parts == (f"{FAMILY}: w25 \u22121.50\u00a0\u00b1\u00a00.71 (2\u00a0seeds)",)


def test_levels_beside_networks_trained_alone_are_counted() -> None:
    rows = (
        level(100, **beside(-1.0, True)),
        level(75, **beside(-0.3, False)),
        level(50, **beside(0.9, True)),
        level(25),
    )
    point = told(*rows)[ALONE]
    assert "of 3 levels beside" in point.text and point.text.startswith("In these files, ")
    assert "1 is significantly less accurate and 1 more (exact McNemar test, Holm over all 3" in point.text
    assert "1 level had none to stand beside." in point.text
    assert point.parts[0] == (
        f"{FAMILY}: w100 \u22121.00 (95\u00a0% \u22122.00 to +0.00); w75 \u22120.30 (95\u00a0% \u22121.30 to +0.70); "
        "w50 +0.90 (95\u00a0% \u22120.10 to +1.90)"
    )
    nothing = told(level(100), level(25))[ALONE]
    assert nothing.text.startswith("No network of a level\u2019s width") and nothing.parts == ()


def test_the_class_that_pays_is_told_with_its_test_the_clearest_first() -> None:
    rows = (
        level(100),
        level(50, **step(100, "cat", -1.0, 0.5, step_losses=0, step_gains=1)),
        level(25, **step(50, "dog", -9.0, 0.001, step_losses=2, step_gains=0)),
    )
    point = told(*rows)[CLASSES]
    assert "2 of 20 comparisons of a class are a significant loss and 1 a significant gain" in point.text
    assert "Holm over all 20, level 0.05" in point.text and point.text.startswith("In these files, ")
    assert point.parts[0] == (
        f"{FAMILY}, w50 to w25: \u201cdog\u201d \u22129.00 points (95\u00a0% \u221211.00 to \u22127.00), adjusted "
        "p\u00a0=\u00a00.001; 2 of 10 classes lose significantly; 1,234 of 1,000 images get another class"
    )
    assert point.parts[1].startswith(f"{FAMILY}, w100 to w50: \u201ccat\u201d \u22121.00 points")
    assert CLASSES not in told(level(100), level(25, step_flips=9))


def test_steps_of_several_seeds_are_told_apart() -> None:
    rows = [level(100, seed) for seed in (0, 1)]
    rows += [level(25, seed, **step(100, "cat", -5.0, 0.01, seed, step_losses=1, step_gains=0)) for seed in (0, 1)]
    parts = told(*rows)[CLASSES].parts
    assert [f"int8 \u00b7 seed {seed}, w100 to w25" in part for seed, part in enumerate(parts)] == [True, True]


def test_a_file_is_weighed_once_by_its_widest_level_that_is_known() -> None:
    sizes = {"file_over_widest": 2.04, "file_over_sum": 0.83, "file_bytes": 10}
    known = sizes | {"shipped_over_widest": 1.18, "shipped_over_sum": 0.49}
    whole = f"{FAMILY}: on flash 2.04 times the widest alone, 0.83 times all of them together"
    (part,) = told(level(100, **sizes), level(25, **sizes))[FILES].parts
    assert part == whole
    (part,) = told(level(100, **known), level(25, **known))[FILES].parts
    assert part == f"{whole}; to transfer 1.18 times the widest alone, 0.49 times all of them together"
    (part,) = told(level(100, **sizes | {"file_over_sum": None}))[FILES].parts
    assert part == f"{FAMILY}: on flash 2.04 times the widest alone"
    assert FILES not in told(level(100), level(25))


def test_without_an_evaluation_nothing_is_said() -> None:
    assert told(level(100, top1=None), level(25, top1=None)) == {}


def test_the_summary_shows_the_first_parts() -> None:
    rows = [level(100, arch=f"arch{number}") for number in range(FEW + 2)]
    whole, short = told(*rows)[RANGES], told(*rows, summary=True)[RANGES]
    assert len(whole.parts) == FEW + 2 and short.parts[:FEW] == whole.parts[:FEW]
    assert short.parts[FEW:] == ("and 2 more, see the section on dynamic networks",)
    assert told(*rows[:FEW], summary=True)[RANGES].parts == whole.parts[:FEW]


def test_what_it_takes_that_levels_share_a_process() -> None:
    own = {"profile_runtime": "ai_edge_litert 2.3.0", "profile_machine": "A CPU", "private_bytes": 12_500_000}
    narrow = level(25, first_us=1500.0, switching=1.25, **own)
    point = told(level(100, first_us=4000.0, switching=1.02, **own), narrow)[PROCESS]
    assert point.text.startswith("In these files, whose levels share one process with one thread (A CPU)")
    told_of = (
        "first call 1.50 to 4.00\u00a0ms; after another level 1.02 to 1.25 times; 12.5\u00a0MB (ai_edge_litert 2.3.0)"
    )
    assert point.parts == (f"{FAMILY}: {told_of}",)
    assert PROCESS not in told(level(100), level(25))
