"""The whole report: the same files again, whatever there is to show, from one network to a hundred variants."""

from dataclasses import replace
from xml.etree import ElementTree

import synthetic_study as synthetic

from study.report.build import build, charts_of, tables_of
from study.report.drawing.render import render
from study.report.drawing.style import LIGHT
from study.report.inputs import Inputs
from study.report.topics import TOPICS

ONCE = {
    "class_change",
    "class_intervals_mobilenet",
    "class_intervals_mobilenet_v2",
    "codec_share",
    "diagnosis_mobilenet_dense_s0",
    "diagnosis_mobilenet_v2_dense_s0",
    "pareto_latency_measured",
    "pareto_size",
    "pareto_size_by_architecture",
    "robustness",
    "robustness_change",
    "size",
    "top1_over_sparsity",
    "training",
}


def figures(files: dict[str, bytes]) -> set[str]:
    return {name.removeprefix("figures/").removesuffix(".svg") for name in files if name.endswith(".svg")}


def without_results(inputs: Inputs) -> Inputs:
    bare = tuple(replace(result, evaluation=None, predictions=None) for result in inputs.results)
    return replace(inputs, results=bare, latency=[], history={})


def test_every_figure_is_drawn_once_in_light_and_in_dark() -> None:
    assert figures(synthetic.built().files) == ONCE | {f"{name}-dark" for name in ONCE}


def test_tables_belong_to_one_topic_and_have_the_columns_of_the_frames() -> None:
    named = [name for topic in TOPICS for name in topic.tables]
    assert len(named) == len(set(named))
    assert {f"{name}.csv" for name in named} == {name for name in synthetic.built().files if name.endswith(".csv")}
    assert all(not key.startswith("_") for key in synthetic.built().text("results.csv").splitlines()[0].split(","))


def test_one_network_and_two_classes() -> None:
    files = build(synthetic.study(["mobilenet_v2"], classes=["a", "b"], images=20))
    assert {"class_change", "pareto_size", "pareto_latency_measured", "training"} <= figures(files)
    for name, content in files.items():
        if name.endswith(".svg"):
            ElementTree.fromstring(content)


def test_more_than_a_hundred_variants() -> None:
    schemes = ["float32", "float16", "dynamic", "int8", "int8_full"]
    tables = tables_of(synthetic.study(list(synthetic.SIZES), {"magnitude": [30, 60, 90]}, schemes, images=5))
    assert len(tables["results"]) == 5 * 5 * 5  # networks, schemes; dense, its control and three amounts
    assert {f"class_change_{arch}" for arch in synthetic.SIZES} <= charts_of(tables).keys()
    assert "class_change" not in charts_of(tables)


def test_nothing_evaluated_is_no_figure_and_every_section_stands_aside() -> None:
    inputs = without_results(synthetic.study(["mobilenet"]))
    files = build(inputs)
    assert figures(files) == set()
    assert "No variant of the plan has been evaluated." in files["report.md"].decode()
    draws = {name: draw for topic in TOPICS for name, draw in topic.figures(tables_of(inputs)).items()}
    assert all(draw(tables_of(inputs), LIGHT) is None for draw in draws.values())
    assert render(draws, {}, tables_of(inputs)) == {}
