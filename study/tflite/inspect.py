"""What a look inside a .tflite file shows: its facts as plain values, ready for JSON."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from study.tflite.compatibility import unsupported
from study.tflite.facts import LevelSummary, Port, Summary
from study.tflite.metadata import Metadata
from study.tflite.parse import Model, Signature
from study.tflite.sparse_inference import failed_rules
from study.tflite.weights import Weight, kernels_by_op

QUANTIZED = ("int4", "int8", "uint8", "int16")
"""Types of kernels whose zeros are counted at their zero point."""

NO_METADATA = Metadata()


@dataclass(frozen=True)
class Asked:
    """An operator that the file asks its runtime for: how often all subgraphs hold it, and its highest version.

    A file may ask for one that it never uses.
    """

    count: int
    version: int


@dataclass(frozen=True)
class Zeros:
    """Elements of some kernels, those that stand for 0.0, and their share."""

    elements: int
    zeros: int
    sparsity: float


@dataclass(frozen=True)
class WeightRow:
    """One kernel or bias."""

    name: str
    op: str
    kernel: bool
    dtype: str
    shape: tuple[int, ...]
    scales: str
    stored_bytes: int
    dense_bytes: int
    sparse: bool
    elements: int
    zeros: int
    sparsity: float


@dataclass(frozen=True)
class SparseEncoding:
    """Weights that are stored sparsely: how many, and their bytes."""

    tensors: int
    dense_bytes: int
    stored_bytes: int


@dataclass(frozen=True)
class LevelRow:
    """One level: `macs` to `arena_bytes` as in facts.py, and the rules of sparse inference that it fails.

    `macs` and `arena_bytes` are None where they cannot be known: `uncounted` says why. `parameters` and `weight_bytes`
    are of what the level uses; levels may share it. `takes` and `gives`: the signature's own names, in its order.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    macs: int | None
    parameters: int
    weight_bytes: int
    arena_bytes: int | None
    sparse_inference_fails: tuple[str, ...]
    uncounted: str | None
    subgraph: int
    takes: tuple[str, ...]
    gives: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """Everything that is shown of a file. What belongs to a level is None where the file has several: see `levels`."""

    file_bytes: int
    inputs: tuple[Port, ...] | None
    outputs: tuple[Port, ...] | None
    ops: dict[str, Asked]
    min_runtime: str | None
    refused_by_tflite_runtime: tuple[str, ...]
    macs: int | None
    parameters: int
    weight_bytes: int
    arena_bytes: int | None
    weights: tuple[WeightRow, ...]
    sparsity_by_op: dict[str, Zeros]
    sparsity_effective: float
    quantized_zeros: Zeros
    sparse_encoding: SparseEncoding
    sparse_inference_fails: tuple[str, ...] | None
    subgraphs: int
    operators_by_subgraph: tuple[int, ...]
    levels: dict[str, LevelRow]
    labels: tuple[str, ...]
    labels_file: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


def describe(model: Model, summary: Summary, file_bytes: int, metadata: Metadata = NO_METADATA) -> Description:
    """Everything that is shown of a file, ready for JSON.

    Args:
        model: the file's tables.
        summary: its facts.
        file_bytes: its size.
        metadata: what its maker says of it.

    Raises:
        StudyError: the tables contradict one another.
    """
    kernels = [weight for weight in summary.weights if weight.kernel]
    sparse = [weight for weight in summary.weights if weight.sparse]
    counts = Counter(operator.name for graph in model.subgraphs for operator in graph.operators)
    levels = {
        name: _level(level, tuple(failed_rules(model.graph(name))), model.signatures[name])
        for name, level in summary.levels.items()
    }
    only = next(iter(levels.values())) if len(levels) == 1 else None
    return Description(
        file_bytes=file_bytes,
        inputs=only.inputs if only else None,
        outputs=only.outputs if only else None,
        ops={name: Asked(counts[name], version) for name, version in summary.ops.items()},
        min_runtime=summary.min_runtime,
        refused_by_tflite_runtime=tuple(unsupported(summary, "tflite_runtime")),
        macs=only.macs if only else None,
        parameters=sum(weight.elements for weight in summary.weights),
        weight_bytes=sum(weight.stored_bytes for weight in summary.weights),
        arena_bytes=only.arena_bytes if only else None,
        weights=tuple(_weight(weight) for weight in summary.weights),
        sparsity_by_op={op: _zeros(found) for op, found in kernels_by_op(kernels).items()},
        sparsity_effective=_zeros(kernels).sparsity,
        quantized_zeros=_zeros(weight for weight in kernels if weight.dtype in QUANTIZED and weight.scales),
        sparse_encoding=SparseEncoding(
            len(sparse), sum(weight.dense_bytes for weight in sparse), sum(weight.stored_bytes for weight in sparse)
        ),
        sparse_inference_fails=only.sparse_inference_fails if only else None,
        subgraphs=len(model.subgraphs),
        operators_by_subgraph=tuple(len(graph.operators) for graph in model.subgraphs),
        levels=levels,
        labels=metadata.labels,
        labels_file=metadata.labels_file,
        mean=metadata.mean,
        std=metadata.std,
    )


def scales(weight: Weight) -> str:
    """Granularity of a weight's scales: `none`, `per-tensor`, or `axis K: N` for one scale a channel."""
    granularity = {0: "none", 1: "per-tensor"}
    return granularity.get(weight.scales, f"axis {weight.axis}: {weight.scales}")


def _level(level: LevelSummary, failed: tuple[str, ...], signature: Signature) -> LevelRow:
    return LevelRow(
        tuple(_port(port) for port in level.inputs),
        tuple(_port(port) for port in level.outputs),
        None if level.uncounted else level.macs,
        level.parameters,
        level.weight_bytes,
        None if level.uncounted else level.arena_bytes,
        failed,
        level.uncounted,
        signature.subgraph,
        tuple(signature.inputs),
        tuple(signature.outputs),
    )


def _weight(weight: Weight) -> WeightRow:
    sums = _zeros([weight])
    return WeightRow(
        weight.name,
        weight.op,
        weight.kernel,
        weight.dtype,
        weight.shape,
        scales(weight),
        weight.stored_bytes,
        weight.dense_bytes,
        weight.sparse,
        sums.elements,
        sums.zeros,
        sums.sparsity,
    )


def _zeros(weights: Iterable[Weight]) -> Zeros:
    rows = list(weights)
    elements, zeros = sum(weight.elements for weight in rows), sum(weight.zeros for weight in rows)
    return Zeros(elements, zeros, zeros / elements if elements else 0.0)


def _port(port: Port) -> Port:
    return port if port.scale is None or math.isfinite(port.scale) else replace(port, scale=None)  # JSON has no NaN
