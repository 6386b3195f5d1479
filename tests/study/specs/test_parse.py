from dataclasses import FrozenInstanceError, asdict
from typing import Any

import pytest

from study.errors import StudyError
from study.specs.data import DataSpec
from study.specs.latency import LatencySpec
from study.specs.parse import parse
from study.specs.pruning import PruningSpec

PRUNING: dict[str, Any] = {"epochs": 2, "learning_rate": 0.001, "ramp": 0.5, "frequency": 10}
LATENCY: dict[str, Any] = {
    "runtimes": ["ai_edge_litert"],
    "threads": [1, "all"],
    "warmup_runs": 1,
    "warmup_seconds": 0,
    "runs": 3,
    "seconds": 0.0,
    "max_seconds": 1,
    "rounds": 1,
    "rpi4": None,
}
DATA: dict[str, Any] = {
    "source": "digits",
    "path": None,
    "image_size": 32,
    "train_limit": None,
    "test_limit": 1,
    "validation_fraction": 0.1,
    "calibration_images": 1,
    "seed": 0,
}


def refusal(cls: type, values: Any, section: str) -> str:
    with pytest.raises(StudyError) as caught:
        parse(cls, values, section)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("cls", "values"), [(PruningSpec, PRUNING), (LatencySpec, LATENCY), (DataSpec, DATA)])
def test_values_arrive_unchanged_and_stay(cls: type, values: dict[str, Any]) -> None:
    spec: Any = parse(cls, values, "any")
    assert {key: asdict(spec)[key] for key in values} == values
    with pytest.raises(FrozenInstanceError):
        setattr(spec, next(iter(values)), 1)


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": "3"}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"epochs": 2.5}, "epochs"),
        ({"epochs": None}, "epochs"),
        ({"ramp": 0}, "ramp"),
        ({"ramp": 1}, "ramp"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": "1e-3"}, "learning_rate"),
        ({"speed": 1}, "speed"),
        ({3: 1}, "3"),
    ],
)
def test_a_bad_value_or_key_is_named(changed: dict[Any, Any], key: str) -> None:
    assert refusal(PruningSpec, PRUNING | changed, "pruning").startswith(f"params.yaml, pruning.{key}: ")


@pytest.mark.parametrize("name", list(PRUNING))
def test_a_missing_key_is_named(name: str) -> None:
    values = {key: value for key, value in PRUNING.items() if key != name}
    assert refusal(PruningSpec, values, "pruning").startswith(f"params.yaml, pruning.{name}: ")


@pytest.mark.parametrize(
    ("cls", "values", "key"),
    [
        (LatencySpec, LATENCY | {"threads": [1, 0]}, "latency.threads.1"),
        (LatencySpec, LATENCY | {"threads": []}, "latency.threads"),
        (LatencySpec, LATENCY | {"runtimes": ["onnx"]}, "latency.runtimes.0"),
        (DataSpec, DATA | {"source": "imagenet"}, "data.source"),
        (DataSpec, DATA | {"validation_fraction": 1.0}, "data.validation_fraction"),
        (DataSpec, DATA | {"train_limit": 0}, "data.train_limit"),
    ],
)
def test_the_place_in_a_list_is_named(cls: type, values: dict[str, Any], key: str) -> None:
    assert f"params.yaml, {key}" in refusal(cls, values, key.split(".")[0])


@pytest.mark.parametrize("values", [None, [], 3, "text"])
def test_a_section_that_is_no_mapping_is_named(values: Any) -> None:
    assert refusal(PruningSpec, values, "pruning").startswith("params.yaml, pruning: must be a mapping")


def test_a_long_value_does_not_flood_the_line() -> None:
    assert len(refusal(PruningSpec, PRUNING | {"epochs": "x" * 10_000}, "pruning")) < 250
