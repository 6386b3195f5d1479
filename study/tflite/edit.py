"""A .tflite file as tables that may be changed, and back."""

import flatbuffers
from ai_edge_litert import schema_py_generated as schema


def unpack(tflite: bytes) -> schema.ModelT:
    """The tables of a file that a converter has just made: what strangers send goes to study/tflite/parse.py."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite, 0))


def pack(model: schema.ModelT) -> bytes:
    """The file of these tables."""
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
