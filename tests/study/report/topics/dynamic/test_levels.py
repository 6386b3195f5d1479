"""levels.csv, computed again by hand: what a level stands beside, what changes between two, times, and sizes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import synthetic_dynamic as made
import synthetic_study as synthetic
from report_topics import csv_rows

from study.report.inputs import Inputs
from study.report.tables import Record, csv_text, records
from study.report.topics.dynamic import TOPIC
from study.report.topics.dynamic.levels import COLUMNS
from study.statistics.corrections import holm
from study.statistics.paired import compare

ARCH = "mobilenet_v2"
WIDTHS = (100, 75, 50, 25)
SINGLE = {100: "retrained_finetune", 75: "uniform25", 50: "uniform50", 25: "uniform75"}


def rows_of(inputs: Inputs) -> dict[str, Record]:
    return {row["variant"]: row for row in records(made.tables_of(inputs)["levels"])}


def name(width: int | None, scheme: str = "float32", seed: int = 0) -> str:
    file = f"{ARCH}_slimmable25_s{seed}_{scheme}"
    return file if width is None else f"{file}_w{width}"


def single(width: int, scheme: str = "float32", seed: int = 0) -> str:
    return f"{ARCH}_{SINGLE[width]}_s{seed}_{scheme}"


def answers(inputs: Inputs, variant: str) -> synthetic.Answered:
    return synthetic.answered(inputs.by_name[variant])


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    whole = made.study([ARCH], images=100)
    encoded = {one.variant.name: synthetic.encoded(one.variant.name, synthetic.document(one)) for one in whole.results}
    return replace(whole, encoded=encoded)


@pytest.fixture(scope="module")
def rows(inputs: Inputs) -> dict[str, Record]:
    return rows_of(inputs)


def test_a_row_a_level_in_the_order_of_the_plan(inputs: Inputs, rows: dict[str, Record]) -> None:
    assert list(rows) == [name(width, scheme) for scheme in ("float32", "int8") for width in WIDTHS]
    for row in rows.values():
        level = inputs.by_name[row["variant"]].level
        assert (row["file"], row["level"], row["width"]) == (level.variant.name, level.signature, level.width)
        assert (row["seed"], row["baseline"]) == (0, f"{ARCH}_retrained_finetune_s0_float32")
        assert row["top1"] == answers(inputs, row["variant"]).correct.mean()
        assert row["macs"] == synthetic.document(inputs.by_name[row["variant"]])["macs"]
    table = csv_rows(made.tables_of(inputs), "levels")
    assert list(table[0]) == COLUMNS and len(table) == 8


def test_beside_each_level_stands_the_network_trained_alone(inputs: Inputs, rows: dict[str, Record]) -> None:
    tests = []
    for variant, row in rows.items():
        assert row["alone"] == single(row["width"], row["quantization"])
        found = compare(answers(inputs, row["alone"]).correct, answers(inputs, variant).correct)
        shown = (row["alone_delta_pp"], row["alone_low_pp"], row["alone_high_pp"], row["alone_p_value"])
        assert shown == (found.delta_pp, found.ci_low_pp, found.ci_high_pp, found.p_value)
        assert row["alone_top1"] == answers(inputs, row["alone"]).correct.mean()
        tests.append(found.p_value)
    adjusted = holm(tests)
    assert [row["alone_p_adjusted"] for row in rows.values()] == pytest.approx(adjusted)
    assert [row["alone_significant"] for row in rows.values()] == [p < 0.05 for p in adjusted]


def test_from_a_level_to_the_next_answers_and_classes_change(inputs: Inputs, rows: dict[str, Record]) -> None:
    tests: dict[str, list[Any]] = {}
    for variant, row in rows.items():
        if row["width"] == 100:
            assert row["wider"] is row["step_flips"] is row["step_class"] is None
            continue
        wider, own = answers(inputs, row["wider"]), answers(inputs, variant)
        assert row["wider"] == name(row["width"] + 25, row["quantization"])
        assert row["step_flips"] == (wider.predicted != own.predicted).sum()
        tests[variant] = [
            compare(wider.correct[own.labels == place], own.correct[own.labels == place]) for place in range(10)
        ]
    adjusted = iter(holm([one.p_value for own in tests.values() for one in own]))
    for variant, own in tests.items():
        row, ps = rows[variant], [next(adjusted) for _ in own]
        place = int(np.argmin([one.delta_pp for one in own]))
        worst = own[place]
        assert row["step_class"] == inputs.classes[place]
        assert (row["step_drop_pp"], row["step_low_pp"], row["step_high_pp"], row["step_p_value"]) == (
            worst.delta_pp,
            worst.ci_low_pp,
            worst.ci_high_pp,
            worst.p_value,
        )
        assert row["step_p_adjusted"] == pytest.approx(ps[place])
        assert row["step_significant"] == (ps[place] < 0.05)
        sure = [(one.delta_pp, p) for one, p in zip(own, ps, strict=True) if p < 0.05]
        assert (row["step_classes"], row["step_losses"]) == (10, sum(delta < 0 for delta, _ in sure))
        assert row["step_gains"] == sum(delta > 0 for delta, _ in sure)
    assert sum(row["step_losses"] or 0 for row in rows.values()) > 0


def test_times_are_of_one_place_and_the_range_is_the_widest_levels(inputs: Inputs, rows: dict[str, Record]) -> None:
    for variant, row in rows.items():
        us = made.microseconds(inputs.by_name[variant].level)
        assert row["median_us"] == pytest.approx(us)
        assert (row["device"], row["runtime"]) == ("host", "ai_edge_litert")
        slow = row["width"] == 50 and row["quantization"] == "int8"
        assert row["status"] == ("unstable" if slow else "ok")
        widest = rows[name(100, row["quantization"])]
        assert row["range"] == pytest.approx(widest["median_us"] / us)
        assert row["predicted_range"] == pytest.approx(widest["predicted_us"] / row["predicted_us"])
        assert row["predicted_on"] == "rpi4_predicted \u00b7 tflite_runtime \u00b7 1 thread"
        assert row["left_out_percent"] is row["millijoules"] is row["energy_range"] is None
    assert rows[name(100)]["range"] == 1 and rows[name(25)]["range"] > 4


def test_first_calls_and_switching_are_those_of_the_first_profile_of_these_bytes(
    inputs: Inputs, rows: dict[str, Record]
) -> None:
    row = rows[name(50)]
    assert (row["first_us"], row["switching"]) == (5 * made.MICROSECONDS / 2, 1.1 - 50 / 1250)
    assert (row["open_us"], row["private_bytes"]) == (9000, 12_500_000)
    assert (row["profile_runtime"], row["profile_machine"]) == ("ai_edge_litert 2.14.0", "Made-up CPU, 2 processors")
    former, other = (made.profile(name(None), runtime) for runtime in ("ai_edge_litert", "tflite_runtime"))
    found = rows_of(replace(inputs, profiles={name(None): [former | {"model_sha256": "0" * 64}, other]}))
    assert found[name(50)]["profile_runtime"] == "tflite_runtime 2.14.0"
    assert found[name(50, "int8")]["first_us"] is found[name(50, "int8")]["profile_runtime"] is None


def test_a_place_that_lacks_the_widest_level_gives_way_to_one_that_has_it(inputs: Inputs) -> None:
    lacking = [slot for slot in inputs.latency if (slot.variant, slot.runtime) != (name(100), "ai_edge_litert")]
    found = rows_of(replace(inputs, latency=lacking))
    for width in WIDTHS:
        row = found[name(width)]
        assert row["runtime"] == "tflite_runtime"
        assert row["range"] == pytest.approx(found[name(100)]["median_us"] / row["median_us"])
        assert found[name(width, "int8")]["runtime"] == "ai_edge_litert"


def test_without_a_time_of_the_widest_there_are_times_and_no_range(inputs: Inputs) -> None:
    found = rows_of(replace(inputs, latency=[slot for slot in inputs.latency if slot.variant != name(100)]))
    assert found[name(50)]["median_us"] is not None and found[name(50)]["range"] is None
    assert found[name(100)]["median_us"] is None and found[name(50, "int8")]["range"] is not None
    bare = rows_of(replace(inputs, latency=[]))
    assert all(row["median_us"] is row["range"] is row["predicted_on"] is None for row in bare.values())


def test_several_threads_and_energy(inputs: Inputs) -> None:
    """Times of two threads are no range; what a meter read is one."""
    slots = []
    for slot in inputs.latency:
        if slot.device == "host" and slot.variant in (name(100), name(25)):
            assert slot.document is not None
            joules = {"joules": 0.004 if slot.variant == name(100) else 0.001}
            changed = slot.document | {"context": {**slot.document["context"], "energy": joules}}
            slots.append(replace(slot, document=changed))
        elif slot.device == "host":
            slots.append(replace(slot, threads=2, document={**(slot.document or {}), "threads": 2}))
    found = rows_of(replace(inputs, latency=slots))
    assert (found[name(100)]["millijoules"], found[name(25)]["millijoules"]) == (4.0, 1.0)
    assert (found[name(100)]["energy_range"], found[name(25)]["energy_range"]) == (1.0, 4.0)
    assert found[name(50)]["median_us"] is found[name(50)]["energy_range"] is None


def test_a_file_weighs_as_many_times_as_those_of_single_networks(inputs: Inputs, rows: dict[str, Record]) -> None:
    for row in rows.values():
        scheme = row["quantization"]
        for word, sizes in (
            ("file", {one.name: synthetic.document(one)["file_bytes"] for one in inputs.results}),
            ("shipped", {file: min(c["bytes"] for c in e["codecs"].values()) for file, e in inputs.encoded.items()}),
        ):
            own = row[f"{word}_bytes"]
            parts = [sizes[single(width, scheme)] for width in WIDTHS]
            assert row[f"{word}_over_widest"] == pytest.approx(own / parts[0])
            assert row[f"{word}_over_sum"] == pytest.approx(own / sum(parts))
    assert len({row["file_bytes"] for row in rows.values()}) == 2


def test_what_the_plan_has_not_leaves_gaps() -> None:
    found = rows_of(made.study([ARCH], {"slimmable": [25], "uniform": [50]}, images=5, latency=[]))
    for width in WIDTHS:
        row = found[name(width)]
        assert row["alone"] == (single(width) if width in (100, 50) else None)
        assert (row["alone_p_value"] is None) == (row["alone"] is None)
        assert row["file_over_widest"] == pytest.approx(1.9, abs=1e-6)
        assert row["file_over_sum"] is row["shipped_over_widest"] is row["shipped_over_sum"] is None


def test_what_has_not_been_evaluated_leaves_gaps(inputs: Inputs) -> None:
    gone = [name(75), single(50), single(100)]
    found = rows_of(synthetic.without(synthetic.without(inputs, *gone), *gone, field="predictions"))
    assert found[name(75)]["top1"] is found[name(75)]["alone_p_value"] is found[name(75)]["step_flips"] is None
    assert (found[name(50)]["wider"], found[name(50)]["step_flips"]) == (name(75), None)
    assert (found[name(50)]["alone"], found[name(50)]["alone_top1"]) == (single(50), None)
    assert found[name(25)]["step_flips"] is not None and found[name(25)]["alone_p_value"] is not None
    assert found[name(25)]["file_over_widest"] is found[name(25)]["file_over_sum"] is None


def test_classes_of_a_level_that_collapsed_are_not_tested(inputs: Inputs) -> None:
    own = answers(inputs, name(50, "int8"))
    lost = synthetic.answers(-own.logits, own.labels)
    document = {"predictions": lost}
    found = rows_of(synthetic.changed(inputs, {name(50, "int8"): document}))
    assert found[name(50, "int8")]["collapsed"] is not None
    for width in (50, 25):  # the step to it, and the one from it
        row = found[name(width, "int8")]
        assert row["step_class"] is row["step_p_adjusted"] is None and row["step_flips"] > 0
    assert found[name(75, "int8")]["step_class"] is not None


def test_seeds_never_share_a_row() -> None:
    found = rows_of(made.study([ARCH], images=5, seeds=(0, 1), latency=[]))
    assert len(found) == 2 * 2 * 4
    for row in found.values():
        for other in (row["alone"], row["wider"], row["baseline"], row["file"]):
            assert other is None or f"_s{row['seed']}_" in other


def test_without_a_family_there_is_nothing() -> None:
    tables = made.tables_of(synthetic.study([ARCH], images=2, latency=[]))
    assert csv_text(tables["levels"]) == ",".join(COLUMNS) + "\n"
    assert TOPIC.findings(tables) == [] and TOPIC.section(tables, ()) is None and TOPIC.figures(tables) == {}
