"""What the options of the training recipe cost: the time of training MobileNetV2 with one of them against without any.

Whole steps are timed as a training makes them, from the examples to the updated weights, in one process on one thread.
All take turns, so that a change of clock or load meets all; an option counts by its median ratio to the plain training
of the same round, in processor time, which the other programs of a busy machine move less than the clock.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

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
    done = subprocess.run([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout, end="", flush=True)
    return float(done.stdout.split()[-1]) <= BOUND


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
    spec = TrainingSpec(
        epochs=1,
        batch_size=BATCH,
        learning_rate=0.001,
        warmup_epochs=0.0,
        weight_decay=0.01,
        label_smoothing=0.05,
        clip_norm=1.0,
        batch_norm_momentum=0.9,
        shift=2,
        flip=True,
    )
    examples = Examples(*data(STEPS * BATCH))
    model = load(ARCHITECTURES, family, "build")(10, (32, 32, 3))
    training._set_batch_norm_momentum(model, spec.batch_norm_momentum)
    training._multiply_pointwise(model)
    step = training._train_step(model, training._optimizer(model, spec), training._own_objective(model), spec)

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
