"""`per_class.csv`: one row a variant and class, each class tested against the dense float32 variant.

Beside each class's own change stands its excess, the change minus the mean change of all classes of the variant.
"""

import pandas as pd

from study.report.correction import holm_of, q_values, significant
from study.report.inputs import Inputs, Result
from study.report.tables import Row, Tables, frame, known
from study.statistics.class_contrast import contrasts
from study.statistics.paired import compare

COLUMNS = (
    "variant class n correct accuracy baseline delta_pp base_only variant_only p_value p_adjusted ci_low_pp ci_high_pp "
    "significant arch method amount quantization seed q_value excess_pp excess_low_pp excess_high_pp excess_p_value "
    "excess_p_adjusted excess_significant"
).split()
EXCESS = "excess_pp excess_low_pp excess_high_pp excess_p_value".split()


def per_class(tables: Tables) -> pd.DataFrame:
    """Rows in the order of plan and data card; each correction runs over all tests of its kind in the report.

    A baseline is not compared with itself: its rows have counts and no test.
    """
    inputs = tables.inputs
    table = frame((row for result in inputs.results for row in _rows(inputs, result)), COLUMNS)
    table["p_adjusted"], table["q_value"] = holm_of(table["p_value"]), q_values(table["p_value"])
    table["significant"] = significant(table["p_adjusted"])
    table[EXCESS] = _excess(known(table, "p_value")).reindex(table.index)
    table["excess_p_adjusted"] = holm_of(table["excess_p_value"])
    table["excess_significant"] = significant(table["excess_p_adjusted"])
    return table


def _rows(inputs: Inputs, result: Result) -> list[Row]:
    base, own = inputs.baseline(result), result.predictions
    against = base.predictions if base and base is not result else None
    counted = result.evaluation.classes if result.evaluation else ()
    rows = []
    for index, name in enumerate(inputs.classes):
        row: Row = {"variant": result.name, "class": name, **result.identity}
        row["baseline"] = base.name if base and base is not result else None
        if index < len(counted):
            row |= {key: counted[index].get(key) for key in ("n", "correct", "accuracy")}
        if own and against and (own.labels == index).any():
            images = own.labels == index
            row |= vars(compare(against.correct[images], own.correct[images]))
        rows.append(row)
    return rows


def _excess(tested: pd.DataFrame) -> pd.DataFrame:
    """Each class set against the mean of its variant's classes; one class alone has no average to be above."""
    found = []
    for _, own in tested.groupby("variant", sort=False):
        if len(own) > 1:
            n, losses, gains = (own[key].to_numpy() for key in ("n", "base_only", "variant_only"))
            made = [vars(one).values() for one in contrasts(n, losses, gains, len(tested))]
            found.append(pd.DataFrame(made, own.index, EXCESS))
    return pd.concat(found) if found else pd.DataFrame(columns=EXCESS, dtype="float64")
