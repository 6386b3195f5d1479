"""The encode stage with two codecs that lose their worker at the worst moment. Run as a script, by its tests."""

import multiprocessing
import os
import signal
import time

from pipelines import cli, encode
from study.codecs import FORMATS, Format

PADDING = bytes(4_000_000)  # more than a pipe can hold


def _deafen_stage(data: bytes) -> bytes:
    """In a worker: stop the stage, so that whatever is handed to it from here on stays under way."""
    os.kill(os.getppid(), signal.SIGSTOP)
    return data + PADDING


def _lose_workers(form: bytes) -> bytes:
    """In the stage, between two batches."""
    for worker in multiprocessing.active_children():
        worker.kill()
        time.sleep(0.5)  # until the pool has noticed
    return form


FORMATS["deaf"] = Format(_deafen_stage, lambda form: form[: -len(PADDING)], "deaf", "1", "")
FORMATS["lonely"] = Format(bytes, _lose_workers, "lonely", "1", "")

if __name__ == "__main__":
    cli.run(encode.main)
