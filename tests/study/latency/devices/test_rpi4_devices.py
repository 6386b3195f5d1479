from dataclasses import replace
from pathlib import Path

import pytest

from study.errors import StudyError
from study.latency.devices.rpi4 import rpi4_emulated, rpi4_predicted, validation
from study.latency.devices.target import DeviceUnderTest
from study.latency.measurement import FAILED, OK, summarise, to_document
from study.specs.latency import LatencySpec

SPEC = LatencySpec(["ai_edge_litert"], [1], 1, 0.0, 3, 0.0, 1.0, 1)
TARGET = DeviceUnderTest("d")
OWN = replace(
    SPEC, rpi4={"us_per_million_macs": 0.0, "us_per_megabyte": 0.0, "us_per_operator": 5.0, "rates_error_percent": 3.5}
)


@pytest.fixture()
def without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No emulator."""
    monkeypatch.setenv("PI_SYSROOT", str(tmp_path))


@pytest.mark.usefixtures("without")
def test_a_prediction_from_the_file_says_so_and_how_wrong_it_may_be(tiny: dict[str, bytes]) -> None:
    models = {"v": tiny["int8"]}
    begun = rpi4_predicted.prepare(models, SPEC, DeviceUnderTest("rpi4_predicted"))
    ((job, found),) = rpi4_predicted.measure(models, begun, SPEC, TARGET)
    assert (job.runtime, job.threads, job.name) == ("tflite_runtime", 1, "v__tflite_runtime__t1")
    assert (found.kind, found.status, found.rounds) == ("predicted", OK, ())
    assert found.computed["method"] == "from the model file alone"
    assert found.computed["error_percent"] == pytest.approx(100 * validation.file_errors().left_out_mape)
    summary = summarise(to_document(found))
    assert summary["median_us"] == found.computed["median_us"] > 0
    assert summary["n"] == 0 and summary["p90_us"] is None and summary["ci_low_us"] is None


@pytest.mark.usefixtures("without")
def test_constants_of_ones_own_are_used_and_change_the_key(tiny: dict[str, bytes]) -> None:
    models = {"v": tiny["int8"]}
    keys = [next(iter(rpi4_predicted.prepare(models, spec, TARGET).values())).key for spec in (SPEC, OWN)]
    assert keys[0] != keys[1]
    ((_, found),) = rpi4_predicted.measure(models, rpi4_predicted.prepare(models, OWN, TARGET), OWN, TARGET)
    assert found.computed["median_us"] == 5.0 * found.computed["work"]["operators"]
    assert found.computed["error_percent"] == 3.5 and found.computed["calibrated"]


@pytest.mark.usefixtures("without")
def test_what_is_done_is_not_done_again(tiny: dict[str, bytes]) -> None:
    models = {"v": tiny["int8"], "w": tiny["float32"]}
    begun = dict(rpi4_predicted.measure(models, rpi4_predicted.prepare(models, SPEC, TARGET), SPEC, TARGET))
    assert len(begun) == 2
    assert list(rpi4_predicted.measure(models, begun, SPEC, TARGET)) == []


@pytest.mark.usefixtures("without")
def test_a_file_that_cannot_be_read_fails_alone(tiny: dict[str, bytes]) -> None:
    models = {"v": b"nonsense", "w": tiny["float32"]}
    found = dict(rpi4_predicted.measure(models, rpi4_predicted.prepare(models, SPEC, TARGET), SPEC, TARGET))
    assert {job.variant: one.status for job, one in found.items()} == {"v": FAILED, "w": OK}


@pytest.mark.usefixtures("without")
def test_a_wrong_constant_is_named() -> None:
    with pytest.raises(StudyError, match=r"latency\.rpi4\.scale"):
        rpi4_predicted.prepare({}, replace(SPEC, rpi4={"scale": -1.0}), "d")


@pytest.mark.usefixtures("without")
def test_without_the_emulator_nothing_is_emulated() -> None:
    with pytest.raises(StudyError, match="make emulator"):
        rpi4_emulated.prepare({}, SPEC, DeviceUnderTest("rpi4_emulated"))


@pytest.mark.usefixtures("llvm")
def test_with_the_emulator_the_profile_is_predicted_from(tiny: dict[str, bytes], sysroot: Path) -> None:
    models = {"v": tiny["int8"]}
    ((_, found),) = rpi4_predicted.measure(models, rpi4_predicted.prepare(models, SPEC, TARGET), SPEC, TARGET)
    assert found.status == OK, found.flags
    assert found.computed["method"] == "from the emulated profile"
    causes = sum(found.computed["unscaled_us"].values())
    assert found.computed["median_us"] == pytest.approx(causes * validation.profile_errors().scale)


def test_emulated_outputs_are_the_hosts(tiny: dict[str, bytes], sysroot: Path) -> None:
    models = {"float32": tiny["float32"], "int8": tiny["int8"]}
    begun = rpi4_emulated.prepare(models, SPEC, DeviceUnderTest("rpi4_emulated"))
    assert len(begun) == 4  # two interpreters
    for job, found in rpi4_emulated.measure(models, begun, SPEC, TARGET):
        assert found.status == OK, found.flags
        assert found.kind == "emulated" and summarise(to_document(found))["median_us"] is None
        assert found.computed["instructions"] > found.computed["l1_misses"] > found.computed["l2_misses"] > 0
        exact = job.variant == "int8"
        assert found.computed["off_host_percent"] <= (1e-4 if exact else 1e-2), job
        assert found.context["architecture"] == "aarch64"
