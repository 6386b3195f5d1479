"""What automatic pruning of MobileNetV2 takes, against training a network of half the width from scratch.

With the budgets of the reference preset, on one thread in one run: seconds of a step of either network, of one look at
a cut group and of the ranking. Which channels go does not matter to the time, so a share of every group is cut.
"""

import time
from typing import Any

import numpy as np

from benchmarks.training_step import last_word_of, section
from benchmarks.training_throughput import data, images_per_second

BOUND = 1 / 3
IMAGES = 45_000
"""Training images of an epoch."""
LOOKS = 8


def compare() -> bool:
    """Print both times and their ratio, in a process of its own; return whether it is within the bound."""
    return last_word_of(__name__) <= BOUND


def main() -> None:
    """Measure; the last word that is printed is the ratio."""
    import pipelines  # noqa: F401  sets TensorFlow's environment, so it comes first
    from study.networks.channels.costs import costs_of
    from study.networks.channels.groups import channel_groups
    from study.networks.channels.surgery import prune
    from study.networks.models.mobilenet_v2 import build
    from study.networks.setup import prepare
    from study.specs.structured import StructuredSpec
    from study.specs.training import TrainingSpec

    prepare(seed=0, threads=1)
    spec, training = section("structured", StructuredSpec), section("training", TrainingSpec)
    model = build(10, (32, 32, 3))
    groups, costs = channel_groups(model, zero_padding=True), costs_of(model, zero_padding=True)
    kept = {name: round(group.width * 0.68) for name, group in groups.prunable.items()}
    share = costs(kept).macs / costs({}).macs
    analysis = _analysis(model, groups, spec, training)
    narrow = prune(model, {name: np.arange(count) for name, count in kept.items()})
    tuning = spec.finetune_epochs * IMAGES / images_per_second(narrow)
    scratch = training.epochs * IMAGES / images_per_second(build(10, (32, 32, 3), alpha=0.5))
    print(
        f"automatic pruning: {analysis:.0f} s to measure, {tuning:.0f} s to train on with {share:.0%} of the cost; "
        f"half the width from scratch: {scratch:.0f} s"
    )
    ratio = (analysis + tuning) / scratch
    print(f"automatic pruning, time against half the width (bound: at most {BOUND:.2f}): {ratio:.2f}")


def _analysis(model: Any, groups: Any, spec: Any, training: Any) -> float:
    """Seconds of a whole analysis: the ranking, and a look at every group with every share, as a few of them took."""
    from dataclasses import replace

    from study.compress.automatic.sensitivity import points
    from study.data.examples import Examples
    from study.networks.channels import taylor
    from study.networks.training import Trainer

    examples = Examples(*data(max(spec.sensitivity_images, spec.taylor_images)))
    trainer = Trainer(examples, examples, training, seed=0, label="benchmark")
    started = time.perf_counter()
    taylor.scores(model, groups, examples.spread(spec.taylor_images))
    ranking = time.perf_counter() - started
    times = []
    for count in (1, LOOKS):  # each run looks at the whole network too, and compiles
        chosen = dict(list(groups.prunable.items())[-count:])
        orders = {name: np.arange(group.width) for name, group in chosen.items()}
        started = time.perf_counter()
        points(model, chosen, orders, replace(spec, shares=[0.5]), trainer, zero_padding=True)
        times.append(time.perf_counter() - started)
    look = (times[1] - times[0]) / (LOOKS - 1)
    return ranking + times[0] + look * (len(groups.prunable) * len(spec.shares) - 1)


if __name__ == "__main__":
    main()
