"""Networks that are cut into groups of channels, and the levels that the first groups make."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras import layers
from tiny_training import alive, built, examples, named, network, residual, same_bytes

from study.convert import SCHEMES
from study.convert.signatures import convert_levels
from study.data.examples import Examples
from study.errors import StudyError
from study.networks.channels.costs import Costs
from study.networks.channels.grouped.costs import costs
from study.networks.channels.grouped.layout import Structure, group_of, layout, name_of
from study.networks.channels.grouped.levels import levels
from study.networks.channels.grouped.rebuild import is_grouped, levels_like
from study.networks.channels.grouped.start import start_from
from study.networks.channels.surgery import prune
from study.networks.models import ARCHITECTURES
from study.networks.weights import to_arrays
from study.registry import load
from study.tflite.edit import only, pack, unpack
from study.tflite.facts import read
from study.tflite.packing import packed
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf

WIDTHS = (100, 75, 50, 25)
NAMES = ["w100", "w75", "w50", "w25"]
STRUCTURES = pytest.mark.parametrize("structure", ["triangular", "block_diagonal"])


def flattened() -> Any:
    """A pooled convolution on padded images, of which dense layers see 2x2 positions."""
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(0)
    image = layers.Input((8, 8, 3), name="pixels")
    x = layers.Conv2D(8, 3, 2, use_bias=False, name="first")(layers.ZeroPadding2D(1, name="pad")(image))
    x = layers.ReLU(name="relu")(layers.BatchNormalization(name="norm")(x))
    x = layers.Flatten(name="flat")(layers.MaxPooling2D(name="pool")(x))
    x = layers.Dense(12, activation="relu", name="dense")(x)
    x = layers.Reshape((1, 1, 12), name="lifted")(x)
    x = layers.Conv2D(5, 1, name="classes")(layers.Dropout(0.5, name="dropout")(x))
    return alive(tf_keras.Model(image, layers.Reshape((5,), name="logits")(x), name="flattened"))


PLAIN = pytest.mark.parametrize("plain", [network, flattened])


def images(count: int = 4) -> Any:
    return np.random.default_rng(1).uniform(-1, 1, (count, 8, 8, 3)).astype(np.float32)


def logits(model: Any) -> Any:
    return model(images(), training=False).numpy()


def without(model: Any, structure: Structure) -> Any:
    """The network with zeros wherever a kernel joins channels of groups that do not read each other."""
    found = layout(model, WIDTHS)
    for step in found.body:
        if (
            step.name in found.channels
            and step.inputs[0] in found.channels
            and isinstance(step.layer, layers.Conv2D | layers.Dense)
        ):
            kernel, *rest = step.layer.get_weights()
            kept = np.zeros(kernel.shape[-2:])
            for group in range(1, 5):
                for source in found.read(step, group, structure):
                    joined = np.ix_(found.channels[step.inputs[0]][source - 1], found.channels[step.name][group - 1])
                    kept[joined] = 1
            assert 0 < kept.mean() < 1
            step.layer.set_weights([kernel * kept, *rest])
    return model


def test_parameters_and_multiply_accumulates_by_hand() -> None:
    """Stem of 4 x 8 channels from 3 at 4x4 positions, then 4 x 16 of those read, then 10 classes."""
    for structure, widths in (("triangular", (8, 16, 24, 32)), ("block_diagonal", (8, 8, 8, 8))):
        parameters, weights, macs, wanted = 10, 0, 0, []
        for sources in widths:
            kernels = {16: 27 * 8 + 9 * 8 + sources * 16, 1: 16 * 10}
            parameters += sum(kernels.values()) + 8 + 4 * 8 + 8  # biases of stem and depthwise, batch normalisation
            weights += sum(kernels.values())
            macs += sum(positions * size for positions, size in kernels.items())
            wanted.append((parameters, Costs(macs, weights)))
        made = levels(network(), WIDTHS, structure)
        assert list(made) == NAMES
        assert [(one.count_params(), costs(one)) for one in reversed(made.values())] == wanted


@PLAIN
@STRUCTURES
def test_a_level_depends_on_its_groups_alone_and_on_each_of_them(plain: Any, structure: Structure) -> None:
    made = levels(plain(), WIDTHS, structure)
    before = {key: logits(one) for key, one in made.items()}
    for group in range(4, 0, -1):
        for layer in made["w100"].layers:
            if group_of(layer.name) == group and hasattr(layer, "kernel") and layer.kernel is not None:
                layer.kernel.assign(layer.kernel + 0.1)
        changed = {key for key, one in made.items() if not np.array_equal(logits(one), before[key])}
        assert changed == set(NAMES[: 5 - group]), group
        before = {key: logits(one) for key, one in made.items()}


@STRUCTURES
def test_what_a_group_contributes_reads_those_before_it_or_none(structure: Structure) -> None:
    wide = levels(network(), WIDTHS, structure)["w100"]
    parts = {group: tf_keras.Model(wide.input, wide.get_layer(f"logits_g{group}").output) for group in range(1, 5)}
    before = {group: logits(part) for group, part in parts.items()}
    np.testing.assert_allclose(logits(wide), sum(before.values()), atol=1e-6)
    assert [parts[group].layers[-1].use_bias for group in parts] == [True, False, False, False]
    wide.get_layer("stem_g2").kernel.assign_add(np.full((3, 3, 3, 8), 0.1))
    changed = {group for group, part in parts.items() if not np.array_equal(logits(part), before[group])}
    assert changed == ({2, 3, 4} if structure == "triangular" else {2})


def test_levels_share_their_layers() -> None:
    made = levels(network(), WIDTHS, "triangular")
    wide = {layer.name: layer for layer in made["w100"].layers}
    for key, count in (("w25", 1), ("w50", 2)):
        kernels = [layer for layer in made[key].layers if layer.weights]
        assert all(layer is wide[layer.name] for layer in kernels)
        assert {group_of(layer.name) for layer in kernels} == set(range(1, count + 1))


@PLAIN
@STRUCTURES
def test_they_start_as_the_plain_network_without_the_connections_that_are_gone(
    plain: Any, structure: Structure
) -> None:
    model = without(plain(), structure)
    made = levels(model, WIDTHS, structure)
    start_from(model, layout(model, WIDTHS), structure, made["w100"])
    np.testing.assert_allclose(logits(made["w100"]), logits(model), atol=1e-5)
    half = {"network": {"stem": 16, "pointwise": 32}, "flattened": {"first": 4, "dense": 6}}[plain.__name__]
    smaller = prune(model, {name: range(count) for name, count in half.items()})
    np.testing.assert_allclose(logits(made["w50"]), logits(smaller), atol=1e-5)


@pytest.mark.parametrize(
    "narrowest, stem, pointwise", [(25, [8, 8, 8, 8], [16] * 4), (60, [19, 4, 5, 4], [38, 9, 9, 8])]
)
def test_groups_are_as_wide_as_the_steps_between_levels(narrowest: int, stem: list[int], pointwise: list[int]) -> None:
    every = {25: WIDTHS, 60: (100, 87, 73, 60)}[narrowest]
    found = layout(network(), every).channels
    for name, sizes in (("stem", stem), ("pointwise", pointwise)):
        assert [len(own) for own in found[name]] == sizes
        assert np.array_equal(np.concatenate(found[name]), np.arange(sum(sizes)))


@PLAIN
@STRUCTURES
def test_levels_come_back_from_the_weights_of_the_widest(plain: Any, structure: Structure) -> None:
    made = levels(plain(), WIDTHS, structure)
    alive(made["w100"])
    stored = to_arrays(made["w100"])
    assert is_grouped(stored) and not is_grouped(to_arrays(plain()))
    again = levels_like(plain(), {"w100": stored, "w75": {}, "w50": {}, "w25": {}})
    assert list(again) == NAMES
    wide = {id(weight) for weight in again["w100"].weights}
    for key, one in made.items():
        assert named(one).keys() == named(again[key]).keys() and same_bytes(one, again[key])
        assert np.array_equal(logits(one), logits(again[key]))
        assert all(id(weight) in wide for weight in again[key].weights)


@STRUCTURES
def test_levels_that_share_nothing_come_back_with_weights_of_their_own(structure: Structure) -> None:
    made = {key: alive(levels(flattened(), WIDTHS, structure)[key]) for key in NAMES}
    again = levels_like(flattened(), {key: to_arrays(one) for key, one in made.items()})
    assert list(again) == NAMES
    for key, one in made.items():
        assert same_bytes(one, again[key]) and np.array_equal(logits(one), logits(again[key]))
    stem = {id(one.get_layer("first_g1").kernel) for one in again.values()}
    assert len(stem) == 4


def test_weights_of_another_network_are_named() -> None:
    made = levels(network(), WIDTHS, "triangular")
    stored = to_arrays(made["w100"])
    del stored["stem_g3/kernel:0"]
    with pytest.raises(StudyError, match="the weights file has no stem_g3/kernel:0"):
        levels_like(network(), {"w100": stored, "w75": {}, "w50": {}, "w25": {}})


@PLAIN
@STRUCTURES
def test_each_signature_computes_what_keras_does(plain: Any, structure: Structure) -> None:
    made = levels(plain(), WIDTHS, structure)
    alive(made["w100"])
    interpreter = tf.lite.Interpreter(model_content=convert_levels(made, lambda converter: None))
    interpreter.allocate_tensors()
    for key, one in made.items():
        runner = interpreter.get_signature_runner(key)
        found = np.concatenate([runner(image=image[None])["logits"] for image in images()])
        np.testing.assert_allclose(found, logits(one), atol=1e-5 * np.abs(logits(one)).max())


@pytest.mark.parametrize("scheme", ["float32", "int8", "int8_tuned", "int8_tuned_shared"])
@STRUCTURES
def test_a_level_answers_as_the_file_of_it_alone(structure: Structure, scheme: str) -> None:
    made, held = levels(flattened(), WIDTHS, structure), examples(20)
    alive(made["w100"])
    tflite = load(SCHEMES, scheme, "convert")(made, held.images, held)
    found = list(read(tflite).levels)  # the converter sorts their names
    assert sorted(found) == sorted(NAMES)
    single = load(SCHEMES, scheme.removesuffix("_shared"), "convert")
    for number, key in enumerate(found):
        alone = single({SERVING_DEFAULT: made[key]}, held.images, held)
        answer = answers(packed(tflite), key)
        assert answer == answers(pack(only(unpack(tflite), number)), key)
        assert answer == answers(alone, SERVING_DEFAULT)
        assert read(alone).level().macs == read(tflite).levels[key].macs


def answers(tflite: bytes, signature: str) -> bytes:
    interpreter = tf.lite.Interpreter(model_content=tflite)
    interpreter.allocate_tensors()
    run = interpreter.get_signature_runner(signature)
    return b"".join(run(image=image[None])["logits"].tobytes() for image in images())


@pytest.mark.parametrize("scheme, most", [("float32", 1.02), ("int8", 1.05)])
def test_a_family_is_hardly_larger_than_its_widest_level(scheme: str, most: float) -> None:
    made, held = (
        levels(built("alexnet"), WIDTHS, "block_diagonal"),
        Examples(np.zeros((2, 32, 32, 3), np.uint8), [0, 1]),
    )
    convert = load(SCHEMES, scheme, "convert")
    family, widest = (len(packed(convert(one, held.images, held))) for one in (made, {"w100": made["w100"]}))
    assert widest < family <= most * widest


@pytest.mark.parametrize("family", sorted(name for name, family in ARCHITECTURES.items() if not family.brought))
def test_the_registry_knows_which_networks_can_be_cut(family: str) -> None:
    model = built(family)
    if ARCHITECTURES[family].chain:
        assert layout(model, WIDTHS).groups == 4
    else:
        with pytest.raises(StudyError, match="ties channels together"):
            layout(model, WIDTHS)


def test_names() -> None:
    assert name_of("conv_pw_1", 3) == "conv_pw_1_g3" and group_of("conv_pw_1_g3") == 3
    assert [group_of(name) for name in ("conv_pw_1", "big_gate", "g2", "conv_g")] == [0, 0, 0, 0]


def last_layer(**options: Any) -> Any:
    image = layers.Input((8, 8, 3))
    x = layers.Conv2D(8, 8, name="first")(image)
    return image, layers.Conv2D(4, 1, name="classes", **options)(x)


def test_what_cannot_be_cut_is_named() -> None:
    tf_keras.backend.clear_session()
    image, plain = last_layer()
    relu = tf_keras.Model(*last_layer(activation="relu"))
    branch = layers.Flatten()(plain)
    shifted = tf_keras.Model(image, plain + 1.0, name="shifted")
    for model, said in (
        (residual(), r"layer multiply \(Multiply\) ties channels together: only networks without residual sums"),
        (relu, "the last layer with a kernel, classes, must have no activ"),
        (tf_keras.Model(image, layers.BatchNormalization(name="bn")(plain)), "layer bn has weights behind classes"),
        (tf_keras.Model(image, [plain, branch], name="two"), "two has several inputs or outputs"),
        (tf_keras.Model(image, layers.Flatten()(image), name="flat"), "flat has no convolution and no dense layer"),
        (tf_keras.Model(image, layers.Conv2D(9, 8, name="only")(image), name="one"), "one has no layer before only"),
        (shifted, r"shifted: layer .* \(TFOpLambda\) ties channels together"),
    ):
        with pytest.raises(StudyError, match=said):
            levels(model, WIDTHS, "triangular")


@pytest.mark.parametrize("channels, wide_enough", [(4, True), (3, False), (1, False)])
def test_a_layer_needs_a_channel_for_each_group(channels: int, wide_enough: bool) -> None:
    image = layers.Input((8, 8, 3))
    x = layers.Conv2D(channels, 8, name="few")(image)
    model = tf_keras.Model(image, layers.Conv2D(4, 1)(x), name="thin")
    if wide_enough:
        assert [len(own) for own in layout(model, WIDTHS).channels["few"]] == [1] * 4
    else:
        with pytest.raises(
            StudyError, match=f"thin: layer few has {channels} channels, too few for 4 groups of 25, 50"
        ):
            layout(model, WIDTHS)
