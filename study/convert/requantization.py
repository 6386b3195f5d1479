"""Keep the factors that int8 kernels rescale their sums by within what XNNPACK computes.

An int8 convolution or dense layer multiplies its sums by M = S_in S_w / S_out (Jacob et al. 2018, arXiv 1712.05877,
equation 5). XNNPACK takes M below 256 alone (`src/params-init.c`), and where one layer has a larger one ai-edge-litert
refuses the whole file. M grows where a layer is nearly dead, as one that was slimmed may be: all that ReLU6 lets
through is a millionth, and calibration makes that the range. A wider range costs nothing there: what it rounds away
is far smaller than a step of what is added to it.
"""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from study.tflite.edit import pack, unpack

LIMIT = 256.0
"""Smallest factor that XNNPACK does not compute."""

ROOM = 0.5
"""Share of it that a widened range takes: scales are rounded, and nothing is lost by less."""

HALF_LEVELS = 127
"""Steps of a symmetric kernel on either side of zero. Those of the two activations cancel."""

KINDS = (
    schema.BuiltinOperator.CONV_2D,
    schema.BuiltinOperator.DEPTHWISE_CONV_2D,
    schema.BuiltinOperator.FULLY_CONNECTED,
)


def widened(calibrated: bytes) -> bytes:
    """Widen the ranges of outputs that would need a factor of 256 or more; most files need no change and get none.

    Args:
        calibrated: a float .tflite that holds the smallest and largest value of every activation.
    """
    model = unpack(calibrated)
    changed = [_widen(model, graph, operator) for graph in model.subgraphs for operator in graph.operators]
    return pack(model) if any(changed) else calibrated


def _widen(model: Any, graph: Any, operator: Any) -> bool:
    """Widen the range of one operator's output if need be, and say whether."""
    if model.operatorCodes[operator.opcodeIndex].builtinCode not in KINDS:
        return False
    source, kernel, output = (graph.tensors[index] for index in (*operator.inputs[:2], operator.outputs[0]))
    stored = model.buffers[kernel.buffer].data
    if stored is None or not (_has_range(source) and _has_range(output)):
        return False
    largest = float(np.abs(np.asarray(stored, np.uint8).view(np.float32)).max())
    least, span = _span(source) * largest / HALF_LEVELS / (ROOM * LIMIT), _span(output)
    if not least or least < span / ROOM:  # the factor is below LIMIT
        return False
    found = output.quantization
    low, high = min(float(found.min[0]), 0.0), max(float(found.max[0]), 0.0)
    found.min, found.max = ([low * least / span], [high * least / span]) if span else ([0.0], [least])
    return True


def _has_range(tensor: Any) -> bool:
    found = tensor.quantization
    return found is not None and found.min is not None and len(found.min) == 1


def _span(tensor: Any) -> float:
    """Width of the range in the activation's own unit; zero is always in it."""
    found = tensor.quantization
    return max(float(found.max[0]), 0.0) - min(float(found.min[0]), 0.0)
