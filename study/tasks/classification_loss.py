"""What classification trains on, in TensorFlow: the loss of a batch, and what an epoch is judged by."""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[Any]


def loss(labels: Any, logits: Any, smoothing: float) -> Any:
    """Mean cross-entropy, in nats, of logits [B, C] against smoothed labels [B]: a scalar tensor.

    Source: Szegedy et al. (2016), "Rethinking the Inception architecture for computer vision", section 7.
    """
    targets = tf.one_hot(labels, logits.shape[-1]) * (1.0 - smoothing)
    targets += smoothing / logits.shape[-1]
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))


def hits(labels: Any, logits: Any) -> Any:
    """Number of images [B] whose highest logit is the true class's: a scalar tensor."""
    return tf.reduce_sum(tf.cast(tf.argmax(logits, 1) == tf.cast(labels, tf.int64), tf.int32))


def judged(labels: Array, logits: Array) -> tuple[float, float]:
    """(Cross-entropy without smoothing, top-1) of logits [N, C]: for choosing an epoch, not for a report."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits).numpy()
    return float(losses.mean(dtype=np.float64)), float((logits.argmax(1) == labels).mean())
