"""Rows made by hand for the verdicts: a study in which every figure is said."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from study.report.inputs import Inputs
from study.report.reference import FLOAT32
from study.report.tables import Row, Tables
from study.report.topics.verdicts.claims import CLAIMS
from study.report.topics.verdicts.judging import Verdict

FIVE = tuple(FLOAT32)
SPREAD = 0.4  # half an interval, in points


def name(arch: str, amount: float = 0, scheme: str = "float32", seed: int = 0) -> str:
    return f"{arch}_{f'magnitude{amount:g}' if amount else 'dense'}_s{seed}_{scheme}"


def result(arch: str, amount: float = 0, scheme: str = "float32", delta: float | None = None, **changes: Any) -> Row:
    """A row of results.csv: 10 MB, 9 MB under gzip, top-1 70 %, `delta` points with an interval of 2 SPREAD."""
    seed = changes.get("seed", 0)
    row: Row = {
        "variant": name(arch, amount, scheme, seed),
        "arch": arch,
        "family": arch,
        "alpha": 1.0,
        "stem_stride": 2,
        "seed": seed,
        "method": "magnitude" if amount else "dense",
        "amount": amount,
        "quantization": scheme,
        "baseline": name(arch, seed=seed),
        "top1": 0.7 + (delta or 0) / 100,
        "file_bytes": 10_000_000,
        "gzip_bytes": 9_000_000,
        "delta_pp": delta,
        "ci_low_pp": None if delta is None else delta - SPREAD,
        "ci_high_pp": None if delta is None else delta + SPREAD,
    }
    return row | changes


def time(variant: str, median: float, spread: float = 0.01, **changes: Any) -> Row:
    """A row of latency.csv: a stable run on an ARM board, with an interval of `spread` to both sides."""
    row: Row = {
        "variant": variant,
        "device": "pi",
        "kind": "measured",
        "runtime": "ai_edge_litert",
        "threads": 1,
        "flags": None,
        "median_us": median,
        "ci_low_us": median * (1 - spread),
        "ci_high_us": median * (1 + spread),
        "status": "ok",
        "machine": "aarch64",
        "private_bytes": 9_000_000,
    }
    return row | changes


def counts(row: Row, classes: dict[str, tuple[int, int]], n: int = 1000) -> list[Row]:
    """Rows of per_class.csv: class -> (images that the base alone, that the variant alone gets right)."""
    return [
        {
            "variant": row["variant"],
            "class": label,
            "n": n,
            "base_only": lost,
            "variant_only": gained,
            "delta_pp": 100 * (gained - lost) / n,
            "ci_low_pp": 100 * (gained - lost) / n - 1,
            "ci_high_pp": 100 * (gained - lost) / n + 1,
            "significant": lost - gained > 50,
        }
        for label, (lost, gained) in classes.items()
    ]


RESULTS = """
    variant arch method amount quantization seed parameters top1 top3 file_bytes gzip_bytes family alpha stem_stride
    baseline delta_pp ci_low_pp ci_high_pp p_value ties test_images agreement_with_float flips shipped_bytes
    shipped_codec worst_class worst_class_accuracy worst_drop_class worst_drop_pp sparsity_effective sparse_inference
""".split()
PER_CLASS = """
    variant class n correct accuracy baseline delta_pp base_only variant_only p_value p_adjusted ci_low_pp ci_high_pp
    significant
""".split()
LATENCY = """
    variant device kind runtime threads median_us ci_low_us ci_high_us private_bytes status flags machine
    left_out_percent
""".split()


def study(
    results: list[Row], latency: list[Row] | None = None, per_class: list[Row] | None = None, cifar10: bool = True
) -> Tables:
    card = {"classes": list("0123456789"), "name": "CIFAR-10" if cifar10 else "digits", "is_cifar10_classes": cifar10}
    frames = {
        "results": _frame(results, RESULTS),
        "latency": _frame(latency or [], LATENCY),
        "per_class": _frame(per_class or [], PER_CLASS),
    }
    return Tables(Inputs("full", card, ()), {name: lambda tables, made=made: made for name, made in frames.items()})


def _frame(rows: list[Row], columns: Sequence[str]) -> pd.DataFrame:
    """The rows; what they do not say is missing."""
    columns = [*columns, *(key for row in rows for key in row if key not in columns)]
    return pd.DataFrame(
        [[row.get(key) for key in dict.fromkeys(columns)] for row in rows], columns=list(dict.fromkeys(columns))
    )


def pair(
    change: Callable[[str], dict[str, Any]], amount: float = 0, scheme: str = "int8", archs: tuple[str, ...] = FIVE
) -> list[Row]:
    """Each network unpruned in float32, and under `amount` and `scheme` with these columns."""
    return [row for arch in archs for row in (result(arch), result(arch, amount, scheme, **change(arch)))]


def judge(key: str, found: Tables) -> Verdict:
    """The verdict on one claim."""
    return next(claim.judge(found) for claim in CLAIMS if claim.key == key)
