"""Who teaches whom, and what cannot be taught."""

from collections.abc import Mapping
from typing import Any

import pytest

from pipelines.plan import tables
from study.errors import StudyError
from study.plan.cells import Plan
from study.plan.grid import make_plan
from study.plan.teaching import Teaching, teacher_of
from study.specs.data import DataSpec
from study.specs.distillation import DistillationSpec
from study.specs.grid import GridSpec
from study.specs.parse import parse

GRID: dict[str, Any] = {
    "architectures": ["mobilenet_v2", {"family": "mobilenet_v2", "stem_stride": 1}],
    "recipes": {"magnitude": [60]},
    "schemes": ["float32"],
    "seeds": [0, 1],
    "devices": ["host"],
}
DATA = DataSpec("cifar10", None, 32, None, None, 0.1, 100, 0)
HALF = DistillationSpec(distillation_weight=0.5)
STEM = DistillationSpec(distillation_weight=0.5, teacher="mobilenet_v2_stem1")


def plan(**changed: Any) -> Plan:
    return make_plan(parse(GridSpec, GRID | changed, "grid"))


def teachers(found: Plan, teaching: Teaching) -> Mapping[str, str | None]:
    pairs = [(one, teacher_of(one, teaching, found.variants)) for one in found.variants if not one.recipe.is_dense]
    return {one.model: teacher.name if teacher else None for one, teacher in pairs}


def refusal(teaching: Teaching, **changed: Any) -> str:
    with pytest.raises(StudyError) as caught:
        tables(plan(**changed), DATA, teaching)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_by_default_nobody_teaches_and_no_cell_has_another_dependency() -> None:
    assert DistillationSpec() == DistillationSpec(distillation_weight=0.0, distillation_temperature=1.0, teacher=None)
    assert set(teachers(plan(), {}).values()) == {None}
    assert tables(plan(), DATA) == tables(plan(), DATA, {"pruning": DistillationSpec()})
    assert {cell["teaching"] for cell in tables(plan(), DATA)["compressed"].values()} == {""}


def test_a_method_and_its_control_learn_from_the_dense_network_of_their_seed() -> None:
    found = teachers(plan(), {"pruning": HALF})
    assert found["mobilenet_v2_magnitude60_s1"] == found["mobilenet_v2_retrained_s1"] == "mobilenet_v2_dense_s1_float32"
    assert found["mobilenet_v2_stem1_retrained_s0"] == "mobilenet_v2_stem1_dense_s0_float32"
    cells = tables(plan(), DATA, {"pruning": HALF})["compressed"]
    assert cells == tables(plan(), DATA)["compressed"], "it is the base, which the stage reads anyway"


def test_a_network_that_is_named_teaches_all_of_its_section() -> None:
    found = plan(recipes={"magnitude": [60], "automatic": [50]})
    cells = tables(found, DATA, {"pruning": STEM, "structured": HALF})["compressed"]
    weights = "artifacts/models/mobilenet_v2_stem1_dense_s1.npz"
    for recipe in ("magnitude60", "retrained"):
        cell = cells[f"mobilenet_v2_{recipe}_s1"]
        assert cell["taught"] == weights and cell["base"] == "mobilenet_v2_dense_s1"
        assert cell["teaching"] == (
            f"--teacher {weights} --teacher-family mobilenet_v2 --teacher-stem-stride 1 --teacher-alpha 1.0 "
            "--teacher-sparse-ready false"
        )
        assert cells[f"mobilenet_v2_stem1_{recipe}_s1"]["teaching"] == "", "its own base"
    assert {cells[f"mobilenet_v2_{recipe}_s1"]["teaching"] for recipe in ("automatic50", "retrained_finetune")} == {""}


def test_what_has_lost_channels_learns_from_the_whole_network_as_its_control_does() -> None:
    found = plan(architectures=["mobilenet_v2"], recipes={"automatic50_magnitude": [60]}, seeds=[0])
    cells = tables(found, DATA, {"pruning": HALF})["compressed"]
    taught = {key: cell["taught"] for key, cell in cells.items() if "--teacher" in cell["teaching"]}
    assert taught == dict.fromkeys(
        ["mobilenet_v2_retrained_finetune_retrained_s0", "mobilenet_v2_automatic50_magnitude60_s0"],
        "artifacts/models/mobilenet_v2_dense_s0.npz",
    )


def test_what_does_not_train_learns_from_nobody() -> None:
    found = plan(recipes={"magnitude_bn": [60]})
    assert set(teachers(found, {"pruning": STEM}).values()) == {None}


@pytest.mark.parametrize("method", ["slimmable", "incremental"])
def test_families_take_no_teacher(method: str) -> None:
    changed: dict[str, Any] = {"architectures": ["mobilenet"], "recipes": {method: [25]}}
    assert refusal({"structured": HALF}, **changed) == (
        f"params.yaml, structured.distillation_weight: {method} trains several widths of a network and takes no "
        "teacher: set it to 0, or leave the method out"
    )
    assert tables(plan(**changed), DATA, {"pruning": HALF}), "it is of the other section"


def test_who_cannot_teach_is_refused() -> None:
    idle = DistillationSpec(teacher="mobilenet_v2_stem1")
    assert refusal({"pruning": idle}).startswith("params.yaml, pruning.teacher: mobilenet_v2_stem1 teaches nothing at")
    unknown = DistillationSpec(distillation_weight=0.5, teacher="mobilenet_v2_stem2")
    assert "no architecture of grid is named 'mobilenet_v2_stem2'" in refusal({"pruning": unknown})
    small: dict[str, Any] = {"architectures": ["mobilenet_v2"], "also": [{**GRID, "recipes": {}, "seeds": [0]}]}
    small["also"][0].pop("devices")
    assert refusal({"pruning": STEM}, **small) == (
        "params.yaml, pruning.teacher: grid has no mobilenet_v2_stem1 of seed 1, which is to teach "
        "mobilenet_v2_retrained_s1: add that seed"
    )
    own: list[Any] = ["mobilenet_v2", {"family": "file", "path": "mine.keras"}]
    mine = DistillationSpec(distillation_weight=0.5, teacher="mine")
    assert "networks of one's own neither teach others nor learn from them" in refusal(
        {"pruning": mine}, architectures=own
    )


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"distillation_weight": 1.1}, "distillation_weight"),
        ({"distillation_weight": -0.1}, "distillation_weight"),
        ({"distillation_temperature": 0.0}, "distillation_temperature"),
        ({"teacher": 3}, "teacher"),
    ],
)
def test_bounds_are_those_that_are_stated(values: dict[str, Any], key: str) -> None:
    with pytest.raises(StudyError, match=rf"params.yaml, pruning\.{key}: "):
        parse(DistillationSpec, values, "pruning")
    assert parse(DistillationSpec, {"distillation_weight": 1.0}, "pruning").distillation_weight == 1.0
