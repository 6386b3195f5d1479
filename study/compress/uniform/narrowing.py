"""Cut the same share of every layer's least important channels, and train what is left: one level of a slimmable family
by itself, with as much training as the whole family gets (see study/compress/slimmable)."""

import time

import tf_keras

from study.compress.family import Family, static
from study.networks.channels.finetune import finetuned
from study.networks.channels.prefixes import by_importance, first_channels
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec


def compress(model: tf_keras.Model, amount: int, spec: StructuredSpec, trainer: Trainer, streams: bool) -> Family:
    """Keep 100 - `amount` per cent of the channels, those of highest importance; residual streams only by `streams`."""
    started = time.monotonic()
    wide = by_importance(model, trainer.train.spread(spec.taylor_images), streams)
    keep = first_channels(wide, 100 - amount, spec.multiple, streams)
    analysed = time.monotonic() - started
    smaller, history = finetuned(wide, keep, spec, trainer)
    return static(smaller, history, analysis_seconds=analysed)
