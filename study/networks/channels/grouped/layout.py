"""Which channels of a plain network each group has, layer by layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import tf_keras

from study.arrays import Ints
from study.errors import StudyError
from study.networks.channels.walk import ADD, FLATTEN, OPEN, UNITE, Step, steps

Structure = Literal["triangular", "block_diagonal"]
"""What group g of a layer reads of the layer before: groups up to its own, or its own alone."""


@dataclass(frozen=True, eq=False)
class Layout:
    """A network without branches, cut into groups that are numbered from 1.

    `body` are the layers up to the classifier, the last one with a kernel; those of `tail` stand behind it and have no
    weights. `channels`: layer of the body -> of each group, where its channels stand in the plain network. Layers that
    read only the image have none, since each group reads all of it.
    """

    body: tuple[Step, ...]
    classifier: Step
    tail: tuple[Step, ...]
    channels: Mapping[str, tuple[Ints, ...]]
    groups: int

    def read(self, step: Step, group: int, structure: Structure) -> tuple[int, ...]:
        """The groups of its input that `group` of a layer reads; none where that is the image."""
        if step.inputs[0] not in self.channels:
            return ()
        own = step.kind != OPEN or step is self.classifier or structure == "block_diagonal"
        return (group,) if own else tuple(range(1, group + 1))


def name_of(layer: str, group: int) -> str:
    """The name of a group's part of a layer."""
    return f"{layer}_g{group}"


def group_of(name: str) -> int:
    """The group whose part of a layer has this name; 0 where it is part of none."""
    number = name.rpartition("_g")[2]
    return int(number) if "_g" in name and number.isdecimal() else 0


def layout(model: tf_keras.Model, widths: Sequence[int]) -> Layout:
    """Cut every layer of `model` so that its first groups have these per cents of its channels; the last is 100.

    Raises:
        StudyError: residual sums, products or anything else that a group cannot compute by itself, or a layer with
            fewer channels than groups; the message names the layer.
    """
    walked = list(steps(model))
    _check(model, walked)
    last = max(number for number, step in enumerate(walked) if step.kind == OPEN)
    body, classifier, tail = tuple(walked[:last]), walked[last], tuple(walked[last + 1 :])
    _check_classifier(model, classifier, tail)
    channels: dict[str, tuple[Ints, ...]] = {}
    for step in body:
        if step.kind == OPEN and step.inputs:
            channels[step.name] = _cut(model, step, sorted(widths))
        elif step.inputs and step.inputs[0] in channels:
            channels[step.name] = _passed(step, channels[step.inputs[0]])
    if classifier.inputs[0] not in channels:
        raise StudyError(f"{model.name} has no layer before {classifier.name} whose channels could be cut into groups")
    return Layout(body, classifier, tail, channels, len(widths))


def _check(model: tf_keras.Model, walked: list[Step]) -> None:
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise StudyError(f"{model.name} has several inputs or outputs: only one of each can be cut into groups")
    for step in walked:
        if step.kind in (ADD, UNITE) or len(step.inputs) > 1 or type(step.layer).__name__ == "TFOpLambda":
            raise StudyError(
                f"{model.name}: layer {step.name} ({type(step.layer).__name__}) ties channels together: only networks "
                "without residual sums and squeeze-and-excite can be cut into groups, as mobilenet and alexnet"
            )
    if not any(step.kind == OPEN and step.inputs for step in walked):
        raise StudyError(f"{model.name} has no convolution and no dense layer: there is nothing to cut into groups")


def _check_classifier(model: tf_keras.Model, classifier: Step, tail: tuple[Step, ...]) -> None:
    # Contributions are summed before the activation, and a weight behind the sum would have to suit every level.
    if classifier.layer.activation is not tf_keras.activations.linear:
        raise StudyError(f"{model.name}: the last layer with a kernel, {classifier.name}, must have no activation")
    for step in tail:
        if step.layer.weights:
            raise StudyError(f"{model.name}: layer {step.name} has weights behind {classifier.name}, the classifier")


def _cut(model: tf_keras.Model, step: Step, widths: Sequence[int]) -> tuple[Ints, ...]:
    ends = [0, *(round(step.width * width / 100) for width in widths)]
    if any(start == end for start, end in pairwise(ends)):
        raise StudyError(
            f"{model.name}: layer {step.name} has {step.width} channels, too few for {len(widths)} groups of "
            f"{', '.join(map(str, widths))} %: choose a larger alpha"
        )
    return tuple(np.arange(start, end) for start, end in pairwise(ends))


def _passed(step: Step, channels: tuple[Ints, ...]) -> tuple[Ints, ...]:
    if step.kind != FLATTEN:
        return channels
    width = sum(map(len, channels))
    places = np.arange(step.width // width) * width  # several positions of the same channels in a row
    return tuple((places[:, None] + own).ravel() for own in channels)
