"""Names as people read them. Class names come from strangers' folders: they are text, whatever they hold."""

import re
from collections.abc import Callable, Sequence

import pandas as pd

from study.compress import METHODS
from study.plan.variant import Recipe
from study.report.tables import Record
from study.report.treatments import ORDINARY

Label = Callable[[Record], str]
NBSP = "\u00a0"  # keeps a number and its unit on one line


def clean(text: str) -> str:
    """Put a visible mark for what cannot be printed (control characters, line breaks, broken encodings)."""
    return "".join(char if char.isprintable() or char == NBSP else "\ufffd" for char in str(text))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, the middle left out: beginnings and ends tell names apart."""
    text = clean(text)
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 3
    return f"{text[: limit - 1 - tail]}\u2026{text[-tail:]}"


def file_stem(name: str) -> str:
    """A name as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def short_names(names: Sequence[str], limit: int = 20) -> list[str]:
    """Shortened names that stay different from each other."""
    short = [shorten(name, limit) for name in names]
    return [f"{text} #{index}" if short.count(text) > 1 else text for index, text in enumerate(short, start=1)]


def recipe(row: Record) -> str:
    """`dense`, `retrained`, or method and amount; methods that follow each other with a plus."""
    steps = Recipe(str(row["method"]), int(row["amount"])).steps
    if len(steps) > 1:
        return " + ".join(recipe({"method": step.method, "amount": step.amount}) for step in steps)
    method = clean(row["method"])
    return f"{method} {amount(row)}" if row["amount"] else method.replace("_", " ")


def amount(row: Record) -> str:
    """The amount with its unit."""
    points = "point" if row["amount"] == 1 else "points"
    in_points = row["method"] in METHODS and METHODS[row["method"]].unit == "points"
    return f"{row['amount']:g}{NBSP}{points if in_points else '%'}"


def network(row: Record) -> str:
    """The recipe, and the level of a file that holds several."""
    own = row.get("level", ORDINARY)
    return recipe(row) if own == ORDINARY else f"{recipe(row)} \u00b7 {clean(own)}"


def treatment(row: Record, with_seed: bool) -> str:
    """What was done to the architecture: network and scheme, and the seed where there are several."""
    seed = f" \u00b7 seed {row['seed']}" if with_seed else ""
    return f"{network(row)} \u00b7 {clean(row['quantization'])}{seed}"


def full(row: Record, with_seed: bool) -> str:
    """Architecture and treatment."""
    return f"{clean(row['arch'])} \u00b7 {treatment(row, with_seed)}"


def place(device: str, runtime: str, threads: int | str) -> str:
    """Device, runtime and threads: what latencies are compared within."""
    return f"{clean(device)} \u00b7 {clean(runtime)} \u00b7 {threads} thread{'' if str(threads) == '1' else 's'}"


def several_seeds(table: pd.DataFrame) -> bool:
    """Whether a name needs its seed."""
    return table["seed"].nunique() > 1


def distinct(table: pd.DataFrame, key: str) -> list[str]:
    """Values of a column, each once, in order of appearance."""
    return [str(value) for value in table[key].dropna().unique()]
