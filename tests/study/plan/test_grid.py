from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from planned import DATA, GRID, plan, refusal

from pipelines.params import section
from pipelines.plan import SECTIONS, expected, tables
from study.errors import StudyError
from study.plan.grid import cells, make_plan
from study.specs.data import DataSpec
from study.specs.grid import GridSpec
from study.specs.parse import parse

ROOT = Path(__file__).parents[3]
PRESETS = sorted((ROOT / "pipelines/presets").glob("*.yaml"))
SSH = {"device": "ssh", "name": "desk", "host": "pi.local"}


def test_a_device_over_ssh_carries_its_settings_and_a_name_for_files() -> None:
    found = plan(devices=["host", SSH | {"user": "pi", "port": 2222, "threads": [1, "all"], "key": None}])["devices"]
    assert found == {
        "host": {"device": "host", "code": "study/latency/devices/host.py"},
        "ssh_desk": {
            "device": "ssh",
            "host": "pi.local",
            "user": "pi",
            "port": 2222,
            "threads": [1, "all"],
            "code": "study/latency/devices/remote",
        },
    }


def test_full_grid_has_a_cell_for_each_combination_and_control() -> None:
    found = plan()
    assert {name: len(table) for name, table in found.items() if name != "dataset"} == {
        "trained": 5,
        "pretrained": 0,
        "adopted": 0,
        "compressed": 20,
        "exported": 5 * 5 * 5,
        "evaluated": 5 * 5 * 5,
        "diagnosed": 0,
        "devices": 1,
        "excluded": 0,
    }


def test_the_trained_network_is_not_compressed_but_exported() -> None:
    found = plan()
    assert not [key for key in found["compressed"] if "dense" in key]
    assert {item["model"] for item in found["exported"].values()} == set(found["trained"]) | set(found["compressed"])
    assert {item["base"] for item in found["compressed"].values()} == set(found["trained"])


def test_a_cell_carries_all_that_its_stages_need() -> None:
    found = plan(architectures=[{"family": "mobilenet_v2", "stem_stride": 1, "alpha": 0.5}])
    assert found["exported"]["mobilenet_v2_stem1_alpha50_magnitude60_s0_int8"] == {
        "model": "mobilenet_v2_stem1_alpha50_magnitude60_s0",
        "architecture": "mobilenet_v2_stem1_alpha50",
        "family": "mobilenet_v2",
        "stem_stride": 1,
        "alpha": 0.5,
        "sparse_ready": False,
        "method": "magnitude",
        "amount": 60,
        "seed": 0,
        "section": "pruning",
        "scheme": "int8",
        "converter": "int8",
        "calibration_images": 0,
        "code": "study/convert/int8.py",
    }
    assert found["compressed"]["mobilenet_v2_stem1_alpha50_magnitude60_s0"]["base"] == (
        "mobilenet_v2_stem1_alpha50_dense_s0"
    )


def test_a_compressed_cell_names_the_code_and_the_budget_of_its_method() -> None:
    found = plan(recipes={"magnitude": [60], "asfp": [30]}, schemes=["float32"])["compressed"]
    named = {
        method: {key: found[f"mobilenet_{method}_s0"][key] for key in ("section", "code", "shared")}
        for method in ("magnitude60", "asfp30")
    }
    assert named == {
        "magnitude60": {
            "section": "pruning",
            "code": "study/compress/magnitude.py",
            "shared": "study/compress/masks.py",
        },
        "asfp30": {"section": "structured", "code": "study/compress/soft_filter", "shared": "study/networks/channels"},
    }


def test_seeds_multiply_and_the_order_is_fixed() -> None:
    assert len(plan(seeds=[0, 1])["exported"]) == 250
    names = [variant.name for variant in cells(parse(GridSpec, GRID, "grid"))]
    assert names == list(plan()["exported"])
    assert names[:6] == [
        "mobilenet_dense_s0_float32",
        "mobilenet_dense_s0_float16",
        "mobilenet_dense_s0_dynamic",
        "mobilenet_dense_s0_int8",
        "mobilenet_dense_s0_int8_full",
        "mobilenet_retrained_s0_float32",
    ]
    assert names[10] == "mobilenet_magnitude30_s0_float32"


def test_blocks_add_cells_in_the_order_of_the_axes() -> None:
    small = {"architectures": ["mobilenet", "mobilenet_v2"], "recipes": {"magnitude": [60]}, "schemes": ["float32"]}
    also = [{"architectures": ["mobilenet"], "seeds": [1]}, {"recipes": {"magnitude": [30]}, "schemes": ["int8"]}]
    assert list(plan(**small, also=also)["exported"]) == [
        "mobilenet_dense_s0_float32",
        "mobilenet_dense_s0_int8",
        "mobilenet_retrained_s0_float32",
        "mobilenet_retrained_s0_int8",
        "mobilenet_magnitude30_s0_int8",
        "mobilenet_magnitude60_s0_float32",
        "mobilenet_dense_s1_float32",
        "mobilenet_retrained_s1_float32",
        "mobilenet_magnitude60_s1_float32",
        "mobilenet_v2_dense_s0_float32",
        "mobilenet_v2_dense_s0_int8",
        "mobilenet_v2_retrained_s0_float32",
        "mobilenet_v2_retrained_s0_int8",
        "mobilenet_v2_magnitude30_s0_int8",
        "mobilenet_v2_magnitude60_s0_float32",
    ]
    assert plan(**small, also=[{}]) == plan(**small), "a block that says nothing new adds nothing"


def test_a_scheme_with_fewer_calibration_images_is_a_variant_of_its_own() -> None:
    found = plan(schemes=["float32", "int8", {"scheme": "int8", "calibration_images": 20}])["exported"]
    cell = found["mobilenet_dense_s0_int8_cal20"]
    assert (cell["scheme"], cell["converter"], cell["calibration_images"]) == ("int8_cal20", "int8", 20)
    assert found["mobilenet_dense_s0_int8"]["calibration_images"] == 0


def test_cells_that_cannot_be_are_listed_with_the_reason() -> None:
    found = plan(recipes={"magnitude": [30, 90]}, schemes=["float32", "int16x8", "float32_sparse"])
    excluded = found["excluded"]
    assert not set(excluded) & set(found["exported"])
    for name, reason in excluded.items():
        assert "HARD_SWISH" in reason if name.endswith("int16x8") else "50 %" in reason
    assert sum(name.endswith("int16x8") for name in excluded) == 2 * 4
    assert sum(name.endswith("float32_sparse") for name in excluded) == 5 * 3
    assert "mobilenet_magnitude90_s0_float32_sparse" in found["exported"]


def test_selective_quantization_asks_for_a_diagnosis_of_the_network_itself() -> None:
    found = plan(schemes=["float32", "int8_selective"])
    assert set(found["diagnosed"]) == set(found["trained"])
    assert found["exported"]["mobilenet_dense_s0_int8_selective"]["code"] == "study/convert/tuned"


def test_each_method_that_trains_brings_its_control_in_its_schemes() -> None:
    found = plan(architectures=["mobilenet"], recipes={"magnitude": [60], "sfp": [30], "magnitude_bn": [60]}, seeds=[3])
    assert set(found["compressed"]) == {
        f"mobilenet_{recipe}_s3" for recipe in "retrained retrained_structured magnitude60 sfp30 magnitude_bn60".split()
    }
    own = [name for name in found["exported"] if "_retrained_s3_" in name]
    assert [name.removeprefix("mobilenet_retrained_s3_") for name in own] == GRID["schemes"]
    assert found["compressed"]["mobilenet_retrained_s3"]["base"] == "mobilenet_dense_s3"
    without = plan(architectures=["mobilenet"], recipes={"magnitude_bn": [60]})
    assert set(without["compressed"]) == {"mobilenet_magnitude_bn60_s0"}  # nothing is trained: nothing to be equal to


def test_no_recipe_leaves_the_dense_networks() -> None:
    found = plan(recipes={})
    assert found["compressed"] == {}
    assert len(found["exported"]) == 25


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"architectures": ["resnet"]}, ["grid.architectures", "resnet", "mobilenet_v2"]),
        ({"architectures": []}, ["grid.architectures"]),
        ({"architectures": ["mobilenet", {"family": "mobilenet"}]}, ["grid.architectures", "mobilenet stands twice"]),
        ({"architectures": [{"family": "mobilenet", "depth": 2}]}, ["grid.architectures.depth"]),
        ({"architectures": [{"stem_stride": 1}]}, ["grid.architectures.family"]),
        ({"architectures": [{"family": "mobilenet", "stem_stride": 3}]}, ["grid.architectures.stem_stride", "3"]),
        ({"architectures": [{"family": "efficientnet_b0", "alpha": 0.5}]}, ["grid.architectures", "efficientnet_b0"]),
        ({"architectures": [{"family": "mobilenet", "alpha": 0.505}]}, ["grid.architectures", "0.505"]),
        ({"recipes": {"lottery": [60]}}, ["grid.recipes", "lottery", "magnitude"]),
        ({"recipes": {"retrained": [1]}}, ["grid.recipes", "retrained is added beside each method that trains"]),
        ({"recipes": {"magnitude": [60, 60]}}, ["grid.recipes.magnitude", "60"]),
        ({"recipes": {"magnitude": [100]}}, ["grid.recipes.magnitude.0", "100"]),
        ({"schemes": ["float32", "int4"]}, ["grid.schemes", "int4", "int8_full"]),
        ({"schemes": ["float32", "int8", "int8"]}, ["grid.schemes", "int8"]),
        ({"schemes": ["int8"]}, ["grid", "mobilenet_dense_s0_int8", "add float32 to the schemes"]),
        (
            {"schemes": ["float32", "dynamic_sparse"]},
            ["grid.schemes", "dynamic_sparse is not possible", "float32_sparse"],
        ),
        ({"schemes": ["float32", {"scheme": "int8", "images": 3}]}, ["grid.schemes.images"]),
        ({"schemes": ["float32", {"scheme": "int8", "calibration_images": 0}]}, ["grid.schemes.calibration_images"]),
        (
            {"architectures": [{"family": "efficientnet_b0", "sparse_ready": True}]},
            ["efficientnet_b0 cannot", "mobilenet"],
        ),
        ({"also": [{"scheme": ["int8"]}]}, ["grid.also.0.scheme"]),
        ({"also": [{}, {"schemes": ["int4"]}]}, ["grid.also.1.schemes", "int4"]),
        ({"also": [{"seeds": [7], "schemes": ["int8"]}]}, ["grid", "s7_int8", "add float32"]),
        ({"seeds": [0, 0]}, ["grid.seeds", "0"]),
        ({"seeds": []}, ["grid.seeds"]),
        ({"seeds": [True]}, ["grid.seeds.0"]),
        ({"devices": ["phone"]}, ["grid.devices", "phone", "host"]),
        ({"devices": []}, ["grid.devices", "at least 1"]),
        ({"devices": ["host", "host"]}, ["grid.devices", "host stands twice"]),
        ({"devices": [SSH, SSH]}, ["grid.devices", "ssh_desk stands twice"]),
        ({"devices": ["ssh"]}, ["grid.devices", "name", "required"]),
        ({"devices": [{"device": "host", "port": 1}]}, ["grid.devices", "host has no settings"]),
        ({"devices": [{"name": "desk"}]}, ["grid.devices", "{'name': 'desk'} names no device"]),
        ({"devices": [SSH | {"name": "my-pi"}]}, ["grid.devices.name", "my-pi"]),
        ({"devices": [SSH | {"host": "-oProxyCommand=x"}]}, ["-oProxyCommand=x", "is no host of a device"]),
        ({"devices": [SSH | {"port": "22"}]}, ["grid.devices.port", "integer"]),
        ({"devices": [SSH | {"password": "x"}]}, ["grid.devices.password"]),
        ({"colour": 1}, ["grid.colour"]),
    ],
)
def test_a_mistake_is_one_line_that_names_the_key(changed: dict[str, Any], words: list[str]) -> None:
    message = refusal(**changed)
    assert all(word in message for word in ["params.yaml", *words]), message


def test_what_pins_the_data() -> None:
    grid = parse(GridSpec, GRID, "grid")
    values = asdict(DATA)
    assert tables(make_plan(grid), DATA)["dataset"] == {"source": "cifar10", "input": "study/data/sources/cifar10.py"}
    assert tables(make_plan(grid), DataSpec(**values | {"source": "digits"}))["dataset"]["input"] == "constraints.txt"
    assert tables(make_plan(grid), DataSpec(**values | {"source": "folder", "path": "pets"}))["dataset"] == (
        {"source": "folder", "input": "pets"}
    )
    with pytest.raises(StudyError, match=r"data\.path"):
        tables(make_plan(grid), DataSpec(**values | {"source": "folder"}))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_presets_parse_in_every_section(preset: Path) -> None:
    for name, cls in SECTIONS.items():
        spec: Any = section(preset, name, cls)
        assert spec
    assert yaml.safe_load(preset.read_text())["preset"] == preset.stem
    assert set(yaml.safe_load(expected(preset))) == {
        "dataset",
        "trained",
        "pretrained",
        "adopted",
        "compressed",
        "exported",
        "evaluated",
        "diagnosed",
        "devices",
        "excluded",
    }


def test_the_plan_belongs_to_the_params_file_whosever_that_is() -> None:
    """A fork has a params file of its own; that ours is the full preset is compared in .ci/run."""
    names = ["arms", "dynamic", "full", "own", "quick", "reference", "smoke", "structured"]
    assert [path.stem for path in PRESETS] == names
    assert (ROOT / "plan.yaml").read_text() == expected(ROOT / "params.yaml"), "run `make plan`"


def test_the_reference_has_the_grid_of_the_full_preset() -> None:
    full, reference = (
        yaml.safe_load((ROOT / f"pipelines/presets/{name}.yaml").read_text()) for name in ("full", "reference")
    )
    assert reference["grid"] == full["grid"]


def test_a_family_is_one_training_and_one_file_and_a_row_a_level() -> None:
    found = plan(architectures=["mobilenet"], recipes={"slimmable": [25]}, schemes=["float32", "int8"])
    family = [key for key in found["compressed"] if "slimmable" in key]
    assert family == ["mobilenet_slimmable25_s0"]
    files = [key for key in found["exported"] if "slimmable" in key]
    assert files == ["mobilenet_slimmable25_s0_float32", "mobilenet_slimmable25_s0_int8"]
    assert {key: cell for key, cell in found["evaluated"].items() if "slimmable" in key} == {
        f"{file}_w{width}": {"file": file, "signature": f"w{width}"} for file in files for width in (100, 75, 50, 25)
    }
    assert found["evaluated"]["mobilenet_dense_s0_int8"] == {
        "file": "mobilenet_dense_s0_int8",
        "signature": "serving_default",
    }


def test_levels_of_a_family_differ_in_width() -> None:
    assert refusal(recipes={"slimmable": [98]}) == (
        "params.yaml, grid.recipes.slimmable: 98 leaves levels of the same width: choose 97 or less"
    )
    assert plan(recipes={"slimmable": [97]})
