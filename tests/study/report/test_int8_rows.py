"""`int8_layers.csv`, `int8_recovery.csv`: every layer and every step of a diagnosis, and what the page shows."""

import csv
import io
from typing import Any

import pytest
import synthetic_study as synthetic
from report_page import Page, agree

from study.report.document import document
from study.report.facts import csv_files, gather
from study.report.html import html
from study.report.rows.int8 import layer_rows, recovery_of

MODEL = "mobilenet_dense_s0"


@pytest.fixture
def found() -> dict[str, Any]:
    return synthetic.diagnosis(MODEL, "mobilenet")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_layer_keeps_its_place_in_the_graph(found: dict[str, Any]) -> None:
    rows = layer_rows({MODEL: found})
    assert [row["place"] for row in rows] == list(range(1, 61))
    assert [row["layer"] for row in rows] == [layer["name"] for layer in found["layers"]]
    assert (rows[0]["sqnr_db"], rows[0]["arch"]) == (None, "mobilenet")


def test_steps_are_against_float32_and_one_of_them_is_taken(found: dict[str, Any]) -> None:
    rows = recovery_of(MODEL, found)
    assert [row["ranges"] for row in rows] == ["plain"] + ["tuned"] * 9
    assert rows[0]["from_float_pp"] == pytest.approx(-12) and rows[1]["from_float_pp"] == pytest.approx(-6)
    assert [row["float_layers"] for row in rows if row["chosen"]] == [8]
    assert all(row["top1"] - row["float32_top1"] == pytest.approx(row["from_float_pp"] / 100) for row in rows)


def test_no_plain_ranges_and_no_steps(found: dict[str, Any]) -> None:
    assert {row["ranges"] for row in recovery_of(MODEL, found | {"plain": None})} == {"tuned"}
    assert recovery_of(MODEL, found | {"recovery": []}) == []
    assert layer_rows({MODEL: found | {"layers": []}}) == [] == layer_rows({})


def test_the_page_shows_rows_of_the_csv_files() -> None:
    documents = {
        name: synthetic.diagnosis(name, name.removesuffix("_dense_s0")) for name in (MODEL, "mobilenet_v2_dense_s0")
    }
    inputs = synthetic.study(images=5, diagnosis=documents)
    facts = gather(inputs)
    files, page = csv_files(facts), Page(html(document(inputs, facts, ()), {}))
    for name in documents:
        layers = [row for row in rows_of(files["int8_layers.csv"]) if row["model"] == name]
        worst = sorted((row for row in layers if row["sqnr_db"]), key=lambda row: float(row["sqnr_db"]))[:5]
        assert len(layers) == 60 and agree(page, f"layers-{name}", worst) == 5 * 6
        steps = [row for row in rows_of(files["int8_recovery.csv"]) if (row["model"], row["ranges"]) == (name, "tuned")]
        assert agree(page, f"recovery-{name}", steps) == 9 * 5
