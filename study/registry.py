"""Look an entry of an axis up. An axis is a literal table: name -> module that implements it."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from study.errors import StudyError


def load(table: Mapping[str, str], name: str, function: str) -> Callable[..., Any]:
    """Return `function` of the module registered as `name`.

    Modules are imported on use, so listing an axis costs nothing and an entry's dependencies are its own.

    Raises:
        StudyError: the name is not registered; the message lists the names that are.
    """
    if name not in table:
        raise StudyError(f"unknown name '{name}': choose one of {', '.join(sorted(table))}")
    found: Callable[..., Any] = getattr(import_module(table[name]), function)
    return found
