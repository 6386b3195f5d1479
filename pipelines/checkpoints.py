"""Resume files of a training: atomic, two generations, and only for the training that wrote them."""

import glob
import hashlib
import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.files import read_npz, write_npz
from study.arrays import Array
from study.errors import StudyError
from study.networks.training import Epoch, Resume


def identity(*facts: Any) -> str:
    """A digest of all that a training depends on: a state of any other training must not be continued."""
    columns = [field.name for field in fields(Epoch)]
    return hashlib.sha256(json.dumps([columns, *facts], sort_keys=True, default=str).encode()).hexdigest()


def resume(path: Path, key: str) -> Resume:
    """Keep the state between epochs at `path`, and the one before it beside it, in case the disk damages one.

    Those of another phase of the run lie beside them, under its name.
    """
    previous = path.with_suffix(".previous.npz")

    def load() -> dict[str, Array] | None:
        for candidate in (path, previous):
            if not candidate.exists():
                continue
            try:
                state = read_npz(candidate)
            except StudyError:
                print(f"checkpoint {candidate} is damaged: going on from an earlier one", file=sys.stderr)
                candidate.unlink()  # or the next save would move it over the good one
                continue
            if str(state.pop("key", None)) == key:
                return state
        return None

    def save(state: dict[str, Array]) -> None:
        if path.exists():
            path.replace(previous)
        write_npz(path, key=np.array(key), **state)

    return Resume(load, save, lambda name: resume(path.with_suffix(f".{name}.npz"), identity(key, name)))


def discard(path: Path) -> None:
    """Remove the resume files of a run that is done, those of its phases too."""
    for file in (path, *path.parent.glob(f"{glob.escape(path.stem)}.*.npz")):
        file.unlink(missing_ok=True)
