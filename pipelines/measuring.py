"""One measurement of time on a machine at once."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from study.errors import StudyError

LOCK = Path(tempfile.gettempdir()) / "latency-measurement.lock"
"""The whole machine's."""


@contextmanager
def alone(lock: Path = LOCK) -> Iterator[None]:
    """Hold the lock, or refuse: two measurements side by side would both be wrong."""
    try:
        handle = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        handle = os.open(lock, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyError(
                "another latency measurement is running on this machine: wait until it is done, "
                "then run the same command again"
            ) from error
        yield
    finally:
        os.close(handle)
