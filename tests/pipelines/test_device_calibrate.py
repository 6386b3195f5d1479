import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import commands
import pytest
import yaml

from pipelines import device, device_calibrate
from study.latency.devices.rpi4 import from_file
from study.latency.devices.rpi4.from_file import Rates
from study.plan.cells import variant_cell
from study.plan.variant import Architecture, Quantization, Recipe, Variant
from study.specs.latency import CalibrationSpec
from study.specs.parse import parse
from study.tflite.facts import read

ROOT = Path(__file__).parents[2]
RATES = Rates(300.0, 200.0, 10.0)
BOARD = "Raspberry Pi 4 Model B Rev 1.4"
V2 = Architecture("mobilenet_v2")
VARIANTS = {
    Variant(V2, Recipe(), Quantization("float32"), 0): "float32",
    Variant(V2, Recipe(), Quantization("int8"), 0): "int8",
    Variant(Architecture("mobilenet"), Recipe(), Quantization("float16"), 0): "float16",
    Variant(Architecture("mobilenet"), Recipe("retrained"), Quantization("float32"), 0): "reshape",
    Variant(Architecture("efficientnet_b0"), Recipe("magnitude", 60), Quantization("int8_full"), 0): "int8_full",
}
"""Variant -> the tiny model that stands for it."""


@pytest.fixture()
def study(tmp_path: Path, tiny: dict[str, bytes]) -> Path:
    """Tiny models, measured on a board that is exactly as fast as RATES say."""
    cells = {variant.name: variant_cell(variant) for variant in VARIANTS}
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump({"exported": cells}))
    for folder in ("pi", "tflite"):
        (tmp_path / folder).mkdir()
    for variant, model in VARIANTS.items():
        (tmp_path / "tflite" / f"{variant.name}.tflite").write_bytes(tiny[model])
        write(tmp_path, variant.name, from_file.predict(from_file.work(tiny[model]), RATES))
    return tmp_path


def side_of(model: bytes) -> int:
    return read(model).level().inputs[0].shape[1]


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
    assert found.rates_error_percent is not None
    side = side_of(tiny["float32"])
    assert set(found.rates_error_percent) == {
        f"{kind}, {side}x{side}" for kind in ("float32", "int8", "float16", "int8, pruned")
    }
    assert max(found.rates_error_percent.values()) < 1 and f"float16, {side}x{side} " in done.stdout
    for name in ("float32", "int8"):
        asked = from_file.work(tiny[name])
        assert from_file.predict(asked, rates) == pytest.approx(from_file.predict(asked, RATES), rel=0.01)


def test_times_with_xnnpack_are_of_a_kind_of_their_own(tiny: dict[str, bytes]) -> None:
    """Predictions are of built-in kernels, and never ask for it."""
    narrow = replace(next(iter(VARIANTS)), architecture=replace(V2, alpha=0.5))
    size = side_of(tiny["float32"])
    for delegate, more in (("none", ""), ("xnnpack", ", XNNPACK")):
        known = device_calibrate._known(tiny["float32"], narrow, {"delegate": delegate}, 1.0, None)
        assert (known.architecture, known.kind) == ("mobilenet_v2", f"float32, narrowed, {size}x{size}{more}")


def test_measurements_of_another_board_do_not_count(study: Path) -> None:
    for path in (study / "pi").glob("*.json"):
        write(study, path.name.split("__")[0], 100.0, board="Synthetic Board")
    done = run(study)
    assert done.returncode == 2
    assert "no measurement of a Raspberry Pi 4" in done.stderr and done.stderr.count("\n") == 1
