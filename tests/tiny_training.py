"""A small network and images for tests of what trains. Imports TensorFlow: for processes of their own alone."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import tf_keras
from tf_keras import layers
from training_specs import TINY

from study.data.examples import Examples
from study.networks.models import ARCHITECTURES
from study.networks.training import Resume, Trainer
from study.registry import load
from study.specs.structured import StructuredSpec

TRAINING = replace(TINY, epochs=9, learning_rate=0.5, warmup_epochs=0.0)
STRUCTURED = StructuredSpec(epochs=2, learning_rate=0.001, finetune_epochs=1, finetune_learning_rate=0.0005)


def network(seed: int = 0) -> Any:
    """Every prunable kernel has over 600 elements, so that a fraction can be met within half a point."""
    tf_keras.utils.set_random_seed(seed)
    image = layers.Input((8, 8, 3))
    x = layers.Conv2D(32, 3, 2, "same", bias_initializer="random_normal", name="stem")(image)
    x = layers.ReLU()(layers.BatchNormalization(beta_initializer="random_normal", name="norm")(x))
    x = layers.DepthwiseConv2D(3, padding="same", bias_initializer="random_normal", name="depthwise")(x)
    x = layers.Conv2D(64, 1, activation="relu", use_bias=False, name="pointwise")(x)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return tf_keras.Model(image, layers.Dense(10, bias_initializer="random_normal", name="logits")(x))


@cache
def built(family: str) -> Any:
    """One of the five networks for 32x32 pixels and 10 classes; to look at, not to change."""
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(0)
    return alive(load(ARCHITECTURES, family, "build")(10, (32, 32, 3)))


def alive(model: Any) -> Any:
    """Random biases, scales and offsets, and the statistics of a batch: signals keep their size through all layers."""
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if getattr(layer, "bias", None) is not None:
            layer.bias.assign(rng.normal(0, 0.3, layer.bias.shape))
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.0
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights([rng.uniform(0.5, 1.5, gamma.shape), rng.normal(0, 0.3, beta.shape), mean, variance])
    model(np.random.default_rng(2).uniform(-1, 1, (64, *model.input_shape[1:])).astype(np.float32), training=True)
    return model


def residual() -> Any:
    """A stem, a gated block that adds to the stem's stream, and a dense layer on 2x2 positions."""
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(0)
    image = layers.Input((8, 8, 3))
    stream = layers.BatchNormalization(name="stem_norm")(layers.Conv2D(6, 3, 2, "same", name="stem")(image))
    x = layers.ReLU(6.0)(layers.Conv2D(12, 1, bias_initializer="random_normal", name="expand")(stream))
    x = layers.DepthwiseConv2D(3, padding="same", bias_initializer="random_normal", name="depthwise")(x)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(12, 1, activation="sigmoid", name="gate")(layers.Conv2D(4, 1, name="squeeze")(gate))
    x = layers.Multiply()([x, gate])
    x = layers.BatchNormalization(name="project_norm")(layers.Conv2D(6, 1, name="project")(x))
    x = layers.Add(name="sum")([stream, x])
    x = layers.Flatten()(layers.AveragePooling2D()(x))
    return alive(tf_keras.Model(image, layers.Dense(5, name="logits")(x)))


def examples(count: int, seed: int = 1) -> Examples:
    """Random images of 8x8 pixels and labels of 10 classes."""
    rng = np.random.default_rng(seed)
    return Examples(rng.integers(0, 256, (count, 8, 8, 3)).astype(np.uint8), rng.integers(0, 10, count))


def trainer() -> Trainer:
    """70 training and 40 validation images; nothing is kept between epochs."""
    return Trainer(examples(70, 1), examples(40, 2), TRAINING, seed=5, label="tiny")


def trainer_of(states: dict[str, list[Any]]) -> Trainer:
    """A trainer whose phases keep their states in `states`, and go on from the last one there."""

    def resume(name: str) -> Resume:
        own = states.setdefault(name, [])
        return Resume(lambda: own[-1] if own else None, own.append, lambda phase: resume(phase))

    return replace(trainer(), resume=resume("whole"))


def named(model: Any) -> dict[str, Any]:
    """Weights by name."""
    return {weight.name: weight.numpy() for weight in model.weights}


def same_bytes(model: Any, other: Any) -> bool:
    """Whether two networks have the same weights."""
    pairs = zip(model.get_weights(), other.get_weights(), strict=True)
    return all(one.tobytes() == two.tobytes() for one, two in pairs)
