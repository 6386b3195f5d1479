"""Stage `pretrained`: one network trained on from published or own weights, resumed where it was.

It writes what stage `train` writes, and where the weights came from.
"""

import argparse
from pathlib import Path
from typing import Any

from pipelines import cli, modeling, training_run
from pipelines.files import CACHE, file_digest, read_npz, write_json
from pipelines.params import section
from study.data.sources.download import fetch
from study.errors import StudyError
from study.networks.pretrained import IMAGENET
from study.networks.pretrained.published import remote
from study.networks.pretrained.reading import read_layers
from study.networks.pretrained.starting import kinds, start, start_from_own
from study.specs.training import TrainingSpec

NO_WEIGHTS = ("classes", "input_shape")
"""What a weights file of the study holds beside weights."""


def main() -> None:
    """Fetch or read the weights, train on, then write weights, history and origin."""
    parser = modeling.arguments(__doc__ or "")
    parser.add_argument("--weights", required=True, help="imagenet, or a file: .npz of this study, .h5 of Keras")
    parser.add_argument(
        "--cache", type=Path, default=CACHE / "weights", help="folder that keeps downloads (%(default)s)"
    )
    modeling.name_training(parser)
    options = parser.parse_args()
    spec = section(options.params, "training", TrainingSpec)
    modeling.start_tensorflow(options.seed, spec.threads)

    train, validation = modeling.examples(options.train), modeling.examples(options.validation)
    model = modeling.build(options, int(train.labels.max()) + 1, train.images.shape[1:])
    path = _file(options, train.images.shape[1])
    fresh = _start(options, model, path)
    origin = {"file": path.name, "sha256": file_digest(path), "read": _notes(options, fresh)}
    facts = (options.family, options.stem_stride, options.alpha, options.sparse_ready, options.seed, origin["sha256"])
    training_run.run(options, spec, model, train, validation, *facts)
    write_json(options.history.with_suffix(".compression.json"), {"channels": [], "origin": origin})


def _file(options: argparse.Namespace, size: int) -> Path:
    """The file of one's own, or Keras' for the resolution that the network computes in, downloaded once."""
    if options.weights != IMAGENET:
        return Path(options.weights).expanduser()
    cache = options.cache.expanduser()
    return fetch(remote(options.family, options.alpha, 2 * size // options.stem_stride, cache), cache)


def _start(options: argparse.Namespace, model: Any, path: Path) -> list[str]:
    """Set the weights of the network, and return the layers that stay fresh."""
    if path.suffix != ".npz":
        stored = read_layers(path, kinds(model, options.family))
        return start(model, options.family, stored, options.weights == IMAGENET, str(path))
    if not path.is_file():
        raise StudyError(f"{path} is missing: correct weights in params.yaml")
    arrays = {name: array for name, array in read_npz(path).items() if name not in NO_WEIGHTS}
    return start_from_own(model, options.family, arrays, str(path))


def _notes(options: argparse.Namespace, fresh: list[str]) -> list[str]:
    """What a reader must know of the start."""
    notes = ["ImageNet, as published by Keras"] if options.weights == IMAGENET else []
    notes.append(f"fresh: {', '.join(fresh)}")
    if options.stem_stride != 2:
        notes.append("the stem's stride is 1, those weights are of 2")
    if options.sparse_ready == "true":
        notes.append("the paddings are not those that the weights were trained with")
    return notes


if __name__ == "__main__":
    cli.run(main)
