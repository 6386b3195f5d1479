"""A grid, and the plan that is made of it, for tests of what a grid may say."""

from typing import Any

import pytest

from pipelines.plan import tables
from study.errors import StudyError
from study.plan.grid import make_plan
from study.specs.data import DataSpec
from study.specs.grid import GridSpec
from study.specs.parse import parse

GRID: dict[str, Any] = {
    "architectures": ["mobilenet", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "efficientnet_b0"],
    "recipes": {"magnitude": [30, 60, 90]},
    "schemes": ["float32", "float16", "dynamic", "int8", "int8_full"],
    "seeds": [0],
    "devices": ["host"],
}
DATA = DataSpec("cifar10", None, 32, None, None, 0.1, 100, 0)


def plan(**changed: Any) -> dict[str, Any]:
    """The tables of a plan whose grid is this one but for some keys."""
    return tables(make_plan(parse(GridSpec, GRID | changed, "grid")), DATA)


def refusal(**changed: Any) -> str:
    """The one line in which such a grid is refused."""
    with pytest.raises(StudyError) as caught:
        plan(**changed)
    message = str(caught.value)
    assert "\n" not in message
    return message
