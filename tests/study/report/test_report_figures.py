"""Figures: the same bytes again, and every size of study from one network to a hundred variants."""

from xml.etree import ElementTree

import pytest
import synthetic_study as synthetic
from study.report.facts import gather
from study.report.figures import (
    class_heatmap,
    class_intervals,
    codec_share,
    diagnosis,
    pareto_latency,
    pareto_size,
    size,
    sparsity,
    training,
)
from study.report.figures.drawings import change_name, diagnosis_name, drawings, heatmap_name, intervals_name
from study.report.figures.render import numbered_clips, render
from study.report.figures.style import LIGHT
from synthetic_study import Built

DRAWS = [
    sparsity.draw,
    size.draw,
    class_heatmap.draw,
    class_intervals.architecture("mobilenet"),
    pareto_size.together,
    pareto_size.apart,
    codec_share.draw,
    class_heatmap.architecture("mobilenet"),
    pareto_latency.kind("measured"),
    training.draw,
]


@pytest.fixture(scope="module")
def built() -> Built:
    return synthetic.built()


def test_the_same_rows_give_the_same_bytes(built: Built) -> None:
    facts = gather(built.inputs)
    again = render({"size": size.draw, "pareto_size": pareto_size.together}, facts)
    assert again == {
        name.removeprefix("figures/"): content
        for name, content in built.files.items()
        if name.startswith(("figures/size", "figures/pareto_size.", "figures/pareto_size-"))
    }


def test_the_last_digits_of_a_layout_leave_no_trace() -> None:
    drawing = '<g clip-path="url(#p{0})"/><g style="fill: url(#hatch)"/><clipPath id="p{0}"><rect/></clipPath>'
    assert numbered_clips(drawing.format("4ecf854179")) == numbered_clips(drawing.format("a61344cd5b"))
    assert "url(#hatch)" in numbered_clips(drawing.format("4ecf854179"))


def test_files_have_plain_names(built: Built) -> None:
    archs = ("mobilenet", "mobilenet_v2")
    undrawn = {
        "pareto_latency_emulated",
        "pareto_latency_predicted",
        *map(heatmap_name, archs),
        *map(change_name, archs),
    }
    expected = set(drawings(gather(built.inputs))) - undrawn
    drawn = {name.removeprefix("figures/").removesuffix(".svg") for name in built.files if name.endswith(".svg")}
    assert drawn == expected | {f"{name}-dark" for name in expected}
    assert intervals_name("../a b") == "class_intervals____a_b"
    assert (heatmap_name("a/b"), diagnosis_name("a/b")) == ("class_change_a_b", "diagnosis_a_b")


def test_one_network_and_two_classes() -> None:
    facts = gather(synthetic.study(["mobilenet_v2"], classes=["a", "b"], images=20))
    files = render(drawings(facts), facts)
    assert len(files) == 2 * 7
    for content in files.values():
        ElementTree.fromstring(content)


def test_a_hundred_variants() -> None:
    schemes = ["float32", "float16", "dynamic", "int8", "int8_full"]
    facts = gather(synthetic.study(list(synthetic.SIZES), {"magnitude": [30, 60, 90]}, schemes, images=5))
    assert len(facts.results) == 100
    assert class_heatmap.draw(facts, LIGHT) is None
    assert class_heatmap.architecture("mobilenet")(facts, LIGHT) is not None
    said = "".join(ElementTree.fromstring(render({"top1": sparsity.draw}, facts)["top1.svg"]).itertext())
    assert "magnitude \u00b7 dynamic" in said


def test_a_missing_latency_has_no_point_and_kinds_have_their_own_figures() -> None:
    inputs = synthetic.study(["mobilenet"])
    slots = list(inputs.latency)
    for index, kind in ((1, "emulated"), (2, "predicted")):
        document = {**(slots[index].document or {}), "kind": kind}
        slots[index] = synthetic.Slot(
            slots[index].variant, "host", slots[index].runtime, slots[index].threads, document
        )
    slots[0] = synthetic.Slot(slots[0].variant, "host", slots[0].runtime, slots[0].threads, None)
    facts = gather(synthetic.study(["mobilenet"], latency=slots))
    sizes = {
        kind: sum(len(rows) for rows in pareto_latency.panels(facts, kind).values())
        for kind in ("measured", "emulated", "predicted")
    }
    assert sizes == {"measured": 13, "emulated": 1, "predicted": 1}


@pytest.mark.parametrize("draw", DRAWS)
def test_nothing_to_show_is_no_figure(draw: object) -> None:
    facts = gather(synthetic.study(["mobilenet"], accuracy={}, predictions={}, latency=[], history={}))
    assert render({"none": draw}, facts) == {}  # type: ignore[dict-item]


def test_of_many_classes_the_largest_changes_are_shown() -> None:
    rows = [{"class": f"c{i}", "delta_pp": float(-i), "variant": "v"} for i in range(40)]
    assert class_heatmap.largest(rows, 3) == ["c37", "c38", "c39"]


def test_of_many_variants_those_with_the_clearest_losses_are_shown() -> None:
    schemes = ["float32", "int8", "dynamic"]
    facts = gather(synthetic.study(["mobilenet"], {"magnitude": [20, 40, 60, 80]}, schemes, images=5))
    rows = facts.per_class
    for row in rows:
        if row.get("delta_pp") is not None:
            clear = row["variant"] == "mobilenet_magnitude80_s0_int8" and row["class"] == "cat"
            row |= {"p_adjusted": 0.001 if clear else 1.0, "delta_pp": -1.0 if clear else 0.0}
    shown, total = class_intervals.chosen(facts, "mobilenet")
    assert (len(shown), total) == (class_intervals.MANY_VARIANTS, 14)
    assert "mobilenet_magnitude80_s0_int8" in shown
    assert shown == [name for name in dict.fromkeys(row["variant"] for row in rows) if name in shown]


def test_numbers_of_a_panel_count_along_the_table() -> None:
    facts = gather(synthetic.complete(synthetic.study()))
    svg = render({"f": pareto_size.together}, facts)["f.svg"].decode()
    fronts = pareto_size.fronts(facts.results, "shipped_bytes")
    assert list(fronts) == ["top1", "worst_class_accuracy"]
    for number in range(1, 1 + max(map(len, fronts.values()))):
        assert f">{number}</text>" in svg


def test_without_codecs_the_size_is_that_after_gzip() -> None:
    facts = gather(synthetic.study(["mobilenet"]))
    assert "Gzip size [MB]" in render({"f": pareto_size.together}, facts)["f.svg"].decode()
    assert render({"f": codec_share.draw}, facts) == {}


def test_a_diagnosis_names_its_worst_layers() -> None:
    facts = gather(synthetic.complete(synthetic.study(["mobilenet"])))
    svg = render({"f": diagnosis.model("mobilenet_dense_s0")}, facts)["f.svg"]
    said = "".join(ElementTree.fromstring(svg).itertext())
    assert "block_19/depthwise" in said and "chosen: 8 in float" in said and "all float32" in said
