"""What a model file would make Keras do, looked at before Keras reads it: nothing in it may be run as code."""

from collections.abc import Iterator, Mapping
from typing import Any

from study.errors import StudyError

OPERATORS = {
    "__operators__.add": "add",
    "math.add": "add",
    "math.subtract": "subtract",
    "math.multiply": "multiply",
    "math.truediv": "divide",
    "math.divide": "divide",
}
"""Function that a TFOpLambda of Keras 2 names -> the operator that it is; any other might do anything."""
KERAS = ("keras", "tf_keras", "builtins")


class OwnCodeError(StudyError):
    """A layer is of code that is not Keras' own, so that reading the file would take running that code."""


def check_config(config: Any, name: str) -> None:
    """Look through a model's configuration, of Keras 2 or 3.

    Raises:
        StudyError: it holds code (a Lambda layer), names a function that is none of OPERATORS, or, as an OwnCodeError,
            a class that is not Keras' own.
    """
    for entry in _entries(config):
        kind, inner = str(entry["class_name"]), entry.get("config")
        module, registered = entry.get("module"), entry.get("registered_name")
        if kind == "Lambda":
            raise StudyError(
                f"{name} has a Lambda layer, which holds program code: that is not run here; write it as layers, or "
                "save the model with model.export('FOLDER') and bring the folder"
            )
        function = str((inner or {}).get("function")) if isinstance(inner, Mapping) else ""
        if kind in ("TFOpLambda", "SlicingOpLambda") and function not in OPERATORS:
            raise OwnCodeError(_own(name, f"tf.{function or kind}", "an operator that is not rebuilt here"))
        foreign = isinstance(module, str) and module.split(".")[0] not in KERAS
        if foreign or (isinstance(registered, str) and ">" in registered):
            raise OwnCodeError(_own(name, kind, "of code that is not Keras' own"))


def _own(name: str, what: str, why: str) -> str:
    return f"{name}: {what!r:.60} is {why}: save the model with model.export('FOLDER') and bring the folder"


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    """Everything that Keras would make an object of; tensors, which are none, are passed over."""
    if isinstance(value, Mapping):
        if isinstance(value.get("class_name"), str) and value["class_name"] != "__keras_tensor__":
            yield value
        for key, one in value.items():
            if key != "compile_config":  # models are read without it
                yield from _entries(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _entries(one)
