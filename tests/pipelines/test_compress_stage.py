"""What the stage starts from, who teaches it, and what it says of the channels that are left."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_training import alive, network

from pipelines import brought_models
from pipelines.compress import channels_left, read_base, read_teacher, taught_by, widths
from pipelines.modeling import arguments, build, name_architecture, write_model
from pipelines.stored_models import read_levels
from study.compress import magnitude_bn
from study.data.examples import Examples
from study.errors import StudyError
from study.networks.channels.grouped.levels import levels
from study.networks.channels.prefixes import first_channels
from study.networks.channels.surgery import prune
from study.specs.pruning import PruningSpec
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf


def test_channels_are_counted_layer_by_layer_where_layers_are_the_same() -> None:
    model = network()
    assert widths(model) == {"stem": 32, "pointwise": 64, "logits": 10}
    assert channels_left(widths(model), prune(model, {"stem": range(8)})) == [
        {"layer": "stem", "kept": 8, "of": 32},
        {"layer": "pointwise", "kept": 64, "of": 64},
        {"layer": "logits", "kept": 10, "of": 10},
    ]
    assert channels_left(widths(model), levels(model, (100, 75, 50, 25), "triangular")["w100"]) == []


SPEC = PruningSpec(epochs=1, learning_rate=0.001, ramp=0.5, frequency=1, distillation_weight=0.5)
NARROW = argparse.Namespace(family="mobilenet_v2", stem_stride=2, alpha=0.35, sparse_ready="false", narrowed="true")


def test_a_base_that_has_lost_channels_is_pruned_and_comes_back(tmp_path: Path) -> None:
    whole = alive(build(NARROW, 10, (32, 32, 3)))
    narrow = prune(whole, first_channels(whole, 50, 8, streams=True))
    write_model(tmp_path / "base.npz", narrow)
    model, full = read_base(argparse.Namespace(**vars(NARROW), base=tmp_path / "base.npz"))
    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3)).astype(np.uint8)
    np.testing.assert_array_equal(model(images[:2] / 255.0), narrow(images[:2] / 255.0))
    own = argparse.Namespace(train=Examples(images, np.zeros(20, np.int64)), label="tiny")
    pruned = magnitude_bn.compress(model, 60, SPEC, own)
    left = channels_left(full, pruned.model)
    assert full == widths(whole) and {row["layer"] for row in left} == set(full)
    assert sum(row["kept"] < row["of"] for row in left) > len(left) / 2
    write_model(tmp_path / "pruned.npz", pruned.model)
    found = read_levels(NARROW, tmp_path / "pruned.npz")[SERVING_DEFAULT]
    np.testing.assert_array_equal(found(images[:2] / 255.0), pruned.model(images[:2] / 255.0))
    kernel = max(
        (weight for weight in found.weights if "kernel" in weight.name), key=lambda one: one.shape.num_elements()
    )
    assert (kernel.numpy() == 0).mean() == pytest.approx(0.6, abs=0.001)


def asked(*more: str) -> argparse.Namespace:
    """Options of the stage, as far as a teacher goes."""
    parser = arguments("")
    name_architecture(parser, "teacher-")
    for name, kind in {"method": str, "narrowed": str, "base": Path, "teacher": Path}.items():
        parser.add_argument(f"--{name}", type=kind)
    return parser.parse_args(["--family", "mobilenet", "--base", "base.npz", "--narrowed", "false", *more])


def test_the_base_teaches_unless_another_network_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int, float, Path]] = []

    def read(options: Any, path: Path) -> str:
        seen.append((options.family, options.stem_stride, options.alpha, path))
        return "network"

    monkeypatch.setattr(brought_models, "read_trained", read)
    teacher = read_teacher(asked("--method", "magnitude"), SPEC)
    assert teacher and (teacher.network, teacher.weight, teacher.temperature) == ("network", 0.5, 1.0)
    more = [
        "--teacher",
        "t.npz",
        "--teacher-family",
        "mobilenet_v2",
        "--teacher-stem-stride",
        "1",
        "--narrowed",
        "true",
    ]
    assert read_teacher(asked("--method", "retrained", *more), SPEC)
    assert seen == [("mobilenet", 2, 1.0, Path("base.npz")), ("mobilenet_v2", 1, 1.0, Path("t.npz"))]
    assert taught_by(Path("a/t.npz"), teacher) == {"teacher": "t", "weight": 0.5, "temperature": 1.0}


def test_who_needs_no_teacher_gets_none_and_a_narrow_base_is_none() -> None:
    plain = PruningSpec(epochs=1, learning_rate=0.001, ramp=0.5, frequency=1)
    assert read_teacher(asked("--method", "magnitude"), plain) is None
    assert read_teacher(asked("--method", "magnitude_bn"), SPEC) is None
    with pytest.raises(StudyError, match=r"^base.npz has lost channels, and a whole network teaches: name it with"):
        read_teacher(asked("--method", "magnitude", "--narrowed", "true"), SPEC)
