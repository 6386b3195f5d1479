"""`make verify`: hash every output in the workspace and every file in the cache, and name what does not match.

DVC trusts a file whose time and size it knows; a flipped byte or a bad disk shows only when all is read again. Of
committed reports it says what can be verified without the rest: see `committed`.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines import cli, committed, run_record
from pipelines.digests import digest
from study.errors import StudyError

TEST_IMAGES = "artifacts/data/test.npz"
NOTHING = "nothing has run here, so weights, logits and latency samples cannot be verified: they come with `dvc repro`"
MEND = (
    "Delete the named files, then `dvc checkout` takes them from the cache where it still has them and `dvc repro` "
    "makes the rest again."
)


def main() -> None:
    """Check everything; end with an error that names the damaged files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path())
    root = parser.parse_args().root
    outputs = _outputs(root)
    reports = committed.check(
        root / "reports", root / TEST_IMAGES, own=any(out["path"].startswith("reports/") for out in outputs or ())
    )
    if outputs is None and not reports.vouched:
        raise StudyError(f"{root / 'dvc.lock'} is missing: nothing has been run here yet; run `dvc repro`")
    damaged = _damaged(root, outputs) if outputs is not None else []
    if damaged or reports.wrong:
        advice = [f"{len(damaged)} damaged: {'; '.join(damaged)}. {MEND}"] if damaged else []
        raise StudyError(" ".join([*advice, *reports.wrong]))
    whole = "every output and every cached file has the content that dvc.lock names" if outputs is not None else NOTHING
    print(f"verify: {'; '.join([whole, *reports.vouched, *reports.open])}")


def _damaged(root: Path, outputs: Sequence[Any]) -> list[str]:
    found = list(_damaged_outputs(root, outputs))
    cache = _cache(root) / "files" / "md5"
    return [f"{path} differs from what DVC stored" for path in _damaged_cache(cache)] + found


def _cache(root: Path) -> Path:
    """DVC's cache: in the project, unless its configuration moves it."""
    done = subprocess.run([sys.executable, "-m", "dvc", "cache", "dir"], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise StudyError(f"{root} is not a DVC project: {' '.join(done.stderr.split())}")
    return root / done.stdout.strip()


def _damaged_cache(cache: Path) -> Iterator[Path]:
    for path in tqdm(sorted(cache.glob("??/*")), desc="cache", unit="file", disable=None):
        if digest(path) != path.parent.name + path.name.removesuffix(".dir"):
            yield path


def _outputs(root: Path) -> list[Any] | None:
    """All outputs in dvc.lock; None where there is none."""
    path = root / "dvc.lock"
    return run_record.outputs(run_record.stages(path)) if path.exists() else None


def _damaged_outputs(root: Path, outputs: Sequence[Any]) -> Iterator[str]:
    for out in tqdm(outputs, desc="outputs", unit="file", disable=None):
        path = root / out["path"]
        if not path.exists():
            yield f"{path} is missing"
        elif digest(path) != out["md5"]:
            yield f"{path} differs from dvc.lock"


if __name__ == "__main__":
    cli.run(main)
