"""A made-up study of methods that cut channels, beside networks of other widths, with the records of every method."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import synthetic_study as synthetic
from synthetic_study import Slot

from study.latency.devices.rpi4 import validation
from study.plan.variant import Architecture, Level, Recipe, Variant
from study.report.inputs import Evaluation, Inputs, Result

FAMILY = "mobilenet_v2"
ALPHAS = (0.35, 0.5, 0.75)
RECIPES = {
    "sfp": [30],
    "asrfp": [30],
    "slimming": [50],
    "increg": [50],
    "automatic": [30, 50],
    "automatic_coupled": [50],
    "automatic_budget": [2],
}
BLOCKS = [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320]  # channels that each block passes on
SHARES = (0.125, 0.25, 0.5, 0.75, 0.9)
MACS, PARAMETERS, MICROSECONDS = 6_500_000, 2_270_794, 450.0


def study(
    recipes: Mapping[str, Sequence[int]] | None = None,
    alphas: Sequence[float] = ALPHAS,
    images: int = 20,
    classes: Sequence[str] = synthetic.CIFAR10,
    seeds: Sequence[int] = (0,),
    blocks: Sequence[int] = tuple(BLOCKS),
) -> Inputs:
    """The full network, structured variants of it, and the unpruned networks of other widths, float32 and int8."""
    networks = [*(Architecture(FAMILY, alpha=alpha) for alpha in alphas), Architecture(FAMILY)]
    chosen = RECIPES if recipes is None else recipes
    whole = synthetic.study(networks, chosen, classes=classes, images=images, seeds=seeds)
    kept = [one for one in whole.results if one.variant.architecture == networks[-1] or one.variant.recipe.is_dense]
    models = {one.variant.model: one.variant for one in kept}
    return replace(
        whole,
        results=tuple(_worse(one, classes) for one in kept),
        latency=[slot for one in kept for slot in _slots(one.variant)],
        history={model: whole.history[model] for model in models},
        timing={model: _timing(one) for model, one in models.items()},
        compression={model: record(one, blocks) for model, one in models.items() if one.recipe.amount},
    )


def left(variant: Variant) -> float:
    """Part of the channels that a network has."""
    if variant.recipe.is_dense:
        return variant.architecture.alpha
    return 0.85 if variant.recipe.method == "automatic_budget" else 1 - 0.8 * variant.recipe.amount / 100


def microseconds(variant: Variant) -> float:
    """Time of one inference: by channels, and some overhead that stays."""
    return MICROSECONDS * (0.15 + 0.85 * left(variant) ** 1.5) * (0.35 if variant.quantization.name == "int8" else 1)


def _worse(result: Result, classes: Sequence[str]) -> Result:
    """Fewer channels, more wrong answers: the label's logit sinks, most of all that of class 3."""
    variant, given = result.variant, synthetic.answered(result)
    logits, labels = given.logits.astype(np.float64), given.labels
    loss = (1 - left(variant)) * (0.8 if variant.recipe.is_dense else 0.6)
    logits[np.arange(len(labels)), labels] -= loss * (1 + (labels == 3))
    answers = synthetic.answers(logits.astype(np.float32), labels)
    return Result(Level(variant), Evaluation(_evaluated(variant, answers, classes)), answers)


def _evaluated(variant: Variant, answers: synthetic.Answered, classes: Sequence[str]) -> dict[str, Any]:
    like = replace(variant, architecture=Architecture(FAMILY), recipe=Recipe())
    document = synthetic.evaluation(like, answers.logits, answers.labels, classes, "ab" * 32)
    document["facts"][0] |= {"variant": variant.name, "sha256": synthetic.sha256(variant.name)}
    share = left(variant) ** 2
    sizes = {"file_bytes": int(document["file_bytes"] * share), "gzip_bytes": int(document["gzip_bytes"] * share)}
    return {**document, **sizes, "macs": int(MACS * share), "parameters": int(PARAMETERS * share)}


def _slots(variant: Variant) -> list[Slot]:
    us, name = microseconds(variant), variant.name
    slow = variant.recipe.method == "slimming" and variant.quantization.name == "int8"
    found = [
        Slot(name, "host", runtime, threads, measured(name, runtime, threads, factor * us, slow))
        for runtime, factor in (("ai_edge_litert", 1.0), ("tflite_runtime", 1.3))
        for threads in (1, 2)
    ]
    return [*found, Slot(name, "rpi4_predicted", "tflite_runtime", 1, predicted(name, 12 * us))]


def measured(variant: str, runtime: str, threads: int, us: float, unstable: bool = False) -> dict[str, Any]:
    """A latency document whose samples have given way to their summary, as a report keeps it."""
    us = us / threads**0.6
    summary = {
        "n": 3000,
        "rounds": 3,
        "median_us": us,
        "p90_us": 1.1 * us,
        "ci_low_us": 0.99 * us,
        "ci_high_us": 1.01 * us,
        "end_to_end_us": 1.02 * us,
    }
    return {
        "variant": variant,
        "model_sha256": synthetic.sha256(variant),
        "device": "host",
        "kind": "measured",
        "runtime": runtime,
        "runtime_version": "2.3.0",
        "delegate": "xnnpack",
        "threads": threads,
        "summary": summary,
        "status": "unstable" if unstable else "ok",
        "flags": ["rounds differ by 7.0%"] if unstable else [],
        "private_bytes": 9_200_000,
        "peak_rss_bytes": 61_000_000,
        "empty_rss_bytes": 40_000_000,
        "context": {"identity": "the synthetic machine"},
    }


def predicted(variant: str, us: float) -> dict[str, Any]:
    """A latency document of the predicted Raspberry Pi."""
    return {
        "variant": variant,
        "model_sha256": synthetic.sha256(variant),
        "device": "rpi4_predicted",
        "kind": "predicted",
        "runtime": "tflite_runtime",
        "runtime_version": "2.14.0",
        "threads": 1,
        "key": "",
        "delegate": "none",
        "status": "ok",
        "flags": [],
        "rounds": [],
        "computed": {
            "method": "from the emulated profile",
            "median_us": us,
            "scale": validation.profile_errors().scale,
        },
    }


def _timing(variant: Variant) -> dict[str, Any]:
    """Trainings from scratch take longest; automatic pruning measures first."""
    if variant.recipe.is_dense:
        seconds = 3600.0 * (0.4 + 0.6 * variant.architecture.alpha)
        return {"seconds": seconds, "images_per_second": 812.5, "analysis_seconds": 0.0}
    method = variant.recipe.method
    return {
        "seconds": 1500.0 if method == "increg" else 600.0,
        "images_per_second": 812.5,
        "analysis_seconds": 200.0 if method.startswith("automatic") else 0.0,
    }


def layers(blocks: Sequence[int] = tuple(BLOCKS)) -> dict[str, int]:
    """Layer that opens channels -> how many, in the order of the network."""
    found, entering = {"Conv1": 32}, 32
    for number, leaving in enumerate(blocks):
        if number:
            found[f"block_{number}_expand"] = 6 * entering
        found[f"block_{number}_project" if number else "expanded_conv_project"] = leaving
        entering = leaving
    return found | {"Conv_1": 1280, "predictions": 10}


def record(variant: Variant, blocks: Sequence[int]) -> dict[str, Any]:
    """The compression document: channels by layer, and the tables of the method."""
    method, amount = variant.recipe.method, variant.recipe.amount
    random = np.random.default_rng([amount, variant.seed, len(method)])
    widths = layers(blocks)
    groups = [name for name in widths if name != "predictions"]
    part = left(variant)
    shares = {name: float(np.clip(part + random.normal(0, 0.15), 0.1, 1.0)) for name in groups}
    if method.endswith("sfp") or method.endswith("srfp"):
        shares = dict.fromkeys(groups, 1 - amount / 100)
    channels = [
        {"layer": name, "kept": max(1, round(of * shares.get(name, 1.0))), "of": of} for name, of in widths.items()
    ]
    tables = {"slimming": _slimming, "increg": _increg}
    found = (
        _automatic(variant, widths, groups)
        if method.startswith("automatic")
        else tables.get(method, _soft)(variant.recipe)
    )
    return {"channels": channels, **found}


def _soft(recipe: Recipe, epochs: int = 10) -> dict[str, Any]:
    growing, softer = recipe.method.startswith("as"), "rfp" in recipe.method
    return {
        "schedule": [
            {
                "epoch": epoch,
                "share": recipe.amount / 100 * ((1 - 4 ** (-8 * epoch / epochs)) if growing else 1.0),
                "factor": 0.5 * (epochs - epoch) / (epochs - 1) if softer else 0.0,
                "weakened": 30 * epoch,
                "returned": (epochs - epoch) * 3 if epoch > 1 else 0,
            }
            for epoch in range(1, epochs + 1)
        ]
    }


def _slimming(recipe: Recipe) -> dict[str, Any]:
    quantiles = [place / 20 for place in range(21)]
    return {
        "schedule": [{"epoch": epoch, "share": recipe.amount / 100 * (1 - 0.6**epoch)} for epoch in range(1, 11)],
        "scales": [{"quantile": q, "before": 0.4 + 0.8 * q, "after": max(0.0, 1.8 * (q - 0.45))} for q in quantiles],
    }


def _increg(recipe: Recipe) -> dict[str, Any]:
    return {
        "schedule": [
            {"step": step, "share": recipe.amount / 100 * min(1.0, step / 700), "penalty": 2e-5 * step}
            for step in range(0, 1001, 50)
        ]
    }


def _automatic(variant: Variant, widths: Mapping[str, int], groups: Sequence[str]) -> dict[str, Any]:
    if variant.recipe.method == "automatic_coupled":  # residual streams are one group each
        groups = [name for number, name in enumerate(groups) if number % 4 != 2]
    random = np.random.default_rng(len(groups))
    scale = random.lognormal(0.6, 1.1, len(groups))
    weight = np.array([widths[name] ** 0.5 for name in groups]) / 700
    cuts = {name: [1 - max(1, round(widths[name] * (1 - share))) / widths[name] for share in SHARES] for name in groups}
    sensitivity = [
        {
            "group": name,
            "share": share,
            "top1": 0.9 - 0.01 * scale[place] * share**2 * 4,
            "loss_pp": float(scale[place] * share**2 * 4 + random.normal(0, 0.1)),
            "cost_saved": float(weight[place] * share),
        }
        for place, name in enumerate(groups)
        for share in cuts[name]
    ]
    steps = 40
    plan = [
        {
            "step": step,
            "group": groups[step % len(groups)],
            "kept": max(1, widths[groups[step % len(groups)]] - step),
            "of": widths[groups[step % len(groups)]],
            "cost": 1 - (1 - left(variant) ** 2) * step / steps,
            "predicted_loss_pp": 3 * (1 - left(variant)) * (step / steps) ** 2,
        }
        for step in range(1, steps + 1)
    ]
    return {"sensitivity": sensitivity, "plan": plan}
