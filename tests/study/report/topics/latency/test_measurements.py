"""speed_ups.csv, computed again with loops over the latency documents: an architecture weighs once, not once a seed."""

from collections import defaultdict
from dataclasses import replace
from statistics import mean, median
from typing import Any

import pytest
import synthetic_study as synthetic
from report_topics import MAKERS

from study.report.inputs import Inputs, Slot
from study.report.tables import Tables, records
from study.report.topics.latency import TOPIC

FIVE, ONE = "mobilenet", "mobilenet_v2"
PRUNED = f"{FIVE}_magnitude60_s3_int8"


def tables_of(inputs: Inputs) -> Tables:
    return Tables(inputs, {**MAKERS, **TOPIC.tables})


def scaled(slot: Slot, inputs: Inputs) -> Slot:
    """Every seed has times of its own: those of the made-up study are alike."""
    variant, document = inputs.by_name[slot.variant].variant, slot.document
    assert document is not None
    factor = 1 + 0.07 * variant.seed * (1 + (variant.quantization.name == "int8") + variant.recipe.amount / 60)
    rounds = [{key: [int(factor * ns) for ns in samples] for key, samples in one.items()} for one in document["rounds"]]
    return replace(slot, document={**document, "rounds": rounds})


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """Two architectures, one of five seeds and one of one."""
    whole = synthetic.study([FIVE, ONE], seeds=range(5), images=20)
    kept = [one for one in whole.results if one.variant.architecture.name == FIVE or one.variant.seed == 0]
    named = {one.name for one in kept}
    slots = [scaled(slot, whole) for slot in whole.latency if slot.variant in named]
    return replace(whole, results=tuple(kept), latency=slots)


def expected(inputs: Inputs, left_out: tuple[str, ...] = ()) -> dict[tuple[Any, ...], tuple[int, int, float]]:
    """(Device, runtime, threads, treatment) -> architectures, files and the median over the former."""
    times: dict[tuple[Any, ...], float] = {}
    for slot in inputs.latency:
        if slot.document is not None and slot.variant not in left_out:
            middles = [median(one["invoke_ns"]) for one in slot.document["rounds"]]
            times[slot.device, slot.runtime, slot.threads, slot.variant] = median(middles)
    ratios: dict[tuple[Any, ...], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for result in inputs.results:
        variant = result.variant
        dense = f"{variant.architecture.name}_dense_s{variant.seed}_float32"
        for *where, timed in list(times):
            if timed == result.name != dense and (*where, dense) in times:
                recipe = variant.recipe
                amount = f" {recipe.amount}\u00a0%" if recipe.amount else ""
                treatment = f"{recipe.method}{amount} \u00b7 {variant.quantization.name}"
                ratio = times[*where, dense] / times[*where, timed]
                ratios[*where, treatment][variant.architecture.name].append(ratio)
    return {
        key: (len(own), sum(map(len, own.values())), median(mean(values) for values in own.values()))
        for key, own in ratios.items()
    }


def made(inputs: Inputs) -> dict[tuple[Any, ...], tuple[int, int, float]]:
    rows = records(tables_of(inputs)["speed_ups"])
    found = {
        (row["device"], row["runtime"], row["threads"], row["treatment"]): (
            row["networks"],
            row["files"],
            row["speed_up"],
        )
        for row in rows
    }
    assert len(found) == len(rows)
    return found


def agree(found: dict[tuple[Any, ...], Any], wanted: dict[tuple[Any, ...], Any]) -> None:
    assert set(found) == set(wanted)
    for key, (networks, files, speed_up) in wanted.items():
        assert found[key][:2] == (networks, files), key
        assert found[key][2] == pytest.approx(speed_up), key


def without_collapse(inputs: Inputs) -> Inputs:
    """Every file answers as its dense network: time alone is asked for."""
    given = {one.name: {"predictions": inputs.by_name[one.variant.start.name].predictions} for one in inputs.results}
    return synthetic.changed(inputs, given)


def test_five_seeds_of_one_architecture_weigh_as_much_as_one_of_another(inputs: Inputs) -> None:
    whole = without_collapse(inputs)
    found = made(whole)
    agree(found, expected(whole))
    assert {(networks, files) for networks, files, _ in found.values()} == {(2, 6)}
    assert len(found) == 4 * 5  # runtimes and thread counts; what is quantized, trained further or pruned


def test_files_without_a_time_and_without_a_dense_one_beside_them_are_not_counted(inputs: Inputs) -> None:
    gone = {PRUNED, f"{FIVE}_dense_s1_float32"}
    slots = [
        replace(slot, document=None) if slot.variant in gone and slot.runtime == synthetic.RUNTIMES[0] else slot
        for slot in inputs.latency
    ]
    whole = replace(without_collapse(inputs), latency=slots)
    found = made(whole)
    agree(found, expected(whole))
    first = ("host", synthetic.RUNTIMES[0], 1)
    assert found[*first, "dense \u00b7 int8"][:2] == (2, 5)
    assert found[*first, "magnitude 60\u00a0% \u00b7 int8"][:2] == (2, 4)


def test_a_file_that_collapsed_has_no_speed_up(inputs: Inputs) -> None:
    whole = without_collapse(inputs)
    own = synthetic.answered(whole.by_name[PRUNED])
    lost = synthetic.changed(whole, {PRUNED: {"predictions": synthetic.answers(-own.logits, own.labels)}})
    assert tables_of(lost)["results"]["collapsed"].notna().sum() == 1
    found = made(lost)
    agree(found, expected(lost, (PRUNED,)))
    key = ("host", synthetic.RUNTIMES[0], 1, "magnitude 60\u00a0% \u00b7 int8")
    assert found[key][:2] == (2, 5) and found[key][2] != pytest.approx(made(whole)[key][2])


def test_pruned_networks_are_held_to_the_dense_one_whatever_controls_there_are(inputs: Inputs) -> None:
    whole = without_collapse(inputs)
    bare = synthetic.uncontrolled(whole)
    every = made(whole)
    agree(made(bare), {key: value for key, value in every.items() if not key[-1].startswith("retrained")})
