"""What a look inside a .tflite file shows: facts as a plain dictionary, and the dictionary as text."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from study.tflite.compatibility import unsupported
from study.tflite.facts import Facts, Port, Weight

WIDTH = 120
"""Columns of the text."""

QUANTIZED = ("int4", "int8", "uint8", "int16")
"""Types of kernels whose zeros are counted at their zero point."""


def describe(facts: Facts, operators: dict[str, int], failed: list[str], file_bytes: int) -> dict[str, Any]:
    """Everything that is shown of a file, ready for JSON.

    Args:
        facts: of the file.
        operators: operator -> how often the main graph holds it.
        failed: rules of sparse inference that the file fails, from `study.tflite.sparse_inference`.
        file_bytes: size of the file.
    """
    kernels = [weight for weight in facts.weights if weight.kernel]
    quantized = [weight for weight in kernels if weight.dtype in QUANTIZED and weight.scales]
    sparse = [weight for weight in facts.weights if weight.sparse]
    return {
        "file_bytes": file_bytes,
        "inputs": [_port(port) for port in facts.inputs],
        "outputs": [_port(port) for port in facts.outputs],
        "ops": {name: {"count": operators.get(name, 0), "version": version} for name, version in facts.ops.items()},
        "min_runtime": facts.min_runtime,
        "refused_by_tflite_runtime": unsupported(facts, "tflite_runtime"),
        "macs": facts.macs,
        "parameters": facts.parameters,
        "weight_bytes": facts.weight_bytes,
        "arena_bytes": facts.arena_bytes,
        "weights": [_weight(weight) for weight in facts.weights],
        "sparsity_by_op": {op: _sums(weight for weight in kernels if weight.op == op) for op in facts.sparsity_by_op},
        "sparsity_effective": facts.sparsity_effective,
        "quantized_zeros": _sums(quantized),
        "sparse_encoding": {
            "tensors": len(sparse),
            "dense_bytes": sum(weight.dense_bytes for weight in sparse),
            "stored_bytes": sum(weight.stored_bytes for weight in sparse),
        },
        "sparse_inference_fails": failed,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The text of a description, no line longer than `WIDTH`."""
    refused, quantized, sparse = (
        found[key] for key in ("refused_by_tflite_runtime", "quantized_zeros", "sparse_encoding")
    )
    ops = ", ".join(f"{short(name, 40)} x{op['count']} (v{op['version']})" for name, op in sorted(found["ops"].items()))
    text = [
        f"file           {found['file_bytes']:,} bytes",
        *(f"{kind:15}{_port_text(port)}" for kind in ("input", "output") for port in found[f"{kind}s"]),
        *_wrapped("operators", ops or "none"),
        f"runtime        {found['min_runtime'] + ' or newer' if found['min_runtime'] else 'not stated'} (metadata)",
        *_wrapped("tflite-runtime", "2.14 executes it" if not refused else "2.14 refuses " + ", ".join(refused)),
        f"MACs           {found['macs']:,}",
        f"parameters     {found['parameters']:,}",
        f"weights        {found['weight_bytes']:,} bytes",
        f"arena          {found['arena_bytes']:,} bytes (activations at their peak, without scratch memory of kernels)",
        *_wrapped("sparse mode", _sparse_mode(found["sparse_inference_fails"])),
        "",
        *_table(
            ("weight", "op", "dtype", "shape", "scales", "bytes", "zeros", "sparsity"),
            5,
            [
                (
                    row["name"],
                    row["op"],
                    row["dtype"],
                    "x".join(map(str, row["shape"])) or "scalar",
                    row["scales"],
                    f"{row['stored_bytes']:,}" + ("*" if row["sparse"] else ""),
                    f"{row['zeros']:,}",
                    _percent(row),
                )
                for row in found["weights"]
            ],
        ),
        "",
        *_table(
            ("kernels of", "elements", "zeros", "sparsity"),
            1,
            [
                (op, f"{sums['elements']:,}", f"{sums['zeros']:,}", _percent(sums))
                for op, sums in found["sparsity_by_op"].items()
            ],
        ),
        f"effective sparsity over all kernels: {100 * found['sparsity_effective']:.2f} %",
        "zeros after quantization: "
        + (
            f"{quantized['zeros']:,} of {quantized['elements']:,} quantized elements equal their zero point"
            if quantized["elements"]
            else "no kernel is quantized"
        ),
        "stored sparsely: "
        + (
            f"{sparse['tensors']} tensors (*), {sparse['dense_bytes']:,} bytes dense, {sparse['stored_bytes']:,} bytes "
            "stored with their indices"
            if sparse["tensors"]
            else "no tensor"
        ),
    ]
    return [line if len(line) <= WIDTH else f"{line[: WIDTH - 3]}..." for line in text]


def short(name: str, width: int) -> str:
    """A name in `width` columns: the first of the names that a converter joined, its end rather than its start."""
    name = name.rstrip(";").split(";")[0]
    return name if len(name) <= width else f"...{name[3 - width :]}"


def scales(weight: Weight) -> str:
    """Granularity of a weight's scales: `none`, `per-tensor`, or `axis K: N` for one scale a channel."""
    granularity = {0: "none", 1: "per-tensor"}
    return granularity.get(weight.scales, f"axis {weight.axis}: {weight.scales}")


def _weight(weight: Weight) -> dict[str, Any]:
    return {
        "name": weight.name,
        "op": weight.op,
        "kernel": weight.kernel,
        "dtype": weight.dtype,
        "shape": list(weight.shape),
        "scales": scales(weight),
        "stored_bytes": weight.stored_bytes,
        "dense_bytes": weight.dense_bytes,
        "sparse": weight.sparse,
    } | _sums([weight])


def _sums(weights: Iterable[Weight]) -> dict[str, Any]:
    rows = list(weights)
    elements, zeros = sum(weight.elements for weight in rows), sum(weight.zeros for weight in rows)
    return {"elements": elements, "zeros": zeros, "sparsity": zeros / elements if elements else 0.0}


def _port(port: Port) -> dict[str, Any]:
    scale = port.scale if port.scale is not None and math.isfinite(port.scale) else None  # JSON has no NaN
    return {
        "name": port.name,
        "dtype": port.dtype,
        "shape": list(port.shape),
        "scale": scale,
        "zero_point": port.zero_point,
    }


def _port_text(port: dict[str, Any]) -> str:
    quantized = f", scale {port['scale']:.6g}, zero point {port['zero_point']}" if port["scale"] is not None else ""
    return f"{port['dtype']} {port['shape']}{quantized}, {short(port['name'], 40)}"


def _sparse_mode(failed: Sequence[str]) -> str:
    return f"XNNPACK computes it densely: {'; '.join(failed)}" if failed else "XNNPACK's sparse inference is possible"


def _percent(row: dict[str, Any]) -> str:
    return f"{100 * row['sparsity']:.2f} %"


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"{label:15}", subsequent_indent=" " * 15) or [label]


def _table(header: tuple[str, ...], left: int, rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Aligned columns, the first `left` to the left; the first column takes what the others leave."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    widths[0] = max(12, min(widths[0], WIDTH - sum(widths[1:]) - 2 * (len(widths) - 1)))
    cells = [[short(row[0], widths[0]), *row[1:]] for row in (header, *rows)]
    return [
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
