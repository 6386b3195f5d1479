"""A network as a list of calls, between the Keras that wrote it and the one that trains and exports it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from study.arrays import Array
from study.errors import StudyError


class WholeOnlyError(StudyError):
    """The network cannot be taken apart: a layer or an operator is not one that is rebuilt here."""


@dataclass(frozen=True)
class Ref:
    """The result of a node, or the input of the graph (`INPUT`)."""

    name: str


INPUT = Ref("")


@dataclass(frozen=True)
class Node:
    """One call: a layer of tf_keras by its class name, or one of the operators `add`, `subtract`, `multiply`, `divide`.

    `args` and `kwargs` hold references where tensors go, lists of them where a layer takes several. `weights` are in
    the order of the layer's own.
    """

    name: str
    kind: str
    args: tuple[Any, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    weights: Sequence[Array] = ()

    @property
    def inputs(self) -> tuple[Ref, ...]:
        """All that it reads, in order."""
        return tuple(references([*self.args, *self.kwargs.values()]))


@dataclass(frozen=True)
class Graph:
    """Calls in an order in which each stands behind those that it reads; one input, one output."""

    nodes: tuple[Node, ...]
    output: Ref

    def node(self, ref: Ref) -> Node | None:
        """Whose result it is; None of the input."""
        return next((node for node in self.nodes if node.name == ref.name), None)

    def readers(self, ref: Ref) -> list[Node]:
        """The nodes that read it."""
        return [node for node in self.nodes if ref in node.inputs]


def references(value: Any) -> Iterator[Ref]:
    """All references in a nest of lists, tuples and mappings."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        yield from references(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from references(one)


def replaced(value: Any, found: Mapping[Ref, Any]) -> Any:
    """`value` with every reference in `found` replaced by what stands there for it."""
    if isinstance(value, Ref):
        return found.get(value, value)
    if isinstance(value, Mapping):
        return {key: replaced(one, found) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(replaced(one, found) for one in value)
    return value
