"""Stage `adopt`: a trained network that somebody brings takes the place of a training.

It writes what stage `train` writes, a history without epochs, and the graph beside the weights. Progress and warnings
go to stderr.
"""

import argparse
import sys
from pathlib import Path

from pipelines import cli, modeling
from pipelines.files import file_digest, naming, read_bytes, read_json, write_json
from pipelines.histories import write_history
from study.networks.brought.adopting import Reading, adopt
from study.networks.models import ARCHITECTURES
from study.registry import load
from study.tasks.label_file import read_labels


def main() -> None:
    """Read the model, write its weights with its graph, an empty history, and where it came from."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.adopt", description=__doc__)
    parser.add_argument("--family", default="file", choices=["file"])
    parser.add_argument("--path", type=Path, required=True, help=".keras or .h5 file, or a SavedModel folder")
    parser.add_argument("--input-range", type=float, nargs=2, metavar=("LOW", "HIGH"), help="in place of 0 and 255")
    parser.add_argument("--labels", nargs="+", metavar="CLASS", help="classes in the order of its outputs")
    parser.add_argument("--labels-file", type=Path, help="the same, a text file with one a line")
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--history", type=Path, required=True)
    options = parser.parse_args()
    modeling.start_tensorflow(seed=0, threads=1)

    classes = [str(name) for name in read_json(options.card)["classes"]]
    reading = Reading(options.input_range, options.labels or _labels(options.labels_file))
    examples = modeling.examples(options.validation)
    found = adopt(options.path.expanduser(), reading, classes, examples, options.out.stem)
    for said in found.warnings:
        print(f"warning: {said}", file=sys.stderr)
    of_its_own = load(ARCHITECTURES, options.family, "freeze")
    model = of_its_own(found.model, examples.images.shape[1]) if found.whole else found.model
    modeling.write_model(options.out, model, graph=load(ARCHITECTURES, options.family, "graph_of")(model))
    write_history(options.history, [], 0)
    origin = {"file": options.path.name, "sha256": _digest(options.path), "read": [*found.notes, *found.warnings]}
    write_json(options.history.with_suffix(".compression.json"), {"channels": [], "origin": origin})
    print(f"{options.path}: {'; '.join(found.notes)}")


def _labels(path: Path | None) -> tuple[str, ...] | None:
    if path is None:
        return None
    with naming(str(path)):
        return read_labels(read_bytes(path.expanduser()))


def _digest(path: Path) -> str:
    """SHA-256 of a file; of a SavedModel, of its graph."""
    path = path.expanduser()
    return file_digest(path / "saved_model.pb" if path.is_dir() else path)


if __name__ == "__main__":
    cli.run(main)
