"""Write tiny .tflite files with planted zeros into a folder: `python tests/tiny_models.py FOLDER`.

Run in a process of its own (tests/conftest.py does), so that no test process holds TensorFlow. `zeros.json` beside the
files says how many zeros each weight kernel holds. Every other weight is at least half the largest one, so that no
scheme rounds a further one to zero.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

ZEROS = {"stem": 40, "depthwise": 7, "pointwise": 64, "dense": 33}
SPARSE_ZEROS = {"stem": 302, "depthwise": 100, "pointwise": 820, "dense": 202}
"""Of the `sparse_*` models: enough for the converter to store all four kernels sparsely, the last in blocks of 1x4."""

SIZE, CLASSES = 16, 4


def network(reshape: bool = False, softmax: bool = False) -> keras.Model:
    """Stem, depthwise, pointwise, mean and dense; `reshape` classifies by a convolution and ends in a RESHAPE to
    a fixed batch of 1, as MobileNet does.

    The pointwise kernel has 1,024 elements: the `dynamic` scheme leaves smaller ones in float.
    """
    keras.backend.clear_session()
    image = layers.Input((SIZE, SIZE, 3), batch_size=1)
    x = layers.Conv2D(16, 3, 2, "same", activation="relu", name="stem")(image)
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu", name="depthwise")(x)
    x = layers.Conv2D(64, 1, activation="relu", name="pointwise")(x)
    x = layers.GlobalAveragePooling2D(keepdims=reshape)(x)
    if reshape:
        x = layers.Reshape((CLASSES,))(layers.Conv2D(CLASSES, 1, name="dense")(x))
    else:
        x = layers.Dense(CLASSES, name="dense")(x)
    if softmax:
        x = layers.Softmax()(x)
    model = keras.Model(image, x)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        values = []
        for weight in layer.get_weights():
            value = rng.uniform(0.5, 1, weight.shape) * rng.choice([-1, 1], weight.shape) / np.sqrt(weight.size) * 4
            if weight.ndim > 1 and layer.name in ZEROS:
                value.flat[rng.choice(weight.size, ZEROS[layer.name], replace=False)] = 0
            values.append(value.astype(np.float32))
        layer.set_weights(values)
    return model


def sparse_network() -> keras.Model:
    """The same four kernels in a network that XNNPACK can run sparsely: explicit padding, and a mean that keeps its
    dimensions. Zeros of the dense kernel come in blocks of four inputs, but for two inside of stored blocks.
    """
    keras.backend.clear_session()
    image = layers.Input((SIZE, SIZE, 3), batch_size=1)
    x = layers.Conv2D(16, 3, 2, activation="relu", name="stem")(layers.ZeroPadding2D(1)(image))
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu", name="depthwise")(x)
    x = layers.Conv2D(64, 1, activation="relu", name="pointwise")(x)
    x = layers.Flatten()(layers.GlobalAveragePooling2D(keepdims=True)(x))
    model = keras.Model(image, layers.Dense(CLASSES, name="dense")(x))
    rng = np.random.default_rng(2)
    for layer in model.layers:
        values = [
            (rng.uniform(0.5, 1, weight.shape) * rng.choice([-1, 1], weight.shape)).astype(np.float32)
            for weight in layer.get_weights()
        ]
        if layer.name == "dense":
            kernel = np.ascontiguousarray(values[0].T)
            blocks = rng.permutation(kernel.reshape(-1, 4).shape[0])
            kernel.reshape(-1, 4)[blocks[: SPARSE_ZEROS["dense"] // 4]] = 0
            kernel.reshape(-1, 4)[blocks[-2:], 1] = 0
            values[0] = np.ascontiguousarray(kernel.T)
        elif values:
            values[0].flat[rng.choice(values[0].size, SPARSE_ZEROS[layer.name], replace=False)] = 0
        layer.set_weights(values)
    return model


def convert(model: keras.Model, scheme: str, low: float = -1.0, high: float = 1.0, sparse: bool = False) -> bytes:
    """The converter's bytes; int8 schemes are calibrated on random images in [low, high]. `sparse`: kernels in TFLite's
    sparse encoding."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if scheme != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if sparse:
        converter.optimizations = {*converter.optimizations, tf.lite.Optimize.EXPERIMENTAL_SPARSITY}
    if scheme == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if scheme in ("int8", "int8_full", "uint8_full"):
        images = np.random.default_rng(1).uniform(low, high, (20, 1, SIZE, SIZE, 3)).astype(np.float32)
        images[0, 0, 0, 0, 0], images[0, 0, 0, 0, 1] = low, high
        converter.representative_dataset = lambda: ([image] for image in images)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if scheme.endswith("_full"):
        converter.inference_input_type = converter.inference_output_type = getattr(tf, scheme[:-5])
    return bytes(converter.convert())


class Levels(tf.Module):
    """A network that also runs with half of its pointwise channels: stem, pointwise, mean and dense.

    Both levels share the stem, and the rest lies in the file once for each.
    """

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        shapes = {"stem": (3, 3, 3, 16), "stem_bias": (16,), "pointwise": (1, 1, 16, 64), "dense": (64, CLASSES)}
        for name, shape in shapes.items():
            value = rng.uniform(0.5, 1, shape) * rng.choice([-1, 1], shape) / np.sqrt(np.prod(shape)) * 4
            setattr(self, name, tf.Variable(value.astype(np.float32)))

    def stemmed(self, image: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(tf.nn.conv2d(image, self.stem, 2, "SAME") + self.stem_bias)

    def classified(self, x: tf.Tensor, width: int) -> tf.Tensor:
        x = tf.nn.relu(tf.nn.conv2d(x, self.pointwise[..., :width], 1, "SAME"))
        return tf.matmul(tf.reduce_mean(x, [1, 2]), self.dense[:width])

    def full(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logits": self.classified(self.stemmed(image), 64)}

    def half(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logits": self.classified(self.stemmed(image), 32)}

    def gated(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """Full for bright images, half for others, by an IF."""
        x, bright = self.stemmed(image), tf.reduce_mean(image) > 0
        return {"logits": tf.cond(bright, lambda: self.classified(x, 64), lambda: self.classified(x, 32))}


def convert_levels(model: Levels, *names: str, int8: bool = False) -> bytes:
    """A file with a signature for each of these methods, from `image` to `logits`: float32, or int8 inside."""
    image = tf.TensorSpec((1, SIZE, SIZE, 3), tf.float32, name="image")
    signatures = {name: tf.function(getattr(model, name), input_signature=[image]) for name in names}
    images = np.random.default_rng(1).uniform(-1, 1, (20, 1, SIZE, SIZE, 3)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(model, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(names))
        if int8:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ((name, {"image": one}) for name in names for one in images)
        return bytes(converter.convert())


def main(folder: Path) -> None:
    model = network()
    for scheme in ("float32", "float16", "dynamic", "int8", "int8_full"):
        (folder / f"{scheme}.tflite").write_bytes(convert(model, scheme))
    (folder / "reshape.tflite").write_bytes(convert(network(reshape=True), "float32"))
    (folder / "softmax_uint8.tflite").write_bytes(convert(network(softmax=True), "uint8_full", 0.0, 1.0))
    for scheme in ("float32", "int8"):
        (folder / f"sparse_{scheme}.tflite").write_bytes(convert(sparse_network(), scheme, sparse=True))
    levels = Levels()
    for names in (("full",), ("half",), ("gated",), ("full", "half")):
        (folder / f"levels_{'_'.join(names)}.tflite").write_bytes(convert_levels(levels, *names))
        if "gated" not in names:
            (folder / f"levels_int8_{'_'.join(names)}.tflite").write_bytes(convert_levels(levels, *names, int8=True))
    (folder / "sparse_zeros.json").write_text(json.dumps(SPARSE_ZEROS))
    (folder / "zeros.json").write_text(json.dumps(ZEROS))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
