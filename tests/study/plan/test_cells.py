import pytest

from study.errors import StudyError
from study.plan.cells import variant_cell, variant_of
from study.plan.variant import Architecture, Quantization, Recipe, Variant

VARIANTS = [
    Variant(Architecture("mobilenet_v2"), Recipe(), Quantization(), 0),
    Variant(Architecture("mobilenet", 1, 0.5, True), Recipe("magnitude", 5), Quantization("int8_full", 100), 12),
    Variant(Architecture("mobilenet", alpha=0.29), Recipe("automatic_budget", 3), Quantization("int8"), 1),
    Variant(Architecture("mobilenet_v2"), Recipe("automatic50_magnitude", 60), Quantization("int8"), 1),
    Variant(Architecture("mobilenet_v2"), Recipe("retrained_finetune_retrained"), Quantization("int8"), 1),
]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.name)
def test_a_variant_comes_back_from_its_cell(variant: Variant) -> None:
    assert variant_of(variant.name, variant_cell(variant)) == variant


def test_a_cell_holds_plain_values_and_names_the_weights() -> None:
    assert variant_cell(VARIANTS[1]) == {
        "model": "mobilenet_stem1_alpha50_sparse_ready_magnitude5_s12",
        "architecture": "mobilenet_stem1_alpha50_sparse_ready",
        "family": "mobilenet",
        "stem_stride": 1,
        "alpha": 0.5,
        "sparse_ready": True,
        "method": "magnitude",
        "amount": 5,
        "seed": 12,
        "scheme": "int8_full_cal100",
        "converter": "int8_full",
        "calibration_images": 100,
    }


@pytest.mark.parametrize(
    "key", ["family", "stem_stride", "method", "amount", "converter", "calibration_images", "seed"]
)
def test_a_cell_that_lacks_something_is_one_line(key: str) -> None:
    cell = {name: value for name, value in variant_cell(VARIANTS[1]).items() if name != key}
    with pytest.raises(StudyError, match=f"the cell of {VARIANTS[1].name} lacks or mistakes '{key}'"):
        variant_of(VARIANTS[1].name, cell)


def test_a_cell_under_another_name_is_refused() -> None:
    with pytest.raises(StudyError, match=r"the cell of other is that of another variant"):
        variant_of("other", variant_cell(VARIANTS[0]))


@pytest.mark.parametrize(("key", "value"), [("family", "resnet"), ("converter", "int3"), ("method", "lottery")])
def test_what_is_not_registered_is_one_line_that_names_it(key: str, value: str) -> None:
    cell = variant_cell(VARIANTS[2]) | {key: value}
    options = {"family": "family", "converter": "scheme", "method": "method"}
    name = {
        "family": "resnet_alpha29_automatic_budget3_s1_int8",
        "scheme": "mobilenet_alpha29_automatic_budget3_s1_int3",
        "method": "mobilenet_alpha29_lottery3_s1_int8",
    }[options[key]]
    with pytest.raises(StudyError, match=f"^{name}: '{value}' is not registered in this version: choose from "):
        variant_of(name, cell)


@pytest.mark.parametrize("family", ["../../pwn", "a/b", "/etc/x", "a b", "A", "..", "a\n", "a\0"])
def test_a_name_that_leaves_its_folder_is_none(family: str) -> None:
    cell = variant_cell(VARIANTS[0]) | {"family": family}
    with pytest.raises(StudyError, match="is no name of a variant"):
        variant_of(f"{family}_dense_s0_float32", cell)


@pytest.mark.parametrize("method", ["magnitude60_automatic", "automatic50_retrained"])
def test_methods_that_do_not_follow_each_other_are_not_registered(method: str) -> None:
    cell = variant_cell(VARIANTS[3]) | {"method": method}
    with pytest.raises(StudyError, match=f"'{method}' is not registered in this version"):
        variant_of(f"mobilenet_v2_{method}60_s1_int8", cell)


def test_dense_is_the_name_of_a_recipe_alone() -> None:
    cell = variant_cell(VARIANTS[0]) | {"converter": "dense"}
    with pytest.raises(StudyError, match="'dense' is not registered"):
        variant_of("mobilenet_v2_dense_s0_dense", cell)
