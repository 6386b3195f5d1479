"""The scheme `int8_tuned` with one scale for all levels, so that a level's kernels are slices of the widest one's.

Symmetric int8 kernels do not see a factor on a whole output channel (Jacob et al. 2018, arXiv 1712.05877): batch
normalisation, folded into the kernels, is such a factor, and the only thing that differs between levels which share
their kernels. With scales of their own the slices differ all the same, wherever a channel's largest weight lies outside
of them. With the widest level's integers, its scales times the factor, a codec of a long window stores them once.

What is left of a level are its scales and biases. Their last bits mean nothing beside the rounding of the kernels and
of the outputs, and no codec can pack them, so narrower levels go without.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from study.arrays import Array, Floats
from study.convert.calibration import calibrate, quantize
from study.convert.requantization import KINDS
from study.convert.signatures import Levels
from study.convert.tuned.calibrated import with_least_error
from study.data.examples import Examples
from study.tflite.edit import pack, unpack

CLOSE = 1e-3
"""Largest part of a kernel's channel, by length, that may not be a multiple of the widest level's slice."""
BITS = 8
"""Significant bits of a narrower level's scales: they are off by at most 1 in 256, as int8 is by 1 in 254."""
PART = 1 / 8
"""Of a step of the output, in which a narrower level's biases are rounded."""


@dataclass(frozen=True)
class _Layer:
    """An operator with a kernel: its tensors, and what kernel and bias store; a bias may be missing."""

    source: Any
    kernel: Any
    bias: Any
    output: Any
    values: Array
    offsets: Any


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`, activation ranges searched on `calibration` (uint8 [N, H, W, 3])."""
    ranges = with_least_error(calibrate(levels, calibration), calibration)
    return with_shared_scales(quantize(ranges), ranges, next(iter(levels)))


def with_shared_scales(quantized: bytes, in_float: bytes, widest: str) -> bytes:
    """Give the kernels of narrower levels the integers of the widest one's, and scales and biases that go with them.

    Channels stay as they are where they are no multiple of the widest level's, and so do levels that have fewer
    kernels: theirs are whole kernels of the widest one (study/networks/channels/grouped), so their integers and scales
    are the same already.

    Args:
        quantized: the int8 file.
        in_float: the float file that it was quantized from, with the same levels.
        widest: signature of the widest level: levels stand in a file in the order of their names.
    """
    model, real = unpack(quantized), unpack(in_float)
    (first,) = (one.subgraphIndex for one in model.signatureDefs if one.signatureKey.decode() == widest)
    wide, wide_real = (list(_layers(each, each.subgraphs[first])) for each in (model, real))
    for number, (graph, real_graph) in enumerate(zip(model.subgraphs, real.subgraphs, strict=True)):
        if number == first:
            continue
        own, own_real = list(_layers(model, graph)), list(_layers(real, real_graph))
        if len(own) < len(wide):
            continue
        for layers in zip(wide, wide_real, own, own_real, strict=True):
            _share(model, *layers)
    used = {tensor.buffer for graph in model.subgraphs for tensor in graph.tensors}
    used |= {entry.buffer for entry in model.metadata or ()}
    for number, buffer in enumerate(model.buffers):
        if number not in used:
            buffer.data = None
    return pack(model)


def _layers(model: Any, graph: Any) -> Iterator[_Layer]:
    for operator in graph.operators:
        if model.operatorCodes[operator.opcodeIndex].builtinCode not in KINDS:
            continue
        source, kernel = (graph.tensors[index] for index in operator.inputs[:2])
        output = graph.tensors[operator.outputs[0]]
        bias = graph.tensors[operator.inputs[2]] if len(operator.inputs) > 2 and operator.inputs[2] >= 0 else None
        stored = model.buffers[kernel.buffer].data
        if stored is not None:
            kind = np.int8 if kernel.type == schema.TensorType.INT8 else np.float32
            values = np.asarray(stored, np.uint8).view(kind).reshape(kernel.shape)
            yield _Layer(
                source, kernel, bias, output, values, None if bias is None else model.buffers[bias.buffer].data
            )


def _share(model: Any, wide: _Layer, wide_real: _Layer, own: _Layer, own_real: _Layer) -> None:
    if own.values.dtype != np.int8 or wide.values.dtype != np.int8:
        return  # the layer stayed in float
    scales = np.asarray(own.kernel.quantization.scale, np.float64)
    axis = own.kernel.quantization.quantizedDimension if len(scales) > 1 else None
    place = tuple(map(slice, own.values.shape))
    factors = _factors(wide_real.values[place], own_real.values, axis)
    multiples = np.isfinite(factors)
    theirs = np.asarray(wide.kernel.quantization.scale, np.float64)[: len(scales)]
    scales = np.where(multiples, _coarse(theirs * np.abs(factors)), scales).astype(np.float32)
    along = [-1 if number == axis else 1 for number in range(own.values.ndim)]
    signs = np.where(factors < 0, -1, 1).astype(np.int8).reshape(along)
    own.kernel.quantization.scale = scales
    own.kernel.buffer = _stored(
        model, np.where(multiples.reshape(along), wide.values[place] * signs, own.values).astype(np.int8)
    )
    if own.bias is not None and own_real.offsets is not None:
        steps = float(own.source.quantization.scale[0]) * scales.astype(np.float64)
        real = np.asarray(own_real.offsets, np.uint8).view(np.float32).astype(np.float64)
        own.bias.quantization.scale = _coarse(steps).astype(np.float32)
        own.bias.buffer = _stored(model, _rounded(real / steps, PART * float(own.output.quantization.scale[0]) / steps))


def _coarse(scales: Floats) -> Floats:
    """The nearest numbers with `BITS` significant bits."""
    mantissa, exponent = np.frexp(scales)
    return np.ldexp(np.rint(np.ldexp(mantissa, BITS)), exponent - BITS)


def _rounded(biases: Floats, steps: Floats) -> Array:
    """As int32, multiples of the largest power of two that is no larger than a step; of 1 where the step is smaller."""
    unit = np.exp2(np.floor(np.log2(np.maximum(steps, 1))))
    limit = np.iinfo(np.int32)
    return np.clip(np.rint(biases / unit) * unit, limit.min, limit.max).astype(np.int32)


def _factors(wide: Array, own: Array, axis: int | None) -> Floats:
    """What each channel of `wide` is multiplied by to give `own`; NaN where it is no multiple, or one of zero.

    `axis`: that of the channels; None: there is one scale for the whole kernel.
    """
    channels = 1 if axis is None else own.shape[axis]
    first, second = (np.moveaxis(each, axis or 0, 0).reshape(channels, -1).astype(np.float64) for each in (wide, own))
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = (first * second).sum(axis=1) / (first**2).sum(axis=1)
        left = np.linalg.norm(second - factors[:, None] * first, axis=1)
    exact = (left <= CLOSE * np.linalg.norm(second, axis=1)) & (factors != 0)
    return np.where(exact, factors, np.nan)


def _stored(model: Any, values: Array) -> int:
    """A new buffer with these values: the old one may belong to another level as well."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
    model.buffers.append(buffer)
    return len(model.buffers) - 1
