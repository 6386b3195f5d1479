"""A study in parts and the whole one make the same report; what does not belong together is refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import synthetic_study as synthetic

from study.errors import StudyError
from study.report.build import build
from study.report.inputs import Inputs
from study.report.merge import join, without
from study.report.snapshot import keep, kept

ARCHS = ["mobilenet", "mobilenet_v2"]


@pytest.fixture(scope="module")
def whole() -> Inputs:
    return replace(synthetic.complete(synthetic.study(ARCHS, images=12)), images=None)


@pytest.fixture(scope="module")
def expected(whole: Inputs) -> dict[str, bytes]:
    return build(whole)


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


def test_parts_make_the_report_of_the_whole(whole: Inputs, expected: dict[str, bytes]) -> None:
    made = build(join([kept(keep(only(whole, arch))) for arch in ARCHS]))
    assert made.keys() == expected.keys()
    assert [name for name in made if made[name] != expected[name]] == []


def test_one_part_alone_is_itself(whole: Inputs, expected: dict[str, bytes]) -> None:
    assert build(join([whole])) == expected


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


def on(identity: str | None, inputs: Inputs, **changes: Any) -> Inputs:
    """Measured on this machine, all of which have a processor of one name."""
    context = {"cpu": "c", "processors": 2, "architecture": "x86_64", "board": None, "identity": identity}
    return replace(
        inputs,
        latency=[
            replace(slot, document={**slot.document, "context": context, **changes}) if slot.document else slot
            for slot in inputs.latency
        ],
    )


def columns(joined: Inputs, part: Inputs) -> set[str]:
    """Where the measurements of a part's variants stand."""
    return {slot.device for slot in joined.latency if slot.variant in part.by_name}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("A", "A", "host"), ("A", "B", "host_2"), ("A", None, "host_2"), (None, "A", "host_2"), (None, None, "host_2")],
)
def test_what_is_not_provably_of_one_machine_gets_a_column_of_its_own(
    whole: Inputs, first: str | None, second: str | None, expected: str
) -> None:
    parts = [only(whole, arch) for arch in ARCHS]
    joined = join([on(first, parts[0]), on(second, parts[1])])
    assert (columns(joined, parts[0]), columns(joined, parts[1])) == ({"host"}, {expected})


def test_what_was_not_measured_stands_beside_what_was(whole: Inputs) -> None:
    parts = [only(whole, arch) for arch in ARCHS]
    missing = replace(parts[1], latency=[replace(parts[1].latency[0], document=None), *parts[1].latency[1:]])
    joined = join([on("A", parts[0]), on("B", missing)])
    assert columns(joined, parts[1]) == {"host_2"}


def test_two_starts_within_one_part_are_kept_apart(whole: Inputs) -> None:
    first, second = (on(identity, only(whole, arch)) for identity, arch in zip("AB", ARCHS, strict=True))
    joined = join([replace(whole, latency=[*first.latency, *second.latency])])
    assert (columns(joined, first), columns(joined, second)) == ({"host"}, {"host_2"})


def test_a_joined_part_keeps_its_columns_and_a_third_machine_gets_the_next(whole: Inputs) -> None:
    parts = [only(whole, arch) for arch in ARCHS]
    for unknown in (True, False):
        names = [None, None, None] if unknown else ["A", "B", "C"]
        two = join([on(names[0], parts[0]), on(names[1], parts[1])])
        joined = join([two, on(names[2], whole)])
        assert {slot.device for slot in joined.latency} == {"host", "host_2", "host_3"}
    again = join([join([on("A", parts[0]), on("B", parts[1])]), on("B", whole)])
    assert {slot.device for slot in again.latency} == {"host", "host_2"}


@pytest.mark.parametrize("kind", ["predicted", "emulated"])
def test_what_is_computed_is_the_same_everywhere(whole: Inputs, kind: str) -> None:
    parts = [on(None, only(whole, arch), kind=kind) for arch in ARCHS]
    assert {slot.device for slot in join(parts).latency} == {"host"}


def test_what_a_later_part_trained_anew_is_left_out_with_its_levels(whole: Inputs) -> None:
    family = synthetic.study(["mobilenet_v2"], {"slimmable": [25]}, images=12)
    both = synthetic.complete(join([only(whole, "mobilenet"), family]))
    left, other = without(both, ["mobilenet_v2"]), only(both, "mobilenet")
    assert left.results == other.results and list(left.latency) == list(other.latency)
    for key in ("history", "timing", "encoded", "diagnosis", "robustness"):
        assert getattr(left, key) == getattr(other, key), key
    assert without(both, []) == both


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
