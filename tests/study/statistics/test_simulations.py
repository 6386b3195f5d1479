"""Statistics held to what they promise, on made-up studies whose truth is known.

Rates come with a bound of three standard errors of the simulation, so a seed is no luck. Counts of paired answers are
drawn at once, and each distinct pair is tested once.
"""

from collections.abc import Callable

import numpy as np
import pytest

from study.statistics import class_contrast
from study.statistics.class_contrast import contrasts
from study.statistics.corrections import benjamini_hochberg, holm
from study.statistics.interaction import interaction
from study.statistics.paired import mcnemar_exact, newcombe_paired
from study.statistics.power import power

CLASSES, IMAGES = 10, 1000
LEVEL = 0.05
DISCORDANCE = np.array([0.02, 0.03, 0.10, 0.15, 0.06, 0.10, 0.04, 0.04, 0.03, 0.03])  # cats flip more often than ships


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_contrast, "RESOLUTION", 4000)


def above(rate: float, repetitions: int) -> float:
    """The rate and three standard errors of its simulation."""
    return rate + 3 * (rate * (1 - rate) / repetitions) ** 0.5


def draws(seed: int, repetitions: int, losses: np.ndarray, gains: np.ndarray, images: int = IMAGES) -> np.ndarray:
    """Losses and gains [repetitions, classes, 2] of classes with these rates."""
    random = np.random.default_rng(seed)
    return np.stack(
        [random.multinomial(images, [b, c, 1 - b - c], repetitions)[:, :2] for b, c in zip(losses, gains, strict=True)],
        axis=1,
    )


def mcnemar(counts: np.ndarray) -> np.ndarray:
    """Exact p-values of losses and gains [..., 2], each distinct pair computed once."""
    pairs, places = np.unique(counts.reshape(-1, 2), axis=0, return_inverse=True)
    values = np.array([mcnemar_exact(int(b), int(c)) for b, c in pairs])
    return values[places].reshape(counts.shape[:-1])


def adjusted(p_values: np.ndarray, method: Callable[[list[float]], list[float]]) -> np.ndarray:
    return np.array([method(row) for row in p_values.tolist()])


@pytest.mark.parametrize("variants", [1, 15])
def test_holm_claims_keep_the_family_wise_error_where_nothing_is_lost(variants: int) -> None:
    repetitions = 2000 // variants**0.5
    rates = np.tile(DISCORDANCE / 2, variants)
    p_values = mcnemar(draws(1, int(repetitions), rates, rates))
    wrong = (adjusted(p_values, holm) <= LEVEL).any(axis=1).mean()
    assert wrong <= above(LEVEL, int(repetitions))


def test_holm_claims_keep_the_family_wise_error_beside_true_losses() -> None:
    lost = np.array([0, 0, 0.04, 0.08, 0, 0, 0, 0, 0, 0])
    p_values = mcnemar(draws(2, 2000, (DISCORDANCE + lost) / 2, (DISCORDANCE - lost) / 2))
    claims = adjusted(p_values, holm) <= LEVEL
    assert claims[:, lost == 0].any(axis=1).mean() <= above(LEVEL, 2000)
    assert claims[:, 3].mean() > 0.99  # and what is lost is found


def test_the_false_discovery_rate_is_kept() -> None:
    lost = np.array([0, 0, 0.04, 0.05, 0.02, 0, 0, 0, 0, 0])
    p_values = mcnemar(draws(3, 2000, (DISCORDANCE + lost) / 2, (DISCORDANCE - lost) / 2))
    found = adjusted(p_values, benjamini_hochberg) <= LEVEL
    false = found[:, lost == 0].sum(axis=1) / np.maximum(found.sum(axis=1), 1)
    assert 0 < false.mean() <= LEVEL + 3 * false.std() / 2000**0.5
    assert (found >= (adjusted(p_values, holm) <= LEVEL)).all()  # exploring finds no less than claiming


@pytest.mark.parametrize("images", [100, 200, 500, 1000])
@pytest.mark.parametrize("rates", [(0.04, 0.02), (0.08, 0.08), (0.15, 0.05)])
def test_paired_intervals_cover_the_truth(images: int, rates: tuple[float, float]) -> None:
    """With fewer than ten images on which the models differ they are too wide, never too short."""
    right = (1 - sum(rates)) * 0.9
    cells = np.random.default_rng(images).multinomial(images, [right, rates[1], rates[0], 1 - right - sum(rates)], 4000)
    kinds, times = np.unique(cells, axis=0, return_counts=True)
    bounds = np.array([newcombe_paired(*map(int, kind)) for kind in kinds])
    truth = rates[1] - rates[0]
    covered = times[(bounds[:, 0] <= truth) & (truth <= bounds[:, 1])].sum() / 4000
    assert 0.93 <= covered <= (0.97 if images * sum(rates) >= 10 else 1.0)


@pytest.mark.parametrize(
    ("images", "drop", "discordance", "tests"),
    [
        (1000, 0.0225, 0.05, 1),
        (1000, 0.0275, 0.05, 10),
        (300, 0.05, 0.1, 1),
        (1000, 0.03, 0.15, 10),
    ],
)
def test_a_planted_drop_is_found_as_often_as_power_says(
    images: int, drop: float, discordance: float, tests: int
) -> None:
    losses, gains = np.array([(discordance + drop) / 2]), np.array([(discordance - drop) / 2])
    found = (mcnemar(draws(4, 8000, losses, gains, images)) <= LEVEL / tests).mean()
    expected = power(images, drop, discordance, LEVEL / tests)
    assert found == pytest.approx(expected, abs=3 * (expected * (1 - expected) / 8000) ** 0.5)


@pytest.mark.parametrize(
    ("drop", "discordance", "images"),
    [
        (0.02, np.full(CLASSES, 0.05), IMAGES),  # all images alike: the test is exact
        (0.015, DISCORDANCE, IMAGES),  # equal means, unequal variances
        (0.01, np.array([0.2, 0.05, 0.05, 0.05]), 250),
    ],
)
def test_no_class_is_harder_hit_where_all_lose_alike(drop: float, discordance: np.ndarray, images: int) -> None:
    repetitions, sizes = 600, np.full(len(discordance), images)
    counts = draws(5, repetitions, (discordance + drop) / 2, (discordance - drop) / 2, images)
    found = [contrasts(sizes, one[:, 0], one[:, 1]) for one in counts]
    p_values = np.array([[one.p_value for one in row] for row in found])
    covered = np.array([[one.low_pp <= 0 <= one.high_pp for one in row] for row in found])
    assert (p_values <= LEVEL).mean() <= above(LEVEL, repetitions)
    assert (adjusted(p_values, holm) <= LEVEL).any(axis=1).mean() <= above(LEVEL, repetitions)
    assert 0.93 <= covered.mean() <= 0.97


def test_a_class_that_is_harder_hit_is_found_and_it_alone() -> None:
    lost = np.where(np.arange(CLASSES) == 3, 0.07, 0.01)
    counts = draws(6, 300, (DISCORDANCE + lost) / 2, (DISCORDANCE - lost) / 2)
    sizes = np.full(CLASSES, IMAGES)
    found = [contrasts(sizes, one[:, 0], one[:, 1]) for one in counts]
    claims = adjusted(np.array([[one.p_value for one in row] for row in found]), holm) <= LEVEL
    harder = claims & np.array([[one.excess_pp < 0 for one in row] for row in found])
    assert harder[:, 3].mean() > 0.9
    assert harder[:, np.arange(CLASSES) != 3].mean() < 0.001  # the others lose less than the average, which it lowers


@pytest.mark.parametrize("images", [200, 1000])
@pytest.mark.parametrize("extra", [0.0, 0.03])
def test_interaction_intervals_cover_the_truth(images: int, extra: float) -> None:
    """Pruning loses 5 % of right answers, quantizing 3 %, together the sum and `extra`; 2 % are gained together.

    With few images out of line, four here, intervals are too wide, never too short.
    """
    random, repetitions = np.random.default_rng(images), 1500
    cells = random.multinomial(images, [0.05, 0.03, extra, 0.02, 0.9 - extra], repetitions)
    inside = found = 0
    for of_pruned, of_quantized, of_both, gained, _ in cells:
        base = np.arange(images) >= gained
        place = np.cumsum([gained, of_pruned, of_quantized, of_both])
        index = np.arange(images)
        pruned = base & ~((index >= place[0]) & (index < place[1]))
        quantized = base & ~((index >= place[1]) & (index < place[2]))
        both = (base & ~((index >= place[0]) & (index < place[3]))) | (index < gained)
        one = interaction(base, pruned, quantized, both)
        truth = 100 * (0.02 - extra)  # gains stand for joint right answers that neither part gives
        inside += one.low_pp <= truth <= one.high_pp
        found += one.p_value <= LEVEL
    assert 0.93 <= inside / repetitions <= (0.97 if images * (0.02 + extra) >= 20 else 1.0)
    assert found / repetitions > (0.9 if images == 1000 and not extra else 0.02)


def test_without_an_interaction_it_is_claimed_at_its_level() -> None:
    repetitions = 3000
    values = np.random.default_rng(8).choice([-1, 0, 1], p=[0.02, 0.96, 0.02], size=(repetitions, 500))
    yes, wrong = np.ones(500, bool), 0
    for row in values:
        wrong += interaction(yes, yes, row < 1, row >= 0).p_value <= LEVEL
    assert wrong / repetitions <= above(LEVEL, repetitions)
