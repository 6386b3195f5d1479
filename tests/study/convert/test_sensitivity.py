"""The ranking of layers and the way back to float, with plain functions in the place of converters."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from study.convert.tuned.sensitivity import (
    COUNTS,
    Sensitivity,
    Step,
    choose,
    number_of_steps,
    ranking,
    recovery,
    sensitivities,
    sqnr_db,
)

NAMES = [("stem", "CONV_2D"), ("swish", "HARD_SWISH"), ("dense", "FULLY_CONNECTED")]
NOISE = {"stem": 0.1, "swish": 1.0, "dense": 0.0}
LABELS = np.arange(40) % 4


def quantize(in_float: set[str]) -> bytes:
    """A file that says which layers are int8."""
    return ",".join(name for name, _ in NAMES if name not in in_float).encode()


def logits(tflite: bytes) -> np.ndarray:
    """10 for each label, plus the noise of all int8 layers."""
    noise = sum(NOISE[name] for name in tflite.decode().split(",") if name)
    return 10 * np.eye(4)[LABELS] + noise


def test_definition_of_the_ratio() -> None:
    signal = np.array([[3.0, -4.0]])
    assert sqnr_db(signal, signal * 1.1) == pytest.approx(20)
    assert sqnr_db(signal, signal * 2) == pytest.approx(0)
    assert sqnr_db(signal, -signal * 9) == pytest.approx(-20)


def test_ratio_without_noise_or_without_signal() -> None:
    zeros, ones = np.zeros((2, 3)), np.ones((2, 3))
    assert sqnr_db(ones, ones) == sqnr_db(zeros, zeros) == math.inf
    assert sqnr_db(zeros, ones) == -math.inf


def test_the_ratio_is_computed_in_64_bits() -> None:
    huge = np.full((2, 3), 1e30, np.float32)
    assert sqnr_db(huge, huge * np.float32(1.1)) == pytest.approx(20, abs=1e-3)


def test_each_layer_is_quantized_alone() -> None:
    asked: list[set[str]] = []

    def watched(in_float: set[str]) -> bytes:
        asked.append(in_float)
        return quantize(in_float)

    found = list(sensitivities(NAMES, watched, logits))
    everything = {"stem", "swish", "dense"}
    assert asked == [everything, *(everything - {name} for name, _ in NAMES)]
    assert [(layer.name, layer.kind) for layer in found] == NAMES
    power = 100 / 4
    assert [layer.sqnr_db for layer in found] == [
        pytest.approx(10 * math.log10(power / 0.01)),
        pytest.approx(10 * math.log10(power)),
        math.inf,
    ]


def layers(**ratios: float) -> list[Sensitivity]:
    return [Sensitivity(name, "CONV_2D", ratio) for name, ratio in ratios.items()]


def test_the_noisiest_come_first_and_those_without_noise_not_at_all() -> None:
    found = layers(a=30, b=math.inf, c=-5, d=12, e=-math.inf)
    assert ranking(found, dict.fromkeys("abcde", 0), 0) == ["c", "d", "a"]


def test_equal_ratios_keep_the_order_of_execution() -> None:
    assert ranking(layers(b=1, a=1, c=0), dict.fromkeys("abc", 1), 3) == ["c", "b", "a"]


def test_a_layer_that_is_too_large_is_passed_over() -> None:
    found, sizes = layers(a=1, b=2, c=3, d=4), {"a": 60, "b": 50, "c": 40, "d": 1}
    assert ranking(found, sizes, 100) == ["a", "c"]
    assert ranking(found, sizes, 99) == ["a", "d"]
    assert ranking(found, sizes, 151) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("bytes_", [-1, 0])
def test_without_bytes_only_a_layer_without_weights_fits(bytes_: int) -> None:
    assert ranking(layers(a=1, b=2), {"a": 0, "b": 3}, bytes_) == ([] if bytes_ < 0 else ["a"])


def recovered(worst: list[str], wrong: Callable[[set[str]], int]) -> list[Step]:
    """Steps with files of as many bytes as layers in float, where `wrong` of 40 answers miss."""
    exact = 10 * np.eye(4)[LABELS]

    def answers(tflite: bytes) -> np.ndarray:
        missed = wrong(set(tflite.decode().split()))
        return np.concatenate([np.roll(exact[:missed], 1, 1), exact[missed:]])

    return list(recovery(worst, lambda kept: " ".join(sorted(kept)).encode(), answers, exact, LABELS))


def test_more_and_more_return_to_float() -> None:
    steps = recovered(["a", "b", "c"], lambda kept: 12 - 4 * len(kept))
    assert [step.in_float for step in steps] == [(), ("a",), ("a", "b"), ("a", "b", "c")]
    assert [step.top1 for step in steps] == [0.7, 0.8, 0.9, 1.0]
    assert [step.agreement for step in steps] == [0.7, 0.8, 0.9, 1.0]
    assert [step.file_bytes for step in steps] == [0, 1, 3, 5]


def test_agreement_is_with_the_float_file_not_with_the_labels() -> None:
    elsewhere = 10 * np.eye(4)[(LABELS + 1) % 4]
    (step,) = recovery([], lambda kept: b"", lambda tflite: elsewhere, elsewhere, LABELS)
    assert (step.top1, step.agreement) == (0, 1)


@pytest.mark.parametrize(
    "layers, counts",
    [(0, [0]), (4, [0, 1, 2, 3, 4]), (5, [0, 1, 2, 3, 4, 5]), (7, [0, 1, 2, 3, 4, 6, 7]), (200, list(COUNTS))],
)
def test_the_last_step_has_all_of_them(layers: int, counts: list[int]) -> None:
    steps = recovered([f"layer{number}" for number in range(layers)], lambda kept: 0)
    assert [len(step.in_float) for step in steps] == counts
    assert number_of_steps(layers) == len(counts)


def steps(*top1: float) -> list[Step]:
    return [Step((), value, 1.0, 100) for value in top1]


def test_the_first_step_within_the_budget_is_taken() -> None:
    assert choose(steps(0.70, 0.896, 0.90, 0.91), 0.90, 0.005) == 1
    assert choose(steps(0.91, 0.90), 0.90, 0.0) == 0


def test_else_the_most_accurate_and_of_equal_ones_the_smaller() -> None:
    assert choose(steps(0.70, 0.80, 0.85, 0.85, 0.84), 0.90, 0.005) == 2
