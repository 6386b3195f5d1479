"""Names of levels, and the widths that they stand for."""

import pytest

from study.tflite.signature import of_width, width_of, widths


@pytest.mark.parametrize("narrowest, every", [(25, (100, 75, 50, 25)), (60, (100, 87, 73, 60)), (1, (100, 67, 34, 1))])
def test_widths_are_evenly_spaced_and_come_back_from_their_names(narrowest: int, every: tuple[int, ...]) -> None:
    assert widths(narrowest, 4) == every
    assert tuple(width_of(of_width(width)) for width in every) == every
