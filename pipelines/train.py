"""Stage `train`: one network from scratch, resumed where it was."""

from dataclasses import asdict

from pipelines import checkpoints, cli, modeling
from pipelines.histories import write_history
from pipelines.params import section
from study.networks.training import Trainer
from study.specs.training import TrainingSpec


def main() -> None:
    """Train, then write weights and history."""
    parser = modeling.arguments(__doc__ or "")
    modeling.name_training(parser)
    options = parser.parse_args()
    spec = section(options.params, "training", TrainingSpec)
    modeling.start_tensorflow(options.seed, spec.threads)

    train, validation = modeling.examples(options.train), modeling.examples(options.validation)
    model = modeling.build(options, int(train.labels.max()) + 1, train.images.shape[1:])
    key = checkpoints.identity(
        options.family,
        options.stem_stride,
        options.alpha,
        options.seed,
        asdict(spec),
        modeling.digest(train),
        modeling.digest(validation),
    )
    resume = checkpoints.resume(options.resume, key)
    trainer = Trainer(train, validation, spec, options.seed, resume, label=options.out.stem)
    history = trainer.fit(model)

    modeling.write_model(options.out, model)
    write_history(options.history, history, trainer.images_per_epoch)
    checkpoints.discard(options.resume)


if __name__ == "__main__":
    cli.run(main)
