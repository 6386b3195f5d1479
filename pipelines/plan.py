"""`make plan`: write plan.yaml from params.yaml. Stage `plan`: stop the run where the two differ."""

import argparse
import shlex
from pathlib import Path
from typing import Any

import yaml

from pipelines import cli
from pipelines.files import read_yaml, write_text
from pipelines.params import section
from pipelines.plan_checks import check_calibration, check_names, check_own_models, check_schemes, check_weights
from study.compress import METHODS
from study.convert import SCHEMES
from study.errors import StudyError, nearest
from study.latency.devices import DEVICES
from study.networks.models import ARCHITECTURES
from study.networks.pretrained import IMAGENET
from study.plan.cells import MeasuringDevice, Plan, network_cell, quantization_cell, recipe_cell
from study.plan.grid import make_plan
from study.plan.teaching import Teaching, teacher_of
from study.plan.variant import Level, Variant
from study.registry import Entry
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
# What stands for the content of the data where no local file does: the module that pins the download, the list that
# pins the package. When it changes, the data stage runs again.
PINNED_BY = {"cifar10": "study/data/sources/cifar10.py", "digits": "constraints.txt"}
# What the methods of a kind have in common.
SHARED = {
    "unstructured": "study/compress/masks.py",
    "structured": "study/networks/channels",
    "family": "study/networks/channels",
    "control": "study/compress/control.py",
}
# DVC takes no path twice in a stage, and none that is empty: what never changes stands where a cell needs nothing.
NOTHING = {
    "narrowing": "study/networks/__init__.py",
    "taught": "artifacts/plan.checked",
    "lesson": "study/tasks/__init__.py",
}
HEADER = "# Generated from params.yaml by `make plan`; dvc.yaml reads it. Edit params.yaml instead.\n"


def expected(params: Path) -> str:
    """Return the text that plan.yaml must have, after checking every section of the params file."""
    values = read_yaml(params)
    if not isinstance(values, dict):
        raise StudyError(f"{params} has no sections: compare it with pipelines/presets/quick.yaml")
    unknown = sorted(map(str, set(values) - set(SECTIONS) - {"preset"}))
    if unknown:
        raise StudyError(
            f"{params}: unknown section '{unknown[0]:.80}'{nearest(unknown[0], [*SECTIONS, 'preset'])}: "
            f"choose from {', '.join(SECTIONS)}"
        )
    if not isinstance(values.get("preset", ""), str):
        raise StudyError(f"{params}, preset: {values['preset']!r:.80} is no name: write text, or leave it out")
    sections: dict[str, Any] = {name: section(params, name, cls) for name, cls in SECTIONS.items()}
    check_names(sections["encoding"], sections["robustness"], sections["latency"])
    plan = make_plan(sections["grid"])
    check_own_models(plan.variants)
    check_weights(plan.variants)
    found = tables(plan, sections["data"], {name: sections[name] for name in ("pruning", "structured")})
    schemes = [variant.quantization for variant in plan.variants]
    check_schemes(schemes, sections["evaluation"])
    check_calibration(sections["data"], schemes)
    return HEADER + yaml.safe_dump(found, sort_keys=False, width=200)


def tables(plan: Plan, data: DataSpec, teaching: Teaching | None = None) -> dict[str, Any]:
    """The tables that dvc.yaml iterates over, key -> cell; a cell names the code that decides its result.

    Raises:
        StudyError: the data are nowhere to be found, or a network that is to teach.
    """
    pinned = data.path or PINNED_BY.get(data.source)
    if pinned is None:
        raise StudyError(f"params.yaml, data.path: source '{data.source}' needs the path of the images")
    compressed = [variant for variant in plan.variants if not variant.recipe.is_dense]
    diagnosed = [variant for variant in plan.variants if SCHEMES[variant.quantization.scheme].diagnosed]
    return {
        "dataset": {"source": data.source, "input": pinned},
        "trained": {
            own.start.model: _trained(own) for own in plan.variants if not (own.architecture.own or _starts(own))
        },
        "pretrained": {own.start.model: _pretrained(own) for own in plan.variants if _starts(own)},
        "adopted": {own.start.model: _adopted(own) for own in plan.variants if own.architecture.own},
        "compressed": {
            one.model: _compressed(one, teacher_of(one, teaching or {}, plan.variants)) for one in compressed
        },
        "exported": {variant.name: _exported(variant) for variant in plan.variants},
        "evaluated": {level.name: _evaluated(level) for variant in plan.variants for level in variant.levels},
        "diagnosed": {variant.start.model: _trained(variant) for variant in diagnosed},
        "devices": {one.key: _device(one) for one in plan.devices},
        "excluded": dict(plan.excluded),
    }


def _trained(variant: Variant) -> dict[str, Any]:
    return network_cell(variant.architecture) | {"seed": variant.seed}


def _starts(variant: Variant) -> bool:
    return bool(variant.architecture.start)


def _pretrained(variant: Variant) -> dict[str, Any]:
    """The network, what it starts from, and what pins that: a file itself, or the module with Keras' addresses."""
    weights = variant.architecture.weights
    return _trained(variant) | {
        "weights": shlex.quote(weights),
        "pinned": "study/networks/pretrained/published.py" if weights == IMAGENET else weights,
    }


def _adopted(variant: Variant) -> dict[str, Any]:
    """The network, its file and, as one string that a shell takes apart, how the file is to be read.

    `labels` is the text file that names them; where there is none, a file that never changes stands for it.
    """
    own = variant.architecture.brought
    assert own is not None
    labels = own.labels if isinstance(own.labels, str) else "artifacts/plan.checked"
    words = ["--path", own.path]
    if own.input_range:
        words += ["--input-range", *map(str, own.input_range)]
    if own.labels:
        words += ["--labels-file", own.labels] if isinstance(own.labels, str) else ["--labels", *own.labels]
    return _trained(variant) | {"path": own.path, "labels": labels, "reading": shlex.join(words)}


def _recipe(variant: Variant) -> dict[str, Any]:
    steps = variant.recipe.steps
    return recipe_cell(variant) | ({"section": METHODS[steps[-1].method].section} if steps else {})


def _compressed(variant: Variant, teacher: Variant | None) -> dict[str, Any]:
    """The last step of the recipe, on the result of what is done before it."""
    step = variant.recipe.steps[-1]
    method = METHODS[step.method]
    narrowed = "structured" in variant.recipe.before.kinds
    code = {"code": _code("study.compress", method), "shared": SHARED[method.kind]}
    code |= {"narrowing": "study/networks/channels" if narrowed else NOTHING["narrowing"]}
    own = {"base": variant.base, "narrowed": narrowed} | network_cell(variant.architecture)
    return own | _recipe(variant) | {"method": step.method} | code | _taught(variant, teacher)


def _taught(variant: Variant, teacher: Variant | None) -> dict[str, str]:
    """Of a teacher that is not the base itself the options, as one string for a shell, its weights and its code."""
    if teacher is None or teacher.model == variant.base:
        return {"teaching": "", "taught": NOTHING["taught"], "lesson": NOTHING["lesson"]}
    weights, own = f"artifacts/models/{teacher.model}.npz", teacher.architecture
    words = ["--teacher", weights, "--teacher-family", own.family, "--teacher-stem-stride", str(own.stem_stride)]
    words += ["--teacher-alpha", str(own.alpha), "--teacher-sparse-ready", str(own.sparse_ready).lower()]
    other = own.family != variant.architecture.family
    code = _code("study.networks.models", ARCHITECTURES[own.family]) if other else NOTHING["lesson"]
    return {"teaching": shlex.join(words), "taught": weights, "lesson": code}


def _exported(variant: Variant) -> dict[str, Any]:
    code = {"code": _code("study.convert", SCHEMES[variant.quantization.scheme])}
    quantization = quantization_cell(variant.quantization)
    return {"model": variant.model} | network_cell(variant.architecture) | _recipe(variant) | quantization | code


def _evaluated(level: Level) -> dict[str, str]:
    return {"file": level.variant.name, "signature": level.signature}


def _device(one: MeasuringDevice) -> dict[str, Any]:
    return {"device": one.device, **one.settings, "code": _code("study.latency.devices", DEVICES[one.device])}


def _code(axis: str, entry: Entry) -> str:
    """File of an entry's module, or the folder of the axis that the module shares with others."""
    inside = entry.module.removeprefix(f"{axis}.").split(".")
    return "/".join([*axis.split("."), *(inside[:-1] or [f"{inside[0]}.py"])])


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
            f"{options.plan}: {counts['trained'] + counts['pretrained']} trained, {counts['compressed']} compressed, "
            f"{counts['exported']} exported, devices: {counts['devices']}"
        )
        return
    if not options.plan.exists() or options.plan.read_text() != text:
        raise StudyError(f"{options.plan} does not belong to {options.params}: run `make plan`, then start again")
    write_text(options.check, "plan.yaml belongs to params.yaml\n")


if __name__ == "__main__":
    cli.run(main)
