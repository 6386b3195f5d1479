from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import StudyError
from study.tasks.bitmap import pack, unpack


@given(st.lists(st.booleans(), max_size=40))
def test_what_is_packed_comes_back(answers: list[bool]) -> None:
    found = unpack(pack(np.array(answers, np.bool_)), len(answers))
    assert (found.dtype, found.tolist()) == (np.bool_, answers)


def test_eight_answers_take_a_byte() -> None:
    assert len(pack(np.ones(2000, np.bool_))) == 4 * -(-250 // 3)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (pack(np.ones(9, np.bool_)), 17),
        (pack(np.ones(9, np.bool_)), 8),
        (pack(np.ones(9, np.bool_)), 7),
        ("a", 1),
        ("!!!!", 8),
        (None, 8),
        (3, 8),
        ("é", 8),
    ],
)
def test_what_is_not_that_many_answers_is_one_line(text: Any, count: int) -> None:
    with pytest.raises(StudyError, match="evaluate again") as error:
        unpack(text, count)
    assert "\n" not in str(error.value)
