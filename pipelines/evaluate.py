"""Accuracy of one .tflite file, from its interpreter: of a variant of the study, or of any classifier one brings.

Stage:   python -m pipelines.evaluate --tflite V.tflite --variant V --data test.npz --card card.json
             --params params.yaml --predictions V.npz --out V.json [--signature LEVEL]
Foreign: python -m pipelines.evaluate --tflite FILE --data test.npz|FOLDER|ZIP --out FILE.json [--labels FILE]
             [--input-range=LOW,HIGH | --mean M --std S] [--bgr] [--size HxW] [--outputs KIND]

A file of several signatures has as many levels. The stage evaluates the one that it is told; else each is evaluated,
into FILE_LEVEL.json. What was assumed of a foreign file is printed in five lines a level.
"""

import argparse
import hashlib
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines import cli, files
from pipelines.judged import Data, Judged
from pipelines.params import section
from pipelines.predict import run
from study import provenance
from study.arrays import Array
from study.codecs import CODECS
from study.errors import StudyError
from study.specs.evaluation import EvaluationSpec
from study.tasks import classification
from study.tasks.outputs import log_probabilities
from study.tflite.compatibility import unsupported
from study.tflite.facts import DELEGATED, LevelSummary, Summary, summarise
from study.tflite.image_input import STUDY_INPUT
from study.tflite.parse import Model, chosen, parse
from study.tflite.run import RUNTIMES
from study.tflite.sparse_inference import failed_rules

FOREIGN = ("labels", "input_range", "mean", "std", "bgr", "size", "outputs")
PACKAGES = (
    *("tensorflow", "tf-keras", "tensorflow-model-optimization", "ai-edge-quantizer", "ai-edge-litert"),
    *("tflite-runtime", "numpy"),
)


def main() -> None:
    """Read the file's facts; predict each level asked for in a child process, score, save."""
    args = _arguments()
    spec = (
        section(args.params, "evaluation", EvaluationSpec)
        if args.params
        else EvaluationSpec(runtime=args.runtime, threads=args.threads, batch_size=args.batch_size)
    )
    for path in filter(None, (args.out, args.predictions)):
        files.check_output(path)
    tflite = files.read_bytes(args.tflite)
    with files.naming(args.tflite):
        model = parse(tflite)
        summary = summarise(model)
        if refused := unsupported(summary, spec.runtime):
            raise StudyError(f"{spec.runtime} cannot execute {', '.join(refused)}: choose another runtime or scheme")
        for operator, device in DELEGATED.items():
            if f"CUSTOM:{operator}" in summary.ops:
                raise StudyError(f"it is compiled for {device} ({operator}): evaluate the file that was compiled")
        every = args.signature is None and args.params is None
        asked = list(summary.levels) if every else [chosen(summary.levels, args.signature)]
        suffixes = _suffixes(asked)
    evaluated = [_evaluated(args, spec, tflite, model, summary, signature) for signature in asked]
    for suffix, (document, judged) in zip(suffixes, evaluated, strict=True):
        if args.predictions:
            files.write_npz(_named(args.predictions, suffix), logits=judged.logits, labels=judged.labels)
        files.write_json(_named(args.out, suffix), document)
    for _, judged in evaluated:
        for line in judged.said:
            print(line)
        for line in judged.warnings:
            print(f"warning: {line}", file=sys.stderr)


def _evaluated(
    args: argparse.Namespace, spec: EvaluationSpec, tflite: bytes, model: Model, summary: Summary, signature: str
) -> tuple[dict[str, Any], Judged]:
    """What is written of one level, and its answers."""
    level, several = summary.levels[signature], len(summary.levels) > 1
    where = f"{args.tflite}: signature '{signature}'" if several else args.tflite
    if args.params is None:
        from pipelines import foreign
    with tempfile.TemporaryDirectory(prefix="evaluate-") as folder:
        with files.naming(where):
            own = (
                None
                if args.params
                else foreign.question(args, where, tflite, level, model.signatures[signature].subgraph)
            )
            size = own.facts.size if own else level.inputs[0].shape[1:3]
        data = _data(Path(args.data), args.card, size, level, Path(folder))
        found = run(
            *(args.tflite, str(data.npz), spec.runtime, spec.threads, spec.batch_size),
            own.facts.taken if own else STUDY_INPUT,
            signature=signature if several else None,
        )
    with files.naming(where):
        judged = foreign.judged(own, data, found) if own else _judged(level, data, found)
        failed = failed_rules(model.graph(signature))
    details = {
        "variant": args.variant or Path(args.tflite).stem,
        **({"signature": signature} if several else {}),
        "sha256": hashlib.sha256(tflite).hexdigest(),
        "preset": files.read_yaml(args.params).get("preset") if args.params else None,
        "data_fingerprint": data.fingerprint,
        "dataset": data.name,
        "runtime": spec.runtime,
        "runtime_version": str(found["runtime_version"]),
        "resolver": str(found["resolver"]),
        "threads": spec.threads,
        "batch_size": int(found["batch_size"]),
        **judged.details,
        "min_runtime": summary.min_runtime,
        "ops": summary.ops,
        "sparsity_by_op": level.sparsity_by_op,
        "sparse_inference": failed,
        "packages": provenance.packages(PACKAGES),
        "machine": provenance.machine(),
        "code_version": provenance.code_version(),
    }
    scores = dict(judged.scores)
    lists = {name: scores.pop(name) for name in ("per_class", "confusion")}
    document = (
        scores
        | {
            "file_bytes": len(tflite),
            "gzip_bytes": len(CODECS["gzip"][0](tflite)),
            "arena_bytes": None if level.uncounted else level.arena_bytes,
            "macs": None if level.uncounted else level.macs,
            "weight_bytes": level.weight_bytes,
            "parameters": level.parameters,
            "sparsity_effective": level.sparsity_effective,
        }
        | lists
        | {"facts": [details]}
    )  # in a list, because DVC shows every number that is not in one
    return document, judged


def _judged(level: LevelSummary, data: Data, found: Mapping[str, Array]) -> Judged:
    """Scores of a file of the study: by its contract it gives logits, of the data's classes in their order."""
    logits = found["logits"]
    if level.output_op == "SOFTMAX":
        logits = log_probabilities(logits, level.outputs[0].scale or 0.0)
    scores = classification.summary(logits, found["labels"], data.classes)
    return Judged(logits, found["labels"], scores, {"input_range": "-1,1"})


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


def _data(path: Path, card: str | None, size: Sequence[int] | None, level: LevelSummary, scratch: Path) -> Data:
    """What to evaluate on; a folder or zip of images is read in the model's size (height, width)."""
    if not path.exists():
        raise StudyError(f"{path} is missing: give an npz, an image folder or a zip, or run `dvc repro` to make it")
    if path.suffix == ".npz":
        beside = Path(card) if card else path.with_name("card.json")
        if card or beside.exists():
            about = files.read_json(beside)
            return Data(path, about["name"], tuple(about["classes"]), about["fingerprint"])
    from pipelines.foreign_data import prepare  # Pillow: only where there may be images to decode

    if path.suffix != ".npz" and size is None:
        raise StudyError("the model takes images of any size: say which, as --size 224 or --size HEIGHTxWIDTH")
    side = size[0] if size is not None and size[0] == size[1] else None
    found = prepare(path, scratch, side, _outputs(level))
    for note in found.notes:
        print(f"note: {note}")
    return found


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
    foreign = parser.add_argument_group("of a foreign file, where it does not say so itself")
    foreign.add_argument("--labels", help="text file with the model's classes, in the order of its outputs, one a line")
    foreign.add_argument("--input-range", help="what pixels 0 and 255 become: -1,1 (the default) or 0,1 or 0,255")
    foreign.add_argument("--mean", help="instead: taken off pixel values 0 to 255, one number or one a channel")
    foreign.add_argument("--std", help="what they are then divided by; below 1, both are of pixel values 0 to 1")
    foreign.add_argument("--bgr", action="store_true", help="blue first: channels as OpenCV and Caffe order them")
    foreign.add_argument("--size", help="of images for a model that takes any: 224, or HEIGHTxWIDTH")
    foreign.add_argument("--outputs", choices=("logits", "probabilities", "scores"), help="what the model gives")
    args = parser.parse_args()
    if args.params and any(getattr(args, one) for one in FOREIGN):
        raise StudyError("--params is for files of the study, which need none of the options of foreign ones")
    return args


if __name__ == "__main__":
    cli.run(main)
