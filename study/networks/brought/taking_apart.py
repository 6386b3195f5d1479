"""A Keras model as a list of calls: functional graphs and chains, models inside of models taken apart as well.

The public configuration is read, in the form of Keras 3 (tensors by their history) and of Keras 2 (lists of names).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from study.networks.brought.graph import INPUT, Graph, Node, Ref, WholeOnlyError, references, replaced
from study.networks.brought.layers import TAKEN, activation_of, affine, translated, without_effect
from study.networks.brought.opening import Original
from study.networks.brought.scan import OPERATORS

KERAS_3_OPERATORS = {"Add": "add", "Subtract": "subtract", "Multiply": "multiply", "TrueDivide": "divide"}
KERAS_3_OPERATORS |= {"Divide": "divide"}
MODELS = ("Functional", "Model", "Sequential")
DROPPED = ("training", "mask", "name")
"""Arguments of calls that decide nothing at inference."""
CONSTANT = "_CONSTANT_VALUE"


@dataclass
class _Found:
    generation: int
    nodes: list[Node] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def add(self, name: str, kind: str, *args: Any, config: Mapping[str, Any] | None = None, **rest: Any) -> Ref:
        """Add a call under a name of its own."""
        stem = re.sub(r"[^A-Za-z0-9_.\-]", "_", name).lstrip("_.-") or "layer"
        own, number = stem, 1
        while own in self.names:
            own, number = f"{stem}_{number}", number + 1
        self.names.add(own)
        self.nodes.append(Node(own, kind, args, config or {}, **rest))
        return Ref(own)


def taken_apart(original: Original) -> Graph:
    """Return the calls of `original`.

    Raises:
        WholeOnlyError: a layer or operator is not rebuilt here, is used twice, or has several inputs or outputs of its
            own; the message names it.
    """
    found = _Found(original.generation)
    output = _model(original.model, INPUT, found)
    wanted, nodes = {output}, []
    for node in reversed(found.nodes):  # branches that lead nowhere are left out
        if Ref(node.name) in wanted:
            nodes.append(node)
            wanted |= set(node.inputs)
    return Graph(tuple(reversed(nodes)), output)


def _model(model: Any, given: Ref, found: _Found) -> Ref:
    if type(model).__name__ == "Sequential":
        for layer in model.layers:
            if type(layer).__name__ != "InputLayer":
                given = _layer(layer, (given,), {}, found)
        return given
    config = model.get_config()
    if "layers" not in config or "output_layers" not in config:
        raise WholeOnlyError(f"{model.name} is a model of its own code")
    (entry,), (exit_,) = _ends(config["input_layers"], model.name), _ends(config["output_layers"], model.name)
    results: dict[Ref, Ref] = {Ref(entry): given}
    layers = {layer.name: layer for layer in (*model.layers, *getattr(model, "operations", ()))}
    waiting = [one for one in config["layers"] if one["class_name"] != "InputLayer"]
    while waiting:
        left = []
        for one in waiting:
            name = one.get("name") or one["config"]["name"]
            if len(one["inbound_nodes"]) != 1:
                raise WholeOnlyError(f"layer {name} is used {len(one['inbound_nodes'])} times")
            args, kwargs = _call(one["inbound_nodes"][0], {each.get("name") for each in config["layers"]})
            if all(ref in results for ref in references([args, kwargs])):
                results[Ref(name)] = _layer(layers[name], replaced(args, results), replaced(kwargs, results), found)
            else:
                left.append(one)
        if len(left) == len(waiting):
            raise WholeOnlyError(f"the calls of {model.name} cannot be followed")
        waiting = left
    return results[Ref(exit_)]


def _ends(ends: Any, where: str) -> list[str]:
    """Names of input or output layers: [name, 0, 0], or a list of such."""
    names = [ends[0]] if ends and isinstance(ends[0], str) else [one[0] for one in ends]
    if len(names) != 1:
        raise WholeOnlyError(f"{where} has {len(names)} inputs or outputs")
    return names


def _call(node: Any, names: set[str | None]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments of a call, with references where tensors go."""
    if isinstance(node, Mapping):
        args, kwargs = _keras_3(node["args"]), _keras_3(node["kwargs"])
    elif node and isinstance(node[0], str):
        args, kwargs = [_keras_2(node[:3], names)], {key: _keras_2(one, names) for key, one in node[3].items()}
    else:
        refs = [_keras_2(one[:3], names) for one in node]
        args, kwargs = [refs[0] if len(refs) == 1 else refs], dict(node[0][3]) if len(node[0]) > 3 else {}
        kwargs = {key: _keras_2(one, names) for key, one in kwargs.items()}
    return tuple(args), {key: value for key, value in kwargs.items() if key not in DROPPED and value is not None}


def _keras_3(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            return Ref(value["config"]["keras_history"][0])
        return {key: _keras_3(one) for key, one in value.items()}
    return [_keras_3(one) for one in value] if isinstance(value, list | tuple) else value


def _keras_2(value: Any, names: set[str | None]) -> Any:
    if isinstance(value, list | tuple):
        if len(value) == 3 and value[0] == CONSTANT:
            return value[2]
        if len(value) == 3 and isinstance(value[0], str) and value[0] in names:
            return Ref(value[0])
        return [_keras_2(one, names) for one in value]
    return value


def _layer(layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any], found: _Found) -> Ref:
    kind, name = type(layer).__name__, str(layer.name)
    if type(layer).__module__.startswith("keras.src.ops") or kind == "TFOpLambda":
        return _operator(layer, kind, [*args, *kwargs.values()], found)
    if without_effect(kind) and isinstance(args[0], Ref):
        return args[0]
    if kind in MODELS:
        if len(args) != 1 or not isinstance(args[0], Ref):
            raise WholeOnlyError(f"{name} takes several inputs")
        return _model(layer, args[0], found)
    given = dict(layer.get_config())
    weights = [_plain(one) for one in layer.get_weights()]
    if kind == "Normalization":
        if given.get("invert"):
            raise WholeOnlyError(f"{name}: invert is not rebuilt here")
        scale, offset = affine(given, weights)
        return found.add(name, "Rescaling", *args, config={"scale": scale, "offset": offset})
    config = translated(kind, given, name)
    if "activation" not in config:
        return found.add(name, kind, *args, config=config, kwargs=kwargs, weights=weights)
    activation = activation_of(config["activation"], name)
    if activation in TAKEN or (activation == "hard_sigmoid" and found.generation == 2):
        config["activation"] = activation
        return found.add(name, kind, *args, config=config, kwargs=kwargs, weights=weights)
    if activation not in ("hard_sigmoid", "hard_silu"):
        raise WholeOnlyError(f"{name}: activation {activation} is not rebuilt here")
    config["activation"] = "linear"
    before = args[0] if kind == "Activation" else found.add(name, kind, *args, config=config, weights=weights)
    return _hard(before, name, activation == "hard_silu", found)


def _hard(given: Ref, name: str, times_itself: bool, found: _Found) -> Ref:
    """Keras 3's hard_sigmoid, relu6(x + 3) / 6, as MobileNetV3 is written, so that the converter finds it."""
    shifted = found.add(f"{name}_add", "add", given, 3.0)
    clipped = found.add(f"{name}_relu6", "ReLU", shifted, config={"max_value": 6.0})
    gate = found.add(f"{name}_scale", "multiply", clipped, 1.0 / 6.0)
    return found.add(f"{name}_multiply", "Multiply", [given, gate]) if times_itself else gate


def _operator(layer: Any, kind: str, args: list[Any], found: _Found) -> Ref:
    name = str(layer.name)
    own = OPERATORS.get(layer.get_config()["function"]) if kind == "TFOpLambda" else KERAS_3_OPERATORS.get(kind)
    if own is None and kind.lower() in TAKEN and len(args) == 1:
        return found.add(name, "Activation", *args, config={"activation": kind.lower()})
    plain = len(args) == 2 and all(isinstance(one, Ref | int | float) for one in args)
    if own is None or not plain:
        raise WholeOnlyError(f"operator {name} ({kind}) is not rebuilt here")
    if own in ("add", "multiply", "subtract") and all(isinstance(one, Ref) for one in args):
        return found.add(name, own.capitalize(), args)
    return found.add(name, own, *args)


def _plain(array: Any) -> Any:
    return array.astype("float32") if array.dtype.kind == "f" else array
