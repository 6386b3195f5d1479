import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import StudyError
from study.tflite.arena import ALIGNMENT, LIMIT, Allocation, lifetimes, plan
from study.tflite.facts import read
from study.tflite.parse import parse
from study.tflite.signature import SERVING_DEFAULT

# Addresses that the interpreter really gives out, with its built-in kernels; two threads, because with one the float
# convolution asks for scratch memory that is in no file.
SPAN = """
import json, sys
from importlib import import_module
module = import_module(sys.argv[1] + ".interpreter")
resolver = module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
interpreter = module.Interpreter(model_path=sys.argv[2], experimental_op_resolver_type=resolver, num_threads=2)
interpreter.allocate_tensors()
ends = []
for index, size in json.loads(sys.argv[3]):
    start = interpreter.tensor(index)().__array_interface__["data"][0]
    ends.append((start, start + size))
print(max(end for _, end in ends) - min(start for start, _ in ends))
"""


@pytest.mark.parametrize("runtime", ["ai_edge_litert", "tflite_runtime"])
@pytest.mark.parametrize("name", ["float32", "float16", "int8", "reshape"])
def test_plan_spans_what_the_interpreter_allocates(
    tiny: dict[str, bytes], tiny_folder: Path, runtime: str, name: str
) -> None:
    held = [(one.tensor, one.size) for one in lifetimes(parse(tiny[name]).graph(SERVING_DEFAULT))]
    done = subprocess.run(
        [sys.executable, "-c", SPAN, runtime, str(tiny_folder / f"{name}.tflite"), json.dumps(held)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert read(tiny[name]).level().arena_bytes == pytest.approx(int(done.stdout), rel=0.03)


def test_two_that_never_meet_share_memory() -> None:
    placed = plan([Allocation(0, 1000, 0, 1), Allocation(1, 400, 1, 2), Allocation(2, 1000, 2, 3)])
    assert {one.tensor: offset for one, offset in placed} == {0: 0, 2: 0, 1: 1024}


def test_the_tightest_gap_is_taken() -> None:
    always = [Allocation(0, 64, 0, 9), Allocation(1, 640, 0, 4), Allocation(2, 320, 0, 9)]
    placed = {one.tensor: offset for one, offset in plan([*always, Allocation(3, 256, 5, 8)])}
    assert placed[3] + 256 <= 64 + 320 + 640


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 12), st.integers(0, 6)), max_size=25))
def test_a_plan_is_valid_and_bounded(entries: list[tuple[int, int, int]]) -> None:
    allocations = [Allocation(i, size, first, first + length) for i, (size, first, length) in enumerate(entries)]
    placed = plan(allocations)
    assert len(placed) == len(allocations) and all(offset % ALIGNMENT == 0 for _, offset in placed)
    for i, (one, at) in enumerate(placed):
        for other, there in placed[:i]:
            if one.first <= other.last and other.first <= one.last and one.size and other.size:
                assert at + one.size <= there or there + other.size <= at
    peak = max((at + one.size for one, at in placed), default=0)
    busiest = max(sum(one.size for one in allocations if one.first <= step <= one.last) for step in range(20))
    assert busiest <= peak <= sum(one.size + ALIGNMENT for one in allocations)


def test_an_implausible_number_of_activations_is_refused() -> None:
    with pytest.raises(StudyError, match="activations"):
        plan([Allocation(i, 1, 0, 1) for i in range(LIMIT + 1)])
