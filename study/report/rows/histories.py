"""`history.csv`: the training curves of all planned models in one table, for the figures and `dvc plots`."""

from study.report.inputs import Inputs, Row, amount_of, method_of

COLUMNS = [
    "model",
    "arch",
    "method",
    "amount",
    "seed",
    "epoch",
    "learning_rate",
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
]


def histories(inputs: Inputs) -> list[Row]:
    """One row a model and epoch, in the order of the plan; a model that was never trained has none."""
    rows: list[Row] = []
    seen: set[str] = set()
    for cell in inputs.exported.values():
        model = str(cell["model"])
        if model in seen:
            continue
        seen.add(model)
        fixed = {
            "model": model,
            "arch": cell["architecture"],
            "method": method_of(cell),
            "amount": amount_of(cell),
            "seed": cell["seed"],
        }
        rows += [fixed | dict(epoch) for epoch in inputs.history.get(model, [])]
    return rows
