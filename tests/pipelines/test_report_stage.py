"""The report stage reads what the plan names, writes what the library builds, and fails in one line."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic_dynamic as dynamic
import synthetic_structured as structured
import synthetic_study as synthetic
import yaml

from pipelines import files, report
from study.report.build import build

ROOT = Path(__file__).parents[2]


def test_the_files_are_those_of_the_library_byte_for_byte(tmp_path: Path) -> None:
    whole = synthetic.complete(synthetic.study(["mobilenet_v2"], images=20))
    gone = "mobilenet_v2_magnitude60_s0_int8"
    inputs = replace(
        synthetic.changed(whole, {gone: {"evaluation": None, "predictions": None}}),
        encoded={name: entry for name, entry in whole.encoded.items() if name != gone},
        robustness={name: entry for name, entry in whole.robustness.items() if name != gone},
        latency=[replace(slot, document=None) if slot.variant == gone else slot for slot in whole.latency],
    )
    arguments = synthetic.write(inputs, tmp_path)
    (tmp_path / "encoded/left_the_plan_dense_s0_int8.json").write_text("not read")
    (tmp_path / "accuracy/left_the_plan_dense_s0_int8.json").write_text("not read")
    command = [sys.executable, "-m", "pipelines.report", *arguments]  # another process: the bytes are the same
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == f"report: {(tmp_path / 'reports/index.html').resolve()}"
    files = {
        str(path.relative_to(tmp_path / "reports")): path.read_bytes()
        for path in (tmp_path / "reports").rglob("*")
        if path.is_file()
    }
    assert files == build(inputs)
    assert {"codecs.csv", "results.csv", "per_class.csv", "latency.csv", "history.csv", "report.md"} <= set(files)
    assert "noise" in files["robustness.csv"].decode()
    assert "5 of 6" in files["index.html"].decode()
    assert "1 planned is missing" in files["report.md"].decode()


def test_levels_are_read_by_their_names_and_what_is_of_the_file_by_its(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = replace(synthetic.complete(synthetic.study(["mobilenet_v2"], {"slimmable": [25]}, images=5)), images=None)
    (file,) = {
        one.variant.name for one in inputs.results if one.level.width and one.variant.quantization.name == "int8"
    }
    profiles = {file: [dynamic.profile(file, runtime) for runtime in ("ai_edge_litert", "tflite_runtime")]}
    arguments, given = synthetic.write(replace(inputs, profiles=profiles), tmp_path), {}
    monkeypatch.setattr(report, "build", lambda inputs: given.update(vars(inputs)) or {})
    monkeypatch.setattr(sys, "argv", ["report", *arguments])
    report.main()
    assert given["profiles"] == profiles
    assert [one.level for one in given["results"]] == [one.level for one in inputs.results]
    for own, expected in zip(given["results"], inputs.results, strict=True):
        assert own.evaluation == expected.evaluation and (own.predictions.correct == expected.predictions.correct).all()
    assert sorted(given["robustness"]) == sorted(inputs.by_name)
    assert sorted(given["encoded"]) == sorted({one.variant.name for one in inputs.results})
    measured = {slot.variant: slot.document["variant"] for slot in given["latency"]}
    assert measured == {one.name: one.name for one in inputs.results}


def test_a_device_has_its_own_threads_and_the_reason_why_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = synthetic.write(synthetic.study(["mobilenet_v2"], images=5), tmp_path)
    plan = files.read_yaml(tmp_path / "plan.yaml")
    plan["devices"]["ssh_desk"] = {"device": "ssh", "threads": [4]}
    files.write_text(tmp_path / "plan.yaml", yaml.safe_dump(plan))
    note = {"device": "ssh_desk", "status": "unreachable", "said": "switch it on"}
    files.write_json(tmp_path / "latency" / "ssh_desk" / files.NOTE, note)
    given = {}
    monkeypatch.setattr(report, "build", lambda inputs: given.update(vars(inputs)) or {})
    monkeypatch.setattr(sys, "argv", ["report", *arguments])
    report.main()
    assert given["ended"] == {"ssh_desk": note}
    threads = {(slot.device, slot.threads) for slot in given["latency"]}
    assert threads == {("ssh_desk", 4), *(("host", count) for count in synthetic.LATENCY["threads"])}


def test_what_is_optional_may_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = synthetic.write(synthetic.study(["mobilenet_v2"], images=5), tmp_path)
    for option in ("--encoded", "--diagnosis", "--robustness", "--profiles"):
        place = arguments.index(option)
        del arguments[place : place + 2]
    plan = files.read_yaml(tmp_path / "plan.yaml")
    del plan["excluded"]  # an older plan
    files.write_text(tmp_path / "plan.yaml", yaml.safe_dump(plan))
    given = {}
    monkeypatch.setattr(report, "build", lambda inputs: given.update(vars(inputs)) or {})
    monkeypatch.setattr(sys, "argv", ["report", *arguments])
    report.main()
    assert (given["encoded"], given["diagnosis"], given["robustness"], given["excluded"]) == ({}, {}, {}, {})


def test_the_record_of_a_compression_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = structured.study({"sfp": [30]}, alphas=(0.5,), images=5, blocks=(16,))
    arguments = synthetic.write(inputs, tmp_path)
    given = {}
    monkeypatch.setattr(report, "build", lambda inputs: given.update(vars(inputs)) or {})
    monkeypatch.setattr(sys, "argv", ["report", *arguments])
    report.main()
    assert given["compression"] == inputs.compression and set(inputs.compression) == {"mobilenet_v2_sfp30_s0"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("card.json", "{", "card.json is not readable as JSON"),
        ("plan.yaml", "exported: {}", "exports no variant"),
        ("params.yaml", "preset: quick", "no section 'latency'"),
        ("encoded/mobilenet_dense_s0_int8.json", "{", "int8.json is not readable as JSON"),
        ("predictions/mobilenet_dense_s0_int8.npz", "PK", "truncated"),
    ],
)
def test_a_broken_file_is_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, said: str
) -> None:
    arguments = synthetic.write(synthetic.study(["mobilenet"], images=5), tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    monkeypatch.setattr(sys, "argv", ["report", *arguments])
    with pytest.raises(report.StudyError, match=said) as error:
        report.main()
    assert "\n" not in str(error.value)
    assert not (tmp_path / "reports").exists()
