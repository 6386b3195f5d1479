"""Images a second that this machine trains of MobileNetV2 at 32x32: the study's way against a tutorial's.

The study keeps processors busy with cells side by side, one thread each (`make study JOBS=n`), since TensorFlow gains
little from a second thread on networks this small; the tutorial is one process with default threads. The two take
turns (A B A B), so that a change of clock or load meets both.
`python -m benchmarks.training_throughput study|tutorial` is one such process.
"""

import os
import subprocess
import sys
import time
from statistics import median
from typing import Any

import numpy as np

from benchmarks.training_step import section, step_of

BOUND = 1.5
ROUNDS = 3


def compare() -> bool:
    """Print the speeds and their ratios; return whether the whole machine's reaches the bound."""
    cells = len(os.sched_getaffinity(0))
    speeds: dict[str, list[float]] = {"study, one cell": [], f"study, {cells} cells": [], "tutorial": []}
    for _ in range(ROUNDS):
        speeds["study, one cell"].append(_run("study", 1))
        speeds[f"study, {cells} cells"].append(_run("study", cells))
        speeds["tutorial"].append(_run("tutorial", 1))
    tutorial_speed = median(speeds["tutorial"])
    for name, found in speeds.items():
        each = ", ".join(f"{speed:.0f}" for speed in found)
        print(f"training, {name}: {each} images/s, {median(found) / tutorial_speed:.2f} of the tutorial", flush=True)
    ratio = median(speeds[f"study, {cells} cells"]) / tutorial_speed
    print(f"training, ratio: {ratio:.2f} (bound: at least {BOUND})", flush=True)
    return ratio >= BOUND


def _run(side: str, processes: int) -> float:
    """Images a second of `processes` at the same time, in all."""
    environment = {key: value for key, value in os.environ.items() if key != "TF_ENABLE_ONEDNN_OPTS"}
    environment |= {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "benchmarks.training_throughput", side]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    said = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise SystemExit(f"error: the benchmark process of {side} failed: the lines above say why")
    return sum(float(text.split()[-1]) for text in said)


def data(count: int) -> tuple[Any, Any]:
    """Random images and labels in the shape of CIFAR-10."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8), rng.integers(0, 10, count)


def study() -> float:
    """MobileNetV2 as the study trains it, on one thread."""
    import pipelines  # noqa: F401  sets TensorFlow's environment, so it comes first
    from study.networks.models.mobilenet_v2 import build
    from study.networks.setup import prepare

    prepare(seed=0, threads=1)
    return images_per_second(build(10, (32, 32, 3)))


def images_per_second(model: Any, steps: int = 60) -> float:
    """Of a network in batches of 128 with the study's augmentation and step."""
    import tensorflow as tf

    from study.data.augment import augment, normalise
    from study.specs.training import TrainingSpec

    spec = section("training", TrainingSpec)
    step = step_of(model, spec)
    rng = np.random.default_rng(1)
    images, labels = data(spec.batch_size)
    for number in range(3 + steps):
        if number == 3:
            started = time.perf_counter()
        loss, _ = step(tf.constant(normalise(augment(images, rng, spec.shift, spec.flip))), tf.constant(labels))
        float(loss)
    return steps * spec.batch_size / (time.perf_counter() - started)


def tutorial(steps: int = 240) -> float:
    """Batches of 32 through compile and fit, images mirrored and cropped one by one by tf.data, default threads."""
    import tensorflow as tf
    import tf_keras

    def one_image(image: Any, label: Any) -> tuple[Any, Any]:
        image = tf.image.random_flip_left_right(tf.cast(image, tf.float32) / 127.5 - 1.0)
        return tf.image.random_crop(tf.pad(image, [[2, 2], [2, 2], [0, 0]], "REFLECT"), (32, 32, 3)), label

    dataset = tf.data.Dataset.from_tensor_slices(data(steps * 32)).shuffle(steps * 32)
    dataset = dataset.map(one_image, num_parallel_calls=tf.data.AUTOTUNE).batch(32).prefetch(tf.data.AUTOTUNE)
    model = tf_keras.applications.MobileNetV2((32, 32, 3), weights=None, classes=10, classifier_activation=None)
    model.compile("adam", tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(dataset.take(3), verbose=0)
    started = time.perf_counter()
    model.fit(dataset, verbose=0)
    return steps * 32 / (time.perf_counter() - started)


if __name__ == "__main__":
    print({"study": study, "tutorial": tutorial}[sys.argv[1]]())
