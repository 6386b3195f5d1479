import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.errors import StudyError
from study.flatbuffer import read
from study.graph import Tensor, parse


def test_tables_of_a_float_model(tiny: dict[str, bytes]) -> None:
    graph = parse(tiny["float32"])
    assert [operator.name for operator in graph.operators] == [
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "CONV_2D",
        "MEAN",
        "FULLY_CONNECTED",
    ]
    assert graph.tensors[graph.inputs[0]].shape == (1, 16, 16, 3)
    assert graph.tensors[graph.outputs[0]].shape == (1, 4)
    kernel = graph.tensors[graph.operators[0].inputs[1]]
    assert kernel.dtype == "FLOAT32" and kernel.values.shape == (16 * 3 * 3 * 3,) and kernel.dense_bytes == 16 * 27 * 4


def test_scales_per_channel_and_per_tensor(tiny: dict[str, bytes]) -> None:
    graph = parse(tiny["int8"])
    stem = next(operator for operator in graph.operators if operator.name == "CONV_2D")
    assert len(graph.tensors[stem.inputs[1]].scales) == 16
    assert len(graph.tensors[stem.inputs[0]].scales) == 1


def test_int4_is_unpacked_low_half_first() -> None:
    tensor = Tensor(
        "w",
        (3,),
        "INT4",
        np.ones(1, np.float32),
        np.zeros(1, np.int64),
        0,
        np.array([0xF1, 0x08], np.uint8),
        False,
        False,
    )
    assert tensor.values.tolist() == [1, -1, -8] and tensor.dense_bytes == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"TFL3",
        b"\0" * 100,
        b"\x1c\0\0\0TFL3",
        b"\xff\xff\xff\xffTFL3" + b"\xff" * 64,
        b"PK\x03\x04 not a model at all",
    ],
)
def test_foreign_bytes_are_one_line(data: bytes) -> None:
    with pytest.raises(StudyError, match="TFLite file") as caught:
        parse(data)
    assert "\n" not in str(caught.value)


def test_truncated_at_any_length(tiny: dict[str, bytes]) -> None:
    model = tiny["int8"]
    for end in range(0, len(model) - 1, 97):
        with pytest.raises(StudyError):
            read(model[:end])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    scheme=st.sampled_from(["float32", "float16", "dynamic", "int8", "softmax_uint8"]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_mutated_bytes_give_facts_or_one_line(
    tiny: dict[str, bytes], scheme: str, flips: list[tuple[float, int]]
) -> None:
    model = bytearray(tiny[scheme])
    for where, value in flips:
        model[int(where * len(model))] = value
    try:
        facts = read(bytes(model))
    except StudyError as error:
        assert "\n" not in str(error)
    else:
        assert facts.macs >= 0 and 0 <= facts.sparsity_effective <= 1
