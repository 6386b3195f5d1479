"""A look inside a .tflite file as text."""

import textwrap
from collections.abc import Collection, Sequence

from study.tflite.facts import Port
from study.tflite.inspect import Description, LevelRow

WIDTH = 120
"""Columns of the text."""

SHOWN = 20
"""Labels and subgraphs that are named."""

_RUNS_OTHERS = {"IF": "of a branch the larger one", "WHILE": "of a loop once through"}


def lines(found: Description) -> list[str]:
    """The text of a description, no line longer than `WIDTH`."""
    refused, quantized, sparse = found.refused_by_tflite_runtime, found.quantized_zeros, found.sparse_encoding
    ops = ", ".join(
        f"{short(name, 40)} {f'x{op.count}' if op.count else 'unused'} (v{op.version})"
        for name, op in sorted(found.ops.items())
    )
    text = [
        f"file           {found.file_bytes:,} bytes",
        *([] if len(found.levels) == 1 else [f"levels         {len(found.levels)}, one for each signature"]),
        *(line for level in found.levels.values() if len(found.levels) == 1 for line in _ports(level)),
        *([] if found.subgraphs == 1 else _subgraphs(found)),
        *_metadata(found),
        *_wrapped("operators", ops or "none"),
        f"runtime        {found.min_runtime + ' or newer' if found.min_runtime else 'not stated'} (metadata)",
        *_wrapped("tflite-runtime", "2.14 executes it" if not refused else "2.14 refuses " + ", ".join(refused)),
        *_levels(found),
        "",
        *_table(
            ("weight", "op", "dtype", "shape", "scales", "bytes", "zeros", "sparsity"),
            5,
            [
                (
                    row.name,
                    row.op,
                    row.dtype,
                    "x".join(map(str, row.shape)) or "scalar",
                    row.scales,
                    f"{row.stored_bytes:,}" + ("*" if row.sparse else ""),
                    f"{row.zeros:,}",
                    _percent(row.sparsity),
                )
                for row in found.weights
            ],
        ),
        "",
        *_table(
            ("kernels of", "elements", "zeros", "sparsity"),
            1,
            [
                (op, f"{sums.elements:,}", f"{sums.zeros:,}", _percent(sums.sparsity))
                for op, sums in found.sparsity_by_op.items()
            ],
        ),
        f"effective sparsity over all kernels: {100 * found.sparsity_effective:.2f} %",
        "zeros after quantization: "
        + (
            f"{quantized.zeros:,} of {quantized.elements:,} quantized elements equal their zero point"
            if quantized.elements
            else "no kernel is quantized"
        ),
        "stored sparsely: "
        + (
            f"{sparse.tensors} tensors (*), {sparse.dense_bytes:,} bytes dense, {sparse.stored_bytes:,} bytes "
            "stored with their indices"
            if sparse.tensors
            else "no tensor"
        ),
    ]
    return [line if len(line) <= WIDTH else f"{line[: WIDTH - 3]}..." for line in text]


def short(name: str, width: int) -> str:
    """A name in `width` columns: the first of the names that a converter joined, its end rather than its start."""
    name = name.rstrip(";").split(";")[0]
    return name if len(name) <= width else f"...{name[3 - width :]}"


def _subgraphs(found: Description) -> list[str]:
    run = {level.subgraph: name for name, level in found.levels.items()}
    shown = found.operators_by_subgraph[:SHOWN]
    each = [f"{count} operators" + (f" ({short(run[at], 40)})" if at in run else "") for at, count in enumerate(shown)]
    return _wrapped("subgraphs", f"{found.subgraphs}: " + ", ".join(each + ["..."] * (found.subgraphs > SHOWN)))


def _metadata(found: Description) -> list[str]:
    text = []
    if found.labels:
        names = ", ".join(found.labels[:SHOWN]) + (", ..." if len(found.labels) > SHOWN else "")
        text += _wrapped("labels", f"{len(found.labels)} ({found.labels_file} in the file): {names}")
    if found.mean:
        mean, std = ("/".join(f"{one:.6g}" for one in values) for values in (found.mean, found.std))
        text += _wrapped("pixels", f"(pixel - {mean}) / {std} (metadata)")
    return text


def _levels(found: Description) -> list[str]:
    """What the one level costs, or what the file holds and then each level."""
    if len(found.levels) == 1:
        return [line for level in found.levels.values() for line in _costs(level, found.ops)]
    return [
        f"parameters     {found.parameters:,}, each once",
        f"weights        {found.weight_bytes:,} bytes, each once",
        *(
            line
            for name, level in found.levels.items()
            for line in ("", f"level          {short(name, 100)}", *_ports(level), *_costs(level, found.ops))
        ),
    ]


def _ports(level: LevelRow) -> list[str]:
    takes, gives = (textwrap.shorten(", ".join(names), 40, placeholder=" ...") for names in (level.takes, level.gives))
    return [
        *_wrapped("signature", f"takes {takes}; gives {gives}"),
        *(
            f"{kind:15}{_port(port)}"
            for kind, ports in (("input", level.inputs), ("output", level.outputs))
            for port in ports
        ),
    ]


def _port(port: Port) -> str:
    quantized = f", scale {port.scale:.6g}, zero point {port.zero_point}" if port.scale is not None else ""
    sizes = ", ".join("any" if size is None else str(size) for size in port.sizes or port.shape)
    return f"{port.dtype} [{sizes}]{quantized}, {short(port.name, 40)}"


def _costs(level: LevelRow, ops: Collection[str]) -> list[str]:
    counted = "; ".join(how for name, how in _RUNS_OTHERS.items() if name in ops)
    macs, arena = f"not known: {level.uncounted}", "not known"
    if level.macs is not None:
        macs = f"{level.macs:,}" + (f" ({counted})" if counted else "")
    if level.arena_bytes is not None:
        arena = f"{level.arena_bytes:,} bytes (activations at their peak, without scratch memory of kernels)"
    return [
        *_wrapped("MACs", macs),
        f"parameters     {level.parameters:,}",
        f"weights        {level.weight_bytes:,} bytes",
        f"arena          {arena}",
        *_wrapped("sparse mode", _sparse_mode(level.sparse_inference_fails)),
    ]


def _sparse_mode(failed: Sequence[str]) -> str:
    return f"XNNPACK computes it densely: {'; '.join(failed)}" if failed else "XNNPACK's sparse inference is possible"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


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
