"""Predictions of a .tflite file by its interpreter, without TensorFlow.

One process a model: after one failed load tflite_runtime raises misleading errors for good, and kernels can abort on
a degenerate file. `pipelines.predict` is that process.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt

from study.arrays import Array, Floats32, Images
from study.errors import StudyError
from study.tflite.parse import chosen, parse

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


@dataclass(frozen=True)
class _Level:
    """One level of a file, ready to run: the interpreter's main subgraph, or that of a signature's runner."""

    interpreter: Any
    runner: Any = None


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
    signature: str | None = None,
) -> Prediction:
    """Run one level of a classification model on images.

    Batches are used where the file can be resized and gives the same bits in a batch as alone; else its own batch.

    Args:
        tflite: a model with one image input [B, H, W, 3] (float32, int8 or uint8) and one output [B, C].
        images: uint8 [N, H, W, 3], RGB.
        runtime: `ai_edge_litert` or `tflite_runtime`.
        threads: of the interpreter.
        batch_size: images an invoke.
        input_range: what pixel values 0 and 255 become in front of the model; (-1, 1) is the study's contract.
        progress: called with the number of images done.
        signature: which level; only a file of several must be told.

    Raises:
        StudyError: the runtime is not installed, refuses the file, or the file is not such a model or lacks the level.
    """
    level = _level(tflite, runtime, threads, signature)
    own_batch, table = _accept(level, images, input_range)
    size = own_batch
    if batch_size > own_batch and len(images) > 1:
        resized = _resized(_level(tflite, runtime, threads, signature), batch_size)
        if resized is not None and _agree(level, own_batch, resized, batch_size, images[:PROBE], table):
            level, size = resized, batch_size
    rows = []
    for start in range(0, len(images), size):
        rows.append(_run(level, images[start : start + size], table, size))
        progress(min(start + size, len(images)))
    return Prediction(np.concatenate(rows), size, runtime, str(runtime_version(runtime)), resolver(level.interpreter))


def resolver(interpreter: Any) -> str:
    """`xnnpack` if the interpreter handed any operator to its default delegate, else `builtin`."""
    return "xnnpack" if any(op["op_name"] == "DELEGATE" for op in interpreter._get_ops_details()) else "builtin"


def input_table(dtype: npt.DTypeLike, scale: float, zero_point: int, input_range: tuple[float, float]) -> Array:
    """What the model is given for each pixel value 0..255, [256] of `dtype`.

    Floats32 are `pixel / (255 / (high - low)) + low`, for (-1, 1) the study's `pixel / 127.5 - 1` to the bit. Integers
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
    table: Array = np.clip(rounded, limits.min, limits.max).astype(dtype)
    return table


def log_probabilities(output: Floats32, step: float) -> Floats32:
    """Logits of a model that ends in softmax: the logarithm of its output, whose softmax is the output again.

    A quantized probability of 0 stands for anything below half a step, and is taken as that.
    """
    return np.asarray(np.log(np.maximum(output, np.float32(max(step / 2, 1e-9)))))


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


def _level(tflite: bytes, runtime: str, threads: int, signature: str | None) -> _Level:
    """One level in an interpreter of its own.

    All tensors are allocated before a runner is asked for: without, tflite-runtime 2.14 runs it without XNNPACK.
    """
    interpreter = _open(tflite, runtime, threads)
    signatures = parse(tflite).signatures
    name = chosen(signatures, signature)
    if signatures[name].subgraph == 0:
        return _Level(interpreter)
    try:
        return _Level(interpreter, interpreter.get_signature_runner(name))
    except (ValueError, RuntimeError, UnicodeDecodeError) as error:
        raise StudyError(f"{runtime} does not know the model's signature '{name}': {error}") from error


def _inputs(level: _Level) -> Sequence[Mapping[str, Any]]:
    details = (level.runner or level.interpreter).get_input_details()
    return list(details.values() if level.runner else details)


def _outputs(level: _Level) -> Sequence[Mapping[str, Any]]:
    details = (level.runner or level.interpreter).get_output_details()
    return list(details.values() if level.runner else details)


def _invoke(level: _Level, batch: Array) -> Array:
    """The one output for the one input; a runner takes the size of the batch as its own."""
    if level.runner:
        (name,) = level.runner.get_input_details()
        (found,) = level.runner(**{name: batch}).values()
    else:
        level.interpreter.set_tensor(_inputs(level)[0]["index"], batch)
        level.interpreter.invoke()
        found = level.interpreter.get_tensor(_outputs(level)[0]["index"])
    return np.asarray(found)


def _resized(level: _Level, batch_size: int) -> _Level | None:
    """The level for `batch_size` images, None where the model insists on its own (a RESHAPE to a fixed size)."""
    source = _inputs(level)[0]
    shape = [batch_size, *source["shape"][1:]]
    try:
        if level.runner:
            _invoke(level, np.zeros(shape, source["dtype"]))
        else:
            level.interpreter.resize_tensor_input(source["index"], shape)
            level.interpreter.allocate_tensors()
    except (ValueError, RuntimeError):
        return None
    return level if _outputs(level)[0]["shape"][0] == batch_size else None


def _accept(level: _Level, images: Images, input_range: tuple[float, float]) -> tuple[int, Array]:
    """Check that this is an image classifier for these images; return its own batch size and its input table."""
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or not len(images):
        raise StudyError(f"images must be uint8 [N, H, W, 3] with N > 0, not {images.dtype} {list(images.shape)}")
    if not input_range[0] < input_range[1]:
        raise StudyError(f"the input range {input_range[0]:g},{input_range[1]:g} must rise, as -1,1 does")
    inputs, outputs = _inputs(level), _outputs(level)
    if len(inputs) != 1 or len(outputs) != 1:
        raise StudyError(f"the model has {len(inputs)} inputs and {len(outputs)} outputs: a classifier has one of each")
    source, output = inputs[0], outputs[0]
    for port, name in ((source, "input"), (output, "output")):
        if np.dtype(port["dtype"]) not in (np.float32, np.int8, np.uint8):
            raise StudyError(f"the model's {name} is {np.dtype(port['dtype'])}: float32, int8 and uint8 are supported")
        if np.dtype(port["dtype"]) != np.float32 and not port["quantization"][0] > 0:
            raise StudyError(f"the model's {name} is an integer without a scale: convert the model again")
    shape = [int(size) for size in source["shape"]]
    if len(shape) != 4 or shape[1:] != list(images.shape[1:]) or shape[0] < 1:
        raise StudyError(f"the model takes {shape}, the images are {[1, *images.shape[1:]]}: load them in its size")
    scale, zero_point = source["quantization"]
    return shape[0], input_table(source["dtype"], scale, zero_point, input_range)


def _agree(alone: _Level, own_batch: int, resized: _Level, batch_size: int, images: Images, table: Array) -> bool:
    """Whether a batch gives the same bits as the model's own batch size."""
    one_by_one = [_run(alone, images[i : i + own_batch], table, own_batch) for i in range(0, len(images), own_batch)]
    return np.array_equal(np.concatenate(one_by_one), _run(resized, images, table, batch_size), equal_nan=True)


def _run(level: _Level, images: Images, table: Array, size: int) -> Floats32:
    """Outputs of up to `size` images, the rest of the batch padded with the last one. [n, H, W, 3] -> [n, C]."""
    count = len(images)
    if count < size:
        images = np.concatenate([images, np.repeat(images[-1:], size - count, axis=0)])
    try:
        output = _invoke(level, table[images])
    except (ValueError, RuntimeError, TypeError) as error:
        raise StudyError(f"the model fails while running: {error}") from error
    if output.size % size or output.size // size < 2:
        raise StudyError(f"the model's output {list(output.shape)} is not one row of at least two classes an image")
    output = output.reshape(size, -1)[:count]
    if output.dtype == np.float32:
        return np.asarray(output, dtype=np.float32)
    scale, zero_point = _outputs(level)[0]["quantization"]
    return (output.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
