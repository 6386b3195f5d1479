"""`per_class.csv`: one row a file and class, each class tested against the equally trained float32 file.

What is tested is whether these two files differ, not what compression does to the next training: the images are the
unit. Beside each class's own change stands its excess, the change minus the mean change of all classes of the file.
"""

import pandas as pd

from study.report.correction import holm_of, q_values, significant
from study.report.families import Standing, standings
from study.report.inputs import Inputs, Result
from study.report.tables import Row, Tables, frame, known
from study.statistics.class_contrast import contrasts
from study.statistics.paired import compare

COLUMNS = (
    "variant class n correct accuracy baseline delta_pp base_only variant_only p_value p_adjusted ci_low_pp ci_high_pp "
    "significant arch method amount level quantization seed q_value excess_pp excess_low_pp excess_high_pp "
    "excess_p_value excess_p_adjusted excess_significant untested"
).split()
EXCESS = "excess_pp excess_low_pp excess_high_pp excess_p_value".split()
BASELINE, NO_EQUAL, COLLAPSED, SAME = "baseline", "no equally trained baseline", "collapsed", "same answers as"
"""Why a file's classes are not tested (`untested`)."""


def per_class(tables: Tables) -> pd.DataFrame:
    """Rows in the order of plan and data card; each correction runs over all tests of its kind in the report.

    Every vector of answers is tested once: a baseline is not compared with itself, nor a file again that answers as
    another one does. A file that collapsed, or that has no baseline, has no test either; `untested` says which it is.
    """
    inputs, standing = tables.inputs, standings(tables.inputs)
    rows = (row for result in inputs.results for row in _rows(inputs, result, standing.get(result.name, Standing())))
    table = frame(rows, COLUMNS)
    table["p_adjusted"], table["q_value"] = holm_of(table["p_value"]), q_values(table["p_value"])
    table["significant"] = significant(table["p_adjusted"])
    table[EXCESS] = _excess(known(table, "p_value")).reindex(table.index)
    table["excess_p_adjusted"] = holm_of(table["excess_p_value"])
    table["excess_significant"] = significant(table["excess_p_adjusted"])
    return table


def _rows(inputs: Inputs, result: Result, standing: Standing) -> list[Row]:
    base, own = inputs.baseline(result), result.predictions
    against = base.predictions if base and base is not result else None
    counted = result.evaluation.classes if result.evaluation else ()
    untested, rows = _untested(result, base, standing), []
    for index, name in enumerate(inputs.classes):
        row: Row = {"variant": result.name, "class": name, **result.identity, "untested": untested}
        row["baseline"] = base.name if base and base is not result else None
        if index < len(counted):
            row |= {key: counted[index].get(key) for key in ("n", "correct", "accuracy")}
        if own and against and (own.labels == index).any():
            images = own.labels == index
            row |= vars(compare(against.correct[images], own.correct[images]))
            if untested:
                del row["p_value"]
        rows.append(row)
    return rows


def _untested(result: Result, base: Result | None, standing: Standing) -> str | None:
    if base is result:
        return BASELINE
    if standing.same_as:
        return f"{SAME} {standing.same_as}"
    if standing.collapsed:
        return COLLAPSED
    return None if base else NO_EQUAL


def _excess(tested: pd.DataFrame) -> pd.DataFrame:
    """Each class set against the mean of its variant's classes; one class alone has no average to be above."""
    found = []
    for _, own in tested.groupby("variant", sort=False):
        if len(own) > 1:
            n, losses, gains = (own[key].to_numpy() for key in ("n", "base_only", "variant_only"))
            made = [vars(one).values() for one in contrasts(n, losses, gains, len(tested))]
            found.append(pd.DataFrame(made, own.index, EXCESS))
    return pd.concat(found) if found else pd.DataFrame(columns=EXCESS, dtype="float64")
