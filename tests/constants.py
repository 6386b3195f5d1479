"""Files with constants of one's choice: further tensors of a tiny model, which no operator reads."""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from study.tflite.edit import unpack


def with_constants(tflite: bytes, *contents: bytes | tuple[int, int]) -> tuple[Any, list[int]]:
    """The tables of a file with these constants at the end of its first subgraph, and the numbers of their buffers.

    A pair is offset and size in place of the bytes.
    """
    model = unpack(tflite)
    numbers = []
    for content in contents:
        buffer, tensor = schema.BufferT(), schema.TensorT()
        if isinstance(content, tuple):
            buffer.offset, buffer.size = content
        else:
            buffer.data = np.frombuffer(content, np.uint8)
        tensor.name, tensor.type, tensor.buffer = f"constant{len(numbers)}", schema.TensorType.UINT8, len(model.buffers)
        size = buffer.size if buffer.data is None else len(buffer.data)
        tensor.shape = np.array([min(size, 2**31 - 1)], np.int32)
        numbers.append(len(model.buffers))
        model.buffers.append(buffer)
        model.subgraphs[0].tensors.append(tensor)
    return model, numbers
