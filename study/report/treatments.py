"""A treatment: architecture, recipe and scheme, without the seed. What is repeated over seeds."""

from collections.abc import Mapping, Sequence

from study.report.inputs import Document, Row, amount_of, method_of

KEYS = ("arch", "method", "amount", "quantization")
Treatment = tuple[str, str, float, str]


def treatment_of(row: Row) -> Treatment:
    """The treatment of a row that has its columns."""
    return row["arch"], row["method"], row["amount"], row["quantization"]


def by_treatment(exported: Mapping[str, Document], variants: Sequence[str]) -> dict[Treatment, dict[int, str]]:
    """Treatment -> seed -> variant, in the order given."""
    found: dict[Treatment, dict[int, str]] = {}
    for variant in variants:
        cell = exported[variant]
        key = (str(cell["architecture"]), method_of(cell), amount_of(cell), str(cell["scheme"]))
        found.setdefault(key, {})[cell["seed"]] = variant
    return found


def dense_float(treatment: Treatment) -> Treatment:
    """What it is measured against: the dense float32 network of its architecture."""
    return treatment[0], "dense", 0.0, "float32"


def named(treatment: Treatment) -> Row:
    """Its columns."""
    return dict(zip(KEYS, treatment, strict=True))
