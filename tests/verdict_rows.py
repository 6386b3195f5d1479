"""Rows made by hand for the verdicts: a study in which every figure is said."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

from study.report.inputs import Inputs
from study.report.reference import FLOAT32
from study.report.tables import Row, Tables
from study.report.topics.verdicts.claims import CLAIMS
from study.report.topics.verdicts.judging import Verdict
from study.tflite.signature import SERVING_DEFAULT

FIVE = tuple(FLOAT32)
STURDY = ("mobilenet", "mobilenet_v2", "efficientnet_b0")  # of which int8 took little in 2021
SPREAD = 0.4  # half an interval over five seeds, in points
STEPS = (-1.0, -0.5, 0.0, 0.5, 1.0)
STEP = SPREAD / (t.ppf(0.975, len(STEPS) - 1) * np.std(STEPS, ddof=1) / len(STEPS) ** 0.5)
"""Changes of five seeds, `STEP` times `STEPS` apart, have Student's interval of SPREAD to both sides."""


def name(arch: str, amount: float = 0, scheme: str = "float32", seed: int = 0) -> str:
    return f"{arch}_{f'magnitude{amount:g}' if amount else 'dense'}_s{seed}_{scheme}"


def control(arch: str, seed: int = 0) -> str:
    """The unpruned network, trained as long as a pruned one."""
    return f"{arch}_retrained_s{seed}_float32"


def result(arch: str, amount: float = 0, scheme: str = "float32", delta: float | None = None, **changes: Any) -> Row:
    """A row of results.csv: 10 MB, 9 MB under gzip, top-1 70 %, `delta` points from its baseline."""
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
        "level": SERVING_DEFAULT,
        "quantization": scheme,
        "baseline": control(arch, seed) if amount else name(arch, seed=seed),
        "dense": name(arch, seed=seed),
        "top1": 0.7 + (delta or 0) / 100,
        "file_bytes": 10_000_000,
        "gzip_bytes": 9_000_000,
        "delta_pp": delta,
    }
    return row | changes


def seeds(
    arch: str, amount: float = 0, scheme: str = "float32", delta: float | None = None, **changes: Any
) -> list[Row]:
    """Five rows of one treatment: their mean is `delta`, its interval SPREAD to both sides."""
    return [
        result(arch, amount, scheme, None if delta is None else delta + STEP * step, seed=seed, **changes)
        for seed, step in enumerate(STEPS)
    ]


def bases(*archs: str, **changes: Any) -> list[Row]:
    """What five seeds of each network are counted against: the dense files, and the equally trained ones."""
    return [
        row
        for arch in archs
        for seed in range(len(STEPS))
        for row in (
            result(arch, seed=seed, **changes),
            result(arch, seed=seed, variant=control(arch, seed), method="retrained", baseline=control(arch, seed))
            | changes,
        )
    ]


def over_seeds(
    change: Callable[[str], dict[str, Any]], amount: float = 0, scheme: str = "int8", archs: tuple[str, ...] = FIVE
) -> list[Row]:
    """Five seeds of each network, and of what they are counted against."""
    return [*bases(*archs), *(row for arch in archs for row in seeds(arch, amount, scheme, **change(arch)))]


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


def places(
    row: Row, classes: dict[str, float], half: float = 1.0, significant: Sequence[str] = (), seeds: int = 5
) -> list[Row]:
    """Rows of seeds.csv: class -> how far it leaves the average class of its network, in points."""
    head: Row = {key: row[key] for key in ("arch", "method", "amount", "level", "quantization")}
    tested = seeds >= 5
    rows: list[Row] = [head | {"seeds": seeds}]  # all classes together
    for place, (label, moved) in enumerate(classes.items(), start=1):
        test: Row = {
            "shifted_pp": moved,
            "shifted_low_pp": moved - half,
            "shifted_high_pp": moved + half,
            "shifted_p_value": 0.001 * place,
            "shifted_p_adjusted": 0.01 * place if label in significant else 0.5,
            "shifted_significant": label in significant,
        }
        rows.append(head | {"class": label, "seeds": seeds} | (test if tested else {}))
    return rows


RESULTS = """
    variant arch method amount level quantization seed parameters top1 top3 file_bytes gzip_bytes family alpha
    stem_stride baseline dense collapsed same_as delta_pp ci_low_pp ci_high_pp p_value ties test_images
    agreement_with_float flips
    shipped_bytes shipped_codec worst_class worst_class_accuracy worst_drop_class worst_drop_pp sparsity_effective
    sparse_inference
""".split()
SEEDS = """
    arch method amount level quantization class seeds shifted_pp shifted_low_pp shifted_high_pp shifted_p_value
    shifted_p_adjusted shifted_significant
""".split()
LATENCY = """
    variant device kind runtime threads median_us ci_low_us ci_high_us private_bytes status flags machine
    left_out_percent
""".split()


def study(
    results: list[Row], latency: list[Row] | None = None, seeds: list[Row] | None = None, cifar10: bool = True
) -> Tables:
    card = {"classes": list("0123456789"), "name": "CIFAR-10" if cifar10 else "digits", "is_cifar10_classes": cifar10}
    frames = {
        "results": _frame(results, RESULTS),
        "latency": _frame(latency or [], LATENCY),
        "seeds": _frame(seeds or [], SEEDS),
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
