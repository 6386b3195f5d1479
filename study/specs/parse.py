"""Turn a section of params.yaml into its dataclass, or into one line that names the key."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError

from study.errors import StudyError

Spec = TypeVar("Spec")

# No unknown keys, and no silent conversion of "3" or true into 3.
STRICT = ConfigDict(extra="forbid", strict=True)


def parse(cls: type[Spec], values: Mapping[str, Any], section: str) -> Spec:
    """Return `cls(**values)`.

    Raises:
        StudyError: a key is unknown, missing or out of range; the message names `section.key`.
    """
    if not isinstance(values, Mapping):
        raise StudyError(f"params.yaml, {section}: must be a mapping of keys to values (got {values!r:.80})")
    try:
        return cls(**{str(key): value for key, value in values.items()})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in (section, *first["loc"]))
        raise StudyError(f"params.yaml, {key}: {first['msg']} (got {first['input']!r:.80})") from error
