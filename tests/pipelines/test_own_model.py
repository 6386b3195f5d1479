"""The params file that a model of one's own gets, and what planning finds wrong with it."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import workspace
from pipelines.own_model import with_model
from pipelines.plan import expected
from study.errors import StudyError

OWN = workspace.preset("own").read_text()


def params(folder: Path, entry: dict[str, Any], in_parts: bool = True) -> Path:
    values = yaml.safe_load(with_model(OWN, entry, 64, in_parts))
    values["data"] |= {"source": "digits", "path": None}
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    return folder / "params.yaml"


def test_the_preset_with_the_model_in_it_plans_without_a_training(tmp_path: Path) -> None:
    model = tmp_path / "it's mine.keras"
    model.touch()
    labels = ["it's", "a b"]
    entry = {"family": "file", "path": str(model), "input_range": [-1.0, 1.0], "labels": labels}
    plan = yaml.safe_load(expected(params(tmp_path, entry)))
    assert plan["trained"] == {}
    ((name, cell),) = plan["adopted"].items()
    assert (name, cell["path"], cell["family"]) == ("it_s_mine_dense_s0", str(model), "file")
    words = ["--path", str(model), "--input-range", "-1.0", "1.0", "--labels", *labels]
    assert shlex.split(cell["reading"]) == words
    assert {one["method"] for one in plan["compressed"].values()} == {"retrained", "magnitude"}
    assert set(plan["devices"]) == {"host", "rpi4_predicted"}


def test_a_model_that_is_missing_or_a_whole_is_found_when_planning(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="is missing: correct its path"):
        expected(params(tmp_path, {"family": "file", "path": str(tmp_path / "none.keras")}))
    whole = tmp_path / "whole"
    whole.mkdir()
    entry = {"family": "file", "path": str(whole)}
    with pytest.raises(StudyError, match="quantized but not compressed"):
        expected(params(tmp_path, entry))
    assert yaml.safe_load(expected(params(tmp_path, entry, in_parts=False)))["compressed"] == {}


def test_a_model_without_images_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["workspace", "--model", "own.keras", "--out", str(tmp_path / "x")])
    with pytest.raises(StudyError, match="give --data"):
        workspace.main()
    monkeypatch.setattr("sys.argv", ["workspace", "--out", str(tmp_path / "x")])
    with pytest.raises(StudyError, match="give --preset"):
        workspace.main()
