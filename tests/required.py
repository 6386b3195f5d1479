"""Programs of the system that some tests need: their absence is a failure where a REQUIRE_* variable is 1, as in CI."""

import os
from typing import NoReturn

import pytest


def absent(what: str, variable: str) -> NoReturn:
    """Leave the test out, or fail where the variable says so; `what` names what is missing and how to get it."""
    if os.environ.get(variable) == "1":
        pytest.fail(what)
    pytest.skip(f"{what} ({variable}=1 makes this a failure)")
