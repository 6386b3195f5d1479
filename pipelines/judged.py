"""What an evaluation is made on, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.arrays import Array


@dataclass(frozen=True)
class Data:
    """An npz of test images and labels, and what is known of it. `named`: its classes have names, not numbers alone;
    `notes`: what must be said of how they were read.
    """

    npz: Path
    name: str
    classes: tuple[str, ...]
    fingerprint: str
    named: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """Logits [N, C] and labels [N], their scores, and what else is written (`details`) and printed of them."""

    logits: Array
    labels: Array
    scores: Mapping[str, Any]
    details: Mapping[str, Any]
    said: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
