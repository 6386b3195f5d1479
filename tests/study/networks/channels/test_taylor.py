"""Importance of channels."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tiny_training import examples, residual

from study.data.augment import normalise
from study.data.examples import Examples
from study.networks.channels import taylor
from study.networks.channels.groups import channel_groups
from study.networks.channels.surgery import masked

pytestmark = pytest.mark.tf


def loss(model: Any, images: Any) -> float:
    logits = model(normalise(images.images), training=False)
    return float(tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(images.labels, logits)))


def labelled(count: int) -> Any:
    found = examples(count)
    return Examples(found.images, found.labels % 5)


def test_a_score_is_the_squared_slope_of_the_loss_by_a_factor_on_the_channel() -> None:
    model, images = residual(), labelled(80)  # one batch
    found = taylor.scores(model, channel_groups(model, zero_padding=True), images)
    assert {name: score.shape for name, score in found.items()} == {
        "stem": (6,),
        "expand": (12,),
        "squeeze": (4,),
        "project": (6,),
    }
    layer, step = model.get_layer("squeeze"), 1e-2  # the only layer of its group
    kernel, bias = layer.get_weights()
    slopes = []
    for channel in range(4):
        factors = np.eye(4)[channel] * step
        around = []
        for sign in (1, -1):
            layer.set_weights([kernel * (1 + sign * factors), bias * (1 + sign * factors)])
            around.append(loss(model, images))
        layer.set_weights([kernel, bias])
        slopes.append((around[0] - around[1]) / (2 * step))
    np.testing.assert_allclose(found["squeeze"], np.square(slopes), rtol=0.05, atol=1e-9)


def test_batches_add_up() -> None:
    model, images = residual(), labelled(200)
    groups = channel_groups(model, zero_padding=True)
    whole = taylor.scores(model, groups, images)
    halves = [taylor.scores(model, groups, images.take(np.arange(start, 200, 2))) for start in (0, 1)]
    for name, score in whole.items():
        np.testing.assert_allclose(score, halves[0][name] + halves[1][name], rtol=1e-4)


@pytest.mark.parametrize("zero_padding", [True, False])
def test_a_channel_without_effect_scores_nothing(zero_padding: bool) -> None:
    model = masked(residual(), {"expand": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}, zero_padding)
    found = taylor.scores(model, channel_groups(model, zero_padding), labelled(50))["expand"]
    # The gate's own kernel is zero, so its sigmoid stands still; what it multiplies is zero.
    assert found[10:].max() < 1e-12 < found[:10].min()
