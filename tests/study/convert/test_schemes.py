"""Quantization schemes: bytes, size, error, zeros. `python test_schemes.py FOLDER` is the process with TensorFlow."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from quantized import smooth_images  # noqa: E402

import pipelines  # noqa: E402, F401  sets TensorFlow's environment
from study.convert import SCHEMES  # noqa: E402
from study.data.augment import normalise  # noqa: E402
from study.data.examples import Examples  # noqa: E402
from study.errors import StudyError  # noqa: E402
from study.registry import load  # noqa: E402
from study.tflite.compatibility import unsupported  # noqa: E402
from study.tflite.facts import Summary, read  # noqa: E402
from study.tflite.parse import parse  # noqa: E402
from study.tflite.run import predict  # noqa: E402
from study.tflite.signature import SERVING_DEFAULT  # noqa: E402

PLANTED = {"stem": 300, "depthwise": 50, "pointwise": 20_000, "logits": 1_500}
MANY = {"stem": 3_110, "depthwise": 1_037, "pointwise": 88_474, "logits": 6_912}
"""90 % of each kernel, for the schemes that store zeros sparsely: files `many_SCHEME.tflite`."""

KINDS = {"stem": "CONV_2D", "depthwise": "DEPTHWISE_CONV_2D", "pointwise": "CONV_2D", "logits": "FULLY_CONNECTED"}
SPARSE = {"float32": "float32_sparse", "int8": "int8_sparse"}
LARGEST, WORST = 1.02, 0.2  # of a scheme that has no bounds of its own below
SIZE_BOUND = {
    "float32": 1.0,
    "float16": 0.55,
    "dynamic": 0.35,
    "int8": 0.35,
    "int8_full": 0.35,
    "int8_tuned": 0.35,
    "int8_tuned_shared": 0.35,
    "int8_selective": 0.4,
    "int8_per_tensor": 0.3,
    "int16x8": 0.35,
    "int4_weights": 0.2,
    "int4_selective": 0.3,
    "float32_sparse": 1.01,
    "int8_sparse": 0.35,
}
ERROR_BOUND = {
    "float32": 1e-4,
    "float16": 0.01,
    "dynamic": 0.1,
    "int8": 0.1,
    "int8_full": 0.1,
    "int8_tuned": 0.1,
    "int8_tuned_shared": 0.1,
    "int8_selective": 0.1,
    "int8_per_tensor": 0.2,
    "int16x8": 0.03,
    "int4_weights": 0.1,
    "int4_selective": 0.1,
    "float32_sparse": 1e-4,
    "int8_sparse": 0.1,
}
"""Root mean square error of the logits, over their standard deviation."""
EACH = pytest.mark.parametrize("scheme", sorted(SCHEMES))


def images() -> np.ndarray:
    return smooth_images(90)


def network(planted: dict[str, int]) -> Any:
    """A network with so many zeros planted in its kernels, random biases, and statistics of the images themselves."""
    import tf_keras
    from tf_keras import layers

    image = layers.Input((16, 16, 3))
    x = layers.Conv2D(128, 3, 2, "same", use_bias=False, name="stem")(image)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Conv2D(768, 1, use_bias=False, name="pointwise")(x)
    x = layers.GlobalAveragePooling2D()(layers.ReLU(6.0)(layers.BatchNormalization()(x)))
    model = tf_keras.Model(image, layers.Dense(10, name="logits")(x))

    rng = np.random.default_rng(0)
    for name, zeros in planted.items():  # other weights are too large to be rounded to zero
        kernel, *rest = model.get_layer(name).get_weights()
        values = rng.uniform(0.5, 1.0, kernel.shape) * rng.choice([-0.1, 0.1], kernel.shape)
        values.flat[rng.choice(kernel.size, zeros, replace=False)] = 0.0
        model.get_layer(name).set_weights([values, *rest])
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.0
            layer.beta.assign(rng.normal(0, 0.3, layer.beta.shape))
    model.get_layer("logits").bias.assign(rng.normal(0, 2, 10))
    model(normalise(images()), training=True)
    return model


def main(folder: Path) -> None:
    """Write SCHEME.tflite for every scheme, and the logits that Keras computes; both again for many zeros."""
    from study.networks.setup import prepare

    prepare(seed=0, threads=1)
    for prefix, planted, schemes in (("", PLANTED, SCHEMES), ("many_", MANY, [*SPARSE, *SPARSE.values()])):
        model = network(planted)
        logits = model(normalise(images()), training=False).numpy()
        np.savez(folder / f"{prefix}logits.npz", logits=logits)
        validation = Examples(images()[40:], logits[40:].argmax(1))
        for scheme in schemes:
            tflite = load(SCHEMES, scheme, "convert")({SERVING_DEFAULT: model}, images()[:40], validation)
            (folder / f"{prefix}{scheme}.tflite").write_bytes(tflite)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What two fresh, identical processes wrote."""
    made = [tmp_path_factory.mktemp("schemes") for _ in range(2)]
    for folder in made:
        done = subprocess.run([sys.executable, __file__, str(folder)], capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
    return made


def content(folders: list[Path], name: str) -> bytes:
    return (folders[0] / f"{name}.tflite").read_bytes()


def facts(folders: list[Path], name: str) -> Summary:
    return read(content(folders, name))


def predicted(folders: list[Path], name: str) -> np.ndarray:
    return predict(content(folders, name), images()).logits


def error(folders: list[Path], prefix: str, scheme: str) -> float:
    with np.load(folders[0] / f"{prefix}logits.npz") as data:
        wanted = data["logits"]
    found = predicted(folders, prefix + scheme)
    return float(np.sqrt(np.square(found - wanted).mean()) / wanted.std())


def zeros(facts: Summary) -> dict[str, int]:
    found = dict.fromkeys(KINDS.values(), 0)
    for weight in facts.weights:
        if weight.kernel:
            found[weight.op] += weight.zeros
    return found


def expected(planted: dict[str, int]) -> dict[str, int]:
    return {kind: sum(planted[layer] for layer in KINDS if KINDS[layer] == kind) for kind in KINDS.values()}


@EACH
def test_two_processes_write_the_same_bytes(folders: list[Path], scheme: str) -> None:
    first, second = (folder / f"{scheme}.tflite" for folder in folders)
    assert first.read_bytes() == second.read_bytes()


@EACH
def test_size(folders: list[Path], scheme: str) -> None:
    whole = (folders[0] / "float32.tflite").stat().st_size
    assert (folders[0] / f"{scheme}.tflite").stat().st_size <= SIZE_BOUND.get(scheme, LARGEST) * whole


@EACH
def test_logits_are_near_those_of_keras(folders: list[Path], scheme: str) -> None:
    assert error(folders, "", scheme) <= ERROR_BOUND.get(scheme, WORST)


@EACH
def test_input_and_output(folders: list[Path], scheme: str) -> None:
    level = facts(folders, scheme).level()
    (source,), (output,) = level.inputs, level.outputs
    assert (source.shape, output.shape) == ((1, 16, 16, 3), (1, 10))
    dtype = "int8" if SCHEMES[scheme].integer_ports else "float32"
    assert (source.dtype, output.dtype) == (dtype, dtype)
    assert (source.scale is None) == (output.scale is None) == (dtype == "float32")


@EACH
def test_planted_zeros_survive(folders: list[Path], scheme: str) -> None:
    assert zeros(facts(folders, scheme)) == expected(PLANTED)


@EACH
def test_the_older_runtime_knows_every_operator_unless_the_scheme_says_not(folders: list[Path], scheme: str) -> None:
    refused = unsupported(facts(folders, scheme), "tflite_runtime")
    assert bool(refused) == ("tflite_runtime" in SCHEMES[scheme].unknown_to), refused
    assert "FULLY_CONNECTED" in facts(folders, scheme).ops


@pytest.mark.parametrize("scheme", ["int4_weights", "int4_selective"])
def test_a_file_of_4_bits_says_which_runtime_reads_it_and_the_other_refuses_it(
    folders: list[Path], scheme: str
) -> None:
    found = facts(folders, scheme)
    assert (found.ops["DEQUANTIZE"], found.min_runtime) == (6, "2.18.0")
    assert "CONV_2D with int4 weights (tflite_runtime 2.14 has no such kernel)" in unsupported(found, "tflite_runtime")
    with pytest.raises(StudyError, match="'DEQUANTIZE' version '6'"):
        predict(content(folders, scheme), images()[:1], "tflite_runtime")


def test_what_is_of_4_bits_and_what_is_not(folders: list[Path]) -> None:
    kernels = {weight.op: weight for weight in facts(folders, "int4_weights").weights if weight.kernel}
    assert {op: weight.dtype for op, weight in kernels.items()} == {
        "CONV_2D": "int4",
        "DEPTHWISE_CONV_2D": "int8",
        "FULLY_CONNECTED": "int4",
    }
    for weight in facts(folders, "int4_weights").weights:
        halves = 2 if weight.dtype == "int4" else 1
        assert weight.stored_bytes == weight.elements * (1 if weight.kernel else 4) // halves
        assert not weight.kernel or weight.scales == weight.shape[weight.axis]


@pytest.mark.parametrize(
    "scheme, dtype",
    [
        ("float32", "float32"),
        ("float16", "float16"),
        ("dynamic", "int8"),
        ("int8", "int8"),
        ("int8_full", "int8"),
        ("int8_tuned", "int8"),
        ("int8_per_tensor", "int8"),
        ("int16x8", "int8"),
        ("float32_sparse", "float32"),
        ("int8_sparse", "int8"),
    ],
)
def test_kernels_are_stored_as_the_scheme_says(folders: list[Path], scheme: str, dtype: str) -> None:
    large = [weight for weight in facts(folders, scheme).weights if weight.kernel and weight.elements >= 1024]
    assert len(large) == 4 and {weight.dtype for weight in large} == {dtype}


@pytest.mark.parametrize("scheme", ["int8", "int8_tuned", "int8_per_tensor", "int16x8"])
def test_scales_of_kernels(folders: list[Path], scheme: str) -> None:
    for weight in facts(folders, scheme).weights:
        if weight.kernel and weight.op != "FULLY_CONNECTED":
            assert weight.scales == (1 if scheme == "int8_per_tensor" else weight.shape[weight.axis])


@pytest.mark.parametrize(
    "scheme, dtype",
    [
        ("int16x8", "INT16"),
        ("int8", "INT8"),
        ("int8_tuned", "INT8"),
        ("int8_per_tensor", "INT8"),
        ("float32", "FLOAT32"),
    ],
)
def test_activations_are_computed_as_the_scheme_says(folders: list[Path], scheme: str, dtype: str) -> None:
    graph = parse(content(folders, scheme)).graph(SERVING_DEFAULT)
    made = {graph.tensors[operator.outputs[0]].dtype for operator in graph.operators if operator.name != "DEQUANTIZE"}
    assert made == {dtype}


@pytest.mark.parametrize("dense, sparse", SPARSE.items())
def test_few_zeros_are_not_worth_their_positions(folders: list[Path], dense: str, sparse: str) -> None:
    assert not any(weight.sparse for weight in facts(folders, sparse).weights)
    assert abs(len(content(folders, sparse)) - len(content(folders, dense))) < 1000


@pytest.mark.parametrize("dense, sparse", SPARSE.items())
def test_many_zeros_are_stored_as_positions(folders: list[Path], dense: str, sparse: str) -> None:
    kernels = [weight for weight in facts(folders, f"many_{sparse}").weights if weight.kernel]
    whole = {"FULLY_CONNECTED"} if sparse == "int8_sparse" else set()  # XNNPACK would refuse the file
    assert {weight.op for weight in kernels if not weight.sparse} == whole
    assert not any(weight.sparse for weight in facts(folders, f"many_{dense}").weights)
    assert zeros(facts(folders, f"many_{sparse}")) == zeros(facts(folders, f"many_{dense}")) == expected(MANY)
    assert unsupported(facts(folders, f"many_{sparse}"), "tflite_runtime") == []


@pytest.mark.parametrize("dense, sparse, share", [("float32", "float32_sparse", 0.25), ("int8", "int8_sparse", 0.6)])
def test_many_zeros_shrink_the_file(folders: list[Path], dense: str, sparse: str, share: float) -> None:
    assert len(content(folders, f"many_{sparse}")) <= share * len(content(folders, f"many_{dense}"))


@pytest.mark.parametrize("dense, sparse", SPARSE.items())
def test_positions_change_no_answer(folders: list[Path], dense: str, sparse: str) -> None:
    found, wanted = predicted(folders, f"many_{sparse}"), predicted(folders, f"many_{dense}")
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
