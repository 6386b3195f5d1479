"""A study in a folder of its own, so that the checkout stays as it is (params, plan, reports): `make demo`, own images.

    python -m pipelines.workspace --preset own --data images/ --out ../my-study

writes the params file of the preset with these images in it, the plan and the code, and says how to start it. With
`--model my_model.keras` a trained network of one's own takes the place of the preset's. Once there, a params file of
one's own images is never written again: it may have been edited.
"""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from pipelines import cli, own_model
from pipelines.files import read_yaml, write_bytes
from pipelines.plan import expected
from study.data.sources import SOURCES
from study.errors import StudyError, nearest
from study.registry import load

ROOT = Path(__file__).resolve().parents[1]
CODE = ("study", "pipelines", "dvc.yaml", ".dvc/plots", ".dvcignore", "constraints.txt")


def main() -> None:
    """Create the folder, or bring an earlier one up to date: what it has computed is used again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", help="own is the smallest, and the one with --model; its file explains the grid")
    parser.add_argument("--data", type=Path, help="images of one's own: a folder or zip")
    parser.add_argument("--model", type=Path, help="a trained network: .keras, .h5 or a SavedModel folder")
    parser.add_argument("--input-range", type=float, nargs=2, metavar=("LOW", "HIGH"), help="of --model; see params")
    parser.add_argument("--labels", nargs="+", metavar="CLASS", help="classes in the order of the outputs of --model")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.model is None and options.preset is None:
        raise StudyError("give --preset, or --model with --data: python -m pipelines.workspace --help")
    if options.model is not None and options.data is None:
        raise StudyError("--model needs images to compress and evaluate it on: give --data a folder or zip")
    chosen = preset(options.preset or "own")
    if options.data is None:
        create(options.out, chosen)
        return
    images = options.data.expanduser().resolve()
    text, said = with_images(chosen, images)
    kept = _kept(options.out / "params.yaml", images)
    if options.model is not None and kept is None:
        own = own_model.entry(options.model.expanduser(), options.input_range, options.labels)
        text = own_model.with_model(text, *own)
    with tempfile.TemporaryDirectory(prefix="workspace-") as folder:  # what does not plan makes no folder
        write_bytes(Path(folder) / "params.yaml", (kept or text).encode())
        expected(Path(folder) / "params.yaml")
    create(options.out, chosen, kept or text)
    print("params.yaml stands there already and is kept: delete it to start from the preset" if kept else said)
    print(f"next: cd {shlex.quote(str(options.out))} && python -m pipelines.study --jobs 2")


def with_images(params: Path, images: Path) -> tuple[str, str]:
    """The text of a params file with these images as its data, and what to say of it.

    Calibration images are lowered where the preset asks for more than half of those that train.

    Raises:
        StudyError: the images are missing or not arranged as a data set.
    """
    if not images.exists():
        raise StudyError(f"{images} does not exist: give --data a folder or zip of images")
    count = int(load(SOURCES, "folder", "count_train")(images))
    text = params.read_text()
    before = yaml.safe_load(text)["data"]
    train = min(count, before["train_limit"] or count)
    calibration = min(before["calibration_images"], max(1, int(train * (1 - before["validation_fraction"])) // 2))
    changes = {"source": "folder", "path": json.dumps(str(images), ensure_ascii=False)}
    said = f"{count} training images in {images}"
    if calibration < before["calibration_images"]:
        changes["calibration_images"] = str(calibration)
        said += (
            f"; calibration images: {calibration} instead of {before['calibration_images']}, half of those that train"
        )
    head, section, rest = re.split(r"(?m)^(data:\n(?:[ #].*\n|\n)*)", text, maxsplit=1)
    for key, value in changes.items():
        section = re.sub(rf"(?m)^(  {key}: )[^#\n]*?( *#.*)?$", lambda found, v=value: f"{found[1]}{v}", section)
    changed = head + section + rest
    if yaml.safe_load(changed)["data"] != before | {key: yaml.safe_load(value) for key, value in changes.items()}:
        raise AssertionError(f"{params} has another form than the presets")
    return changed, said


def _kept(params: Path, images: Path) -> str | None:
    """The text of a params file that is there already and is about these images.

    Raises:
        StudyError: it is about others.
    """
    if not params.exists():
        return None
    values = read_yaml(params)
    found = values.get("data") if isinstance(values, dict) else None
    path = found.get("path") if isinstance(found, dict) else None
    if path != str(images):
        raise StudyError(
            f"{params} is there already and its data.path is {path!r:.200}: give another --out, or delete that file"
        )
    return params.read_text()


def preset(name: str) -> Path:
    """The params file of a preset."""
    path = ROOT / "pipelines" / "presets" / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(preset.stem for preset in path.parent.glob("*.yaml")))
        near = nearest(name, known.split(", "))
        raise StudyError(f"there is no preset '{name}'{near}: choose one of {known}")
    return path


def create(folder: Path, params: Path, text: str | None = None) -> None:
    """Copy the code and the params file (or `text` instead) into `folder`, a DVC project without Git, and plan.

    Raises:
        StudyError: the folder holds something else, or the params file does not plan.
    """
    _claim(folder)
    for name in CODE:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    write_bytes(folder / "params.yaml", params.read_bytes() if text is None else text.encode())
    _run(folder, sys.executable, "-m", "pipelines.plan")


def _claim(folder: Path) -> None:
    """Make it a DVC project; one that holds something else is refused, since code is replaced in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / ".dvc").exists() and not (folder / ".git").exists() and folder.resolve() != ROOT:
        return
    if any(folder.iterdir()):
        raise StudyError(f"{folder} holds something else: give an empty folder, or one that this command made")
    _run(folder, sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet")
    for option in ("core.analytics", "core.check_update"):
        _run(folder, sys.executable, "-m", "dvc", "config", option, "false")


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise StudyError(f"{' '.join(command[1:])} failed in {folder}: {last}")


if __name__ == "__main__":
    cli.run(main)
