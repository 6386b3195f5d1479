"""Top-1 over pruned weights, and which files the runtime computes on as they are."""

from xml.etree import ElementTree

import pandas as pd
import synthetic_study as synthetic
from report_topics import tables_of

from study.report.blocks import Picture, Table
from study.report.drawing.render import render
from study.report.inputs import Inputs
from study.report.topics import sparsity

NAME = "top1_over_sparsity"


def drawn(inputs: Inputs) -> str:
    tables = tables_of(inputs)
    files = render(sparsity.TOPIC.figures(tables), {}, tables)
    return "".join(ElementTree.fromstring(files[f"{NAME}.svg"]).itertext()) if files else ""


def test_of_many_lines_each_scheme_has_its_panels() -> None:
    schemes = ["float32", "float16", "dynamic", "int8", "int8_full"]
    assert "magnitude \u00b7 dynamic" in drawn(synthetic.study(list(synthetic.SIZES), None, schemes, images=5))


def test_methods_that_cut_channels_have_no_panel() -> None:
    """Nor has what is not pruned at all: the controls, which train on."""
    text = drawn(synthetic.study(["mobilenet"], {"magnitude": [60], "sfp": [50]}, images=5))
    assert "magnitude" in text and "sfp" not in text and "magnitude \u00b7" not in text and "retrained" not in text
    assert drawn(synthetic.study(["mobilenet"], {"sfp": [50]}, images=5)) == ""


def test_outcomes_of_sparse_inference_name_their_recipes() -> None:
    schemes = ["float32", "int8"]
    inputs = synthetic.study(["mobilenet", "mobilenet_v2"], {"magnitude": [30, 60], "sfp": [50]}, schemes, images=5)
    assert sparsity.TOPIC.section(tables_of(inputs), ()) is None  # nothing is known
    section = sparsity.TOPIC.section(tables_of(synthetic.complete(inputs)), [NAME])
    assert section is not None
    picture, table = section.blocks
    assert isinstance(picture, Picture) and isinstance(table, Table)
    assert [[cell.text for cell in line] for line in table.rows] == [
        ["mobilenet", "float32", "magnitude 30\u00a0%", "eligible"],
        ["mobilenet", "float32", "magnitude 60\u00a0%", "padding of the first convolution"],
        ["mobilenet_v2", "float32", "magnitude 30\u00a0%, magnitude 60\u00a0%", "eligible"],
    ]


def test_the_whole_network_is_the_control_and_where_there_is_none_the_dense_one() -> None:
    rows = pd.DataFrame(
        [("a", "dense"), ("a", "retrained"), ("a", "magnitude"), ("b", "dense"), ("b", "magnitude"), ("b", "sfp")],
        columns=["arch", "method"],
    )
    shown = sparsity.with_whole(rows, "magnitude")
    assert list(shown.itertuples(index=False, name=None)) == [
        ("a", "retrained"),
        ("a", "magnitude"),
        ("b", "dense"),
        ("b", "magnitude"),
    ]
    assert set(sparsity.with_whole(rows, "magnitude_bn")["method"]) == {"dense"}  # it trains nothing
