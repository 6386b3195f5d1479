"""The tables of a .tflite file as plain values, without TensorFlow.

Files may come from strangers: whatever is wrong with the bytes ends in one StudyError. Format: `schema.fbs` of
TensorFlow Lite; its generated reader ships with ai-edge-litert and imports in some 20 ms.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from textwrap import shorten
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from study.errors import StudyError
from study.tflite.buffers import Buffer, read_buffers
from study.tflite.operators import Operator, operator_code, read_operator, references
from study.tflite.signature import SERVING_DEFAULT
from study.tflite.tensors import Tensor, read_tensor
from study.tflite.untrusted import LIMIT, require, rows, text, untrusted, within

SIGNATURES = 256
"""Signatures of one file: each is walked through by itself."""


@dataclass(frozen=True, eq=False)
class Graph:
    """One subgraph of a file."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Signature:
    """A way to run a file: one of its subgraphs, with names of one's own for tensors of it that go in and come out."""

    subgraph: int
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Model:
    """A whole file. `signatures`: by name, in the file's order, at least one. No subgraph runs itself.

    `versions`: every operator the file asks its runtime for -> its highest version, in all subgraphs.
    """

    subgraphs: tuple[Graph, ...]
    signatures: Mapping[str, Signature]
    versions: Mapping[str, int]
    min_runtime: str | None

    def graph(self, signature: str) -> Graph:
        """The subgraph that a signature runs."""
        return self.subgraphs[self.signatures[signature].subgraph]

    def reached(self, signature: str) -> tuple[int, ...]:
        """The subgraph that a signature runs, and all that are run from there."""
        order = [self.signatures[signature].subgraph]
        seen = set(order)
        for number in order:  # which grows meanwhile
            for inner in called(self.subgraphs[number]):
                if inner not in seen:
                    seen.add(inner)
                    order.append(inner)
        return tuple(order)


def parse(tflite: bytes) -> Model:
    """Read the tables of a .tflite file.

    Raises:
        StudyError: the bytes are not a complete, consistent TFLite file.
    """
    if tflite[4:8] != b"TFL3":
        raise StudyError("not a TFLite file: the identifier TFL3 is missing at byte 4")
    with untrusted():
        return _model(schema.Model.GetRootAs(tflite, 0), tflite)


def chosen(signatures: Collection[str], asked: str | None) -> str:
    """The signature asked for, or the only one.

    Raises:
        StudyError: there is no such signature, or there are several and none is asked for.
    """
    names = shorten(", ".join(signatures), 300, placeholder=" ...")
    if asked is None:
        if len(signatures) > 1:
            raise StudyError(f"the model has several signatures ({names}): choose one of them (signature)")
        return next(iter(signatures))
    if asked not in signatures:
        raise StudyError(f"the model has no signature '{shorten(asked, 80)}': it has {names}")
    return asked


def called(graph: Graph) -> Iterable[int]:
    """Subgraphs that the operators of one run, in their order."""
    return (number for operator in graph.operators for number in operator.subgraphs)


def callees_first(subgraphs: Sequence[Graph]) -> tuple[int, ...]:
    """Numbers of all subgraphs, each behind those that it runs.

    Raises:
        StudyError: one runs itself.
    """
    try:
        return tuple(TopologicalSorter({at: called(graph) for at, graph in enumerate(subgraphs)}).static_order())
    except CycleError as error:
        raise StudyError("not a consistent TFLite file: a subgraph runs itself") from error


def _model(model: Any, data: bytes) -> Model:
    require(model.SubgraphsLength() > 0, "it holds no subgraph")
    codes = rows(model.OperatorCodesLength(), model.OperatorCodes, operator_code)
    versions: dict[str, int] = {}
    for name, version in codes:
        versions[name] = max(version, versions.get(name, 0))
    tables = rows(model.SubgraphsLength(), model.Subgraphs, lambda table: table)
    # Tables may point at one another's vectors: what is walked through counts, not what is stored.
    require(sum(table.TensorsLength() for table in tables) <= LIMIT, "it claims too many tensors")
    require(sum(table.OperatorsLength() for table in tables) <= LIMIT, "it claims too many operators")
    buffers = read_buffers(model, data)
    subgraphs = tuple(_graph(table, codes, buffers, len(tables)) for table in tables)
    callees_first(subgraphs)
    return Model(subgraphs, _signatures(model, subgraphs), versions, _min_runtime(model, buffers))


def _graph(table: Any, codes: Sequence[tuple[str, int]], buffers: Sequence[Buffer], subgraphs: int) -> Graph:
    tensors = tuple(rows(table.TensorsLength(), table.Tensors, lambda tensor: read_tensor(tensor, buffers)))

    def operator(node: Any) -> Operator:
        name = codes[within(node.OpcodeIndex(), len(codes))][0]
        return read_operator(name, node, len(tensors), subgraphs)

    return Graph(
        tensors,
        tuple(rows(table.OperatorsLength(), table.Operators, operator)),
        references(table.InputsAsNumpy(), len(tensors)),
        references(table.OutputsAsNumpy(), len(tensors)),
    )


def _signatures(model: Any, subgraphs: Sequence[Graph]) -> Mapping[str, Signature]:
    tables = rows(model.SignatureDefsLength(), model.SignatureDefs, lambda table: table, SIGNATURES)
    found = {text(table.SignatureKey()) or SERVING_DEFAULT: _signature(table, subgraphs) for table in tables}
    require(len(found) == len(tables), "two signatures share a name")
    if found:
        return found
    main = subgraphs[0]
    names = {index: tensor.name for index, tensor in enumerate(main.tensors)}
    return {
        SERVING_DEFAULT: Signature(
            0, *({names[i]: i for i in ports if i >= 0} for ports in (main.inputs, main.outputs))
        )
    }


def _signature(table: Any, subgraphs: Sequence[Graph]) -> Signature:
    number = within(table.SubgraphIndex(), len(subgraphs), "a signature runs a subgraph that is not there")

    def named(length: int, at: Any) -> dict[str, int]:
        return {
            text(entry.Name()): within(
                entry.TensorIndex(), len(subgraphs[number].tensors), "a signature names a tensor that is not there"
            )
            for entry in rows(length, at, lambda entry: entry)
        }

    return Signature(number, named(table.InputsLength(), table.Inputs), named(table.OutputsLength(), table.Outputs))


def _min_runtime(model: Any, buffers: Sequence[Buffer]) -> str | None:
    for entry in rows(model.MetadataLength(), model.Metadata, lambda entry: entry):
        if entry.Name() == b"min_runtime_version":
            content = buffers[within(entry.Buffer(), len(buffers))].content
            return None if content is None else text(content.tobytes()[:32].split(b"\0")[0]) or None
    return None
