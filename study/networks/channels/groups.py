"""Channel groups: which output channels of which layers can only be kept or cut together."""

from collections.abc import Mapping
from dataclasses import dataclass

import tf_keras

from study.errors import StudyError
from study.networks.channels.walk import ADD, FLATTEN, OPEN, Step, steps


@dataclass(frozen=True)
class Group:
    """Channels that stand or fall together.

    `members` are the layers with a kernel whose outputs they are, the first one gives the group its name; `added` says
    whether they flow into a residual sum and, with zero padding, may only be cut from the end.
    """

    name: str
    width: int
    members: tuple[str, ...]
    prunable: bool
    added: bool


@dataclass(frozen=True)
class Groups:
    """All groups by name, in the order of the network, and the group of each layer's result."""

    groups: Mapping[str, Group]
    of: Mapping[str, str]

    @property
    def prunable(self) -> dict[str, Group]:
        """Those of which channels can be cut."""
        return {name: group for name, group in self.groups.items() if group.prunable}


def channel_groups(model: tf_keras.Model, zero_padding: bool) -> Groups:
    """Find the groups of a functional model.

    Convolutions and dense layers open a group; a product (squeeze-and-excite, hard-swish) unites those of its factors.
    A residual sum unites those of its terms, so that all blocks of a stage are cut alike; with `zero_padding` it opens
    one of its own, of full width, and each block may be cut by itself. What reaches an input or output of the model is
    never cut.

    Raises:
        StudyError: a layer of a kind that is not known (see walk.py), or one that joins inputs of
            different width.
    """
    walked = list(steps(model))
    _check(walked)
    parent = {step.name: step.name for step in walked}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for step in walked:
        if step.kind != OPEN and not (step.kind == ADD and zero_padding):
            first, *others = [root(name) for name in step.inputs]
            for name in (step.name, *others):
                parent[root(name)] = first
    return _collect(model, walked, {step.name: root(step.name) for step in walked}, zero_padding)


def _check(walked: list[Step]) -> None:
    width = {step.name: step.width for step in walked}
    for step in walked:
        if step.kind not in (OPEN, FLATTEN) and {width[name] for name in step.inputs} != {step.width}:
            raise StudyError(
                f"layer {step.name} makes {step.width} channels of "
                f"{[width[name] for name in step.inputs]}: it is not known which belong together"
            )


def _collect(model: tf_keras.Model, walked: list[Step], root: Mapping[str, str], zero_padding: bool) -> Groups:
    fixed = {root[name] for name in (*model.input_names, *model.output_names)}
    added = {root[name] for step in walked if step.kind == ADD for name in step.inputs}
    sums = {root[step.name] for step in walked if step.kind == ADD and zero_padding}
    members: dict[str, list[Step]] = {}
    for step in walked:
        members.setdefault(root[step.name], [])
        if step.kind == OPEN:
            members[root[step.name]].append(step)
    found: dict[str, Group] = {}
    names = {}
    for key, own in members.items():
        name = names[key] = own[0].name if own else key
        width = own[0].width if own else next(step.width for step in walked if step.name == key)
        found[name] = Group(name, width, tuple(step.name for step in own), key not in fixed | sums, key in added)
    return Groups(found, {name: names[key] for name, key in root.items()})
