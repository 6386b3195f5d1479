"""The input of a brought network: from the study's [-1, 1] to whatever its own layers were trained on.

Layers that scale at its start say that it takes 0..255; with the study's own scaling they become one Rescaling or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from study.arrays import Array
from study.errors import StudyError
from study.networks.brought.graph import INPUT, Graph, Node, Ref, replaced

SIZING = ("Resizing", "CenterCrop")
"""Layers that may stand before or after a scaling, which comes out the same."""
WIDEST = 300.0
"""More than a scaling of 0..255 to what networks take spans: one that spans more was written for 0..1."""
NAME = "study_input"


@dataclass(frozen=True)
class Range:
    """What the network takes in place of 0 and of 255."""

    low: float
    high: float

    def of(self, images: Array) -> Array:
        """float32 in this range from uint8 or float images of 0..255."""
        return (self.low + (self.high - self.low) / 255.0 * np.asarray(images, np.float64)).astype(np.float32)


def input_range(graph: Graph, given: Sequence[float] | None, where: str) -> Range:
    """The range of the network's own input: as given, or 0..255 where its layers scale.

    Raises:
        StudyError: it is neither given nor plain from the layers.
    """
    if given is not None:
        return Range(float(given[0]), float(given[1]))
    usual = "add input_range: [0, 1], [-1, 1] or [0, 255] to its entry in params.yaml, whichever it was trained on"
    scaling, _ = _leading(graph)
    if not scaling:
        raise StudyError(
            f"{where} does not say what range its input has (it has no scaling layer at its start): {usual}"
        )
    scale, offset = _composed(scaling)
    if np.max(np.abs(scale)) * 255.0 > WIDEST:
        low, high = float(np.min(offset)), float(np.max(255.0 * scale + offset))
        raise StudyError(f"the scaling layers of {where} would take 0..255 to {low:.4g}..{high:.4g}: {usual}")
    return Range(0.0, 255.0)


def with_study_input(graph: Graph, own: Range) -> Graph:
    """The graph for images in [-1, 1]: its leading scaling and that of the range are one Rescaling, or none."""
    scaling, _ = _leading(graph)
    scale, offset = _composed(scaling)
    slope = (own.high - own.low) / 2.0  # own = middle + slope * x
    scale, offset = scale * slope, scale * (own.low + slope) + offset
    moved = {Ref(node.name): node.inputs[0] for node in scaling}
    nodes = [node for node in graph.nodes if node not in scaling]

    def source(ref: Ref) -> Ref:
        while ref in moved:
            ref = moved[ref]
        return ref

    found = {ref: source(ref) for ref in moved}
    if not (np.allclose(scale, 1.0, atol=1e-6) and np.allclose(offset, 0.0, atol=1e-6)):
        found = {ref: Ref(NAME) if to == INPUT else to for ref, to in found.items()} | {INPUT: Ref(NAME)}
    nodes = [replace(node, args=replaced(node.args, found), kwargs=replaced(node.kwargs, found)) for node in nodes]
    if INPUT in found:
        nodes.insert(0, Node(NAME, "Rescaling", (INPUT,), {"scale": _value(scale), "offset": _value(offset)}))
    return Graph(tuple(nodes), found.get(graph.output, graph.output))


def _leading(graph: Graph) -> tuple[list[Node], Ref]:
    """The scalings at the start, and what follows them; layers that change the size alone may stand between."""
    scaling: list[Node] = []
    at = INPUT
    while len(readers := graph.readers(at)) == 1 and readers[0].inputs == (at,):
        (node,) = readers
        if _scaling(node) is not None:
            scaling.append(node)
        elif node.kind not in SIZING:
            break
        at = Ref(node.name)
    return scaling, at


def _composed(scaling: Sequence[Node]) -> tuple[Any, Any]:
    scale, offset = np.float64(1.0), np.float64(0.0)
    for node in scaling:
        own = _scaling(node)
        assert own is not None
        scale, offset = own[0] * scale, own[0] * offset + own[1]
    return scale, offset


def _scaling(node: Node) -> tuple[Any, Any] | None:
    """(scale, offset) of a layer or operator that scales, numbers or one a channel; else None."""
    if node.kind == "Rescaling":
        return np.asarray(node.config["scale"], np.float64), np.asarray(node.config.get("offset", 0.0), np.float64)
    if node.kind not in ("add", "subtract", "multiply", "divide"):
        return None
    first, second = node.args
    if isinstance(second, Ref):
        return {
            "add": (1.0, first),
            "multiply": (first, 0.0),
            "subtract": (-1.0, first),
            "divide": None,
        }[node.kind]
    return {
        "add": (1.0, second),
        "multiply": (second, 0.0),
        "subtract": (1.0, -second),
        "divide": (1.0 / second, 0.0) if second else None,
    }[node.kind]


def _value(number: Any) -> Any:
    return np.asarray(number).tolist()
