"""How much a channel matters: what the loss does when its outputs are scaled, to the first order."""

import numpy as np
import tensorflow as tf
import tf_keras

from study.arrays import Floats
from study.data.augment import normalise
from study.data.examples import Examples
from study.networks.channels.groups import Groups

BATCH = 100


Scores = dict[str, Floats]


def scores(model: tf_keras.Model, groups: Groups, examples: Examples) -> Scores:
    """Importance [width] of the channels of every prunable group: see `layer_scores`."""
    return grouped(layer_scores(model, groups, examples), groups)


def grouped(by_layer: Scores, groups: Groups) -> Scores:
    """Of every prunable group the sum over the layers that it passes."""
    total = {name: np.zeros(group.width) for name, group in groups.prunable.items()}
    for layer, own in by_layer.items():
        if groups.of[layer] in total:
            total[groups.of[layer]] += own
    return total


def layer_scores(model: tf_keras.Model, groups: Groups, examples: Examples) -> Scores:
    """Importance [width] of the channels in every layer with weights.

    The derivative of the loss by a factor on the channel's output, which is the sum of its weights times their
    gradients; squared, summed over batches of 100 examples (Molchanov et al. 2019, "Importance Estimation for Neural
    Network Pruning", arXiv 1906.10771, with gates behind every layer). A kernel in front of a batch normalisation has
    next to none: its scale is taken out.
    """
    layers = [layer for layer in model.layers if layer.trainable_weights]
    variables = [weight for layer in layers for weight in layer.trainable_weights]

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def gradients(images: tf.Tensor, labels: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            logits = model(images, training=False)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        found: list[tf.Tensor] = tape.gradient(loss, variables)
        return found

    width = {layer.name: groups.groups[groups.of[layer.name]].width for layer in layers}
    total = {name: np.zeros(count) for name, count in width.items()}
    for batch in examples.batches(max(1, len(examples) // BATCH)):
        found = iter(gradients(tf.constant(normalise(batch.images)), tf.constant(batch.labels)))
        for layer in layers:
            products = [(weight * next(found)).numpy().astype(np.float64) for weight in layer.trainable_weights]
            total[layer.name] += sum(_by_channel(layer, product, width[layer.name]) for product in products) ** 2
    return total


def _by_channel(layer: tf_keras.layers.Layer, product: Floats, width: int) -> Floats:
    if isinstance(layer, tf_keras.layers.DepthwiseConv2D) and product.ndim == 4:  # [H, W, C, 1]
        product = product[..., 0]
    return product.reshape(-1, width).sum(axis=0)
