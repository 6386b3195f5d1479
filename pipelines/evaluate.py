"""Accuracy of one .tflite file, from its interpreter: of a variant of the study, or of any classifier one brings.

Stage:   python -m pipelines.evaluate --tflite V.tflite --variant V --data test.npz --card card.json
             --params params.yaml --predictions V.npz --out V.json [--signature LEVEL]
Foreign: python -m pipelines.evaluate --tflite FILE --data test.npz|FOLDER|ZIP --out FILE.json [--input-range=0,1]

A file of several signatures has as many levels. The stage evaluates the one that it is told; else each is evaluated,
into FILE_LEVEL.json.
"""

import argparse
import hashlib
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines import cli, files
from pipelines.params import section
from pipelines.predict import parse_range, run
from study import provenance
from study.codecs import CODECS
from study.errors import StudyError
from study.specs.evaluation import EvaluationSpec
from study.tasks import classification
from study.tflite.compatibility import unsupported
from study.tflite.facts import LevelSummary, Summary, summarise
from study.tflite.parse import Model, chosen, parse
from study.tflite.run import RUNTIMES, log_probabilities
from study.tflite.sparse_inference import failed_rules

PACKAGES = ("tensorflow", "tf-keras", "tensorflow-model-optimization", "ai-edge-litert", "tflite-runtime", "numpy")


def main() -> None:
    """Read the file's facts; predict each level asked for in a child process, score, save."""
    args = _arguments()
    spec = (
        section(args.params, "evaluation", EvaluationSpec)
        if args.params
        else EvaluationSpec(runtime=args.runtime, threads=args.threads, batch_size=args.batch_size)
    )
    parse_range(args.input_range)
    tflite = files.read_bytes(args.tflite)
    with files.naming(args.tflite):
        model = parse(tflite)
        summary = summarise(model)
        if refused := unsupported(summary, spec.runtime):
            raise StudyError(f"{spec.runtime} cannot execute {', '.join(refused)}: choose another runtime or scheme")
        every = args.signature is None and args.params is None
        asked = list(summary.levels) if every else [chosen(summary.levels, args.signature)]
        suffixes = _suffixes(asked)
    evaluated = [_evaluated(args, spec, tflite, model, summary, signature) for signature in asked]
    for suffix, (document, answers) in zip(suffixes, evaluated, strict=True):
        if args.predictions:
            files.write_npz(_named(args.predictions, suffix), **answers)
        files.write_json(_named(args.out, suffix), document)


def _evaluated(
    args: argparse.Namespace, spec: EvaluationSpec, tflite: bytes, model: Model, summary: Summary, signature: str
) -> tuple[dict[str, Any], dict[str, files.Array]]:
    """What is written of one level: its scores and facts, and its logits beside the labels."""
    level, several = summary.levels[signature], len(summary.levels) > 1
    with tempfile.TemporaryDirectory(prefix="evaluate-") as folder:
        data, card = _data(Path(args.data), args.card, level, Path(folder))
        asked = args.tflite, str(data), spec.runtime, spec.threads, spec.batch_size, args.input_range
        found = run(*asked, signature=signature if several else None)
    if level.output_op == "SOFTMAX":
        found["logits"] = log_probabilities(found["logits"], level.outputs[0].scale or 0.0)
    with files.naming(args.tflite):
        scores = classification.summary(found["logits"], found["labels"], card["classes"])
        failed = failed_rules(model.graph(signature))
    details = {
        "variant": args.variant or Path(args.tflite).stem,
        **({"signature": signature} if several else {}),
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
        "min_runtime": summary.min_runtime,
        "ops": summary.ops,
        "sparsity_by_op": level.sparsity_by_op,
        "sparse_inference": failed,
        "packages": provenance.packages(PACKAGES),
        "machine": provenance.machine(),
        "code_version": provenance.code_version(),
    }
    lists = {name: scores.pop(name) for name in ("per_class", "confusion")}
    document = (
        scores
        | {
            "file_bytes": len(tflite),
            "gzip_bytes": len(CODECS["gzip"][0](tflite)),
            "arena_bytes": level.arena_bytes,
            "macs": level.macs,
            "weight_bytes": level.weight_bytes,
            "parameters": level.parameters,
            "sparsity_effective": level.sparsity_effective,
        }
        | lists
        | {"facts": [details]}
    )  # in a list, because DVC shows every number that is not in one
    return document, {"logits": found["logits"], "labels": found["labels"]}


def _suffixes(signatures: Sequence[str]) -> list[str]:
    """What the names of output files end in: nothing for one level, else the signature, fit for a file's name.

    Raises:
        StudyError: two signatures would share a file.
    """
    if len(signatures) == 1:
        return [""]
    found = [re.sub(r"[^\w.-]", "-", f"_{signature}") for signature in signatures]
    if len(set(found)) < len(found):
        raise StudyError("its signatures differ in signs that no file name has: evaluate them one by one, --signature")
    return found


def _named(path: str, suffix: str) -> Path:
    return Path(path).with_stem(Path(path).stem + suffix)


def _data(path: Path, card: str | None, level: LevelSummary, scratch: Path) -> tuple[Path, dict[str, Any]]:
    """The npz to evaluate on and what is known of it; a folder or zip of images is read in the model's size."""
    if not path.exists():
        raise StudyError(f"{path} is missing: give an npz, an image folder or a zip, or run `dvc repro` to make it")
    if path.suffix == ".npz":
        beside = Path(card) if card else path.with_name("card.json")
        if card or beside.exists():
            return path, files.read_json(beside)
    from pipelines.foreign_data import prepare  # Pillow: only where there may be images to decode

    shape = level.inputs[0].shape if len(level.inputs) == 1 else ()
    side = shape[1] if len(shape) == 4 and shape[1] == shape[2] else None
    found = prepare(path, scratch, side, _outputs(level))
    for note in found.notes:
        print(f"note: {note}")
    return found.npz, {"name": found.name, "classes": list(found.classes), "fingerprint": found.fingerprint}


def _outputs(level: LevelSummary) -> int | None:
    """Classes that the level's output tells apart; None where that is not plain, and the interpreter will say."""
    shape = level.outputs[0].shape if len(level.outputs) == 1 else ()
    return shape[-1] if len(shape) == 2 and shape[-1] > 1 else None


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
    parser.add_argument("--signature", help="the level to evaluate; default: every one, with --params the only one")
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
