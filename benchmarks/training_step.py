"""What benchmarks of training share: a process of their own, the recipe that they measure, and its step."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

PRESET = Path("pipelines/presets/reference.yaml")


def last_word_of(module: str) -> float:
    """Run a module in a process of its own and print what it says; its last word is a number."""
    done = subprocess.run([sys.executable, "-m", module], stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout, end="", flush=True)
    return float(done.stdout.split()[-1])


def section(name: str, spec: Any) -> Any:
    """A section of the reference preset as its dataclass."""
    from study.specs.parse import parse

    return parse(spec, yaml.safe_load(PRESET.read_text())[name], name)


def step_of(model: Any, spec: Any, objective: Any = None) -> Any:
    """The step in which the study trains a network: by its own loss, or by another objective."""
    from study.networks import training

    training._set_batch_norm_momentum(model, spec.batch_norm_momentum)
    training._multiply_pointwise(model)
    return training._train_step(
        model, training._optimizer(model, spec), objective or training._own_objective(model), spec
    )
