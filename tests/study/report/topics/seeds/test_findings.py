"""Sentences whose unit is the seed: every figure is that of a row, and what is not testable is said to be so."""

from typing import Any

import pandas as pd
import pytest

from study.report.blocks import Point
from study.report.inputs import Inputs
from study.report.tables import Tables
from study.report.topics.seeds import findings
from study.report.topics.seeds.changes import COLUMNS, PLACE
from study.report.topics.seeds.retraining import RETRAINING
from study.report.treatments import KEYS
from study.statistics.seeds import NO_VARIANCE, TESTED, TOO_FEW

ORDINARY = {"level": "serving_default", "quantization": "int8"}
PRUNED = {"arch": "mobilenet", "method": "magnitude", "amount": 60.0, **ORDINARY}
DENSE = {"arch": "mobilenet", "method": "dense", "amount": 0.0, **ORDINARY}


def whole(treatment: dict[str, Any], delta: float, **changes: Any) -> dict[str, Any]:
    """All classes of a treatment together."""
    ends = {"ci_low_pp": delta - 1, "ci_high_pp": delta + 1, "p_value": 0.01}
    return treatment | {"class": None, "seeds": 5, "collapsed_seeds": 0, "delta_pp": delta} | ends | changes


def single(treatment: dict[str, Any], name: str, delta: float, place: float, **changes: Any) -> dict[str, Any]:
    """A class of a treatment; changes and places beyond 5 points are significant."""
    row = treatment | {"class": name, "seeds": 5, "collapsed_seeds": 0, "outcome": TESTED}
    for which, prefix, value in (("delta_pp", "", delta), ("shifted_pp", "shifted_", place)):
        ends = {"ci_low_pp": value - 1, "ci_high_pp": value + 1}
        if prefix:
            ends = {"shifted_low_pp": value - 1, "shifted_high_pp": value + 1}
        sure = abs(value) > 5
        tests = {"p_value": 0.5, "p_adjusted": 0.004 if sure else 1.0, "significant": sure}
        row |= {which: value} | ends | {f"{prefix}{key}": one for key, one in tests.items()}
    return row | changes


def untested(treatment: dict[str, Any], outcome: str, seeds: int) -> dict[str, Any]:
    return treatment | {"class": "cat", "seeds": seeds, "collapsed_seeds": 0, "delta_pp": -9.0, "outcome": outcome}


def told(rows: list[dict[str, Any]], retraining: list[dict[str, Any]] | None = None) -> dict[str, Point]:
    columns = [*KEYS, *COLUMNS, *PLACE]
    makers = {
        "seeds": lambda _: pd.DataFrame([[row.get(key) for key in columns] for row in rows], columns=columns),
        "retraining": lambda _: pd.DataFrame(retraining or [], columns=[*KEYS, *RETRAINING]),
    }
    return {one.topic: one for one in findings(Tables(Inputs("full", {"classes": ["cat"]}, ()), makers))}


def test_the_costliest_treatments_are_told_with_students_interval() -> None:
    point = told([whole(DENSE, -1.0), whole(PRUNED, -4.0)])["Over seeds"]
    assert point.text.endswith("with Student\u2019s interval, costliest first:")
    assert point.parts == (
        "mobilenet \u00b7 magnitude 60\u00a0% \u00b7 int8, over 5 seeds: \u22124.00 points (95\u00a0% \u22125.00 to "
        "\u22123.00)",
        "mobilenet \u00b7 dense \u00b7 int8, over 5 seeds: \u22121.00 points (95\u00a0% \u22122.00 to +0.00)",
    )


def test_of_many_treatments_five_are_told() -> None:
    rows = [whole(PRUNED | {"amount": float(amount)}, -amount / 10) for amount in range(10, 80, 10)]
    point = told(rows)["Over seeds"]
    assert point.text.endswith("; the 5 costliest of 7:")
    assert [part.split("\u00b7")[1] for part in point.parts] == [
        f" magnitude {a}\u00a0% " for a in (70, 60, 50, 40, 30)
    ]


def test_collapsed_seeds_and_a_change_without_spread_are_said() -> None:
    rows = [whole(PRUNED, -4.0, seeds=4, collapsed_seeds=1), whole(DENSE, -1.0, ci_low_pp=None, ci_high_pp=None)]
    first, second = told(rows)["Over seeds"].parts
    assert "int8, over 4 seeds, 1 collapsed left out: \u22124.00 points" in first
    assert second.endswith("over 5 seeds: \u22121.00 points in every seed")


def test_classes_that_are_harmed_gain_and_leave_their_place_are_counted_and_named() -> None:
    rows = [
        single(PRUNED, "cat", -9.0, -7.0),
        single(PRUNED, "dog", -6.0, -1.0),
        single(PRUNED, "ship", 1.0, 6.0),
        single(DENSE, "cat", 8.0, 2.0),
        single(DENSE, "dog", -2.0, 0.0),
    ]
    point = told(rows)["Which classes pay"]
    assert point.text == (
        "Over 5 seeds or more, 2 treatments could be tested: 2 of 5 classes are harmed by compression and 1 gain; 1 "
        "lose more than the average class of their network and 1 less (paired over seeds, moderated t, Holm over all "
        "10 tests, level 0.05)."
    )
    name = "in mobilenet \u00b7 magnitude 60\u00a0% \u00b7 int8, over 5 seeds:"
    assert [part.split("points")[0] for part in point.parts] == [
        f"\u201ccat\u201d {name} \u22129.00 ",
        f"\u201cdog\u201d {name} \u22126.00 ",
        f"\u201ccat\u201d {name} \u22127.00 ",
    ]
    assert "against the average of its classes" in point.parts[2] and "average" not in point.parts[0]
    assert all(part.endswith("adjusted p\u00a0=\u00a00.004") for part in point.parts)


def test_treatments_that_cannot_be_tested_are_counted_with_the_reason() -> None:
    rows = [single(PRUNED, "cat", -9.0, -7.0), untested(DENSE, TOO_FEW, 4)]
    rows += [untested(PRUNED | {"amount": 90.0}, NO_VARIANCE, 5)]
    text = told(rows)["Which classes pay"].text
    assert "1 treatment could be tested: 1 of 1 classes is harmed" in text
    assert text.endswith(
        " 1 more treatment is not testable: fewer than 5 seeds that hold. 1 more treatment is not testable: the same "
        "change in every seed."
    )


@pytest.mark.parametrize("rows", [[], [untested(DENSE, TOO_FEW, 4)]])
def test_without_five_seeds_nothing_is_claimed(rows: list[dict[str, Any]]) -> None:
    point = told(rows)["Which classes pay"]
    assert point.parts == () and point.text == (
        "Whether a compression harms a class of networks trained anew is not testable here: that takes 5 seeds of a "
        "treatment and of its equally trained float32 network."
    )


def test_flips_of_compression_stand_beside_those_of_retraining() -> None:
    def flips(treatment: dict[str, Any], own: float, base: float) -> dict[str, Any]:
        return treatment | {"compression_flip_rate": own, "base_retrain_flip_rate": base}

    text = told([], [flips(DENSE, 0.05, 0.2), flips(PRUNED, 0.3, 0.2)])["Compression beside retraining"].text
    assert (
        "changes the answer on 20.00\u00a0% (mobilenet \u00b7 dense), 20.00\u00a0% (mobilenet \u00b7 retrained) of the "
        "test images. 1 of 2 compressed treatments is at" in text
    )
    assert text.endswith("Most flips: mobilenet \u00b7 magnitude 60\u00a0% \u00b7 int8, 30.00\u00a0%.")
    assert "Compression beside retraining" not in told([])
