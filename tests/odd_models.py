"""Files of linear classifiers of the mean colour, made without TensorFlow: as odd as their makers elsewhere make them.

A model takes an image, averages it and multiplies by WEIGHTS: of images of one colour each class is right, if channels,
range and order of classes are as the model means them.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from study.tflite.edit import pack

TYPES = {"float32": 0, "int8": 9, "uint8": 3}
COLOURS = np.array([[250, 40, 40], [40, 250, 40], [40, 40, 250], [250, 250, 250]], np.uint8)
"""Of the classes red, green, blue, white."""
CLASSES = ("red", "green", "blue", "white")
OPS = schema.BuiltinOperator


@dataclass(frozen=True)
class Odd:
    """One model. `low` and `high`: what pixels 0 and 255 are to become. `free`: dimensions of any size.

    `end`: SOFTMAX, LOGISTIC, NORMALIZED (probabilities without a softmax: divided by their sum) or nothing.
    `order`: the class of each output. `scaled`: integers have a scale. `rescale`: MUL, DIV or SUB, what is done first
    to pixel values 0 to 255, as a Rescaling layer does.
    """

    shape: tuple[int, ...] = (1, 8, 8, 3)
    free: tuple[int, ...] = ()
    dtype: str = "float32"
    scaled: bool = True
    low: float = -1.0
    high: float = 1.0
    bgr: bool = False
    end: str = ""
    order: tuple[int, ...] = (0, 1, 2, 3)
    binary: bool = False
    quantize: bool = False
    rescale: str = ""

    @property
    def quantization(self) -> tuple[float, int]:
        """Scale and zero point of the input."""
        scale = (self.high - self.low) / 255
        return scale, round(-self.low / scale) + (-128 if self.dtype == "int8" or self.quantize else 0)


def colours(count: int, size: Sequence[int] = (8, 8), classes: int = 4, seed: int = 0) -> tuple[Any, Any]:
    """Images [N, H, W, 3] of nearly one colour each, and labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    noise = rng.integers(-30, 31, (count, *size, 3))
    return np.clip(COLOURS[labels][:, None, None].astype(int) + noise, 0, 255).astype(np.uint8), labels


def parameters(model: Odd) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Weights [classes, channels] and biases of the last layer."""
    axis = model.shape.index(3) if 3 in model.shape[1:] else None
    low, high = {"MUL": (0.0, 2.0), "DIV": (0.0, 1.0), "SUB": (-127.5, 127.5)}.get(
        model.rescale, (model.low, model.high)
    )
    span = high - low
    if axis is None:  # grey: dark, ..., bright by the distance to a mean brightness each
        means = np.array([0.1, 0.4, 0.65, 0.95])[: len(model.order)]
        weights, bias = 8 * means[:, None], -4 * means**2
    else:
        colour = COLOURS / 255.0
        weights, bias = 8 * colour, -4 * (colour**2).sum(1)
        weights = weights[:, ::-1] if model.bgr else weights
    # Of x = low + span * colour.
    bias = bias - (weights * low / span).sum(1)
    weights, bias = (weights / span)[list(model.order)], bias[list(model.order)]
    if model.binary:
        weights, bias = weights[1:2] - weights[:1], bias[1:2] - bias[:1]
    return weights.astype(np.float32), bias.astype(np.float32)


class Writer:
    """Tables of a file in the making."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version, self.model.description = 3, b"odd"
        empty = schema.BufferT()
        self.model.buffers, self.model.operatorCodes, self.model.subgraphs = [empty], [], []
        self.model.metadata, self.model.signatureDefs = [], []

    def graph(self) -> Any:
        graph = schema.SubGraphT()
        graph.tensors, graph.operators, graph.inputs, graph.outputs, graph.name = [], [], [], [], b"main"
        self.model.subgraphs.append(graph)
        return graph

    def buffer(self, content: bytes) -> int:
        table = schema.BufferT()
        table.data = np.frombuffer(content, np.uint8)
        self.model.buffers.append(table)
        return len(self.model.buffers) - 1

    def tensor(
        self,
        graph: Any,
        shape: Sequence[int],
        dtype: int = 0,
        values: Any = None,
        scale: tuple[float, int] | None = None,
        free: Sequence[int] = (),
        name: str = "t",
    ) -> int:
        table = schema.TensorT()
        table.shape = np.array([1 if at in free else size for at, size in enumerate(shape)], np.int32)
        table.shapeSignature = (
            np.array([-1 if at in free else size for at, size in enumerate(shape)], np.int32) if free else None
        )
        table.type, table.name, table.hasRank = dtype, f"{name}{len(graph.tensors)}".encode(), True
        table.buffer = 0 if values is None else self.buffer(np.ascontiguousarray(values).tobytes())
        if scale is not None:
            table.quantization = schema.QuantizationParametersT()
            table.quantization.scale = np.array([scale[0]], np.float32)
            table.quantization.zeroPoint = np.array([scale[1]], np.int64)
        graph.tensors.append(table)
        return len(graph.tensors) - 1

    def operator(
        self, graph: Any, code: int, inputs: Sequence[int], outputs: Sequence[int], options: Any = None
    ) -> None:
        codes = [one.builtinCode for one in self.model.operatorCodes]
        if code not in codes:
            table = schema.OperatorCodeT()
            table.builtinCode, table.deprecatedBuiltinCode, table.version = code, min(code, 127), 1
            self.model.operatorCodes.append(table)
            codes.append(code)
        node = schema.OperatorT()
        node.opcodeIndex = codes.index(code)
        node.inputs, node.outputs = np.array(inputs, np.int32), np.array(outputs, np.int32)
        if options is not None:
            node.builtinOptions = options
            node.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        graph.operators.append(node)

    def signature(self, name: str, number: int) -> None:
        graph, table = self.model.subgraphs[number], schema.SignatureDefT()
        table.signatureKey, table.subgraphIndex = name.encode(), number
        table.inputs, table.outputs = [], []
        for ports, maps, label in ((graph.inputs, table.inputs, b"image"), (graph.outputs, table.outputs, b"answer")):
            entry = schema.TensorMapT()
            entry.name, entry.tensorIndex = label, ports[0]
            maps.append(entry)
        self.model.signatureDefs.append(table)


def write(model: Odd, labels: str | None = None, metadata: bytes | None = None, **levels: Odd) -> bytes:
    """The file of a model, or of several levels by name; with labels and TFLite metadata where there are some."""
    writer = Writer()
    for one in levels.values() or [model]:
        _graph(writer, one)
    for number, name in enumerate(levels):
        writer.signature(name, number)
    if metadata is not None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = b"TFLITE_METADATA", writer.buffer(metadata)
        writer.model.metadata.append(entry)
    found = pack(writer.model)
    return found if labels is None else appended(found, {"labels.txt": labels.encode()})


def delegated(custom: str) -> bytes:
    """As compilers for accelerators leave it: one custom operator from image to classes; and a CONV_2D never used."""
    writer = Writer()
    graph = writer.graph()
    image = writer.tensor(graph, (1, 8, 8, 3), TYPES["uint8"], scale=(1 / 128, 128))
    answer = writer.tensor(graph, (1, 4), TYPES["uint8"], scale=(1 / 256, 0))
    writer.operator(graph, OPS.CUSTOM, [image], [answer])
    writer.model.operatorCodes[0].customCode = custom.encode()
    spare = schema.OperatorCodeT()
    spare.builtinCode = spare.deprecatedBuiltinCode = OPS.CONV_2D
    spare.version = 1
    writer.model.operatorCodes.append(spare)
    graph.inputs, graph.outputs = np.array([image], np.int32), np.array([answer], np.int32)
    return pack(writer.model)


def appended(tflite: bytes, files: dict[str, bytes]) -> bytes:
    """With a zip archive behind the model, as TFLite's metadata tools pack labels."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return tflite + packed.getvalue()


def _graph(writer: Writer, model: Odd) -> None:
    graph, integer = writer.graph(), model.dtype != "float32"
    weights, bias = parameters(model)
    if model.end == "NORMALIZED":
        weights, bias = np.abs(weights), np.abs(bias) + 1
    count, channels = weights.shape
    shape = model.shape
    x = writer.tensor(
        graph,
        shape,
        TYPES[model.dtype],
        scale=model.quantization if integer and model.scaled else None,
        free=model.free,
    )
    graph.inputs = np.array([x], np.int32)
    if integer:
        real = writer.tensor(graph, shape, free=model.free)
        if model.scaled:
            writer.operator(graph, OPS.DEQUANTIZE, [x], [real], schema.DequantizeOptionsT())
        else:
            options = schema.CastOptionsT()
            options.inDataType, options.outDataType = TYPES[model.dtype], 0
            writer.operator(graph, OPS.CAST, [x], [real], options)
        x = real
    if model.rescale:
        constant = {"MUL": 1 / 127.5, "DIV": 255.0, "SUB": 127.5}[model.rescale]
        other, scaled = (
            writer.tensor(graph, (1,), values=np.float32([constant])),
            writer.tensor(graph, shape, free=model.free),
        )
        options = getattr(schema, f"{model.rescale.capitalize()}OptionsT")()
        writer.operator(graph, getattr(OPS, model.rescale), [x, other], [scaled], options)
        x = scaled
    if model.quantize:
        codes = writer.tensor(graph, shape, TYPES["int8"], scale=model.quantization, free=model.free)
        real = writer.tensor(graph, shape, free=model.free)
        writer.operator(graph, OPS.QUANTIZE, [x], [codes], schema.QuantizeOptionsT())
        writer.operator(graph, OPS.DEQUANTIZE, [codes], [real], schema.DequantizeOptionsT())
        x = real
    spatial = [2, 3] if len(shape) == 4 and shape[3] not in (1, 3) else [1, 2]
    axes = writer.tensor(graph, (2,), 2, np.array(spatial, np.int32))
    mean = writer.tensor(graph, (1, channels) if len(shape) == 4 else (1,), free=[0] if 0 in model.free else [])
    options = schema.ReducerOptionsT()
    options.keepDims = False
    writer.operator(graph, OPS.MEAN, [x, axes], [mean], options)
    if len(shape) == 3:
        row = writer.tensor(graph, (1, 1), free=[0] if 0 in model.free else [])
        size = writer.tensor(graph, (2,), 2, np.array([-1, 1], np.int32))
        writer.operator(graph, OPS.RESHAPE, [mean, size], [row])
        mean = row
    kernel = writer.tensor(graph, weights.shape, values=weights)
    biases = writer.tensor(graph, bias.shape, values=bias)
    out = writer.tensor(graph, (1, count), free=[0] if 0 in model.free else [], name="out")
    writer.operator(graph, OPS.FULLY_CONNECTED, [mean, kernel, biases], [out], schema.FullyConnectedOptionsT())
    out = _end(writer, graph, model.end, out, count)
    graph.outputs = np.array([out], np.int32)


def _end(writer: Writer, graph: Any, end: str, out: int, count: int) -> int:
    if not end:
        return out
    found = writer.tensor(graph, (1, count), name="end")
    if end == "SOFTMAX":
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        writer.operator(graph, OPS.SOFTMAX, [out], [found], options)
    elif end == "LOGISTIC":
        writer.operator(graph, OPS.LOGISTIC, [out], [found])
    else:  # a softmax in parts, as converters of other frameworks write it
        powers, total = writer.tensor(graph, (1, count)), writer.tensor(graph, (1, 1))
        axis = writer.tensor(graph, (1,), 2, np.array([1], np.int32))
        writer.operator(graph, OPS.EXP, [out], [powers], schema.ExpOptionsT())
        options = schema.ReducerOptionsT()
        options.keepDims = True
        writer.operator(graph, OPS.SUM, [powers, axis], [total], options)
        writer.operator(graph, OPS.DIV, [powers, total], [found], schema.DivOptionsT())
    return found


def described(labels_file: str | None = None, mean: Sequence[float] = (), std: Sequence[float] = ()) -> bytes:
    """TFLite metadata (M001) that names a file of labels and a normalisation. Source: metadata_schema.fbs."""
    builder = flatbuffers.Builder(256)

    def vector(items: Sequence[int]) -> int:
        builder.StartVector(4, len(items), 4)
        for item in reversed(items):
            builder.PrependUOffsetTRelative(item)
        return int(builder.EndVector())

    def floats(values: Sequence[float]) -> int:
        builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            builder.PrependFloat32(value)
        return int(builder.EndVector())

    def table(slots: int, fields: dict[int, int]) -> int:
        builder.StartObject(slots)
        for slot, offset in fields.items():
            builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
        return int(builder.EndObject())

    inputs, outputs = {}, {}
    if mean:
        options = table(2, {0: floats(mean), 1: floats(std)})
        builder.StartObject(2)
        builder.PrependUint8Slot(0, 1, 0)
        builder.PrependUOffsetTRelativeSlot(1, options, 0)
        inputs[4] = vector([int(builder.EndObject())])
    if labels_file:
        name = builder.CreateString(labels_file)
        builder.StartObject(5)
        builder.PrependUOffsetTRelativeSlot(0, name, 0)
        builder.PrependInt8Slot(2, 2, 0)
        outputs[6] = vector([int(builder.EndObject())])
    ports = {2: vector([table(7, inputs)]), 3: vector([table(7, outputs)])}
    root = table(8, {3: vector([table(7, ports)])})
    builder.Finish(root, b"M001")
    return bytes(builder.Output())
