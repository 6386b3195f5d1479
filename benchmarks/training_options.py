"""What the options of the training recipe cost: the time of training MobileNetV2 with one of them against without any.

Whole steps are timed as a training makes them, from the examples to the updated weights, in one process on one thread.
All take turns, so that a change of clock or load meets all; an option counts by its median ratio to the plain training
of the same round, in processor time, which the other programs of a busy machine move less than the clock.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

from benchmarks.training_step import last_word_of, section, step_of
from benchmarks.training_throughput import data

BOUND = 1.1
"""Time with an option against without."""
STEPS = 5
ROUNDS = 7
BATCH = 128
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "cutout": {"cutout": 8},
    "erasing": {"erasing": 0.5},
    "randaugment, 1 operation": {"randaugment": 1},
    "randaugment, 2 operations": {"randaugment": 2},
    "mixup": {"mixup": 0.2},
    "cutmix": {"cutmix": 1.0},
    "average": {"average": 0.99},
}


def compare() -> bool:
    """Print the ratios of every option, in a process of its own; return whether the largest is within the bound."""
    return last_word_of(__name__) <= BOUND


def main(family: str = "mobilenet_v2") -> None:
    """Measure; the last word that is printed is the largest ratio of processor times."""
    import pipelines  # noqa: F401  sets TensorFlow's environment, so it comes before it

    trained = _steps(family)
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in trained}
    for number in range(1 + ROUNDS):
        for name, steps in trained.items():
            clock, processor = time.perf_counter(), time.process_time()
            steps()
            if number:  # the first compiles
                spent[name].append((time.perf_counter() - clock, time.process_time() - processor))
    plain = spent.pop("plain")
    speed = median(STEPS * BATCH / processor for _, processor in plain)
    print(f"training options, {family} without any: {speed:.0f} images a second of processor time", flush=True)
    largest = 0.0
    for name, times in spent.items():
        clock, processor = (
            median(own[which] / base[which] for own, base in zip(times, plain, strict=True)) for which in (0, 1)
        )
        largest = max(largest, processor)
        print(f"training options, {name}: {processor:.3f} of the processor time, {clock:.3f} of the wall time")
    print(f"training options, largest share of the processor time (bound: at most {BOUND:.2f}): {largest:.3f}")


def _steps(family: str) -> dict[str, Callable[[], None]]:
    """For every option the function that trains the network for a few steps as study/networks/training.py does."""
    import tensorflow as tf

    from study.data.augment import normalise
    from study.data.examples import Examples
    from study.networks import training
    from study.networks.averaging import averaging
    from study.networks.models import ARCHITECTURES
    from study.networks.setup import prepare
    from study.registry import load
    from study.specs.training import TrainingSpec

    prepare(seed=0, threads=1)
    spec = replace(section("training", TrainingSpec), batch_size=BATCH)
    examples = Examples(*data(STEPS * BATCH))
    model = load(ARCHITECTURES, family, "build")(10, (32, 32, 3))
    step = step_of(model, spec)

    def steps_with(option: dict[str, Any]) -> Callable[[], None]:
        own = replace(spec, **option)
        trainer, average = training.Trainer(examples, examples, own, seed=0), averaging(model, own.average)

        def steps() -> None:
            for number, (images, labels) in enumerate(training._batches(trainer, 1, 10)):
                loss, hits = step(tf.constant(normalise(images)), tf.constant(labels))
                average.update(number)
                float(loss), int(hits)

        return steps

    return {name: steps_with(option) for name, option in OPTIONS.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
