"""Where the stages of a wave run: an executor takes their keys and tells how each call of DVC ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Result:
    """Stages that one call of DVC was given, its exit code, and its log: None where that went to the terminal."""

    stages: Sequence[str]
    code: int
    log: Path | None


class Executor(Protocol):
    """Runs stages by their keys, here or elsewhere."""

    def run(self, stages: Sequence[str]) -> Iterator[Result]:
        """Bring stages up to date that do not depend on each other; a result as soon as a call ends.

        Each stage is in one result, and one that fails does not stop the others. What they made is in the project's
        folder when its result is given.
        """
        ...
