"""What a teacher costs: processor time of a training step of MobileNetV2 that learns from one, against one alone.

Teacher and student are of the same architecture, on one thread, in batches of the reference preset. Steps of the two
take turns (A B A B), so that a change of clock or load meets both. A teacher answers without gradients, so it is to
cost a third of a step at most.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from benchmarks.training_throughput import data

BOUND = 1.33
STEPS = 20
PRESET = Path("pipelines/presets/reference.yaml")


def compare() -> bool:
    """Print both times and their ratio, in a process of its own; return whether it is within the bound."""
    done = subprocess.run([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout, end="", flush=True)
    return float(done.stdout.split()[-1]) <= BOUND


def main() -> None:
    """Measure; the last word that is printed is the ratio."""
    import pipelines  # noqa: F401  sets TensorFlow's environment, so it comes first
    from study.networks import training
    from study.networks.distillation import Teacher, taught
    from study.networks.models.mobilenet_v2 import build
    from study.networks.setup import prepare
    from study.specs.parse import parse
    from study.specs.training import TrainingSpec

    prepare(seed=0, threads=1)
    spec = parse(TrainingSpec, yaml.safe_load(PRESET.read_text())["training"], "training")
    alone, pupil, network = (build(10, (32, 32, 3)) for _ in range(3))
    plain = _step(alone, training._own_objective(alone), spec)
    learning = _step(pupil, taught(pupil, Teacher(network, 0.5, 2.0)), spec)
    pairs = [(plain(), learning()) for _ in range(3 + STEPS)][3:]  # the first ones compile
    own, other = (median(times) for times in zip(*pairs, strict=True))
    print(
        f"distillation: {1e3 * other:.0f} ms of processor time a step of {spec.batch_size} images, without a teacher "
        f"{1e3 * own:.0f} ms"
    )
    print(f"distillation, time with a teacher (bound: at most {BOUND}): {median(b / a for a, b in pairs):.2f}")


def _step(model: Any, objective: Any, spec: Any) -> Callable[[], float]:
    """A step of the study's training; it returns the seconds of processor time that it took."""
    import tensorflow as tf

    from study.data.augment import normalise
    from study.networks import training

    training._set_batch_norm_momentum(model, spec.batch_norm_momentum)
    training._multiply_pointwise(model)
    step = training._train_step(model, training._optimizer(model, spec), objective, spec)
    images, labels = data(spec.batch_size)

    def timed() -> float:
        started = time.process_time()
        loss, _ = step(tf.constant(normalise(images)), tf.constant(labels))
        float(loss)
        return time.process_time() - started

    return timed


if __name__ == "__main__":
    main()
