import json
from pathlib import Path

import numpy as np
import pytest

from study.tflite.facts import Facts, Weight, read
from study.tflite.parse import Graph, Operator, Tensor

KERNELS = {"stem": 16 * 27, "depthwise": 9 * 16, "pointwise": 64 * 16, "dense": 64 * 4}
MACS = 8 * 8 * (KERNELS["stem"] + KERNELS["depthwise"] + KERNELS["pointwise"]) + KERNELS["dense"]


@pytest.mark.parametrize("scheme", ["float32", "float16", "dynamic", "int8", "int8_full"])
def test_planted_zeros_come_back_exactly(tiny: dict[str, bytes], tiny_zeros: dict[str, int], scheme: str) -> None:
    facts = read(tiny[scheme])
    zeros: dict[str, int] = {}
    for weight in facts.weights:
        if weight.kernel:
            zeros[weight.op] = zeros.get(weight.op, 0) + weight.zeros
    assert zeros == {
        "CONV_2D": tiny_zeros["stem"] + tiny_zeros["pointwise"],
        "DEPTHWISE_CONV_2D": tiny_zeros["depthwise"],
        "FULLY_CONNECTED": tiny_zeros["dense"],
    }
    assert facts.sparsity_effective == sum(tiny_zeros.values()) / sum(KERNELS.values())
    assert facts.sparsity_by_op["DEPTHWISE_CONV_2D"] == tiny_zeros["depthwise"] / KERNELS["depthwise"]


@pytest.mark.parametrize("scheme", ["float32", "float16", "dynamic", "int8", "int8_full"])
def test_macs_and_parameters_do_not_depend_on_the_scheme(tiny: dict[str, bytes], scheme: str) -> None:
    facts = read(tiny[scheme])
    assert facts.macs == MACS
    assert facts.parameters == sum(KERNELS.values()) + 16 + 16 + 64 + 4


def test_weight_bytes(tiny: dict[str, bytes]) -> None:
    parameters = read(tiny["float32"]).parameters
    assert read(tiny["float32"]).weight_bytes == 4 * parameters
    assert read(tiny["float16"]).weight_bytes == 2 * parameters
    biases = 16 + 16 + 64 + 4
    assert read(tiny["int8"]).weight_bytes == sum(KERNELS.values()) + 4 * biases


def test_ports(tiny: dict[str, bytes]) -> None:
    floats, integers = read(tiny["int8"]), read(tiny["softmax_uint8"])
    assert (floats.inputs[0].dtype, floats.inputs[0].scale) == ("float32", None)
    assert integers.inputs[0].dtype == "uint8" and integers.outputs[0].scale == pytest.approx(1 / 256)
    assert (floats.output_op, integers.output_op) == ("FULLY_CONNECTED", "SOFTMAX")


def test_versions_and_minimum_runtime(tiny: dict[str, bytes]) -> None:
    facts = read(tiny["int8"])
    assert facts.ops["FULLY_CONNECTED"] >= 4 and facts.min_runtime == "1.14.0"


def tensor(shape: tuple[int, ...], stored: np.ndarray | None = None, **values: object) -> Tensor:
    given: dict[str, object] = {
        "dtype": "FLOAT32" if stored is None else stored.dtype.name.upper(),
        "scales": np.zeros(0, np.float32),
        "zero_points": np.zeros(0, np.int64),
        "axis": 0,
    }
    return Tensor(
        name="t",
        shape=shape,
        stored=None if stored is None else stored.ravel().view(np.uint8),
        **{"sparse": False, "variable": False} | given | values,
    )  # type: ignore[arg-type]


def facts_of(monkeypatch: pytest.MonkeyPatch, tensors: list[Tensor], *operators: Operator) -> Facts:
    graph = Graph(tuple(tensors), operators, (0,), (len(tensors) - 1,), {}, None)
    monkeypatch.setattr("study.tflite.facts.parse", lambda data: graph)
    return read(b"")


def test_zero_is_the_zero_point_of_each_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = np.array([[128, 0], [7, 128], [128, 128]], np.uint8)
    weight = tensor((3, 2), kernel, scales=np.ones(3, np.float32), zero_points=np.array([128, 7, 0]))
    facts = facts_of(
        monkeypatch, [tensor((1, 2)), weight, tensor((1, 3))], Operator("FULLY_CONNECTED", (0, 1, -1), (2,))
    )
    assert facts.weights == (Weight("t", "FULLY_CONNECTED", True, "uint8", (3, 2), 6, 2, 6, 3, 0, 6, False),)


def test_left_out_elements_of_a_sparse_tensor_are_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = np.array([1.0, 0.0, 2.0], np.float32)
    facts = facts_of(
        monkeypatch,
        [tensor((1, 4)), tensor((5, 4), stored, sparse=True), tensor((5, 4)), tensor((1, 5))],
        Operator("DENSIFY", (1,), (2,)),
        Operator("FULLY_CONNECTED", (0, 2, -1), (3,)),
    )
    (weight,) = facts.weights
    assert (weight.elements, weight.zeros, weight.stored_bytes, weight.dense_bytes) == (20, 18, 12, 80)
    assert weight.sparse


@pytest.mark.parametrize("scheme", ["float32", "int8"])
def test_sparse_encoding_gives_back_planted_zeros(tiny: dict[str, bytes], tiny_folder: Path, scheme: str) -> None:
    planted = json.loads((tiny_folder / "sparse_zeros.json").read_text())
    facts = read(tiny[f"sparse_{scheme}"])
    kernels = [weight for weight in facts.weights if weight.kernel]
    assert all(kernel.sparse for kernel in kernels)
    assert [kernel.elements for kernel in kernels] == list(KERNELS.values())
    assert [kernel.zeros for kernel in kernels] == list(planted.values())
    assert facts.macs == MACS and facts.parameters == sum(KERNELS.values()) + 16 + 16 + 64 + 4
    assert facts.sparsity_effective == sum(planted.values()) / sum(KERNELS.values())


def test_bytes_of_sparse_encoding_hold_values_segments_and_indices(tiny: dict[str, bytes], tiny_folder: Path) -> None:
    planted = json.loads((tiny_folder / "sparse_zeros.json").read_text())
    kernels = {
        scheme: [weight for weight in read(tiny[f"sparse_{scheme}"]).weights if weight.kernel]
        for scheme in ("float32", "int8")
    }
    for scheme, size in (("float32", 4), ("int8", 1)):
        for kernel, name, rows in zip(kernels[scheme], planted, (144, 9, 64, 4), strict=True):
            assert kernel.dense_bytes == size * kernel.elements
            if (scheme, name) != ("float32", "dense"):  # one byte an index, rows + 1 segments of one or two bytes
                stored = kernel.elements - kernel.zeros
                wide = 2 if stored > 255 else 1
                assert kernel.stored_bytes == stored * (size + 1) + (rows + 1) * wide
    # Blocks of 1x4: 14 of 64 are stored, two of them with a zero inside; 5 segments, one index a block.
    assert kernels["float32"][3].stored_bytes == 14 * 4 * 4 + 5 + 14


def test_macs_of_transposed_convolution_and_matrix_product(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = tensor((8, 3, 3, 4), np.ones((8, 3, 3, 4), np.float32))
    tensors = [tensor((1, 5, 5, 4)), kernel, tensor((4,), np.ones(4, np.int32)), tensor((1, 10, 10, 8))]
    facts = facts_of(monkeypatch, tensors, Operator("TRANSPOSE_CONV", (2, 1, 0), (3,)))
    assert facts.macs == 5 * 5 * 4 * 3 * 3 * 8
    for adjoint, left in (((False, False), (2, 6, 7)), ((True, False), (2, 7, 6))):
        facts = facts_of(
            monkeypatch,
            [tensor(left), tensor((2, 7, 9)), tensor((2, 6, 9))],
            Operator("BATCH_MATMUL", (0, 1), (2,), adjoint),
        )
        assert facts.macs == 2 * 6 * 9 * 7
    assert facts.weights == () and facts.sparsity_effective == 0


def test_a_shared_kernel_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = tensor((2, 2), np.array([[1, 0], [0, 3]], np.float32))
    facts = facts_of(
        monkeypatch,
        [tensor((1, 2)), weight, tensor((1, 2)), tensor((1, 2))],
        Operator("FULLY_CONNECTED", (0, 1, -1), (2,)),
        Operator("FULLY_CONNECTED", (2, 1, -1), (3,)),
    )
    assert (facts.parameters, facts.sparsity_effective, facts.macs) == (4, 0.5, 8)


def test_loops_in_the_graph_end(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = facts_of(
        monkeypatch,
        [tensor((1, 2)), tensor((2, 2)), tensor((1, 2))],
        Operator("DEQUANTIZE", (1,), (1,)),
        Operator("QUANTIZE", (2,), (2,)),
        Operator("FULLY_CONNECTED", (0, 1, -1), (0,)),
    )
    assert (facts.weights, facts.output_op) == ((), "NONE")
