"""Networks that are the first channels of a wider one, whose channels stand in the order of their importance.

Source: Yu et al. (2019), "Slimmable Neural Networks", arXiv 1812.08928; that the channels are sorted first, so that the
first ones are those that matter, is this project's.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from study.arrays import Ints
from study.data.examples import Examples
from study.networks.channels import taylor
from study.networks.channels.groups import Group, channel_groups
from study.networks.channels.importance import order
from study.networks.channels.surgery import Keep, indices, permute, prune, sliced
from study.networks.channels.walk import OPEN, Step, steps

layers = tf_keras.layers

KERNELS = {layers.DepthwiseConv2D: "depthwise_kernel", layers.Conv2D: "kernel", layers.Dense: "kernel"}
"""Layer -> its attribute that holds the kernel. Of a layer that is both of the first two, the first counts."""


def by_importance(model: tf_keras.Model, examples: Examples, streams: bool) -> tf_keras.Model:
    """The same function with the most important channels of each group first: see taylor.py.

    Without `streams` the channels of residual streams stay where they are.
    """
    groups = channel_groups(model, zero_padding=False)
    scores = taylor.scores(model, groups, examples)
    return permute(model, {name: order(scores[name]) for name in _narrowed(model, streams)})


def first_channels(model: tf_keras.Model, width: int, multiple: int, streams: bool) -> dict[str, Ints]:
    """Group -> its first channels, `width` per cent of them: the nearest multiple of `multiple`, at least one of it.

    Groups narrower than that stay whole, and without `streams` so do residual streams.
    """
    return {
        name: np.arange(count)
        for name, group in _narrowed(model, streams).items()
        if (count := _count(group.width, width, multiple)) < group.width
    }


def _count(channels: int, width: int, multiple: int) -> int:
    return max(multiple, round(channels * width / 100 / multiple) * multiple)


def _narrowed(model: tf_keras.Model, streams: bool) -> Mapping[str, Group]:
    """Groups whose channels may go."""
    prunable = channel_groups(model, zero_padding=False).prunable
    return {name: group for name, group in prunable.items() if streams or not group.added}


@dataclass(frozen=True, eq=False)
class Part:
    """A narrower network that trains with slices of a wide one's kernels and biases, so that both are trained.

    Its batch normalisation is its own (arXiv 1812.08928, section 3.1). `network` has weights of its own, that are those
    slices after each `settle`; `index`: layer -> where its channels stand in the wide network.
    """

    network: tf_keras.Model
    wide: tf_keras.Model
    index: Mapping[str, Ints]

    def logits(self, images: Any) -> Any:
        """Of images in training: the gradient is that of the wide network's kernels."""
        with ExitStack() as lent:
            for step in self._shared:
                lent.enter_context(_lent(self._own(step), _slices(step, self.index)))
            return self.network(images, training=True)

    def settle(self) -> None:
        """Copy the slices into the network's own weights."""
        for step in self._shared:
            self._own(step).set_weights(sliced(step, step.layer.get_weights(), self.index))

    @property
    def _shared(self) -> list[Step]:
        return [step for step in steps(self.wide) if _kernel(step.layer)]

    def _own(self, step: Step) -> Any:
        return self.network.get_layer(step.name)


def part(wide: tf_keras.Model, keep: Keep) -> Part:
    """The network of the channels in `keep` (see `first_channels`), with only its batch normalisation to train.

    Raises:
        StudyError: as `prune`.
    """
    found = Part(prune(wide, keep, zero_padding=False), wide, indices(wide, keep, zero_padding=False))
    for step in steps(wide):
        if _kernel(step.layer):
            found.network.get_layer(step.name).trainable = False
    return found


def _kernel(layer: Any) -> str | None:
    return next((name for kind, name in KERNELS.items() if isinstance(layer, kind)), None)


def _slices(step: Step, index: Mapping[str, Ints]) -> dict[str, Any]:
    """Attribute of the layer -> the slice of its variable, as a tensor."""
    name, out = _kernel(step.layer), index[step.name]
    assert name
    kernel = getattr(step.layer, name)
    opens = step.kind == OPEN  # a depthwise kernel has the channels on its third axis of four, and its input's are they
    kernel = _taken(_taken(kernel, index[step.inputs[0]], -2), out, -1) if opens else _taken(kernel, out, 2)
    bias = step.layer.bias
    return {name: kernel} | ({} if bias is None else {"bias": _taken(bias, out, 0)})


def _taken(values: Any, index: Ints, axis: int) -> Any:
    axis %= len(values.shape)
    if np.array_equal(index, np.arange(len(index))):  # a slice costs less than a gather, forth and back
        return values[(slice(None),) * axis + (slice(len(index)),)]
    return tf.gather(values, index, axis=axis)


@contextmanager
def _lent(layer: Any, tensors: Mapping[str, Any]) -> Iterator[None]:
    """Let a layer compute with these tensors. Past Keras' own assignment, which would forget the variables."""
    own = {name: getattr(layer, name) for name in tensors}
    vars(layer).update(tensors)
    try:
        yield
    finally:
        vars(layer).update(own)
