"""Networks from the weights that stages hand on."""

import argparse
from pathlib import Path

import numpy as np
import pytest
from tiny_training import alive

from pipelines.brought_models import read_trained
from pipelines.files import read_npz, write_npz
from pipelines.modeling import build, write_levels, write_model
from pipelines.stored_models import read_levels
from study.errors import StudyError
from study.networks.channels.grouped.layout import Structure
from study.networks.channels.grouped.levels import levels
from study.networks.channels.prefixes import first_channels, part
from study.networks.channels.surgery import prune
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf

OPTIONS = argparse.Namespace(family="mobilenet_v2", stem_stride=2, alpha=0.35, sparse_ready="false")
IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)


def test_a_family_comes_back_level_by_level(tmp_path: Path) -> None:
    wide = alive(build(OPTIONS, 10, (32, 32, 3)))
    half, hidden = (part(wide, first_channels(wide, 50, 8, streams)) for streams in (True, False))
    family = {"w100": wide, "w50": half.network, "w49": hidden.network}
    write_levels(tmp_path / "family.npz", family)
    found = read_levels(OPTIONS, tmp_path / "family.npz")
    assert list(found) == ["w100", "w50", "w49"]
    for key, model in family.items():
        assert found[key].count_params() == model.count_params()
        np.testing.assert_array_equal(found[key](IMAGES), model(IMAGES))


def test_one_network_is_written_as_ever_and_read_as_the_only_level(tmp_path: Path) -> None:
    wide = alive(build(OPTIONS, 10, (32, 32, 3)))
    narrow = prune(wide, first_channels(wide, 50, 8, streams=True), zero_padding=False)
    for model in (wide, narrow):
        write_model(tmp_path / "one.npz", model)
        write_levels(tmp_path / "levels.npz", {SERVING_DEFAULT: model})
        assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "levels.npz").read_bytes()
        found = read_levels(OPTIONS, tmp_path / "one.npz")
        assert list(found) == [SERVING_DEFAULT]
        np.testing.assert_array_equal(found[SERVING_DEFAULT](IMAGES), model(IMAGES))
    write_model(tmp_path / "one.npz", wide)
    np.testing.assert_array_equal(read_trained(OPTIONS, tmp_path / "one.npz")(IMAGES), wide(IMAGES))


@pytest.mark.parametrize("structure", ["triangular", "block_diagonal"])
def test_levels_in_groups_come_back_with_shared_weights(tmp_path: Path, structure: Structure) -> None:
    options = argparse.Namespace(family="mobilenet", stem_stride=2, alpha=0.25, sparse_ready="false")
    plain = build(options, 10, (32, 32, 3))
    made = levels(plain, (100, 75, 50, 25), structure)
    alive(made["w100"])
    write_levels(tmp_path / "family.npz", made)
    stored = read_npz(tmp_path / "family.npz")
    assert {name.partition("/")[0] for name in stored if "/" in name} == {"w100"}, "shared weights are stored once"
    found = read_levels(options, tmp_path / "family.npz")
    assert list(found) == ["w100", "w75", "w50", "w25"]
    shared = {id(weight) for weight in found["w100"].weights}
    for key, model in made.items():
        np.testing.assert_array_equal(found[key](IMAGES), model(IMAGES))
        assert all(id(weight) in shared for weight in found[key].weights)
    apart = {key: alive(levels(plain, (100, 75, 50, 25), structure)[key]) for key in made}
    write_levels(tmp_path / "apart.npz", apart)
    found = read_levels(options, tmp_path / "apart.npz")
    for key, model in apart.items():
        np.testing.assert_array_equal(found[key](IMAGES), model(IMAGES))


def test_weights_that_a_level_lacks_are_named(tmp_path: Path) -> None:
    wide = alive(build(OPTIONS, 10, (32, 32, 3)))
    write_levels(tmp_path / "family.npz", {"w100": wide, "w50": alive(build(OPTIONS, 10, (32, 32, 3)))})
    arrays = read_npz(tmp_path / "family.npz")
    del arrays["w50/Conv1/kernel:0"]
    write_npz(tmp_path / "family.npz", **arrays)
    with pytest.raises(StudyError, match=r"the weights file has no Conv1/kernel:0"):
        read_levels(OPTIONS, tmp_path / "family.npz")
