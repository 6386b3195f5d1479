import fcntl
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import commands
import numpy as np
import plans
import pytest
import yaml

from pipelines import latency
from pipelines.files import NOTE
from pipelines.latency import _forget
from study.latency.devices import host
from study.latency.devices.rpi4.from_file import predict, work
from study.latency.devices.rpi4.validation import file_rates
from study.latency.devices.target import SAMPLE, sample
from study.latency.measurement import Job, from_document, summarise

ROOT = Path(__file__).parents[2]
BUDGET = {
    "runtimes": ["ai_edge_litert"],
    "threads": [1],
    "warmup_runs": 2,
    "warmup_seconds": 0.0,
    "runs": 5,
    "seconds": 0.0,
    "max_seconds": 5.0,
    "rounds": 2,
}


@pytest.fixture()
def study(tmp_path: Path, tiny_folder: Path) -> Path:
    (tmp_path / "tflite").mkdir()
    for name in ("float32", "int8"):
        shutil.copy(tiny_folder / f"{name}.tflite", tmp_path / "tflite")
    write(tmp_path, ["float32", "int8"])
    return tmp_path


def test_what_the_plan_no_longer_asks_for_is_forgotten_and_the_machine_is_not(tmp_path: Path) -> None:
    kept, other = Job("a", "r", 1, 1), Job("b", "r", 1, 1)
    for name in (f"{kept.name}.json", f"{other.name}.json", NOTE):
        (tmp_path / name).write_text("{}")
    _forget(tmp_path, {kept: tmp_path / f"{kept.name}.json"})
    assert {path.name for path in tmp_path.iterdir()} == {f"{kept.name}.json", NOTE}


def write(study: Path, variants: list[str], **budget: object) -> None:
    (study / "plan.yaml").write_text(yaml.safe_dump(plans.tables(variants) | {"devices": {"host": {"device": "host"}}}))
    (study / "params.yaml").write_text(yaml.safe_dump({"latency": BUDGET | budget}))


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "COOLING_SECONDS", 0.0)


def options(study: Path, device: str) -> list[str]:
    named = {"plan": "plan.yaml", "params": "params.yaml", "tflite": "tflite", "out": "out", "lock": "lock"}
    return ["--device", device, *(part for name, path in named.items() for part in (f"--{name}", str(study / path)))]


def run(study: Path, code: int = 0, device: str = "host") -> str:
    done = commands.outcome(latency, *options(study, device))
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def documents(study: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((study / "out").glob("*"))}


def test_measures_the_plan_and_leaves_what_is_done(study: Path) -> None:
    assert run(study).startswith("latency: 2 measurements, ")
    first = documents(study)
    assert list(first) == ["float32__ai_edge_litert__t1.json", "int8__ai_edge_litert__t1.json"]
    for text in first.values():
        found = json.loads(text)
        assert found["kind"] == "measured" and found["device"] == "host" and found["status"] in ("ok", "unstable")
        assert summarise(found)["n"] == 2 * 5 and found["private_bytes"] >= 0
        assert found["peak_rss_bytes"] > found["empty_rss_bytes"]
    run(study)
    assert documents(study) == first


def test_a_predicted_device_is_computed_and_not_timed(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PI_SYSROOT", str(study))  # no emulator there
    plan = yaml.safe_load((study / "plan.yaml").read_text())
    plan["devices"]["rpi4_predicted"] = {"device": "rpi4_predicted"}
    (study / "plan.yaml").write_text(yaml.safe_dump(plan))
    assert run(study, device="rpi4_predicted") == ("latency: 2 predictions, nothing timed; from the model file alone\n")
    first = documents(study)
    assert list(first) == ["float32__tflite_runtime__t1.json", "int8__tflite_runtime__t1.json"]
    for text in first.values():
        found = json.loads(text)
        assert (found["kind"], found["rounds"], found["status"]) == ("predicted", [], "ok")
        assert summarise(found)["median_us"] == found["computed"]["median_us"] > 0
    run(study, device="rpi4_predicted")
    assert documents(study) == first


@pytest.mark.parametrize("device", ["host", "rpi4_predicted"])
def test_each_level_of_a_file_has_a_time_of_its_own(
    study: Path, tiny_folder: Path, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PI_SYSROOT", str(study))  # no emulator there
    shutil.copy(tiny_folder / "levels_full_half.tflite", study / "tflite/f.tflite")
    tables = plans.tables([], "f", ["full", "half"])
    (study / "plan.yaml").write_text(yaml.safe_dump(tables | {"devices": {device: {"device": device}}}))
    run(study, device=device)
    runtime = "ai_edge_litert" if device == "host" else "tflite_runtime"
    full, half = (json.loads(documents(study)[f"f_{name}__{runtime}__t1.json"]) for name in ("full", "half"))
    assert (full["signature"], half["signature"]) == ("full", "half")
    assert full["status"] != "failed" != half["status"] and full["key"] != half["key"]
    assert full["model_sha256"] == half["model_sha256"]
    if device == "rpi4_predicted":
        alone = predict(work((tiny_folder / "levels_half.tflite").read_bytes()), file_rates())
        assert half["computed"]["median_us"] == pytest.approx(alone)
        assert half["computed"]["median_us"] < full["computed"]["median_us"]
    before = documents(study)
    run(study, device=device)
    assert documents(study) == before


def test_another_model_is_measured_again_and_what_left_the_plan_goes(study: Path, tiny_folder: Path) -> None:
    run(study)
    first = documents(study)
    shutil.copy(tiny_folder / "float16.tflite", study / "tflite" / "int8.tflite")
    run(study)
    second = documents(study)
    assert {name for name in first if first[name] != second[name]} == {"int8__ai_edge_litert__t1.json"}
    write(study, ["float32"])
    run(study)
    assert documents(study) == {name: text for name, text in first.items() if name.startswith("float32")}


def test_a_killed_session_keeps_its_rounds(study: Path) -> None:
    write(study, ["float32", "int8"], rounds=3, seconds=0.1)
    code = (
        "from study.latency.devices import host; host.COOLING_SECONDS = 0.0\n"
        "from pipelines import cli, latency; cli.run(latency.main)"
    )
    command = [sys.executable, "-c", code, *options(study, "host")]
    session = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not any((study / "out").glob("*.json")):
            assert session.poll() is None
            time.sleep(0.01)
    finally:
        session.send_signal(signal.SIGKILL)
        session.wait()
    kept = {name: json.loads(text) for name, text in documents(study).items() if name.endswith(".json")}
    (name, partial), *_ = kept.items()
    assert partial["status"] == "partial"
    run(study)
    final = json.loads(documents(study)[name])
    assert (final["earlier"] or final["rounds"])[0] == partial["rounds"][0] and len(final["rounds"]) == 3
    assert not [path for path in documents(study) if path.startswith(".")]


def test_a_damaged_entry_is_measured_again(study: Path) -> None:
    write(study, ["int8"])
    run(study)
    path = study / "out" / "int8__ai_edge_litert__t1.json"
    path.write_text(path.read_text()[:300])
    run(study)
    assert from_document(json.loads(path.read_text())).complete


def test_a_model_that_a_runtime_refuses_does_not_stop_the_rest(study: Path, newer_operator: bytes) -> None:
    (study / "tflite" / "newer.tflite").write_bytes(newer_operator)
    write(study, ["newer", "int8"], runtimes=["ai_edge_litert", "tflite_runtime"])
    said = run(study)
    assert "latency: 4 measurements" in said
    assert "failed: newer__tflite_runtime__t1: it cannot execute FULLY_CONNECTED version 12" in said
    found = {name: json.loads(text) for name, text in documents(study).items()}
    failed = found.pop("newer__tflite_runtime__t1.json")
    assert failed["status"] == "failed" and failed["rounds"] == [] and "version 12" in failed["flags"][0]
    assert all(one["status"] in ("ok", "unstable") for one in found.values())


def test_a_device_that_cannot_be_reached_is_noted_and_stops_nothing(study: Path) -> None:
    run(study)
    host = documents(study)
    plan = yaml.safe_load((study / "plan.yaml").read_text())
    plan["devices"]["ssh_desk"] = {"device": "ssh", "host": "127.0.0.1", "port": 1}
    (study / "plan.yaml").write_text(yaml.safe_dump(plan))
    done = commands.outcome(latency, *options(study, "ssh_desk"))
    assert done.returncode == 0
    assert "note: ssh_desk (unreachable): 127.0.0.1 cannot be reached" in done.stderr
    assert "dvc repro --force --single-item latency@ssh_desk" in done.stderr
    note = json.loads((study / "out" / NOTE).read_text())
    assert (note["device"], note["status"]) == ("ssh_desk", "unreachable") and "switch it on" in note["said"]
    assert documents(study) == host | {NOTE: (study / "out" / NOTE).read_text()}  # what was measured stays
    run(study)
    assert documents(study) == host


def test_answers_are_compared_on_a_sample_of_the_test_images() -> None:
    images = np.arange(1000, dtype=np.uint8).reshape(1000, 1, 1, 1)
    chosen = sample(images)
    assert len(chosen) == SAMPLE and np.array_equal(chosen, sample(images))
    assert chosen[0] == images[0] and chosen[-1] == images[-1]
    assert len(sample(images[:5])) == 5


def test_two_at_once_are_refused(study: Path) -> None:
    with open(study / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run(study, code=2) == (
            "error: another latency measurement is running on this machine: "
            "wait until it is done, then run the same command again\n"
        )
    assert not (study / "out").exists()


def test_mistakes_are_one_line(study: Path) -> None:
    assert "has no device 'pi'" in run(study, code=2, device="pi")
    write(study, ["float32"], rounds=0)
    assert "params.yaml, latency.rounds" in run(study, code=2)
    write(study, ["absent"])
    assert "absent.tflite is missing" in run(study, code=2)
