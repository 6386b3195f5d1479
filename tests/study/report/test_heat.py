"""The map of classes: means and spreads over seeds by definition, confusions that add up, images that were lost."""

import base64
from dataclasses import replace
from io import BytesIO
from statistics import mean, stdev

import numpy as np
import pytest
import synthetic_study as synthetic
from PIL import Image

from study.report.build import tables_of
from study.report.page.heat import ENOUGH, EXAMPLES, _covering, heat
from study.report.tables import Tables, records


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(synthetic.complete(synthetic.study(["mobilenet"], seeds=(0, 1, 2, 3, 4))))


def test_a_row_is_a_treatment_and_its_cells_are_means_over_seeds(tables: Tables) -> None:
    found = heat(tables)
    assert found is not None
    compared = [row for row in records(tables["results"]) if row["delta_pp"] is not None and not row["collapsed"]]
    assert sum(len(row["files"]) for row in found["rows"]) == len(compared)
    changes = {(row["variant"], row["class"]): row["delta_pp"] for row in records(tables["per_class"])}
    for row in found["rows"]:
        names = [one["variant"] for one in row["files"]]
        assert len(names) == 5 and len({name.replace("_s", "") for name in names}) == 5
        for label, name in enumerate(tables.inputs.classes):
            own = [changes[variant, name] for variant in names]
            assert row["change"][label] == pytest.approx(mean(own), abs=0.006)
            assert row["spread"][label] == pytest.approx(stdev(own), abs=0.006)


def test_a_single_file_has_no_spread_and_claims_nothing_over_seeds() -> None:
    single = tables_of(synthetic.study(["mobilenet"]))
    found = heat(single)
    assert found is not None and all(row["spread"] is None for row in found["rows"])
    marks = {
        (row["files"][0]["variant"], label): mark for row in found["rows"] for label, mark in enumerate(row["harmed"])
    }
    for row in records(single["per_class"]):
        if row["delta_pp"] is not None:
            label = single.inputs.classes.index(row["class"])
            assert marks[row["variant"], label] == ("files" if row["significant"] else "")


def test_confusions_begin_with_the_right_answer_and_are_those_of_the_evaluations(tables: Tables) -> None:
    found = heat(tables)
    assert found is not None
    for row in found["rows"]:
        for file in row["files"]:
            pair = [tables.inputs.by_name[file[key]].evaluation for key in ("baseline", "variant")]
            before, after = (np.array(one.document["confusion"]) for one in pair if one)
            for label, mistaken in enumerate(file["confused"]):
                assert mistaken[0] == [label, before[label, label], after[label, label]]
                assert all(mistake[1:] == [before[label, mistake[0]], after[label, mistake[0]]] for mistake in mistaken)
                rest = [max(mistake[1:]) for mistake in mistaken[1:]]
                assert rest == sorted(rest, reverse=True) and all(rest)


def test_examples_are_images_that_files_lose(tables: Tables) -> None:
    inputs = tables.inputs
    labels = next(one.predictions.labels for one in inputs.results if one.predictions)
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8, 3), np.uint8)
    found = heat(tables_of(replace(inputs, images=images)))
    assert found is not None and found["examples"]
    for label in range(len(inputs.classes)):
        own = [one for one in found["examples"] if one["label"] == label]
        assert len(own) <= EXAMPLES
        for one in own:
            assert labels[one["image"]] == label
            assert np.array_equal(np.asarray(Image.open(BytesIO(base64.b64decode(one["png"])))), images[one["image"]])
    blind = heat(tables_of(replace(inputs, images=None)))
    assert blind is not None and blind["examples"] == []


def test_without_an_equally_trained_baseline_there_is_no_map() -> None:
    dense = synthetic.study(["mobilenet"])
    alone = tuple(one for one in dense.results if one.name.endswith("dense_s0_float32"))
    assert heat(tables_of(replace(dense, results=alone))) is None


def test_examples_cover_files_before_they_repeat_what_most_lose() -> None:
    """Nine files lose the first images alike, the tenth one of its own: that comes once the nine have enough."""
    lost = np.zeros((10, 40), bool)
    lost[:9, : ENOUGH + 5] = True
    lost[9, 30] = True
    found = list(_covering(lost, np.arange(40)))
    assert found[:ENOUGH] == list(range(ENOUGH)) and found[ENOUGH:] == [30]
    assert list(_covering(np.zeros((2, 5), bool), np.arange(5))) == []
    assert len(list(_covering(np.eye(40, dtype=bool), np.arange(40)))) == EXAMPLES
