"""Do a board and the host give the same answers? x86 and ARM have kernels of their own, above all for int8."""

import base64
import binascii
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from study.errors import StudyError
from study.latency import faults
from study.latency.devices.script import SCRIPT, ask
from study.latency.faults import RoundFault
from study.tasks.metrics import predictions
from study.tflite.facts import Facts
from study.tflite.run import input_table

Floats = npt.NDArray[np.float32]
SECONDS = 60.0
RANGE = (-1.0, 1.0)
"""What pixels 0 and 255 become: the study's input contract."""


def comparable(facts: Facts, images: npt.NDArray[np.uint8]) -> bool:
    """Whether a model takes images [n, H, W, 3], one at a time, and gives one row of classes."""
    return (
        len(images) > 0
        and len(facts.inputs) == len(facts.outputs) == 1
        and tuple(facts.inputs[0].shape) == (1, *images.shape[1:])
        and facts.inputs[0].dtype in ("float32", "int8", "uint8")
    )


def question(facts: Facts, images: npt.NDArray[np.uint8], path: str) -> dict[str, Any]:
    """What `measure_script.py` is told about the images: their file (raw bytes), and the value for each pixel value."""
    entry = facts.inputs[0]
    table = input_table(entry.dtype, entry.scale or 1.0, entry.zero_point or 0, RANGE)
    return {"path": path, "shape": list(images.shape), "table": table.tolist()}


def outputs(answer: Mapping[str, Any], facts: Facts, count: int, host: str) -> Floats:
    """The answers for `count` images, dequantized, [count, C].

    Raises:
        RoundFault: they are not what was asked for; they may come from another machine.
    """
    leave = facts.outputs[0]
    try:
        raw = np.frombuffer(base64.b64decode(answer["outputs"], validate=True), leave.dtype)
        found = raw.reshape(count, -1).astype(np.float32)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise RoundFault(faults.GARBLED, f"{host} gives answers that cannot be read ({error})") from error
    if found.shape[1] != leave.shape[-1]:
        raise RoundFault(faults.GARBLED, f"{host} gives {found.shape[1]} classes an image, not {leave.shape[-1]}")
    if leave.dtype == "float32" or not leave.scale:
        return found
    return (found - np.float32(leave.zero_point or 0)) * np.float32(leave.scale)


def on_this_machine(
    tflite: bytes, runtime: str, facts: Facts, images: npt.NDArray[np.uint8], budget: Mapping[str, float]
) -> Floats | None:
    """What the host answers, by the same script and interpreter package; None where the package fails here."""
    with tempfile.TemporaryDirectory(prefix="agreement-") as folder:
        model, pixels = Path(folder, "model.tflite"), Path(folder, "images")
        model.write_bytes(tflite)
        pixels.write_bytes(images.tobytes())
        asked = {
            "model": str(model),
            "model_sha256": hashlib.sha256(tflite).hexdigest(),
            "runtime": runtime,
            "threads": 1,
            "max_seconds": SECONDS,
            "images": question(facts, images, str(pixels)),
        }
        try:
            answer = ask(SCRIPT, asked | dict(budget), 2 * SECONDS)
        except StudyError:
            return None
    return outputs(answer, facts, len(images), "this machine")


def agreement(here: Floats, there: Floats) -> dict[str, Any]:
    """`images`, `same` (images that get the same class, by the same tie-break), `largest` (difference of
    two logits), `identical` (to the bit). Both [n, C]."""
    same = predictions(here) == predictions(there)
    return {
        "images": len(here),
        "same": int(same.sum()),
        "largest": float(np.abs(here - there).max()),
        "identical": bool(np.array_equal(here, there)),
    }
