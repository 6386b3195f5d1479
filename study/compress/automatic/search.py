"""Automatic pruning: measure what each group of channels carries, plan what to cut, cut it, train what is left."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import tf_keras

from study.arrays import Ints
from study.compress.automatic import microseconds
from study.compress.automatic.planning import Curve, Step, counts, greedy
from study.compress.automatic.sensitivity import Point, points
from study.compress.family import Family, static
from study.networks.channels import taylor
from study.networks.channels.costs import costs_of
from study.networks.channels.finetune import finetuned
from study.networks.channels.groups import Groups, channel_groups
from study.networks.channels.importance import order
from study.networks.channels.surgery import permute
from study.networks.training import Trainer
from study.specs.structured import StructuredSpec


def compress(
    model: tf_keras.Model,
    spec: StructuredSpec,
    trainer: Trainer,
    zero_padding: bool,
    target: float = 0.0,
    budget: float = float("inf"),
) -> Family:
    """Cut channels until the network costs the fraction `target` of what it did, or `budget` points are lost.

    With `zero_padding` every block of a residual stream is cut by itself: the channels of the stream are put into the
    order of importance first, each block keeps the first ones, and zeros stand for the others; without it all blocks
    of a stream keep the same. The predicted loss is that before the training that follows, which wins part of it back.

    Tables of the record: `sensitivity` (group, share of it that is cut, top-1, points lost, share of the network's cost
    saved) and `plan` (step, group, channels kept, of, cost and predicted loss after it); where the cost is measured
    time, `prices` too (costs of each probe, its microseconds, and those that were fitted).
    """
    started = time.monotonic()
    groups = channel_groups(model, zero_padding)
    by_layer = taylor.layer_scores(model, groups, trainer.train.spread(spec.taylor_images))
    orders = _orders(groups, by_layer, zero_padding)
    if zero_padding:
        model = permute(model, _streams(channel_groups(model, zero_padding=False), by_layer))
    whole, measured, before = points(model, groups.prunable, orders, spec, trainer, zero_padding)
    cost, prices = _cost(model, groups, spec, trainer, zero_padding)
    curves = _curves(groups, whole, measured)
    # The standard error of a paired difference where one image in a hundred changes sides.
    noise = 10.0 / np.sqrt(min(spec.sensitivity_images, len(trainer.validation)))
    steps = greedy(curves, cost, noise, spec.multiple, target, budget)
    keep = {name: orders[name][:kept] for name, kept in counts(steps).items()}
    analysed = before + time.monotonic() - started
    smaller, history = finetuned(model, keep, spec, trainer, zero_padding)
    record = {"sensitivity": _sensitivity(groups, whole, measured, cost), "plan": _plan(groups, steps)}
    return static(smaller, history, record | ({"prices": prices} if prices else {}), analysed)


def _cost(
    model: tf_keras.Model, groups: Groups, spec: StructuredSpec, trainer: Trainer, zero_padding: bool
) -> tuple[Callable[[Mapping[str, int]], float], list[dict[str, float]]]:
    """Channels kept by groups -> cost, and the measurements behind it, if there are any."""
    costs = costs_of(model, zero_padding)
    if spec.cost != "microseconds":
        return lambda kept: float(getattr(costs(kept), spec.cost)), []
    kept = microseconds.probes(groups.prunable)
    resume = trainer.resume.phase("microseconds")
    state = resume.load()
    if state is None:  # a second measurement would differ, and with it the plan
        state = {"microseconds": microseconds.measure(model, kept, zero_padding)}
        resume.save(state)
    found = [costs(probe) for probe in kept]
    price = microseconds.fit(found, state["microseconds"])
    rows = [
        {"macs": one.macs, "weights": one.weights, "microseconds": float(took), "fitted": price.of(one)}
        for one, took in zip(found, state["microseconds"], strict=True)
    ]
    return lambda kept: price.of(costs(kept)), rows


def _orders(groups: Groups, by_layer: taylor.Scores, zero_padding: bool) -> dict[str, Ints]:
    """Which channels of each group go last: those of highest importance, or the first ones of a stream in its order."""
    scores = taylor.grouped(by_layer, groups)
    return {
        name: np.arange(group.width) if zero_padding and group.added else order(scores[name])
        for name, group in groups.prunable.items()
    }


def _streams(coupled: Groups, by_layer: taylor.Scores) -> dict[str, Ints]:
    """Order of importance of the channels of every residual stream: of all its blocks together."""
    scores = taylor.grouped(by_layer, coupled)
    return {name: order(scores[name]) for name, group in coupled.prunable.items() if group.added}


def _curves(groups: Groups, whole: float, measured: Sequence[Point]) -> dict[str, Curve]:
    curves = {}
    for name, group in groups.prunable.items():
        own = [point for point in measured if point.group == name]
        curves[name] = Curve(
            [group.width, *(point.kept for point in own)], [0.0, *(100 * (whole - point.top1) for point in own)]
        )
    return curves


def _sensitivity(groups: Groups, whole: float, measured: Sequence[Point], cost: Any) -> list[dict[str, Any]]:
    full = cost({})
    return [
        {
            "group": point.group,
            "share": 1 - point.kept / groups.groups[point.group].width,
            "top1": point.top1,
            "loss_pp": 100 * (whole - point.top1),
            "cost_saved": 1 - cost({point.group: point.kept}) / full,
        }
        for point in measured
    ]


def _plan(groups: Groups, steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {"step": number, **asdict(step), "of": groups.groups[step.group].width}
        for number, step in enumerate(steps, start=1)
    ]
