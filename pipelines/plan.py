"""`make plan`: write plan.yaml from params.yaml. Stage `plan`: stop the run where the two differ."""

import argparse
from pathlib import Path
from typing import Any

import yaml

from pipelines import cli
from pipelines.files import read_yaml, write_text
from pipelines.params import section
from study.data.corrupted import settings
from study.errors import StudyError
from study.plan.grid import make_plan
from study.specs.data import DataSpec
from study.specs.encoding import EncodingSpec
from study.specs.evaluation import EvaluationSpec
from study.specs.grid import GridSpec
from study.specs.latency import LatencySpec
from study.specs.pruning import PruningSpec
from study.specs.robustness import RobustnessSpec
from study.specs.structured import StructuredSpec
from study.specs.training import TrainingSpec

SECTIONS = {
    "grid": GridSpec,
    "data": DataSpec,
    "training": TrainingSpec,
    "pruning": PruningSpec,
    "structured": StructuredSpec,
    "evaluation": EvaluationSpec,
    "encoding": EncodingSpec,
    "robustness": RobustnessSpec,
    "latency": LatencySpec,
}
HEADER = "# Generated from params.yaml by `make plan`; dvc.yaml reads it. Edit params.yaml instead.\n"


def expected(params: Path) -> str:
    """Return the text that plan.yaml must have, after checking every section of the params file."""
    values = read_yaml(params)
    if not isinstance(values, dict):
        raise StudyError(f"{params} has no sections: compare it with pipelines/presets/quick.yaml")
    unknown = sorted(map(str, set(values) - set(SECTIONS) - {"preset"}))
    if unknown:
        raise StudyError(f"{params}: unknown section '{unknown[0]}': choose from {', '.join(SECTIONS)}")
    sections: dict[str, Any] = {name: section(params, name, cls) for name, cls in SECTIONS.items()}
    settings(sections["robustness"].corruptions, sections["robustness"].severities)  # a wrong name shows now
    plan = make_plan(sections["grid"], sections["data"])
    return HEADER + yaml.safe_dump(plan, sort_keys=False, width=200)


def main() -> None:
    """Write the plan, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--params", type=Path, default=Path("params.yaml"))
    parser.add_argument("--plan", type=Path, default=Path("plan.yaml"))
    parser.add_argument("--check", type=Path, metavar="MARK", help="only compare; touch MARK when equal")
    options = parser.parse_args()
    text = expected(options.params)
    if options.check is None:
        write_text(options.plan, text)
        counts = {name: len(table) for name, table in yaml.safe_load(text).items()}
        print(
            f"{options.plan}: {counts['trained']} trained, {counts['compressed']} compressed, "
            f"{counts['exported']} exported, devices: {counts['devices']}"
        )
        return
    if not options.plan.exists() or options.plan.read_text() != text:
        raise StudyError(f"{options.plan} does not belong to {options.params}: run `make plan`, then start again")
    write_text(options.check, "plan.yaml belongs to params.yaml\n")


if __name__ == "__main__":
    cli.run(main)
