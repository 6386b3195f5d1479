"""Sentences on what quantization and pruning cost each architecture."""

from study.report import names
from study.report.blocks import Point
from study.report.facts import Facts
from study.report.inputs import Row
from study.report.phrases import change, network, percent, points, span

MOST = 12  # variants that are named one by one
FEW = 2  # treatments that are told one by one, with intervals
CHANCE = 1.5  # times the accuracy of guessing


def quantization(done: list[Row]) -> list[Point]:
    """Dense models: each scheme against float32."""
    rows = [row for row in done if row["method"] == "dense" and row.get("delta_pp") is not None]
    return _told(rows, "Quantization", lambda row: names.clean(row["quantization"]))


def sparsity(done: list[Row]) -> list[Point]:
    """Float32 models: each compression recipe against dense."""
    rows = [
        row
        for row in done
        if row["method"] != "dense" and row["quantization"] == "float32" and row.get("delta_pp") is not None
    ]
    return _told(rows, "Compression before quantization", names.recipe)


def trained_on(trainings: list[Row]) -> list[Point]:
    """What the changes of compressed networks hold besides compression: `trainings` are the rows of training.csv."""
    more: dict[str, set[int]] = {}
    for row in trainings:
        more.setdefault(str(row["method"]), set()).add(int(row["epochs"]))
    dense = more.pop("dense", set())
    if not dense or not more:
        return []
    parts = ", ".join(f"{names.clean(method)} {span(epochs, str)}" for method, epochs in more.items())
    return [
        Point(
            "Compressed networks are trained longer",
            f"Behind the epochs of the dense networks ({span(dense, str)}) come more: {parts}. No dense network was "
            "trained as long, so a part of each change is that training's, and a gain is not the zeros'.",
        )
    ]


def near_chance(facts: Facts, done: list[Row]) -> list[Point]:
    """Variants that hardly beat guessing: their drops say nothing about the compression."""
    chance = 1 / max(len({row["class"] for row in facts.per_class}), 1)
    low = [row for row in done if row["top1"] <= CHANCE * chance]
    if not low:
        return []
    seeds = names.several_seeds(facts.results)
    text = f"Guessing gives {percent(chance)}. These hardly beat it, so their changes say little:"
    parts = [f"{names.full(row, seeds)}: {percent(row['top1'])}" for row in low[:MOST]]
    more = [f"and {len(low) - MOST} more, see the table of all variants"] if len(low) > MOST else []
    return [Point("Near chance", text, (*parts, *more))]


def _told(rows: list[Row], topic: str, treatment: names.Label) -> list[Point]:
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: float(row["delta_pp"])):
        groups.setdefault(treatment(row), []).append(row)
    seeds = names.several_seeds(rows)
    lead = "Top-1 against the dense float32 model of the same architecture, costliest first"
    order = dict.fromkeys(treatment(row) for row in rows)
    if len(order) <= FEW:
        return [
            Point(
                f"{topic}: {name}",
                f"{lead}:",
                tuple(f"{network(row, seeds)}: {change(row)}" for row in groups[name]),
            )
            for name in order
        ]
    parts = tuple(
        f"{name}: " + ", ".join(f"{network(row, seeds)} {points(row['delta_pp'])}" for row in groups[name])
        for name in order
    )
    return [Point(topic, f"{lead}, in percentage points:", parts)]
