from typing import Any

import pytest

from study.errors import StudyError
from study.manager.measured import QUANTILE, Accuracy, answer_of, profile_of, request
from study.manager.profile import Profile, Setting

ANSWER: dict[str, Any] = {
    "runtime_version": "2.3.0",
    "delegate": "xnnpack",
    "open_ns": 30_000_000,
    "private_bytes": 13_000_000,
    "resident_bytes": None,
    "levels": {
        "w100": {
            "first_ns": 400_000,
            "switched_ns": [130_000, 110_000, 120_000],
            "steady_ns": [100_000, 101_000, 99_000],
        },
        "w50": {"first_ns": 300_000, "switched_ns": [], "steady_ns": [40_000, 41_000, 42_000, 43_000, 44_000]},
    },
}
SETTING = Setting(2, (0, 1))


def profile(accuracies: dict[str, Accuracy]) -> Profile:
    return profile_of(
        [answer_of(ANSWER, SETTING)],
        model_sha256="0" * 64,
        runtime="ai_edge_litert",
        machine="a machine",
        levels=["w100", "w50"],
        accuracies=accuracies,
    )


def test_a_profile_holds_a_stated_quantile_of_calls_in_a_row() -> None:
    found = profile({"w50": Accuracy(0.8, 0.5)})
    wide, narrow = found.entries
    assert QUANTILE == found.quantile == 0.75
    assert (wide.level, wide.setting, wide.microseconds, wide.accuracy) == ("w100", SETTING, 100.5, None)
    assert wide.switching == pytest.approx(1.2) and wide.first_microseconds == 400.0
    assert (narrow.microseconds, narrow.accuracy, narrow.worst_class) == (43.0, 0.8, 0.5)
    assert narrow.switching is None and narrow.millijoules is None
    (opened,) = found.opened
    assert (opened.microseconds, opened.private_bytes, opened.resident_bytes) == (30_000.0, 13_000_000, None)
    assert found.runtime_version == "2.3.0" and opened.delegate == "xnnpack"


def test_an_accuracy_of_an_unknown_level() -> None:
    with pytest.raises(StudyError, match="an accuracy of 'w75', but the file's levels are w100, w50"):
        profile({"w75": Accuracy(0.8, 0.5)})


def test_the_question_is_json() -> None:
    assert request("a.tflite", "0", "tflite_runtime", SETTING, 2.0)["affinity"] == [0, 1]
    assert request("a.tflite", "0", "tflite_runtime", Setting(), 2.0)["affinity"] is None


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"levels": None}, "lack or mistake"),
        ({"levels": {"w100": {"first_ns": 1}}}, "lack or mistake 'switched_ns'"),
        ({"levels": {"w100": {"first_ns": 1, "switched_ns": [], "steady_ns": []}}}, "level w100 has no times"),
        ({"levels": {"w100": {"first_ns": 0, "switched_ns": [], "steady_ns": [1]}}}, "not positive"),
        ({"levels": {"w100": {"first_ns": 1, "switched_ns": [0], "steady_ns": [1]}}}, "not positive"),
        ({"levels": {"w100": {"first_ns": 1, "switched_ns": [], "steady_ns": ["x"]}}}, "lack or mistake"),
        ({"open_ns": "x"}, "lack or mistake"),
        ({"private_bytes": "x"}, "lack or mistake"),
    ],
)
def test_a_foreign_answer_is_one_line(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match="measure again") as raised:
        answer_of(ANSWER | changes, SETTING)
    assert said in str(raised.value)
