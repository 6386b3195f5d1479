import sys
from pathlib import Path

import pytest
import yaml

from pipelines import plan
from study.errors import StudyError

PRESET = Path(__file__).parents[2] / "pipelines/presets/smoke.yaml"


@pytest.fixture()
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_bytes(PRESET.read_bytes())
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["plan", *arguments])
    plan.main()


def test_writes_the_plan_and_says_what_is_in_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch)
    text = (folder / "plan.yaml").read_text()
    assert text.startswith("# Generated from params.yaml")
    assert text == plan.expected(PRESET)
    assert list(yaml.safe_load(text)) == [
        "dataset",
        "trained",
        "pretrained",
        "adopted",
        "compressed",
        "exported",
        "evaluated",
        "diagnosed",
        "devices",
        "excluded",
    ]
    assert capsys.readouterr().out == "plan.yaml: 2 trained, 8 compressed, 20 exported, devices: 2\n"
    run(monkeypatch)
    assert (folder / "plan.yaml").read_text() == text


def test_check_marks_an_equal_plan(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch)
    run(monkeypatch, "--check", "artifacts/plan.checked")
    assert (folder / "artifacts/plan.checked").exists()


@pytest.mark.parametrize("change", ["missing", "edited", "params"])
def test_check_stops_where_the_two_differ(folder: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    run(monkeypatch)
    if change == "missing":
        (folder / "plan.yaml").unlink()
    elif change == "edited":
        (folder / "plan.yaml").write_text((folder / "plan.yaml").read_text().replace("seed: 0", "seed: 1", 1))
    else:
        values = yaml.safe_load((folder / "params.yaml").read_text())
        values["grid"]["seeds"] = [0, 1]
        (folder / "params.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises(StudyError, match="run `make plan`"):
        run(monkeypatch, "--check", "mark")
    assert not (folder / "mark").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("preset: smoke\n", "no section 'grid'"),
        ("", "no sections"),
        ("- a\n", "no sections"),
        ("a: [", "not valid YAML"),
        ("3: 4\n", "unknown section '3'"),
        ("grids: {}\n", "unknown section 'grids'"),
        ("grid:\n", "params.yaml, grid: must be a mapping"),
    ],
)
def test_a_broken_params_file_is_one_line_and_leaves_the_plan(
    folder: Path, monkeypatch: pytest.MonkeyPatch, change: str, words: str
) -> None:
    (folder / "plan.yaml").write_text("old")
    (folder / "params.yaml").write_text(change)
    with pytest.raises(StudyError) as caught:
        run(monkeypatch)
    assert words in str(caught.value)
    assert (folder / "plan.yaml").read_text() == "old"


@pytest.mark.parametrize("name", ["data", "training", "pruning", "evaluation", "robustness", "latency"])
def test_every_section_is_checked_before_hours_of_training(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    values = yaml.safe_load((folder / "params.yaml").read_text())
    values[name]["nonsense"] = 1
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises(StudyError, match=rf"{name}\.nonsense"):
        run(monkeypatch)


def test_a_wrong_corruption_is_found_before_hours_of_training(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = yaml.safe_load((folder / "params.yaml").read_text())
    values["robustness"]["corruptions"] = ["fog"]
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises(StudyError, match=r"robustness\.corruptions: unknown name 'fog'"):
        run(monkeypatch)
