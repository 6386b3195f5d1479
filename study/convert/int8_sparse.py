"""The scheme `int8` with sparse kernels stored as values and positions: smaller without a codec, not faster.

Kernels of dense layers stay whole: XNNPACK refuses int8 ones that a DENSIFY unpacks, and with them the file
(ai-edge-litert 2.3: "failed to delegate FULLY_CONNECTED node"); tflite-runtime takes both.
"""

import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from tensorflow.lite.python.convert import mlir_sparsify

from study.arrays import Array
from study.convert.calibration import calibrate, quantize
from study.convert.signatures import Levels
from study.data.examples import Examples
from study.tflite.edit import pack, unpack


def convert(levels: Levels, calibration: Array, validation: Examples) -> bytes:
    """Convert `levels`, activation ranges taken from `calibration` (uint8 [N, H, W, 3])."""
    return _with_whole_dense_layers(bytes(mlir_sparsify(quantize(calibrate(levels, calibration)))))


def _with_whole_dense_layers(tflite: bytes) -> bytes:
    """Replace the DENSIFY in front of every FULLY_CONNECTED by what it computes."""
    model = unpack(tflite)
    graph = model.subgraphs[0]
    kinds = [model.operatorCodes[operator.opcodeIndex].builtinCode for operator in graph.operators]
    dense = [
        operator
        for operator, kind in zip(graph.operators, kinds, strict=True)
        if kind == schema.BuiltinOperator.FULLY_CONNECTED
    ]
    unpacking = {
        operator.outputs[0]: operator
        for operator, kind in zip(graph.operators, kinds, strict=True)
        if kind == schema.BuiltinOperator.DENSIFY
    }
    values = _unpacked(tflite, [operator.inputs[1] for operator in dense if operator.inputs[1] in unpacking])
    for operator in dense:
        if operator.inputs[1] in values:
            kernel = values[operator.inputs[1]]
            densify = unpacking[operator.inputs[1]]
            stored = graph.tensors[densify.inputs[0]]
            stored.sparsity = None
            model.buffers[stored.buffer].data = np.frombuffer(kernel.tobytes(), np.uint8)
            operator.inputs = [operator.inputs[0], densify.inputs[0], *operator.inputs[2:]]
            graph.operators.remove(densify)
    return pack(model)


def _unpacked(tflite: bytes, indices: list[int]) -> dict[int, Array]:
    """Tensors that do not depend on the image, by index."""
    interpreter = tf.lite.Interpreter(
        model_content=tflite,
        num_threads=1,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    interpreter.invoke()
    return {index: interpreter.get_tensor(index) for index in indices}
