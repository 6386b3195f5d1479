"""One-shot magnitude pruning, then batch normalisation statistics re-estimated; nothing is trained.

Pruning shifts what every layer sees, and the stored means and variances no longer fit: measuring them again on
training images recovers much of the loss for the price of one pass over the data (Li et al. 2020, EagleEye,
arXiv 2007.02491; Frantar & Alistarh 2022, Optimal Brain Compression, arXiv 2208.11580, section 6).
"""

import tf_keras

from study.compress.family import Family, static
from study.compress.masks import kernels, magnitude_mask, pruned_layers
from study.networks.batch_norm import reestimate
from study.networks.training import Trainer
from study.specs.pruning import PruningSpec

SPEC = PruningSpec


def compress(model: tf_keras.Model, amount: int, spec: PruningSpec, trainer: Trainer) -> Family:
    """Cut `amount` per cent of every Conv2D and Dense kernel but the stem's and small ones, then re-estimate.

    The history is empty.
    """
    names = pruned_layers(kernels(model.layers))
    for layer in model.layers:
        if layer.name in names:
            kernel, *rest = layer.get_weights()
            layer.set_weights([kernel * magnitude_mask(kernel, amount / 100), *rest])
    reestimate(model, trainer.train, trainer.label)
    return static(model)
