"""A .tflite file as tables that may be changed, and back."""

from copy import copy
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from study.tflite.buffers import read_buffers
from study.tflite.untrusted import require


def unpack(tflite: bytes) -> schema.ModelT:
    """The tables of a file that a converter has just made: what strangers send goes to study/tflite/parse.py.

    What lies behind the tables comes into them, each constant by itself, so that they are the whole file.

    Raises:
        StudyError: something behind the tables is not where the file says.
    """
    root = schema.Model.GetRootAs(tflite, 0)
    model = schema.ModelT.InitFromObj(root)
    for table, buffer in zip(model.buffers, read_buffers(root, tflite), strict=True):
        if table.offset > 1:
            table.data, table.offset, table.size = buffer.content, 0, 0
    for operator in (operator for graph in model.subgraphs for operator in graph.operators):
        if operator.largeCustomOptionsOffset > 1:
            start, size = operator.largeCustomOptionsOffset, operator.largeCustomOptionsSize
            require(start + size <= len(tflite), "an operator's options reach beyond the end")
            operator.customOptions = np.frombuffer(tflite, np.uint8, size, start)
            operator.largeCustomOptionsOffset = operator.largeCustomOptionsSize = 0
    return model


def only(model: schema.ModelT, subgraph: int) -> schema.ModelT:
    """One subgraph and its signatures as tables of a file of its own: its tensors keep their numbers.

    It must run no other subgraph. Nothing is copied, and all buffers stay.
    """
    found = copy(model)
    found.subgraphs = [model.subgraphs[subgraph]]
    found.signatureDefs = [copy(one) for one in model.signatureDefs or () if one.subgraphIndex == subgraph]
    for one in found.signatureDefs:
        one.subgraphIndex = 0
    return found


def pack(model: schema.ModelT, builder: Any = None) -> bytes:
    """The file of these tables, written by `builder` or by a new one."""
    builder = builder or flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
