import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from study.tflite.facts import Port, Weight, facts_of
from study.tflite.inspect import WIDTH, describe, lines, scales, short
from study.tflite.parse import parse

WEIGHT = Weight("w", "CONV_2D", True, "int8", (2, 1, 1, 3), 6, 1, 6, 2, 0, 6, False)


def description(model: bytes, **changes: Any) -> dict[str, Any]:
    graph = parse(model)
    facts = replace(facts_of(graph), **changes)
    return describe(facts, Counter(operator.name for operator in graph.operators), ["a rule", "another"], len(model))


def test_dictionary_of_an_int8_model(tiny: dict[str, bytes], tiny_zeros: dict[str, int]) -> None:
    found = description(tiny["int8"])
    assert found["ops"]["CONV_2D"]["count"] == 2 and found["refused_by_tflite_runtime"] == []
    assert found["quantized_zeros"] == {
        "elements": 1856,
        "zeros": sum(tiny_zeros.values()),
        "sparsity": found["sparsity_effective"],
    }
    assert found["sparsity_by_op"]["DEPTHWISE_CONV_2D"]["zeros"] == tiny_zeros["depthwise"]
    assert found["sparse_encoding"] == {"tensors": 0, "dense_bytes": 0, "stored_bytes": 0}
    assert [row["scales"] for row in found["weights"] if row["kernel"]] == [
        "axis 0: 16",
        "axis 3: 16",
        "axis 0: 64",
        "axis 0: 4",
    ]
    assert found == json.loads(json.dumps(found, allow_nan=False))


def test_zeros_of_a_float_model_are_not_quantized_ones(tiny: dict[str, bytes]) -> None:
    found = description(tiny["float32"])
    assert found["quantized_zeros"]["elements"] == 0 and "no kernel is quantized" in "\n".join(lines(found))


def test_sparse_storage_is_summed_and_marked(tiny: dict[str, bytes]) -> None:
    found = description(tiny["sparse_float32"])
    stored = [row["stored_bytes"] for row in found["weights"] if row["sparse"]]
    assert found["sparse_encoding"] == {"tensors": 4, "dense_bytes": 4 * 1856, "stored_bytes": sum(stored)}
    text = "\n".join(lines(found))
    assert f"4 tensors (*), 7,424 bytes dense, {sum(stored):,} bytes stored" in text and f"{stored[0]:,}*" in text


@pytest.mark.parametrize("name", ["float32", "float16", "dynamic", "int8", "softmax_uint8", "reshape", "sparse_int8"])
def test_text_is_complete_and_fits(tiny: dict[str, bytes], name: str) -> None:
    found = description(tiny[name])
    text = lines(found)
    assert max(map(len, text)) <= WIDTH and "a rule; another" in " ".join(" ".join(text).split())
    for label in ("input", "output", "operators", "runtime", "MACs", "parameters", "weights", "arena", "kernels of"):
        assert any(line.startswith(label) for line in text), label
    table = text.index("") + 2
    assert len(text[table : text.index("", table)]) == len(found["weights"])


def test_odd_values_stay_readable(tiny: dict[str, bytes]) -> None:
    port = Port("x" * 300, (1,) * 90, "int8", float("nan"), 0)
    found = description(
        tiny["float32"],
        inputs=(port,),
        outputs=(),
        weights=(),
        min_runtime=None,
        ops={"CUSTOM:" + "y" * 190: 2**31, "CONV_2D": 99},
    )
    assert found["inputs"][0]["scale"] is None and "not stated" in "\n".join(lines(found))
    assert max(map(len, lines(found))) <= WIDTH
    assert "CONV_2D version 99 (tflite_runtime 2.14 executes up to 7)" in found["refused_by_tflite_runtime"]


def test_granularity_of_scales() -> None:
    assert [scales(replace(WEIGHT, scales=count, axis=3)) for count in (0, 1, 7)] == ["none", "per-tensor", "axis 3: 7"]


def test_names_keep_their_end() -> None:
    assert short("model/stem/Relu;model/stem/BiasAdd", 20) == "model/stem/Relu" and short("abcdefgh;", 6) == "...fgh"
