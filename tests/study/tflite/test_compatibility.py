import json
import subprocess
import sys
from dataclasses import replace

import pytest

from study.tflite.compatibility import TFLITE_RUNTIME_2_14, unsupported
from study.tflite.facts import read
from study.tflite.weights import Weight

# Asks the interpreter itself: a file that lists one operator code and uses none is refused if it is not registered.
PROBE = """
import json, sys
import flatbuffers
from ai_edge_litert import schema_py_generated as schema
from tflite_runtime.interpreter import Interpreter

def accepts(code, version):
    builder = flatbuffers.Builder(0)
    operator = schema.OperatorCodeT()
    operator.builtinCode, operator.deprecatedBuiltinCode, operator.version = code, min(code, 127), version
    graph = schema.SubGraphT()
    graph.inputs, graph.outputs, graph.tensors, graph.operators = [], [], [], []
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [operator], [graph], [schema.BufferT()]
    builder.Finish(model.Pack(builder), b"TFL3")
    try:
        Interpreter(model_content=bytes(builder.Output()))
    except ValueError:
        return False
    return True

table = json.load(sys.stdin)
names = {name: code for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
wrong = {}
for name, code in names.items():
    known = table.get(name, 0)
    if name != "CUSTOM" and (accepts(code, known + 1) or (known and not accepts(code, known))):
        wrong[name] = known
print(json.dumps(wrong))
"""


def test_the_table_is_the_runtimes_own() -> None:
    table = TFLITE_RUNTIME_2_14 | {}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], input=json.dumps(table), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {}


def test_what_is_refused_is_named_with_version_and_runtime(tiny: dict[str, bytes]) -> None:
    summary = replace(
        read(tiny["float32"]),
        ops={"CONV_2D": 7, "FULLY_CONNECTED": 12, "STABLEHLO_ADD": 1, "CUSTOM:Mine": 1, "CUSTOM:Mfcc": 1},
    )
    assert unsupported(summary, "tflite_runtime") == [
        "CUSTOM:Mine (unknown to tflite_runtime 2.14)",
        "FULLY_CONNECTED version 12 (tflite_runtime 2.14 executes up to 10)",
        "STABLEHLO_ADD (unknown to tflite_runtime 2.14)",
    ]
    assert unsupported(summary, "ai_edge_litert") == []


def kernel(op: str, dtype: str, scales: int) -> Weight:
    return Weight("kernel", op, True, dtype, (8, 4), 32, 0, 32, scales, 0, 32, False)


@pytest.mark.parametrize(
    "weight, versions, refused",
    [
        (kernel("CONV_2D", "int4", 8), {"CONV_2D": 1}, True),  # tflite-runtime 2.14 answers NaN
        (kernel("CONV_2D", "int4", 1), {"CONV_2D": 6}, True),
        (kernel("CONV_2D", "int4", 8), {"CONV_2D": 7}, False),
        (kernel("DEPTHWISE_CONV_2D", "int4", 8), {"DEPTHWISE_CONV_2D": 6}, True),
        (kernel("FULLY_CONNECTED", "int4", 8), {"FULLY_CONNECTED": 1}, False),
        (kernel("FULLY_CONNECTED", "int8", 8), {"FULLY_CONNECTED": 1}, True),  # it answers zeros
        (kernel("FULLY_CONNECTED", "int8", 8), {"FULLY_CONNECTED": 3}, True),
        (kernel("FULLY_CONNECTED", "int8", 8), {"FULLY_CONNECTED": 4}, False),
        (kernel("FULLY_CONNECTED", "int8", 1), {"FULLY_CONNECTED": 3}, False),
        (kernel("FULLY_CONNECTED", "int8", 8), {"FULLY_CONNECTED": 1, "DEQUANTIZE": 5}, False),
    ],
)
def test_weights_that_the_version_does_not_tell_of(
    tiny: dict[str, bytes], weight: Weight, versions: dict[str, int], refused: bool
) -> None:
    summary = replace(read(tiny["float32"]), ops=versions, weights=(weight,))
    found = unsupported(summary, "tflite_runtime")
    assert bool(found) == refused and all(weight.op in one and weight.dtype in one for one in found)
    assert unsupported(summary, "ai_edge_litert") == []


def test_what_the_study_exports_is_accepted(tiny: dict[str, bytes]) -> None:
    assert [name for name, model in tiny.items() if unsupported(read(model), "tflite_runtime")] == []
