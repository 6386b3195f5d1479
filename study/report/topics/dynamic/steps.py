"""What changes from a level to the next narrower one of the same file: answers, and classes."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from study.report.correction import holm_of, significant
from study.report.families import Standing, standings
from study.report.inputs import Inputs, Result
from study.report.tables import Row, frame, known, records
from study.statistics.paired import compare

WORST = {
    "class": "step_class",
    "delta_pp": "step_drop_pp",
    "ci_low_pp": "step_low_pp",
    "ci_high_pp": "step_high_pp",
    "p_value": "step_p_value",
    "p_adjusted": "step_p_adjusted",
    "significant": "step_significant",
}
"""Column of a tested class -> that of the class that changes most for the worse."""
COLUMNS = ["wider", "step_flips", *WORST.values(), "step_classes", "step_losses", "step_gains"]


def steps(inputs: Inputs) -> pd.DataFrame:
    """A row a level that is not the widest of its file: the next wider one, images whose class differs between the two,
    the class that changes most for the worse, and how many of the classes tested lose or gain significantly.

    Exact McNemar tests of each class, Newcombe's paired interval; Holm's correction runs over all classes of all these
    levels. Where either level has collapsed, no class is tested.
    """
    pairs = [(result, wider) for result in inputs.results if (wider := _wider(inputs, result))]
    standing = standings(inputs)
    tests = frame((row for pair in pairs for row in _tests(inputs, standing, *pair)), ["variant", *WORST])
    tests["p_adjusted"] = holm_of(tests["p_value"])
    tests["significant"] = significant(tests["p_adjusted"])
    found = {str(name): _of(own) for name, own in tests.groupby("variant", sort=False)}
    rows = (_answers(own, wider) | found.get(own.name, {}) for own, wider in pairs)
    return frame(rows, ["variant", *COLUMNS])


def _wider(inputs: Inputs, result: Result) -> Result | None:
    """The result of the next wider level; None of the widest, and of an ordinary file."""
    every = result.variant.levels
    place = every.index(result.level)
    return inputs.by_name.get(every[place - 1].name) if place else None


def _answers(own: Result, wider: Result) -> Row:
    row: Row = {"variant": own.name, "wider": wider.name}
    if own.predictions and wider.predictions:
        row["step_flips"] = int(np.count_nonzero(own.predictions.predicted != wider.predictions.predicted))
    return row


def _tests(inputs: Inputs, standing: Mapping[str, Standing], own: Result, wider: Result) -> Iterator[Row]:
    """Each class that has test images, of two levels that have answers and have not collapsed."""
    if not own.predictions or not wider.predictions or any(standing[one.name].collapsed for one in (own, wider)):
        return
    for index, name in enumerate(inputs.classes):
        images = own.predictions.labels == index
        if images.any():
            found = vars(compare(wider.predictions.correct[images], own.predictions.correct[images]))
            yield {"variant": own.name, "class": name} | {key: found[key] for key in WORST if key in found}


def _of(tests: pd.DataFrame) -> Row:
    """The classes of one step: the first of those that change most for the worse, and the counts."""
    (worst,) = records(known(tests, "delta_pp").loc[[tests["delta_pp"].astype("float64").idxmin()]])
    sure = tests["significant"].eq(True)
    return {ours: worst[key] for key, ours in WORST.items()} | {
        "step_classes": len(tests),
        "step_losses": int((sure & (tests["delta_pp"] < 0)).sum()),
        "step_gains": int((sure & (tests["delta_pp"] > 0)).sum()),
    }
