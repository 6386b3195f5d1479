"""`training.csv`: one row a trained model: its epochs, the one that was kept, and what it took."""

from collections.abc import Mapping, Sequence

from study.report.inputs import Document, Row
from study.report.names import distinct

COLUMNS = [
    "model",
    "arch",
    "method",
    "amount",
    "seed",
    "epochs",
    "best_epoch",
    "val_accuracy",
    "seconds",
    "analysis_seconds",
    "images_per_second",
]


def trainings(history: Sequence[Row], timing: Mapping[str, Document]) -> list[Row]:
    """Every model that has a history, in its order; `history` are the rows of `history.csv`."""
    rows = []
    for model in distinct(history, "model"):
        epochs = [row for row in history if row["model"] == model]
        who = {key: epochs[0][key] for key in ("model", "arch", "method", "amount", "seed")}
        rows.append(who | {"epochs": len(epochs)} | _kept(epochs) | dict(timing.get(model, {})))
    return rows


def _kept(epochs: Sequence[Row]) -> Row:
    """The epoch whose weights were kept; of a compressed model, early ones are not sparse enough for it.

    Histories of before that was recorded do not say.
    """
    if epochs[0]["method"] != "dense" and "selectable" not in epochs[0]:
        return {"best_epoch": None, "val_accuracy": None}
    choice = [row for row in epochs if row.get("selectable", 1) and row.get("val_accuracy") is not None]
    best = max(choice, key=lambda row: float(row["val_accuracy"]), default={})
    return {"best_epoch": best.get("epoch"), "val_accuracy": best.get("val_accuracy")}
