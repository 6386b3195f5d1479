"""The networks of the first one, two, ... groups: one graph, and every layer once, so that all levels share weights.

After Xun et al. (2021), "Incremental Training and Group Convolution Pruning for Runtime DNN Performance Scaling on
Heterogeneous Embedded Platforms", arXiv 2105.03600, where groups read nothing of each other (`block_diagonal`); that a
group reads those before it too (`triangular`) is as in Tann et al. (2016), "Runtime Configurable Deep Neural Networks
for Energy-Accuracy Trade-off", arXiv 1607.05418. Logits are the sum of what each group contributes and one bias, so
that nothing in a level depends on the groups above it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import tf_keras
from tf_keras import layers

from study.networks.channels.grouped.layout import Layout, Structure, layout, name_of
from study.networks.channels.walk import FLATTEN, OPEN, Step
from study.tflite.signature import of_width


def levels(model: tf_keras.Model, widths: Sequence[int], structure: Structure) -> dict[str, tf_keras.Model]:
    """Cut `model` into groups; the level `w50` has those that make up 50 per cent of the channels.

    Layers are those of `model`, a copy for each group under the name `LAYER_g2`, with fresh weights. A convolution of a
    group reads the concatenation of its sources: one CONV_2D, whose constants are the same in every level.

    Args:
        model: a network without branches, see layout.py.
        widths: per cent of the channels, the last 100.
        structure: what a group reads of the layer before.

    Returns: signature -> network, the widest first.

    Raises:
        StudyError: see `layout`.
    """
    found = layout(model, widths)
    image = layers.Input(model.input_shape[1:], name=model.input_names[0])
    features = _features(found, structure, image)
    logits = _copy(found.classifier, 1)(features[0])
    outputs = [_behind(found, 1, logits)]
    for group in range(2, found.groups + 1):
        share = _copy(found.classifier, group, use_bias=False)(features[group - 1])
        logits = layers.Add(name=name_of(f"{found.classifier.name}_sum", group))([logits, share])
        outputs.append(_behind(found, group, logits))
    named = zip(sorted(widths), outputs, strict=True)
    made = {of_width(width): tf_keras.Model(image, output, name=model.name) for width, output in named}
    return dict(reversed(made.items()))


def _features(found: Layout, structure: Structure, image: Any) -> list[Any]:
    """What the classifier reads: a tensor for each group."""
    tensors: dict[str, list[Any]] = {}
    for step in found.body:
        if not step.inputs:
            tensors[step.name] = [image]
        elif step.name not in found.channels:
            tensors[step.name] = [type(step.layer).from_config(step.layer.get_config())(tensors[step.inputs[0]][0])]
        else:
            given = tensors[step.inputs[0]]
            tensors[step.name] = [
                _copy(step, group, **_width(step, len(found.channels[step.name][group - 1])))(
                    _joined(step, group, [given[source - 1] for source in found.read(step, group, structure)] or given)
                )
                for group in range(1, found.groups + 1)
            ]
    return tensors[found.classifier.inputs[0]]


def _behind(found: Layout, group: int, logits: Any) -> Any:
    for step in found.tail:
        logits = _copy(step, group)(logits)
    return logits


def _joined(step: Step, group: int, tensors: list[Any]) -> Any:
    return layers.Concatenate(name=name_of(f"{step.name}_read", group))(tensors) if len(tensors) > 1 else tensors[0]


def _copy(step: Step, group: int, **changes: Any) -> Any:
    config: Mapping[str, Any] = step.layer.get_config()
    return type(step.layer).from_config({**config, "name": name_of(step.name, group), **changes})


def _width(step: Step, channels: int) -> dict[str, Any]:
    """The entry of a layer's configuration that says how many channels it makes."""
    if step.kind == OPEN:
        return {"units" if isinstance(step.layer, layers.Dense) else "filters": channels}
    if step.kind == FLATTEN and isinstance(step.layer, layers.Reshape):
        return {"target_shape": (*step.layer.target_shape[:-1], channels)}
    return {}
