"""What packing stores once, that the interpreters' outputs keep their bits, and that the project reads the file."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from constants import with_constants
from required import absent

from study.latency.devices.rpi4 import emulator
from study.tflite import packing
from study.tflite.edit import pack, unpack
from study.tflite.facts import read, summarise
from study.tflite.inspect import describe
from study.tflite.packing import ALIGNED, IN_TABLES, SMALLEST, WORTH, packed
from study.tflite.parse import parse

NAMES = ("gates_float32", "gates_int8", "levels_float32", "levels_int8")
RUNTIMES = ("ai_edge_litert", "tflite_runtime")
OUTPUTS = Path(__file__).parents[2] / "signature_outputs.py"
GATES, ZEROS = 6, 8 * 8 * 16 * 4
"""Of tests/packable.py: branches, and bytes of zeros that each stores, float32 in both schemes."""


@pytest.fixture(scope="module")
def both(packable: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Name -> the file as the converter wrote it, and packed under the same name."""
    folder = tmp_path_factory.mktemp("packed")
    found = {}
    for name, path in packable.items():
        (folder / path.name).write_bytes(packed(path.read_bytes()))
        found[name] = path, folder / path.name
    return found


def places(tflite: bytes) -> list[range | None]:
    """Where each buffer's bytes lie behind the tables, None where they do not."""
    root = schema.Model.GetRootAs(tflite, 0)
    buffers = [root.Buffers(number) for number in range(root.BuffersLength())]
    return [range(one.Offset(), one.Offset() + one.Size()) if one.Offset() else None for one in buffers]


def kernels(tflite: bytes, layer: int) -> dict[str, Any]:
    """Signature -> the kernel of its `layer`-th operator with one."""
    model = parse(tflite)
    found = {}
    for name in model.signatures:
        graph = model.graph(name)
        weighted = [one for one in graph.operators if one.name in ("CONV_2D", "DEPTHWISE_CONV_2D")]
        found[name] = graph.tensors[weighted[layer].inputs[1]]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_say_the_same(both: dict[str, tuple[Path, Path]], name: str) -> None:
    plain, smaller = (path.read_bytes() for path in both[name])
    assert len(smaller) < len(plain)
    assert pack(unpack(smaller)) == pack(unpack(plain))


@pytest.mark.parametrize("name", NAMES)
def test_packing_again_changes_nothing(both: dict[str, tuple[Path, Path]], name: str) -> None:
    plain, smaller = (path.read_bytes() for path in both[name])
    assert packed(smaller) is smaller and packed(plain) == smaller
    assert packed(pack(unpack(smaller))) == smaller


@pytest.mark.parametrize("scheme, size", [("float32", 4), ("int8", 1)])
def test_narrower_kernels_start_the_widest(both: dict[str, tuple[Path, Path]], scheme: str, size: int) -> None:
    plain, smaller = (path.read_bytes() for path in both[f"levels_{scheme}"])
    root = schema.Model.GetRootAs(smaller, 0)
    expand = kernels(smaller, 1)
    assert {name: tensor.shape for name, tensor in expand.items()} == {
        "w25": (16, 1, 1, 16),
        "w50": (32, 1, 1, 16),
        "w100": (64, 1, 1, 16),
    }
    assert len({tensor.buffer for tensor in expand.values()}) == 1
    assert len({tensor.buffer for tensor in kernels(plain, 1).values()}) == 3
    of = {
        len(place): place
        for place in places(smaller)
        if place is not None and place.start == places(smaller)[expand["w100"].buffer].start  # type: ignore[union-attr]
    }
    assert sorted(of) == [16 * 16 * size, 32 * 16 * size, 64 * 16 * size]
    assert root.Buffers(0).Offset() == 0
    starts = {place.start for place in places(smaller) if place is not None}
    assert starts and all(start % ALIGNED == 0 for start in starts)


@pytest.mark.parametrize("scheme", ["float32", "int8"])
def test_zeros_of_branches_are_stored_once(both: dict[str, tuple[Path, Path]], scheme: str) -> None:
    plain, smaller = (path.read_bytes() for path in both[f"gates_{scheme}"])
    zeros = bytes(ZEROS)
    assert (plain.count(zeros), smaller.count(zeros)) == (GATES, 1)
    assert len(plain) - len(smaller) > (GATES - 1) * len(zeros)
    assert not any(places(smaller))  # equal vectors need no offsets


def test_zero_points_are_stored_once(both: dict[str, tuple[Path, Path]]) -> None:
    _, smaller = both["levels_int8"]
    root = schema.Model.GetRootAs(smaller.read_bytes(), 0)
    found: dict[int, set[int]] = {}
    for graph in (root.Subgraphs(number) for number in range(root.SubgraphsLength())):
        for tensor in (graph.Tensors(number) for number in range(graph.TensorsLength())):
            quantization = tensor.Quantization()
            if quantization and quantization.ZeroPointLength() > 1:
                assert not quantization.ZeroPointAsNumpy().any()
                where = quantization._tab.Vector(quantization._tab.Offset(10))
                found.setdefault(quantization.ZeroPointLength(), set()).add(where)
    assert set(found) == {4, 16, 24, 32, 64} and all(len(where) == 1 for where in found.values())


def test_constants_in_the_tables_are_aligned(both: dict[str, tuple[Path, Path]]) -> None:
    for _, path in both.values():
        root = schema.Model.GetRootAs(path.read_bytes(), 0)
        for buffer in (root.Buffers(number) for number in range(root.BuffersLength())):
            if buffer.DataLength():
                assert buffer._tab.Vector(buffer._tab.Offset(4)) % IN_TABLES == 0


def moved(tflite: bytes, *contents: bytes) -> list[range | None]:
    """Where constants of a file lie behind its tables once it is packed, however little that saves."""
    model, numbers = with_constants(tflite, *contents, b"padding " * 999, b"padding " * 999)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packing, "WORTH", -1.0)
        smaller = packed(pack(model))
    found = places(smaller)
    for number, content in zip(numbers, contents, strict=False):
        place = found[number]
        assert place is None or smaller[place.start : place.stop] == content
    assert [bytes(buffer.data) for buffer in unpack(smaller).buffers[numbers[0] :]] == [
        bytes(buffer.data) for buffer in model.buffers[numbers[0] :]
    ]
    return [found[number] for number in numbers[:-2]]


@pytest.mark.parametrize("size", [SMALLEST - 1, SMALLEST, SMALLEST + 1])
def test_the_smallest_constant_that_moves(tiny: dict[str, bytes], size: int) -> None:
    whole = bytes(range(100))
    short, long = moved(tiny["float32"], whole[:size], whole)
    assert (short is not None, long is not None) == (size >= SMALLEST, size >= SMALLEST)
    if short and long:
        assert short.start == long.start and (len(short), len(long)) == (size, 100)


def test_starts_of_starts_lie_in_the_longest(tiny: dict[str, bytes]) -> None:
    a, b = bytes(range(1, 101)), bytes(range(2, 102))
    found = moved(tiny["float32"], a[:70], b, a[:80] + b, a[:80], a[:80] + b[:10], a[:80] + b)
    assert found[1] is None
    chain = [place for place in found if place is not None]
    assert len({place.start for place in chain}) == 1 and [len(place) for place in chain] == [70, 180, 80, 90, 180]


def test_of_two_longer_ones_either_holds_the_start(tiny: dict[str, bytes]) -> None:
    start = bytes(range(1, 101))
    one, other, short = moved(tiny["float32"], start + b"one", start + b"other", start)
    assert short is not None and (one is None) != (other is None)


@pytest.mark.parametrize("others", [(b"x" * 65, b"y" * 66), (b"x" * 80, b"y" * 16 + b"x" * 80), (b"x" * 65, b"x" * 65)])
def test_what_starts_no_longer_one_stays_in_the_tables(tiny: dict[str, bytes], others: tuple[bytes, bytes]) -> None:
    assert moved(tiny["float32"], *others) == [None, None]


def test_little_is_not_worth_constants_behind_the_tables(
    tiny: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = b"padding " * 99
    tflite = pack(with_constants(tiny["float32"], bytes(range(150)), bytes(range(200)), twice, twice)[0])
    sizes = {}
    for worth in (-1.0, 1.0):
        monkeypatch.setattr(packing, "WORTH", worth)
        sizes[worth] = len(packed(tflite))
        assert any(places(packed(tflite))) == (worth < 0)
    saved = 1 - sizes[-1.0] / sizes[1.0]
    assert 0 < saved < 0.01
    for worth, behind in ((saved - 1e-9, True), (saved + 1e-9, False), (WORTH, False)):
        monkeypatch.setattr(packing, "WORTH", worth)
        assert any(places(packed(tflite))) == behind


def test_metadata_stays_in_the_tables(tiny: dict[str, bytes]) -> None:
    model, (short, *_) = with_constants(tiny["float32"], b"m" * 4000, b"m" * 5000)
    entry = schema.MetadataT()
    entry.name, entry.buffer = "about", short
    model.metadata.append(entry)
    assert any(places(packed(pack(with_constants(tiny["float32"], b"m" * 4000, b"m" * 5000)[0]))))
    smaller = packed(pack(model))
    assert not any(places(smaller)) and unpack(smaller).buffers[short].data.tobytes() == b"m" * 4000
    assert parse(smaller).min_runtime == parse(tiny["float32"]).min_runtime


def test_a_file_that_would_not_shrink_comes_back_as_it_is(tiny: dict[str, bytes]) -> None:
    model = unpack(packed(tiny["float32"]))
    for number, tensor in enumerate(model.subgraphs[0].tensors):
        tensor.name = f"{number}"
    tflite = packed(pack(model))
    assert packed(tflite) is tflite
    for name, found in tiny.items():
        assert len(packed(found)) <= len(found), name


@pytest.mark.parametrize("name", NAMES)
def test_facts_are_those_of_the_plain_file(both: dict[str, tuple[Path, Path]], name: str) -> None:
    plain, smaller = (read(path.read_bytes()) for path in both[name])
    assert smaller.levels == plain.levels and (smaller.ops, smaller.min_runtime) == (plain.ops, plain.min_runtime)


@pytest.mark.parametrize("scheme, size", [("float32", 4), ("int8", 1)])
def test_what_starts_another_counts_once(both: dict[str, tuple[Path, Path]], scheme: str, size: int) -> None:
    plain, smaller = (read(path.read_bytes()) for path in both[f"levels_{scheme}"])
    gone = [weight for weight in plain.weights if weight not in smaller.weights]
    assert {weight.shape for weight in gone} == {(width, 1, 1, 16) for width in (16, 32)} and len(gone) == 2
    assert set(smaller.weights) < set(plain.weights)
    model = parse(both[f"levels_{scheme}"][1].read_bytes())
    shown = asdict(describe(model, summarise(model), 1))
    assert shown["parameters"] == sum(row["elements"] for row in shown["weights"])
    assert shown["weight_bytes"] == sum(weight.stored_bytes for weight in smaller.weights)
    stored = sum(len(tensor.stored) for tensor in kernels(both[f"levels_{scheme}"][1].read_bytes(), 1).values())
    assert stored == (16 + 32 + 64) * 16 * size  # each level's own stays whole


def test_kernels_without_a_bias_stay(packable: dict[str, Path]) -> None:
    """LiteRT's cache of packed weights would take one for the other."""
    model = unpack(packable["levels_float32"].read_bytes())
    assert any(places(packed(pack(model))))
    for graph in model.subgraphs:
        graph.operators[1].inputs = np.array([*graph.operators[1].inputs[:2], -1], np.int32)
    assert not any(places(packed(pack(model))))


def test_equal_biases_keep_their_places(packable: dict[str, Path]) -> None:
    model = unpack(packable["levels_float32"].read_bytes())
    twins = []
    for graph in model.subgraphs[:2]:
        bias = graph.tensors[graph.operators[0].inputs[2]]
        twins.append(len(model.buffers))
        model.buffers.append(schema.BufferT(data=np.arange(16, dtype="<f4").view(np.uint8)))
        bias.buffer = twins[-1]
    root = schema.Model.GetRootAs(packed(pack(model)), 0)
    tables = [root.Buffers(number)._tab for number in twins]
    assert len({table.Vector(table.Offset(4)) for table in tables}) == 2


@pytest.mark.parametrize("scheme", ["float32", "int8"])
def test_biases_stay_in_the_tables(both: dict[str, tuple[Path, Path]], scheme: str) -> None:
    smaller = both[f"levels_{scheme}"][1].read_bytes()
    root = schema.Model.GetRootAs(smaller, 0)
    for graph in (root.Subgraphs(number) for number in range(root.SubgraphsLength())):
        for operator in (graph.Operators(number) for number in range(graph.OperatorsLength())):
            if operator.InputsLength() == 3:
                assert places(smaller)[graph.Tensors(operator.Inputs(2)).Buffer()] is None


def outputs(command: list[str], runtime: str, out: Path, *paths: Path, **more: Any) -> dict[str, np.ndarray]:
    done = subprocess.run([*command, runtime, str(out), *map(str, paths)], capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stderr
    with np.load(out) as found:
        return dict(found)


def same_bits(plain: dict[str, np.ndarray], smaller: dict[str, np.ndarray]) -> None:
    assert len(plain) == 2 * 2 + 2 * 4 and plain.keys() == smaller.keys()
    for key, found in plain.items():
        assert found.dtype == np.float32 and np.isfinite(found).all() and len(np.unique(found)) > 8, key
        assert found.tobytes() == smaller[key].tobytes(), key


@pytest.mark.parametrize("runtime", [*RUNTIMES, "weight_cache"])
def test_outputs_keep_their_bits(both: dict[str, tuple[Path, Path]], tmp_path: Path, runtime: str) -> None:
    command = [sys.executable, str(OUTPUTS)]
    plain, smaller = (
        outputs(command, runtime, tmp_path / f"{number}.npz", *(paths[number] for paths in both.values()))
        for number in range(2)
    )
    same_bits(plain, smaller)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_outputs_keep_their_bits_on_aarch64(both: dict[str, tuple[Path, Path]], tmp_path: Path, runtime: str) -> None:
    root = emulator.sysroot()
    if lacking := emulator.missing(root):
        absent(lacking, "REQUIRE_EMULATOR")
    guest = [emulator.QEMU, "-cpu", emulator.PROCESSOR, "-L", str(root), str(root / emulator.PYTHON), "-BPs"]
    environment = {"PYTHONPATH": str(root / emulator.SITE), "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    plain, smaller = (
        outputs(
            [*guest, str(OUTPUTS)],
            runtime,
            tmp_path / f"{number}.npz",
            *(paths[number] for paths in both.values()),
            env=environment,
        )
        for number in range(2)
    )
    same_bits(plain, smaller)
