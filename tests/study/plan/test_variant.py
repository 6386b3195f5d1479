import re
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.compress import METHODS
from study.convert import SCHEMES
from study.data.sources import SOURCES
from study.latency.devices import DEVICES
from study.networks.models import ARCHITECTURES
from study.plan.variant import Architecture, Level, Quantization, Recipe, Variant, start_name
from study.registry import Entry

CONTROLS = [name for name, one in METHODS.items() if one.kind == "control"]
FIRST = [name for name, one in METHODS.items() if one.kind == "structured"]
THEN = [name for name, one in METHODS.items() if one.kind == "unstructured"]


def is_part_of_a_name(text: str) -> bool:
    """Lower-case words that DVC and file systems take as they are: no hyphen, since DVC joins with it."""
    return re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", text) is not None


@pytest.mark.parametrize(
    ("variant", "base", "model", "name"),
    [
        (
            Variant(Architecture("mobilenet_v2"), Recipe(), Quantization("float32"), 0),
            "mobilenet_v2_dense_s0",
            "mobilenet_v2_dense_s0",
            "mobilenet_v2_dense_s0_float32",
        ),
        (
            Variant(Architecture("mobilenet_v2"), Recipe("magnitude", 60), Quantization("int8"), 0),
            "mobilenet_v2_dense_s0",
            "mobilenet_v2_magnitude60_s0",
            "mobilenet_v2_magnitude60_s0_int8",
        ),
        (
            Variant(Architecture("mobilenet", 1, 0.5), Recipe("magnitude", 5), Quantization("int8_full", 100), 12),
            "mobilenet_stem1_alpha50_dense_s12",
            "mobilenet_stem1_alpha50_magnitude5_s12",
            "mobilenet_stem1_alpha50_magnitude5_s12_int8_full_cal100",
        ),
        (
            Variant(Architecture("mobilenet_v2"), Recipe("automatic50_magnitude", 60), Quantization("int8_tuned"), 0),
            "mobilenet_v2_automatic50_s0",
            "mobilenet_v2_automatic50_magnitude60_s0",
            "mobilenet_v2_automatic50_magnitude60_s0_int8_tuned",
        ),
        (
            Variant(Architecture("mobilenet_v2"), Recipe("retrained_finetune_retrained"), Quantization(), 0),
            "mobilenet_v2_retrained_finetune_s0",
            "mobilenet_v2_retrained_finetune_retrained_s0",
            "mobilenet_v2_retrained_finetune_retrained_s0_float32",
        ),
    ],
)
def test_names_are_frozen(variant: Variant, base: str, model: str, name: str) -> None:
    # Committed results carry these names: another spelling would orphan them.
    assert (variant.base, variant.model, variant.name) == (base, model, name)


@pytest.mark.parametrize(
    ("architecture", "name"),
    [
        (Architecture("mobilenet_v2", 1), "mobilenet_v2_stem1"),
        (Architecture("mobilenet_v2", alpha=0.5), "mobilenet_v2_alpha50"),
        (Architecture("mobilenet_v2", alpha=0.29), "mobilenet_v2_alpha29"),  # 0.29 * 100 is 28.999...
        (Architecture("mobilenet_v2", alpha=2.0), "mobilenet_v2_alpha200"),
        (Architecture("mobilenet_v2", sparse_ready=True), "mobilenet_v2_sparse_ready"),
        (Architecture("mobilenet_v2", start="imagenet", weights="imagenet"), "mobilenet_v2_imagenet"),
        (
            Architecture("mobilenet_v2", 1, 0.5, start="from_mine", weights="mine.npz"),
            "mobilenet_v2_stem1_alpha50_from_mine",
        ),
    ],
)
def test_options_are_appended(architecture: Architecture, name: str) -> None:
    assert architecture.name == name


def test_no_two_cells_share_a_name() -> None:
    options = product(ARCHITECTURES, (1, 2), (0.05, 1.0), (False, True))
    architectures = [Architecture(*chosen) for chosen in options]
    recipes = [Recipe(), *(Recipe(method, amount) for method in METHODS for amount in (0, 1, 10, 12))]
    kinds = {
        kind: [name for name, one in METHODS.items() if one.kind == kind] for kind in ("structured", "unstructured")
    }
    pairs = product(kinds["structured"], (1, 12), kinds["unstructured"])
    recipes += [Recipe(f"{first}{amount}_{then}", 12) for first, amount, then in pairs]
    recipes += [Recipe(f"{first}_{then}") for first in CONTROLS for then in CONTROLS]
    quantizations = [Quantization(scheme, images) for scheme in SCHEMES for images in (None, 10)]
    variants = [Variant(*cell) for cell in product(architectures, recipes, quantizations, (0, 10))]
    assert len({variant.name for variant in variants}) == len(variants)
    assert len({variant.model for variant in variants}) == len(variants) // len(quantizations)


cells = st.builds(
    Variant,
    st.builds(
        Architecture,
        st.sampled_from(sorted(ARCHITECTURES)),
        st.sampled_from([1, 2]),
        st.integers(1, 200).map(lambda percent: percent / 100),
        st.booleans(),
    ),
    st.just(Recipe()) | st.builds(Recipe, st.sampled_from(sorted(METHODS)), st.integers(0, 99)),
    st.builds(Quantization, st.sampled_from(sorted(SCHEMES)), st.none() | st.integers(1, 10**4)),
    st.integers(0, 10**6),
)


@given(cells, cells)
def test_names_are_injective(one: Variant, other: Variant) -> None:
    assert (one.name == other.name) == (one == other)
    assert is_part_of_a_name(one.name)


@pytest.mark.parametrize("table", [ARCHITECTURES, METHODS, SCHEMES, DEVICES, SOURCES])
def test_registered_names_can_be_part_of_one(table: Mapping[str, Entry]) -> None:
    assert all(map(is_part_of_a_name, table))


def test_methods_end_in_a_letter_because_the_amount_follows() -> None:
    assert not any(method[-1].isdigit() for method in METHODS)


def test_what_a_variant_is_measured_against() -> None:
    variant = Variant(Architecture("mobilenet", 1, 0.5), Recipe("magnitude", 5), Quantization("int8", 100), 12)
    assert variant.in_float.name == "mobilenet_stem1_alpha50_magnitude5_s12_float32"
    assert variant.uncompressed.name == "mobilenet_stem1_alpha50_retrained_s12_int8_cal100"
    assert variant.baseline.name == "mobilenet_stem1_alpha50_retrained_s12_float32"
    assert variant.start.name == "mobilenet_stem1_alpha50_dense_s12_float32"
    assert variant.baseline.baseline == variant.baseline and not variant.recipe.is_dense
    assert variant.baseline.start == variant.start == variant.start.baseline


def test_what_does_not_train_is_measured_against_the_dense_network() -> None:
    variant = Variant(Architecture("mobilenet"), Recipe("magnitude_bn", 60), Quantization("int8"), 0)
    assert variant.uncompressed.name == "mobilenet_dense_s0_int8" and variant.baseline == variant.start


@pytest.mark.parametrize("method", METHODS)
def test_a_control_is_counted_against_itself_and_stands_for_its_methods(method: str) -> None:
    amount = 0 if METHODS[method].kind == "control" else 50
    control = Recipe(method, amount).control
    assert control.control == control and control.amount == 0
    assert control == Recipe(METHODS[method].control or "dense") or METHODS[method].kind == "control"


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("then", THEN)
def test_weights_may_be_pruned_where_channels_were_cut(first: str, then: str) -> None:
    recipe = Recipe(f"{first}50_{then}", 60)
    assert recipe.steps == (Recipe(first, 50), Recipe(then, 60)) and recipe.before == Recipe(first, 50)
    assert recipe.kinds == ("structured", "unstructured") and recipe.widths == ()
    both = [METHODS[name].control for name in (first, then) if METHODS[name].control]
    assert recipe.control == Recipe("_".join(both))
    assert [step.method for step in recipe.control.steps] == both
    assert recipe.control.control == recipe.control and set(recipe.control.kinds) == {"control"}


@pytest.mark.parametrize(
    "method",
    (
        "magnitude60_automatic automatic_magnitude slimmable25_magnitude automatic50_automatic automatic50_retrained "
        "retrained_magnitude automatic0_magnitude automatic100_magnitude _magnitude"
    ).split(),
)
def test_other_names_of_two_methods_are_none(method: str) -> None:
    assert Recipe(method, 60).steps == (Recipe(method, 60),)


def test_what_two_steps_are_measured_against() -> None:
    """The dense network, trained through the budgets of both; what it began as is the dense one."""
    variant = Variant(Architecture("mobilenet"), Recipe("automatic50_magnitude", 60), Quantization("int8"), 3)
    assert variant.uncompressed.name == "mobilenet_retrained_finetune_retrained_s3_int8"
    assert variant.baseline.name == "mobilenet_retrained_finetune_retrained_s3_float32"
    assert (
        variant.start.name == "mobilenet_dense_s3_float32"
        and variant.baseline.base == "mobilenet_retrained_finetune_s3"
    )


def test_levels_of_a_family_are_named_by_their_width_and_the_file_without() -> None:
    variant = Variant(Architecture("mobilenet_v2"), Recipe("slimmable", 25), Quantization("int8"), 0)
    assert variant.name == "mobilenet_v2_slimmable25_s0_int8"
    assert [level.name for level in variant.levels] == [
        f"mobilenet_v2_slimmable25_s0_int8_w{width}" for width in (100, 75, 50, 25)
    ]
    assert [level.width for level in variant.levels] == [100, 75, 50, 25] == list(variant.recipe.widths)
    assert {level.baseline.name for level in variant.levels} == {"mobilenet_v2_retrained_finetune_s0_float32"}
    alone = Variant(Architecture("mobilenet_v2"), Recipe("uniform", 50), Quantization("int8"), 0)
    assert alone.levels == (Level(alone),) and alone.levels[0].width is None and alone.recipe.widths == ()


@pytest.mark.parametrize(
    "narrowest, widths", [(40, (100, 80, 60, 40)), (30, (100, 77, 53, 30)), (97, (100, 99, 98, 97))]
)
def test_widths_are_evenly_spaced(narrowest: int, widths: tuple[int, ...]) -> None:
    assert Recipe("slimmable", narrowest).widths == widths


def test_a_file_with_one_level_and_that_level_share_a_name() -> None:
    variant = Variant(Architecture("mobilenet_v2"), Recipe("magnitude", 25), Quantization("int8"), 0)
    assert Level(variant).name == variant.name == "mobilenet_v2_magnitude25_s0_int8"
    assert Level(variant, "w50").name == "mobilenet_v2_magnitude25_s0_int8_w50"
    assert Level(variant, "w50").baseline == Level(variant.baseline)


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        ("imagenet", "imagenet"),
        ("models/imagenet.h5", "from_imagenet"),
        ("a/My Weights-2.weights.h5", "from_my_weights_2"),
        ("\u00fc.npz", "from_file"),
        ("x" * 99 + ".h5", "from_" + "x" * 60),
    ],
)
def test_what_the_weights_that_it_starts_from_are_called(weights: str, name: str) -> None:
    assert start_name(weights) == name and is_part_of_a_name(name)


def test_where_a_start_comes_from_is_no_part_of_what_it_is() -> None:
    one, other = (Architecture("mobilenet_v2", start="from_a", weights=path) for path in ("a.npz", "b/a.npz"))
    assert one == other != Architecture("mobilenet_v2")
