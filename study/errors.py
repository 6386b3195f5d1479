"""The one exception a person meets: one line that says what is wrong, where, and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class StudyError(Exception):
    """A mistake in the input or the surroundings, not in the code. Its message is shown without a stack trace."""


def printable(text: str) -> str:
    """A stranger's text as a name fit for one line: at most 200 characters, what cannot be printed as `?`."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:200])


def nearest(name: object, known: Iterable[object]) -> str:
    """` (did you mean 'x'?)` where something known is much like a mistyped name, else nothing."""
    by_lower = {str(one).casefold(): str(one) for one in known}
    found = get_close_matches(str(name)[:80].casefold(), by_lower, 1)
    return f" (did you mean '{by_lower[found[0]]}'?)" if found else ""
