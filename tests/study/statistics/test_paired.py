"""Statistics against their definition, published examples and simulation."""

from collections.abc import Callable
from math import comb

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from study.errors import StudyError
from study.statistics.corrections import benjamini_hochberg, holm
from study.statistics.paired import compare, mcnemar_exact, newcombe_paired, wilson
from study.statistics.power import detectable_drop, power


def test_a_loss_is_negative() -> None:
    base = np.array([True] * 8 + [False] * 2)
    variant = np.array([True] * 5 + [False] * 4 + [True])
    found = compare(base, variant)
    assert (found.n, found.base_only, found.variant_only) == (10, 3, 1)
    assert found.delta_pp == pytest.approx(100 * (variant.mean() - base.mean())) == -20.0
    assert found.ci_low_pp < -20.0 < found.ci_high_pp
    assert found.p_value == pytest.approx(2 * (1 + 4) / 16)


def test_the_interval_is_that_of_the_four_counts() -> None:
    base = np.repeat([True, True, False, False], [50, 8, 3, 20])
    variant = np.repeat([True, False, True, False], [50, 8, 3, 20])
    low, high = newcombe_paired(50, 3, 8, 20)
    found = compare(base, variant)
    assert (found.ci_low_pp, found.ci_high_pp) == (pytest.approx(100 * low), pytest.approx(100 * high))
    assert compare(base[:1], variant[:1]).n == 1


def test_equal_models_do_not_differ() -> None:
    same = np.array([True, False, True])
    found = compare(same, same)
    assert (found.delta_pp, found.p_value) == (0.0, 1.0)
    assert found.ci_low_pp < 0 < found.ci_high_pp


@pytest.mark.parametrize("pair", [(0, 0), (5, 0), (0, 5), (12, 3), (7, 7), (40, 20)])
def test_mcnemar_is_that_of_statsmodels(pair: tuple[int, int]) -> None:
    expected = mcnemar([[50, pair[0]], [pair[1], 20]], exact=True).pvalue if any(pair) else 1.0
    assert mcnemar_exact(*pair) == pytest.approx(expected)


def test_published_exact_tests() -> None:
    # Fagerland, Lydersen and Laake (2013), "The McNemar test for binary matched-pairs data", BMC Medical Research
    # Methodology 13, 91, exact conditional test: airways before and after a transplantation (Bentur et al., 2009).
    assert mcnemar_exact(1, 7) == pytest.approx(0.070, abs=5e-4)


@pytest.mark.parametrize(
    ("successes", "n", "interval"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_published_intervals_of_one_proportion(successes: int, n: int, interval: tuple[float, float]) -> None:
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion: comparison of seven methods",
    # Statistics in Medicine 17, 857-872, table I, method 3.
    assert wilson(successes, n) == pytest.approx(interval, abs=5e-5)
    assert wilson(n - successes, n) == pytest.approx((1 - interval[1], 1 - interval[0]), abs=5e-5)


def test_published_intervals() -> None:
    # Fagerland, Lydersen and Laake (2017), "Statistical Analysis of Contingency Tables", chapter 8, and the
    # tests of its R package contingencytables: response of Cavo et al. (2012), -0.0621 (-0.1186, -0.0046).
    assert newcombe_paired(59, 6, 16, 80) == pytest.approx((-0.1186, -0.0046), abs=5e-5)


@pytest.mark.parametrize("confidence", [0.9, 0.99])
def test_wilsons_intervals_are_joined_by_squaring_and_adding(confidence: float) -> None:
    counts = 3, 1, 3, 4  # both right x both wrong - the others: 9, of which the correction takes n / 2 = 5.5
    (low1, high1), (low2, high2) = wilson(4, 11, confidence), wilson(6, 11, confidence)
    phi = (9 - 5.5) / (4 * 7 * 6 * 5) ** 0.5
    below, above = (4 / 11 - low1, high2 - 6 / 11), (high1 - 4 / 11, 6 / 11 - low2)
    expected = [(one**2 + other**2 - 2 * phi * one * other) ** 0.5 for one, other in (below, above)]
    assert newcombe_paired(*counts, confidence) == pytest.approx((-2 / 11 - expected[0], -2 / 11 + expected[1]))
    low, high = wilson(4, 6, confidence)
    half = ((4 / 6 - low) ** 2 + (high - 4 / 6) ** 2) ** 0.5
    assert newcombe_paired(3, 1, 1, 1, confidence) == pytest.approx((-half, half))  # 2 is below n / 2: none is left


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (-1, 5, 5, 5), (5, -1, 5, 5), (5, 5, -1, 5), (5, 5, 5, -1)])
def test_counts_that_cannot_be_have_no_interval(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(StudyError, match="at least one pair"):
        newcombe_paired(*counts)


@pytest.mark.parametrize("counts", [(10, 0, 0, 0), (0, 0, 0, 10), (0, 10, 0, 0), (0, 0, 10, 0), (5, 0, 0, 5)])
def test_intervals_at_the_bounds_stay_within_them(counts: tuple[int, int, int, int]) -> None:
    low, high = newcombe_paired(*counts)
    delta = (counts[1] - counts[2]) / 10
    assert -1 <= low <= delta <= high <= 1
    assert low < high


@pytest.mark.parametrize("probabilities", [(0.88, 0.02, 0.04, 0.06), (0.6, 0.1, 0.15, 0.15), (0.9, 0.02, 0.02, 0.06)])
def test_intervals_cover_the_truth(probabilities: tuple[float, ...]) -> None:
    draws = np.random.default_rng(7).multinomial(500, probabilities, 2000)
    truth = probabilities[1] - probabilities[2]
    bounds = [newcombe_paired(*map(int, counts)) for counts in draws]
    assert 0.93 <= np.mean([low <= truth <= high for low, high in bounds]) <= 0.97


def test_exact_tests_keep_their_level() -> None:
    draws = np.random.default_rng(3).multinomial(1000, [0.9, 0.03, 0.03, 0.04], 2000)
    rejected = np.mean([mcnemar_exact(int(b), int(c)) <= 0.05 for _, b, c, _ in draws])
    assert rejected <= 0.05


def test_holm_by_hand_and_in_the_order_given() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []
    # Wikipedia, "Holm-Bonferroni method", example: the first and the last of these are rejected at 5 %.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


def test_benjamini_hochberg_by_hand_and_in_the_order_given() -> None:
    # Benjamini and Hochberg (1995), section 3.1: four of fifteen at a rate of 5 %, three with Bonferroni's.
    published = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert sum(q <= 0.05 for q in benjamini_hochberg(published)) == 4
    assert sum(15 * p <= 0.05 for p in published) == 3
    assert benjamini_hochberg([0.04, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])
    assert benjamini_hochberg([]) == []


@pytest.mark.parametrize(("method", "name"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_corrections_are_those_of_statsmodels(method: Callable[[list[float]], list[float]], name: str) -> None:
    random = np.random.default_rng(0)
    for size in (1, 2, 3, 10, 200):
        for values in (random.random(size), random.random(size) ** 4, random.integers(0, 4, size) / 3):  # ties, 0 and 1
            assert method(values.tolist()) == multipletests(values, method=name)[1].tolist()


@pytest.mark.parametrize("bad", [[-0.1], [1.1], [float("nan")]])
@pytest.mark.parametrize("method", [holm, benjamini_hochberg])
def test_corrections_refuse_what_is_no_p_value(bad: list[float], method: Callable[[list[float]], list[float]]) -> None:
    with pytest.raises(StudyError, match="p-values"):
        method(bad)


def test_detectable_drops_of_the_measuring_document() -> None:
    assert detectable_drop(1000) == 2.25
    assert detectable_drop(1000, comparisons=10) == 2.75


def test_more_images_show_smaller_drops() -> None:
    found = [detectable_drop(n, discordance=0.1) for n in (200, 1000, 5000)]
    assert found == sorted(found, key=lambda drop: -(drop or 0))
    assert found[0] != found[-1]


def test_many_comparisons_share_the_level_and_steps_run_to_the_whole_discordance() -> None:
    assert detectable_drop(1000, 0.1, comparisons=10) == detectable_drop(1000, 0.1, alpha=0.005)
    assert (detectable_drop(1_000_000), detectable_drop(800, 0.01), detectable_drop(700, 0.01)) == (0.25, 1.0, None)


def test_too_few_images_show_nothing() -> None:
    assert detectable_drop(36) is None


@pytest.mark.parametrize(("drop", "discordance", "alpha"), [(0.2, 0.4, 0.05), (0.3, 0.3, 0.05), (0.1, 0.6, 0.2)])
def test_power_is_the_sum_of_what_the_exact_test_rejects(drop: float, discordance: float, alpha: float) -> None:
    loss, gain, n = (discordance + drop) / 2, (discordance - drop) / 2, 25
    expected = sum(
        comb(n, b) * comb(n - b, c) * loss**b * gain**c * (1 - discordance) ** (n - b - c)
        for b in range(n + 1)
        for c in range(n + 1 - b)
        if mcnemar_exact(b, c) <= alpha
    )
    assert power(n, drop, discordance, alpha) == pytest.approx(expected, rel=1e-9)


def test_power_is_that_of_simulation() -> None:
    random = np.random.default_rng(11)
    losses, gains = 0.05 * 0.75, 0.05 * 0.25  # a drop of 2.5 points at 5 % discordance
    draws = random.multinomial(1000, [1 - losses - gains, losses, gains], 3000)
    rejected = np.mean([mcnemar_exact(int(b), int(c)) <= 0.05 for _, b, c in draws])
    assert power(1000, 0.025, 0.05, 0.05) == pytest.approx(rejected, abs=0.025)


@pytest.mark.parametrize(
    ("base", "variant", "said"),
    [
        (np.array([True]), np.array([True, False]), "same images"),
        (np.zeros((2, 2), bool), np.zeros((2, 2), bool), "same images"),
        (np.array([1, 0]), np.array([1, 0]), "right/wrong"),
        (np.array([True, False]), np.array([1, 0]), "right/wrong"),
        (np.zeros(0, bool), np.zeros(0, bool), "at least one"),
    ],
)
def test_bad_input_is_named(base: object, variant: object, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        compare(base, variant)  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [(0, 0.05, 1), (100, 0.0, 1), (100, 1.5, 1), (100, 0.05, 0)])
def test_impossible_designs_are_refused(arguments: tuple[int, float, int]) -> None:
    with pytest.raises(StudyError, match="detectable"):
        detectable_drop(*arguments)
