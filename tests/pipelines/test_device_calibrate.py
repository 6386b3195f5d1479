import json
import subprocess
from pathlib import Path
from typing import Any

import commands
import pytest
import yaml

from pipelines import device
from study.latency.devices.rpi4 import from_file
from study.latency.devices.rpi4.from_file import Rates
from study.specs.latency import CalibrationSpec
from study.specs.parse import parse

ROOT = Path(__file__).parents[2]
RATES = Rates(300.0, 200.0, 10.0)
BOARD = "Raspberry Pi 4 Model B Rev 1.4"


@pytest.fixture()
def study(tmp_path: Path, tiny: dict[str, bytes]) -> Path:
    """Tiny models, measured on a board that is exactly as fast as RATES say."""
    names = {"float32": "net_a", "int8": "net_a", "float16": "net_b", "reshape": "net_b", "int8_full": "net_c"}
    (tmp_path / "plan.yaml").write_text(
        yaml.safe_dump({"exported": {name: {"architecture": net, "scheme": name} for name, net in names.items()}})
    )
    for folder in ("pi", "tflite"):
        (tmp_path / folder).mkdir()
    for name in names:
        (tmp_path / "tflite" / f"{name}.tflite").write_bytes(tiny[name])
        write(tmp_path, name, from_file.predict(from_file.work(tiny[name]), RATES))
    return tmp_path


def write(study: Path, name: str, microseconds: float, board: str = BOARD) -> None:
    document: dict[str, Any] = {
        "variant": name,
        "model_sha256": "0",
        "device": "pi",
        "kind": "measured",
        "runtime": "tflite_runtime",
        "runtime_version": "2.14.0",
        "threads": 1,
        "key": "",
        "delegate": "none",
        "status": "ok",
        "flags": [],
        "rounds": [{"invoke_ns": [round(1000 * microseconds)] * 3, "end_to_end_ns": [1]}],
        "context": {"board": board},
    }
    (study / "pi" / f"{name}__tflite_runtime__t1.json").write_text(json.dumps(document))


def run(study: Path) -> "subprocess.CompletedProcess[str]":
    options: list[str | Path] = [
        "calibrate",
        "--measured",
        str(study / "pi"),
        "--tflite",
        str(study / "tflite"),
        "--plan",
        str(study / "plan.yaml"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        patch.setenv("PI_SYSROOT", str(study))
        return commands.outcome(device, *options)


def test_prints_constants_that_params_yaml_takes(study: Path, tiny: dict[str, bytes]) -> None:
    done = run(study)
    assert done.returncode == 0, done.stderr
    assert "% off before" in done.stdout and "left out of the fit" in done.stdout
    found = parse(CalibrationSpec, yaml.safe_load(done.stdout)["rpi4"], "latency.rpi4")
    assert found.scale is None  # no emulator here
    assert found.us_per_million_macs is not None and found.us_per_megabyte is not None
    assert found.us_per_operator is not None
    rates = Rates(found.us_per_million_macs, found.us_per_megabyte, found.us_per_operator)
    for name in ("float32", "int8"):
        asked = from_file.work(tiny[name])
        assert from_file.predict(asked, rates) == pytest.approx(from_file.predict(asked, RATES), rel=0.01)


def test_measurements_of_another_board_do_not_count(study: Path) -> None:
    for path in (study / "pi").glob("*.json"):
        write(study, path.name.split("__")[0], 100.0, board="Synthetic Board")
    done = run(study)
    assert done.returncode == 2
    assert "no measurement of a Raspberry Pi 4" in done.stderr and done.stderr.count("\n") == 1
