"""`make demo`: a preset in a folder of its own, so that the checkout stays as it is (params, plan, reports)."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from pipelines import cli
from study.errors import StudyError

ROOT = Path(__file__).resolve().parents[1]
CODE = ("study", "pipelines", "dvc.yaml", ".dvc/plots", ".dvcignore", "constraints.txt")


def main() -> None:
    """Create the folder, or bring an earlier one up to date: what it has computed is used again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    create(options.out, preset(options.preset))


def preset(name: str) -> Path:
    """The params file of a preset."""
    path = ROOT / "pipelines" / "presets" / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(preset.stem for preset in path.parent.glob("*.yaml")))
        raise StudyError(f"there is no preset '{name}': choose one of {known}")
    return path


def create(folder: Path, params: Path) -> None:
    """Copy the code and the params file into `folder`, plan, and make it a DVC project without Git."""
    _claim(folder)
    for name in CODE:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    shutil.copyfile(params, folder / "params.yaml")
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
