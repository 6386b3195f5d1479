"""What a report keeps of its inputs makes the same report again, and a damaged file ends in one line."""

import json
import lzma
from dataclasses import replace

import numpy as np
import pytest
import synthetic_study as synthetic

from study.errors import StudyError
from study.report.build import build
from study.report.inputs import Inputs
from study.report.snapshot import FORMAT, SNAPSHOT, keep, kept


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return replace(synthetic.complete(synthetic.study(["mobilenet_v2"], images=20)), images=None)


@pytest.fixture(scope="module")
def content(inputs: Inputs) -> bytes:
    return keep(inputs)


def test_the_same_report_byte_for_byte(inputs: Inputs, content: bytes) -> None:
    first, again = build(inputs), build(kept(content))
    assert first[SNAPSHOT] == content and first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []


def test_what_is_heavy_is_left_out(inputs: Inputs, content: bytes) -> None:
    document = json.loads(lzma.decompress(content))
    assert "predictions" not in document and "images" not in document
    measured = [slot["document"] for slot in document["latency"] if slot["document"]]
    assert measured and all("summary" in one and "rounds" not in one for one in measured)
    whole = len(json.dumps({one.name: synthetic.answered(one).logits.tolist() for one in inputs.results}))
    assert len(content) < whole / 2


def test_classes_and_answers_survive(inputs: Inputs, content: bytes) -> None:
    found = kept(content)
    for result in inputs.results:
        own, given = found.by_name[result.name].predictions, synthetic.answered(result)
        assert own is not None and np.array_equal(own.labels, given.labels)
        right = [entry["correct"] for entry in synthetic.document(result)["per_class"]]
        assert np.bincount(own.labels[own.correct], minlength=len(right)).tolist() == right
        assert (own.ties, own.reliability) == (given.ties, given.reliability)


def test_an_older_file_that_lacks_a_later_part_is_read(inputs: Inputs, content: bytes) -> None:
    document = json.loads(lzma.decompress(content))
    del document["compression"]
    found = kept(lzma.compress(json.dumps(document).encode()))
    assert found.compression == {} and [one.level for one in found.results] == [one.level for one in inputs.results]


@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda content: content[:-20], "it is not complete"),
        (lambda content: content[: len(content) // 2], "it is not complete"),
        (lambda content: b"nothing", "it is damaged"),
        (lambda content: b"", "it is not complete"),
        (lambda content: content[:100] + bytes([content[100] ^ 255]) + content[101:], "it is "),
        (lambda content: lzma.compress(b"[]"), f"not of format {FORMAT}"),
        (lambda content: lzma.compress(b'{"format": 99}'), f"not of format {FORMAT}"),
        (lambda content: lzma.compress(b'{"format": 1}'), "it is damaged"),
        (lambda content: lzma.compress(b"\xff\xfe"), "it is damaged"),
    ],
)
def test_damage_ends_in_one_line(content: bytes, damage: object, said: str) -> None:
    with pytest.raises(StudyError, match=said) as found:
        kept(damage(content))  # type: ignore[operator]
    assert "\n" not in str(found.value)


def test_answers_for_other_images_are_refused(content: bytes) -> None:
    document = json.loads(lzma.decompress(content))
    document["labels"] = document["answers"][next(iter(document["answers"]))]["named"][:0] or "eJwDAAAAAAE="
    with pytest.raises(StudyError, match="answers for 0 images"):
        kept(lzma.compress(json.dumps(document).encode()))


def test_a_level_whose_name_leaves_its_folder_is_refused(content: bytes) -> None:
    document = json.loads(lzma.decompress(content))
    name = next(iter(document["exported"]))
    document["exported"] = {f"{name}_../x": document["exported"][name] | {"signature": "../x"}}
    with pytest.raises(StudyError, match="is no name of a level"):
        kept(lzma.compress(json.dumps(document).encode()))


def test_levels_are_kept_under_their_names_beside_their_file() -> None:
    own = synthetic.study(["mobilenet_v2"], {"slimmable": [25]}, images=3)
    found = kept(keep(own))
    assert [one.level for one in found.results] == [one.level for one in own.results]
    assert [slot.variant for slot in found.latency] == [slot.variant for slot in own.latency]
    assert found.results[-1].level.width == 25


@pytest.mark.parametrize(("level", "signature"), [("_w60", "w60"), ("_w50", ""), ("", ""), ("", "w50")])
def test_a_level_that_its_file_does_not_hold_is_refused(level: str, signature: str) -> None:
    document = json.loads(lzma.decompress(keep(synthetic.study(["mobilenet_v2"], {"slimmable": [25]}, images=3))))
    name, cell = next(one for one in document["exported"].items() if one[0].endswith("_w50"))
    own = {key: value for key, value in cell.items() if key != "signature"}
    own |= {"signature": signature} if signature else {}
    document["exported"] = {f"{name.removesuffix('_w50')}{level}": own}
    with pytest.raises(StudyError, match=r"is no level of|is that of another variant"):
        kept(lzma.compress(json.dumps(document).encode()))


def test_answers_that_are_no_class_are_refused(content: bytes) -> None:
    document = json.loads(lzma.decompress(content))
    document["card"] = document["card"] | {"classes": document["card"]["classes"][:2]}
    with pytest.raises(StudyError, match="none of the 2 classes"):
        kept(lzma.compress(json.dumps(document).encode()))
