"""Stage `robustness`: accuracy of the plan's exported files on corrupted test images.

The output folder is its own journal: `<variant>.json` holds a result for the clean images and for each corruption and
severity. A result of the same file, images and runtime is not made again, one of a further corruption is added.
Entries that have left the plan, and results that are no longer asked for, stay and are nobody's business.
"""

import argparse
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from pipelines import cli, files, predict
from pipelines.params import section
from study.arrays import Array
from study.data import corrupted
from study.data.corrupted import EVERY
from study.errors import StudyError
from study.specs.evaluation import EvaluationSpec
from study.specs.robustness import RobustnessSpec
from study.tasks import robustness
from study.tasks.robustness import Setting
from study.tflite.run import runtime_version

CHUNK_BYTES = 2**26
"""Pixels of the corrupted images that are made, and handed to each model, at a time."""

Results = dict[Setting, dict[str, Any]]


@dataclass(frozen=True)
class Images:
    """The test images that take part, and for each setting what tells its images from others."""

    test: Array  # uint8 [all, H, W, 3]
    indices: Array  # int64 [n], one class after the other
    labels: Array  # int64 [n]
    probes: Mapping[Setting, str]


def main() -> None:
    """Make each set of corrupted images once, give it to all files that lack its result, save after each file."""
    args = _arguments()
    spec = section(args.params, "robustness", RobustnessSpec)
    evaluation = section(args.params, "evaluation", EvaluationSpec)
    asked = corrupted.settings(spec.corruptions, spec.severities)
    args.out.mkdir(parents=True, exist_ok=True)
    if not spec.corruptions:
        print("robustness: nothing to do, robustness.corruptions of params.yaml names none")
        return
    card, data = files.read_json(args.card), files.read_npz(args.data)
    images = _images(data, spec.images)
    cells = files.read_yaml(args.plan)["evaluated"]
    paths = {level: args.tflite / f"{cell['file']}.tflite" for level, cell in cells.items()}
    apart = {level: cell["signature"] for level, cell in cells.items() if level != cell["file"]}
    about = {
        level: _about(level, files.read_bytes(path), card, images, evaluation)
        | ({"signature": apart[level]} if level in apart else {})
        for level, path in paths.items()
    }
    found = {variant: _kept(args.out / f"{variant}.json", about[variant], images.probes) for variant in paths}
    lacking = {variant: [one for one in asked if one not in found[variant]] for variant in paths}
    missing = sum(map(len, lacking.values()))
    with (
        tqdm(
            desc="robustness",
            unit="set",
            total=len(asked) * len(paths),
            initial=len(asked) * len(paths) - missing,
            disable=None,
        ) as bar,
        tempfile.TemporaryDirectory(prefix="robustness-") as scratch,
    ):
        for chunk in _chunks([one for one in asked if any(one in some for some in lacking.values())], images):
            waiting = [variant for variant in paths if set(chunk) & set(lacking[variant])]
            sets = Path(scratch) / "images.npz"
            files.write_npz(
                sets,
                images=np.concatenate([corrupted.images_of(images.test, images.indices, one) for one in chunk]),
                labels=np.tile(images.labels, len(chunk)),
            )
            for variant, results in _evaluate(
                {variant: paths[variant] for variant in waiting},
                apart,
                sets,
                chunk,
                images,
                card["classes"],
                evaluation,
                args.jobs,
            ):
                found[variant] |= results
                _save(args.out, about[variant], found[variant])
                bar.update(len(set(chunk) & set(lacking[variant])))
    print(
        f"robustness: {missing} of {len(asked) * len(paths)} results made, the others were up to date "
        f"({len(paths)} files, {len(asked)} sets of {len(images.labels)} images)"
    )


def _images(data: Mapping[str, Array], count: int) -> Images:
    indices = corrupted.subset(data["labels"], count)
    probes = {one: corrupted.probe(data["images"], indices, one) for one in EVERY}
    return Images(data["images"], indices, data["labels"][indices].astype(np.int64), probes)


def _about(
    variant: str, tflite: bytes, card: Mapping[str, Any], images: Images, evaluation: EvaluationSpec
) -> dict[str, Any]:
    """All that a result depends on besides its setting."""
    return {
        "variant": variant,
        "sha256": hashlib.sha256(tflite).hexdigest(),
        "data_fingerprint": card["fingerprint"],
        "images": len(images.labels),
        "seed": corrupted.SEED,
        "runtime": evaluation.runtime,
        "runtime_version": runtime_version(evaluation.runtime),
        "threads": evaluation.threads,
        "batch_size": evaluation.batch_size,
    }


def _kept(path: Path, about: Mapping[str, Any], probes: Mapping[Setting, str]) -> Results:
    """Whole results of the entry, if it is of this file, these images and this runtime."""
    try:
        entry = files.read_json(path)
        if {key: entry[key] for key in about} != about:
            return {}
        results = {Setting(one["corruption"], one["severity"]): one for one in entry["results"]}
        for one in results.values():
            right, _ = robustness.decoded(one)
            if len(right) != about["images"] or one["top1"] != float(right.mean()):
                return {}
        return {setting: one for setting, one in results.items() if probes.get(setting) == one["probe"]}
    except (StudyError, AttributeError, KeyError, TypeError):  # missing, cut, or of another shape
        return {}


def _chunks(settings: Sequence[Setting], images: Images) -> Iterator[Sequence[Setting]]:
    """As many settings together as fit: a process a file and chunk, and starting one takes as long as 2,000 images."""
    size = max(CHUNK_BYTES // (len(images.indices) * images.test[:1].nbytes), 1)
    return (settings[start : start + size] for start in range(0, len(settings), size))


def _evaluate(
    paths: Mapping[str, Path],
    signatures: Mapping[str, str],
    sets: Path,
    chunk: Sequence[Setting],
    images: Images,
    classes: Sequence[str],
    spec: EvaluationSpec,
    jobs: int,
) -> Iterator[tuple[str, Results]]:
    """Results of each file in turn, several files side by side; after a failure no further one is begun."""
    with ThreadPoolExecutor(jobs) as pool:
        tasks = {
            variant: pool.submit(
                predict.run,
                str(path),
                str(sets),
                spec.runtime,
                spec.threads,
                spec.batch_size,
                signature=signatures.get(variant),
            )
            for variant, path in paths.items()
        }
        try:
            for variant, task in tasks.items():
                logits, count = task.result()["logits"], len(images.labels)
                yield (
                    variant,
                    {
                        one: _result(paths[variant], logits[place * count : (place + 1) * count], one, images, classes)
                        for place, one in enumerate(chunk)
                    },
                )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _result(path: Path, logits: Array, setting: Setting, images: Images, classes: Sequence[str]) -> dict[str, Any]:
    try:
        return {
            "corruption": setting.corruption,
            "severity": setting.severity,
            "probe": images.probes[setting],
            **robustness.scored(logits, images.labels, classes),
        }
    except StudyError as error:
        raise StudyError(f"{path}, {setting.corruption} {setting.severity}: {error}") from error


def _save(folder: Path, about: Mapping[str, Any], results: Results) -> None:
    ordered = [results[one] for one in EVERY if one in results]
    files.write_json(folder / f"{about['variant']}.json", {**about, "results": ordered})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.robustness", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("plan", "params", "card", "data", "tflite", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument(
        "--jobs", type=int, default=len(os.sched_getaffinity(0)), help="files side by side (default: one per processor)"
    )
    args = parser.parse_args()
    if args.jobs < 1:
        raise StudyError(f"--jobs is {args.jobs}: give a number from 1 on")
    return args


if __name__ == "__main__":
    cli.run(main)
