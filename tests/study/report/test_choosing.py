"""What the chooser is given: the figures of the CSV files, and what is known of a file and of its treatment."""

from dataclasses import replace
from typing import Any

import pytest
import synthetic_study as synthetic

from study.report.build import tables_of
from study.report.page.choosing import choosing
from study.report.tables import Tables, records


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(synthetic.complete(synthetic.study()))


@pytest.fixture(scope="module")
def found(tables: Tables) -> dict[str, Any]:
    document = choosing(tables)
    assert document is not None
    return dict(document)


def test_every_figure_is_that_of_the_tables(tables: Tables, found: dict[str, Any]) -> None:
    results = {row["variant"]: row for row in records(tables["results"])}
    assert [one["variant"] for one in found["variants"]] == list(results)
    for one in found["variants"]:
        row = results[one["variant"]]
        for key, column in [
            ("top1", "top1"),
            ("change", "delta_pp"),
            ("flash", "file_bytes"),
            ("arena", "arena_bytes"),
        ]:
            assert one[key] == row[column]
        assert (one["transfer"], one["codec"]) == (row["shipped_bytes"], row["shipped_codec"])
        classes = [line for line in records(tables["per_class"]) if line["variant"] == one["variant"]]
        assert one["accuracy"] == [line["accuracy"] for line in classes]
        assert one["changes"] == [line["delta_pp"] for line in classes]
        assert one["significant"] == [bool(line["significant"]) for line in classes]
        assert one["isBaseline"] == (row["baseline"] == one["variant"])


def test_times_have_their_place_those_on_one_thread_first(tables: Tables, found: dict[str, Any]) -> None:
    titles = found["places"]
    assert titles and titles == sorted(titles, key=lambda title: "1 thread" not in title)
    assert all(title.endswith("measured") for title in titles if title.startswith("host"))
    timed = {
        (f"{row['device']} \u00b7 {row['runtime']} \u00b7 {row['threads']} thread", row["variant"]): row["median_us"]
        for row in records(tables["latency"])
        if row["median_us"] is not None
    }
    compared = 0
    for one in found["variants"]:
        for title, time in zip(titles, one["times"], strict=True):
            if time is not None:
                key = title.split(",")[0].removesuffix("s")
                assert timed[key, one["variant"]] == time
                compared += 1
    assert compared == len(timed)


def test_a_variant_says_what_is_known_of_its_treatment(found: dict[str, Any]) -> None:
    assert {one["overSeeds"] for one in found["variants"]} == {"not testable over 1 seed"}
    several = choosing(tables_of(synthetic.study(["mobilenet"], seeds=(0, 1, 2, 3, 4))))
    assert several is not None
    said = {one["overSeeds"] for one in several["variants"] if not one["isBaseline"]}
    assert said and all(one.startswith("over 5 seeds compression harms ") and one.endswith("(Holm)") for one in said)


def test_a_file_that_is_handed_on_is_named() -> None:
    own = tables_of(synthetic.complete(synthetic.study(["mobilenet"])))
    variant = "mobilenet_magnitude60_s0_int8"
    own["results"].loc[own["results"]["variant"] == variant, "delta_pp"] = -0.5  # the only one within a point
    document = choosing(own)
    assert document is not None
    shared = {one["variant"]: one["shared"] for one in document["variants"]}
    assert shared == dict.fromkeys(shared) | {variant: f"{variant}.tflite.br"}
    assert {one["suffix"] for one in document["variants"]} <= {*document["restore"], ""}


def test_without_evaluations_there_is_nothing_to_choose(tables: Tables) -> None:
    empty = [replace(one, evaluation=None, predictions=None) for one in tables.inputs.results]
    assert choosing(tables_of(replace(tables.inputs, results=tuple(empty)))) is None
