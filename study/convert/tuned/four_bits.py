"""Kernels of 4 bits, by Google's ai-edge-quantizer: stored as int4, computed in float32 (weight-only quantization).

A kernel is dequantized in front of its convolution or dense layer, symmetric, with one scale for each output channel.
The other way, `dynamic` int4, keeps the operators' versions of float: tflite-runtime 2.14 takes such a file and answers
NaN. Here DEQUANTIZE asks for the version that knows int4, so that a runtime without it refuses the file.

There is no int4 kernel for a depthwise convolution, whose few weights are stored as int8. Biases stay float32.
"""

import io
import re
from collections.abc import Collection
from contextlib import redirect_stderr
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_quantizer.qtyping import TFLOperationName as Kind
from ai_edge_quantizer.quantizer import Quantizer

from study.tflite.edit import pack, unpack

FOUR = (Kind.CONV_2D, Kind.FULLY_CONNECTED)
EIGHT = (Kind.DEPTHWISE_CONV_2D, Kind.CONV_2D_TRANSPOSE)

DEQUANTIZE = {schema.TensorType.INT4: (6, "2.18.0"), schema.TensorType.INT8: (5, "2.7.0")}
"""Type that it reads -> its version, and the first TensorFlow Lite with that version (op_version.cc and
runtime_version.cc in tflite/tools/versioning of LiteRT). ai-edge-quantizer 0.10 writes version 1 for both."""

METADATA = b"min_runtime_version"


def in_four_bits(tflite: bytes, in_eight: Collection[str] = ()) -> bytes:
    """Quantize the kernels of a float32 file to int4, those of operators named in `in_eight` to int8.

    Operators are named by their output tensors.
    """
    quantizer = Quantizer(tflite)
    for kinds, bits in ((FOUR, 4), (EIGHT, 8)):
        for kind in kinds:
            quantizer.add_weight_only_config(".*", kind, bits)
    for name in sorted(in_eight):
        for kind in FOUR:  # a later entry stands over an earlier one; the quantizer ends names with a semicolon
            quantizer.add_weight_only_config(f"^{re.escape(name)};$", kind, 8)
    with redirect_stderr(io.StringIO()):  # version 0.10 draws one of its two progress bars whatever it is told
        done = quantizer.quantize(enable_progress_bar=False, enable_progress_report=False)
    return _with_versions(bytes(done.quantized_model))


def _with_versions(tflite: bytes) -> bytes:
    """The file asks for the version of DEQUANTIZE that reads its kernels, and says which runtime has it."""
    model = unpack(tflite)
    read = {
        graph.tensors[operator.inputs[0]].type
        for graph in model.subgraphs
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode == schema.BuiltinOperator.DEQUANTIZE
    }
    needed = [DEQUANTIZE[kind] for kind in read if kind in DEQUANTIZE]
    if not needed:
        return tflite
    version, runtime = max(needed)
    for code in model.operatorCodes:
        if code.builtinCode == schema.BuiltinOperator.DEQUANTIZE:
            code.version = max(code.version, version)
    for entry in model.metadata or ():
        if entry.name == METADATA:
            stored = model.buffers[entry.buffer]
            own = bytes(stored.data).split(b"\0")[0].decode()
            least = max(own, runtime, key=_numbers).encode()
            stored.data = np.frombuffer(least.ljust(len(stored.data), b"\0"), np.uint8)
    return pack(model)


def _numbers(version: str) -> Any:
    return [int(part) for part in version.split(".") if part.isdecimal()]
