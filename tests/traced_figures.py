"""Which figures of a README's results stand in no row of the report's CSV files: found by reading both anew."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import mean, stdev

from scipy.stats import binomtest

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
CONSTANT = (
    "5 or more",
    "has 5 seeds",
    "95 %",
    "2021",
    "1 point",
    "1 thread",
    "Top-1",
    "top-1",
    "1,000,000 bytes",
    "Pi 4B",
)
"""What is said in the sentences without being a result."""
PLAIN = "dense \u00b7 float32"


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of the report."""
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def lines(block: str) -> list[list[str]]:
    """The cells of the table's rows, without the heading and without marks and links."""
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", block.replace("\\", "").replace("**", ""))
    rows = [line.strip("|").split("|") for line in plain.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def untraced(block: str, folder: Path) -> Iterator[str]:
    """Cells and sentences with a figure that is in no CSV row."""
    results, latency = table(folder, "results.csv"), table(folder, "latency.csv")
    for arch, whole, treated, *cells in lines(block):
        rows, plain = (
            [one for one in results if one["top1"] and (one["arch"], treatment(one)) == (arch, name)]
            for name in (treated, PLAIN)
        )
        figures = places(rows, folder)
        if any(figure not in places(plain, folder)[0] for figure in NUMBER.findall(whole)):
            yield f"{plain[0]['variant']}: {whole}"
        names = {one["variant"] for one in rows}
        timed: dict[tuple[str, ...], list[float]] = {}
        errors = set()
        for one in latency:
            if one["variant"] in names and one["median_us"]:
                where = one["device"], one["kind"], one["runtime"], one["threads"]
                timed.setdefault(where, []).append(float(one["median_us"]))
                errors |= {f"{float(one['left_out_percent']):.0f}"} if one.get("left_out_percent") else set()
        times = [*(f"{mean(own):,.1f}" for own in timed.values()), *errors]
        for place, cell in enumerate(cells):
            known = figures[place] if place < 5 else times
            if any(figure not in known for figure in NUMBER.findall(cell)):
                yield f"{rows[0]['variant']}: {cell}"
    yield from sentences(block, folder, results)


def treatment(row: dict[str, str]) -> str:
    """How a row is called, whatever its seed."""
    amount = f" {float(row['amount']):g} %" if float(row["amount"]) else ""
    return f"{row['method'].replace('_', ' ') if not amount else row['method']}{amount} \u00b7 {row['quantization']}"


def places(rows: list[dict[str, str]], folder: Path) -> list[list[str]]:
    """The figures that the rows of a treatment give to each column."""
    sizes = [
        [f"{float(row[key]) / 1e6:.3f}" for row in rows if row[key]]
        for key in ("shipped_bytes" if rows[0]["shipped_bytes"] else "gzip_bytes", "file_bytes")
    ]
    compared = [row for row in rows if row["baseline"]]
    if len(rows) == 1:
        (row,) = rows
        n, top1 = int(row["test_images"]), float(row["top1"])
        interval = binomtest(round(n * top1), n).proportion_ci(method="wilson")
        first = [f"{100 * share:.2f}" for share in (top1, interval.low, interval.high)]
    else:
        held = [row for row in rows if not row["collapsed"]]
        first = [*spread([100 * float(row["top1"]) for row in held]), str(len(rows)), str(len(rows) - len(held))]
    if len(compared) > 1:
        held = [row for row in compared if not row["collapsed"]]
        counts = [str(len(compared)), str(len(compared) - len(held))]
        points = [*spread([float(row["delta_pp"]) for row in held if row["delta_pp"]]), *counts]
        return [first, points, lowest(rows[0], folder), *sizes]
    some = ["1", str(len(rows))] if len(rows) > 1 else []
    points = [f"{abs(float(row['delta_pp'])):.2f}" for row in compared if row["delta_pp"]]
    drop = [f"{abs(float(row['worst_drop_pp'])):.2f}" for row in compared if row["worst_drop_pp"]]
    names = [figure for row in compared for figure in NUMBER.findall(row["worst_drop_class"])]
    return [first, [*points, *some], [*drop, *names, *some], *sizes]


def spread(values: list[float]) -> list[str]:
    """Mean and standard deviation, without signs."""
    return [f"{abs(mean(values)):.2f}", f"{stdev(values):.2f}"] if len(values) > 1 else []


def lowest(row: dict[str, str], folder: Path) -> list[str]:
    """The largest mean loss of a class over seeds, and figures in the name of that class."""
    keys = ("arch", "method", "amount", "level", "quantization")
    own = [
        one
        for one in table(folder, "seeds.csv")
        if one["class"] and one["delta_pp"] and all(one[key] == row[key] for key in keys)
    ]
    worst = min(own, key=lambda one: float(one["delta_pp"]), default=None)
    return [] if worst is None else [f"{abs(float(worst['delta_pp'])):.2f}", *NUMBER.findall(worst["class"])]


def sentences(block: str, folder: Path, results: list[dict[str, str]]) -> Iterator[str]:
    """Sentences whose figures are no counts of rows and no test images."""
    done = [row for row in results if row["top1"]]
    known = {str(len(results)), str(len(done)), str(len({row["arch"] for row in done}))}
    known |= {f"{int(row['test_images']):,}" for row in done if row["test_images"]}
    known |= {figure for row in done for figure in NUMBER.findall(row["caveat"] + row["dataset"])}
    if (folder / "summary.json").exists():
        classes, verdicts = table(folder, "per_class.csv"), table(folder, "verdicts.csv")
        stated = json.loads((folder / "summary.json").read_text())
        seeds = [row for row in table(folder, "seeds.csv") if row["class"] and row["p_value"]]
        for key, rows in (("losses_in_files", classes), ("losses_over_seeds", seeds)):
            assert stated[key] == sum(row["significant"] == "true" and float(row["delta_pp"]) < 0 for row in rows)
            known.add(str(stated[key]))
        known |= {
            str(len(seeds)),
            *(str(sum(row["status"] == one for row in verdicts)) for one in ("confirmed", "refuted", "not testable")),
        }
    known |= set(costs(folder))
    for line in block.splitlines():
        if line.startswith(("|", "<")):
            continue
        plain = re.sub(r"[\w.]*[a-z_]\d\w*|\w+_\w+", "", line)  # names hold digits
        for constant in CONSTANT:
            plain = plain.replace(constant, "")
        if any(figure.rstrip(",") not in known for figure in NUMBER.findall(plain)):
            yield line


def costs(folder: Path) -> Iterator[str]:
    """What the tables of times add up to."""
    for row in table(folder, "training_time.csv") if (folder / "training_time.csv").exists() else []:
        yield from (row["timed"], f"{float(row['total_seconds']) / 3600:,.2f}")
    paths = list(folder.glob("parts/*/wall_times.csv")) or folder.glob("wall_times.csv")
    for path in paths:
        yield from NUMBER.findall(path.parent.name)
        yield from _journal(table(path.parent, path.name))


def _journal(rows: list[dict[str, str]]) -> Iterator[str]:
    """Span, gaps, sums and trainings side by side, from the edges of calls alone."""
    spans = [
        (row["stage"], start := datetime.fromisoformat(row["started"]).timestamp(), start + float(row["seconds"]))
        for row in rows
    ]
    edges = sorted({edge for _, *span in spans for edge in span})
    between = [
        (end - start, [stage for stage, low, high in spans if low <= start and end <= high])
        for start, end in pairwise(edges)
    ]
    gaps = [length for length, running in between if not running and length >= 60]
    trained = [
        (length, count)
        for length, running in between
        if (count := sum(stage in ("train", "compress") for stage in running))
    ]
    hours = [edges[-1] - edges[0], sum(gaps), max(gaps, default=0), sum(high - low for _, low, high in spans)]
    hours += [sum(high - low for one, low, high in spans if one == stage) for stage in {stage for stage, *_ in spans}]
    yield from (f"{seconds / 3600:,.2f}" for seconds in hours)
    yield str(len(gaps))
    yield from (row["jobs"] for row in rows)
    if trained:
        yield f"{sum(length * count for length, count in trained) / sum(length for length, _ in trained):.2f}"
