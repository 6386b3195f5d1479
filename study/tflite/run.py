"""Predictions of a .tflite file by its interpreter, without TensorFlow.

One process a model: after one failed load tflite_runtime raises misleading errors for good, and kernels can abort on
a degenerate file. `pipelines.predict` is that process.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt

from study.arrays import Array, Floats32, Images
from study.errors import StudyError

RUNTIMES = {"ai_edge_litert": "ai-edge-litert", "tflite_runtime": "tflite-runtime"}
"""Interpreter package as imported -> its distribution."""

PROBE = 2
"""Images that must come out bit-identical in a batch and alone before the batched interpreter is used for all."""


@dataclass(frozen=True)
class Prediction:
    """Outputs [N, C], dequantized, and how they were computed.

    `resolver` is what executed the operators: `xnnpack` (the delegate that both runtimes apply by themselves, wholly
    or in part) or `builtin` (the reference and optimised kernels of the runtime).
    """

    logits: Floats32
    batch_size: int
    runtime: str
    runtime_version: str
    resolver: str


def runtime_version(runtime: str) -> str | None:
    """Version of an installed interpreter package, None where it is not installed. Nothing is imported.

    Raises:
        StudyError: there is no such runtime.
    """
    if runtime not in RUNTIMES:
        raise StudyError(f"unknown runtime '{runtime}': choose one of {', '.join(RUNTIMES)}")
    try:
        return version(RUNTIMES[runtime])
    except PackageNotFoundError:
        return None


def predict(
    tflite: bytes,
    images: Images,
    runtime: str = "ai_edge_litert",
    threads: int = 1,
    batch_size: int = 64,
    input_range: tuple[float, float] = (-1.0, 1.0),
    progress: Callable[[int], None] = lambda done: None,
) -> Prediction:
    """Run a classification model on images.

    Batches are used where the file can be resized and gives the same bits in a batch as alone; else its own batch.

    Args:
        tflite: a model with one image input [B, H, W, 3] (float32, int8 or uint8) and one output [B, C].
        images: uint8 [N, H, W, 3], RGB.
        runtime: `ai_edge_litert` or `tflite_runtime`.
        threads: of the interpreter.
        batch_size: images an invoke.
        input_range: what pixel values 0 and 255 become in front of the model; (-1, 1) is the study's contract.
        progress: called with the number of images done.

    Raises:
        StudyError: the runtime is not installed, refuses the file, or the file is not such a model.
    """
    interpreter = _open(tflite, runtime, threads)
    own_batch, table = _accept(interpreter, images, input_range)
    size = own_batch
    if batch_size > own_batch and len(images) > 1:
        resized = _resized(tflite, runtime, threads, batch_size)
        if resized is not None and _agree(interpreter, own_batch, resized, batch_size, images[:PROBE], table):
            interpreter, size = resized, batch_size
    rows = []
    for start in range(0, len(images), size):
        rows.append(_run(interpreter, images[start : start + size], table, size))
        progress(min(start + size, len(images)))
    return Prediction(np.concatenate(rows), size, runtime, str(runtime_version(runtime)), resolver(interpreter))


def resolver(interpreter: Any) -> str:
    """`xnnpack` if the interpreter handed any operator to its default delegate, else `builtin`."""
    return "xnnpack" if any(op["op_name"] == "DELEGATE" for op in interpreter._get_ops_details()) else "builtin"


def input_table(dtype: npt.DTypeLike, scale: float, zero_point: int, input_range: tuple[float, float]) -> Array:
    """What the model is given for each pixel value 0..255, [256] of `dtype`.

    Floats are `pixel / (255 / (high - low)) + low`, for (-1, 1) the study's `pixel / 127.5 - 1` to the bit. Integers
    are rounded to the nearest, halves to even, and clipped: as the QUANTIZE of ai-edge-litert does, so that a model
    with int8 input answers as its twin with float input. (Halves are common: the scale is often one pixel step.
    tflite-runtime 2.14 rounds them up, the reference kernels away from zero.)
    """
    low, high = input_range
    real = np.arange(256, dtype=np.float32) / np.float32(255 / (high - low)) + np.float32(low)
    if np.dtype(dtype) == np.float32:
        return real
    rounded = np.rint(real / np.float32(scale)).astype(np.float64) + zero_point
    limits = np.iinfo(np.dtype(dtype))
    return np.clip(rounded, limits.min, limits.max).astype(dtype)


def log_probabilities(output: Floats32, step: float) -> Floats32:
    """Logits of a model that ends in softmax: the logarithm of its output, whose softmax is the output again.

    A quantized probability of 0 stands for anything below half a step, and is taken as that.
    """
    return np.log(np.maximum(output, np.float32(max(step / 2, 1e-9))))


def _open(tflite: bytes, runtime: str, threads: int) -> Any:
    if runtime_version(runtime) is None:
        raise StudyError(f"the runtime {runtime} is not installed: pip install {RUNTIMES[runtime]}, or choose another")
    if "tensorflow" in sys.modules:
        raise AssertionError("TensorFlow is loaded in this process: its kernels would stand in for the runtime's")
    module = import_module(f"{runtime}.interpreter")
    try:
        interpreter = module.Interpreter(model_content=tflite, num_threads=threads)
        interpreter.allocate_tensors()
        for names in (interpreter.get_input_details, interpreter.get_output_details, interpreter._get_ops_details):
            names()  # whatever is asked for later, so that a name that cannot be read is found here
    except UnicodeDecodeError as error:  # names are decoded without a fallback
        raise StudyError("the model holds a name that is not UTF-8: it is damaged") from error
    except (ValueError, RuntimeError, SystemError, TypeError) as error:
        raise StudyError(f"{runtime} {runtime_version(runtime)} refuses the model: {error}") from error
    return interpreter


def _resized(tflite: bytes, runtime: str, threads: int, batch_size: int) -> Any | None:
    """Interpreter for `batch_size` images, None where the model insists on its own (a RESHAPE to a fixed size)."""
    interpreter = _open(tflite, runtime, threads)
    entry = interpreter.get_input_details()[0]
    try:
        interpreter.resize_tensor_input(entry["index"], [batch_size, *entry["shape"][1:]])
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError):
        return None
    return interpreter if interpreter.get_output_details()[0]["shape"][0] == batch_size else None


def _accept(interpreter: Any, images: Images, input_range: tuple[float, float]) -> tuple[int, Array]:
    """Check that this is an image classifier for these images; return its own batch size and its input table."""
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or not len(images):
        raise StudyError(f"images must be uint8 [N, H, W, 3] with N > 0, not {images.dtype} {list(images.shape)}")
    if not input_range[0] < input_range[1]:
        raise StudyError(f"the input range {input_range[0]:g},{input_range[1]:g} must rise, as -1,1 does")
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    if len(inputs) != 1 or len(outputs) != 1:
        raise StudyError(f"the model has {len(inputs)} inputs and {len(outputs)} outputs: a classifier has one of each")
    entry, leave = inputs[0], outputs[0]
    for port, name in ((entry, "input"), (leave, "output")):
        if np.dtype(port["dtype"]) not in (np.float32, np.int8, np.uint8):
            raise StudyError(f"the model's {name} is {np.dtype(port['dtype'])}: float32, int8 and uint8 are supported")
        if np.dtype(port["dtype"]) != np.float32 and not port["quantization"][0] > 0:
            raise StudyError(f"the model's {name} is an integer without a scale: convert the model again")
    shape = [int(size) for size in entry["shape"]]
    if len(shape) != 4 or shape[1:] != list(images.shape[1:]) or shape[0] < 1:
        raise StudyError(f"the model takes {shape}, the images are {[1, *images.shape[1:]]}: load them in its size")
    scale, zero_point = entry["quantization"]
    return shape[0], input_table(entry["dtype"], scale, zero_point, input_range)


def _agree(alone: Any, own_batch: int, resized: Any, batch_size: int, images: Images, table: Array) -> bool:
    """Whether a batch gives the same bits as the model's own batch size."""
    one_by_one = [_run(alone, images[i : i + own_batch], table, own_batch) for i in range(0, len(images), own_batch)]
    return np.array_equal(np.concatenate(one_by_one), _run(resized, images, table, batch_size), equal_nan=True)


def _run(interpreter: Any, images: Images, table: Array, size: int) -> Floats32:
    """Outputs of up to `size` images, the rest of the batch padded with the last one. [n, H, W, 3] -> [n, C]."""
    count = len(images)
    if count < size:
        images = np.concatenate([images, np.repeat(images[-1:], size - count, axis=0)])
    leave = interpreter.get_output_details()[0]
    try:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], table[images])
        interpreter.invoke()
    except (ValueError, RuntimeError) as error:
        raise StudyError(f"the model fails while running: {error}") from error
    output = interpreter.get_tensor(leave["index"])
    if output.size % size or output.size // size < 2:
        raise StudyError(f"the model's output {list(output.shape)} is not one row of at least two classes an image")
    output = output.reshape(size, -1)[:count]
    if output.dtype == np.float32:
        return np.asarray(output, dtype=np.float32)
    scale, zero_point = leave["quantization"]
    return (output.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
