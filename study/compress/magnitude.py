"""Gradual magnitude pruning (Zhu & Gupta 2017, arXiv 1710.01878) with tensorflow-model-optimization.

Kernels of Conv2D and Dense layers are pruned, which hold 93-97 % of the parameters of the five networks, but for the
stem's and small ones, which every image passes through (see masks.py). Depthwise kernels stay dense: tfmot's registry
lists DepthwiseConv2D with no prunable weight, and at 3x3 or 5x5 values a channel they are a few per cent of the file.
Biases and batch normalisation are never pruned.
"""

import tensorflow_model_optimization as tfmot
import tf_keras

from study.compress.family import Family, static
from study.compress.masks import kernels, pruned_layers
from study.networks.training import Hooks, Trainer
from study.specs.pruning import PruningSpec

SPEC = PruningSpec


def compress(model: tf_keras.Model, amount: int, spec: PruningSpec, trainer: Trainer) -> Family:
    """Prune `model` to `amount` per cent zeros in every Conv2D and Dense kernel but the stem's and small ones.

    Training and pruning take turns. Sparsity follows the cubic schedule from 0 to the target over the first
    `spec.ramp` of the steps. The best epoch is chosen among those that start at the full sparsity. The model comes
    back without wrappers, its zeros in place.
    """
    trainer = trainer.phase("prune", spec.epochs, spec.learning_rate)
    end, frequency = spec.ramp_steps(trainer.steps_per_epoch)
    schedule = tfmot.sparsity.keras.PolynomialDecay(0.0, amount / 100, 0, end, power=3, frequency=frequency)
    names = pruned_layers(kernels(model.layers))

    def wrap(layer: tf_keras.layers.Layer) -> tf_keras.layers.Layer:
        # tfmot cannot wrap whole models with TFOpLambda layers (MobileNetV3), so layers are wrapped one by one.
        copy = layer.__class__.from_config(layer.get_config())
        return tfmot.sparsity.keras.prune_low_magnitude(copy, schedule) if layer.name in names else copy

    wrapped = tf_keras.models.clone_model(model, clone_function=wrap)
    inner = _inner_layers(wrapped)
    for layer in model.layers:
        inner[layer.name].set_weights(layer.get_weights())
    wrappers = [layer for layer in wrapped.layers if layer.name.startswith("prune_low_magnitude_")]
    for wrapper in wrappers:
        wrapper.pruning_step.assign(0)

    def apply_masks(epoch: int) -> None:
        for wrapper in wrappers:
            wrapper.pruning_obj.weight_mask_op()

    first = spec.first_sparse_epoch(trainer.steps_per_epoch)
    history = trainer.fit(wrapped, Hooks(apply_masks, select_from=first, on_average=apply_masks))
    for layer in model.layers:
        layer.set_weights(inner[layer.name].get_weights())
    return static(model, history)


def _inner_layers(wrapped: tf_keras.Model) -> dict[str, tf_keras.layers.Layer]:
    layers = [getattr(layer, "layer", layer) for layer in wrapped.layers]
    return {layer.name: layer for layer in layers}
