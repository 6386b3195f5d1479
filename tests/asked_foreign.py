"""The command `evaluate` on a file from elsewhere, predicted in this process; and the raw interpreter beside it."""

import subprocess
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from odd_models import Odd
from PIL import Image

from pipelines import evaluate as stage
from pipelines import files
from study.tflite.image_input import STUDY_INPUT, ImageInput
from study.tflite.run import predict


def here(
    tflite: str,
    data: str,
    runtime: str,
    threads: int,
    batch_size: int,
    taken: ImageInput = STUDY_INPUT,
    signature: str | None = None,
) -> dict[str, Any]:
    """As `pipelines.predict.run`, whose process takes a second to start."""
    arrays = files.read_npz(data)
    with files.naming(tflite):
        found = predict(
            Path(tflite).read_bytes(), arrays["images"], runtime, threads, batch_size, taken, signature=signature
        )
    return {
        "logits": found.logits,
        "labels": arrays["labels"].astype(np.int64),
        "size": np.array(arrays["images"].shape[1:3]),
        "batch_size": np.array(found.batch_size),
        "runtime_version": np.array(found.runtime_version),
        "resolver": np.array(found.resolver),
    }


def evaluate(tflite: Path, data: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """The command, writing out.json beside the model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "run", here)
        patch.setattr("pipelines.evaluate.provenance.code_version", lambda: "test")
        return commands.outcome(stage, "--tflite", tflite, "--data", data, "--out", tflite.with_name("out.json"), *more)


def raw(tflite: bytes, images: np.ndarray, model: Odd) -> np.ndarray:
    """Outputs [N, C] of the interpreter for images as the model means them, one by one."""
    rows = []
    for image in images:
        values = np.asarray(Image.fromarray(image).convert("L"))[..., None] if 3 not in model.shape[1:] else image
        values = values[..., ::-1] if model.bgr else values
        batch = (values.astype(np.float64) / 255 * (model.high - model.low) + model.low)[None]
        if model.dtype != "float32":
            scale, zero = model.quantization if model.scaled else (1.0, -128 if model.dtype == "int8" else 0)
            batch = (np.rint(batch / scale) + zero) if model.scaled else values[None].astype(int) + zero
            limits = np.iinfo(model.dtype)
            batch = np.clip(batch, limits.min, limits.max)
        batch = batch.transpose(0, 3, 1, 2) if len(model.shape) == 4 and model.shape[3] not in (1, 3) else batch
        batch = batch[..., 0] if len(model.shape) == 3 else batch
        rows.append(invoked(Interpreter(model_content=tflite), batch))
    return np.stack(rows)


def invoked(interpreter: Interpreter, batch: np.ndarray) -> np.ndarray:
    """What a fresh interpreter gives for a batch of one, in the input's own type."""
    source = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(source["index"], batch.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], batch.astype(source["dtype"]))
    interpreter.invoke()
    found: np.ndarray = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    return found
