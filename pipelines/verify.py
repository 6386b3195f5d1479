"""`make verify`: hash every output in the workspace and every file in the cache, and name what does not match.

DVC trusts a file whose time and size it knows; a flipped byte or a bad disk shows only when all is read again.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines import cli
from pipelines.files import read_yaml
from study.errors import StudyError


def main() -> None:
    """Check everything; end with an error that names the damaged files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path())
    options = parser.parse_args()
    outputs = list(_damaged_outputs(options.root))
    cache = _cache(options.root) / "files" / "md5"
    damaged = [f"{path} differs from what DVC stored" for path in _damaged_cache(cache)] + outputs
    if damaged:
        raise StudyError(
            f"{len(damaged)} damaged: {'; '.join(damaged)}. Delete the named files, then `dvc checkout` takes them "
            "from the cache where it still has them and `dvc repro` makes the rest again"
        )
    print("verify: every output and every cached file has the content that dvc.lock names")


def _cache(root: Path) -> Path:
    """DVC's cache: in the project, unless its configuration moves it."""
    done = subprocess.run([sys.executable, "-m", "dvc", "cache", "dir"], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise StudyError(f"{root} is not a DVC project: {' '.join(done.stderr.split())}")
    return root / done.stdout.strip()


def _damaged_cache(cache: Path) -> Iterator[Path]:
    for path in tqdm(sorted(cache.glob("??/*")), desc="cache", unit="file", disable=None):
        if _md5(path) != path.parent.name + path.name.removesuffix(".dir"):
            yield path


def _damaged_outputs(root: Path) -> Iterator[str]:
    if not (root / "dvc.lock").exists():
        raise StudyError(f"{root / 'dvc.lock'} is missing: nothing has been run here yet; run `dvc repro`")
    lock: Any = read_yaml(root / "dvc.lock")
    if not isinstance(lock, dict):
        raise StudyError(f"{root / 'dvc.lock'} is empty or damaged: take it from version control again")
    stages: dict[str, Any] = lock.get("stages") or {}
    outputs = [out for stage in stages.values() for out in stage.get("outs", [])]
    for out in tqdm(outputs, desc="outputs", unit="file", disable=None):
        path = root / out["path"]
        if not path.exists():
            yield f"{path} is missing"
        elif path.is_dir():
            yield from _damaged_folder(path, out["md5"])
        elif _md5(path) != out["md5"]:
            yield f"{path} differs from dvc.lock"


def _damaged_folder(folder: Path, digest: str) -> Iterator[str]:
    """A folder's digest is that of the sorted list of its files and theirs (DVC's `.dir` objects)."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = [{"md5": _md5(path), "relpath": path.relative_to(folder).as_posix()} for path in files]
    listing = json.dumps(sorted(entries, key=lambda entry: entry["relpath"]), sort_keys=True)
    if hashlib.md5(listing.encode()).hexdigest() + ".dir" != digest:
        yield f"{folder} differs from dvc.lock"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


if __name__ == "__main__":
    cli.run(main)
