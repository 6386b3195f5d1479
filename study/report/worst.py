"""What a variant costs the class that pays most."""

from collections.abc import Sequence

from study.report.inputs import Row


def worst(classes: Sequence[Row]) -> Row:
    """The class with the lowest accuracy and the one with the largest drop, from a variant's rows of `per_class.csv`.

    The first of equals in the order of the data card; a class without test images is neither.
    """
    scored = [row for row in classes if row.get("accuracy") is not None and row["accuracy"] == row["accuracy"]]
    compared = [row for row in classes if row.get("delta_pp") is not None]
    found: Row = {}
    if scored:
        lowest = min(scored, key=lambda row: float(row["accuracy"]))
        found |= {"worst_class": lowest["class"], "worst_class_accuracy": lowest["accuracy"]}
    if compared:
        lowest = min(compared, key=lambda row: float(row["delta_pp"]))
        found |= {"worst_drop_class": lowest["class"], "worst_drop_pp": lowest["delta_pp"]}
    return found
