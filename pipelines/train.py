"""Stage `train`: one network from scratch, resumed where it was."""

from pipelines import cli, modeling, training_run
from pipelines.params import section
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
    facts = (options.family, options.stem_stride, options.alpha, options.seed)
    training_run.run(options, spec, model, train, validation, *facts)


if __name__ == "__main__":
    cli.run(main)
