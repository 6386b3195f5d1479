"""Names of rows as people read them."""

from study.report import names

ROW = {"arch": "mobilenet", "method": "slimmable", "amount": 25.0, "quantization": "int8", "seed": 0}


def test_levels_of_a_file_are_treatments_of_their_own() -> None:
    half, quarter = (ROW | {"level": level} for level in ("w50", "w25"))
    assert names.network(half) == f"slimmable 25{names.NBSP}% \u00b7 w50" != names.network(quarter)
    assert names.recipe(half) == f"slimmable 25{names.NBSP}%"  # of the file, whatever its levels
    assert names.full(half, True) == f"mobilenet \u00b7 slimmable 25{names.NBSP}% \u00b7 w50 \u00b7 int8 \u00b7 seed 0"


def test_an_ordinary_file_has_no_level_in_its_name() -> None:
    for row in (ROW, ROW | {"level": "serving_default"}):
        assert names.treatment(row, False) == f"slimmable 25{names.NBSP}% \u00b7 int8"


def test_methods_that_follow_each_other_each_have_their_amount() -> None:
    both = ROW | {"method": "automatic50_magnitude", "amount": 60.0}
    assert names.recipe(both) == f"automatic 50{names.NBSP}% + magnitude 60{names.NBSP}%"
    budget = ROW | {"method": "automatic_budget5_magnitude", "amount": 60.0}
    assert names.recipe(budget) == f"automatic_budget 5{names.NBSP}points + magnitude 60{names.NBSP}%"
    control = ROW | {"method": "retrained_finetune_retrained", "amount": 0.0}
    assert names.recipe(control) == "retrained finetune + retrained"
