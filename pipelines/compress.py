"""Stage `compress`: one compression method at one amount, on a trained network."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines import brought_models, checkpoints, cli, modeling
from pipelines.files import file_digest, write_json
from pipelines.histories import write_history
from pipelines.params import section
from study.compress import METHODS
from study.networks.training import Trainer
from study.registry import load
from study.specs.training import TrainingSpec


def main() -> None:
    """Compress, then write weights and history."""
    parser = modeling.arguments(__doc__ or "")
    parser.add_argument("--method", required=True, choices=sorted(METHODS))
    parser.add_argument("--section", required=True, help="of params.yaml, with the budget of the method")
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
    budget: Any = load(METHODS, options.method, "SPEC")
    spec = section(options.params, options.section, budget)
    modeling.start_tensorflow(options.seed, training.threads)

    train, validation = modeling.examples(options.train), modeling.examples(options.validation)
    model = brought_models.read_trained(options, options.base)
    whole = widths(model)
    key = checkpoints.identity(
        options.method,
        options.amount,
        options.seed,
        asdict(training),
        asdict(spec),
        file_digest(options.base),
        modeling.digest(train),
        modeling.digest(validation),
    )
    resume = checkpoints.resume(options.resume, key)
    trainer = Trainer(train, validation, training, options.seed, resume, label=options.out.stem)
    compressed = load(METHODS, options.method, "compress")(model, options.amount, spec, trainer)

    modeling.write_levels(options.out, compressed.levels, **brought_models.graph_in(options.base))
    write_history(options.history, compressed.history, trainer.images_per_epoch, compressed.analysis_seconds)
    record = {"channels": channels_left(whole, compressed.model), **compressed.record}
    write_json(options.history.with_suffix(".compression.json"), record)
    checkpoints.discard(options.resume)


def channels_left(whole: Mapping[str, int], model: Any) -> list[dict[str, Any]]:
    """Of each layer that `model` has too, how many of its channels are left; `whole` as from `widths`.

    A network whose channels are cut into groups has other layers, and its widest level all of the channels.
    """
    left = widths(model)
    return [{"layer": name, "kept": left[name], "of": width} for name, width in whole.items() if name in left]


def widths(model: Any) -> dict[str, int]:
    """Channels that each convolution and dense layer makes; a depthwise one passes on those it gets."""
    return {
        weight.name.removesuffix("/kernel:0"): int(weight.shape[-1])
        for weight in model.weights
        if weight.name.endswith("/kernel:0")
    }


if __name__ == "__main__":
    cli.run(main)
