import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import emulator
from study.errors import StudyError

CONTENT = b"a package"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PINS: dict[str, Any] = {"debian": {"libc6": {"version": "2.36-9", "sha256": SHA256}}, "wheels": {}}


@pytest.fixture()
def offers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the package sources hold: file content a command, and the version that apt would take."""
    given: dict[str, Any] = {"content": CONTENT, "version": "2.36-9", "asked": []}

    def fetched(command: list[str], folder: Path, pattern: str) -> Path | None:
        given["asked"].append(command[-1])
        if given["content"] is None:
            return None
        path = folder / f"fetched{pattern[1:]}"
        path.write_bytes(given["content"])
        return path

    monkeypatch.setattr(emulator, "_fetched", fetched)
    monkeypatch.setattr(emulator, "_apt", lambda folder: [])
    monkeypatch.setattr(emulator, "_offered", lambda apt, name: given["version"])
    return given


def test_a_right_file_is_kept_and_not_fetched_again(tmp_path: Path, offers: dict[str, Any]) -> None:
    (path,) = emulator.fetch(PINS, tmp_path)
    assert path.read_bytes() == CONTENT
    assert emulator.fetch(PINS, tmp_path) == [path]
    assert offers["asked"] == ["libc6=2.36-9"]


def test_a_damaged_file_is_fetched_again(tmp_path: Path, offers: dict[str, Any]) -> None:
    (path,) = emulator.fetch(PINS, tmp_path)
    path.write_bytes(b"damaged")
    assert emulator.fetch(PINS, tmp_path)[0].read_bytes() == CONTENT


@pytest.mark.usefixtures("offers")
def test_another_file_under_that_name_is_refused(tmp_path: Path, offers: dict[str, Any]) -> None:
    offers["content"] = b"something else"
    with pytest.raises(StudyError, match=r"libc6=2\.36-9.*not used"):
        emulator.fetch(PINS, tmp_path)
    assert not list(tmp_path.rglob("*.deb"))


def test_a_version_that_is_gone_says_how_to_pin_again(tmp_path: Path, offers: dict[str, Any]) -> None:
    offers |= {"content": None, "version": "2.36-10"}
    with pytest.raises(StudyError, match=r"not offered any more.*2\.36-10.*--repin"):
        emulator.fetch(PINS, tmp_path)


def test_pinning_again_takes_what_is_offered(tmp_path: Path, offers: dict[str, Any]) -> None:
    offers |= {"content": b"newer", "version": "2.36-10"}
    digest = hashlib.sha256(b"newer").hexdigest()
    pins = emulator.repin(PINS, tmp_path)
    assert pins == {"debian": {"libc6": {"version": "2.36-10", "sha256": digest}}, "wheels": {}}
    emulator.fetch(pins, tmp_path)
    assert offers["asked"] == ["libc6=2.36-10"]  # kept from the first time


def test_the_committed_pins_are_complete_and_name_no_place() -> None:
    text = emulator.PINS.read_text()
    pins = json.loads(text)
    for kind in ("debian", "wheels"):
        for name, pin in pins[kind].items():
            assert set(pin) == {"version", "sha256"} and len(pin["sha256"]) == 64 and pin["version"], name
    assert pins["wheels"]["tflite-runtime"]["version"] == "2.14.0"
    assert "://" not in text
