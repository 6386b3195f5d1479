"""One scale for all levels: kernels of narrower levels are slices of the widest one's integers."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from tf_keras import layers
from tiny_training import alive, examples, network

from study.convert.calibration import calibrate, quantize
from study.convert.requantization import KINDS
from study.convert.signatures import Levels
from study.convert.tuned.int8_tuned_shared import BITS, PART, _coarse, _rounded, convert, with_shared_scales
from study.data.augment import normalise
from study.networks.channels.grouped.layout import Structure
from study.networks.channels.grouped.levels import levels
from study.networks.channels.prefixes import first_channels, part
from study.tflite.edit import unpack

pytestmark = pytest.mark.tf

KERNELS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def family(negative: bool = False) -> Levels:
    """A network and half of it, which share kernels and differ in batch normalisation."""
    wide = alive(network())
    half = part(wide, first_channels(wide, 50, 8, streams=True))
    half.settle()
    rng = np.random.default_rng(5)
    for layer in half.network.layers:
        if isinstance(layer, layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            signs = rng.choice([-1, 1], gamma.shape) if negative else 1
            layer.set_weights([gamma * rng.uniform(0.3, 3, gamma.shape) * signs, beta + 0.1, mean, variance * 2])
    return {"w100": wide, "w50": half.network}


def kernels(tflite: bytes, level: int) -> list[tuple[Any, Any]]:
    """Values and scales of each kernel, in the order of the operators."""
    model = unpack(tflite)
    graph, found = model.subgraphs[level], []
    codes = [getattr(schema.BuiltinOperator, name) for name in KERNELS]
    for operator in graph.operators:
        if model.operatorCodes[operator.opcodeIndex].builtinCode in codes:
            tensor = graph.tensors[operator.inputs[1]]
            values = np.asarray(model.buffers[tensor.buffer].data, np.uint8).view(np.int8).reshape(tensor.shape)
            found.append((values, np.asarray(tensor.quantization.scale)))
    return found


def logits(tflite: bytes, signature: str, images: Any) -> Any:
    interpreter = tf.lite.Interpreter(model_content=tflite)
    interpreter.allocate_tensors()
    run = interpreter.get_signature_runner(signature)
    return np.concatenate([run(image=image[None])["logits"] for image in normalise(images)])


@pytest.mark.parametrize("negative", [False, True])
def test_kernels_are_slices_and_answers_stay_those_of_the_network(negative: bool) -> None:
    levels, held = family(negative), examples(60)
    tflite = convert(levels, held.images[:30], held)
    for (wide, _), (own, _) in zip(kernels(tflite, 0), kernels(tflite, 1), strict=True):
        there = wide[tuple(map(slice, own.shape))]
        assert np.array_equal(own, there) or (negative and np.array_equal(np.abs(own), np.abs(there)))
        assert own.any()
    for key, model in levels.items():
        real = model(normalise(held.images), training=False).numpy()
        error = np.sqrt(((logits(tflite, key, held.images) - real) ** 2).mean()) / real.std()
        assert error < 0.1, key


@pytest.mark.parametrize("structure", ["triangular", "block_diagonal"])
def test_kernels_of_channels_in_groups_are_the_widest_ones_already(structure: Structure) -> None:
    made, held = levels(network(), (100, 75, 50, 25), structure), examples(40)
    alive(made["w100"])
    tflite = convert(made, held.images, held)
    whole = {(values.tobytes(), scales.tobytes()) for values, scales in kernels(tflite, 0)}
    for level in range(1, 4):  # w25, w50, w75: the converter sorts their names
        own = {(values.tobytes(), scales.tobytes()) for values, scales in kernels(tflite, level)}
        assert own < whole and len(own) == 4 * level


def test_the_widest_level_is_found_whatever_its_place_in_the_file() -> None:
    levels, held = family(), examples(40)
    named = {"w100": levels["w100"], "w10": levels["w50"]}  # the converter puts w10 first
    tflite = convert(named, held.images, held)
    assert [one.signatureKey for one in unpack(tflite).signatureDefs] == [b"w10", b"w100"]
    for (narrow, _), (wide, _) in zip(kernels(tflite, 0), kernels(tflite, 1), strict=True):
        assert np.array_equal(narrow, wide[tuple(map(slice, narrow.shape))])


def test_the_widest_level_keeps_its_bytes() -> None:
    levels, held = family(), examples(40)
    ranges = calibrate(levels, held.images)
    plain = quantize(ranges)
    shared = with_shared_scales(plain, ranges, "w100")
    assert len(shared) < 1.02 * len(plain)  # what it replaced is gone
    for (before, scales), (after, same) in zip(kernels(plain, 0), kernels(shared, 0), strict=True):
        assert np.array_equal(before, after) and np.array_equal(scales, same)
    assert any(
        not np.array_equal(before, after)
        for (before, _), (after, _) in zip(kernels(plain, 1), kernels(shared, 1), strict=True)
    )


def test_a_kernel_that_is_no_multiple_stays_as_it_is() -> None:
    levels, held = family(), examples(40)
    layer = levels["w50"].get_layer("pointwise")
    kernel = layer.get_weights()[0]
    kernel[..., 3] = np.random.default_rng(2).normal(0, 0.1, kernel[..., 3].shape)
    layer.set_weights([kernel])
    ranges = calibrate(levels, held.images)
    plain = quantize(ranges)
    before, after = (kernels(one, 1)[2][0] for one in (plain, with_shared_scales(plain, ranges, "w100")))
    assert np.array_equal(before[3], after[3])  # [C out, 1, 1, C in]
    assert np.array_equal(after[0], kernels(plain, 0)[2][0][0, ..., : after.shape[-1]])


def test_scales_and_biases_of_narrower_levels_hold_no_bits_without_a_meaning() -> None:
    levels, held = family(), examples(40)
    ranges = calibrate(levels, held.images)
    tflite = with_shared_scales(quantize(ranges), ranges, "w100")
    model, seen = unpack(tflite), 0
    for (_, exact), (_, coarse) in zip(kernels(quantize(ranges), 1), kernels(tflite, 1), strict=True):
        mantissa, _ = np.frexp(coarse)
        assert np.array_equal(mantissa * 2**BITS, np.rint(mantissa * 2**BITS))
        assert (exact > 0).all()
    for graph in model.subgraphs[1:]:
        for operator in graph.operators:
            if model.operatorCodes[operator.opcodeIndex].builtinCode in KINDS:
                source, kernel, bias = (graph.tensors[index] for index in operator.inputs)
                values = np.asarray(model.buffers[bias.buffer].data, np.uint8).view(np.int32)
                steps = np.asarray(kernel.quantization.scale, np.float64) * source.quantization.scale[0]
                output = graph.tensors[operator.outputs[0]].quantization.scale[0]
                unit = 2 ** np.floor(np.log2(np.maximum(PART * output / steps, 1)))
                assert np.array_equal(values % unit, np.zeros(len(values)))
                np.testing.assert_allclose(bias.quantization.scale, steps, rtol=2.0**-BITS)
                seen += bool((unit > 1).any())
    assert seen


def test_biases_are_off_by_less_than_a_step_and_scales_by_less_than_a_part_in_256() -> None:
    values = np.random.default_rng(0).normal(0, 1e5, 1000)
    steps = np.exp(np.linspace(-3, 9, 1000))
    assert (np.abs(_rounded(values, steps) - values) <= np.maximum(steps, 1) / 2).all()
    assert (_rounded(np.array([1e12, -1e12]), np.ones(2)) == [2**31 - 1, -(2**31)]).all()
    scales = np.exp(np.linspace(-20, 3, 1000))
    assert (np.abs(_coarse(scales) / scales - 1) <= 1 / 256 + 1e-12).all()
    assert len(np.unique(np.frexp(_coarse(scales))[0])) == 2 ** (BITS - 1)
