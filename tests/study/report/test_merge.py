"""A study in parts and the whole one make the same report; what does not belong together is refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import synthetic_study as synthetic

from study.errors import StudyError
from study.report.build import build
from study.report.inputs import Inputs
from study.report.merge import join
from study.report.snapshot import SNAPSHOT, kept

ARCHS = ["mobilenet", "mobilenet_v2"]


@pytest.fixture(scope="module")
def whole() -> Inputs:
    return replace(synthetic.complete(synthetic.study(ARCHS, images=12)), images=None)


def only(inputs: Inputs, arch: str) -> Inputs:
    """The part of one architecture."""
    results = tuple(result for result in inputs.results if result.variant.architecture.name == arch)
    names = {result.name for result in results} | {result.variant.model for result in results}
    fields: dict[str, Any] = {
        name: {key: value for key, value in getattr(inputs, name).items() if key in names}
        for name in ("history", "timing", "encoded", "diagnosis", "robustness", "compression")
    }
    slots = [slot for slot in inputs.latency if slot.variant in names]
    return replace(inputs, results=results, latency=slots, **fields)


def test_parts_make_the_report_of_the_whole(whole: Inputs) -> None:
    parts = [kept(build(only(whole, arch))[SNAPSHOT]) for arch in ARCHS]
    made, expected = build(join(parts)), build(whole)
    assert made.keys() == expected.keys()
    assert [name for name in made if made[name] != expected[name]] == []


def test_one_part_alone_is_itself(whole: Inputs) -> None:
    assert build(join([whole])) == build(whole)


def test_what_a_later_part_has_counts(whole: Inputs) -> None:
    missing = replace(whole, latency=[replace(slot, document=None) for slot in whole.latency], encoded={})
    for parts in ([missing, whole], [whole, missing]):
        found = join(parts)
        assert found.encoded == whole.encoded and list(found.latency) == list(whole.latency)


def test_what_a_later_part_lacks_stays(whole: Inputs) -> None:
    bare = replace(whole, results=tuple(replace(one, evaluation=None, predictions=None) for one in whole.results))
    assert join([whole, bare]).results == whole.results


def test_an_excluded_variant_that_another_part_has_is_not_excluded(whole: Inputs) -> None:
    name = whole.results[0].name
    assert name not in join([replace(whole, excluded={name: "no reason"}), whole]).excluded


def on(cpu: str, inputs: Inputs) -> Inputs:
    """Measured on another machine."""
    return replace(
        inputs,
        latency=[
            replace(slot, document={**slot.document, "context": {"cpu": cpu}}) if slot.document else slot
            for slot in inputs.latency
        ],
    )


def test_another_machine_gets_a_column_of_its_own(whole: Inputs) -> None:
    first, second = (only(whole, arch) for arch in ARCHS)
    assert {slot.device for slot in join([on("A", first), on("A", second)]).latency} == {"host"}
    joined = join([on("A", first), on("B", second)])
    devices = {slot.variant: slot.device for slot in joined.latency if slot.document}
    assert {devices[name] for name in first.by_name if name in devices} == {"host"}
    assert {devices[name] for name in second.by_name if name in devices} == {"host_2"}


def other_file(whole: Inputs) -> Inputs:
    first = whole.results[0]
    return synthetic.evaluated(whole, first.name, facts=[synthetic.facts(first) | {"sha256": "0" * 64}])


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda whole: replace(whole, preset="full"), "part 2 has the preset full, part 1 has quick"),
        (lambda whole: replace(whole, card={**whole.card, "fingerprint": "ff"}), "part 2 has the data fingerprint ff"),
        (other_file, r"parts 1 and 2 hold different files of mobilenet_dense_s0_float32 \(SHA-256"),
    ],
)
def test_what_does_not_belong_together(whole: Inputs, change: Callable[[Inputs], Inputs], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        join([whole, change(whole)])


def test_nothing_to_join() -> None:
    with pytest.raises(StudyError, match="nothing to join"):
        join([])
