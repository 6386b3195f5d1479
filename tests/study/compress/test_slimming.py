"""Network slimming as a whole."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras import layers
from tiny_training import STRUCTURED, alive, network, residual, same_bytes, trainer, trainer_of

from study.compress import METHODS
from study.compress.slimming import slimming
from study.compress.slimming.slimming import scores, shrinking, streams
from study.data.augment import normalise
from study.networks.channels.finetune import finetuned
from study.networks.channels.groups import channel_groups
from study.networks.channels.padded_add import PaddedAdd
from study.networks.channels.rebuild import as_wide_as
from study.networks.channels.surgery import masked, prune
from study.networks.weights import set_arrays, to_arrays
from study.registry import load

pytestmark = pytest.mark.tf

SPEC = replace(STRUCTURED, slimming_strength=20.0)


def compress(model: Any, amount: int, run: Any) -> Any:
    return load(METHODS, "slimming", "compress")(model, amount, SPEC, run)


@cache
def whole() -> tuple[Any, dict[str, list[Any]]]:
    """The tiny network without 60 % of its channels, and the states that were kept on the way."""
    states: dict[str, list[Any]] = {}
    return compress(network(), 60, trainer_of(states)), states


@pytest.mark.parametrize("rate, strength", [(0.1, 1.0), (0.01, 30.0), (1.0, 5.0)])
def test_a_step_is_the_proximal_operator_of_the_l1_norm(rate: float, strength: float) -> None:
    """The minimum of |x| rate strength + (x - old)^2 / 2, searched on a grid."""
    model = residual()
    layer = model.get_layer("project_norm")
    old = np.array([-1.3, -0.05, 0.0, 0.2, 0.31, 2.0], np.float32)
    layer.gamma.assign(old)
    shrinking(model, channel_groups(model, zero_padding=True), strength)(tf.constant(rate))
    grid = np.linspace(-3, 3, 60001)
    wanted = [grid[np.argmin(np.abs(grid) * rate * strength + (grid - value) ** 2 / 2)] for value in old]
    np.testing.assert_allclose(layer.gamma.numpy(), wanted, atol=2e-4)


def test_scores_are_the_least_scale_of_what_a_channel_passes() -> None:
    model = inverted_residuals()
    for name in ("block_1_expand_BN", "block_1_depthwise_BN"):
        gamma = model.get_layer(name).gamma
        gamma.assign(np.random.default_rng(len(name)).normal(size=gamma.shape))
    found = scores(model, channel_groups(model, zero_padding=True))["block_1_expand"]
    pair = [np.abs(model.get_layer(f"block_1_{kind}_BN").gamma.numpy()) for kind in ("expand", "depthwise")]
    np.testing.assert_array_equal(found, np.minimum(*pair))


def test_squeeze_layers_without_a_scale_are_left() -> None:
    assert set(scores(residual(), channel_groups(residual(), zero_padding=True))) == {"stem", "project"}


@pytest.mark.parametrize("amount", [30, 60, 99])
def test_the_amount_is_of_all_channels_that_have_a_scale(amount: int) -> None:
    done = whole()[0] if amount == 60 else compress(network(), amount, trainer())
    widths = {name: done.model.get_layer(name).get_weights()[0].shape[-1] for name in ("stem", "pointwise")}
    assert widths == {"stem": max(1, 32 - 32 * amount // 100), "pointwise": 64}
    (row,) = done.record["threshold"]
    cut = 32 * amount // 100
    assert (row["planned"], row["cut"], row["channels"]) == (cut, min(cut, 31), 32) and row["threshold"] >= 0
    assert [row.selectable for row in done.history] == [0, 0, 1]


def test_scales_shrink_and_the_record_shows_it() -> None:
    done, _ = whole()
    rows = done.record["scales"]
    assert all(row["after"] < row["before"] for row in rows) and len(rows) == 21
    shares = [row["share"] for row in done.record["schedule"]]
    assert [row["epoch"] for row in done.record["schedule"]] == [1, 2] and 0 <= shares[0] <= shares[1] <= 1


def inverted_residuals() -> Any:
    """A stem and two blocks as MobileNetV2 has them, with scales of 0.2 to 1."""
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(0)

    def normalised(x: Any, name: str, activation: bool = True) -> Any:
        x = layers.BatchNormalization(name=f"{name}_BN")(x)
        return layers.ReLU(6.0)(x) if activation else x

    image = layers.Input((8, 8, 3))
    stream = normalised(layers.Conv2D(8, 3, 2, "same", use_bias=False, name="stem")(image), "stem", activation=False)
    for block in ("block_1", "block_2"):
        x = layers.Conv2D(24, 1, use_bias=False, name=f"{block}_expand")(stream)
        x = normalised(x, f"{block}_expand")
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{block}_depthwise")(x)
        x = normalised(x, f"{block}_depthwise")
        x = layers.Conv2D(8, 1, use_bias=False, name=f"{block}_project")(x)
        stream = layers.Add(name=f"{block}_add")([stream, normalised(x, f"{block}_project", activation=False)])
    model = tf_keras.Model(image, layers.Dense(10, name="logits")(layers.GlobalAveragePooling2D()(stream)))
    rng = np.random.default_rng(0)
    for layer in alive(model).layers:
        if hasattr(layer, "gamma"):
            layer.gamma.assign(rng.uniform(0.2, 1, layer.gamma.shape))
    return model


def test_blocks_are_narrower_than_their_stream_and_come_back_from_their_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def watched(model: Any, keep: Any, *others: Any, **options: Any) -> Any:
        asked.append((model, keep, options["zero_padding"]))
        return finetuned(model, keep, *others, **options)

    monkeypatch.setattr(slimming, "finetuned", watched)
    done = slimming.compress(inverted_residuals(), 50, replace(SPEC, epochs=1, slimming_strength=1.0), trainer())
    (whole, keep, zero_padding), (row,) = asked[0], done.record["threshold"]
    groups = channel_groups(whole, zero_padding=True)
    found = scores(whole, groups)

    # Each group keeps as many as are above the one threshold: a block of a stream its first, the others these.
    assert zero_padding and keep.keys() == found.keys() and any(group.added for group in groups.prunable.values())
    for name, own in found.items():
        above = np.flatnonzero(own > row["threshold"])
        assert len(keep[name]) == max(1, len(above)), name
        if groups.groups[name].added:
            assert np.array_equal(keep[name], np.arange(len(keep[name]))), name
        elif len(above):
            assert np.array_equal(keep[name], above), name
    channels = sum(map(len, found.values()))
    assert (row["channels"], row["planned"]) == (channels, channels // 2)
    assert row["cut"] == channels - sum(map(len, keep.values())) and channels // 2 - len(found) <= row["cut"]

    # What is cut is what was masked.
    pixels = normalise(trainer().validation.images)
    smaller, hidden = (change(whole, keep)(pixels, training=False).numpy() for change in (prune, masked))
    assert np.abs(smaller - hidden).max() <= 1e-5 * np.abs(hidden).max()

    streams_of = [layer for layer in done.model.layers if isinstance(layer, PaddedAdd)]
    assert any(min(width[-1] for width in layer.input_shape) < layer.output_shape[-1] for layer in streams_of)
    rebuilt = as_wide_as(inverted_residuals(), to_arrays(done.model))
    set_arrays(rebuilt, to_arrays(done.model))
    assert same_bytes(rebuilt, done.model)
    assert np.array_equal(rebuilt(pixels, training=False), done.model(pixels, training=False))


def test_a_stream_is_ordered_by_the_largest_scale_of_its_blocks() -> None:
    model = residual()
    model.get_layer("stem_norm").gamma.assign([0.1, 0.9, 0.3, 0.2, 0.5, 0.4])
    model.get_layer("project_norm").gamma.assign([0.2, 0.1, -0.95, 0.1, 0.1, 0.6])
    assert {name: own.tolist() for name, own in streams(model).items()} == {"stem": [2, 1, 5, 4, 3, 0]}


def test_one_that_was_killed_ends_in_the_same_bytes() -> None:
    done, states = whole()
    assert len(states["shrink"]) > 1
    for left in (states["shrink"][:1], states["shrink"]):
        again = compress(network(), 60, trainer_of({"shrink": list(left)}))
        assert same_bytes(again.model, done.model) and again.record == done.record
