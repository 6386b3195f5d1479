import json
from pathlib import Path

import numpy as np
import pytest

from study.errors import StudyError
from study.tflite.arena import arena_bytes
from study.tflite.facts import LevelSummary, read, summarise
from study.tflite.operators import Operator
from study.tflite.parse import Graph, Model, Signature
from study.tflite.signature import SERVING_DEFAULT
from study.tflite.tensors import Tensor
from study.tflite.weights import Weight

KERNELS = {"stem": 16 * 27, "depthwise": 9 * 16, "pointwise": 64 * 16, "dense": 64 * 4}
MACS = 8 * 8 * (KERNELS["stem"] + KERNELS["depthwise"] + KERNELS["pointwise"]) + KERNELS["dense"]


@pytest.mark.parametrize("scheme", ["float32", "float16", "dynamic", "int8", "int8_full"])
def test_planted_zeros_come_back_exactly(tiny: dict[str, bytes], tiny_zeros: dict[str, int], scheme: str) -> None:
    facts = read(tiny[scheme]).level()
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
    facts = read(tiny[scheme]).level()
    assert facts.macs == MACS
    assert facts.parameters == sum(KERNELS.values()) + 16 + 16 + 64 + 4


def test_weight_bytes(tiny: dict[str, bytes]) -> None:
    parameters = read(tiny["float32"]).level().parameters
    assert read(tiny["float32"]).level().weight_bytes == 4 * parameters
    assert read(tiny["float16"]).level().weight_bytes == 2 * parameters
    biases = 16 + 16 + 64 + 4
    assert read(tiny["int8"]).level().weight_bytes == sum(KERNELS.values()) + 4 * biases


def test_ports(tiny: dict[str, bytes]) -> None:
    floats, integers = read(tiny["int8"]).level(), read(tiny["softmax_uint8"]).level()
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


def graph(tensors: list[Tensor], *operators: Operator) -> Graph:
    return Graph(tuple(tensors), operators, (0,), (len(tensors) - 1,))


def file(*subgraphs: Graph, **signatures: int) -> Model:
    named = {name: Signature(number, {}, {}) for name, number in (signatures or {SERVING_DEFAULT: 0}).items()}
    return Model(subgraphs, named, {}, None)


def facts_of(tensors: list[Tensor], *operators: Operator) -> LevelSummary:
    return summarise(file(graph(tensors, *operators))).level()


def test_zero_is_the_zero_point_of_each_channel() -> None:
    kernel = np.array([[128, 0], [7, 128], [128, 128]], np.uint8)
    weight = tensor((3, 2), kernel, scales=np.ones(3, np.float32), zero_points=np.array([128, 7, 0]))
    facts = facts_of([tensor((1, 2)), weight, tensor((1, 3))], Operator("FULLY_CONNECTED", (0, 1, -1), (2,)))
    assert facts.weights == (Weight("t", "FULLY_CONNECTED", True, "uint8", (3, 2), 6, 2, 6, 3, 0, 6, False),)


def test_left_out_elements_of_a_sparse_tensor_are_zeros() -> None:
    stored = np.array([1.0, 0.0, 2.0], np.float32)
    facts = facts_of(
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
    facts = read(tiny[f"sparse_{scheme}"]).level()
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


def test_macs_of_transposed_convolution_and_matrix_product() -> None:
    kernel = tensor((8, 3, 3, 4), np.ones((8, 3, 3, 4), np.float32))
    tensors = [tensor((1, 5, 5, 4)), kernel, tensor((4,), np.ones(4, np.int32)), tensor((1, 10, 10, 8))]
    facts = facts_of(tensors, Operator("TRANSPOSE_CONV", (2, 1, 0), (3,)))
    assert facts.macs == 5 * 5 * 4 * 3 * 3 * 8
    for adjoint, left in (((False, False), (2, 6, 7)), ((True, False), (2, 7, 6))):
        facts = facts_of(
            [tensor(left), tensor((2, 7, 9)), tensor((2, 6, 9))],
            Operator("BATCH_MATMUL", (0, 1), (2,), adjoint),
        )
        assert facts.macs == 2 * 6 * 9 * 7
    assert facts.weights == () and facts.sparsity_effective == 0


def test_a_shared_kernel_counts_once() -> None:
    weight = tensor((2, 2), np.array([[1, 0], [0, 3]], np.float32))
    facts = facts_of(
        [tensor((1, 2)), weight, tensor((1, 2)), tensor((1, 2))],
        Operator("FULLY_CONNECTED", (0, 1, -1), (2,)),
        Operator("FULLY_CONNECTED", (2, 1, -1), (3,)),
    )
    assert (facts.parameters, facts.sparsity_effective, facts.macs) == (4, 0.5, 8)


def test_loops_in_the_graph_end() -> None:
    facts = facts_of(
        [tensor((1, 2)), tensor((2, 2)), tensor((1, 2))],
        Operator("DEQUANTIZE", (1,), (1,)),
        Operator("QUANTIZE", (2,), (2,)),
        Operator("FULLY_CONNECTED", (0, 1, -1), (0,)),
    )
    assert (facts.weights, facts.output_op) == ((), "NONE")


def test_levels_have_facts_of_their_own_and_those_of_their_files(tiny: dict[str, bytes]) -> None:
    both = read(tiny["levels_full_half"])
    assert list(both.levels) == ["full", "half"]
    for name, level in both.levels.items():
        alone = read(tiny[f"levels_{name}"]).level()
        assert level == both.level(name)
        for fact in ("macs", "arena_bytes", "parameters", "weight_bytes", "output_op", "sparsity_by_op"):
            assert getattr(level, fact) == getattr(alone, fact), fact
        assert (level.inputs[0].shape, level.outputs[0].shape) == ((1, 16, 16, 3), (1, 4))
    stem, wide = 16 * 27, 64 * 16
    assert both.level("full").macs == 64 * (stem + wide) + 64 * 4
    assert both.level("half").macs == 64 * (stem + wide // 2) + 32 * 4


def test_what_levels_share_counts_once(tiny: dict[str, bytes]) -> None:
    both = read(tiny["levels_full_half"])
    full, half = both.level("full"), both.level("half")
    stem = [weight for weight in full.weights if weight.name == both.weights[0].name]
    shared = 16 * 27 + 16
    assert [weight.elements for weight in stem] == [16 * 27]
    assert sum(weight.elements for weight in both.weights) == full.parameters + half.parameters - shared
    assert sum(weight.stored_bytes for weight in both.weights) == full.weight_bytes + half.weight_bytes - 4 * shared


def test_a_file_of_several_levels_wants_one_named(tiny: dict[str, bytes]) -> None:
    both = read(tiny["levels_full_half"])
    with pytest.raises(StudyError, match=r"several signatures \(full, half\): choose"):
        both.level()
    with pytest.raises(StudyError, match="no signature 'quarter': it has full, half"):
        both.level("quarter")


def test_a_branch_counts_by_its_larger_side(tiny: dict[str, bytes]) -> None:
    gated, both = read(tiny["levels_gated"]).level(), read(tiny["levels_full_half"])
    assert gated.macs == both.level("full").macs
    assert gated.parameters == sum(weight.elements for weight in both.weights)
    assert gated.output_op == "FULLY_CONNECTED"
    assert gated.arena_bytes > read(tiny["levels_full"]).level().arena_bytes  # the stem's output stays meanwhile


def dense(size: int, buffer: int) -> Graph:
    weight = tensor((size, 2), np.ones((size, 2), np.float32), buffer=buffer)
    return graph([tensor((1, 2)), weight, tensor((1, size))], Operator("FULLY_CONNECTED", (0, 1, -1), (2,)))


@pytest.mark.parametrize("name, macs", [("IF", 10), ("WHILE", 16), ("CALL_ONCE", 0)])
def test_subgraphs_count_by_how_they_are_run(name: str, macs: int) -> None:
    caller = graph([tensor((1, 2)), tensor((1, 5))], Operator(name, (0,), (1,), subgraphs=(1, 2)))
    level = summarise(file(caller, dense(3, 1), dense(5, 2))).level()
    assert (level.macs, level.parameters) == (macs, 16)
    idle = graph(list(caller.tensors), Operator(name, (0,), (1,)))
    alone = [arena_bytes(one) for one in (idle, dense(3, 1), dense(5, 2))]
    assert level.arena_bytes == alone[0] + max(alone[1:])


def test_nested_branches_and_subgraphs_out_of_reach() -> None:
    outer = graph([tensor((1, 2)), tensor((1, 5))], Operator("IF", (0,), (1,), subgraphs=(1, 3)))
    middle = graph([tensor((1, 2)), tensor((1, 5))], Operator("IF", (0,), (1,), subgraphs=(2, 3)))
    found = summarise(file(outer, middle, dense(7, 1), dense(5, 2), dense(90, 3), a=0, b=3))
    assert (found.level("a").macs, found.level("b").macs) == (14, 10)
    assert [weight.elements for weight in found.weights] == [10, 14]


def test_a_buffer_that_two_tensors_of_one_subgraph_use_counts_twice_there_and_once_beyond() -> None:
    twice = graph(
        [tensor((1, 2)), *(tensor((2, 2), np.ones((2, 2), np.float32), buffer=1) for _ in range(2)), tensor((1, 2))],
        Operator("FULLY_CONNECTED", (0, 1, -1), (3,)),
        Operator("FULLY_CONNECTED", (3, 2, -1), (3,)),
    )
    found = summarise(file(twice, dense(2, 1), a=0, b=1))
    assert [found.level(name).parameters for name in "ab"] == [8, 4]
    assert sum(weight.elements for weight in found.weights) == 8


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_buffer_counts_where_most_of_it_is_used(order: str) -> None:
    levels = {"a": dense(3, 1), "b": dense(5, 1)}
    found = summarise(file(*(levels[name] for name in order), **{name: number for number, name in enumerate(order)}))
    assert [weight.shape for weight in found.weights] == [(5, 2)]
    assert [found.level(name).parameters for name in "ab"] == [6, 10]
