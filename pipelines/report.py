"""Stage `report`: stored results of the plan's variants -> CSV files, figures, report.md and index.html."""

import argparse
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipelines import cli, files
from pipelines.files import NOTE
from pipelines.params import section
from study.errors import StudyError
from study.latency.jobs import covered
from study.plan.cells import variant_of
from study.plan.variant import Level
from study.report.build import build
from study.report.inputs import Document, Evaluation, Inputs, Result, Slot
from study.specs.latency import LatencySpec
from study.specs.robustness import RobustnessSpec
from study.tasks.classification import predictions_of
from study.tasks.robustness import CLEAN


def main() -> None:
    """Select by the plan, read what is there, write the report."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.report", description=__doc__)
    for name in ("plan", "params", "card", "accuracy", "predictions", "latency", "history", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("encoded", "diagnosis", "robustness", "test-images"):
        parser.add_argument(f"--{name}", type=Path)
    paths = parser.parse_args()
    plan, params = files.read_yaml(paths.plan), files.read_yaml(paths.params)
    if not isinstance(plan, dict) or not plan.get("exported"):
        raise StudyError(f"{paths.plan} exports no variant: complete params.yaml, then run `make plan`")
    exported = plan["exported"]
    levels = [level for name, cell in exported.items() for level in variant_of(name, cell).levels]
    models = dict.fromkeys(cell["model"] for cell in exported.values())
    inputs = Inputs(
        preset=params.get("preset") or "unnamed",
        card=files.read_json(paths.card),
        results=tuple(_result(level, paths.accuracy, paths.predictions) for level in levels),
        latency=_slots(plan, levels, section(paths.params, "latency", LatencySpec), paths.latency),
        history={name: _history(path) for name, path in _there(paths.history, models, "csv")},
        timing={name: files.read_json(path) for name, path in _there(paths.history, models, "timing.json")},
        compression={name: files.read_json(path) for name, path in _there(paths.history, models, "compression.json")},
        encoded={name: files.read_json(path) for name, path in _there(paths.encoded, exported, "json")},
        diagnosis={name: files.read_json(path) for name, path in _there(paths.diagnosis, models, "diagnosis.json")},
        robustness=_robustness(paths.robustness, paths.params, [level.name for level in levels]),
        excluded=plan.get("excluded") or {},
        ended=_ended(plan, paths.latency),
        images=test_images(paths.test_images),
    )
    for name, content in build(inputs).items():
        files.write_bytes(paths.out / name, content)
    print(f"report: {(paths.out / 'index.html').resolve()}")


def _result(level: Level, accuracy: Path, predictions: Path) -> Result:
    """A level with its evaluation and its predictions, where they have been made."""
    evaluation, answers = accuracy / f"{level.name}.json", predictions / f"{level.name}.npz"
    given = None
    if answers.exists():
        arrays = files.read_npz(answers)
        with files.naming(answers):
            given = predictions_of(arrays["logits"], arrays["labels"])
    return Result(level, Evaluation(files.read_json(evaluation)) if evaluation.exists() else None, given)


def _there(folder: Path | None, names: Iterable[str], suffix: str) -> list[tuple[str, Path]]:
    paths = [(name, folder / f"{name}.{suffix}") for name in names if folder]
    return [(name, path) for name, path in paths if path.exists()]


def _robustness(folder: Path | None, params: Path, levels: Iterable[str]) -> dict[str, Document]:
    """The journal's entries with those results alone that params.yaml asks for."""
    if folder is None:
        return {}
    asked = section(params, "robustness", RobustnessSpec)
    if not asked.corruptions:
        return {}
    found = {name: files.read_json(path) for name, path in _there(folder, levels, "json")}
    return {
        name: entry
        | {
            "results": [
                one
                for one in entry["results"]
                if one["corruption"] == CLEAN.corruption
                or (one["corruption"] in asked.corruptions and one["severity"] in asked.severities)
            ]
        }
        for name, entry in found.items()
    }


def test_images(path: Path | None) -> Any:
    """The test images; whether they are as many as the answers is the library's matter."""
    return files.read_npz(path)["images"] if path and path.exists() else None


def _slots(plan: Any, levels: Sequence[Level], asked: LatencySpec, folder: Path) -> list[Slot]:
    return [
        _slot(folder / device, level.name, device, runtime, threads)
        for device in plan.get("devices") or {}
        for level in levels
        for runtime, threads in covered(
            plan["devices"][device]["device"], asked, plan["devices"][device].get("threads")
        )
    ]


def _ended(plan: Any, folder: Path) -> dict[str, Document]:
    """What the latency stage noted of devices whose session ended early."""
    paths = {device: folder / device / NOTE for device in plan.get("devices") or {}}
    return {device: files.read_json(path) for device, path in paths.items() if path.exists()}


def _slot(folder: Path, variant: str, device: str, runtime: str, threads: int | str) -> Slot:
    path = folder / f"{variant}__{runtime}__t{threads}.json"
    return Slot(variant, device, runtime, threads, files.read_json(path) if path.exists() else None)


def _history(path: Path) -> list[dict[str, float]]:
    rows = csv.DictReader(io.StringIO(files.read_bytes(path).decode()))
    return [{key: float(value) for key, value in row.items() if value} for row in rows]


if __name__ == "__main__":
    cli.run(main)
