"""What a report says of teachers, and that it never holds unlike networks against each other in silence."""

from dataclasses import replace
from typing import Any

import pandas as pd
import synthetic_study as synthetic
from report_topics import tables_of

from study.report import build
from study.report.cards import cards
from study.report.inputs import Inputs
from study.report.snapshot import keep, kept
from study.report.teaching import UNLIKE, card, findings, unlike
from study.report.topics import accuracy

ARCH, PRUNED, CONTROL = "mobilenet", "mobilenet_magnitude60_s0", "mobilenet_retrained_s0"
LESSON = {"teacher": "mobilenet_dense_s0", "weight": 0.5, "temperature": 2.0}
SAID = "mobilenet_dense_s0 (weight 0.5, temperature 2)"


def study(**taught: Any) -> Inputs:
    """A study in which networks of these names have a record with these lessons."""
    records = {model: {"channels": [], "distillation": [lesson]} for model, lesson in taught.items()}
    return synthetic.study([ARCH], images=12, compression=records)


def doubted(inputs: Inputs) -> list[str]:
    return [name for name, variant in inputs.models.items() if unlike(inputs, variant)]


def test_without_a_teacher_nothing_is_said() -> None:
    inputs = study()
    assert findings(inputs) == [] and doubted(inputs) == []
    assert {card(inputs, variant) for variant in inputs.models.values()} == {""}


def test_networks_that_learned_alike_are_counted() -> None:
    inputs = study(**{PRUNED: LESSON, CONTROL: LESSON})
    (point,) = findings(inputs)
    assert point.topic == "Distillation" and point.text.startswith("2 networks of 3 learned from")
    assert point.parts == (f"2 from {SAID}",) and doubted(inputs) == []
    assert card(inputs, inputs.models[PRUNED]) == (
        f" It learned from {SAID} too (knowledge distillation, Hinton et al., 2015)."
    )
    assert point in accuracy.TOPIC.findings(tables_of(inputs))


def test_whoever_is_held_against_a_network_of_another_teacher_is_named() -> None:
    for other in (None, LESSON | {"teacher": "x_dense_s0"}, LESSON | {"weight": 0.9}, LESSON | {"temperature": 1.0}):
        inputs = study(**{PRUNED: LESSON} | ({CONTROL: other} if other else {}))
        assert doubted(inputs) == [PRUNED]
        assert findings(inputs)[-1].topic == "Unequal teachers" and findings(inputs)[-1].parts == (PRUNED,)
        assert UNLIKE in card(inputs, inputs.models[PRUNED])
    inputs = study(**{CONTROL: LESSON})
    assert doubted(inputs) == [PRUNED]
    assert card(inputs, inputs.models[PRUNED]) == f" It had no teacher, {UNLIKE}."


def test_a_report_that_is_read_again_says_the_same() -> None:
    inputs = study(**{PRUNED: LESSON})
    assert findings(kept(keep(inputs))) == findings(inputs)
    alone = replace(inputs, results=tuple(one for one in inputs.results if one.variant.model == PRUNED))
    assert doubted(alone) == [], "it is held against nothing there"


def test_of_two_steps_each_is_asked_and_a_step_without_training_is_none() -> None:
    steps = {"mobilenet_automatic50_s0": LESSON, "mobilenet_retrained_finetune_s0": LESSON}
    recipes = {"automatic": [50], "automatic50_magnitude_bn": [60]}
    records = {model: {"distillation": [lesson]} for model, lesson in steps.items()}
    inputs = synthetic.study([ARCH], recipes=recipes, images=12, compression=records)
    assert "mobilenet_automatic50_magnitude_bn60_s0" in inputs.models and doubted(inputs) == []
    only = replace(inputs, compression={"mobilenet_automatic50_s0": records["mobilenet_automatic50_s0"]})
    assert doubted(only) == ["mobilenet_automatic50_s0", "mobilenet_automatic50_magnitude_bn60_s0"]


def test_a_card_says_it_behind_the_method() -> None:
    inputs = study(**{PRUNED: LESSON, CONTROL: LESSON})
    made = cards(tables_of(inputs), "")
    assert f"It learned from {SAID} too" in made[f"{PRUNED}_float32.md"].replace("\\_", "_")
    assert "distillation" not in made["mobilenet_dense_s0_float32.md"]


def test_two_steps_stand_in_the_tables_with_zeros_and_fewer_channels() -> None:
    """A row with its sparsity, its MACs and a change against the network that was trained through both budgets."""
    recipes = {"automatic": [50], "automatic50_magnitude": [60]}
    tables = build.tables_of(synthetic.study([ARCH], recipes=recipes, schemes=["float32", "int8_tuned"]))
    results = tables["results"].set_index("variant")
    row = results.loc["mobilenet_automatic50_magnitude60_s0_int8_tuned"]
    assert row["baseline"] == "mobilenet_retrained_finetune_retrained_s0_float32"
    assert row["sparsity_target"] == 0.6 and pd.notna(row["delta_pp"]) and row["macs"] > 0
    assert pd.isna(results.loc["mobilenet_automatic50_s0_int8_tuned", "sparsity_target"])
    cut = tables["structured"].set_index("variant")
    assert "mobilenet_automatic50_magnitude60_s0_float32" in cut.index
    assert "mobilenet_retrained_finetune_retrained_s0_float32" not in cut.index
    made = cards(tables, "")["mobilenet_automatic50_magnitude60_s0_float32.md"]
    assert "- automatic\n- magnitude\n" in made
    assert "the narrower network trained on (after Glinserer, 2021) (6 epochs); after that the smallest weights" in made
    said = {point.topic: point for point in accuracy.TOPIC.findings(tables)}
    assert any("retrained finetune retrained" in part for part in said["Training alone"].parts)
