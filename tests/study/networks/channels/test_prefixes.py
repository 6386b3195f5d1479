"""Narrower networks that train with slices of a wide one's kernels."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tf_keras import layers
from tiny_training import built, examples, named, network, residual

from study.data.examples import Examples
from study.networks.channels.groups import channel_groups
from study.networks.channels.importance import order
from study.networks.channels.prefixes import by_importance, first_channels, part
from study.networks.channels.rebuild import as_wide_as
from study.networks.channels.surgery import prune
from study.networks.channels.taylor import scores
from study.networks.models import ARCHITECTURES
from study.networks.weights import set_arrays, to_arrays

pytestmark = pytest.mark.tf


def images(size: int, count: int = 4) -> Any:
    return np.random.default_rng(1).uniform(-1, 1, (count, size, size, 3)).astype(np.float32)


def without_dropout(model: Any) -> Any:
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
    return model


@pytest.mark.parametrize(
    "width, multiple, kept", [(100, 8, 64), (75, 8, 48), (50, 8, 32), (25, 8, 16), (3, 8, 8), (30, 1, 19), (30, 8, 16)]
)
def test_a_width_is_the_nearest_multiple_and_at_least_one(width: int, multiple: int, kept: int) -> None:
    keep = first_channels(network(), width, multiple, streams=True)
    assert len(keep.get("pointwise", range(64))) == kept
    if kept < 64:
        np.testing.assert_array_equal(keep["pointwise"], np.arange(kept))


def test_groups_narrower_than_a_multiple_stay_whole() -> None:
    assert "squeeze" not in first_channels(residual(), 25, 8, streams=True)  # it has 4 channels


def test_residual_streams_are_cut_only_where_asked_for() -> None:
    model = residual()
    assert set(first_channels(model, 50, 2, streams=True)) == {"stem", "expand", "squeeze"}
    assert set(first_channels(model, 50, 2, streams=False)) == {"expand", "squeeze"}


@pytest.mark.parametrize("streams", [True, False])
def test_sorting_keeps_the_function_and_puts_the_most_important_first(streams: bool) -> None:
    model, given = residual(), examples(100)
    held = Examples(given.images, given.labels % 5)
    groups = channel_groups(model, zero_padding=False)
    ordered = by_importance(model, held, streams)
    np.testing.assert_allclose(ordered(images(8)), model(images(8)), atol=1e-5)
    before, after = named(model), named(ordered)
    rank = order(scores(model, groups, held)["expand"])
    np.testing.assert_array_equal(
        after["depthwise/depthwise_kernel:0"], before["depthwise/depthwise_kernel:0"][:, :, rank]
    )
    stem = order(scores(model, groups, held)["stem"]) if streams else np.arange(6)
    np.testing.assert_array_equal(after["stem/kernel:0"], before["stem/kernel:0"][..., stem])


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("family", sorted(set(ARCHITECTURES) - {"file"}))
def test_a_part_computes_with_the_slices_that_it_settles_on(family: str, streams: bool) -> None:
    wide = built(family)
    keep = first_channels(wide, 50, 8, streams)
    one = part(wide, keep)
    alone = without_dropout(prune(wide, keep, zero_padding=False))
    without_dropout(one.network)
    for layer in one.network.layers:  # weights of its own mean nothing until it settles
        if layer.weights and not isinstance(layer, layers.BatchNormalization):
            layer.set_weights([np.zeros_like(values) for values in layer.get_weights()])
    lent = one.logits(images(32)).numpy()
    np.testing.assert_allclose(lent, alone(images(32), training=True).numpy(), atol=2e-5)
    one.settle()
    np.testing.assert_allclose(one.network(images(32), training=True).numpy(), lent, atol=2e-5)
    again = as_wide_as(wide, to_arrays(one.network))  # as it is rebuilt from stored weights
    set_arrays(again, to_arrays(one.network))
    np.testing.assert_allclose(again(images(32)).numpy(), one.network(images(32)).numpy(), atol=1e-6)


def test_gradients_reach_the_wide_kernels_inside_of_the_slices_alone() -> None:
    wide = residual()
    one = part(wide, first_channels(wide, 50, 2, streams=True))
    kernel = wide.get_layer("project").kernel
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(one.logits(images(8)) ** 2)
    gradient = tf.convert_to_tensor(tape.gradient(loss, kernel)).numpy()  # [1, 1, 12, 6]
    assert (gradient[..., :6, :4] != 0).all()
    assert not gradient[..., 6:, :].any() and not gradient[..., 4:].any()


def test_a_part_trains_its_batch_normalisation_and_nothing_else_of_its_own() -> None:
    wide = residual()
    one = part(wide, first_channels(wide, 50, 2, streams=True))
    assert {weight.name.split("/")[0] for weight in one.network.trainable_weights} == {"stem_norm", "project_norm"}
    before = named(one.network)["stem_norm/gamma:0"]
    wide.get_layer("stem_norm").gamma.assign(np.full(6, 7.0))
    one.settle()
    np.testing.assert_array_equal(named(one.network)["stem_norm/gamma:0"], before)


def test_a_part_is_whole_again_after_its_logits() -> None:
    wide = residual()
    one = part(wide, first_channels(wide, 50, 2, streams=True))
    with pytest.raises(Exception):  # noqa: B017  whatever the runtime raises
        one.logits(images(8)[..., :1])
    assert all(isinstance(layer.kernel, tf.Variable) for layer in one.network.layers if hasattr(layer, "kernel"))
