"""Do a board and the host give the same answers? x86 and ARM have kernels of their own, above all for int8."""

import base64
import binascii
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from study.arrays import Floats32, Images
from study.errors import StudyError
from study.latency import faults
from study.latency.devices.script import SCRIPT, ask
from study.latency.faults import RoundFault
from study.tasks.metrics import predictions
from study.tflite.facts import LevelSummary
from study.tflite.image_input import input_table

SECONDS = 60.0
RANGE = (-1.0, 1.0)
"""What pixels 0 and 255 become: the study's input contract."""


def comparable(level: LevelSummary, images: Images) -> bool:
    """Whether a model takes images [n, H, W, 3], one at a time, and gives one row of classes."""
    return (
        len(images) > 0
        and len(level.inputs) == len(level.outputs) == 1
        and tuple(level.inputs[0].shape) == (1, *images.shape[1:])
        and level.inputs[0].dtype in ("float32", "int8", "uint8")
    )


def question(level: LevelSummary, images: Images, path: str) -> dict[str, Any]:
    """What `measure_script.py` is told about the images: their file (raw bytes), and the value for each pixel value."""
    source = level.inputs[0]
    table = input_table(source.dtype, source.scale or 1.0, source.zero_point or 0, RANGE)
    return {"path": path, "shape": list(images.shape), "table": table.tolist()}


def outputs(answer: Mapping[str, Any], level: LevelSummary, count: int, host: str) -> Floats32:
    """The answers for `count` images, dequantized, [count, C].

    Raises:
        RoundFault: they are not what was asked for; they may come from another machine.
    """
    output = level.outputs[0]
    try:
        raw = np.frombuffer(base64.b64decode(answer["outputs"], validate=True), output.dtype)
        found = raw.reshape(count, -1).astype(np.float32)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise RoundFault(faults.GARBLED, f"{host} gives answers that cannot be read ({error})") from error
    if found.shape[1] != output.shape[-1]:
        raise RoundFault(faults.GARBLED, f"{host} gives {found.shape[1]} classes an image, not {output.shape[-1]}")
    if output.dtype == "float32" or not output.scale:
        return found
    return (found - np.float32(output.zero_point or 0)) * np.float32(output.scale)


def on_this_machine(
    tflite: bytes,
    runtime: str,
    signature: str | None,
    level: LevelSummary,
    images: Images,
    budget: Mapping[str, float],
) -> Floats32 | None:
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
            "signature": signature,
            "max_seconds": SECONDS,
            "images": question(level, images, str(pixels)),
        }
        try:
            answer = ask(SCRIPT, asked | dict(budget), 2 * SECONDS)
        except StudyError:
            return None
    return outputs(answer, level, len(images), "this machine")


def agreement(here: Floats32, there: Floats32) -> dict[str, Any]:
    """`images`, `same` (images that get the same class, by the same tie-break), `largest` (difference of two logits),
    `identical` (to the bit). Both [n, C].
    """
    same = predictions(here) == predictions(there)
    return {
        "images": len(here),
        "same": int(same.sum()),
        "largest": float(np.abs(here - there).max()),
        "identical": bool(np.array_equal(here, there)),
    }
