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
    try:
        return cls(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in (section, *first["loc"]))
        raise StudyError(f"params.yaml, {key}: {first['msg']} (got {first['input']!r:.80})") from error
