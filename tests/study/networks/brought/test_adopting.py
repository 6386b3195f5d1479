"""A model of somebody else's becomes a network of the study that gives the same answers, or one line says why not."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from study.data.augment import normalise
from study.data.examples import Examples
from study.errors import StudyError
from study.networks.brought.adopting import Adopted, Reading, adopt, answers, look
from study.networks.models.file import Frozen, freeze, graph_of, rebuilt
from study.networks.weights import set_arrays, to_arrays

pytestmark = pytest.mark.tf

CLASSES = ("ant", "bee", "cat")
SIZE = 32
rng = np.random.default_rng(1)
VALIDATION = Examples(rng.integers(0, 256, (12, SIZE, SIZE, 3), np.uint8), np.arange(12) % 3)
READING = Reading((0.0, 1.0))


def shaken(model: Any) -> Any:
    """The model with weights of which none is what it was built with."""
    own = np.random.default_rng(2)
    model.set_weights([np.abs(own.normal(0.1, 0.3, array.shape)) for array in model.get_weights()])
    return model


def small(library: Any, *last: Any, first: Sequence[Any] = ()) -> Any:
    """A classifier of a few layers, in Keras 3 (`keras`) or 2 (`tf_keras`)."""
    layers = library.layers
    body = [layers.Conv2D(6, 3, strides=2, activation="relu"), layers.BatchNormalization(), layers.LeakyReLU()]
    last = last or (layers.Dense(3, activation="softmax"),)
    return shaken(
        library.Sequential([library.Input((SIZE, SIZE, 3)), *first, *body, layers.GlobalAveragePooling2D(), *last])
    )


def saved(model: Any, path: Path) -> Path:
    model.save(str(path))
    return path


def adopted(model: Any, path: Path, reading: Reading = READING, classes: Sequence[str] = CLASSES) -> Adopted:
    return adopt(saved(model, path), reading, classes, VALIDATION, "own")


def probabilities(logits: Any) -> Any:
    return tf.nn.softmax(logits).numpy()


def refusal(path: Path, reading: Reading = READING, classes: Sequence[str] = CLASSES) -> str:
    with pytest.raises(StudyError) as caught:
        adopt(path, reading, classes, VALIDATION, "own")
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("library", "ending"), [(keras, ".keras"), (keras, ".h5"), (tf_keras, ".keras"), (tf_keras, ".h5"), (tf_keras, "")]
)
def test_every_format_gives_the_answers_of_the_original(library: Any, ending: str, tmp_path: Path) -> None:
    model = small(library)
    found = adopted(model, tmp_path / f"own{ending}")
    theirs = np.asarray(model(VALIDATION.images.astype(np.float32) / 255.0, training=False))
    assert np.abs(probabilities(answers(found.model, VALIDATION.images)) - theirs).max() < 1e-5
    assert [type(layer).__name__ for layer in found.model.layers[:2]] == ["InputLayer", "Rescaling"]
    assert not found.whole and found.model.trainable and found.model.name == "own"


def test_layers_inside_of_layers_scaling_operators_and_augmentation(tmp_path: Path) -> None:
    layers = keras.layers
    base = keras.Sequential([keras.Input((SIZE, SIZE, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()])
    base.trainable = False
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])(image)
    x = base(x / 127.5 - 1.0, training=False)
    x = layers.Activation("hard_silu")(x)
    x = layers.Add()([x, layers.Conv2D(4, 1, activation="hard_sigmoid")(x)])
    model = shaken(keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(x))))
    found = adopted(model, tmp_path / "own.keras", Reading())
    theirs = np.asarray(model(VALIDATION.images.astype(np.float32), training=False))
    assert np.allclose(answers(found.model, VALIDATION.images), theirs, rtol=1e-4, atol=1e-4 * np.ptp(theirs))
    kinds = [type(layer).__name__ for layer in found.model.layers]
    assert not {"Sequential", "RandomFlip", "Rescaling"} & set(kinds)  # x / 127.5 - 1 is the study's own scaling
    assert all(layer.trainable for layer in found.model.layers)


def test_normalization_and_rescaling_are_one_layer(tmp_path: Path) -> None:
    normalization = keras.layers.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.04, 0.09, 0.16])
    model = keras.Sequential(
        [keras.Input((SIZE, SIZE, 3)), keras.layers.Rescaling(1 / 255), normalization, keras.layers.Conv2D(3, 3),
         keras.layers.GlobalAveragePooling2D()]
    )  # fmt: skip
    found = adopted(model, tmp_path / "own.keras", Reading())
    (scaling,) = [layer for layer in found.model.layers if isinstance(layer, tf_keras.layers.Rescaling)]
    given = normalise(VALIDATION.images)
    wanted = (VALIDATION.images / 255.0 - [0.4, 0.5, 0.6]) / [0.2, 0.3, 0.4]
    assert np.abs(scaling(given).numpy() - wanted).max() < 1e-5
    theirs = np.asarray(model(VALIDATION.images.astype(np.float32), training=False))
    assert np.abs(answers(found.model, VALIDATION.images) - theirs).max() < 1e-4


@pytest.mark.parametrize("given", [(-1.0, 1.0), (0.0, 255.0)])
def test_a_range_that_is_given_is_used(given: tuple[float, float], tmp_path: Path) -> None:
    model = small(keras, keras.layers.Dense(3))
    found = adopted(model, tmp_path / "own.keras", Reading(given))
    low, high = given
    theirs = np.asarray(model((low + (high - low) * (VALIDATION.images / 255.0)).astype(np.float32), training=False))
    assert np.abs(answers(found.model, VALIDATION.images) - theirs).max() < 1e-4 * np.ptp(theirs)
    assert (type(found.model.layers[1]).__name__ == "Rescaling") == (given != (-1.0, 1.0))


def test_one_sigmoid_is_the_second_class_and_labels_decide_which_that_is(tmp_path: Path) -> None:
    model = small(keras, keras.layers.Dense(1, activation="sigmoid"))
    path = saved(model, tmp_path / "own.keras")
    theirs = np.asarray(model(VALIDATION.images.astype(np.float32) / 255.0, training=False))[:, 0]
    validation = Examples(VALIDATION.images, VALIDATION.labels % 2)
    for labels, second in ((None, 1), (("bee", "ant"), 0)):
        found = adopt(path, Reading((0.0, 1.0), labels), ("ant", "bee"), validation, "own")
        logits = answers(found.model, VALIDATION.images)
        assert logits.shape == (12, 2) and np.abs(probabilities(logits)[:, second] - theirs).max() < 1e-5


@pytest.mark.parametrize("pooled", [False, True])
def test_outputs_are_put_into_the_order_of_the_data(pooled: bool, tmp_path: Path) -> None:
    layers = keras.layers
    last = [layers.Dense(3), layers.Activation("softmax")] if pooled else [layers.Dense(3), layers.ReLU()]
    model = small(keras, *last)
    order = ("cat", "ant", "bee")
    found = adopted(model, tmp_path / "own.keras", Reading((0.0, 1.0), order))
    theirs = np.asarray(model(VALIDATION.images.astype(np.float32) / 255.0, training=False))
    ours = answers(found.model, VALIDATION.images)
    ours = probabilities(ours) if pooled else ours
    assert np.abs(ours[:, [2, 0, 1]] - theirs).max() < 1e-4
    assert (found.model.layers[-1].name == "study_output") == (not pooled)  # in the weights, where they can take it


def test_another_order_that_fits_far_better_is_a_warning(tmp_path: Path) -> None:
    model = small(keras, keras.layers.Dense(3))
    given = np.asarray(model(VALIDATION.images.astype(np.float32) / 255.0, training=False))
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, bias - given.mean(0)])
    own = np.asarray(model(VALIDATION.images.astype(np.float32) / 255.0, training=False)).argmax(1)
    path = saved(model, tmp_path / "own.keras")
    right = adopt(path, READING, CLASSES, Examples(VALIDATION.images, own), "own")
    mixed = adopt(path, READING, CLASSES, Examples(VALIDATION.images, (own + 1) % 3), "own")
    assert right.warnings == ()
    assert "would be on 100 %" in mixed.warnings[0] and "for bee, cat, ant" in mixed.warnings[0]


def test_the_graph_travels_as_text_and_comes_back_with_the_same_answers(tmp_path: Path) -> None:
    found = adopted(small(keras), tmp_path / "own.keras").model
    graph = graph_of(found)
    again = rebuilt(graph)
    set_arrays(again, to_arrays(found))
    assert graph.dtype.kind == "U"
    assert np.array_equal(answers(again, VALIDATION.images), answers(found, VALIDATION.images))
    for text in ('{"config": {"layers": [{"class_name": "Lambda"}]}}', "{", '{"a": 1}'):
        with pytest.raises(StudyError, match="weights file's graph"):
            rebuilt(np.array(text))


class OwnLayer(keras.layers.Layer):  # type: ignore[misc]
    """Somebody's own code."""

    def call(self, x: Any) -> Any:
        return x * 2.0 + 1.0


def test_a_saved_model_of_its_own_code_is_taken_as_a_whole(tmp_path: Path) -> None:
    model = small(keras, OwnLayer(), keras.layers.Dense(3, activation="softmax"))
    folder = tmp_path / "own"
    model.export(str(folder), verbose=False)
    assert look(folder, READING).in_parts is False
    found = adopt(folder, Reading((0.0, 1.0), ("cat", "ant", "bee")), CLASSES, VALIDATION, "own")
    frozen = freeze(found.model, SIZE)
    theirs = np.asarray(model(VALIDATION.images.astype(np.float32) / 255.0, training=False))
    again = rebuilt(graph_of(frozen))
    assert isinstance(again, Frozen) and again.input_shape == (None, SIZE, SIZE, 3)
    ours = probabilities(again(normalise(VALIDATION.images)))
    assert np.abs(ours[:, [2, 0, 1]] - theirs).max() < 1e-5
    with pytest.raises(StudyError, match="leave recipes out"):
        rebuilt(graph_of(frozen), to_train=True)
    assert "input_range: [0, 1], [-1, 1] or [0, 255]" in refusal(folder, Reading())
    path = saved(model, tmp_path / "own.keras")
    assert "not Keras' own" in refusal(path) and "model.export" in refusal(path)


def test_what_cannot_be_brought_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    layers = keras.layers
    path = saved(small(keras), tmp_path / "own.keras")
    assert "input_range: [0, 1], [-1, 1] or [0, 255]" in refusal(path, Reading())
    assert "3 outputs, the data 2 classes" in refusal(path, classes=("ant", "bee"))
    assert "'dog' does not fit" in refusal(path, Reading((0.0, 1.0), ("ant", "bee", "dog")))
    with pytest.raises(StudyError, match=r"set data\.image_size to 32"):
        adopt(path, READING, CLASSES, Examples(VALIDATION.images[:, :16, :16], VALIDATION.labels), "own")
    twice = small(keras, first=[layers.Rescaling(2.0, offset=-1.0)])
    assert "0..255 to -1..509" in refusal(saved(twice, tmp_path / "twice.keras"), Reading())
    several = small(keras, layers.Dense(3, activation="sigmoid"))
    assert "3 sigmoids" in refusal(saved(several, tmp_path / "several.keras"))
    doubled = small(tf_keras, tf_keras.layers.Lambda(lambda x: x * 2.0), tf_keras.layers.Dense(3))
    assert "Lambda layer" in refusal(saved(doubled, tmp_path / "doubled.h5"))
    a, b = keras.Input((SIZE, SIZE, 3)), keras.Input((SIZE, SIZE, 3))
    both = keras.Model([a, b], layers.Dense(3)(layers.GlobalAveragePooling2D()(layers.Add()([a, b]))))
    assert "takes 2 inputs" in refusal(saved(both, tmp_path / "both.keras"))
    grey = keras.Sequential([keras.Input((SIZE, SIZE, 1)), layers.Flatten(), layers.Dense(3)])
    assert "in colour" in refusal(saved(grey, tmp_path / "grey.keras"))
    layer = layers.Conv2D(3, 3, padding="same")
    shared = keras.Model(a, layers.GlobalAveragePooling2D()(layer(layer(a))))
    with pytest.raises(StudyError, match="is used 2 times"):
        adopt(saved(shared, tmp_path / "shared.keras"), READING, CLASSES, VALIDATION, "own")


@pytest.mark.parametrize("name", ["missing.keras", "text.keras", "text.h5", "cut.keras", "cut.h5", "weights.h5", "x"])
def test_a_file_that_is_none_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.startswith("text"):
        path.write_text("no model")
    elif name.startswith("cut"):
        whole = saved(small(keras), path)
        content = whole.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    elif name.startswith("weights"):
        small(keras).save_weights(str(tmp_path / "x.weights.h5"))
        path = tmp_path / "x.weights.h5"
    elif name == "x":
        path.mkdir()
    assert len(refusal(path)) < 400
