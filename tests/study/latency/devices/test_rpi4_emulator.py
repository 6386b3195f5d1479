import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from study.errors import StudyError
from study.latency.devices.rpi4 import emulator
from study.latency.devices.rpi4.images import fixed_image


@pytest.fixture()
def busy() -> Iterator[None]:
    """Every processor of this machine occupied."""
    spin = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(spin) for _ in os.sched_getaffinity(0)]
    yield
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def first(tiny: dict[str, bytes], sysroot: Path) -> emulator.Run:
    return emulator.run(tiny["int8"], fixed_image(tiny["int8"]), sysroot)


def test_two_runs_count_the_same_to_the_byte(first: emulator.Run, tiny: dict[str, bytes], sysroot: Path) -> None:
    again = emulator.run(tiny["int8"], fixed_image(tiny["int8"]), sysroot)
    assert again.text.encode() == first.text.encode()
    assert np.array_equal(again.output, first.output)


@pytest.mark.usefixtures("busy")
def test_the_same_with_every_processor_busy(first: emulator.Run, tiny: dict[str, bytes], sysroot: Path) -> None:
    again = emulator.run(tiny["int8"], fixed_image(tiny["int8"]), sysroot)
    assert again.text.encode() == first.text.encode()


def test_the_same_wherever_the_system_and_the_temporary_files_are(
    first: emulator.Run, tiny: dict[str, bytes], sysroot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, link = tmp_path / "temporary files of a much longer name", tmp_path / "system"
    elsewhere.mkdir()
    link.symlink_to(sysroot)
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    again = emulator.run(tiny["int8"], fixed_image(tiny["int8"]), link)
    assert again.text.encode() == first.text.encode()


def test_it_is_the_aarch64_interpreter(first: emulator.Run) -> None:
    assert first.answer["architecture"] == "aarch64"
    assert (first.answer["runtime_version"], first.answer["delegate"]) == ("2.14.0", "none")
    counts = first.profile.counts
    assert 0 < counts.l2_misses < counts.l1_misses < counts.loads + counts.stores + counts.blocks
    assert counts.taken_branches < counts.blocks


def test_cleared_lines_count_unless_left_out(first: emulator.Run, tiny: dict[str, bytes], sysroot: Path) -> None:
    without = emulator.run(tiny["int8"], fixed_image(tiny["int8"]), sysroot, clears=False)
    assert without.profile.counts.cleared_lines == 0
    assert without.profile.counts.instructions <= first.profile.counts.instructions


def test_a_model_that_the_interpreter_refuses_is_one_line(sysroot: Path) -> None:
    with pytest.raises(StudyError) as caught:
        emulator.run(b"\0\0\0\0TFL3 and nothing more", np.zeros((1, 1), np.float32), sysroot)
    assert "tflite_runtime under qemu-aarch64" in str(caught.value) and "\n" not in str(caught.value)


def test_an_incomplete_system_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PI_SYSROOT", str(tmp_path))
    assert emulator.sysroot() == tmp_path
    monkeypatch.setattr(emulator.shutil, "which", lambda program, path=None: program)
    assert "make emulator" in str(emulator.missing(tmp_path))
    monkeypatch.setattr(emulator.shutil, "which", lambda program, path=None: None)
    assert "apt-get install qemu-user" in str(emulator.missing(tmp_path))
    with pytest.raises(StudyError, match="qemu-user"):
        emulator.run(b"", np.zeros(1), tmp_path)
