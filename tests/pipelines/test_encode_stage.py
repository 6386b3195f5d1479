import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pipelines import encode
from study.codecs import CODECS, FORMATS
from study.errors import StudyError

ROOT = Path(__file__).parents[2]
# Stand-ins for models: what is zero compresses, what is noise does not.
MODELS = {name: random.Random(name).randbytes(400) + bytes(zeros) for name, zeros in (("a", 0), ("b", 900))}


@pytest.fixture()
def study(tmp_path: Path) -> Path:
    (tmp_path / "tflite").mkdir()
    for name, model in MODELS.items():
        (tmp_path / "tflite" / f"{name}.tflite").write_bytes(model)
        (tmp_path / "tflite" / f"{name}.tflite.gz").write_bytes(b"the export's own, no input of this stage")
    plan(tmp_path, *MODELS)
    choose(tmp_path, *FORMATS)
    return tmp_path


def plan(study: Path, *variants: str) -> None:
    (study / "plan.yaml").write_text(yaml.safe_dump({"exported": {name: {} for name in variants}}))


def choose(study: Path, *codecs: str) -> None:
    (study / "params.yaml").write_text(yaml.safe_dump({"encoding": {"codecs": list(codecs)}}))


def arguments(study: Path, jobs: int = 2) -> list[str]:
    return [
        "--plan",
        str(study / "plan.yaml"),
        "--params",
        str(study / "params.yaml"),
        "--tflite",
        str(study / "tflite"),
        "--out",
        str(study / "out"),
        "--jobs",
        str(jobs),
    ]


@pytest.fixture()
def run(study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def once() -> str:
        monkeypatch.setattr(sys, "argv", ["encode", *arguments(study)])
        monkeypatch.setattr(encode, "ProcessPoolExecutor", lambda jobs, *_: ThreadPoolExecutor(jobs))
        encode.main()
        return capsys.readouterr().out

    return once


def entry(study: Path, variant: str) -> dict:  # type: ignore[type-arg]
    return json.loads((study / "out" / f"{variant}.json").read_text())


def content(study: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((study / "out").iterdir())}


def test_the_journal_says_what_each_codec_made_of_each_file(study: Path) -> None:
    said = subprocess.check_output([sys.executable, "-m", "pipelines.encode", *arguments(study)], cwd=ROOT, text=True)
    assert said.startswith("encode: 2 of 2 files encoded, ")
    names = set()
    for variant, model in MODELS.items():
        found = entry(study, variant)
        assert list(found) == ["variant", "sha256", "codecs", "smallest"]
        assert (found["variant"], found["sha256"]) == (variant, hashlib.sha256(model).hexdigest())
        assert list(found["codecs"]) == list(CODECS)
        sizes = {}
        for name, one in found["codecs"].items():
            form = CODECS[name][0](model)
            sizes[name] = len(form)
            assert one.pop("decode_seconds") > 0
            assert one == {"bytes": len(form), "version": FORMATS[name].version, "settings": FORMATS[name].settings}
        assert sizes[found["smallest"]] == min(sizes.values())
        shipped = f"{variant}.tflite.{FORMATS[found['smallest']].suffix}"
        assert (study / "out" / shipped).read_bytes() == CODECS[found["smallest"]][0](model)
        names |= {f"{variant}.json", shipped}
    assert set(content(study)) == names
    assert {path.name for path in study.iterdir()} == {"out", "params.yaml", "plan.yaml", "tflite"}  # no scratch folder


def test_what_is_done_is_not_done_again(study: Path, run) -> None:  # type: ignore[no-untyped-def]
    run()
    before = content(study)
    assert run().startswith("encode: 0 of 2 files encoded, the others were up to date; ")
    assert content(study) == before


def test_a_changed_file_is_encoded_again_and_leaves_no_former_form(study: Path, run) -> None:  # type: ignore[no-untyped-def]
    run()
    before = content(study)
    (study / "out" / "a.tflite.former").write_bytes(b"the smallest form of another day")
    (study / "tflite" / "a.tflite").write_bytes(b"another model " * 500)
    assert run().startswith("encode: 1 of 2 ")
    after = content(study)
    assert {name for name in after if not name.startswith("a.")} == {name for name in before if name.startswith("b.")}
    assert all(after[name] == before[name] for name in before if name.startswith("b."))
    assert entry(study, "a")["sha256"] == hashlib.sha256(b"another model " * 500).hexdigest()
    assert len([name for name in after if name.startswith("a.")]) == 2


def test_a_variant_that_left_the_plan_is_not_touched(study: Path, run) -> None:  # type: ignore[no-untyped-def]
    run()
    before = content(study)
    plan(study, "b")
    (study / "tflite" / "a.tflite").unlink()
    assert run().startswith("encode: 0 of 1 ")
    assert content(study) == before


def test_a_further_codec_counts(study: Path, run) -> None:  # type: ignore[no-untyped-def]
    choose(study, "xz")
    run()
    choose(study, "xz", "gzip")
    assert run().startswith("encode: 2 of 2 ")
    assert list(entry(study, "a")["codecs"]) == ["xz", "gzip"]


def cut(out: Path) -> None:
    (out / "a.json").write_text((out / "a.json").read_text()[:200])


def reshaped(out: Path) -> None:
    (out / "a.json").write_text("[1, 2]")


def without_times(out: Path) -> None:
    found = json.loads((out / "a.json").read_text())
    found["codecs"]["gzip"]["decode_seconds"] = None
    (out / "a.json").write_text(json.dumps(found))


def without_form(out: Path) -> None:
    (path,) = out.glob("a.tflite.*")
    path.unlink()


def flipped_form(out: Path) -> None:
    (path,) = out.glob("a.tflite.*")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [cut, reshaped, without_times, without_form, flipped_form])
def test_a_damaged_entry_is_made_again(study: Path, run, damage) -> None:  # type: ignore[no-untyped-def]
    run()
    before = content(study)
    damage(study / "out")
    assert content(study) != before
    assert run().startswith("encode: 1 of 2 ")
    after = content(study)
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} == {"a.json"}  # other decode times
    assert entry(study, "a")["codecs"]["gzip"]["decode_seconds"] > 0


def test_a_codec_that_does_not_give_the_file_back_is_refused(study: Path, run, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    forgetful = replace(FORMATS["brotli"], decode=lambda form: CODECS["brotli"][1](form)[:-1])
    monkeypatch.setitem(FORMATS, "brotli", forgetful)
    with pytest.raises(StudyError, match=r"^[ab]\.tflite: brotli does not give the file back"):
        run()
    assert not (study / "out").exists()


def test_mistakes_are_one_line(study: Path) -> None:
    for jobs, missing, said in ((0, False, "--jobs is 0"), (2, True, "absent.tflite is missing")):
        if missing:
            plan(study, "a", "absent")
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.encode", *arguments(study, jobs)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith("error: ") and said in done.stderr
    assert not (study / "out").exists()  # said before hours of work, not after


def _children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def _workers(pid: int) -> set[int]:
    return {child for child in _children(pid) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


def _state(pid: int) -> str:
    """The letter of proc(5): T is stopped, Z is ended; Z also where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def _hear_ctrl_c() -> None:
    """Tests that run in the background of a shell have SIGINT ignored, and a process inherits that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(study: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    """The stage as the leader of a process group; the group ends with the context."""
    process = subprocess.Popen(
        [sys.executable, *command, *arguments(study, jobs=1)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_ctrl_c,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # a worker left behind would keep the pipes open
        process.communicate()


def _until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture()
def session(study: Path) -> Iterator[subprocess.Popen[str]]:
    """A run over files of some seconds each, one after the other, seen when the first is done."""
    for number in range(3):
        (study / "tflite" / f"m{number}.tflite").write_bytes(random.Random(number).randbytes(400_000 - number))
    plan(study, "m0", "m1", "m2")
    with started(study, "-m", "pipelines.encode") as process:
        _until(lambda: any((study / "out").glob("*.json")), process)
        yield process


def _gone(pids: set[int]) -> bool:
    deadline = time.monotonic() + 30
    while {_state(pid) for pid in pids} - {"Z"} and time.monotonic() < deadline:
        time.sleep(0.05)
    return not {_state(pid) for pid in pids} - {"Z"}


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_killed_in_the_middle_what_is_finished_stays_and_no_process_does(study: Path, run, session, blow) -> None:  # type: ignore[no-untyped-def]
    workers = _children(session.pid)
    assert workers
    session.send_signal(blow)
    session.wait()
    assert _gone(workers)
    kept = {path.name: path.read_bytes() for path in (study / "out").glob("*.json")}
    assert 1 <= len(kept) < 3
    assert run().startswith(f"encode: {3 - len(kept)} of 3 ")
    after = content(study)
    assert len(after) == 6 and not [*study.glob(".*"), *(study / "out").glob(".*")]
    assert all(after[name] == text for name, text in kept.items())


def test_ctrl_c_is_one_line(study: Path, session) -> None:  # type: ignore[no-untyped-def]
    workers = _children(session.pid)
    os.killpg(session.pid, signal.SIGINT)  # as a terminal sends it: to the stage and its workers, at once
    _, said = session.communicate(timeout=60)
    assert session.returncode == 130
    assert said == "interrupted: run the same command again to go on where it was\n"
    assert _gone(workers) and not list(study.glob(".*"))  # nor the scratch folder


def test_a_lost_encoder_is_one_line(session) -> None:  # type: ignore[no-untyped-def]
    for pid in _workers(session.pid):
        os.kill(pid, signal.SIGKILL)
    _, said = session.communicate(timeout=60)
    assert session.returncode == 2
    assert said.startswith("error: an encoder was killed") and said.count("\n") == 1


@pytest.mark.parametrize("ctrl_c", [False, True])
def test_a_worker_lost_while_it_hands_over_a_large_form_leaves_nobody_waiting(study: Path, ctrl_c: bool) -> None:
    choose(study, "deaf")
    with started(study, "tests/lost_encoders.py") as process:
        _until(lambda: _state(process.pid) == "T", process)
        workers = _workers(process.pid)
        time.sleep(0.5)  # a pipe would be full by now, with most of the form still to come
        if ctrl_c:
            os.killpg(process.pid, signal.SIGINT)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        assert workers and _gone(workers)
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == (130 if ctrl_c else 2)
    assert said.startswith("interrupted: " if ctrl_c else "error: an encoder was killed") and said.count("\n") == 1
    assert not list(study.glob(".*"))  # the scratch folder


def test_a_worker_lost_between_two_files_is_one_line(study: Path) -> None:
    choose(study, "lonely")
    with started(study, "tests/lost_encoders.py") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.startswith("error: an encoder was killed") and said.count("\n") == 1
    assert len(list((study / "out").glob("*.json"))) == 1


def test_the_codecs_of_params_are_those_that_run(study: Path, run) -> None:  # type: ignore[no-untyped-def]
    choose(study, "gzip", "xz")
    run()
    assert set(entry(study, "a")["codecs"]) == {"gzip", "xz"}
    for wrong in (["zip"], ["xz", "xz"]):
        choose(study, *wrong)
        with pytest.raises(StudyError, match=r"encoding.codecs: '(zip|xz)' is unknown or given twice: choose from gz"):
            run()
