"""Networks that are no better than guessing are named with their counts."""

import synthetic_study as synthetic
from report_topics import tables_of

from study.report.blocks import Point
from study.report.inputs import Inputs
from study.report.topics import accuracy
from study.report.topics.accuracy.chance import no_better_than_guessing
from study.statistics.guessing import better_than_guessing

DENSE = "mobilenet_dense_s0_float32"


def counted(inputs: Inputs, name: str, right: list[tuple[int, int]]) -> Inputs:
    """The study in which a file has so many (n, correct) of each class."""
    per_class = [{"n": n, "correct": correct, "accuracy": correct / n} for n, correct in right]
    return synthetic.evaluated(inputs, name, per_class=per_class)


def study() -> Inputs:
    return synthetic.study(["mobilenet"], images=300)


def told(inputs: Inputs) -> list[Point]:
    return no_better_than_guessing(inputs)


def test_it_names_counts_share_and_p() -> None:
    (point,) = told(counted(study(), DENSE, [(20, 5), (20, 9), (20, 6), (20, 3)]))
    assert point.topic == "No better than guessing"
    assert "is right on 25.00\u00a0% of them. An exact binomial test (one-sided, 5\u00a0%)" in point.text
    assert "weights: imagenet" in point.text
    p = better_than_guessing(23, 80, 0.25)
    assert point.parts == (f"mobilenet: 23 of 80 images right (28.75\u00a0%), p\u00a0=\u00a0{p:.3f}",)


def test_the_bound_is_five_per_cent_of_the_commonest_class() -> None:
    least = next(k for k in range(81) if better_than_guessing(k, 80, 0.25) < 0.05)
    assert not told(counted(study(), DENSE, [(20, 20), (20, least - 20), (20, 0), (20, 0)]))
    assert told(counted(study(), DENSE, [(20, 20), (20, least - 21), (20, 0), (20, 0)]))
    assert told(counted(study(), DENSE, [(70, 70), (5, 0), (5, 1)]))  # 71 of 80 is less than it looks: 70 are one class


def test_only_the_dense_float32_file_is_held_to_it() -> None:
    pruned = "mobilenet_magnitude60_s0_float32"
    for name in ("mobilenet_dense_s0_int8", pruned):
        assert not told(counted(study(), name, [(40, 10), (40, 10)]))


def test_the_report_says_it_right_behind_the_extent() -> None:
    inputs = counted(study(), DENSE, [(40, 10), (40, 10)])
    assert [point.topic for point in accuracy.TOPIC.findings(tables_of(inputs))][:2] == [
        "Extent",
        "No better than guessing",
    ]
    assert "No better than guessing" not in [point.topic for point in accuracy.TOPIC.findings(tables_of(study()))]
