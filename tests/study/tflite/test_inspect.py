import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from study.tflite.facts import Port, summarise
from study.tflite.inspect import Description, describe, scales
from study.tflite.inspect_text import WIDTH, lines, short
from study.tflite.parse import parse
from study.tflite.signature import SERVING_DEFAULT
from study.tflite.weights import Weight

WEIGHT = Weight("w", "CONV_2D", True, "int8", (2, 1, 1, 3), 6, 1, 6, 2, 0, 6, False)


def description(tflite: bytes) -> Description:
    model = parse(tflite)
    return describe(model, summarise(model), len(tflite))


def shown(tflite: bytes) -> dict[str, Any]:
    """As JSON gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(description(tflite)), allow_nan=False))
    return found


def test_dictionary_of_an_int8_model(tiny: dict[str, bytes], tiny_zeros: dict[str, int]) -> None:
    found = shown(tiny["int8"])
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


def test_zeros_of_a_float_model_are_not_quantized_ones(tiny: dict[str, bytes]) -> None:
    found = description(tiny["float32"])
    assert found.quantized_zeros.elements == 0 and "no kernel is quantized" in "\n".join(lines(found))


def test_sparse_storage_is_summed_and_marked(tiny: dict[str, bytes]) -> None:
    found = description(tiny["sparse_float32"])
    stored = [row.stored_bytes for row in found.weights if row.sparse]
    assert asdict(found.sparse_encoding) == {"tensors": 4, "dense_bytes": 4 * 1856, "stored_bytes": sum(stored)}
    text = "\n".join(lines(found))
    assert f"4 tensors (*), 7,424 bytes dense, {sum(stored):,} bytes stored" in text and f"{stored[0]:,}*" in text


@pytest.mark.parametrize("name", ["float32", "float16", "dynamic", "int8", "softmax_uint8", "reshape", "sparse_int8"])
def test_text_is_complete_and_fits(tiny: dict[str, bytes], name: str) -> None:
    found = description(tiny[name])
    text = lines(found)
    said = " ".join(" ".join(text).split())
    assert max(map(len, text)) <= WIDTH and all(
        rule in said for rule in found.levels[SERVING_DEFAULT].sparse_inference_fails
    )
    for label in ("input", "output", "operators", "runtime", "MACs", "parameters", "weights", "arena", "kernels of"):
        assert any(line.startswith(label) for line in text), label
    assert not any(line.startswith(("level", "subgraphs")) for line in text)
    table = text.index("") + 2
    assert len(text[table : text.index("", table)]) == len(found.weights)


def test_two_signatures_are_two_levels(tiny: dict[str, bytes]) -> None:
    found, alone = shown(tiny["levels_full_half"]), {name: shown(tiny[f"levels_{name}"]) for name in ("full", "half")}
    assert found["subgraphs"] == 2 and list(found["levels"]) == ["full", "half"]
    for name, level in found["levels"].items():
        for key in ("macs", "arena_bytes", "parameters", "weight_bytes", "sparse_inference_fails"):
            assert level[key] == alone[name][key], key
        assert level["inputs"][0] == alone[name]["inputs"][0]
    assert {key for key, value in found.items() if value is None} == {
        "inputs",
        "outputs",
        "macs",
        "arena_bytes",
        "sparse_inference_fails",
    }
    assert found["parameters"] == sum(row["elements"] for row in found["weights"])
    assert found["ops"]["CONV_2D"]["count"] == 4 and len(found["weights"]) == 8
    text = lines(description(tiny["levels_full_half"]))
    assert [line.split()[1] for line in text if line.startswith("level ")] == ["full", "half"]
    assert [line for line in text if line.startswith("MACs")] == ["MACs           93,440", "MACs           60,544"]
    assert "parameters     2,464, each once" in text and max(map(len, text)) <= WIDTH


def test_a_branch_is_said(tiny: dict[str, bytes]) -> None:
    text = lines(description(tiny["levels_gated"]))
    assert any(line.startswith("subgraphs      3: ") for line in text)
    assert "MACs           93,440 (of a branch the larger one)" in text


def test_odd_values_stay_readable(tiny: dict[str, bytes]) -> None:
    model = parse(tiny["float32"])
    summary = summarise(model)
    port = Port("x" * 300, (1,) * 90, "int8", float("nan"), 0)
    level = replace(summary.level(), inputs=(port,), outputs=(), weights=())
    odd = replace(
        summary,
        levels={SERVING_DEFAULT: level},
        weights=(),
        min_runtime=None,
        ops={"CUSTOM:" + "y" * 190: 2**31, "CONV_2D": 99},
    )
    found = describe(model, odd, 1)
    assert found.inputs is not None and found.inputs[0].scale is None and "not stated" in "\n".join(lines(found))
    assert max(map(len, lines(found))) <= WIDTH
    assert "CONV_2D version 99 (tflite_runtime 2.14 executes up to 7)" in found.refused_by_tflite_runtime


def test_granularity_of_scales() -> None:
    assert [scales(replace(WEIGHT, scales=count, axis=3)) for count in (0, 1, 7)] == ["none", "per-tensor", "axis 3: 7"]


def test_names_keep_their_end() -> None:
    assert short("model/stem/Relu;model/stem/BiasAdd", 20) == "model/stem/Relu" and short("abcdefgh;", 6) == "...fgh"
