"""Networks start from Keras' own files: the same features as tf_keras.applications gives with them."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tf_keras

from study.data.augment import normalise
from study.errors import StudyError
from study.networks.models import ARCHITECTURES
from study.networks.pretrained.published import PUBLISHED
from study.networks.pretrained.reading import read_layers
from study.networks.pretrained.starting import HEADS, kinds, start, start_from_own
from study.networks.weights import to_arrays
from study.registry import load

pytestmark = pytest.mark.tf

KERAS = {
    "mobilenet": tf_keras.applications.MobileNet,
    "mobilenet_v2": tf_keras.applications.MobileNetV2,
    "mobilenet_v3_large": tf_keras.applications.MobileNetV3Large,
    "mobilenet_v3_small": tf_keras.applications.MobileNetV3Small,
    "efficientnet_b0": tf_keras.applications.EfficientNetB0,
}
MEAN, GREY = (0.485, 0.456, 0.406), (0.5, 0.5, 0.5)
SIZE = 32
IMAGES = np.random.default_rng(0).integers(0, 256, (16, SIZE, SIZE, 3)).astype(np.uint8)


def build(family: str, **options: Any) -> Any:
    return load(ARCHITECTURES, family, "build")(4, (SIZE, SIZE, 3), **options)


def shaken(model: Any) -> Any:
    """Every weight another than at the start, none so large that a rounding error grows from layer to layer."""
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, tf_keras.layers.BatchNormalization):
            gamma, variance = rng.uniform(0.8, 1.2, (2, *layer.gamma.shape))
            beta, mean = rng.normal(0, 0.1, (2, *layer.gamma.shape))
            layer.set_weights([gamma, beta, mean, variance])
        elif getattr(layer, "bias", None) is not None:
            layer.bias.assign(rng.normal(0, 0.1, layer.bias.shape))
    return model


def published(family: str, folder: Path, mean: tuple[float, ...] = MEAN) -> tuple[Any, Path]:
    """A model of tf_keras.applications with random weights, as Keras' own files are written; and its file."""
    tf_keras.utils.set_random_seed(1)
    model = shaken(KERAS[family](input_shape=(SIZE, SIZE, 3), weights=None, include_top=False))
    norms = [layer for layer in model.layers if isinstance(layer, tf_keras.layers.BatchNormalization)]
    for layer in model.layers:
        if isinstance(layer, tf_keras.layers.Normalization):
            layer.set_weights([np.array(mean, np.float32), np.array([0.3, 0.2, 0.1], np.float32), np.int64(1)])
            layer.finalize_state()
    for layer in norms:
        layer.momentum = 0.0
    model(given(family), training=True)  # statistics of the images, so that these decide what comes out
    path = folder / f"{family}.h5"
    model.save_weights(str(path))
    return model, path


def body(model: Any) -> Any:
    """The network up to where Keras' file ends: what the last pooling reads."""
    pooling = [layer for layer in model.layers if isinstance(layer, tf_keras.layers.GlobalAveragePooling2D)][-1]
    return tf_keras.Model(model.input, pooling.input)


def started(family: str, path: Path, imagenet: bool = False, **options: Any) -> Any:
    tf_keras.utils.set_random_seed(2)
    model = build(family, **options)
    fresh = start(model, family, read_layers(path, kinds(model, family)), imagenet, str(path))
    assert fresh == list(HEADS[family])
    return model


def given(family: str) -> Any:
    """Images in the range that Keras' model takes: MobileNetV3 and EfficientNet scale by themselves."""
    own = family.startswith("mobilenet_v3") or family == "efficientnet_b0"
    return IMAGES.astype(np.float32) if own else normalise(IMAGES)


@pytest.mark.parametrize("family", sorted(KERAS))
def test_features_are_those_of_keras(family: str, tmp_path: Path) -> None:
    theirs, path = published(family, tmp_path, GREY)  # of which EfficientNet's border is the same in both ranges
    wanted = theirs(given(family), training=False).numpy()
    found = body(started(family, path))(normalise(IMAGES), training=False).numpy()
    assert found.shape == wanted.shape
    assert np.abs(wanted[1:] - wanted[0]).max() > 0.1 * np.abs(wanted).max() > 0.01
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4 * float(np.abs(wanted).max()))


@pytest.mark.parametrize("imagenet", [False, True])
def test_efficientnet_differs_at_the_border_of_its_stem_alone(tmp_path: Path, imagenet: bool) -> None:
    theirs, path = published("efficientnet_b0", tmp_path)
    z = theirs.get_layer(index=2)(IMAGES.astype(np.float32) / 255)
    z = z / np.sqrt([0.229, 0.224, 0.225]).astype(np.float32) if imagenet else z
    after = tf_keras.Sequential([theirs.get_layer(name) for name in ("stem_conv_pad", "stem_conv", "stem_bn")])
    wanted = after(z, training=False).numpy()
    ours = started("efficientnet_b0", path, imagenet)
    found = tf_keras.Model(ours.input, ours.get_layer("stem_bn").output)(normalise(IMAGES), training=False).numpy()
    np.testing.assert_allclose(found[:, :-1, :-1], wanted[:, :-1, :-1], rtol=0, atol=1e-4)
    border = np.abs(found - wanted)
    assert 1e-3 < border[:, -1].max() < 0.5 * np.abs(wanted).max()


@pytest.mark.parametrize("family", sorted(KERAS))
def test_every_published_family_has_a_head_and_the_order_of_keras(family: str) -> None:
    assert set(PUBLISHED) == set(HEADS) == set(KERAS)
    plain = [layer.name for layer in KERAS[family](input_shape=(SIZE, SIZE, 3), weights=None, classes=4).layers]
    for options in ({}, {"stem_stride": 1}, *([{"sparse_ready": True}] if ARCHITECTURES[family].sparse_ready else [])):
        own = [layer.name for layer in build(family, **options).layers if layer.weights]
        assert own == [name for name in plain if name in own]


@pytest.mark.parametrize("options", [{"stem_stride": 1}, {"sparse_ready": True}])
def test_other_strides_and_paddings_take_the_same_weights(tmp_path: Path, options: dict[str, Any]) -> None:
    theirs, path = published("mobilenet_v2", tmp_path)
    model = started("mobilenet_v2", path, **options)
    for name in ("Conv1", "block_3_depthwise", "Conv_1_bn"):
        for one, other in zip(model.get_layer(name).get_weights(), theirs.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("ending", [".h5", ".weights.h5", "_whole.h5"])
def test_files_of_keras_with_and_without_their_network(tmp_path: Path, ending: str) -> None:
    whole = shaken(KERAS["mobilenet_v3_small"](input_shape=(SIZE, SIZE, 3), weights=None, classes=7))
    path = tmp_path / f"own{ending}"
    (whole.save if ending == "_whole.h5" else whole.save_weights)(str(path))
    model = started("mobilenet_v3_small", path)
    for name in ("Conv", "expanded_conv_3/depthwise/BatchNorm", "Conv_1"):
        for one, other in zip(model.get_layer(name).get_weights(), whole.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_weights_of_the_study_by_name(tmp_path: Path) -> None:
    other = shaken(build("mobilenet", alpha=0.25))
    arrays = to_arrays(other)
    model = build("mobilenet", alpha=0.25, stem_stride=1)
    before = model.get_layer("conv_preds").get_weights()[0]
    assert start_from_own(model, "mobilenet", arrays, "mine.npz") == ["conv_preds"]
    np.testing.assert_array_equal(model.get_layer("conv_dw_3").get_weights()[0], arrays["conv_dw_3/depthwise_kernel:0"])
    np.testing.assert_array_equal(model.get_layer("conv_preds").get_weights()[0], before)
    narrow = build("mobilenet", alpha=0.5)
    with pytest.raises(
        StudyError, match=r"mine.npz: layer conv1 does not fit: conv1/kernel:0 is 3x3x3x8 there, 3x3x3x16"
    ):
        start_from_own(narrow, "mobilenet", arrays, "mine.npz")
    with pytest.raises(StudyError, match="has no conv_pw_13_bn/moving_variance:0: layer conv_pw_13_bn does not fit"):
        del arrays["conv_pw_13_bn/moving_variance:0"]
        start_from_own(model, "mobilenet", arrays, "mine.npz")
    with pytest.raises(StudyError, match="holds levels, which a mobilenet does not have"):
        start_from_own(model, "mobilenet", to_arrays(other) | {"levels": np.array(["a"])}, "mine.npz")


def test_the_first_layer_that_does_not_fit_is_named(tmp_path: Path) -> None:
    _, path = published("mobilenet_v3_small", tmp_path)
    model = build("mobilenet_v3_large")
    before = to_arrays(model)
    with pytest.raises(StudyError) as caught:
        start(model, "mobilenet_v3_large", read_layers(path, ()), False, "small.h5")
    assert str(caught.value) == (
        "small.h5: layer expanded_conv/project does not fit: the file's expanded_conv/squeeze_excite/Conv holds "
        "1x1x16x8 and 8, and here it takes 1x1x16x16"
    )
    for name, array in to_arrays(model).items():
        np.testing.assert_array_equal(array, before[name])


def test_a_file_that_ends_early_or_holds_no_numbers(tmp_path: Path) -> None:
    _, path = published("mobilenet", tmp_path)
    stored = read_layers(path, ())
    with pytest.raises(StudyError, match="ends before layer conv_pw_13_bn: it is of another architecture"):
        start(build("mobilenet"), "mobilenet", stored[:-1], False, "cut.h5")
    with pytest.raises(StudyError, match="has 58 layers with weights, a mobilenet 54 and a classifier"):
        start(build("mobilenet"), "mobilenet", [*stored, *stored[:4]], False, "long.h5")
    stored[0].arrays[0].flat[0] = np.nan
    with pytest.raises(StudyError, match="layer conv1 holds values that are not finite"):
        start(build("mobilenet"), "mobilenet", stored, False, "nan.h5")


def test_what_is_no_file_of_weights(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with pytest.raises(StudyError, match="is missing"):
        read_layers(path, ())
    path.write_bytes(b"no HDF5")
    with pytest.raises(StudyError, match="is no HDF5 file of Keras' weights"):
        read_layers(path, ())
    with h5py.File(path, "w") as file:
        file["a"] = [1]
    with pytest.raises(StudyError, match="is no HDF5 file of Keras' weights"):
        read_layers(path, ())
