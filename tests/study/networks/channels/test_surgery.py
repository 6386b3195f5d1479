"""Channel groups and what is cut by them."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras import layers
from tiny_training import built, residual

from study.convert import float32
from study.errors import StudyError
from study.networks.channels.groups import channel_groups
from study.networks.channels.padded_add import PaddedAdd
from study.networks.channels.rebuild import as_wide_as
from study.networks.channels.surgery import masked, permute, prune
from study.networks.models import ARCHITECTURES
from study.networks.weights import set_arrays, to_arrays
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf


PRUNABLE = {  # groups that can be cut with zero padding, and where the blocks of a stage are cut alike
    "mobilenet": (14, 14),
    "mobilenet_v2": (35, 25),
    "mobilenet_v3_large": (40, 30),
    "mobilenet_v3_small": (33, 27),
    "efficientnet_b0": (49, 40),
    "alexnet": (7, 7),
}
PADDING = pytest.mark.parametrize("zero_padding", [True, False])


def images(size: int) -> Any:
    return np.random.default_rng(1).uniform(-1, 1, (4, size, size, 3)).astype(np.float32)


def random_keep(groups: Any, share: float, zero_padding: bool) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    keep = {}
    for name, group in groups.prunable.items():
        count = max(1, round(share * rng.uniform(0.8, 1.2) * group.width))
        keep[name] = np.arange(count) if zero_padding and group.added else rng.permutation(group.width)[:count]
    return keep


def apart(one: Any, other: Any, pixels: Any) -> float:
    """Largest difference of logits, as a share of the largest logit."""
    first, second = one(pixels, training=False).numpy(), other(pixels, training=False).numpy()
    return float(np.abs(first - second).max() / np.abs(second).max())


def test_groups_of_a_small_network() -> None:
    coupled, padded = channel_groups(residual(), zero_padding=False), channel_groups(residual(), zero_padding=True)
    assert {name: group.members for name, group in coupled.prunable.items()} == {
        "stem": ("stem", "project"),
        "expand": ("expand", "gate"),
        "squeeze": ("squeeze",),
    }
    assert {name: group.members for name, group in padded.prunable.items()} == {
        "stem": ("stem",),
        "expand": ("expand", "gate"),
        "squeeze": ("squeeze",),
        "project": ("project",),
    }
    assert [name for name, group in padded.prunable.items() if group.added] == ["stem", "project"]
    assert coupled.of["depthwise"] == "expand" and coupled.of["sum"] == "stem" and padded.of["sum"] == "sum"
    assert not coupled.groups["logits"].prunable


@PADDING
def test_exactly_the_named_channels_are_gone(zero_padding: bool) -> None:
    model = residual()
    smaller = prune(model, {"expand": [7, 2, 5], "squeeze": [1]}, zero_padding)
    shapes = {weight.name: tuple(weight.shape) for weight in smaller.weights}
    assert shapes["expand/kernel:0"] == (1, 1, 6, 3) and shapes["squeeze/kernel:0"] == (1, 1, 3, 1)
    assert shapes["gate/kernel:0"] == (1, 1, 1, 3) and shapes["depthwise/depthwise_kernel:0"] == (3, 3, 3, 1)
    whole = model.get_layer("expand").get_weights()
    for part, full in zip(smaller.get_layer("expand").get_weights(), whole, strict=True):
        assert np.array_equal(part, full[..., [7, 2, 5]])
    assert np.array_equal(
        smaller.get_layer("project").get_weights()[0], model.get_layer("project").get_weights()[0][:, :, [7, 2, 5]]
    )


def test_a_block_narrower_than_its_stream_is_filled_up() -> None:
    model = residual()
    keep = {"project": np.arange(2), "expand": np.arange(6, 12)}
    smaller = prune(model, keep)
    added = smaller.get_layer("sum")
    assert isinstance(added, PaddedAdd) and [shape[-1] for shape in added.input_shape] == [6, 2]
    assert apart(smaller, masked(model, keep), images(8)) < 1e-5
    both = prune(model, {"project": np.arange(2), "stem": np.arange(3)})
    assert both.get_layer("sum").output_shape[-1] == 3, "behind its widest term, a stream holds nothing"
    assert apart(both, masked(model, {"project": np.arange(2), "stem": np.arange(3)}), images(8)) < 1e-5
    rebuilt = as_wide_as(residual(), to_arrays(both))
    set_arrays(rebuilt, to_arrays(both))
    assert np.array_equal(rebuilt(images(8), training=False), both(images(8), training=False))


def test_masking_changes_what_is_cut_and_nothing_else() -> None:
    model = residual()
    hidden = masked(model, {"stem": np.arange(3)})
    for name in ("stem", "stem_norm"):
        for old, new in zip(model.get_layer(name).get_weights(), hidden.get_layer(name).get_weights(), strict=True):
            assert np.array_equal(old[..., :3], new[..., :3])
    assert not hidden.get_layer("stem").get_weights()[0][..., 3:].any()
    features = tf_keras.Model(hidden.input, hidden.get_layer("stem_norm").output)
    assert not features(images(8)).numpy()[..., 3:].any()
    for name in ("expand", "gate", "project", "project_norm", "logits"):
        for old, new in zip(model.get_layer(name).get_weights(), hidden.get_layer(name).get_weights(), strict=True):
            assert np.array_equal(old, new)


def test_another_order_is_the_same_function() -> None:
    model = residual()
    turned = permute(model, {"stem": [5, 4, 3, 2, 1, 0], "expand": np.random.default_rng(0).permutation(12)})
    assert apart(turned, model, images(8)) < 1e-5
    before, after = (one.get_layer("stem").get_weights()[0] for one in (model, turned))
    assert np.array_equal(after, before[..., ::-1])


@pytest.mark.parametrize(
    "keep, said",
    [
        ({"stem": [0, 2]}, "stem adds to a residual stream and must keep its first channels: put the stream"),
        ({"project": [1]}, "project adds to a residual stream"),
        ({"expand": []}, "the channels to keep of expand must be different numbers from 0 to 11, and at least one"),
        ({"expand": [1, 1]}, "must be different numbers"),
        ({"expand": [12]}, "from 0 to 11"),
        ({"expand": [-1]}, "from 0 to 11"),
        ({"logits": [0]}, "logits is no group of channels to cut: choose from stem, expand, squeeze, project"),
        ({"sum": [0]}, "sum is no group of channels to cut"),
        ({"nothing": [0]}, "nothing is no group"),
    ],
)
def test_what_cannot_be_cut_is_named(keep: dict[str, list[int]], said: str) -> None:
    for change in (prune, masked):
        with pytest.raises(StudyError, match=said):
            change(residual(), keep)


def test_an_order_names_every_channel() -> None:
    with pytest.raises(StudyError, match="the order of expand names 2 of 12 channels: name them all"):
        permute(residual(), {"expand": [1, 0]})


def test_unknown_layers_are_refused_by_name() -> None:
    image = layers.Input((8, 8, 4))
    conv = layers.Conv2D(4, 1, name="conv")
    for output, said in (
        (layers.LayerNormalization(name="norm")(image), "layer norm is a LayerNormalization, of which"),
        (layers.Conv2D(4, 1, groups=2, name="grouped")(image), "layer grouped is a grouped convolution"),
        (conv(conv(image)), "layer conv is used 2 times"),
        (layers.Multiply(name="gate")([image, layers.Conv2D(1, 1)(image)]), r"layer gate makes 4 channels of \[4, 1\]"),
    ):
        with pytest.raises(StudyError, match=said):
            channel_groups(tf_keras.Model(image, output), zero_padding=True)


@pytest.mark.parametrize("family", sorted(PRUNABLE))
def test_the_networks(family: str) -> None:
    assert set(PRUNABLE) == {name for name, family in ARCHITECTURES.items() if not family.brought}
    model = built(family)
    pixels = images(32)
    for zero_padding, count in zip((True, False), PRUNABLE[family], strict=True):
        groups = channel_groups(model, zero_padding)
        assert len(groups.prunable) == count
        keep = random_keep(groups, 0.5, zero_padding)
        smaller = prune(model, keep, zero_padding)
        assert smaller.count_params() < 0.4 * model.count_params()
        assert apart(smaller, masked(model, keep, zero_padding), pixels) < 1e-5
        if zero_padding:
            tflite = float32.convert({SERVING_DEFAULT: smaller}, np.zeros((0, 32, 32, 3), np.uint8), None)
            interpreter = tf.lite.Interpreter(model_content=tflite)
            assert interpreter_apart(interpreter, smaller, pixels) < 1e-5
    order = {
        name: np.random.default_rng(4).permutation(group.width)
        for name, group in channel_groups(model, zero_padding=False).prunable.items()
    }
    assert apart(permute(model, order), model, pixels) < 1e-4, "sums are rounded in another order"


def interpreter_apart(interpreter: Any, model: Any, pixels: Any) -> float:
    interpreter.allocate_tensors()
    (given,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    logits = []
    for pixel in pixels:
        interpreter.set_tensor(given["index"], pixel[None])
        interpreter.invoke()
        logits.append(interpreter.get_tensor(answer["index"])[0])
    expected = model(pixels, training=False).numpy()
    return float(np.abs(np.array(logits) - expected).max() / np.abs(expected).max())
