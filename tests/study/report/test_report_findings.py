"""Findings say what the rows say, and nothing where there is nothing to say."""

from dataclasses import replace

import pytest
import synthetic_study as synthetic

from study.report.blocks import Point
from study.report.facts import gather
from study.report.findings.accuracy import trained_on
from study.report.findings.findings import findings
from study.report.findings.shipping import worst_class
from study.report.inputs import Inputs, Row
from study.report.phrases import points
from study.tasks import metrics


def said(inputs: Inputs) -> dict[str, Point]:
    return {point.topic: point for point in findings(gather(inputs))}


@pytest.fixture(scope="module")
def told() -> dict[str, Point]:
    return said(synthetic.study(images=300))


def test_the_planted_class_pays_most_and_is_certain(told: dict[str, Point]) -> None:
    assert all(part.startswith("\u201ccat\u201d in") for part in told["Classes: the largest losses"].parts[:2])
    assert "adjusted p\u00a0<\u00a00.001" in told["Classes: the largest losses"].parts[0]
    assert "\u201ccat\u201d changes most for the worse" in told["Classes: on average"].text


def test_costs_name_every_architecture(told: dict[str, Point]) -> None:
    for topic in ("Quantization: int8", "Compression before quantization: magnitude 60\u00a0%"):
        assert [part.split(":")[0] for part in sorted(told[topic].parts)] == ["mobilenet", "mobilenet_v2"]
        assert all("points (95\u00a0% \u2212" in part for part in told[topic].parts)


def test_what_training_on_adds_is_said() -> None:
    def rows(**epochs: int) -> list[Row]:
        return [{"method": method.rstrip("23"), "epochs": count} for method, count in epochs.items()]

    (point,) = trained_on(rows(dense=30, dense2=60, magnitude=8, magnitude2=8, sfp=4))
    assert point.text.startswith(
        "Behind the epochs of the dense networks (30 to 60) come more: magnitude 8, sfp 4. No dense network"
    )
    assert trained_on(rows(dense=30)) == trained_on(rows(magnitude=8)) == []


def test_gzip_and_speed_are_shares_of_the_baseline(told: dict[str, Point]) -> None:
    assert told["Size after gzip"].parts[0] == "dense: float32 92\u00a0%, int8 92\u00a0%"
    assert (
        told["Speed"].parts[0].startswith("host \u00b7 ai_edge_litert \u00b7 1 thread, measured: dense \u00b7 int8 2.")
    )


def test_the_smallest_file_keeps_within_a_point() -> None:
    inputs = synthetic.study(["mobilenet"])
    same = "mobilenet_dense_s0_float32"
    inputs.predictions["mobilenet_dense_s0_int8"]["logits"][:] = inputs.predictions[same]["logits"]
    inputs.accuracy["mobilenet_dense_s0_int8"]["per_class"][:] = inputs.accuracy[same]["per_class"]
    point = said(inputs)["Smallest without loss"]
    assert "mobilenet \u00b7 dense \u00b7 int8: 3.545\u00a0MB as gzip, 3.6 times smaller" in point.text
    assert "(3.3 times smaller than that file in its gzip size); top-1" in point.text
    assert point.parts[0].startswith("mobilenet: dense \u00b7 int8, 3.545\u00a0MB as gzip")


def test_the_smallest_form_counts_where_files_are_encoded() -> None:
    inputs = synthetic.complete(synthetic.study())
    same = "mobilenet_dense_s0_float32"
    inputs.predictions["mobilenet_dense_s0_int8"]["logits"][:] = inputs.predictions[same]["logits"]
    inputs.accuracy["mobilenet_dense_s0_int8"]["per_class"][:] = inputs.accuracy[same]["per_class"]
    told = said(inputs)
    size = inputs.encoded["mobilenet_dense_s0_int8"]["codecs"]["xz"]["bytes"]
    assert f"{size / 1e6:.3f}\u00a0MB as xz, {12_845_000 / size:.1f} times" in told["Smallest without loss"].text
    assert told["Smallest without loss"].parts[1] == "mobilenet_v2: none"
    assert "magnitude 60\u00a0% \u00b7 int8: 1.164\u00a0MB as brotli" in told["Smallest of all"].text
    codecs = told["Size after the best codec"].text
    assert codecs.startswith("The smallest form is made by xz (5), brotli (3); it saves 7.0\u00a0%")


def test_the_worst_class_of_a_good_variant_is_named() -> None:
    inputs = synthetic.study(["mobilenet"], images=300)
    own, base = (inputs.predictions[f"mobilenet_dense_s0_{scheme}"] for scheme in ("int8", "float32"))
    own["logits"][:] = base["logits"]
    cats = own["labels"] == 3
    own["logits"][cats] = own["logits"][cats][:, ::-1]
    for scheme, arrays in (("int8", own), ("float32", base)):
        document = inputs.accuracy[f"mobilenet_dense_s0_{scheme}"]
        counts = metrics.per_class(arrays["logits"], arrays["labels"])
        for entry, right, share in zip(document["per_class"], counts.correct, counts.accuracy, strict=True):
            entry.update(correct=int(right), accuracy=float(share))
    facts = gather(inputs)
    row = next(row for row in facts.results if row["variant"] == "mobilenet_dense_s0_int8")
    assert row["worst_drop_class"] == row["worst_class"] == "cat"
    assert "Worst class" not in said(inputs)  # too much is lost over all classes to be within a point
    row["delta_pp"] = -0.9
    (point,) = worst_class(facts.results)
    assert f"\u201ccat\u201d {points(row['worst_drop_pp'])}, with a top-1 of \u22120.90" in point.text


def test_nothing_within_a_point_is_said(told: dict[str, Point]) -> None:
    assert told["Smallest without loss"].text.startswith("No compressed variant stays within 1 point")


def test_what_could_not_be_seen_is_computed() -> None:
    text = said(synthetic.study(images=1000))["What could not have been seen"].text
    assert "With 1000 test images a class" in text
    assert "a drop of 2.25 points or more" in text


def test_many_treatments_are_told_in_short() -> None:
    told = said(synthetic.study(["mobilenet"], {"magnitude": [30, 60, 90]}, ["float32", "float16", "dynamic", "int8"]))
    assert [part.split(":")[0] for part in told["Quantization"].parts] == ["float16", "dynamic", "int8"]
    assert len(told["Compression before quantization"].parts) == 3


def test_of_many_near_chance_the_first_are_named() -> None:
    inputs = synthetic.study(["mobilenet"], {"magnitude": [30, 60, 90]}, ["float32", "float16", "dynamic", "int8"])
    for document in inputs.accuracy.values():
        document["top1"] = 0.11  # type: ignore[index]
    assert said(inputs)["Near chance"].parts[12:] == ("and 4 more, see the table of all variants",)


def test_near_chance_is_named() -> None:
    inputs = synthetic.study(["mobilenet"])
    inputs.accuracy["mobilenet_dense_s0_int8"]["top1"] = 0.11  # type: ignore[index]
    assert said(inputs)["Near chance"].parts == ("mobilenet \u00b7 dense \u00b7 int8: 11.00\u00a0%",)


def test_an_empty_study_says_so() -> None:
    inputs = replace(synthetic.study(["mobilenet"]), accuracy={}, predictions={}, latency=[], history={})
    assert list(said(inputs)) == ["Nothing yet"]
