"""Compression methods. TensorFlow would stay loaded for the other tests: the checks have their own process."""

import os
import subprocess
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import pipelines  # noqa: F401  sets TensorFlow's environment
from study.compress import METHODS
from study.errors import StudyError
from study.registry import load
from study.specs.pruning import PruningSpec
from study.specs.training import TrainingSpec

CHILD = "TENSORFLOW_CHECKS" in os.environ
if CHILD:
    import tf_keras
    from tf_keras import layers

    from study.channels.groups import channel_groups
    from study.channels.rebuild import as_wide_as
    from study.compress import magnitude_bn, soft_filter
    from study.compress.magnitude import ramp
    from study.examples import Examples
    from study.images import normalise
    from study.tensorflow_setup import prepare
    from study.training import Resume, Trainer
    from study.weights import set_arrays, to_arrays

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
    after = {name: array.shape for name, array in named(compressed).items()}
    if method == "soft_filter":  # narrower, layer by layer
        assert after.keys() == before.keys() and after != before
        assert all(np.less_equal(shape, before[name]).all() for name, shape in after.items())
    else:
        assert after == before
    assert [row.epoch for row in history] == ([] if method == "magnitude_bn" else [1, 2, 3])
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


@AMOUNTS
def check_one_shot_cuts_exactly_and_leaves_what_it_keeps(amount: int) -> None:
    model = network()
    before = named(model)
    compressed, history = load(METHODS, "magnitude_bn", "compress")(model, amount, PRUNING, trainer())
    assert history == [] and compressed is model
    for name, array in named(compressed).items():
        if name in PRUNABLE:
            kept = array != 0
            assert np.count_nonzero(~kept) == round(amount / 100 * array.size), name
            assert np.abs(before[name][kept]).min() >= np.abs(before[name][~kept]).max(), name
            np.testing.assert_array_equal(array[kept], before[name][kept], err_msg=name)
        elif "moving" in name:
            assert not np.allclose(array, before[name], atol=1e-3), name
        else:
            np.testing.assert_array_equal(array, before[name], err_msg=name)


def two_norms() -> Any:
    """Dropout in front of the second normalisation, so that it would show in its statistics."""
    tf_keras.utils.set_random_seed(0)
    image = layers.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, 2, "same", name="stem")(image)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.7, name="first")(x))
    x = layers.Conv2D(16, 1, name="pointwise")(layers.Dropout(0.5, name="dropout")(x))
    x = layers.BatchNormalization(momentum=0.999, name="second")(x)
    return tf_keras.Model(image, layers.Dense(10, name="logits")(layers.GlobalAveragePooling2D()(x)))


@pytest.mark.parametrize("batch, batches", [(500, [70]), (35, [35, 35]), (30, [30, 30])])
def check_statistics_are_averages_over_the_training_images(
    monkeypatch: pytest.MonkeyPatch, batch: int, batches: list[int]
) -> None:
    monkeypatch.setattr(magnitude_bn, "BATCH", batch)
    model, examples = two_norms(), trainer().train
    magnitude_bn.reestimate(model, examples)
    stem = tf_keras.Model(model.input, model.get_layer("stem").output)
    values, start = [], 0
    for size in batches:
        values.append(stem(normalise(examples.images[start : start + size])).numpy())
        start += size
    _, _, mean, variance = model.get_layer("first").get_weights()
    np.testing.assert_allclose(mean, np.mean([v.mean((0, 1, 2)) for v in values], 0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(variance, np.mean([v.var((0, 1, 2), ddof=1) for v in values], 0), rtol=1e-4)


def check_a_layer_sees_the_others_normalised_and_nothing_dropped() -> None:
    model, examples = two_norms(), trainer().train
    magnitude_bn.reestimate(model, examples)
    before = tf_keras.Model(model.input, model.get_layer("pointwise").output)
    values = before(normalise(examples.images), training=False).numpy()
    _, _, mean, variance = model.get_layer("second").get_weights()
    np.testing.assert_allclose(mean, values.mean((0, 1, 2)), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(variance, values.var((0, 1, 2), ddof=1), rtol=1e-3)


def check_momenta_and_rates_are_restored() -> None:
    model = two_norms()
    magnitude_bn.reestimate(model, trainer().train)
    assert [model.get_layer(name).momentum for name in ("first", "second")] == [0.7, 0.999]
    assert model.get_layer("dropout").rate == 0.5


def check_statistics_are_repeatable() -> None:
    models = [two_norms(), two_norms()]
    for model in models:
        magnitude_bn.reestimate(model, trainer().train)
    for weight, other in zip(models[0].weights, models[1].weights, strict=True):
        assert weight.numpy().tobytes() == other.numpy().tobytes(), weight.name


def check_statistics_that_are_not_finite_are_named() -> None:
    model = two_norms()
    kernel, bias = model.get_layer("stem").get_weights()
    model.get_layer("stem").set_weights([kernel * 1e38, bias])
    with pytest.raises(StudyError, match="first: the statistics are not finite"):
        magnitude_bn.reestimate(model, trainer().train)
    assert [model.get_layer(name).momentum for name in ("first", "second")] == [0.7, 0.999]


def soft(model: Any, amount: int, spec: PruningSpec = PRUNING, **resume: Any) -> Any:
    return load(METHODS, "soft_filter", "compress")(model, amount, spec, trainer(**resume))


@AMOUNTS
def check_exactly_the_planned_filters_are_gone(amount: int) -> None:
    compressed, history = soft(network(), amount)
    widths = {"stem": 32, "pointwise": 64}
    for name, width in widths.items():
        assert compressed.get_layer(name).get_weights()[0].shape[-1] == width - width * amount // 100, name
    assert compressed.output_shape == (None, 10)
    assert [row.selectable for row in history] == [0, 1, 1]  # filters may come back in the first 0.6 of the epochs


def check_what_was_judged_is_what_is_returned() -> None:
    run = trainer()
    compressed, history = load(METHODS, "soft_filter", "compress")(network(), 60, PRUNING, run)
    logits = compressed(normalise(run.validation.images), training=False).numpy()
    right = float((logits.argmax(1) == run.validation.labels).mean())
    assert right == pytest.approx(max(row.val_accuracy for row in history if row.selectable))


def check_a_zeroed_filter_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[list[int]] = []
    strongest = soft_filter.strongest

    def watched(model: Any, groups: Any, amount: int) -> Any:
        kernel, bias = model.get_layer("stem").get_weights()
        if len(cut) == 1:
            back = cut[0][0]
            assert kernel[..., cut[0]].any(axis=(0, 1, 2)).all(), "what is zeroed is trained like all others"
            kernel[..., back] = 1.0  # as if training had found it useful
            model.get_layer("stem").set_weights([kernel, bias])
        keep = strongest(model, groups, amount)
        cut.append(sorted(set(range(32)) - set(keep["stem"].tolist())))
        return keep

    monkeypatch.setattr(soft_filter, "strongest", watched)
    compressed, _ = soft(network(), 30, replace(PRUNING, ramp=0.99))
    assert len(cut) == PRUNING.epochs + 1 and all(len(chosen) == 32 * 30 // 100 for chosen in cut)
    assert cut[0][0] not in cut[1]
    assert (compressed.get_layer("stem").get_weights()[0].mean(axis=(0, 1, 2)) > 0.9).sum() == 1
    assert cut[-1] == cut[-2]


def check_what_stays_is_what_has_the_largest_joint_norm() -> None:
    model = network()
    groups = channel_groups(model, zero_padding=False).prunable
    lengths = np.linalg.norm(model.get_layer("pointwise").get_weights()[0].reshape(-1, 64), axis=0)
    kept = soft_filter.strongest(model, groups, 25)["pointwise"]
    assert len(kept) == 48 and sorted(kept) == kept.tolist()
    assert lengths[kept].min() >= np.delete(lengths, kept).max()
    np.testing.assert_allclose(soft_filter.norms(model, groups["pointwise"]), lengths, rtol=1e-6)


def check_a_soft_pruning_that_was_killed_ends_in_the_same_bytes() -> None:
    states: list[Any] = []
    whole, _ = soft(network(), 60, save=states.append)
    for state in states:
        again, _ = soft(network(), 60, load=state)
        for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
            assert one.tobytes() == other.tobytes()


def check_the_graph_is_rebuilt_from_the_widths_of_its_weights() -> None:
    compressed, _ = soft(network(), 60)
    rebuilt = as_wide_as(network(seed=5), to_arrays(compressed))
    set_arrays(rebuilt, to_arrays(compressed))
    pixels = normalise(trainer().validation.images)
    assert np.array_equal(rebuilt(pixels, training=False), compressed(pixels, training=False))
    whole = network(seed=5)
    assert as_wide_as(whole, to_arrays(network())) is whole
