"""Networks of a grid that start from weights."""

from typing import Any

import pytest
from planned import plan, refusal

from study.plan.cells import variant_of


def test_a_start_from_weights_has_a_stage_of_its_own_and_a_name_that_says_it() -> None:
    found = plan(architectures=["mobilenet_v2", {"family": "mobilenet_v2", "weights": "imagenet"}])
    assert list(found["trained"]) == ["mobilenet_v2_dense_s0"]
    assert found["pretrained"] == {
        "mobilenet_v2_imagenet_dense_s0": {
            "architecture": "mobilenet_v2_imagenet",
            "family": "mobilenet_v2",
            "stem_stride": 2,
            "alpha": 1.0,
            "sparse_ready": False,
            "start": "imagenet",
            "seed": 0,
            "weights": "imagenet",
            "pinned": "study/networks/pretrained/published.py",
        }
    }
    assert found["compressed"]["mobilenet_v2_imagenet_magnitude60_s0"]["base"] == "mobilenet_v2_imagenet_dense_s0"
    assert "start" not in found["trained"]["mobilenet_v2_dense_s0"]
    for key, cell in found["exported"].items():
        assert variant_of(key, cell).name == key


def test_a_start_from_a_file_is_pinned_by_it() -> None:
    found = plan(architectures=[{"family": "mobilenet_v3_small", "alpha": 0.6, "weights": "my weights/a.npz"}])
    (cell,) = found["pretrained"].values()
    assert (cell["weights"], cell["pinned"]) == ("'my weights/a.npz'", "my weights/a.npz")
    assert cell["architecture"] == "mobilenet_v3_small_alpha60_from_a"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"family": "mobilenet_v2", "alpha": 0.6, "weights": "imagenet"}, "choose from 0.35, 0.5, 0.75, 1, 1.3, 1.4"),
        ({"family": "alexnet", "weights": "imagenet"}, "alexnet cannot start from weights: only mobilenet, "),
        ({"family": "alexnet", "weights": "a.npz"}, "alexnet cannot start from weights: only mobilenet, "),
        (
            {"family": "mobilenet_v2", "weights": "a.keras"},
            "weights a.keras must end in .npz, .h5, .hdf5, or be imagenet",
        ),
        ({"family": "mobilenet_v2", "weights": "imagnet"}, "must end in .npz, .h5, .hdf5, or be imagenet"),
        ({"family": "mobilenet_v2", "weights": ""}, "weights must be imagenet or the path of a file (got '')"),
        ({"family": "mobilenet_v2", "weights": "a${b}.npz"}, "weights must be imagenet or the path of a file"),
        ({"family": "file", "path": "a.keras", "weights": "imagenet"}, "weights cannot be changed in a.keras"),
    ],
)
def test_a_start_that_cannot_be_is_one_line(entry: dict[str, Any], said: str) -> None:
    message = refusal(architectures=[entry])
    assert message.startswith("params.yaml, grid.architectures: ") and said in message


def test_two_files_of_one_name_are_refused() -> None:
    one, other = ({"family": "mobilenet_v2", "weights": path} for path in ("a/x.npz", "b/x.npz"))
    said = refusal(architectures=[one], also=[{"architectures": [other]}])
    assert "a/x.npz and b/x.npz are both named mobilenet_v2_from_x: rename one" in said
    assert len(plan(architectures=[one, other | {"family": "mobilenet"}])["pretrained"]) == 2
