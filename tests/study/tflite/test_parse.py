import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st

from study.errors import StudyError
from study.tflite.facts import read
from study.tflite.parse import RANK, Tensor, Window, parse


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


def test_windows_and_kept_dimensions(tiny: dict[str, bytes]) -> None:
    operators = {name: parse(tiny[name]).operators for name in ("float32", "reshape", "sparse_float32")}
    stem, depthwise = operators["float32"][:2]
    assert stem.window == Window(same=True, stride=(2, 2), dilation=(1, 1))
    assert depthwise.window == Window(same=True, stride=(1, 1), dilation=(1, 1))
    explicit = next(operator for operator in operators["sparse_float32"] if operator.name == "CONV_2D")
    assert explicit.window == Window(same=False, stride=(2, 2), dilation=(1, 1))
    kept = {name: [one.keeps_dims for one in found if one.name == "MEAN"] for name, found in operators.items()}
    assert kept == {"float32": [False], "reshape": [True], "sparse_float32": [True]}


@pytest.mark.parametrize(
    "field, value, said",
    [
        ("DenseSize", 2**20, "is incomplete"),
        ("DenseSize", -1, "stores -1"),
        ("ArrayIndicesType", 0, "lacks its indices"),
        ("ArraySegmentsType", 9, "lacks its indices"),
    ],
)
def test_a_damaged_sparse_encoding_is_refused(tiny: dict[str, bytes], field: str, value: int, said: str) -> None:
    model = bytearray(tiny["sparse_float32"])
    graph = schema.Model.GetRootAs(model, 0).Subgraphs(0)
    tables = [graph.Tensors(number).Sparsity() for number in range(graph.TensorsLength())]
    sparsity = next(table for table in tables if table is not None)
    number = 0 if field == "DenseSize" else sparsity.DimMetadataLength() - 1
    table = sparsity.DimMetadata(number)._tab
    offset = table.Offset({"DenseSize": 6, "ArraySegmentsType": 8, "ArrayIndicesType": 12}[field])
    size = 4 if field == "DenseSize" else 1
    model[table.Pos + offset : table.Pos + offset + size] = value.to_bytes(size, "little", signed=value < 0)
    with pytest.raises(StudyError, match=said):
        parse(bytes(model))


def test_too_many_dimensions_are_refused(tiny: dict[str, bytes]) -> None:
    model = bytearray(tiny["float32"])
    tensor = schema.Model.GetRootAs(model, 0).Subgraphs(0).Tensors(0)
    shape = tensor._tab.Vector(tensor._tab.Offset(4))
    model[shape - 4 : shape] = (RANK + 1).to_bytes(4, "little")
    with pytest.raises(StudyError, match=f"{RANK + 1} dimensions"):
        parse(bytes(model))


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
    scheme=st.sampled_from(["float32", "float16", "dynamic", "int8", "softmax_uint8", "sparse_float32"]),
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
