"""Calibration: bins that sum to what the evaluation says, shown as they are written."""

import pandas as pd
import pytest
import synthetic_study as synthetic
from report_topics import csv_rows, page_of, tables_of, told

from study.report.tables import Tables


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(synthetic.study(["mobilenet"], seeds=range(2), images=100, latency=[]))


def test_reliability_sums_to_the_error_of_the_evaluation(tables: Tables) -> None:
    bins, results = tables["reliability"], tables["results"].set_index("variant")
    assert len(bins) == len(results) * 15
    for variant, own in bins.groupby("variant"):
        row = results.loc[variant]
        assert (own["n"] * own["gap_pp"].abs()).sum() / 1000 / 100 == pytest.approx(row["ece"], abs=1e-5)
        assert (own["n"] * own["confidence"]).sum() / 1000 == pytest.approx(row["confidence"], abs=1e-5)
        assert row["overconfidence_pp"] == pytest.approx(100 * (row["confidence"] - row["top1"]))


def test_the_page_shows_every_bin(tables: Tables) -> None:
    keys, lines = page_of(tables).tables["reliability"]
    assert [cell[0] for line in lines for cell in line[1:]] == [
        row["gap_pp"] for row in csv_rows(tables, "reliability")
    ]
    assert len(keys) == 16


def test_the_worst_is_named_and_without_predictions_there_is_none(tables: Tables) -> None:
    worst = tables["results"]["ece"].max()
    assert f"{worst:.3f}, confidence minus top-1" in told(tables.inputs)["Calibration"].text
    every = [result.name for result in tables.inputs.results]
    nothing = tables_of(synthetic.without(tables.inputs, *every, field="predictions"))
    assert nothing["reliability"].empty and pd.isna(nothing["results"]["confidence"]).all()
