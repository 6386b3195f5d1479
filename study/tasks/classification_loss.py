"""What classification trains on, in TensorFlow: the loss of a batch, and what an epoch is judged by."""

from typing import Any

import numpy as np
import tensorflow as tf

from study.arrays import Array


def loss(labels: Any, logits: Any, smoothing: float) -> Any:
    """Mean cross-entropy, in nats, of logits [B, C] against smoothed labels [B]: a scalar tensor.

    Mixed images have shares of classes [B, C] in place of labels; smoothing gives their smoothed labels' mixture.
    Source: Szegedy et al. (2016), "Rethinking the Inception architecture for computer vision", section 7.
    """
    shares = labels if len(labels.shape) == 2 else tf.one_hot(labels, logits.shape[-1])
    targets = shares * (1.0 - smoothing)
    targets += smoothing / logits.shape[-1]
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))


def distillation(teacher: Any, logits: Any) -> Any:
    """Mean cross-entropy, in nats, of logits [B, C] against the softmax of a teacher's [B, C], which it is not to move.

    Source: Hinton et al. (2015), "Distilling the knowledge in a neural network", arXiv 1503.02531, at temperature 1.
    """
    targets = tf.stop_gradient(tf.nn.softmax(teacher))
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))


def softened(teacher: Any, logits: Any, temperature: float) -> Any:
    """T^2 KL(softmax(teacher / T) || softmax(logits / T)), in nats, the mean over images; logits of both [B, C].

    The teacher is not to move. The factor keeps the size of the gradient, which softening lowers by T^2, beside that of
    labels. Source: Hinton et al. (2015), "Distilling the knowledge in a neural network", arXiv 1503.02531, section 2.
    """
    wanted = tf.nn.log_softmax(tf.stop_gradient(teacher) / temperature)
    found = tf.nn.log_softmax(logits / temperature)
    return temperature**2 * tf.reduce_mean(tf.reduce_sum(tf.exp(wanted) * (wanted - found), axis=1))


def hits(labels: Any, logits: Any) -> Any:
    """Number of images whose highest logit is the true class's, of labels [B] and logits [B, C]: a scalar tensor.

    Of shares of classes [B, C] the largest is the true one; of equal ones the first.
    """
    true = tf.argmax(labels, 1) if len(labels.shape) == 2 else tf.cast(labels, tf.int64)
    return tf.reduce_sum(tf.cast(tf.argmax(logits, 1) == true, tf.int32))


def judged(labels: Array, logits: Array) -> tuple[float, float]:
    """(Cross-entropy without smoothing, top-1) of logits [N, C]: for choosing an epoch, not for a report."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits).numpy()
    return float(losses.mean(dtype=np.float64)), float((logits.argmax(1) == labels).mean())
