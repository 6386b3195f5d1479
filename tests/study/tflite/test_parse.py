from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st

from study.errors import StudyError
from study.tflite.edit import pack, unpack
from study.tflite.facts import read
from study.tflite.operators import Window
from study.tflite.parse import SIGNATURES, chosen, parse
from study.tflite.signature import SERVING_DEFAULT
from study.tflite.tensors import RANK, Tensor


def test_tables_of_a_float_model(tiny: dict[str, bytes]) -> None:
    graph = parse(tiny["float32"]).graph(SERVING_DEFAULT)
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
    graph = parse(tiny["int8"]).graph(SERVING_DEFAULT)
    stem = next(operator for operator in graph.operators if operator.name == "CONV_2D")
    assert len(graph.tensors[stem.inputs[1]].scales) == 16
    assert len(graph.tensors[stem.inputs[0]].scales) == 1


def test_windows_and_kept_dimensions(tiny: dict[str, bytes]) -> None:
    operators = {
        name: parse(tiny[name]).graph(SERVING_DEFAULT).operators for name in ("float32", "reshape", "sparse_float32")
    }
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


def test_all_subgraphs_and_signatures(tiny: dict[str, bytes]) -> None:
    model = parse(tiny["levels_full_half"])
    assert {name: one.subgraph for name, one in model.signatures.items()} == {"full": 0, "half": 1}
    for name, width in (("full", 64), ("half", 32)):
        graph, signature = model.graph(name), model.signatures[name]
        assert (list(signature.inputs), list(signature.outputs)) == (["image"], ["logits"])
        assert (tuple(signature.inputs.values()), tuple(signature.outputs.values())) == (graph.inputs, graph.outputs)
        assert graph.tensors[graph.operators[1].inputs[1]].shape == (width, 1, 1, 16)
    stems = [graph.tensors[graph.operators[0].inputs[1]] for graph in model.subgraphs]
    assert stems[0].buffer == stems[1].buffer and model.graph("full") is model.subgraphs[0]


def test_a_branch_names_its_subgraphs(tiny: dict[str, bytes]) -> None:
    model = parse(tiny["levels_gated"])
    (gate,) = (operator for operator in model.graph("gated").operators if operator.name == "IF")
    widths = [model.subgraphs[number].tensors[model.subgraphs[number].inputs[0]].shape for number in gate.subgraphs]
    assert sorted(gate.subgraphs) == [1, 2] and len(set(widths)) == 1
    assert [operator.subgraphs for graph in model.subgraphs for operator in graph.operators if operator != gate] == [
        ()
    ] * (len([operator for graph in model.subgraphs for operator in graph.operators]) - 1)
    assert sorted(model.reached("gated")) == [0, 1, 2]


def test_a_file_without_signatures_has_one_level(tiny: dict[str, bytes]) -> None:
    tables = unpack(tiny["levels_full_half"])
    tables.signatureDefs = []
    model = parse(pack(tables))
    assert list(model.signatures) == [SERVING_DEFAULT] and model.reached(SERVING_DEFAULT) == (0,)
    assert list(model.signatures[SERVING_DEFAULT].inputs.values()) == [0]


def test_buffers_over_the_same_bytes_behind_the_tables_are_one(tiny: dict[str, bytes]) -> None:
    tables = unpack(tiny["levels_full_half"])
    graphs = tables.subgraphs
    stems = [graph.operators[0].inputs[1] for graph in graphs]
    content = bytes(tables.buffers[graphs[0].tensors[stems[0]].buffer].data)
    for graph, stem in zip(graphs, stems, strict=True):
        buffer = schema.BufferT()
        buffer.offset, buffer.size = 2, len(content)
        graph.tensors[stem].buffer = len(tables.buffers)
        tables.buffers.append(buffer)
    start = -(-len(pack(tables)) // 64) * 64
    for buffer in tables.buffers[-2:]:
        buffer.offset = start
    moved = parse(pack(tables).ljust(start, b"\0") + content)
    first, second = (graph.tensors[stem] for graph, stem in zip(moved.subgraphs, stems, strict=True))
    assert first.buffer == second.buffer and first.values.tobytes() == content


def wrong_subgraph(tables: Any) -> None:
    tables.signatureDefs[1].subgraphIndex = 3


def wrong_tensor(tables: Any) -> None:
    tables.signatureDefs[0].inputs[0].tensorIndex = 999


def same_name(tables: Any) -> None:
    tables.signatureDefs[1].signatureKey = tables.signatureDefs[0].signatureKey


def too_many(tables: Any) -> None:
    tables.signatureDefs *= SIGNATURES


def branch_nowhere(tables: Any) -> None:
    gate(tables).builtinOptions.elseSubgraphIndex = 3


def branch_negative(tables: Any) -> None:
    gate(tables).builtinOptions.thenSubgraphIndex = -1


def branch_to_itself(tables: Any) -> None:
    gate(tables).builtinOptions.thenSubgraphIndex = 0


def branch_unsaid(tables: Any) -> None:
    operator = gate(tables)
    operator.builtinOptions, operator.builtinOptionsType = None, 0


def gate(tables: Any) -> Any:
    return next(one for one in tables.subgraphs[0].operators if isinstance(one.builtinOptions, schema.IfOptionsT))


@pytest.mark.parametrize(
    "name, damage, said",
    [
        ("levels_full_half", wrong_subgraph, "a signature runs a subgraph that is not there"),
        ("levels_full_half", wrong_tensor, "a signature names a tensor that is not there"),
        ("levels_full_half", same_name, "two signatures share a name"),
        ("levels_full_half", too_many, f"claims {2 * SIGNATURES} entries"),
        ("levels_gated", branch_nowhere, "IF runs a subgraph that is not there"),
        ("levels_gated", branch_negative, "IF runs a subgraph that is not there"),
        ("levels_gated", branch_to_itself, "a subgraph runs itself"),
        ("levels_gated", branch_unsaid, "IF does not say which subgraph it runs"),
    ],
)
def test_wrong_signatures_and_subgraphs_are_one_line(
    tiny: dict[str, bytes], name: str, damage: Callable[[Any], None], said: str
) -> None:
    tables = unpack(tiny[name])
    damage(tables)
    with pytest.raises(StudyError, match=said) as caught:
        read(pack(tables))
    assert "\n" not in str(caught.value)


def test_a_list_of_many_signatures_is_cut() -> None:
    names = [f"level{number:05d}" for number in range(SIGNATURES)]
    with pytest.raises(StudyError, match=r"level00000, .*\.\.\.") as caught:
        chosen(names, "\n" * 400 + "x" * 400)
    assert len(str(caught.value)) < 500 and "\n" not in str(caught.value)
    assert chosen(names, names[7]) == names[7] and chosen(names[:1], None) == names[0]


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
    scheme=st.sampled_from(
        ["float32", "float16", "dynamic", "int8", "softmax_uint8", "sparse_float32", "levels_full_half"]
    ),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_mutated_bytes_give_facts_or_one_line(
    tiny: dict[str, bytes], scheme: str, flips: list[tuple[float, int]]
) -> None:
    model = bytearray(tiny[scheme])
    for where, value in flips:
        model[int(where * len(model))] = value
    try:
        summary = read(bytes(model))
    except StudyError as error:
        assert "\n" not in str(error)
    else:
        for level in summary.levels.values():
            assert level.macs >= 0 and 0 <= level.sparsity_effective <= 1
