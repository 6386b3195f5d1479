"""Levels in a report's rows: which file a row is of, what stands once a file, what a network is called."""

import pandas as pd
import pytest

from study.report import names
from study.report.treatments import KEYS, ORDINARY, file_of, has_levels, one_a_file, with_levels

FAMILY, PLAIN = "mobilenet_slimmable25_s0_int8", "mobilenet_dense_s0_int8"


def row(file: str, level: str = ORDINARY, method: str = "slimmable", amount: float = 25.0) -> dict[str, object]:
    name = file if level == ORDINARY else f"{file}_{level}"
    return {"variant": name, "method": method, "amount": amount, "level": level, "quantization": "int8", "seed": 0}


ROWS = pd.DataFrame(
    [row(PLAIN, method="dense", amount=0.0), *(row(FAMILY, level) for level in ("w100", "w50"))], index=[4, 7, 9]
)


def test_levels_are_what_treatments_differ_in() -> None:
    assert "level" in KEYS and "seed" not in KEYS


@pytest.mark.parametrize("level", ["w100", "w50"])
def test_the_file_of_a_level_is_its_name_without_it(level: str) -> None:
    assert file_of(row(FAMILY, level)) == FAMILY
    assert file_of(row(PLAIN)) == PLAIN


def test_a_file_stands_once_by_its_first_row() -> None:
    assert list(one_a_file(ROWS)["variant"]) == [PLAIN, f"{FAMILY}_w100"]
    assert list(one_a_file(ROWS.iloc[[2, 0]])["variant"]) == [f"{FAMILY}_w50", PLAIN]
    assert one_a_file(ROWS.iloc[:0]).empty


def test_levels_are_there_or_not() -> None:
    assert has_levels(ROWS) and not has_levels(ROWS.iloc[:1]) and not has_levels(ROWS.iloc[:0])
    assert list(with_levels(ROWS.drop(columns="level"))["level"]) == [ORDINARY] * 3


def test_a_network_is_named_with_its_level() -> None:
    assert names.network(row(FAMILY, "w50")) == "slimmable 25\u00a0% \u00b7 w50"
    assert names.network(row(PLAIN, method="dense", amount=0.0)) == "dense"
    assert names.treatment(row(FAMILY, "w50"), True) == "slimmable 25\u00a0% \u00b7 w50 \u00b7 int8 \u00b7 seed 0"
