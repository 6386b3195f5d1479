"""Addresses and hashes are those of tf_keras.applications, read from its source; nothing of it is imported."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from study.errors import StudyError
from study.networks.pretrained.published import PUBLISHED, check, remote

SOURCES = Path(str(find_spec("tf_keras").submodule_search_locations[0])) / "src/applications"  # type: ignore[union-attr, index]
MODULE = {"mobilenet_v3_large": "mobilenet_v3", "mobilenet_v3_small": "mobilenet_v3", "efficientnet_b0": "efficientnet"}


def source(family: str) -> str:
    return (SOURCES / f"{MODULE.get(family, family)}.py").read_text()


@pytest.mark.parametrize(
    "family, alpha, size, url",
    [
        ("mobilenet", 0.25, 128, "tensorflow/keras-applications/mobilenet/mobilenet_2_5_128_tf_no_top.h5"),
        ("mobilenet", 1.0, 32, "tensorflow/keras-applications/mobilenet/mobilenet_1_0_224_tf_no_top.h5"),
        (
            "mobilenet_v2",
            0.35,
            96,
            "tensorflow/keras-applications/mobilenet_v2/"
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_96_no_top.h5",
        ),
        (
            "mobilenet_v2",
            1.0,
            97,
            "tensorflow/keras-applications/mobilenet_v2/"
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        ),
        (
            "mobilenet_v3_small",
            0.75,
            96,
            "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_small_224_0.75_float_no_top_v2.h5",
        ),
        ("efficientnet_b0", 1.0, 64, "keras-applications/efficientnetb0_notop.h5"),
    ],
)
def test_the_file_of_a_width_and_a_size(family: str, alpha: float, size: int, url: str) -> None:
    found = remote(family, alpha, size, "/cache")
    assert found.url == f"https://storage.googleapis.com/{url}"
    assert found.instead == "fetch that file by hand and put it into /cache"
    folder = re.escape(found.url.rsplit("/", 1)[0]) + "/"
    assert re.search(rf'"{folder}"', source(family))


@pytest.mark.parametrize("family", sorted(PUBLISHED))
def test_hashes_are_those_of_keras(family: str) -> None:
    for alpha, md5 in (PUBLISHED[family].md5 or {}).items():
        key = "b0" if family == "efficientnet_b0" else f"{family.removeprefix('mobilenet_v3_')}_224_{alpha}_float"
        (pair,) = re.findall(rf'"{re.escape(key)}": \(\s*"\w+",\s*"(\w+)",', source(family))
        assert md5 == pair == remote(family, alpha, 224, "").md5
    assert ("WEIGHTS_HASHES" in source(family)) == bool(PUBLISHED[family].md5)


@pytest.mark.parametrize("family", ["mobilenet", "mobilenet_v2"])
def test_widths_and_sizes_are_those_of_keras(family: str) -> None:
    (alphas,) = re.findall(r"if alpha not in \[([\d., ]+)\]", source(family))
    (sizes,) = set(re.findall(r"rows not in \[([\d, ]+)\]:", source(family)))
    assert list(PUBLISHED[family].alphas) == [float(one) for one in alphas.split(",")]
    assert list(PUBLISHED[family].sizes) == [int(one) for one in sizes.split(",")]


def test_what_is_not_published_is_one_line() -> None:
    with pytest.raises(
        StudyError, match=r"has no ImageNet weights of alpha 0.6: choose from 0.35, 0.5, 0.75, 1, 1.3, 1.4"
    ):
        check("mobilenet_v2", 0.6)
    with pytest.raises(StudyError, match="alexnet cannot start from weights: only mobilenet, mobilenet_v2, "):
        check("alexnet", 1.0)
