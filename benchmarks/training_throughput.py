"""Images a second of a MobileNetV2 training step at 32x32: the study's on one thread, a tutorial's on all.

Each side runs in a process of its own, in turns (A B A B), so that a change of clock or load meets both.
`python -m benchmarks.training_throughput study|tutorial` is one such process.
"""

import os
import subprocess
import sys
import time
from statistics import median
from typing import Any

import numpy as np

BOUND = 1.5
ROUNDS = 2
SIDES = ("study", "tutorial")


def compare() -> bool:
    """Print the speed of both sides and their ratio; return whether it reaches the bound."""
    speeds: dict[str, list[float]] = {side: [] for side in SIDES}
    environment = {key: value for key, value in os.environ.items() if key != "TF_ENABLE_ONEDNN_OPTS"}
    environment |= {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    for _ in range(ROUNDS):
        for side in SIDES:
            done = subprocess.run(
                [sys.executable, "-m", __name__, side], env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
            speeds[side].append(float(done.stdout.split()[-1]))
    ratio = median(speeds["study"]) / median(speeds["tutorial"])
    for side in SIDES:
        print(f"training, {side}: {', '.join(f'{speed:.0f}' for speed in speeds[side])} images/s")
    print(f"training, ratio: {ratio:.2f} (bound: at least {BOUND})", flush=True)
    return ratio >= BOUND


def data(count: int) -> tuple[Any, Any]:
    """Random images and labels in the shape of CIFAR-10."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8), rng.integers(0, 10, count)


def study(steps: int = 16) -> float:
    """Batches of 128 with the study's augmentation and step, on one thread."""
    import pipelines  # noqa: F401, I001  sets TensorFlow's environment, so it comes first
    import tensorflow as tf
    from study import training
    from study.images import augment, normalise
    from study.models.mobilenet_v2 import build
    from study.specs.training import TrainingSpec
    from study.tensorflow_setup import prepare

    prepare(seed=0, threads=1)
    spec = TrainingSpec(
        epochs=1, batch_size=128, learning_rate=0.002, warmup_epochs=0.0, weight_decay=0.01, label_smoothing=0.05,
        clip_norm=1.0, batch_norm_momentum=0.9, shift=2, flip=True,
    )  # fmt: skip
    model = build(10, (32, 32, 3))
    training._set_batch_norm_momentum(model, spec.batch_norm_momentum)
    training._multiply_pointwise(model)
    step = training._train_step(model, training._optimizer(model, spec), spec)
    rng = np.random.default_rng(1)
    images, labels = data(spec.batch_size)
    for number in range(3 + steps):
        if number == 3:
            started = time.perf_counter()
        loss, _ = step(tf.constant(normalise(augment(images, rng, spec.shift, spec.flip))), tf.constant(labels))
        float(loss)
    return steps * spec.batch_size / (time.perf_counter() - started)


def tutorial(steps: int = 64) -> float:
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
