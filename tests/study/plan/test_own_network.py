"""A trained network of one's own in the grid: its name, its cell, and what is refused."""

from typing import Any

import pytest

from study.errors import StudyError
from study.networks.models import ARCHITECTURES
from study.plan.cells import variant_cell, variant_of
from study.plan.grid import make_plan
from study.plan.variant import Brought, own_name
from study.specs.grid import GridSpec
from study.specs.parse import parse

ENTRY = {"family": "file", "path": "/models/My Model-2.keras"}
FAMILIES = [name for name, family in ARCHITECTURES.items() if not family.brought]


def plan(*entries: Any, also: Any = ()) -> Any:
    grid = {"recipes": {"magnitude": [60]}, "schemes": ["float32", "int8"], "seeds": [0], "devices": ["host"]}
    return make_plan(parse(GridSpec, grid | {"architectures": list(entries), "also": list(also)}, "grid"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/my_model.keras", "my_model"),
        ("My Model-2.h5", "my_model_2"),
        ("saved/", "saved"),
        ("mobilenet_v2.keras", "own_mobilenet_v2"),
        ("mobilenet_v2_dense_s0.keras", "own_mobilenet_v2_dense_s0"),
        ("1", "own_1"),
        ("\u732b.keras", "own_network"),
        ("x" * 100 + ".keras", "x" * 60),
    ],
)
def test_names(path: str, name: str) -> None:
    assert own_name(path, FAMILIES) == name


def test_variants_carry_the_name_of_the_file_and_their_cells_lead_back() -> None:
    found = plan(ENTRY | {"input_range": [0, 1], "labels": ["a", "b"]})
    names = [variant.name for variant in found.variants]
    assert names[:2] == ["my_model_2_dense_s0_float32", "my_model_2_dense_s0_int8"]
    assert "my_model_2_magnitude60_s0_int8" in names and "my_model_2_retrained_s0_float32" in names
    for variant in found.variants:
        assert variant_of(variant.name, variant_cell(variant)) == variant  # where it comes from is no part of it
    assert found.variants[0].architecture.brought == Brought(ENTRY["path"], (0.0, 1.0), ("a", "b"))


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([{"family": "file"}], "needs the path"),
        ([ENTRY | {"alpha": 0.5}], "alpha cannot be changed"),
        ([ENTRY | {"stem_stride": 1}], "stem_stride cannot be changed"),
        ([ENTRY | {"sparse_ready": True}], "sparse_ready cannot be changed"),
        ([ENTRY | {"input_range": [1, 0]}], r"must be \[lowest, highest\]"),
        ([ENTRY | {"input_range": [1]}], "input_range"),
        ([ENTRY | {"path": "a${b}.keras"}], "rename"),
        ([ENTRY | {"labels": ["a\nb"]}], "rename"),
        ([ENTRY, ENTRY | {"path": "other/my_model_2.h5"}], "stands twice"),
        ([{"family": "mobilenet", "path": "x.keras"}], "is for `family: file`"),
    ],
)
def test_what_is_refused(entries: list[Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        plan(*entries)


def test_one_name_for_two_files_in_two_blocks_is_refused() -> None:
    other = [{"architectures": [ENTRY | {"path": "other/my_model_2.h5"}]}]
    with pytest.raises(StudyError, match="both named my_model_2"):
        plan(ENTRY, also=other)
    assert plan(ENTRY, also=[{"architectures": [ENTRY], "seeds": [1]}])
