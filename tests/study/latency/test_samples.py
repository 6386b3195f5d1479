import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import StudyError
from study.latency.samples import pack, unpack


@given(st.lists(st.integers(0, 2**62), max_size=50))
def test_every_sample_comes_back(samples: list[int]) -> None:
    text = json.loads(json.dumps(pack(samples)))
    assert unpack(text).tolist() == samples and unpack(samples).tolist() == samples
    assert unpack(text).dtype == np.int64


def test_samples_of_another_width_are_packed_alike_and_damage_is_seen() -> None:
    samples = [1, 70_000, 3]
    assert pack(np.array(samples, np.int32)) == pack(samples)
    text = pack(samples)
    with pytest.raises(StudyError, match="damaged"):
        unpack(text[:4] + "!!!!" + text[4:])  # which base64 would pass over


def test_a_long_run_stays_small() -> None:
    samples = np.random.default_rng(0).normal(200_000, 4_000, 50_000).astype(np.int64)
    assert len(pack(samples)) < 3 * len(samples)


@pytest.mark.parametrize("stored", [None, 3, "no base64!", "AAAA", [1.5], ["1"], [True], [2**70], {"a": 1}])
def test_anything_else_is_one_line(stored: object) -> None:
    with pytest.raises(StudyError, match="measure again"):
        unpack(stored)
