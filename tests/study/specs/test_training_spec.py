"""Options of section `training`: off where they are not named, and bounded."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from study.errors import StudyError
from study.specs.parse import parse
from study.specs.training import TrainingSpec

PRESETS = sorted((Path(__file__).parents[3] / "pipelines/presets").glob("*.yaml"))
OFF: dict[str, Any] = {"cutout": 0, "erasing": 0.0, "randaugment": 0, "mixup": 0.0, "cutmix": 0.0, "average": 0.0}
LEAST: dict[str, Any] = {
    "epochs": 1,
    "batch_size": 2,
    "learning_rate": 0.001,
    "warmup_epochs": 0.0,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "clip_norm": 1.0,
    "batch_norm_momentum": 0.9,
    "shift": 0,
    "flip": False,
}


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_presets_parse_as_they_stand(path: Path) -> None:
    values = yaml.safe_load(path.read_text())["training"]
    spec = parse(TrainingSpec, values, "training")
    assert asdict(spec) == asdict(spec) | OFF | values


def test_a_section_without_options_has_them_off() -> None:
    found = asdict(parse(TrainingSpec, LEAST, "training"))
    assert found == found | OFF and LEAST.keys() < found.keys()


@pytest.mark.parametrize(
    "key, value",
    [
        ("cutout", 1),
        ("erasing", 1.0),
        ("randaugment", 8),
        ("randaugment_magnitude", 0.0),
        ("randaugment_magnitude", 10),
        ("randaugment_kinds", "geometric"),
        ("randaugment_kinds", "colour"),
        ("mixup", 10.0),
        ("cutmix", 10.0),
        ("mixed", 0.0),
        ("mixed", 1.0),
        ("average", 0.9999),
    ],
)
def test_a_value_at_its_bound_is_taken(key: str, value: Any) -> None:
    assert asdict(parse(TrainingSpec, LEAST | {key: value}, "training"))[key] == value


@pytest.mark.parametrize(
    "key, value",
    [
        ("cutout", -1),
        ("cutout", 8.5),
        ("erasing", -0.1),
        ("erasing", 1.1),
        ("randaugment", -1),
        ("randaugment", 9),
        ("randaugment", True),
        ("randaugment_magnitude", -1.0),
        ("randaugment_magnitude", 10.5),
        ("randaugment_kinds", "color"),
        ("mixup", -0.1),
        ("mixup", 10.1),
        ("mixup", float("nan")),
        ("cutmix", -1.0),
        ("cutmix", float("inf")),
        ("mixed", 1.01),
        ("average", 1.0),
        ("average", -0.5),
        ("average", "0.99"),
    ],
)
def test_a_value_beyond_it_is_refused_in_one_line(key: str, value: Any) -> None:
    with pytest.raises(StudyError) as caught:
        parse(TrainingSpec, LEAST | {key: value}, "training")
    assert str(caught.value).startswith(f"params.yaml, training.{key}: ") and "\n" not in str(caught.value)
