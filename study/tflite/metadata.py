"""What a file's maker wrote into it for its users: labels of the classes, and how pixels are to be normalised.

TFLite metadata: a table of its own (identifier M001) in the buffer that the entry TFLITE_METADATA names, and files in a
zip archive behind the model. Source: `metadata_schema.fbs` of tflite-support, whose field numbers stand here.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema
from flatbuffers.number_types import Float32Flags, Int8Flags, UOffsetTFlags

from study.errors import StudyError
from study.tasks.label_file import read_labels
from study.tflite.untrusted import require, text, untrusted, within

ENTRY, IDENTIFIER = b"TFLITE_METADATA", b"M001"
SUBGRAPHS, INPUTS, OUTPUTS, PROCESSING, FILES = 3, 2, 3, 4, 6
"""Fields of ModelMetadata, of SubGraphMetadata (two), of TensorMetadata (two)."""
AXIS_LABELS, NORMALIZATION = 2, 1
"""Values of AssociatedFileType and of ProcessUnitOptions."""

MOST_BYTES = 1 << 20
"""Of a file of labels: ImageNet's 1,000 classes take 10 kB."""


@dataclass(frozen=True)
class Metadata:
    """Labels in the order of the outputs, and `(pixel - mean) / std` of pixel values 0 to 255; empty where not said.

    `labels_file`: its name inside the model.
    """

    labels: tuple[str, ...] = ()
    labels_file: str = ""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()


def read_metadata(tflite: bytes, subgraph: int = 0) -> Metadata:
    """What a file says of the first input and output of one of its subgraphs.

    Raises:
        StudyError: there is metadata, and it is damaged.
    """
    try:
        with untrusted():
            mean, std, named = _described(tflite, subgraph)
    except StudyError as error:
        raise StudyError("its metadata is damaged: write it again, or remove it") from error
    packed = _packed(tflite)
    texts = [name for name in packed if name.lower().endswith(".txt")]
    name = named if named in packed else texts[0] if len(texts) == 1 else ""
    return Metadata(read_labels(packed[name]) if name else (), text(name.encode()), mean, std)


def _described(tflite: bytes, subgraph: int) -> tuple[tuple[float, ...], tuple[float, ...], str]:
    """Mean, standard deviation, and name of the file of labels."""
    model = schema.Model.GetRootAs(tflite, 0)
    for entry in (model.Metadata(at) for at in range(model.MetadataLength())):
        if entry.Name() == ENTRY:
            buffer = model.Buffers(within(entry.Buffer(), model.BuffersLength()))
            if not buffer.DataLength():
                return (), (), ""
            content = buffer.DataAsNumpy().tobytes()
            require(content[4:8] == IDENTIFIER, "its metadata has no identifier")
            root = flatbuffers.table.Table(content, int(flatbuffers.encode.Get(UOffsetTFlags.packer_type, content, 0)))
            found = list(_tables(root, SUBGRAPHS))
            if subgraph >= len(found):
                return (), (), ""
            return *_normalization(found[subgraph]), _labels_file(found[subgraph])
    return (), (), ""


def _normalization(subgraph: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    for tensor in list(_tables(subgraph, INPUTS))[:1]:
        for unit in _tables(tensor, PROCESSING):
            if _byte(unit, 0) == NORMALIZATION and (place := _field(unit, 1)):
                options = flatbuffers.table.Table(unit.Bytes, unit.Pos + place)
                options.Pos = unit.Indirect(unit.Pos + place)
                mean, std = _floats(options, 0), _floats(options, 1)
                count = max(len(mean), len(std))
                return _spread(mean, count), _spread(std, count)
    return (), ()


def _spread(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    require(len(values) in (1, count), "its mean and std have different counts")
    return values * (count // len(values))


def _labels_file(subgraph: Any) -> str:
    for tensor in list(_tables(subgraph, OUTPUTS))[:1]:
        for file in _tables(tensor, FILES):
            if _byte(file, 2) == AXIS_LABELS and (place := _field(file, 0)):
                return bytes(file.String(file.Pos + place)).decode("utf-8", "replace")
    return ""


def _field(table: Any, number: int) -> int:
    """Offset of a field, 0 where it is absent."""
    return int(table.Offset(4 + 2 * number))


def _byte(table: Any, number: int) -> int:
    place = _field(table, number)
    return int(table.Get(Int8Flags, table.Pos + place)) if place else 0


def _tables(table: Any, number: int) -> Iterator[Any]:
    place = _field(table, number)
    count = int(table.VectorLen(place)) if place else 0
    require(count <= 1000, "its metadata claims too much")
    start = table.Vector(place) if count else 0
    for at in range(count):
        yield flatbuffers.table.Table(table.Bytes, table.Indirect(start + 4 * at))


def _floats(table: Any, number: int) -> tuple[float, ...]:
    place = _field(table, number)
    if not place:
        return ()
    require(table.VectorLen(place) <= 16, "its metadata claims too much")
    return tuple(float(one) for one in table.GetVectorAsNumpy(Float32Flags, place))


def _packed(tflite: bytes) -> dict[str, bytes]:
    """Small files of the archive behind the model."""
    try:
        with zipfile.ZipFile(io.BytesIO(tflite)) as archive:
            small = [one for one in archive.infolist() if not one.is_dir() and one.file_size <= MOST_BYTES][:100]
            return {one.filename: archive.read(one) for one in small}
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, NotImplementedError):
        return {}
    except Exception as error:  # what zlib and its kin raise
        raise StudyError("the files packed into the model are damaged: pack them again") from error
