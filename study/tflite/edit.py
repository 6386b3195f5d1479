"""A .tflite file as tables that may be changed, and back."""

from copy import copy

import flatbuffers
from ai_edge_litert import schema_py_generated as schema


def unpack(tflite: bytes) -> schema.ModelT:
    """The tables of a file that a converter has just made: what strangers send goes to study/tflite/parse.py."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite, 0))


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


def pack(model: schema.ModelT) -> bytes:
    """The file of these tables."""
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
