"""Stage `compress`: one compression method at one amount, on a trained network."""

from dataclasses import asdict
from pathlib import Path

from pipelines import checkpoints, cli, modeling
from pipelines.files import file_digest
from pipelines.histories import write_history
from pipelines.params import section
from pipelines.stored_models import read_model
from study.compress import METHODS
from study.registry import load
from study.specs.pruning import PruningSpec
from study.specs.training import TrainingSpec
from study.training import Trainer


def main() -> None:
    """Compress, then write weights and history."""
    parser = modeling.arguments(__doc__ or "")
    parser.add_argument("--method", required=True, choices=sorted(METHODS))
    parser.add_argument("--amount", type=int, required=True, help="per cent")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--base", type=Path, required=True, help="weights of the trained network")
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--history", type=Path, required=True)
    parser.add_argument("--resume", type=Path, required=True, help="checkpoint between epochs, removed when done")
    options = parser.parse_args()
    training = section(options.params, "training", TrainingSpec)
    spec = section(options.params, "pruning", PruningSpec)
    modeling.start_tensorflow(options.seed, training.threads)

    train, validation = modeling.examples(options.train), modeling.examples(options.validation)
    model = read_model(options, options.base)
    key = checkpoints.identity(options.method, options.amount, options.seed, asdict(training), asdict(spec),
                               file_digest(options.base),
                               modeling.digest(train), modeling.digest(validation))  # fmt: skip
    resume = checkpoints.resume(options.resume, key)
    trainer = Trainer(train, validation, training, options.seed, resume, label=options.out.stem)
    compressed, history = load(METHODS, options.method, "compress")(model, options.amount, spec, trainer)

    modeling.write_model(options.out, compressed)
    write_history(options.history, history, trainer.images_per_epoch)
    checkpoints.discard(options.resume)


if __name__ == "__main__":
    cli.run(main)
