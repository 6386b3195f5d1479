"""The smaller network: cut channels away, cut them only in value, or put them into another order."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tf_keras

from study.arrays import Ints
from study.errors import StudyError
from study.networks.channels.groups import Groups, channel_groups
from study.networks.channels.padded_add import PaddedAdd
from study.networks.channels.walk import ADD, FLATTEN, OPEN, PASS, Step, steps

Keep = Mapping[str, Sequence[int] | Ints]
"""Group -> its channels that stay, in their new order; groups that are left out stay whole."""


def prune(model: tf_keras.Model, keep: Keep, zero_padding: bool = True) -> tf_keras.Model:
    """Build the network that has only the channels in `keep`, with the weights of `model`.

    With `zero_padding` a block may be narrower than the residual stream that it adds to: it keeps the first channels
    of the stream, and zeros stand for the others (`PaddedAdd`). A stream is as wide as the widest block so far.

    Raises:
        StudyError: an unknown or unprunable group, an index that is empty, doubled or out of range, or, with
            `zero_padding`, a block of a residual stream that does not keep its first channels.
    """
    walked, index = list(steps(model)), indices(model, keep, zero_padding)
    smaller = _rebuilt(model, walked, index)
    for step in walked:
        values = step.layer.get_weights()
        if values:
            smaller.get_layer(step.name).set_weights(sliced(step, values, index))
    return smaller


def indices(model: tf_keras.Model, keep: Keep, zero_padding: bool = True) -> dict[str, Ints]:
    """Layer -> where the channels that it has left stood in `model`.

    Raises:
        StudyError: as `prune`.
    """
    groups = channel_groups(model, zero_padding)
    kept = _checked(groups, keep, zero_padding)
    index: dict[str, Ints] = {}
    for step in steps(model):
        name = groups.of[step.name]
        width = groups.groups[name].width
        if step.kind == OPEN:
            index[step.name] = kept.get(name, np.arange(width))
            continue
        # A residual sum is as wide as its widest term: behind that, the stream holds nothing but zeros.
        index[step.name] = max((index[term] for term in step.inputs), key=len)
        if step.kind == FLATTEN:  # several positions of the same channels in a row
            places = np.arange(step.width // width) * width
            index[step.name] = (places[:, None] + index[step.name]).ravel()
    return index


def sliced(step: Step, values: list[Any], index: Mapping[str, Ints]) -> list[Any]:
    """Weights of a layer, as `get_weights` orders them, without the channels that are gone; `index`: see `indices`."""
    out = index[step.name]
    if step.kind == PASS:  # depthwise kernels [H, W, C, 1]; biases and the vectors of a batch normalisation [C]
        return [value[:, :, out] if value.ndim == 4 else value[out] for value in values]
    kernel, *rest = values  # [H, W, C in, C out] of a convolution, [C in, C out] of a dense layer
    return [kernel[..., index[step.inputs[0]], :][..., out], *(value[out] for value in rest)]


def permute(model: tf_keras.Model, order: Keep) -> tf_keras.Model:
    """Put the channels of whole groups, residual streams included, into another order: the same function.

    Raises:
        StudyError: as `prune`, or an index that leaves a channel out.
    """
    groups = channel_groups(model, zero_padding=False).prunable
    for name, index in order.items():
        if name in groups and len(index) != groups[name].width:
            raise StudyError(f"the order of {name} names {len(index)} of {groups[name].width} channels: name them all")
    return prune(model, order, zero_padding=False)


def masked(model: tf_keras.Model, keep: Keep, zero_padding: bool = True) -> tf_keras.Model:
    """The network of full width whose channels outside of `keep` are zero everywhere: the function of the pruned one.

    A batch normalisation turns zeros into its offset, so scale, offset and mean of these channels become zero as well,
    in every one that the group passes.

    Raises:
        StudyError: as `prune`.
    """
    found = tf_keras.models.clone_model(model)
    found.set_weights(model.get_weights())
    for layer, values in masked_weights(model, keep, zero_padding).items():
        found.get_layer(layer).set_weights(values)
    return found


def masked_weights(model: tf_keras.Model, keep: Keep, zero_padding: bool = True) -> dict[str, list[Any]]:
    """Layer -> its weights in the masked network, for those layers alone that the groups in `keep` pass.

    Raises:
        StudyError: as `prune`.
    """
    groups = channel_groups(model, zero_padding)
    kept = _checked(groups, keep, zero_padding)
    found = {}
    for step in steps(model):
        name, values = groups.of[step.name], step.layer.get_weights()
        if values and name in kept:
            cut = np.setdiff1d(np.arange(groups.groups[name].width), kept[name])
            found[step.name] = _zeroed(step, [value.copy() for value in values], cut)
    return found


def _checked(groups: Groups, keep: Keep, zero_padding: bool) -> dict[str, Ints]:
    found = {}
    for name, given in keep.items():
        group = groups.groups.get(name)
        if group is None or not group.prunable:
            raise StudyError(f"{name} is no group of channels to cut: choose from {', '.join(groups.prunable)}")
        index = np.asarray(given, dtype=np.int64)
        if not len(index) or len(set(index.tolist())) < len(index) or index.min() < 0 or index.max() >= group.width:
            raise StudyError(
                f"the channels to keep of {name} must be different numbers from 0 to {group.width - 1}, "
                "and at least one"
            )
        if zero_padding and group.added and not np.array_equal(index, np.arange(len(index))):
            raise StudyError(
                f"{name} adds to a residual stream and must keep its first channels: put the stream into "
                "the order of importance first (permute)"
            )
        found[name] = index
    return found


def _rebuilt(model: tf_keras.Model, walked: list[Step], index: Mapping[str, Ints]) -> tf_keras.Model:
    config = model.get_config()
    entries: dict[str, Any] = {entry["name"]: entry for entry in config["layers"]}
    for step in walked:
        entry, width = entries[step.name], len(index[step.name])
        if isinstance(step.layer, tf_keras.layers.Conv2D):
            entry["config"]["filters"] = width
        elif isinstance(step.layer, tf_keras.layers.Dense):
            entry["config"]["units"] = width
        elif isinstance(step.layer, tf_keras.layers.Reshape):
            entry["config"]["target_shape"] = (*entry["config"]["target_shape"][:-1], width)
        elif step.kind == ADD and any(len(index[name]) < width for name in step.inputs):
            added = PaddedAdd(width, name=step.name)
            entry |= {"class_name": f"study>{type(added).__name__}", "config": added.get_config()}
            entry.pop("registered_name", None)
    return tf_keras.Model.from_config(config)


def _zeroed(step: Step, values: list[Any], cut: Ints) -> list[Any]:
    if isinstance(step.layer, tf_keras.layers.BatchNormalization):
        *vectors, _ = values  # all but the variance, which divides
        for value in vectors:
            value[cut] = 0
    elif step.kind == PASS:
        for value in values[1:]:
            value[cut] = 0
    else:
        for value in values:
            value[..., cut] = 0
    return values
