"""int8 with searched ranges and with layers in float, on a network with one layer that plain int8 ruins.

The layer `wide` is a 1x1 convolution without batch normalisation before a hard-swish; some of its channels reach far
below -3, where the hard-swish is flat. TensorFlow would stay loaded for the other tests: the checks have their own
process.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest
import tf_keras
from quantized import in_one_go, smooth_images
from tf_keras import layers

from study.convert import float32, int8
from study.convert.calibration import calibrate, quantize
from study.convert.tuned import calibrated, diagnosis, int8_selective, int8_tuned, selection, sensitivity
from study.data.augment import normalise
from study.data.examples import Examples
from study.tflite.edit import unpack
from study.tflite.parse import parse
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf


CALIBRATION = 40
DEEP = -300.0


@cache
def images() -> np.ndarray:
    return smooth_images(140)


@cache
def network() -> Any:
    """Hard-swish as in MobileNetV3 of keras.applications, x sigmoid(x) as in EfficientNet."""
    tf_keras.utils.set_random_seed(0)
    image = layers.Input((16, 16, 3))
    x = layers.Conv2D(32, 3, 2, "same", use_bias=False, name="stem")(image)
    x = layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.0)(x))
    x = layers.Conv2D(48, 1, name="wide")(x)
    x = layers.Multiply()([x, layers.ReLU(6.0)(x + 3.0) * (1.0 / 6.0)])
    x = layers.Activation("swish", name="swish")(layers.Conv2D(128, 1, name="middle")(x))
    x = layers.ReLU()(layers.Conv2D(512, 1, name="pointwise")(x))
    model = tf_keras.Model(image, layers.Dense(10, name="logits")(layers.GlobalAveragePooling2D()(x)))
    for name in ("wide", "middle", "pointwise", "logits"):
        bias = model.get_layer(name).bias
        bias.assign(np.random.default_rng(len(name)).normal(0, 0.005, bias.shape))
    kernel, bias = model.get_layer("wide").get_weights()
    bias[1:9] = DEEP
    model.get_layer("wide").set_weights([kernel, bias])
    model(normalise(images()), training=True)  # statistics of the images themselves
    return model


def calibration() -> np.ndarray:
    return images()[:CALIBRATION]


@cache
def exact() -> np.ndarray:
    logits: np.ndarray = network()(normalise(images()), training=False).numpy()
    return logits


@cache
def validation() -> Examples:
    """Labelled by the network itself: its accuracy is 1."""
    return Examples(images()[CALIBRATION:], exact()[CALIBRATION:].argmax(1))


@cache
def seen() -> bytes:
    return calibrate({SERVING_DEFAULT: network()}, calibration())


@cache
def searched() -> bytes:
    return calibrated.with_least_error(seen(), calibration())


@cache
def whole() -> bytes:
    return float32.convert({SERVING_DEFAULT: network()}, calibration(), validation())


TOLD: list[tuple[int, int]] = []
"""Steps that the diagnosis went through, and how many it had announced."""


@cache
def diagnosed() -> Any:
    def watch(steps: Any, total: int, what: str) -> Any:
        done = list(steps)
        TOLD.append((len(done), total))
        return done

    return diagnosis.diagnose(network(), calibration(), validation(), watch)


@cache
def tuned() -> bytes:
    return int8_tuned.convert({SERVING_DEFAULT: network()}, calibration(), validation())


def ratio(tflite: bytes) -> float:
    """Signal over noise at the logits of images that calibration has not seen, in dB."""
    return sensitivity.sqnr_db(exact()[CALIBRATION:], calibrated.logits(tflite, images()[CALIBRATION:]))


def ranges(tflite: bytes) -> dict[str, tuple[float, float]]:
    """Ranges that the calibrated file holds, by name of the activation."""
    graph = unpack(tflite).subgraphs[0]
    return {
        tensor.name.decode(): (tensor.quantization.min[0], tensor.quantization.max[0])
        for tensor in graph.tensors
        if tensor.quantization is not None and tensor.quantization.min is not None and len(tensor.quantization.min) == 1
    }


def output_of(kind: str) -> list[str]:
    return [operator.name for operator in calibrated.operators(seen()) if operator.kind == kind]


def before(kind: str) -> str:
    """Name of the activation that the only operator of a kind reads."""
    graph = parse(seen()).graph(SERVING_DEFAULT)
    (operator,) = (operator for operator in graph.operators if operator.name == kind)
    return graph.tensors[operator.inputs[0]].name


def test_logits_of_the_float_file_are_those_of_keras() -> None:
    np.testing.assert_allclose(calibrated.logits(whole(), images()), exact(), atol=1e-4)


def test_plain_int8_is_poor_and_searched_ranges_are_not() -> None:
    plain = ratio(int8.convert({SERVING_DEFAULT: network()}, calibration(), validation()))
    searched_for = ratio(tuned())
    assert plain < 20 and searched_for > plain + 12, (plain, searched_for)


def test_two_steps_give_what_the_converter_gives_in_one() -> None:
    one = in_one_go(network(), calibration())
    np.testing.assert_array_equal(calibrated.logits(quantize(seen()), images()), calibrated.logits(one, images()))


def test_the_conversion_is_repeatable() -> None:
    assert int8_tuned.convert({SERVING_DEFAULT: network()}, calibration(), validation()) == tuned()


def test_ranges_are_searched_behind_the_activation_function() -> None:
    wide, narrow = ranges(seen()), ranges(searched())
    assert wide[before("HARD_SWISH")][0] < DEEP + 50
    assert -8 < narrow[before("HARD_SWISH")][0] < -2
    assert narrow[before("HARD_SWISH")][1] > 0.5 * wide[before("HARD_SWISH")][1]


def test_ranges_lie_within_those_seen() -> None:
    wide, narrow = ranges(seen()), ranges(searched())
    assert wide.keys() == narrow.keys()
    for name, (low, high) in narrow.items():
        assert min(wide[name][0], 0) - 1e-4 <= low <= 0 <= high <= max(wide[name][1], 0) + 1e-4, name


def test_one_image_with_huge_logits_does_not_take_the_levels_of_all_others() -> None:
    """Where everything is bright, one feature fires that no other image has, and the logits rise a hundredfold."""
    image = layers.Input((16, 16, 3))
    x = layers.ReLU()(layers.Conv2D(16, 1, name="features")(layers.GlobalAveragePooling2D(keepdims=True)(image)))
    model = tf_keras.Model(image, layers.Dense(10, name="logits")(layers.Flatten()(x)))
    kernel, bias = model.get_layer("features").get_weights()
    kernel[..., -1], bias[-1] = 1000 / 3, -900  # the mean brightness beyond 0.9, a thousandfold
    model.get_layer("features").set_weights([kernel, bias])
    kernel, bias = model.get_layer("logits").get_weights()
    kernel[-1] = 1
    model.get_layer("logits").set_weights([kernel, bias])
    shown = calibration().copy()
    shown[3] = 255
    as_recorded = calibrate({SERVING_DEFAULT: model}, shown)
    within = calibrated.with_least_error(as_recorded, shown)
    others = images()[CALIBRATION:]
    exactly = model(normalise(others), training=False).numpy()
    plain, found = (
        sensitivity.sqnr_db(exactly, calibrated.logits(quantize(tflite), others)) for tflite in (as_recorded, within)
    )
    assert abs(exactly).max() < 5 and ranges(as_recorded)[calibrated.operators(as_recorded)[-1].name][1] > 50
    assert plain < 15 and found > plain + 15, (plain, found)


def test_operators_are_named_in_order() -> None:
    found = calibrated.operators(seen())
    kinds = [operator.kind for operator in found]
    assert kinds == [
        "CONV_2D",
        "CONV_2D",
        "HARD_SWISH",
        "CONV_2D",
        "LOGISTIC",
        "MUL",
        "CONV_2D",
        "MEAN",
        "FULLY_CONNECTED",
    ]
    weights = {operator.name: operator.weights for operator in found}
    assert len(weights) == len(found)
    assert weights[output_of("FULLY_CONNECTED")[0]] == 512 * 10 + 10
    assert weights[output_of("CONV_2D")[1]] == 32 * 48 + 48
    assert weights[output_of("HARD_SWISH")[0]] == weights[output_of("LOGISTIC")[0]] == 0


def test_everything_in_float_is_the_float_file() -> None:
    everything = {operator.name for operator in calibrated.operators(searched())}
    tflite = quantize(searched(), everything)
    np.testing.assert_allclose(
        calibrated.logits(tflite, images()), calibrated.logits(whole(), images()), rtol=1e-6, atol=1e-6
    )
    assert abs(len(tflite) - len(whole())) < 0.1 * len(whole())


def test_one_layer_in_float() -> None:
    dense = output_of("FULLY_CONNECTED")[0]
    graph = parse(quantize(seen(), {dense})).graph(SERVING_DEFAULT)
    kinds = {
        graph.tensors[operator.inputs[1]].dtype for operator in graph.operators if operator.name == "FULLY_CONNECTED"
    }
    convolutions = {
        graph.tensors[operator.inputs[1]].dtype for operator in graph.operators if operator.name == "CONV_2D"
    }
    assert (kinds, convolutions) == ({"FLOAT32"}, {"INT8"})


def test_every_channel_is_sampled() -> None:
    """A range is judged by some positions of an activation: none of the channels may be passed over."""
    tensors = parse(seen()).graph(SERVING_DEFAULT).tensors
    (index,) = (number for number, tensor in enumerate(tensors) if tensor.name == before("HARD_SWISH"))
    found = calibrated._activations(seen(), calibration())[index]
    assert found.shape == (CALIBRATION, calibrated.SAMPLE)
    deep = (found < DEEP / 2).mean()
    assert deep == pytest.approx(8 / 48, rel=0.1)


def test_the_diagnosis_names_the_planted_layer_under_ranges_as_seen() -> None:
    names = [(operator.name, operator.kind) for operator in calibrated.operators(seen())]
    found = list(
        sensitivity.sensitivities(
            names,
            lambda kept: quantize(seen(), kept),
            lambda tflite: calibrated.logits(tflite, calibration()),
        )
    )
    worst = min(found, key=lambda layer: layer.sqnr_db)
    assert worst.name in (before("HARD_SWISH"), output_of("HARD_SWISH")[0]), found


@cache
def selective() -> bytes:
    return int8_selective.convert({SERVING_DEFAULT: network()}, calibration(), validation())


def test_the_diagnosis() -> None:
    found, chosen = diagnosed(), diagnosed().selection
    operators = [(operator.name, operator.kind) for operator in calibrated.operators(seen())]
    assert [(layer.name, layer.kind) for layer in chosen.layers] == operators
    assert [(layer.name, layer.kind) for layer in found.plain_layers] == operators
    assert found.top1 == 1 and found.file_bytes == len(whole()) and found.images == len(validation())
    assert found.plain.in_float == chosen.steps[0].in_float == ()
    assert found.plain.top1 <= chosen.steps[0].top1  # what the search of ranges is worth
    within = [step.top1 >= found.top1 - selection.BUDGET for step in chosen.steps]
    best = max(step.top1 for step in chosen.steps)
    assert chosen.chosen == within.index(True) if any(within) else chosen.steps[chosen.chosen].top1 == best


def test_every_step_counts_what_it_says() -> None:
    for step in diagnosed().selection.steps:
        tflite = quantize(searched(), step.in_float)
        answers = calibrated.logits(tflite, validation().images).argmax(1)
        assert step.top1 == step.agreement == (answers == validation().labels).mean()
        assert step.file_bytes == len(tflite)


def test_files_stay_within_their_bytes() -> None:
    found = diagnosed().selection
    assert 0 < len(found.steps[-1].in_float) < len(found.layers)  # some fit, not all
    for step in found.steps:
        assert step.file_bytes <= selection.LARGEST * len(whole()), step


def test_selective_is_the_chosen_file() -> None:
    found = diagnosed().selection
    assert selective() == quantize(searched(), found.steps[found.chosen].in_float)
    assert ratio(selective()) >= ratio(quantize(searched())) - 0.5


def test_progress_is_announced_in_full() -> None:
    diagnosed()
    assert len(TOLD) == 4 and all(done == total for done, total in TOLD), TOLD


def test_an_operand_has_its_own_range_and_not_that_of_the_result() -> None:
    """TensorFlow 2.19 records both ranges of an in-place kernel as the wider one: here a gate between 0 and 1."""
    image = layers.Input((16, 16, 3))
    gate = layers.Activation("sigmoid")(layers.Conv2D(4, 1)(image))
    scaled = layers.Multiply(name="gated")([gate, layers.Conv2D(4, 1)(image) * 100.0])
    model = tf_keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(scaled)))
    as_recorded = calibrate({SERVING_DEFAULT: model}, calibration())
    found = {}
    for name, tflite in (("recorded", as_recorded), ("own", calibrated.with_least_error(as_recorded, calibration()))):
        graph = unpack(tflite).subgraphs[0]
        kinds = [operator.kind for operator in calibrated.operators(tflite)]
        output = graph.tensors[graph.operators[kinds.index("LOGISTIC")].outputs[0]].quantization
        found[name] = (output.min[0], output.max[0])
    assert found["own"][0] == 0 and 0.5 < found["own"][1] <= 1, found
    assert found["recorded"][0] <= 0 and found["recorded"][1] >= found["own"][1], found
