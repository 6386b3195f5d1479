import pytest

from study.comparing.matching import Pair, match
from study.errors import StudyError


def test_by_name_in_the_order_of_a_with_what_stands_alone() -> None:
    found = match(
        ["m_dense_s0_int8", "m_dense_s0_float32", "m_dense_s1_int8"],
        ["m_dense_s0_float32", "m_dense_s0_int8", "n_dense_s0_int8"],
    )
    assert (
        [pair.a for pair in found.pairs]
        == [pair.b for pair in found.pairs]
        == ["m_dense_s0_int8", "m_dense_s0_float32"]
    )
    assert (found.only_a, found.only_b, found.seeds) == (("m_dense_s1_int8",), ("n_dense_s0_int8",), ())


def test_other_seeds_are_matched_in_rising_order() -> None:
    a = [f"mobilenet_v2_magnitude60_s{seed}_int8_cal100" for seed in (2, 0)]
    b = [f"mobilenet_v2_magnitude60_s{seed}_int8_cal100" for seed in (10, 5)]
    found = match(a, b)
    assert found.seeds == ((0, 5), (2, 10))
    assert found.pairs == (
        Pair(a[0], b[0], "mobilenet_v2_magnitude60_s2\u219210_int8_cal100"),
        Pair(a[1], b[1], "mobilenet_v2_magnitude60_s0\u21925_int8_cal100"),
    )


def test_a_shared_seed_is_never_renamed() -> None:
    found = match(["m_dense_s0_int8", "m_dense_s1_int8"], ["m_dense_s1_int8", "m_dense_s2_int8"])
    assert [pair.shown for pair in found.pairs] == ["m_dense_s1_int8"]
    assert (found.only_a, found.only_b) == (("m_dense_s0_int8",), ("m_dense_s2_int8",))


def test_seeds_that_cannot_be_matched_are_refused() -> None:
    with pytest.raises(StudyError, match="the seeds 0, 1 and B 2: none is shared"):
        match(["m_dense_s0_int8", "m_dense_s1_int8"], ["m_dense_s2_int8"])


@pytest.mark.parametrize("other", ["n_dense_s0_int8", "m_dense_s0_float32", "n_dense_s1_int8", "model"])
def test_nothing_shared_is_refused(other: str) -> None:
    with pytest.raises(StudyError, match=f"share no variant: A has m_dense_s0_int8, B has {other}"):
        match(["m_dense_s0_int8"], [other])


def test_names_without_a_seed_are_matched_as_they_are() -> None:
    assert match(["model"], ["model", "other"]).pairs == (Pair("model", "model", "model"),)
