"""Compression methods. TensorFlow would stay loaded for the other tests: the checks have their own process."""

import os
import subprocess
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import pipelines  # noqa: F401  sets TensorFlow's environment
from study.compress import METHODS
from study.registry import load
from study.specs.pruning import PruningSpec
from study.specs.training import TrainingSpec

CHILD = "TENSORFLOW_CHECKS" in os.environ
if CHILD:
    import tf_keras
    from tf_keras import layers

    from study.compress.magnitude import ramp
    from study.examples import Examples
    from study.tensorflow_setup import prepare
    from study.training import Resume, Trainer

    prepare(seed=0, threads=1)

TRAINING = TrainingSpec(
    epochs=9, batch_size=16, learning_rate=0.5, warmup_epochs=0.0, weight_decay=0.01, label_smoothing=0.05,
    clip_norm=1.0, batch_norm_momentum=0.9, shift=1, flip=True,
)  # fmt: skip
PRUNING = PruningSpec(epochs=3, learning_rate=0.001, ramp=0.6, frequency=2)
AMOUNTS = pytest.mark.parametrize("amount", [30, 60, 90])
PRUNABLE = {"stem/kernel:0", "pointwise/kernel:0", "logits/kernel:0"}


def test_in_a_process_of_its_own(checks: "subprocess.CompletedProcess[str]") -> None:
    assert checks.returncode == 0, checks.stdout + checks.stderr


def network(seed: int = 0) -> Any:
    """Every prunable kernel has over 600 elements, so that a fraction can be met within half a point."""
    tf_keras.utils.set_random_seed(seed)
    image = layers.Input((8, 8, 3))
    x = layers.Conv2D(32, 3, 2, "same", bias_initializer="random_normal", name="stem")(image)
    x = layers.ReLU()(layers.BatchNormalization(name="norm")(x))
    x = layers.DepthwiseConv2D(3, padding="same", bias_initializer="random_normal", name="depthwise")(x)
    x = layers.Conv2D(64, 1, activation="relu", use_bias=False, name="pointwise")(x)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return tf_keras.Model(image, layers.Dense(10, bias_initializer="random_normal", name="logits")(x))


def trainer(load: Any = None, save: Any = lambda state: None) -> Any:
    rng = np.random.default_rng(1)
    train, validation = (
        Examples(rng.integers(0, 256, (count, 8, 8, 3)).astype(np.uint8), rng.integers(0, 10, count))
        for count in (70, 40)
    )
    return Trainer(train, validation, TRAINING, seed=5, resume=Resume(lambda: load, save), label="tiny")


def named(model: Any) -> dict[str, Any]:
    return {weight.name: weight.numpy() for weight in model.weights}


@pytest.mark.parametrize("method", sorted(METHODS))
def check_the_contract(method: str) -> None:
    model = network()
    kinds = [type(layer) for layer in model.layers]
    before = {name: array.shape for name, array in named(model).items()}
    compressed, history = load(METHODS, method, "compress")(model, 60, PRUNING, trainer())
    assert [type(layer) for layer in compressed.layers] == kinds  # no wrappers are left
    assert {name: array.shape for name, array in named(compressed).items()} == before
    assert [row.epoch for row in history] == [1, 2, 3]
    assert all(np.isfinite(row.val_loss) and 0 < row.learning_rate <= PRUNING.learning_rate for row in history)
    assert compressed(np.zeros((2, 8, 8, 3), np.float32)).shape == (2, 10)


@AMOUNTS
def check_every_prunable_kernel_reaches_the_amount(amount: int) -> None:
    model, _ = load(METHODS, "magnitude", "compress")(network(), amount, PRUNING, trainer())
    for name, array in named(model).items():
        if name in PRUNABLE:
            assert 100 * (array == 0).mean() == pytest.approx(amount, abs=0.5), name
        elif "beta" not in name and "moving_mean" not in name:
            assert np.count_nonzero(array) == array.size, name


@AMOUNTS
def check_the_smallest_are_cut_and_the_rest_is_left(amount: int) -> None:
    model = network()
    before = named(model)
    still = replace(PRUNING, learning_rate=1e-12)
    compressed, _ = load(METHODS, "magnitude", "compress")(model, amount, still, trainer())
    for name, array in named(compressed).items():
        if name in PRUNABLE:
            kept = array != 0
            assert np.abs(before[name][kept]).min() >= np.abs(before[name][~kept]).max(), name
            np.testing.assert_allclose(array[kept], before[name][kept], rtol=1e-5)
        elif "moving" not in name:
            np.testing.assert_allclose(array, before[name], rtol=1e-5, atol=1e-9, err_msg=name)


def check_a_killed_run_ends_in_the_same_bits() -> None:
    compress = load(METHODS, "magnitude", "compress")
    whole, expected = compress(network(), 60, PRUNING, trainer())
    stored: list[Any] = []

    def save_and_die(state: Any) -> None:
        stored.append(state)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compress(network(), 60, PRUNING, trainer(save=save_and_die))
    resumed, history = compress(network(), 60, PRUNING, trainer(load=stored[0]))
    assert [replace(row, seconds=0) for row in history] == [replace(row, seconds=0) for row in expected]
    for weight, other in zip(whole.weights, resumed.weights, strict=True):
        assert weight.numpy().tobytes() == other.numpy().tobytes(), weight.name


@pytest.mark.parametrize(
    "epochs, part, frequency, steps, end, every",
    [
        (5, 0.6, 20, 100, 300, 20),
        (5, 0.61, 20, 100, 300, 20),  # 305: rounded down to an update
        (5, 0.6, 500, 100, 300, 300),  # never less often than once in the ramp
        (1, 0.01, 20, 3, 1, 1),  # never without a step
        (3, 0.6, 2, 4, 6, 2),
    ],
)
def check_ramp_ends_at_an_update(epochs: int, part: float, frequency: int, steps: int, end: int, every: int) -> None:
    spec = PruningSpec(epochs=epochs, learning_rate=0.001, ramp=part, frequency=frequency)
    assert ramp(spec, steps) == (end, every)
