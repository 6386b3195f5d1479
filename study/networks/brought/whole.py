"""A SavedModel whose layers are of its own code: its inference as one function, between the study's ports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from study.arrays import Array
from study.errors import StudyError
from study.networks.brought.input_port import Range
from study.networks.brought.output_port import Output

SERVING = "serving_default"
PASSING = ("Identity", "StopGradient")
ENDS = {"Softmax": "softmax", "Sigmoid": "sigmoid", "LogSoftmax": "log_softmax"}


@dataclass(frozen=True)
class Whole:
    """The inference of a SavedModel: `answers` as it gives them, `logits` before a softmax or a sigmoid at its end.

    Both take images float32 [N, H, W, 3] in its own range. `input_shape` is that of one image, `output` what `answers`
    are.
    """

    answers: Callable[[Any], Any]
    logits: Callable[[Any], Any]
    input_shape: tuple[int | None, ...]
    outputs: int
    output: Output


def read_whole(path: Path) -> Whole:
    """Read the inference signature of the SavedModel at `path`.

    Raises:
        StudyError: it is damaged, or has not one input of images and one output of a number a class.
    """
    try:
        # Kept alive by what is returned: a signature holds its variables weakly.
        model = tf.saved_model.load(str(path))
        signatures = dict(model.signatures)
    except Exception as error:
        said = " ".join(str(error).split())[:150]
        raise StudyError(f"{path} cannot be read as a SavedModel: {said}") from error
    if SERVING not in signatures and len(signatures) != 1:
        raise StudyError(f"{path} has no signature {SERVING}: save the model with model.export()")
    chosen = signatures.get(SERVING) or next(iter(signatures.values()))
    specs = list(chosen.structured_input_signature[1].values())
    if len(specs) != 1 or specs[0].shape.rank != 4:
        raise StudyError(f"{path} takes {len(specs)} inputs or no images: the study's networks take one image")
    frozen = convert_variables_to_constants_v2(chosen)
    if len(frozen.outputs) != 1 or frozen.outputs[0].shape.rank != 2 or frozen.outputs[0].shape[1] is None:
        raise StudyError(f"{path} does not give one number a class [images, classes]")
    given, end = frozen.inputs[0], frozen.outputs[0]
    at, found = end, "linear"
    while at.op.type in PASSING:
        at = at.op.inputs[0]
    if at.op.type in ENDS:
        at, found = at.op.inputs[0], ENDS[at.op.type]
    outputs, dtype = int(end.shape[1]), specs[0].dtype
    if found == "sigmoid" and outputs > 1:
        raise StudyError(f"{path} ends in {outputs} sigmoids, each a yes or no by itself: end it in a softmax")
    answers, logits = (_pruned(frozen.graph.as_graph_def(), given.name, one.name, dtype) for one in (end, at))
    output = Output(found != "linear", outputs == 1, found == "log_softmax")
    return Whole(answers, logits, tuple(specs[0].shape)[1:], outputs, output)


def between_ports(whole: Whole, own: Range, matrix: Array) -> Callable[[Any], Any]:
    """Images float32 in [-1, 1] -> logits of the data's classes."""
    slope = (own.high - own.low) / 2.0

    def function(image: Any) -> Any:
        given = image if (slope, own.low) == (1.0, -1.0) else image * slope + (own.low + slope)
        logits = whole.logits(given)
        straight = matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix)))
        return logits if straight else tf.matmul(logits, tf.constant(matrix, tf.float32))

    return function


def original_answers(whole: Whole, images: Array, batch: int = 32) -> Array:
    """Its outputs on images in its own range."""
    found: Sequence[Array] = [
        whole.answers(tf.constant(images[i : i + batch])).numpy() for i in range(0, len(images), batch)
    ]
    return np.concatenate(found)


def _pruned(graph: Any, given: str, wanted: str, dtype: Any) -> Callable[[Any], Any]:
    imported = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
    function = imported.prune(given, wanted)
    return lambda image: function(tf.cast(image, dtype))
