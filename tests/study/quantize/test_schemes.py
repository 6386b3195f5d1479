"""Quantization schemes: bytes, size, error, zeros. `python test_schemes.py FOLDER` is the process with TensorFlow."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from pipelines import predict  # noqa: E402  sets TensorFlow's environment
from study.compatibility import unsupported  # noqa: E402
from study.flatbuffer import Facts, read  # noqa: E402
from study.quantize import SCHEMES  # noqa: E402
from study.registry import load  # noqa: E402

ZEROS = {"CONV_2D": 300 + 20_000, "FULLY_CONNECTED": 1_500, "DEPTHWISE_CONV_2D": 50}
PLANTED = {"stem": 300, "depthwise": 50, "pointwise": 20_000, "logits": 1_500}
SIZE_BOUND = {"float32": 1.0, "float16": 0.55, "dynamic": 0.35, "int8": 0.35, "int8_full": 0.35}
ERROR_BOUND = {"float32": 1e-4, "float16": 0.01, "dynamic": 0.1, "int8": 0.1, "int8_full": 0.1}
"""Root mean square error of the logits, over their standard deviation."""
EACH = pytest.mark.parametrize("scheme", sorted(SCHEMES))


def images() -> np.ndarray:
    """Smooth random images, so that 40 of them tell the ranges of others."""
    coarse = np.random.default_rng(7).integers(0, 256, (90, 4, 4, 3))
    return np.kron(coarse, np.ones((1, 4, 4, 1))).astype(np.uint8)


def main(folder: Path) -> None:
    """Write SCHEME.tflite for every scheme, and the logits that Keras computes."""
    import tf_keras
    from tf_keras import layers

    from study.images import normalise
    from study.tensorflow_setup import prepare

    prepare(seed=0, threads=1)
    image = layers.Input((16, 16, 3))
    x = layers.Conv2D(128, 3, 2, "same", use_bias=False, name="stem")(image)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Conv2D(768, 1, use_bias=False, name="pointwise")(x)
    x = layers.GlobalAveragePooling2D()(layers.ReLU(6.0)(layers.BatchNormalization()(x)))
    model = tf_keras.Model(image, layers.Dense(10, name="logits")(x))

    rng = np.random.default_rng(0)
    for name, zeros in PLANTED.items():  # other weights are too large to be rounded to zero
        kernel, *rest = model.get_layer(name).get_weights()
        values = rng.uniform(0.5, 1.0, kernel.shape) * rng.choice([-0.1, 0.1], kernel.shape)
        values.flat[rng.choice(kernel.size, zeros, replace=False)] = 0.0
        model.get_layer(name).set_weights([values, *rest])
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.0
    model(normalise(images()), training=True)  # statistics of the images themselves

    np.savez(folder / "logits.npz", logits=model(normalise(images()), training=False).numpy())
    for scheme in SCHEMES:
        tflite = load(SCHEMES, scheme, "convert")(model, images()[:40])
        (folder / f"{scheme}.tflite").write_bytes(tflite)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What two fresh, identical processes wrote."""
    made = [tmp_path_factory.mktemp("schemes") for _ in range(2)]
    for folder in made:
        done = subprocess.run([sys.executable, __file__, str(folder)], capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
        np.savez(folder / "images.npz", images=images(), labels=np.zeros(len(images()), np.int64))
    return made


def facts(folders: list[Path], scheme: str) -> Facts:
    return read((folders[0] / f"{scheme}.tflite").read_bytes())


@EACH
def test_two_processes_write_the_same_bytes(folders: list[Path], scheme: str) -> None:
    first, second = (folder / f"{scheme}.tflite" for folder in folders)
    assert first.read_bytes() == second.read_bytes()


@EACH
def test_size(folders: list[Path], scheme: str) -> None:
    whole = (folders[0] / "float32.tflite").stat().st_size
    assert (folders[0] / f"{scheme}.tflite").stat().st_size <= SIZE_BOUND[scheme] * whole


@EACH
def test_logits_are_near_those_of_keras(folders: list[Path], scheme: str) -> None:
    with np.load(folders[0] / "logits.npz") as data:
        wanted = data["logits"]
    path, data_path = str(folders[0] / f"{scheme}.tflite"), str(folders[0] / "images.npz")
    found = predict.run(path, data_path, "ai_edge_litert", 1, 64, "-1,1")["logits"]
    error = np.sqrt(np.square(found - wanted).mean()) / wanted.std()
    assert error <= ERROR_BOUND[scheme]


@EACH
def test_input_and_output(folders: list[Path], scheme: str) -> None:
    (entry,), (leave,) = facts(folders, scheme).inputs, facts(folders, scheme).outputs
    assert (entry.shape, leave.shape) == ((1, 16, 16, 3), (1, 10))
    dtype = "int8" if scheme == "int8_full" else "float32"
    assert (entry.dtype, leave.dtype) == (dtype, dtype)
    assert (entry.scale is None) == (leave.scale is None) == (dtype == "float32")


@EACH
def test_planted_zeros_survive(folders: list[Path], scheme: str) -> None:
    found = dict.fromkeys(ZEROS, 0)
    for weight in facts(folders, scheme).weights:
        if weight.kernel:
            found[weight.op] += weight.zeros
    assert found == ZEROS


@EACH
def test_the_older_runtime_knows_every_operator(folders: list[Path], scheme: str) -> None:
    assert unsupported(facts(folders, scheme), "tflite_runtime") == []
    assert "FULLY_CONNECTED" in facts(folders, scheme).ops


@pytest.mark.parametrize("scheme, dtype", [("float32", "float32"), ("float16", "float16"), ("dynamic", "int8"),
                                           ("int8", "int8"), ("int8_full", "int8")])  # fmt: skip
def test_kernels_are_stored_as_the_scheme_says(folders: list[Path], scheme: str, dtype: str) -> None:
    large = [weight for weight in facts(folders, scheme).weights if weight.kernel and weight.elements >= 1024]
    assert len(large) == 4 and {weight.dtype for weight in large} == {dtype}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
