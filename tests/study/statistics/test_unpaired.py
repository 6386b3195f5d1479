"""Two independent proportions against published examples, the definition and simulation."""

from math import comb

import numpy as np
import pytest

from study.errors import StudyError
from study.statistics.unpaired import detectable_drop_unpaired, fisher_two_sided, newcombe_unpaired

PUBLISHED = [  # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10: first minus second
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0000)),
    ((10, 10), (0, 10), (0.6075, 1.0000)),
]


@pytest.mark.parametrize(("one", "other", "interval"), PUBLISHED)
def test_published_intervals(one: tuple[int, int], other: tuple[int, int], interval: tuple[float, float]) -> None:
    assert newcombe_unpaired(*other, *one) == pytest.approx(interval, abs=5.1e-5)


def test_a_loss_of_the_second_is_negative_and_turning_the_sides_turns_the_interval() -> None:
    low, high = newcombe_unpaired(90, 100, 60, 100)
    assert low < -0.3 < high < 0
    assert newcombe_unpaired(60, 100, 90, 100) == pytest.approx((-high, -low))


@pytest.mark.parametrize("shares", [(0.6, 0.55), (0.95, 0.9), (0.1, 0.3)])
def test_intervals_cover_the_truth(shares: tuple[float, float]) -> None:
    random = np.random.default_rng(5)
    first, second = (random.binomial(300, share, 1500) for share in shares)
    bounds = [newcombe_unpaired(int(a), 300, int(b), 300) for a, b in zip(first, second, strict=True)]
    assert 0.93 <= np.mean([low <= shares[1] - shares[0] <= high for low, high in bounds]) <= 0.97


def test_the_lady_tasting_tea() -> None:
    # Fisher (1935): 3 of 4 and 1 of 4. By hand: (1 + 16 + 16 + 1) of 70 arrangements are as unlikely.
    assert fisher_two_sided(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert fisher_two_sided(4, 4, 0, 4) == pytest.approx(2 / 70)


def test_fisher_is_the_sum_of_what_is_no_more_likely() -> None:
    first, n_first, second, n_second = 17, 40, 30, 50
    ways = [comb(n_first, k) * comb(n_second, first + second - k) for k in range(n_first + 1)]
    expected = sum(way for way in ways if way <= ways[first]) / comb(n_first + n_second, first + second)
    assert fisher_two_sided(first, n_first, second, n_second) == pytest.approx(expected)
    assert fisher_two_sided(second, n_second, first, n_first) == pytest.approx(expected)


def test_equal_shares_do_not_differ() -> None:
    assert fisher_two_sided(654, 1000, 654, 1000) == 1.0
    assert fisher_two_sided(0, 10, 0, 20) == 1.0


def test_fisher_keeps_its_level() -> None:
    draws = np.random.default_rng(3).binomial(200, 0.7, (1500, 2))
    assert np.mean([fisher_two_sided(int(a), 200, int(b), 200) <= 0.05 for a, b in draws]) <= 0.05


@pytest.mark.parametrize(
    ("n", "share", "comparisons"),
    [
        (1000, 0.64, 1),
        (300, 0.9, 1),
        (60, 0.8, 1),
        (1000, 0.64, 200),
    ],
)
def test_the_detectable_drop_is_seen_with_that_power_in_simulation(n: int, share: float, comparisons: int) -> None:
    drop = detectable_drop_unpaired(n, n, share, comparisons)
    assert drop is not None
    random = np.random.default_rng(11)
    first, second = random.binomial(n, share, 1000), random.binomial(n, share - drop / 100, 1000)
    p = [fisher_two_sided(int(a), n, int(b), n) for a, b in zip(first, second, strict=True)]
    assert 0.77 <= np.mean(np.array(p) <= 0.05 / comparisons) <= 0.87  # 0.8, the step's excess, and 3 standard errors


def test_the_published_size_of_a_design_shows_its_drop() -> None:
    # Fleiss, Levin and Paik (2003), section 4.2: 827 in each group for 0.60 against 0.70 at 1 % with a power of 95 %.
    assert detectable_drop_unpaired(827, 827, 0.7, alpha=0.01, target=0.95) == 10.0
    assert detectable_drop_unpaired(826, 826, 0.7, alpha=0.01, target=0.95) == 10.25


def test_many_comparisons_share_the_level_and_steps_run_from_the_first_to_the_whole_share() -> None:
    assert detectable_drop_unpaired(500, 500, 0.7, comparisons=200) == detectable_drop_unpaired(
        500, 500, 0.7, alpha=0.05 / 200
    )
    assert detectable_drop_unpaired(1_000_000, 1_000_000, 0.5) == 0.25
    assert detectable_drop_unpaired(600, 600, 0.02) == 2.0 and detectable_drop_unpaired(300, 300, 0.02) is None
    assert detectable_drop_unpaired(100, 100, 1.0) is not None


def test_more_images_show_smaller_drops_and_too_few_none() -> None:
    found = [detectable_drop_unpaired(n, n, 0.7) for n in (100, 1000, 10_000)]
    assert None not in found
    assert found == sorted(found, reverse=True) and len(set(found)) == 3
    assert detectable_drop_unpaired(3, 3, 0.9) is None
    assert detectable_drop_unpaired(1000, 1000, 0.0) is None  # nothing to lose


@pytest.mark.parametrize("counts", [(1, 0, 1, 2), (3, 2, 1, 2), (1, 2, -1, 2), (1, 2, 1, 0)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    for function in (newcombe_unpaired, fisher_two_sided):
        with pytest.raises(StudyError, match="counts between 0 and n"):
            function(*counts)


@pytest.mark.parametrize("design", [(0, 10, 0.5, 1), (10, 0, 0.5, 1), (10, 10, 1.1, 1), (10, 10, 0.5, 0)])
def test_impossible_designs_are_refused(design: tuple[int, int, float, int]) -> None:
    with pytest.raises(StudyError, match="detectable"):
        detectable_drop_unpaired(*design)
