"""Names of rows as people read them."""

from study.report import names

ROW = {"arch": "mobilenet", "method": "slimmable", "amount": 25.0, "quantization": "int8", "seed": 0}


def test_levels_of_a_file_are_treatments_of_their_own() -> None:
    half, quarter = (ROW | {"level": level} for level in ("w50", "w25"))
    assert names.recipe(half) == f"slimmable 25{names.NBSP}% \u00b7 w50" != names.recipe(quarter)
    assert names.full(half, True) == f"mobilenet \u00b7 slimmable 25{names.NBSP}% \u00b7 w50 \u00b7 int8 \u00b7 seed 0"


def test_an_ordinary_file_has_no_level_in_its_name() -> None:
    for row in (ROW, ROW | {"level": "serving_default"}):
        assert names.treatment(row, False) == f"slimmable 25{names.NBSP}% \u00b7 int8"
