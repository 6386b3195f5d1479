from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from study.errors import StudyError
from study.latency.devices.rpi4 import rpi4_emulated, rpi4_predicted, validation
from study.latency.devices.rpi4.label import FILE, PROFILE, errors, left_out_percent
from study.latency.devices.target import DeviceUnderTest
from study.latency.measurement import FAILED, OK, summarise, to_document
from study.specs.latency import LatencySpec

SPEC = LatencySpec(["ai_edge_litert"], [1], 1, 0.0, 3, 0.0, 1.0, 1)
TARGET = DeviceUnderTest("d")
OWN = replace(
    SPEC,
    rpi4={
        "us_per_million_macs": 0.0,
        "us_per_megabyte": 0.0,
        "us_per_operator": 5.0,
        "rates_error_percent": {"int8": 3.5},
    },
)


@pytest.fixture()
def without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No emulator."""
    monkeypatch.setenv("PI_SYSROOT", str(tmp_path))


@pytest.mark.usefixtures("without")
def test_a_prediction_from_the_file_says_so_and_which_rates_it_has(tiny: dict[str, bytes]) -> None:
    models = {"v": tiny["int8"]}
    begun = rpi4_predicted.prepare(models, SPEC, DeviceUnderTest("rpi4_predicted"))
    ((job, found),) = rpi4_predicted.measure(models, begun, SPEC, TARGET)
    assert (job.runtime, job.threads, job.name) == ("tflite_runtime", 1, "v__tflite_runtime__t1")
    assert (found.kind, found.status, found.rounds) == ("predicted", OK, ())
    assert found.computed["method"] == "from the model file alone"
    assert found.computed["rates"] == vars(validation.file_rates()) and not found.computed["calibrated"]
    document = to_document(found)
    assert left_out_percent("int8", document) == errors(FILE)["int8"].mean
    assert left_out_percent("int8, pruned", document) is None
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
    assert found.computed["left_out_percent"] == {"int8": 3.5} and found.computed["calibrated"]
    assert left_out_percent("int8", to_document(found)) == 3.5
    assert left_out_percent("float32", to_document(found)) is None


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
@pytest.mark.parametrize(
    ("constants", "key"),
    [
        ({"scale": -1.0}, "scale"),
        ({"scale": 1.0, "scale_error_percent": 15.6}, "scale_error_percent"),  # one figure for all kinds
        ({"rates_error_percent": {"int8": -1.0}}, r"rates_error_percent\.int8"),
    ],
)
def test_a_wrong_constant_is_named(constants: dict[str, Any], key: str) -> None:
    with pytest.raises(StudyError, match=rf"latency\.rpi4\.{key}: "):
        rpi4_predicted.prepare({}, replace(SPEC, rpi4=constants), TARGET)


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
    assert found.computed["counts"]["cleared_lines"] > 0  # counted, as the error is
    assert left_out_percent("int8", to_document(found)) == errors(PROFILE)["int8"].mean


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
