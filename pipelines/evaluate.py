"""Accuracy of one .tflite file, from its interpreter: of a variant of the study, or of any classifier one brings.

Stage:   python -m pipelines.evaluate --tflite V.tflite --variant V --data test.npz --card card.json
             --params params.yaml --predictions V.npz --out V.json
Foreign: python -m pipelines.evaluate --tflite FILE --data test.npz|FOLDER|ZIP --out FILE.json [--input-range=0,1]
"""

import argparse
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines import cli, files
from pipelines.params import section
from pipelines.predict import parse_range, run
from study import provenance
from study.codecs import CODECS
from study.errors import StudyError
from study.specs.evaluation import EvaluationSpec
from study.tasks.classification import summary
from study.tflite.compatibility import unsupported
from study.tflite.facts import Facts, facts_of
from study.tflite.parse import parse
from study.tflite.run import RUNTIMES, log_probabilities
from study.tflite.sparse_inference import failed_rules

PACKAGES = ("tensorflow", "tf-keras", "tensorflow-model-optimization", "ai-edge-litert", "tflite-runtime", "numpy")


def main() -> None:
    """Read the file's facts, predict in a child process, score, save."""
    args = _arguments()
    spec = (
        section(args.params, "evaluation", EvaluationSpec)
        if args.params
        else EvaluationSpec(runtime=args.runtime, threads=args.threads, batch_size=args.batch_size)
    )
    parse_range(args.input_range)
    tflite = files.read_bytes(args.tflite)
    zipped = CODECS["gzip"][0](tflite)
    with _naming(args.tflite):
        graph = parse(tflite)
        facts = facts_of(graph)
        if refused := unsupported(facts, spec.runtime):
            raise StudyError(f"{spec.runtime} cannot execute {', '.join(refused)}: choose another runtime or scheme")
    with tempfile.TemporaryDirectory(prefix="evaluate-") as folder:
        data, card = _data(Path(args.data), args.card, facts, Path(folder))
        found = run(args.tflite, str(data), spec.runtime, spec.threads, spec.batch_size, args.input_range)
    if facts.output_op == "SOFTMAX":
        found["logits"] = log_probabilities(found["logits"], facts.outputs[0].scale or 0.0)
    with _naming(args.tflite):
        scores = summary(found["logits"], found["labels"], card["classes"])
    if args.predictions:
        files.write_npz(args.predictions, logits=found["logits"], labels=found["labels"])
    details = {
        "variant": args.variant or Path(args.tflite).stem,
        "sha256": hashlib.sha256(tflite).hexdigest(),
        "preset": files.read_yaml(args.params).get("preset") if args.params else None,
        "data_fingerprint": card["fingerprint"],
        "dataset": card["name"],
        "runtime": spec.runtime,
        "runtime_version": str(found["runtime_version"]),
        "resolver": str(found["resolver"]),
        "threads": spec.threads,
        "batch_size": int(found["batch_size"]),
        "input_range": args.input_range,
        "min_runtime": facts.min_runtime,
        "ops": facts.ops,
        "sparsity_by_op": facts.sparsity_by_op,
        "sparse_inference": failed_rules(graph),
        "packages": provenance.packages(PACKAGES),
        "machine": provenance.machine(),
        "code_version": provenance.code_version(),
    }
    lists = {name: scores.pop(name) for name in ("per_class", "confusion")}
    files.write_json(
        args.out,
        scores
        | {
            "file_bytes": len(tflite),
            "gzip_bytes": len(zipped),
            "arena_bytes": facts.arena_bytes,
            "macs": facts.macs,
            "weight_bytes": facts.weight_bytes,
            "parameters": facts.parameters,
            "sparsity_effective": facts.sparsity_effective,
        }
        | lists
        | {"facts": [details]},
    )  # in a list, because DVC shows every number that is not in one


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Say which file an error is about."""
    try:
        yield
    except StudyError as error:
        raise StudyError(f"{path}: {error}") from error


def _data(path: Path, card: str | None, facts: Facts, scratch: Path) -> tuple[Path, dict[str, Any]]:
    """The npz to evaluate on and what is known of it; a folder or zip of images is read in the model's size."""
    if not path.exists():
        raise StudyError(f"{path} is missing: give an npz, an image folder or a zip, or run `dvc repro` to make it")
    if path.suffix == ".npz":
        beside = Path(card) if card else path.with_name("card.json")
        if card or beside.exists():
            return path, files.read_json(beside)
        data = files.read_npz(path)
        classes = [str(label) for label in range(int(data["labels"].max(initial=0)) + 1)]
        return path, {"name": path.stem, "classes": classes, "fingerprint": _fingerprint(classes, data)}
    from study.data.sources.folder import load  # Pillow: only where there are images to decode

    shape = facts.inputs[0].shape if len(facts.inputs) == 1 else ()
    if len(shape) != 4 or shape[1] != shape[2]:
        raise StudyError(f"the model's input {list(shape)} is not square: give an npz with images of that size")
    dataset = load(path, scratch, shape[1])
    data = {"images": dataset.test.images, "labels": dataset.test.labels}
    files.write_npz(scratch / "test.npz", **data)
    return scratch / "test.npz", {
        "name": dataset.name,
        "classes": list(dataset.classes),
        "fingerprint": _fingerprint(dataset.classes, data),
    }


def _fingerprint(classes: Any, data: dict[str, files.Array]) -> str:
    """SHA-256 of the test split alone: a foreign data set has no card."""
    digest = hashlib.sha256("\0".join(classes).encode())
    for name in ("images", "labels"):
        digest.update(f"\0{name} {data[name].shape}\0".encode() + data[name].tobytes())
    return digest.hexdigest()


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 on")
    return int(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tflite", required=True)
    parser.add_argument("--data", required=True, help="npz with images and labels, or an image folder or zip")
    parser.add_argument("--out", required=True)
    parser.add_argument("--variant", help="name in the study; default: the file's")
    parser.add_argument("--card", help="data card; default: card.json beside the npz")
    parser.add_argument("--params", help="params.yaml: its `evaluation` section decides the three options below")
    parser.add_argument("--runtime", default="ai_edge_litert", choices=RUNTIMES)
    parser.add_argument("--threads", type=_count, default=1)
    parser.add_argument("--batch-size", type=_count, default=64)
    parser.add_argument("--predictions", help="npz for logits and labels")
    parser.add_argument("--input-range", default="-1,1", help="what pixels 0 and 255 become: -1,1 or 0,1 or 0,255")
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
