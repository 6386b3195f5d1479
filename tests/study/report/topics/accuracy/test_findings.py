"""Sentences on accuracy: each figure is that of the rows, and what enters no figure is said."""

from statistics import mean, stdev

import pytest
import synthetic_study as synthetic
from report_topics import tables_of

from study.plan.variant import Variant
from study.report.blocks import Point
from study.report.families import RULE
from study.report.inputs import Inputs
from study.report.phrases import points
from study.report.topics import accuracy

ARCH, INT8 = "mobilenet", "mobilenet_dense_s0_int8"
PRUNED, SEEDS = "mobilenet_magnitude60_s{}_float32", range(3)
RECIPE = "Compression before quantization: magnitude 60\u00a0%"


def told(inputs: Inputs) -> dict[str, Point]:
    return {point.topic: point for point in accuracy.TOPIC.findings(tables_of(inputs))}


@pytest.fixture(scope="module")
def said() -> dict[str, Point]:
    return told(synthetic.study(images=300))


@pytest.fixture(scope="module")
def seeds() -> Inputs:
    return synthetic.study([ARCH], seeds=SEEDS, images=30, latency=[])


def collapsed(inputs: Inputs, *names: str) -> Inputs:
    """The study in which these files answer what they hold for the least likely class."""
    lost = {}
    for name in names:
        own = synthetic.answered(inputs.by_name[name])
        logits = -own.logits
        inputs = synthetic.evaluated(inputs, name, top1=float((logits.argmax(1) == own.labels).mean()))
        lost[name] = {"predictions": synthetic.answers(logits, own.labels)}
    return synthetic.changed(inputs, lost)


def change(inputs: Inputs, variant: Variant, against: Variant) -> float:
    """Top-1 of one file minus that of another one, in points."""
    own, base = (synthetic.answered(inputs.by_name[one.name]).correct for one in (variant, against))
    return float(100 * (own.mean() - base.mean()))


def over(changes: list[float]) -> str:
    """Mean and standard deviation over seeds."""
    return f"{points(mean(changes))}\u00a0\u00b1\u00a0{stdev(changes):.2f} ({len(changes)}\u00a0seeds)"


def test_costs_name_every_architecture(said: dict[str, Point]) -> None:
    for topic in ("Quantization: int8", RECIPE):
        assert [part.split(":")[0] for part in sorted(said[topic].parts)] == ["mobilenet", "mobilenet_v2"]
        assert all("points (95\u00a0% \u2212" in part for part in said[topic].parts)


def test_costs_are_those_against_the_network_with_as_much_training(seeds: Inputs) -> None:
    """Quantization alone of the dense network; pruning in float32, from which the training is taken off."""
    found = told(seeds)
    for topic, name in (("Quantization: int8", "mobilenet_dense_s{}_int8"), (RECIPE, PRUNED)):
        files = [seeds.by_name[name.format(seed)].variant for seed in SEEDS]
        expected = [change(seeds, one, one.baseline) for one in files]
        assert found[topic].parts == (f"mobilenet: {over(expected)}",)
        assert "the whole network with as much training" in found[topic].text
    assert seeds.by_name[PRUNED.format(0)].variant.baseline.recipe.name == "retrained"


def test_many_treatments_are_told_in_short() -> None:
    said = told(synthetic.study([ARCH], {"magnitude": [30, 60, 90]}, ["float32", "float16", "dynamic", "int8"]))
    assert [part.split(":")[0] for part in said["Quantization"].parts] == ["float16", "dynamic", "int8"]
    assert len(said["Compression before quantization"].parts) == 3


def test_a_collapsed_file_is_named_and_enters_no_mean(seeds: Inputs) -> None:
    lost = collapsed(seeds, PRUNED.format(1))
    found = told(lost)
    held = [seeds.by_name[PRUNED.format(seed)].variant for seed in (0, 2)]
    expected = over([change(seeds, one, one.baseline) for one in held])
    assert found[RECIPE].parts == (f"mobilenet: {expected}, 1 of 3 files collapsed",)
    point = found["Collapsed files"]
    assert point.text == f"1 of 18 files is left out of every average, median and claim on a class. {RULE}"
    own = lost.by_name[PRUNED.format(1)].variant
    top1 = 100 * synthetic.answered(lost.by_name[own.name]).correct.mean()
    (part,) = point.parts
    assert part.startswith(f"mobilenet \u00b7 magnitude 60\u00a0% \u00b7 float32 \u00b7 seed 1: {top1:.2f}\u00a0%, ")
    assert part.endswith(f"top-1 {-change(lost, own, own.baseline):.1f}\u00a0points lower")


def test_where_all_collapsed_there_is_no_mean_and_where_none_did_no_sentence(seeds: Inputs) -> None:
    found = told(collapsed(seeds, *(PRUNED.format(seed) for seed in SEEDS)))
    assert found[RECIPE].parts == ("mobilenet: 3 of 3 files collapsed",)
    assert len(found["Collapsed files"].parts) == 3 and "3 of 18 files are left out" in found["Collapsed files"].text
    assert "Collapsed files" not in told(seeds)


def test_a_single_collapsed_file_has_no_interval() -> None:
    inputs = synthetic.study([ARCH], images=20)
    assert told(collapsed(inputs, PRUNED.format(0)))[RECIPE].parts == ("mobilenet: 1 of 1 file collapsed",)


def test_of_many_collapsed_files_the_first_are_named() -> None:
    inputs = synthetic.study([ARCH], {"magnitude": [30, 60, 90]}, seeds=range(5), images=10)
    names = [one.name for one in inputs.results if one.variant.recipe.name == "magnitude30"]
    names += [one.name for one in inputs.results if one.variant.recipe.name == "magnitude90"]
    parts = told(collapsed(inputs, *names))["Collapsed files"].parts
    assert parts[12:] == ("and 8 more, see the table of all variants",)


def test_what_training_alone_gives_is_told_by_control(seeds: Inputs) -> None:
    point = told(seeds)["Training alone"]
    controls = [seeds.by_name[f"mobilenet_retrained_s{seed}_float32"].variant for seed in SEEDS]
    assert point.parts == (f"retrained: mobilenet {over([change(seeds, one, one.start) for one in controls])}",)
    assert point.text.startswith("Compressed networks are trained further than the dense ones, so they are counted")
    assert "Training alone" not in told(synthetic.uncontrolled(seeds))
    every = synthetic.study(["mobilenet", "mobilenet_v2"], {"sfp": [30], "automatic": [30]}, images=20)
    assert [part.split(" ")[:3] for part in told(every)["Training alone"].parts] == [
        ["retrained", "structured:", "mobilenet"],
        ["retrained", "finetune:", "mobilenet"],
    ]


def test_what_has_no_equally_trained_baseline_is_counted_apart() -> None:
    inputs = synthetic.study(images=20)
    assert "Without an equally trained baseline" not in told(inputs)
    found = told(synthetic.uncontrolled(inputs))
    text = found["Without an equally trained baseline"].text
    assert text.startswith("4 variants were trained further than the dense network, and no network with as much ")
    assert "count them against: mobilenet (2), mobilenet_v2 (2). They have no change here and enter no claim" in text
    assert not [topic for topic in found if topic.startswith("Compression before quantization")]
    assert found["Quantization: int8"].parts == told(inputs)["Quantization: int8"].parts
    one = synthetic.uncontrolled(synthetic.study([ARCH], schemes=["float32"], images=20))
    assert told(one)["Without an equally trained baseline"].text.startswith("1 variant was trained further")


def test_of_many_near_chance_the_first_are_named() -> None:
    inputs = synthetic.study([ARCH], {"magnitude": [30, 60, 90]}, ["float32", "float16", "dynamic", "int8"])
    for result in inputs.results:
        synthetic.document(result)["top1"] = 0.11
    assert len(inputs.results) == 20  # dense, its control and three amounts
    assert told(inputs)["Near chance"].parts[12:] == ("and 8 more, see the table of all variants",)


def test_near_chance_is_named() -> None:
    inputs = synthetic.evaluated(synthetic.study([ARCH]), INT8, top1=0.11)
    assert told(inputs)["Near chance"].parts == ("mobilenet \u00b7 dense \u00b7 int8: 11.00\u00a0%",)


def test_an_empty_study_says_so() -> None:
    inputs = synthetic.study([ARCH], latency=[], history={})
    every = [result.name for result in inputs.results]
    nothing = synthetic.without(synthetic.without(inputs, *every), *every, field="predictions")
    assert list(told(nothing)) == ["Nothing yet"]
