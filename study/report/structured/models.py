"""The networks that a structured method made, with the record that it left; and `channels.csv`."""

from collections.abc import Sequence

from study.report.inputs import Inputs, Row, amount_of, is_narrower, method_of

COLUMNS = ["model", "layer", "kept_channels", "full_channels", "arch", "method", "amount", "seed"]
NAMED = ("model", "arch", "method", "amount", "seed")


def models(inputs: Inputs) -> list[Row]:
    """One row a network in the order of the plan, with its tables: `channels` and those of its method.

    A table that is not there is empty; a network without any record has no row.
    """
    found: dict[str, Row] = {}
    for cell in inputs.exported.values():
        model = str(cell["model"])
        if is_narrower(cell) and model in inputs.compression:
            record = inputs.compression[model]
            found[model] = {
                "model": model,
                "arch": cell["architecture"],
                "method": method_of(cell),
                "amount": amount_of(cell),
                "seed": cell["seed"],
                "channels": [],
                "schedule": [],
                "scales": [],
                "sensitivity": [],
                "plan": [],
                **record,
            }
    return list(found.values())


def channel_rows(made: Sequence[Row]) -> list[Row]:
    """One row a network and layer that opens channels, in the order of the network."""
    return [
        {"layer": one["layer"], "kept_channels": one["kept"], "full_channels": one["of"]}
        | {key: row[key] for key in NAMED}
        for row in made
        for one in row["channels"]
    ]


def first_seeds(made: Sequence[Row]) -> list[Row]:
    """Of networks that differ in their seed alone the first."""
    found: dict[tuple[str, str, float], Row] = {}
    for row in made:
        found.setdefault((row["arch"], row["method"], row["amount"]), row)
    return list(found.values())
