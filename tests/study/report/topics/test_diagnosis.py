"""A diagnosis of int8: its rows, what the worst layers share, and what comes back with how many of them in float."""

import csv
import io
from typing import Any
from xml.etree import ElementTree

import pytest
import synthetic_study as synthetic

from study.report.blocks import Fold, Table
from study.report.drawing.render import render
from study.report.inputs import Inputs
from study.report.tables import Tables, csv_text
from study.report.topics import diagnosis

MODEL, OTHER = "mobilenet_dense_s0", "mobilenet_v2_dense_s0"


@pytest.fixture
def document() -> dict[str, Any]:
    return synthetic.diagnosis(MODEL, "mobilenet")


def tables(**documents: Any) -> Tables:
    return Tables(Inputs("full", {}, (), diagnosis=documents), diagnosis.TOPIC.tables)


def rows(found: Tables, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(found[name]))))


def cause(document: dict[str, Any]) -> str:
    found = tables(m=document)
    return diagnosis.cause(found["int8_layers"], found["int8_recovery"])


def searched(document: dict[str, Any]) -> str:
    found = tables(m=document)
    return diagnosis.searched(found["int8_layers"], found["int8_recovery"])


def ranked(document: dict[str, Any]) -> list[dict[str, Any]]:
    known = [layer for layer in document["layers"] if layer["sqnr_db"] is not None]
    return sorted(known, key=lambda layer: float(layer["sqnr_db"]))


def test_every_layer_keeps_its_place_in_the_graph(document: dict[str, Any]) -> None:
    found = rows(tables(m=document), "int8_layers")
    assert [row["place"] for row in found] == [str(place) for place in range(1, 61)]
    assert [row["layer"] for row in found] == [layer["name"] for layer in document["layers"]]
    assert (found[0]["sqnr_db"], found[0]["arch"]) == ("", "mobilenet")


def test_steps_are_against_float32_and_one_of_them_is_taken(document: dict[str, Any]) -> None:
    found = rows(tables(m=document), "int8_recovery")
    assert [row["ranges"] for row in found] == ["plain"] + ["tuned"] * 9
    assert [row["from_float_pp"] for row in found[:2]] == ["-12.0000", "-6.0000"]
    assert [row["float_layers"] for row in found if row["chosen"] == "true"] == ["8"]


def test_no_plain_ranges_and_no_steps(document: dict[str, Any]) -> None:
    assert {row["ranges"] for row in rows(tables(m=document | {"plain": None}), "int8_recovery")} == {"tuned"}
    assert rows(tables(m=document | {"recovery": []}), "int8_recovery") == []
    assert rows(tables(m=document | {"layers": []}), "int8_layers") == [] == rows(tables(), "int8_layers")
    for half in ({"recovery": []}, {"layers": []}):
        found = tables(m=document | half)
        assert diagnosis.section(found, ()) is None and diagnosis.figures(found) == {}


def test_the_worst_layers_are_the_noisiest_and_keep_their_place(document: dict[str, Any]) -> None:
    found = diagnosis.worst_layers(tables(m=document)["int8_layers"])
    assert list(found["sqnr_db"]) == [layer["sqnr_db"] for layer in ranked(document)[:5]]
    assert [document["layers"][place - 1]["name"] for place in found["place"]] == list(found["layer"])


def test_the_cause_is_what_all_share(document: dict[str, Any]) -> None:
    assert cause(document) == (
        "The 5 worst layers are all DEPTHWISE_CONV_2D, together with 6\u00a0% of the noise. Returning 8 layers to "
        "float recovers 5.65 of 6.00 points on 5,000 validation images, and the file grows from 4.000\u00a0MB to "
        "4.720\u00a0MB (float32: 13.000\u00a0MB)."
    )


def test_different_layers_are_counted(document: dict[str, Any]) -> None:
    ranked(document)[0]["op"] = "ADD"
    assert cause(document).startswith("Of the 5 worst layers, 4 are DEPTHWISE_CONV_2D, 1 is ADD, together")


def test_few_layers(document: dict[str, Any]) -> None:
    only = document["layers"][1]
    assert cause({**document, "layers": [only]}).startswith("The worst layer is a DEPTHWISE_CONV_2D,")
    assert cause({**document, "layers": [{**only, "sqnr_db": None}]}).startswith("No layer adds noise.")


def test_a_missed_budget_is_said(document: dict[str, Any]) -> None:
    assert cause({**document, "chosen": 1}).endswith("That misses the budget of 0.5 points.")


def test_no_layer_in_float(document: dict[str, Any]) -> None:
    assert "points are lost on 5,000 validation images, above the budget of 0.5" in cause({**document, "chosen": 0})
    assert ", within the budget of 6.5" in cause({**document, "chosen": 0, "budget_pp": 6.5})


def test_exactly_the_budget_is_within_it(document: dict[str, Any]) -> None:
    whole, first = 0.6175, 0.6125  # 100 * their difference is a little more than 0.5 in binary
    steps = [{**document["recovery"][0], "top1": first}, *document["recovery"][1:]]
    exact = {**document, "float32": {**document["float32"], "top1": whole}, "recovery": steps, "chosen": 0}
    assert 100 * (whole - first) > 0.5
    assert "0.50 points are lost on 5,000 validation images, within the budget of 0.5" in cause(exact)


def test_no_loss(document: dict[str, Any]) -> None:
    none = {**document, "float32": {"top1": 0.6, "file_bytes": 1}}
    assert "nothing is lost on 5,000 validation images: 64.00\u00a0% against 60.00\u00a0%." in cause(none)


def test_plain_int8_stands_beside_searched_ranges(document: dict[str, Any]) -> None:
    worst = ranked(document)[0]
    assert searched(document) == (
        "Ranges from the smallest to the largest value change top-1 by \u221212.00 points, ranges of least error by "
        f"\u22126.00. The noisiest layer of the former is {worst['name']} (DEPTHWISE_CONV_2D): "
        f"{worst['sqnr_db'] - 4:.1f}\u00a0dB, {worst['sqnr_db']:.1f}\u00a0dB with searched ranges."
    )
    assert searched({**document, "plain": None}) == ""


def test_the_section_shows_rows_of_the_csv_files(document: dict[str, Any]) -> None:
    found = tables(**{MODEL: document, OTHER: synthetic.diagnosis(OTHER, "mobilenet_v2")})
    shown = diagnosis.section(found, ())
    assert shown is not None
    folds = [block for block in shown.blocks if isinstance(block, Fold)]
    assert [fold.summary for fold in folds] == ["mobilenet", "mobilenet_v2"]
    for model, fold in zip((MODEL, OTHER), folds, strict=True):
        inner = [block for own in fold.blocks if isinstance(own, Fold) for block in own.blocks]
        made = {block.name: block for block in [*fold.blocks, *inner] if isinstance(block, Table)}
        layers = [row for row in rows(found, "int8_layers") if row["model"] == model and row["sqnr_db"]]
        steps = [row for row in rows(found, "int8_recovery") if (row["model"], row["ranges"]) == (model, "tuned")]
        worst = sorted(layers, key=lambda row: float(row["sqnr_db"]))[:5]
        for name, expected in ((f"layers-{model}", worst), (f"recovery-{model}", steps)):
            keys = [column.key for column in made[name].columns]
            told = [[cell.value for cell in line] for line in made[name].rows]
            assert told == [
                [row[key] if key else str(rank) for key in keys] for rank, row in enumerate(expected, start=1)
            ]


def test_networks_of_one_architecture_go_by_their_own_names(document: dict[str, Any]) -> None:
    shown = diagnosis.section(tables(mobilenet_dense_s0=document, mobilenet_dense_s1=document), ())
    assert shown is not None
    assert [block.summary for block in shown.blocks if isinstance(block, Fold)] == [MODEL, "mobilenet_dense_s1"]


def test_the_figure_names_the_worst_layers(document: dict[str, Any]) -> None:
    found = tables(**{MODEL: document})
    svg = render(diagnosis.figures(found), {}, found)
    said = "".join(ElementTree.fromstring(svg[f"diagnosis_{MODEL}.svg"]).itertext())
    assert "block_19/depthwise" in said and "chosen: 8 in float" in said and "all float32" in said
