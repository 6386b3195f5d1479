"""Joules from power samples, and how answers of two machines are compared."""

import base64
from typing import Any

import numpy as np
import pytest

from study.latency.devices.remote.agreement import agreement, comparable, on_this_machine, outputs, question
from study.latency.devices.remote.energy import energy
from study.latency.devices.remote.meter_script import rails
from study.latency.devices.remote.session import QUICK
from study.latency.faults import RoundFault
from study.tflite.facts import read
from study.tflite.run import predict

SECOND = 10**9
IMAGES = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)


def test_joules_are_power_times_time_over_inferences() -> None:
    answer = {"invoke_window_ns": [10 * SECOND, 12 * SECOND], "invoke_ns": [1] * 100}
    inside = [[int((10 + 0.1 * n) * SECOND), 4.0 + n % 2] for n in range(20)]
    found = energy(answer, [[9 * SECOND, 50.0], *inside, [13 * SECOND, 90.0]])
    assert found == {"joules": pytest.approx(4.5 * 2 / 100), "watts": 4.5, "n": 20}


@pytest.mark.parametrize(
    "answer, samples",
    [
        ({}, []),
        ({"invoke_window_ns": [0, SECOND], "invoke_ns": [1]}, [[n, 1.0] for n in range(4)]),
        ({"invoke_window_ns": [0, SECOND], "invoke_ns": [1]}, [[n, -1.0] for n in range(40)]),
        ({"invoke_window_ns": [0, SECOND], "invoke_ns": []}, [[n, 1.0] for n in range(40)]),
        ({"invoke_window_ns": [0, SECOND], "invoke_ns": [1]}, ["garbage"]),
    ],
)
def test_too_little_is_no_figure(answer: dict[str, Any], samples: list[Any]) -> None:
    assert energy(answer, samples) is None


def test_power_of_a_raspberry_pi_5() -> None:
    text = (
        "   3V7_WL_SW_A current(0)=0.10000000A\n   VDD_CORE_A current(7)=2.00000000A\n"
        "   3V7_WL_SW_V volt(8)=3.50000000V\n   VDD_CORE_V volt(15)=0.75000000V\n"
        "   EXT5V_V volt(24)=5.10000000V\n   BATT_V volt(25)=0.00000000V\n"
    )
    assert rails(text) == pytest.approx(0.35 + 1.5)


@pytest.mark.parametrize("scheme", ["float32", "int8", "int8_full", "dynamic"])
def test_the_script_answers_as_the_evaluation_does(tiny: dict[str, bytes], scheme: str) -> None:
    level = read(tiny[scheme]).level()
    assert comparable(level, IMAGES)
    found = on_this_machine(tiny[scheme], "ai_edge_litert", None, level, IMAGES, QUICK)
    assert found is not None and np.array_equal(found, predict(tiny[scheme], IMAGES, batch_size=1).logits)
    assert len(np.unique(found.argmax(1))) > 1 or len(np.unique(found, axis=0)) > 1  # not one answer for all


def test_what_cannot_be_compared(tiny: dict[str, bytes]) -> None:
    assert not comparable(read(tiny["float32"]).level(), IMAGES[:0]) and not comparable(
        read(tiny["float32"]).level(), IMAGES[:, 1:]
    )


def test_agreement_by_hand() -> None:
    here = np.array([[1, 2, 3], [3, 2, 1], [0, 5, 0]], np.float32)
    there = here.copy()
    assert agreement(here, there) == {"images": 3, "same": 3, "largest": 0.0, "identical": True}
    there[1] = [1, 2, 1]
    assert agreement(here, there) == {"images": 3, "same": 2, "largest": 2.0, "identical": False}


def test_equal_logits_are_decided_alike() -> None:
    tie = np.ones((50, 4), np.float32)
    assert agreement(tie, tie + 1)["same"] == 50


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"outputs": None},
        {"outputs": "***"},
        {"outputs": ""},
        {"outputs": base64.b64encode(bytes(7)).decode()},
        {"outputs": base64.b64encode(bytes(8 * 3 * 4)).decode()},
    ],
)
def test_answers_that_are_none_are_refused(tiny: dict[str, bytes], answer: dict[str, Any]) -> None:
    with pytest.raises(RoundFault):
        outputs(answer, read(tiny["float32"]).level(), len(IMAGES), "pi")


def test_the_table_is_the_input_contract(tiny: dict[str, bytes]) -> None:
    asked = question(read(tiny["float32"]).level(), IMAGES, "p")
    assert (asked["table"][0], asked["table"][255], asked["shape"]) == (-1.0, 1.0, [8, 16, 16, 3])
