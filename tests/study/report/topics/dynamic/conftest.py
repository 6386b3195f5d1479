"""What the tests of dynamic networks share."""

from collections.abc import Iterator

import pytest

from study.statistics import class_contrast


@pytest.fixture(autouse=True, scope="module")
def _coarse() -> Iterator[None]:
    """The permutation tests of per_class.csv are no part of levels.csv: few permutations will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_contrast, "FINENESS", 1)
        yield
