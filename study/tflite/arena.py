"""Peak memory of the activations, planned as the TFLite interpreter plans its arena.

Greedy by size with best fit: TensorFlow Lite's `arena_planner.cc` and `simple_memory_arena.cc`; the strategy is
"Greedy by Size for Offset Calculation" of Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference"
(2020). Inputs and outputs are never overwritten. Not counted: scratch tensors that a kernel asks for at run time (they
are not in the file) and unpacked constants, e.g. of float16 weights (they live in persistent memory).
"""

from dataclasses import dataclass

from study.errors import StudyError
from study.tflite.operators import UNPACKING
from study.tflite.parse import Graph

ALIGNMENT = 64
"""Bytes; `kDefaultTensorAlignment` of the interpreter."""

LIMIT = 20_000
"""Activations of one model: planning is quadratic, and real networks have hundreds."""


@dataclass(frozen=True)
class Allocation:
    """One activation: bytes needed and the first and last operator between which it must stay untouched."""

    tensor: int
    size: int
    first: int
    last: int


def arena_bytes(graph: Graph) -> int:
    """Bytes of the arena that holds all activations of one invoke, scratch memory of kernels left out."""
    return max((offset + allocation.size for allocation, offset in plan(lifetimes(graph))), default=0)


def lifetimes(graph: Graph) -> list[Allocation]:
    """When each activation is written first and read last, in operator numbers."""
    end = len(graph.operators)
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for index, tensor in enumerate(graph.tensors):
        if tensor.variable:
            first[index], last[index] = 0, end
    for index in graph.inputs:
        first[index], last[index] = 0, end
    constant = {index for index, tensor in enumerate(graph.tensors) if tensor.stored is not None}
    for step, operator in enumerate(graph.operators):
        if operator.name in UNPACKING and constant.issuperset(operator.inputs):
            constant.update(operator.outputs)
        for index in operator.outputs:
            first.setdefault(index, step)
            last[index] = max(step, last.get(index, 0))
        for index in operator.inputs:
            if index in first:
                last[index] = max(step, last[index])
    last |= {index: end for index in graph.outputs if index in first}
    held = [index for index in first if index >= 0 and index not in constant]
    return [Allocation(index, graph.tensors[index].dense_bytes, first[index], last[index]) for index in sorted(held)]


def plan(allocations: list[Allocation]) -> list[tuple[Allocation, int]]:
    """Give each activation an offset: those that live throughout first, then large before small, in the tightest gap.

    Raises:
        StudyError: there are more activations than a real network has.
    """
    if len(allocations) > LIMIT:
        raise StudyError(f"not a plausible TFLite file: {len(allocations)} activations")
    end = max((allocation.last for allocation in allocations), default=0)

    def order(allocation: Allocation) -> tuple[bool, int, int, int]:
        throughout = allocation.first == 0 and allocation.last == end
        return not throughout, 0 if throughout else -allocation.size, allocation.first, allocation.tensor

    placed: list[tuple[int, int, Allocation]] = []
    for allocation in sorted(allocations, key=order):
        best, gap, free = None, None, 0
        for offset, behind, other in placed:
            if other.last < allocation.first or other.first > allocation.last:
                continue
            start = -(-free // ALIGNMENT) * ALIGNMENT
            room = offset - start
            if room >= allocation.size and (gap is None or room < gap):
                best, gap = start, room
            free = max(free, behind)
        start = -(-free // ALIGNMENT) * ALIGNMENT if best is None else best
        placed.append((start, start + allocation.size, allocation))
        placed.sort(key=lambda entry: entry[0])
    return [(allocation, offset) for offset, _, allocation in placed]
