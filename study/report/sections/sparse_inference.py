"""Which pruned float32 files the runtime can compute on without unpacking their zeros."""

from study.report import names, tables
from study.report.blocks import Table
from study.report.facts import Facts
from study.report.inputs import Row

SCHEMES = ("float32", "float32_sparse")
CAPTION = (
    "Sparse inference: whether XNNPACK can compute on the sparse weights of a pruned float32 file (eligible), or which "
    "of its rules the network does not meet. Only an eligible network can gain speed from its zeros there."
)


def sparse_table(facts: Facts) -> tuple[Table, ...]:
    """One row an architecture, scheme and outcome, with the recipes that have it; nothing where nothing is known."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in facts.results:
        known = row.get("sparse_inference")
        if known is not None and row["quantization"] in SCHEMES and row["sparsity_target"]:
            recipes = found.setdefault((row["arch"], row["quantization"], known), [])
            recipes += [recipe for recipe in [names.recipe(row)] if recipe not in recipes]
    rows: list[Row] = [
        {"arch": arch, "quantization": scheme, "recipes": ", ".join(recipes), "sparse_inference": known}
        for (arch, scheme, known), recipes in found.items()
    ]
    columns = ["arch", "quantization", "recipes", "sparse_inference"]
    return (tables.plain("sparse-inference", CAPTION, rows, columns),) if rows else ()
