"""What a model card warns of: classes that pay for the compression, classes that were weak before, guessing."""

from collections.abc import Sequence

from study.report import names
from study.report.findings.accuracy import CHANCE
from study.report.inputs import Row
from study.report.phrases import change, p_equals, percent

NAME = 40  # characters of a class name


def warnings(row: Row, classes: Sequence[Row]) -> list[str]:
    """Sentences, gravest first, for a row of `results.csv` and its rows of `per_class.csv`."""
    return [*_guessing(row, classes), *_losses(row, classes), *_worst(row)]


def _guessing(row: Row, classes: Sequence[Row]) -> list[str]:
    chance = 1 / max(len(classes), 1)
    if row["top1"] > CHANCE * chance:
        return []
    return [f"It hardly beats guessing: top-1 {percent(row['top1'])}, guessing gives {percent(chance)}."]


def _losses(row: Row, classes: Sequence[Row]) -> list[str]:
    tested = [one for one in classes if one.get("p_adjusted") is not None]
    if row.get("baseline") == row["variant"]:
        return ["It is the float32 baseline of its network: no class has been compared with anything."]
    if not tested:
        return ["Its classes have not been compared with a float32 baseline."]
    losses = sorted(
        (one for one in tested if one["significant"] and one["delta_pp"] < 0), key=lambda one: float(one["delta_pp"])
    )
    if not losses:
        return ["No class loses significantly against the float32 baseline. Smaller losses may be there all the same."]
    said = "; ".join(f"{_quoted(one['class'])} {change(one)}, adjusted {p_equals(one['p_adjusted'])}" for one in losses)
    count = "One class loses" if len(losses) == 1 else f"{len(losses)} of {len(tested)} classes lose"
    return [f"{count} significantly against the float32 baseline: {said}."]


def _worst(row: Row) -> list[str]:
    if row.get("worst_class_accuracy") is None:
        return []
    share = percent(row["worst_class_accuracy"])
    return [f"The weakest class is {_quoted(row['worst_class'])}: {share} of its test images are right."]


def _quoted(name: str) -> str:
    return f"\u201c{names.shorten(name, NAME)}\u201d"
