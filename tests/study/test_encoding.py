import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from study import encoding
from study.codecs import FORMATS
from study.errors import StudyError

DATA = bytes(range(256)) * 4
FORMATS_HERE = encoding.select(["xz", "gzip", "zstd"])
FORMS = {name: codec.encode(DATA) for name, codec in FORMATS_HERE.items()}
Entry = dict[str, Any]


@pytest.fixture()
def entry() -> Entry:
    return encoding.entry(DATA, FORMS)


def is_current(entry: Entry, data: bytes = DATA) -> bool:
    return encoding.is_current(entry, data, FORMS[entry["smallest"]], FORMATS_HERE)


def test_codecs_are_selected_in_the_order_of_their_names() -> None:
    assert list(FORMATS_HERE) == ["xz", "gzip", "zstd"]
    for wrong in (["xz", "zip"], ["zip", "xz", "zip"]):
        with pytest.raises(StudyError, match="'zip' is unknown or given twice: choose from gzip, "):
            encoding.select(wrong)
    with pytest.raises(StudyError, match="'xz' is unknown or given twice"):
        encoding.select(["xz", "xz"])


def test_an_entry_says_what_each_codec_made_of_the_file(entry: Entry) -> None:
    assert list(entry) == ["sha256", "codecs", "smallest"]
    assert entry["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert {name: one["bytes"] for name, one in entry["codecs"].items()} == {n: len(f) for n, f in FORMS.items()}
    assert entry["smallest"] == min(FORMS, key=lambda name: len(FORMS[name])) != "xz"
    for name, one in entry["codecs"].items():
        assert (one["version"], one["settings"]) == (FORMATS[name].version, FORMATS[name].settings)
    assert is_current(entry)


def test_the_decode_time_is_the_median_and_the_first_decoding_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = [0.0], []
    took = iter([100, 3, 50, 1, 2, 40])

    def decode(form: bytes) -> bytes:
        clock[0] += next(took)
        calls.append(form)
        return DATA

    monkeypatch.setattr(encoding.time, "perf_counter", lambda: clock[0])  # type: ignore[attr-defined]
    monkeypatch.setitem(FORMATS, "gzip", replace(FORMATS["gzip"], decode=decode))
    assert encoding.entry(DATA, {"gzip": b"form"})["codecs"]["gzip"]["decode_seconds"] == 3
    assert calls == [b"form"] * 6


def test_a_form_that_does_not_give_the_file_back_is_refused() -> None:
    with pytest.raises(StudyError, match=r"^gzip does not give the file back: install the version"):
        encoding.entry(DATA, {**FORMS, "gzip": FORMATS["gzip"].encode(DATA[:-1])})


def _codec(field: str, value: object) -> Callable[[Entry], object]:
    return lambda entry: entry["codecs"]["xz"].update({field: value})


@pytest.mark.parametrize(
    "change",
    [
        _codec("version", "of another day"),
        _codec("settings", "of another day"),
        _codec("decode_seconds", 0.0),
        _codec("bytes", 1),  # then it would be the smallest
        lambda entry: entry["codecs"].pop("xz"),
        lambda entry: entry["codecs"].update(brotli=entry["codecs"]["xz"]),
        lambda entry: entry["codecs"][entry["smallest"]].update(bytes=2),
        lambda entry: entry.update(smallest="xz"),
        lambda entry: entry.update(sha256=hashlib.sha256(b"another file").hexdigest()),
    ],
)
def test_an_entry_of_anything_else_is_not_current(entry: Entry, change: Callable[[Entry], object]) -> None:
    change(entry)
    assert not is_current(entry)


def test_a_changed_file_or_form_is_not_current(entry: Entry) -> None:
    assert not is_current(entry, DATA + b"!")
    smallest = entry["smallest"]
    other = FORMATS[smallest].encode(DATA[:-1] + b"?")
    entry["codecs"][smallest]["bytes"] = len(other)
    assert not encoding.is_current(entry, DATA, other, FORMATS_HERE)


def test_an_entry_without_times_has_another_shape(entry: Entry) -> None:
    _codec("decode_seconds", None)(entry)
    with pytest.raises(TypeError):
        is_current(entry)
