"""The robustness stage: what it writes, what it keeps, what makes it evaluate again, and how it fails."""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import commands
import numpy as np
import plans
import pytest
import yaml

from pipelines import files, predict, robustness
from study.data.corrupted import images_of, subset
from study.errors import StudyError
from study.tasks import metrics
from study.tasks.robustness import CLEAN, Setting, decoded

CLASSES = ["ant", "bee", "<b>cow", "dog"]
MODELS = {"v": "float32", "w": "int8"}
Run = Callable[..., str]


@pytest.fixture()
def study(tmp_path: Path, tiny_folder: Path) -> Path:
    return made(tmp_path, tiny_folder)


def made(tmp_path: Path, tiny_folder: Path) -> Path:
    (tmp_path / "tflite").mkdir()
    for variant, model in MODELS.items():
        shutil.copyfile(tiny_folder / f"{model}.tflite", tmp_path / "tflite" / f"{variant}.tflite")
    rng = np.random.default_rng(0)
    files.write_npz(
        tmp_path / "test.npz",
        images=rng.integers(0, 256, (90, 16, 16, 3)).astype(np.uint8),
        labels=rng.permutation(np.arange(90) % 4),
    )
    files.write_json(tmp_path / "card.json", {"classes": CLASSES, "fingerprint": "f" * 64})
    plan(tmp_path, *MODELS)
    ask(tmp_path)
    return tmp_path


def plan(study: Path, *variants: str) -> None:
    (study / "plan.yaml").write_text(yaml.safe_dump(plans.tables(variants)))


def ask(study: Path, *corruptions: str, severities: tuple[int, ...] = (1, 5), images: int = 40, **changes: Any) -> None:
    spec = {
        "corruptions": list(corruptions or ("gaussian_noise", "contrast")),
        "severities": list(severities),
        "images": images,
    } | changes
    evaluation = {"runtime": "ai_edge_litert", "threads": 1, "batch_size": 64}
    (study / "params.yaml").write_text(yaml.safe_dump({"robustness": spec, "evaluation": evaluation}))


def arguments(study: Path) -> list[str]:
    named = {
        "plan": "plan.yaml",
        "params": "params.yaml",
        "card": "card.json",
        "data": "test.npz",
        "tflite": "tflite",
        "out": "out",
    }
    return [part for name, path in named.items() for part in (f"--{name}", str(study / path))]


@pytest.fixture()
def run(study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def once(*more: str) -> str:
        monkeypatch.setattr(sys, "argv", ["robustness", *arguments(study), "--jobs", "1", *more])
        robustness.main()
        return capsys.readouterr().out

    return once


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Path:
    """What one run leaves behind."""
    folder = made(tmp_path_factory.mktemp("finished"), tiny_folder)
    assert commands.outcome(robustness, *arguments(folder), "--jobs", "1").returncode == 0
    return folder / "out"


@pytest.fixture()
def run_before(study: Path, finished: Path) -> None:
    """The study as after that run; its files are the same."""
    shutil.copytree(finished, study / "out")


def entry(study: Path, variant: str) -> Any:
    return json.loads((study / "out" / f"{variant}.json").read_text())


def content(study: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((study / "out").iterdir())}


def test_each_file_answers_the_same_corrupted_images(study: Path, run: Run) -> None:
    assert run().startswith("robustness: 10 of 10 results made, the others were up to date (2 files, 5 sets of 40 im")
    data = files.read_npz(study / "test.npz")
    chosen = subset(data["labels"], 40)
    for variant in MODELS:
        path, found = study / "tflite" / f"{variant}.tflite", entry(study, variant)
        about = {
            "variant": variant,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "images": 40,
            "data_fingerprint": "f" * 64,
            "runtime": "ai_edge_litert",
            "batch_size": 64,
        }
        assert about.items() <= found.items()
        settings = [Setting(one["corruption"], one["severity"]) for one in found["results"]]
        assert settings == [
            CLEAN,
            *(
                Setting(*one)
                for one in (("gaussian_noise", 1), ("gaussian_noise", 5), ("contrast", 1), ("contrast", 5))
            ),
        ]
        last = found["results"][-1]
        files.write_npz(
            study / "known.npz", images=images_of(data["images"], chosen, settings[-1]), labels=data["labels"][chosen]
        )
        known = predict.run(str(path), str(study / "known.npz"), "ai_edge_litert", 1, 64)
        right, labels = decoded(last)
        assert np.array_equal(right, metrics.correct(known["logits"], known["labels"]))
        assert np.array_equal(labels, data["labels"][chosen])
        assert last["top1"] == right.mean()
        assert [one["class"] for one in last["per_class"]] == CLASSES
    probes = [[one["probe"] for one in entry(study, variant)["results"]] for variant in MODELS]
    assert probes[0] == probes[1] and len(set(probes[0])) == 5


def test_what_is_done_is_not_done_again_and_chunks_change_nothing(
    study: Path, run_before: None, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(study)
    assert run().startswith("robustness: 0 of 10 ")
    assert content(study) == before
    shutil.rmtree(study / "out")
    monkeypatch.setattr(robustness, "CHUNK_BYTES", 1)
    run("--jobs", "2")
    assert content(study) == before


def test_a_further_corruption_is_added_and_a_dropped_one_stays(study: Path, run: Run) -> None:
    ask(study, "contrast")
    run()
    before = entry(study, "v")["results"]
    ask(study, "gaussian_noise", severities=(5,))
    assert run().startswith("robustness: 2 of 4 ")
    after = entry(study, "v")["results"]
    assert [one for one in after if one in before] == before
    assert [(one["corruption"], one["severity"]) for one in after] == [
        ("clean", 0),
        ("gaussian_noise", 5),
        ("contrast", 1),
        ("contrast", 5),
    ]


def test_no_corruption_is_nothing_to_do_at_once(study: Path, run: Run) -> None:
    ask(study, corruptions=[])
    (study / "test.npz").unlink()
    shutil.rmtree(study / "tflite")
    assert run().startswith("robustness: nothing to do")
    assert content(study) == {}


def other_file(study: Path) -> None:
    path = study / "tflite" / "v.tflite"
    path.write_bytes(path.read_bytes() + b"\0" * 16)


def other_images(study: Path) -> None:
    ask(study, images=36)


def other_data(study: Path) -> None:
    files.write_json(study / "card.json", {"classes": CLASSES, "fingerprint": "e" * 64})


@pytest.mark.parametrize(("change", "again"), [(other_file, 5), (other_images, 10), (other_data, 10)])
def test_another_file_subset_or_data_set_counts(
    study: Path, run_before: None, run: Run, change: Callable[[Path], None], again: int
) -> None:
    before = content(study)
    change(study)
    assert run().startswith(f"robustness: {again} of 10 ")
    assert content(study)["v.json"] != before["v.json"]
    assert (content(study)["w.json"] == before["w.json"]) == (again == 5)


def test_other_corrupted_images_count(study: Path, run_before: None, run: Run) -> None:
    before, found = content(study), entry(study, "v")
    found["results"][1]["probe"] = "0" * 64
    files.write_json(study / "out" / "v.json", found)
    assert run().startswith("robustness: 1 of 10 ")
    assert content(study) == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:300],
        lambda text: "[1, 2]",
        lambda text: text.replace('"correct": "', '"correct": "A'),
        lambda text: text.replace('"top1": ', '"top1": 1'),
        lambda text: text.replace('"results"', '"result"'),
    ],
)
def test_a_damaged_entry_is_made_again(study: Path, run_before: None, run: Run, damage: Callable[[str], str]) -> None:
    before = content(study)
    path = study / "out" / "v.json"
    path.write_text(damage(path.read_text()))
    assert path.read_bytes() != before["v.json"]
    assert run().startswith("robustness: 5 of 10 ")
    assert content(study) == before


def test_a_variant_that_left_the_plan_is_not_touched(study: Path, run_before: None, run: Run) -> None:
    before = content(study)
    plan(study, "w")
    (study / "tflite" / "v.tflite").unlink()
    assert run().startswith("robustness: 0 of 5 ")
    assert content(study) == before


def test_a_model_that_fails_is_named_and_what_is_finished_stays(study: Path, run: Run) -> None:
    (study / "tflite" / "w.tflite").write_bytes(b"no model")
    with pytest.raises(StudyError, match=r"w\.tflite: ") as error:
        run()
    assert "\n" not in str(error.value)
    assert list(content(study)) == ["v.json"]
    assert len(entry(study, "v")["results"]) == 5


def test_each_level_of_a_file_is_evaluated(study: Path, tiny_folder: Path, run: Run) -> None:
    for name in ("levels_full_half", "levels_half"):
        shutil.copy(tiny_folder / f"{name}.tflite", study / f"tflite/{name}.tflite")
    tables = plans.tables(["levels_half"], "levels_full_half", ["full", "half"])
    (study / "plan.yaml").write_text(yaml.safe_dump(tables))
    assert run().startswith("robustness: 15 of 15 results made")
    level, alone = entry(study, "levels_full_half_half"), entry(study, "levels_half")
    assert (level["signature"], "signature" in alone) == ("half", False)
    assert level["results"] == alone["results"] != entry(study, "levels_full_half_full")["results"]
    assert run().startswith("robustness: 0 of 15 results made")


def test_other_classes_than_the_models_are_refused(study: Path, run: Run) -> None:
    files.write_json(study / "card.json", {"classes": [*CLASSES, "eel"], "fingerprint": "f" * 64})
    with pytest.raises(StudyError, match=r"v\.tflite, clean 0: the model has 4 outputs and the data 5 classes"):
        run()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"corruptions": ["fog"]},
            "robustness.corruptions: 'fog' is unknown or stands twice: choose from gaussian_noise",
        ),
        ({"corruptions": ["contrast", "contrast"]}, "'contrast' is unknown or stands twice"),
        ({"severities": [6]}, "params.yaml, robustness.severities.0: "),
        ({"severities": []}, "params.yaml, robustness.severities: "),
        ({"severities": [1, 1]}, "a severity stands twice"),
        ({"images": 0}, "params.yaml, robustness.images: "),
    ],
)
def test_mistakes_in_params_are_one_line(study: Path, run: Run, changes: dict[str, Any], said: str) -> None:
    ask(study, **changes)
    with pytest.raises(StudyError) as error:
        run()
    assert said in str(error.value) and "\n" not in str(error.value)
    assert not (study / "out").exists()


def test_mistakes_on_the_command_line_are_one_line(study: Path) -> None:
    plan(study, "v", "absent")
    for more, said in ((["--jobs", "0"], "--jobs is 0"), ([], "absent.tflite is missing")):
        done = commands.outcome(robustness, *arguments(study), *more)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith("error: ") and said in done.stderr
