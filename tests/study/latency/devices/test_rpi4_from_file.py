import pytest

from study.errors import StudyError
from study.latency.devices.rpi4.from_file import Rates, Work, fit, predict, work
from study.tflite.facts import read

MODELS = [
    Work(10_000_000, 3_000_000, 30),
    Work(2_000_000, 9_000_000, 60),
    Work(5_000_000, 1_000_000, 200),
    Work(7_000_000, 5_000_000, 100),
]


def test_the_sum_of_three() -> None:
    assert predict(Work(2_000_000, 3_000_000, 4), Rates(100.0, 10.0, 1.0)) == pytest.approx(200 + 30 + 4)


def test_rates_are_found_again() -> None:
    rates = Rates(250.0, 300.0, 12.0)
    found = fit(MODELS, [predict(one, rates) for one in MODELS])
    assert vars(found) == pytest.approx(vars(rates))


def test_no_rate_is_below_zero() -> None:
    found = fit(MODELS, [1000.0, 10.0, 800.0, 500.0])
    assert min(vars(found).values()) >= 0


@pytest.mark.parametrize("times", [[1.0, 2.0], [1.0, 2.0, 0.0, 4.0], [1.0, 2.0, 3.0, -4.0]])
def test_what_cannot_be_fitted(times: list[float]) -> None:
    with pytest.raises(StudyError, match="at least three"):
        fit(MODELS[: len(times)], times)


def test_work_is_that_of_the_file(tiny: dict[str, bytes]) -> None:
    for model in (tiny["float32"], tiny["int8"]):
        summary = read(model)
        found = work(model)
        assert (found.macs, found.weight_bytes) == (summary.level().macs, summary.level().weight_bytes)
        assert found.operators >= len(summary.ops)
    assert work(tiny["int8"]).weight_bytes < work(tiny["float32"]).weight_bytes


def test_a_stranger_is_refused() -> None:
    with pytest.raises(StudyError):
        work(b"not a model")
