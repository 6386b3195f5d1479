from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.params import section
from study.errors import StudyError
from study.specs.evaluation import EvaluationSpec

EVALUATION: dict[str, Any] = {"runtime": "ai_edge_litert", "threads": 1, "batch_size": 64}


@pytest.fixture()
def params(tmp_path: Path) -> Path:
    return tmp_path / "params.yaml"


def refusal(params: Path) -> str:
    with pytest.raises(StudyError) as caught:
        section(params, "evaluation", EvaluationSpec)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_reads_its_own_section_and_nothing_else(params: Path) -> None:
    # A stage must not fail, or run again, over a section that is not its own.
    params.write_text(yaml.safe_dump({"evaluation": EVALUATION, "training": "nonsense", "unheard_of": 1}))
    assert section(params, "evaluation", EvaluationSpec) == EvaluationSpec(**EVALUATION)


@pytest.mark.parametrize("text", ["", "training: {}\n", "- evaluation\n", "evaluation\n", "3\n"])
def test_a_file_without_the_section_is_one_line(params: Path, text: str) -> None:
    params.write_text(text)
    assert refusal(params) == f"{params} has no section 'evaluation': compare it with pipelines/presets/quick.yaml"


@pytest.mark.parametrize("value", [None, [1], "text", 3])
def test_a_section_that_is_no_mapping_is_one_line(params: Path, value: Any) -> None:
    params.write_text(yaml.safe_dump({"evaluation": value}))
    assert refusal(params).startswith("params.yaml, evaluation: must be a mapping")


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"threads": "1"}, "threads"),
        ({"threads": True}, "threads"),
        ({"threads": 0}, "threads"),
        ({"runtime": "onnx"}, "runtime"),
        ({"speed": 9}, "speed"),
    ],
)
def test_a_bad_value_or_key_is_named(params: Path, changed: dict[str, Any], key: str) -> None:
    params.write_text(yaml.safe_dump({"evaluation": EVALUATION | changed}))
    assert refusal(params).startswith(f"params.yaml, evaluation.{key}: ")


def test_a_key_that_stands_outside_its_section_is_missing_inside(params: Path) -> None:
    params.write_text("evaluation:\n  runtime: ai_edge_litert\n  threads: 1\nbatch_size: 64\n")
    assert refusal(params).startswith("params.yaml, evaluation.batch_size: ")


def test_a_missing_or_broken_file_is_one_line(params: Path) -> None:
    assert "is missing" in refusal(params)
    params.write_text("evaluation: {threads: 1\n")
    assert "is not valid YAML" in refusal(params)
