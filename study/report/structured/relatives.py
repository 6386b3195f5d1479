"""Networks of one kind: the same family and options, of every width; what a structured variant is held against."""

from collections.abc import Mapping
from typing import Any

from study.report.inputs import Document, method_of


def alpha_of(cell: Document) -> float:
    """The width multiplier of a cell's architecture; 1 is the full network."""
    return float(cell.get("alpha") or 1.0)


def kind_of(cell: Document) -> tuple[Any, ...]:
    """What networks of different width share: family and options, seed and scheme."""
    family = cell.get("family") or cell["architecture"]
    return family, cell.get("stem_stride"), cell.get("sparse_ready"), cell["seed"], cell["scheme"]


def dense_of(exported: Mapping[str, Document], variant: str) -> list[str]:
    """The unpruned variants of the same kind, of every width, in the order of the plan."""
    kind = kind_of(exported[variant])
    return [name for name, cell in exported.items() if method_of(cell) == "dense" and kind_of(cell) == kind]


def full_of(exported: Mapping[str, Document], variant: str) -> str | None:
    """The unpruned variant of full width of the same kind; None where the plan has none."""
    return next((name for name in dense_of(exported, variant) if alpha_of(exported[name]) == 1.0), None)
