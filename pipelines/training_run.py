"""A whole network's training as a stage runs it: resumed where it was, then its weights and history are written."""

import argparse
from dataclasses import asdict
from typing import Any

from pipelines import checkpoints, modeling
from pipelines.histories import write_history
from study.data.examples import Examples
from study.networks.training import Trainer
from study.specs.training import TrainingSpec


def run(
    options: argparse.Namespace, spec: TrainingSpec, model: Any, train: Examples, validation: Examples, *facts: Any
) -> None:
    """Train `model` and write it where the options say (modeling.name_training).

    `facts` are what tells this training from others besides its recipe and data; a checkpoint of another one is not
    gone on with.
    """
    key = checkpoints.identity(*facts, asdict(spec), modeling.digest(train), modeling.digest(validation))
    resume = checkpoints.resume(options.resume, key)
    trainer = Trainer(train, validation, spec, options.seed, resume, label=options.out.stem)
    history = trainer.fit(model)
    modeling.write_model(options.out, model)
    write_history(options.history, history, trainer.images_per_epoch)
    checkpoints.discard(options.resume)
