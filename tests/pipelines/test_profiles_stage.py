"""Stage `profiles` with a tiny file of two levels. Times are whatever they are: none is asserted."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import commands
import pytest
import yaml

from pipelines import profiles
from study.manager.profile import Setting, from_document
from study.plan.cells import variant_cell
from study.plan.variant import Architecture, Quantization, Recipe, Variant

FILE = "mobilenet_slimmable25_s0_float32"
LATENCY = {
    "runtimes": ["ai_edge_litert", "tflite_runtime"],
    "threads": [1],
    "warmup_runs": 1,
    "warmup_seconds": 0,
    "runs": 3,
    "seconds": 0.01,
    "max_seconds": 1.0,
    "rounds": 1,
}


@pytest.fixture
def project(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan of a family and a single network, on this machine."""
    monkeypatch.chdir(tmp_path)
    tflite = tmp_path / "tflite"
    tflite.mkdir()
    shutil.copy(tiny_folder / "levels_full_half.tflite", tflite / f"{FILE}.tflite")
    plan({"host": {"device": "host"}})
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"latency": LATENCY}))
    return tmp_path


def plan(devices: dict[str, Any], *, family: bool = True) -> None:
    recipes = [Recipe("uniform", 50), *([Recipe("slimmable", 25)] if family else [])]
    variants = [Variant(Architecture("mobilenet"), recipe, Quantization(), 0) for recipe in recipes]
    exported = {one.name: dict(variant_cell(one)) for one in variants}
    Path("plan.yaml").write_text(yaml.safe_dump({"exported": exported, "devices": devices}))


def run() -> "subprocess.CompletedProcess[str]":
    done = commands.outcome(profiles, "--plan=plan.yaml", "--params=params.yaml", "--tflite=tflite", "--out=profiles")
    assert done.returncode == 0, done.stderr
    return done


def made() -> set[str]:
    return {path.name for path in Path("profiles").iterdir()}


BOTH = {f"{FILE}__ai_edge_litert.json", f"{FILE}__tflite_runtime.json"}


def test_a_profile_a_family_and_runtime_is_made_once(project: Path) -> None:
    assert "2 of 2 measured" in run().stdout
    assert made() == BOTH
    path = project / "profiles" / f"{FILE}__tflite_runtime.json"
    found = from_document(json.loads(path.read_text()))
    assert (found.runtime, found.levels, found.opened[0].setting) == ("tflite_runtime", ("full", "half"), Setting())
    path.write_text("damaged")
    assert "1 of 2 measured" in run().stdout
    assert from_document(json.loads(path.read_text())).model_sha256 == found.model_sha256


def test_another_file_or_machine_is_measured_anew(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr(profiles, "machine", lambda: "another")
    assert "2 of 2 measured" in run().stdout
    monkeypatch.undo()
    monkeypatch.chdir(project)
    path = project / "profiles" / f"{FILE}__ai_edge_litert.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_sha256": "0" * 64}))
    assert "1 of 2 measured" in run().stdout


@pytest.mark.parametrize(("devices", "family"), [({"host": {"device": "host"}}, False), ({}, True)])
def test_what_the_plan_no_longer_asks_for_goes(project: Path, devices: dict[str, Any], family: bool) -> None:
    run()
    plan(devices, family=family)
    assert "0 of 0" in run().stdout
    assert made() == set()
