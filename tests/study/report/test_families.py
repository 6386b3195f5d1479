"""Which files count: answers that are alike, count once; collapse, at each of its bounds."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from study.plan.variant import Architecture, Level, Quantization, Recipe, Variant
from study.report.families import NARROW_RULE, RULE, Standing, rule, standings
from study.report.inputs import Inputs, Result
from study.tasks.classification import Predictions

CLASSES = ["a", "b", "c", "d"]
LABELS = np.repeat(np.arange(4), 25)  # 100 images: one is a percentage point
DENSE, PRUNED, CONTROL = Recipe(), Recipe("magnitude", 60), Recipe("retrained")
FLOAT = "float32"


def name(recipe: Recipe, scheme: str = FLOAT, seed: int = 0) -> str:
    return variant(recipe, scheme, seed).name


def variant(recipe: Recipe, scheme: str = FLOAT, seed: int = 0, family: str = "mobilenet") -> Variant:
    return Variant(Architecture(family), recipe, Quantization(scheme), seed)


def answers(wrong: int = 0, **to: int) -> Any:
    """The labels, of which the first so many are answered by the next class, and then whole classes by another one."""
    predicted = LABELS.copy()
    predicted[:wrong] = (LABELS[:wrong] + 1) % 4
    for label, other in to.items():
        predicted[CLASSES.index(label) == LABELS] = other
    return predicted


def predictions(predicted: Any) -> Predictions:
    return Predictions(LABELS, predicted, predicted == LABELS, 0, ())


def found(files: Mapping[Variant, Any]) -> Mapping[str, Standing]:
    """Standings of files with these answers; None: not evaluated."""
    results = (Result(Level(one), None, None if said is None else predictions(said)) for one, said in files.items())
    return standings(Inputs("full", {"classes": CLASSES}, tuple(results)))


def test_of_files_that_answer_alike_the_first_of_the_plan_counts() -> None:
    files = {
        variant(DENSE): answers(),
        variant(DENSE, "int8"): answers(3),
        variant(DENSE, "int8_full"): answers(3),
        variant(PRUNED, "int8"): answers(3),
        variant(PRUNED, "int8_full"): answers(4),
    }
    same = {one: standing.same_as for one, standing in found(files).items()}
    first = name(DENSE, "int8")
    assert list(same) == [one.name for one in files]
    assert list(same.values()) == [None, None, first, first, None]


def test_the_same_accuracy_is_not_the_same_answers() -> None:
    """Images of the first class, as many wrong, but others."""
    other = LABELS.copy()
    other[3:6] = 1
    standing = found({variant(DENSE, "int8"): answers(3), variant(DENSE, "int8_full"): other})
    assert standing[name(DENSE, "int8_full")] == Standing()


@pytest.mark.parametrize("other", [{"seed": 1}, {"family": "mobilenet_v2"}])
def test_another_seed_or_network_that_answers_alike_is_a_result_of_its_own(other: dict[str, Any]) -> None:
    standing = found({variant(DENSE): answers(), variant(DENSE, **other): answers()})
    assert set(standing.values()) == {Standing()} and len(standing) == 2


def test_a_network_of_another_width_that_answers_alike_is_a_result_of_its_own() -> None:
    narrow = Variant(Architecture("mobilenet", alpha=0.5), DENSE, Quantization(), 0)
    assert set(found({variant(DENSE): answers(), narrow: answers()}).values()) == {Standing()}


@pytest.mark.parametrize(("wrong", "collapsed"), [(9, False), (10, False), (11, True), (15, True)])
@pytest.mark.parametrize("before", [0, 2, 4])
def test_more_than_ten_points_below_the_baseline_is_a_collapse(before: int, wrong: int, collapsed: bool) -> None:
    """Ten points are no collapse, whatever the difference of two rounded fractions says."""
    standing = found({variant(DENSE): answers(before), variant(DENSE, "int8"): answers(before + wrong)})
    said = standing[name(DENSE, "int8")].collapsed
    assert said == (f"top-1 {wrong}.0\u00a0points lower" if collapsed else None)


@pytest.mark.parametrize("images", [30, 70, 110, 600, 10_000])
def test_ten_points_are_counted_in_whole_images(images: int) -> None:
    labels = np.zeros(images, np.int64)

    def right(count: int) -> Predictions:
        predicted = (np.arange(images) >= count).astype(np.int64)
        return Predictions(labels, predicted, predicted == labels, 0, ())

    for before in range(images // 5, images + 1, max(images // 50, 1)):
        for lost, collapsed in ((images // 10, False), (images // 10 + 1, True)):
            one = [Result(Level(variant(DENSE)), None, right(before))]
            one.append(Result(Level(variant(DENSE, "int8")), None, right(before - lost)))
            standing = standings(Inputs("full", {"classes": CLASSES}, tuple(one)))
            assert bool(standing[name(DENSE, "int8")].collapsed) == collapsed


@pytest.mark.parametrize(("right", "collapsed"), [(9, None), (10, "never names d"), (25, "never names d")])
def test_a_class_of_which_the_baseline_gets_ten_right_must_be_named(right: int, collapsed: str | None) -> None:
    """A quarter of the images are of class d: the baseline gets some right, and the file names it never."""
    before, after = answers(), answers(d=0)
    before[75 + right :] = 0
    before[:25], after[:25] = 1, 0  # the file gains what it loses: its top-1 tells nothing
    standing = found({variant(DENSE): before, variant(DENSE, "int8"): after})
    assert standing[name(DENSE, "int8")].collapsed == collapsed


def test_a_class_that_is_named_wrongly_is_named() -> None:
    before, after = answers(), answers(d=0)
    before[:25], after[:25] = 1, 0
    after[30] = 3  # once, for an image of another class
    standing = found({variant(DENSE): before, variant(DENSE, "int8"): after})
    assert standing[name(DENSE, "int8")] == Standing()


def test_every_class_that_is_never_named_is_told() -> None:
    before, after = answers(), answers(c=0, d=0)
    before[:50], after[:50] = 2, LABELS[:50]
    standing = found({variant(DENSE): before, variant(DENSE, "int8"): after})
    assert standing[name(DENSE, "int8")].collapsed == "never names c, d"


SLIM, SINGLE = Recipe("slimmable", 25), Recipe("uniform", 75)
TRAINED_ON = Recipe("retrained_finetune")


def levels(scheme: str = FLOAT) -> dict[str, Level]:
    return {level.signature: level for level in variant(SLIM, scheme).levels}


def of_levels(files: Mapping[Level, Any]) -> Mapping[str, Standing]:
    """Standings of levels with these answers, beside a whole network that is always right."""
    whole = {Level(variant(TRAINED_ON)): answers()} | dict(files)
    results = (Result(level, None, predictions(said)) for level, said in whole.items())
    return standings(Inputs("full", {"classes": CLASSES}, tuple(results)))


def test_a_narrow_level_is_not_held_to_the_whole_network_and_the_widest_is() -> None:
    own, single = levels(), Level(variant(SINGLE))
    files = {own["w100"]: answers(11), own["w50"]: answers(12), own["w25"]: answers(14), single: answers(15)}
    found = [one.collapsed for one in of_levels(files).values()]
    assert found == [None, "top-1 11.0\u00a0points lower", None, None, None]


@pytest.mark.parametrize(("wrong", "collapsed"), [(10, False), (11, True)])
@pytest.mark.parametrize("narrow", [levels()["w25"], Level(variant(SINGLE))])
def test_quantized_it_is_held_to_itself_in_float32(narrow: Level, wrong: int, collapsed: bool) -> None:
    quantized = replace(narrow, variant=replace(narrow.variant, quantization=Quantization("int8")))
    found = of_levels({narrow: answers(3), quantized: answers(3 + wrong)})
    said = f"top-1 {wrong}.0\u00a0points lower than in float32" if collapsed else None
    assert (found[narrow.name].collapsed, found[quantized.name].collapsed) == (None, said)
    assert of_levels({quantized: answers(24)})[quantized.name].collapsed is None  # nothing to hold it to


def test_a_narrow_level_that_never_names_a_class_has_collapsed() -> None:
    own = levels()["w25"]
    assert of_levels({own: answers(d=0)})[own.name].collapsed == "never names d"


def test_levels_that_answer_alike_are_one_result() -> None:
    own, quantized = levels(), levels("int8")
    found = of_levels({own["w50"]: answers(3), own["w25"]: answers(4), quantized["w50"]: answers(3)})
    assert found[quantized["w50"].name].same_as == own["w50"].name and found[own["w25"].name].same_as is None


def test_the_rule_tells_of_narrow_networks_where_there_are_some() -> None:
    rows = pd.DataFrame({"level": ["serving_default", "serving_default"], "method": ["dense", "magnitude"]})
    assert rule(rows) == RULE and rule(rows.iloc[:0]) == RULE
    assert rule(rows.assign(level=["serving_default", "w50"])) == RULE + NARROW_RULE
    assert rule(rows.assign(method=["dense", "uniform"])) == RULE + NARROW_RULE


def test_a_baseline_never_collapses() -> None:
    """Neither the dense file nor a control that lost much: there is nothing that they are counted against."""
    files = {variant(DENSE): answers(), variant(CONTROL): answers(40), variant(CONTROL, "int8"): answers(50)}
    assert {one.collapsed for one in found(files).values()} == {None}


def test_the_equally_trained_file_is_the_measure() -> None:
    """A pruned file near its control, though far below the dense one; and the other way round."""
    low = {variant(DENSE): answers(), variant(CONTROL): answers(15), variant(PRUNED): answers(20)}
    assert found(low)[name(PRUNED)].collapsed is None
    high = {variant(DENSE): answers(15), variant(CONTROL): answers(), variant(PRUNED): answers(20)}
    assert found(high)[name(PRUNED)].collapsed == "top-1 20.0\u00a0points lower"


def test_without_an_equally_trained_file_the_dense_one_is_the_measure() -> None:
    standing = found({variant(DENSE): answers(), variant(PRUNED): answers(11), variant(PRUNED, "int8"): answers(9)})
    assert standing[name(PRUNED)].collapsed == "top-1 11.0\u00a0points lower"
    assert standing[name(PRUNED, "int8")].collapsed is None


def test_without_predictions_there_is_no_standing_and_without_those_of_the_baseline_no_collapse() -> None:
    standing = found({variant(DENSE): None, variant(DENSE, "int8"): answers(60), variant(DENSE, "float16"): None})
    assert standing == {name(DENSE, "int8"): Standing()}
    assert found({variant(PRUNED): answers(60)}) == {name(PRUNED): Standing()}
    assert found({}) == {}
