"""Turn a section of params.yaml into its dataclass, or into one line that names the key."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError

from study.errors import StudyError, nearest

Spec = TypeVar("Spec")

# No unknown keys, no silent conversion of "3" or true into 3, no .inf and .nan.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
UNKNOWN = "unexpected_keyword_argument"


def parse(cls: type[Spec], values: Mapping[str, Any], section: str) -> Spec:
    """Return `cls(**values)`.

    Raises:
        StudyError: a key is unknown, missing or out of range; the message names `section.key`, and what is nearest.
    """
    if not isinstance(values, Mapping):
        raise StudyError(f"params.yaml, {section}: must be a mapping of keys to values (got {values!r:.80})")
    try:
        return cls(**{str(key): value for key, value in values.items()})
    except ValidationError as error:
        problems = error.errors()
        # A mistyped key is missing under its right name too.
        first = next((one for one in problems if one["type"] == UNKNOWN), problems[0])
        key = ".".join(str(part)[:80] for part in (section, *first["loc"]))
        raise StudyError(f"params.yaml, {' '.join(key.split())}: {_said(first, cls)}") from error


def _said(problem: Mapping[str, Any], cls: type[Any]) -> str:
    given = problem["input"]
    if problem["type"] == UNKNOWN:
        known = list(cls.__dataclass_fields__)
        return f"unknown key{nearest(problem['loc'][-1], known)}: choose from {', '.join(known)}"
    if problem["type"] == "missing":
        return "missing: add it, as in pipelines/presets/quick.yaml"
    hint = ""
    if problem["type"] == "literal_error":
        hint = nearest(given, problem["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", "))
    elif problem["type"] in ("float_type", "int_type") and isinstance(given, str) and _is_number(given):
        hint = "; YAML reads this as text: write it without quotes, and 1e-3 as 0.001"
    return f"{problem['msg']} (got {given!r:.80}){hint}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
