"""Several networks in one file, a signature each; a single one as the converter always wrote it."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tiny_training import alive, examples, network

from study.convert import SCHEMES
from study.convert.signatures import convert_levels, convert_with
from study.data.augment import normalise
from study.errors import StudyError
from study.networks.channels.prefixes import first_channels
from study.networks.channels.surgery import prune
from study.registry import load
from study.tflite.edit import only, pack, unpack
from study.tflite.facts import read
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf


def float32(converter: tf.lite.TFLiteConverter) -> None:
    """No options."""


def test_each_network_is_a_level_that_computes_what_it_computes_alone() -> None:
    wide, other = network(), network()
    other.set_weights([0.5 * weight for weight in other.get_weights()])
    tflite = convert_levels({SERVING_DEFAULT: wide, "w50": other}, float32)
    assert list(read(tflite).levels) == [SERVING_DEFAULT, "w50"]
    image = np.random.default_rng(0).uniform(-1, 1, (1, *wide.input_shape[1:])).astype(np.float32)
    interpreter = tf.lite.Interpreter(model_content=tflite)
    interpreter.allocate_tensors()
    answers = {key: interpreter.get_signature_runner(key)(image=image)["logits"] for key in (SERVING_DEFAULT, "w50")}
    for key, model in ((SERVING_DEFAULT, wide), ("w50", other)):
        np.testing.assert_allclose(answers[key], model(image, training=False).numpy(), atol=1e-5)
    assert not np.allclose(answers[SERVING_DEFAULT], answers["w50"])


def test_a_single_network_is_the_usual_signature_and_the_same_bytes_twice() -> None:
    model = network()
    tflite = convert_with(model, float32)
    assert list(read(tflite).levels) == [SERVING_DEFAULT]
    assert tflite == convert_with(model, float32)


def levels() -> dict[str, Any]:
    """A network and half of it, whose logits are not alike."""
    wide = alive(network())
    return {"w100": wide, "w50": prune(wide, first_channels(wide, 50, 8, streams=True), zero_padding=False)}


def answers(tflite: bytes, images: Any, signature: str) -> Any:
    """Logits [N, C], each image alone, by TensorFlow's own interpreter without its delegate."""
    interpreter = tf.lite.Interpreter(
        model_content=tflite,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    run = interpreter.get_signature_runner(signature)
    (source,) = run.get_input_details().values()
    given = normalise(images)
    if source["dtype"] != np.float32:
        scale, zero_point = source["quantization"]
        given = np.clip(np.rint(given / scale + zero_point), -128, 127).astype(np.int8)
    return np.concatenate([run(image=given[i : i + 1])["logits"] for i in range(len(given))])


@pytest.mark.parametrize("scheme", sorted(name for name, one in SCHEMES.items() if not one.alone and not one.zeros))
def test_levels_of_a_file_answer_as_files_of_their_own(scheme: str) -> None:
    convert, held = load(SCHEMES, scheme, "convert"), examples(40)
    several = levels()
    tflite = convert(several, held.images[:20], held)
    assert list(read(tflite).levels) == ["w100", "w50"]
    assert tflite == convert(several, held.images[:20], held)
    for number, (key, model) in enumerate(several.items()):
        if SCHEMES[scheme].several:  # the scales are of the family: the file of one level is cut from it
            alone, signature = pack(only(unpack(tflite), number)), key
        else:
            alone, signature = convert({SERVING_DEFAULT: model}, held.images[:20], held), SERVING_DEFAULT
        assert answers(tflite, held.images, key).tobytes() == answers(alone, held.images, signature).tobytes()
        single, level = read(alone).level(), read(tflite).levels[key]
        assert (single.macs, single.weight_bytes, single.arena_bytes) == (
            level.macs,
            level.weight_bytes,
            level.arena_bytes,
        )


def test_a_scheme_that_looks_at_one_network_refuses_several() -> None:
    held = examples(20)
    with pytest.raises(StudyError, match=r"int8_selective chooses the layers of one network: take int8_tuned"):
        load(SCHEMES, "int8_selective", "convert")(levels(), held.images, held)


def test_a_level_keeps_the_file_in_one_piece() -> None:
    tflite = load(SCHEMES, "float32", "convert")(levels(), None, None)
    model = unpack(tflite)
    for number, signature in enumerate(("w100", "w50")):
        alone = pack(only(model, number))
        assert list(read(alone).levels) == [signature]
        assert read(alone).level().macs == read(tflite).levels[signature].macs
    assert [one.subgraphIndex for one in model.signatureDefs] == [0, 1]  # as before
