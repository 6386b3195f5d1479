"""Stage `compress`: one compression method at one amount, on a trained network."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines import brought_models, checkpoints, cli, modeling
from pipelines.files import file_digest, write_json
from pipelines.histories import write_history
from pipelines.params import section
from study.compress import METHODS
from study.errors import StudyError
from study.networks.distillation import TaughtTrainer, Teacher
from study.registry import load
from study.specs.distillation import DistillationSpec
from study.specs.training import TrainingSpec


def main() -> None:
    """Compress, then write weights and history."""
    parser = modeling.arguments(__doc__ or "")
    parser.add_argument("--method", required=True, choices=sorted(METHODS))
    parser.add_argument("--section", required=True, help="of params.yaml, with the budget of the method")
    parser.add_argument("--amount", type=int, required=True, help="per cent")
    modeling.name_training(parser)
    parser.add_argument("--base", type=Path, required=True, help="weights of the trained network")
    parser.add_argument("--narrowed", choices=("true", "false"), default="false", help="the base has lost channels")
    parser.add_argument("--teacher", type=Path, help="weights of the network to learn from; left out: the base")
    modeling.name_architecture(parser, "teacher-")
    options = parser.parse_args()
    training = section(options.params, "training", TrainingSpec)
    budget: Any = load(METHODS, options.method, "SPEC")
    spec = section(options.params, options.section, budget)
    modeling.start_tensorflow(options.seed, training.threads)

    train, validation = modeling.examples(options.train), modeling.examples(options.validation)
    model, whole = read_base(options)
    key = checkpoints.identity(
        options.method,
        options.amount,
        options.seed,
        asdict(training),
        asdict(spec),
        file_digest(options.base),
        options.teacher and file_digest(options.teacher),
        modeling.digest(train),
        modeling.digest(validation),
    )
    resume = checkpoints.resume(options.resume, key)
    teacher = read_teacher(options, spec)
    label = options.out.stem
    trainer = TaughtTrainer(train, validation, training, options.seed, resume, label=label, teacher=teacher)
    compressed = load(METHODS, options.method, "compress")(model, options.amount, spec, trainer)

    modeling.write_levels(options.out, compressed.levels, **brought_models.graph_in(options.base))
    write_history(options.history, compressed.history, trainer.images_per_epoch, compressed.analysis_seconds)
    record = {"channels": channels_left(whole, compressed.model), **compressed.record}
    if teacher:
        record["distillation"] = [taught_by(options.teacher or options.base, teacher)]
    write_json(options.history.with_suffix(".compression.json"), record)
    checkpoints.discard(options.resume)


def read_base(options: argparse.Namespace) -> tuple[Any, dict[str, int]]:
    """The network to start from, and the widths that its layers have as long as nothing is cut."""
    if options.narrowed == "false":
        model = brought_models.read_trained(options, options.base)
        return model, widths(model)
    # At the top it would have every pruning run again where code that cuts channels changes.
    from pipelines.stored_models import read_levels

    (model,) = read_levels(options, options.base).values()
    return model, widths(modeling.build(options, model.output_shape[-1], model.input_shape[1:]))


def read_teacher(options: argparse.Namespace, spec: DistillationSpec) -> Teacher | None:
    """The network that the method's trainings learn from, the base where none is named; None where there is none.

    Raises:
        StudyError: the base has lost channels, and no other is named.
    """
    if not spec.distillation_weight or not METHODS[options.method].trains:
        return None
    if options.teacher:
        named = {
            name.removeprefix("teacher_"): value for name, value in vars(options).items() if name.startswith("teacher_")
        }
        network = brought_models.read_trained(argparse.Namespace(**named), options.teacher)
    elif options.narrowed == "true":
        raise StudyError(f"{options.base} has lost channels, and a whole network teaches: name it with --teacher")
    else:
        network = brought_models.read_trained(options, options.base)
    return Teacher(network, spec.distillation_weight, spec.distillation_temperature)


def taught_by(path: Path, teacher: Teacher) -> dict[str, Any]:
    """What the record says of the teacher whose weights stand at `path`."""
    return {"teacher": path.stem, "weight": teacher.weight, "temperature": teacher.temperature}


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
