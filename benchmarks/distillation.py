"""What a teacher costs: processor time of a training step of MobileNetV2 that learns from one, against one alone.

Teacher and student are of the same architecture, on one thread, in batches of the reference preset. Steps of the two
take turns (A B A B), so that a change of clock or load meets both. A teacher answers without gradients, so it is to
cost a third of a step at most.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.training_step import last_word_of, section, step_of
from benchmarks.training_throughput import data

BOUND = 1.33
STEPS = 20


def compare() -> bool:
    """Print both times and their ratio, in a process of its own; return whether it is within the bound."""
    return last_word_of(__name__) <= BOUND


def main() -> None:
    """Measure; the last word that is printed is the ratio."""
    import pipelines  # noqa: F401  sets TensorFlow's environment, so it comes first
    from study.networks.distillation import Teacher, taught
    from study.networks.models.mobilenet_v2 import build
    from study.networks.setup import prepare
    from study.specs.training import TrainingSpec

    prepare(seed=0, threads=1)
    spec = section("training", TrainingSpec)
    alone, pupil, network = (build(10, (32, 32, 3)) for _ in range(3))
    plain = _timed(step_of(alone, spec), spec.batch_size)
    learning = _timed(step_of(pupil, spec, taught(pupil, Teacher(network, 0.5, 2.0))), spec.batch_size)
    pairs = [(plain(), learning()) for _ in range(3 + STEPS)][3:]  # the first ones compile
    own, other = (median(times) for times in zip(*pairs, strict=True))
    print(
        f"distillation: {1e3 * other:.0f} ms of processor time a step of {spec.batch_size} images, without a teacher "
        f"{1e3 * own:.0f} ms"
    )
    print(f"distillation, time with a teacher (bound: at most {BOUND}): {median(b / a for a, b in pairs):.2f}")


def _timed(step: Any, batch_size: int) -> Callable[[], float]:
    """The step as a function that returns the seconds of processor time that it took."""
    import tensorflow as tf

    from study.data.augment import normalise

    images, labels = data(batch_size)

    def timed() -> float:
        started = time.process_time()
        loss, _ = step(tf.constant(normalise(images)), tf.constant(labels))
        float(loss)
        return time.process_time() - started

    return timed


if __name__ == "__main__":
    main()
