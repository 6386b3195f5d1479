from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from study.tflite.operators import Operator, Window
from study.tflite.parse import Graph, parse
from study.tflite.signature import SERVING_DEFAULT
from study.tflite.sparse_inference import failed_rules
from study.tflite.tensors import Tensor

STEM = "stem is not a 3x3 stride-2 convolution of 3 channels with padding 1 on each side"


@pytest.fixture()
def eligible(tiny: dict[str, bytes]) -> Graph:
    return parse(tiny["sparse_float32"]).graph(SERVING_DEFAULT)


def changed(graph: Graph, name: str, change: Callable[[Operator], Operator], which: int = 0) -> Graph:
    """The graph with one operator of a type replaced."""
    places = [place for place, operator in enumerate(graph.operators) if operator.name == name]
    operators = list(graph.operators)
    operators[places[which]] = change(operators[places[which]])
    return replace(graph, operators=tuple(operators))


def window(**fields: object) -> Callable[[Operator], Operator]:
    def change(operator: Operator) -> Operator:
        assert operator.window
        return replace(operator, window=replace(operator.window, **fields))  # type: ignore[arg-type]

    return change


def with_tensor(graph: Graph, index: int, **fields: object) -> Graph:
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], **fields)  # type: ignore[arg-type]
    return replace(graph, tensors=tuple(tensors))


def test_a_model_that_keeps_all_rules_fails_none(eligible: Graph) -> None:
    assert failed_rules(eligible) == []


def test_a_published_layout_fails_by_name(tiny: dict[str, bytes]) -> None:
    assert failed_rules(parse(tiny["float32"]).graph(SERVING_DEFAULT)) == [
        "no weights are stored in sparse encoding",
        "1x1 kernels hold 6 % zeros, more than 67 % are needed",
        STEM,
        "the closing MEAN drops height and width, it must keep them with size 1",
    ]


@pytest.mark.parametrize("scheme, dtype", [("int8", "int8"), ("dynamic", "int8"), ("float16", "float16")])
def test_other_types_are_named(tiny: dict[str, bytes], scheme: str, dtype: str) -> None:
    assert f"weights are {dtype}, float32 is needed" in " ".join(
        failed_rules(parse(tiny[scheme]).graph(SERVING_DEFAULT))
    )


def test_int8_in_sparse_encoding_fails_for_its_type_alone(tiny: dict[str, bytes]) -> None:
    assert failed_rules(parse(tiny["sparse_int8"]).graph(SERVING_DEFAULT)) == ["weights are int8, float32 is needed"]


@pytest.mark.parametrize(
    "name, which, fields, said",
    [
        ("CONV_2D", 0, {"same": True}, STEM),
        ("CONV_2D", 0, {"stride": (1, 1)}, STEM),
        ("CONV_2D", 0, {"dilation": (2, 2)}, STEM),
        ("CONV_2D", 1, {"stride": (2, 2)}, "no channel-major kernel for CONV_2D 1x1 stride 2 padding 0/0/0/0"),
        ("DEPTHWISE_CONV_2D", 0, {"stride": (2, 2)}, "no channel-major kernel for DEPTHWISE_CONV_2D 3x3 stride 2 SAME"),
        (
            "DEPTHWISE_CONV_2D",
            0,
            {"same": False},
            "no channel-major kernel for DEPTHWISE_CONV_2D 3x3 stride 1 padding 0/0/0/0",
        ),
        (
            "DEPTHWISE_CONV_2D",
            0,
            {"dilation": (2, 2)},
            "no channel-major kernel for DEPTHWISE_CONV_2D 3x3 stride 1 SAME",
        ),
    ],
)
def test_each_window_that_has_no_kernel(
    eligible: Graph, name: str, which: int, fields: dict[str, object], said: str
) -> None:
    assert failed_rules(changed(eligible, name, window(**fields), which)) == [said]


def test_the_padding_of_the_stem_must_be_symmetric(eligible: Graph) -> None:
    (pad,) = (operator for operator in eligible.operators if operator.name == "PAD")
    published = np.array([0, 0, 0, 1, 0, 1, 0, 0], np.int32).view(np.uint8)
    assert failed_rules(with_tensor(eligible, pad.inputs[1], stored=published)) == [STEM]


def test_a_mean_must_close_the_network(eligible: Graph) -> None:
    assert failed_rules(changed(eligible, "MEAN", lambda mean: replace(mean, name="SUM"))) == [
        "no MEAN over height and width closes the network"
    ]
    assert failed_rules(changed(eligible, "MEAN", lambda mean: replace(mean, keeps_dims=False))) == [
        "the closing MEAN drops height and width, it must keep them with size 1"
    ]


def test_a_convolution_must_not_read_the_mean(eligible: Graph) -> None:
    closing = next(operator for operator in eligible.operators if operator.name == "MEAN")
    behind = Operator("CONV_2D", (closing.outputs[0], 0, -1), eligible.outputs)
    assert failed_rules(replace(eligible, operators=(*eligible.operators, behind))) == [
        "a convolution reads the closing MEAN, XNNPACK refuses such a file in this mode (a dense layer may)"
    ]


def test_an_operator_without_a_kernel_and_a_value_that_leaves(eligible: Graph) -> None:
    pooled = changed(eligible, "DEPTHWISE_CONV_2D", lambda one: replace(one, name="MAX_POOL_2D", window=None))
    assert failed_rules(pooled) == ["no channel-major kernel for MAX_POOL_2D"]
    stem = next(operator for operator in eligible.operators if operator.name == "CONV_2D")
    leaving = replace(eligible, outputs=(*eligible.outputs, stem.outputs[0]))
    assert failed_rules(leaving) == ["the output of CONV_2D is also needed outside the part that ends with the MEAN"]


def pointwise(zeros: int) -> Graph:
    """Stem, a 1x1 convolution of 12 weights with some zeros, an ADD of both, and a mean."""

    def tensor(
        shape: tuple[int, ...], values: np.ndarray | None = None, dtype: str = "FLOAT32", sparse: bool = False
    ) -> Tensor:
        stored = None if values is None else np.ascontiguousarray(values).view(np.uint8).ravel()
        return Tensor("t", shape, dtype, np.zeros(0, np.float32), np.zeros(0, np.int64), 0, stored, sparse, False)

    kernel = np.ones(9, np.float32)
    kernel[:zeros] = 0
    image = (1, 4, 4, 3)
    tensors = (
        tensor((1, 8, 8, 3)),
        tensor((4, 2), np.array([0, 0, 1, 1, 1, 1, 0, 0], np.int32), "INT32"),
        tensor((1, 10, 10, 3)),
        tensor((3, 3, 3, 3), np.ones(81, np.float32), sparse=True),
        tensor(image),
        tensor((3, 1, 1, 3), kernel, sparse=True),
        tensor(image),
        tensor(image),
        tensor((2,), np.array([1, 2], np.int32), "INT32"),
        tensor((1, 1, 1, 3)),
        tensor((), np.ones(1, np.float32)),
    )
    operators = (
        Operator("PAD", (0, 1), (2,)),
        Operator("CONV_2D", (2, 3, -1), (4,), window=Window(False, (2, 2), (1, 1))),
        Operator("CONV_2D", (4, 5, -1), (6,), window=Window(False, (1, 1), (1, 1))),
        Operator("ADD", (4, 6), (7,)),
        Operator("MEAN", (7, 8), (9,), keeps_dims=True),
    )
    return Graph(tensors, operators, (0,), (9,))


def test_more_than_two_thirds_zeros_are_needed() -> None:
    assert failed_rules(pointwise(7)) == []
    assert failed_rules(pointwise(6)) == ["1x1 kernels hold 67 % zeros, more than 67 % are needed"]


def test_adding_a_number_has_no_channel_major_kernel() -> None:
    # As in the hard sigmoid of MobileNetV3: XNNPACK wants four dimensions on both sides.
    graph = changed(pointwise(7), "ADD", lambda add: replace(add, inputs=(6, 10)))
    assert failed_rules(graph) == ["no channel-major kernel for ADD"]


def test_loops_end() -> None:
    graph = changed(pointwise(7), "CONV_2D", lambda one: replace(one, inputs=(7, 5, -1)), 1)
    assert isinstance(failed_rules(graph), list)
