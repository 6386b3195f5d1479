"""Predictions of a .tflite file by its interpreter, without TensorFlow.

One process a model: after one failed load tflite_runtime raises misleading errors for good, and kernels can abort on
a degenerate file. `pipelines.predict` is that process.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from study.arrays import Array, Floats32, Images
from study.errors import StudyError
from study.tflite.image_input import STUDY_INPUT, ImageInput, arranged, input_tables, open_sizes
from study.tflite.parse import chosen, parse
from study.tflite.tensors import Tensor

RUNTIMES = {"ai_edge_litert": "ai-edge-litert", "tflite_runtime": "tflite-runtime"}
"""Interpreter package as imported -> its distribution."""

PROBE = 2
"""Images that must come out bit-identical in a batch and alone before the batched interpreter is used for all."""


_Feed = Callable[[Images], Array]
"""Makes the model's input of images [n, H, W, 3]."""


@dataclass(frozen=True)
class Prediction:
    """Outputs [N, C], dequantized where they have a scale, and how they were computed.

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
    """One level of a file, ready to run: the interpreter's main subgraph, or that of a signature's runner.

    `shape`: what is given to it at a time.
    """

    interpreter: Any
    shape: tuple[int, ...]
    runner: Any = None

    @property
    def batch(self) -> int:
        """Images an invoke."""
        return self.shape[0]


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
    taken: ImageInput = STUDY_INPUT,
    progress: Callable[[int], None] = lambda done: None,
    signature: str | None = None,
) -> Prediction:
    """Run one level of a classification model on images.

    Batches are used where the file can be resized and gives the same bits in a batch as alone; else its own batch.

    Args:
        tflite: a model with one image input (float32, int8 or uint8) and one output [B, C].
        images: uint8 [N, H, W, 3], RGB, in the model's size; where it takes any, it is told this one.
        runtime: `ai_edge_litert` or `tflite_runtime`.
        threads: of the interpreter.
        batch_size: images an invoke.
        taken: what is made of images in front of the model.
        progress: called with the number of images done.
        signature: which level; only a file of several must be told.

    Raises:
        StudyError: the runtime is not installed, refuses the file, or the file is not such a model or lacks the level.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or not len(images):
        raise StudyError(f"images must be uint8 [N, H, W, 3] with N > 0, not {images.dtype} {list(images.shape)}")
    level = _level(tflite, runtime, threads, signature, taken, images.shape[1:3])
    feed = _accept(level, images, taken)
    size = level.batch
    if batch_size > size and len(images) > 1:
        resized = _resized(_level(tflite, runtime, threads, signature, taken, images.shape[1:3]), batch_size)
        if resized is not None and _agree(level, resized, images[:PROBE], feed):
            level, size = resized, batch_size
    rows = []
    for start in range(0, len(images), size):
        rows.append(_run(level, images[start : start + size], feed))
        progress(min(start + size, len(images)))
    return Prediction(np.concatenate(rows), size, runtime, str(runtime_version(runtime)), resolver(level.interpreter))


def resolver(interpreter: Any) -> str:
    """`xnnpack` if the interpreter handed any operator to its default delegate, else `builtin`."""
    return "xnnpack" if any(op["op_name"] == "DELEGATE" for op in interpreter._get_ops_details()) else "builtin"


def _level(
    tflite: bytes, runtime: str, threads: int, signature: str | None, taken: ImageInput, size: Sequence[int]
) -> _Level:
    """One level in an interpreter of its own, for its own number of images of this height and width.

    All tensors are allocated before a runner is asked for: without, tflite-runtime 2.14 runs it without XNNPACK.
    """
    if runtime_version(runtime) is None:
        raise StudyError(f"the runtime {runtime} is not installed: pip install {RUNTIMES[runtime]}, or choose another")
    if "tensorflow" in sys.modules:
        raise AssertionError("TensorFlow is loaded in this process: its kernels would stand in for the runtime's")
    module = import_module(f"{runtime}.interpreter")
    try:
        interpreter = module.Interpreter(model_content=tflite, num_threads=threads)
        model = parse(tflite)
        name = chosen(model.signatures, signature)
        main, graph = model.signatures[name].subgraph == 0, model.graph(name)
        port = graph.tensors[graph.inputs[0]] if len(graph.inputs) == 1 and graph.inputs[0] >= 0 else None
        shape = _shape(port, taken, size) if port else ()
        if main and port and shape != port.shape:
            interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], shape)
        interpreter.allocate_tensors()
        for names in (interpreter.get_input_details, interpreter.get_output_details, interpreter._get_ops_details):
            names()  # whatever is asked for later, so that a name that cannot be read is found here
    except UnicodeDecodeError as error:  # names are decoded without a fallback
        raise StudyError("the model holds a name that is not UTF-8: it is damaged") from error
    except (ValueError, RuntimeError, SystemError, TypeError) as error:
        raise StudyError(f"{runtime} {runtime_version(runtime)} refuses the model: {error}") from error
    if main:
        return _Level(interpreter, shape)
    try:
        return _Level(interpreter, shape, interpreter.get_signature_runner(name))
    except (ValueError, RuntimeError, UnicodeDecodeError) as error:
        raise StudyError(f"{runtime} does not know the model's signature '{name}': {error}") from error


def _shape(port: Tensor, taken: ImageInput, size: Sequence[int]) -> tuple[int, ...]:
    """What the model is given at a time: its own shape, with the images' height and width where it takes any."""
    if len(port.shape) != len(taken.layout):
        return port.shape
    wanted = taken.shape(1, size[0], size[1])
    return tuple(
        given if own is None else own for own, given in zip(open_sizes(port.sizes, taken.layout), wanted, strict=True)
    )


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
    source, shape = _inputs(level)[0], (batch_size, *level.shape[1:])
    try:
        if level.runner:
            _invoke(level, np.zeros(shape, source["dtype"]))
        else:
            level.interpreter.resize_tensor_input(source["index"], shape)
            level.interpreter.allocate_tensors()
    except (ValueError, RuntimeError):
        return None
    found = _outputs(level)[0]["shape"]
    return replace(level, shape=shape) if len(found) and found[0] == batch_size else None


def _accept(level: _Level, images: Images, taken: ImageInput) -> _Feed:
    """Check that this is an image classifier for these images; return what turns them into its input."""
    inputs, outputs = _inputs(level), _outputs(level)
    if len(inputs) != 1 or len(outputs) != 1:
        raise StudyError(f"the model has {len(inputs)} inputs and {len(outputs)} outputs: a classifier has one of each")
    source, output = inputs[0], outputs[0]
    for port, name in ((source, "input"), (output, "output")):
        if np.dtype(port["dtype"]) not in (np.float32, np.int8, np.uint8):
            raise StudyError(f"the model's {name} is {np.dtype(port['dtype'])}: float32, int8 and uint8 are supported")
    wanted = taken.shape(1, *images.shape[1:3])
    if len(level.shape) != len(wanted) or level.shape[1:] != wanted[1:] or level.batch < 1:
        raise StudyError(f"the model takes {list(level.shape)}, the images are {list(wanted)}: load them in its size")
    tables = input_tables(taken, source["dtype"], *source["quantization"])
    return lambda some: arranged(some, taken, tables)


def _agree(alone: _Level, resized: _Level, images: Images, feed: _Feed) -> bool:
    """Whether a batch gives the same bits as the model's own batch size."""
    one_by_one = [_run(alone, images[i : i + alone.batch], feed) for i in range(0, len(images), alone.batch)]
    return np.array_equal(np.concatenate(one_by_one), _run(resized, images, feed), equal_nan=True)


def _run(level: _Level, images: Images, feed: _Feed) -> Floats32:
    """Outputs of up to a batch of images, the rest of it padded with the last one. [n, H, W, 3] -> [n, C]."""
    count, size = len(images), level.batch
    if count < size:
        images = np.concatenate([images, np.repeat(images[-1:], size - count, axis=0)])
    try:
        output = _invoke(level, feed(images))
    except (ValueError, RuntimeError, TypeError) as error:
        raise StudyError(f"the model fails while running: {error}") from error
    each = output.shape[1:] if output.shape[:1] == (size,) else output.shape
    if output.size % size or not output.size or sum(one > 1 for one in each) > 1:
        raise StudyError(f"the model's output {list(output.shape)} is not one row of classes an image")
    output = output.reshape(size, -1)[:count]
    scale, zero_point = _outputs(level)[0]["quantization"]
    if output.dtype == np.float32 or not scale > 0:
        return np.asarray(output, dtype=np.float32)
    return (output.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
