"""Recipes of two methods, one after the other, in a grid."""

import pytest
from planned import plan, refusal


def test_two_methods_bring_what_the_first_leaves_and_the_controls_of_both() -> None:
    found = plan(architectures=["mobilenet"], recipes={"automatic50_magnitude": [60, 90]}, schemes=["int8", "float32"])
    assert list(found["trained"]) == ["mobilenet_dense_s0"]
    assert {key: (cell["base"], cell["method"], cell["amount"]) for key, cell in found["compressed"].items()} == {
        "mobilenet_retrained_finetune_retrained_s0": ("mobilenet_retrained_finetune_s0", "retrained", 0),
        "mobilenet_automatic50_magnitude60_s0": ("mobilenet_automatic50_s0", "magnitude", 60),
        "mobilenet_automatic50_magnitude90_s0": ("mobilenet_automatic50_s0", "magnitude", 90),
        "mobilenet_retrained_finetune_s0": ("mobilenet_dense_s0", "retrained_finetune", 0),
        "mobilenet_automatic50_s0": ("mobilenet_dense_s0", "automatic", 50),
    }
    narrowed = {key for key, cell in found["compressed"].items() if cell["narrowed"]}
    assert narrowed == {"mobilenet_automatic50_magnitude60_s0", "mobilenet_automatic50_magnitude90_s0"}
    sections = {key: cell["section"] for key, cell in found["compressed"].items()}
    assert sections["mobilenet_automatic50_magnitude60_s0"] == "pruning"
    assert sections["mobilenet_retrained_finetune_retrained_s0"] == "pruning"
    exported = [name.removeprefix("mobilenet_") for name in found["exported"]]
    assert [name for name in exported if "retrained_s0" in name or "magnitude60" in name] == [
        "retrained_finetune_retrained_s0_int8",
        "retrained_finetune_retrained_s0_float32",
        "automatic50_magnitude60_s0_int8",
        "automatic50_magnitude60_s0_float32",
    ]
    steps = [name for name in exported if name.startswith(("automatic50_s0", "retrained_finetune_s0"))]
    assert steps == ["retrained_finetune_s0_float32", "automatic50_s0_float32"]


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("magnitude60_automatic", "automatic does not follow magnitude: a method that cuts channels comes first"),
        ("slimmable25_magnitude", "magnitude does not follow slimmable: "),
        ("automatic50_slimmable", "slimmable does not follow automatic: "),
        ("automatic_magnitude", "write 1 to 99 behind it, as automatic50_magnitude"),
        ("automatic100_magnitude", "write 1 to 99 behind it, as automatic50_magnitude"),
        ("automatic50_magnitude60_magnitude", "more than two methods do not follow each other"),
        ("retrained_finetune_retrained", "is added beside each method that trains: leave it out"),
        ("automatic50_lottery", "unknown name 'automatic50_lottery'"),
    ],
)
def test_methods_that_do_not_follow_each_other_are_refused(recipe: str, words: str) -> None:
    message = refusal(recipes={recipe: [60]})
    assert words in message and recipe in message and message.startswith("params.yaml, grid.recipes: ")


def test_two_methods_are_for_the_families_of_the_study() -> None:
    own = [{"family": "file", "path": "mine.keras"}]
    assert refusal(architectures=own, recipes={"automatic50_magnitude": [60]}) == (
        "params.yaml, grid.recipes: one method after another is for the study's own families: leave such recipes out "
        "for mine"
    )
