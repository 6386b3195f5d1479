"""Which class is hit harder than the average class: its change minus the mean change of all classes, tested.

A drop of one class says little where all classes drop. So the change of class k is set against the mean over classes,
excess_k = delta_k - mean_j(delta_j), with delta_k the mean over the images of class k of (variant right) - (base
right). Everything that this needs of the paired answers are three counts a class: images, losses, gains.
"""

import math
from dataclasses import dataclass

import numpy as np

from study.arrays import Array, Floats
from study.errors import StudyError

RESOLUTION = 20_000
"""Values of the null distribution that a class is held against: p-values go down to 1 / 20,001."""
FINENESS = 60
"""As many of these values for each test of a family let the least p-value stay below 0.05 after its correction."""
MOST = 1_000_000
"""Values drawn for all classes of a variant together, at most: bounds time and memory (about a second, 50 MB)."""
ROUNDING = 1e-9  # relative: equal statistics that are summed in another order


@dataclass(frozen=True)
class Contrast:
    """A class against the mean of all classes, in percentage points; negative: hit harder. A 95 % interval."""

    excess_pp: float
    low_pp: float
    high_pp: float
    p_value: float


def contrasts(n: Array, losses: Array, gains: Array, family: int = 1, seed: int = 0) -> list[Contrast]:
    """Test every class against the mean of all classes; `n`, `losses`, `gains` [K] count the images of each.

    `family` is the number of tests that the p-values are corrected over: the more, the finer the null distribution.

    Null hypothesis of class k: the expected change of class k is the mean of the expected changes of all K classes.
    Two-sided permutation test of excess_k / se_k: images change places between classes at random, with the change
    that the models show on them. Dividing by the standard error, which lets every class have a variance of its own,
    makes the test right for large n under this null, though a class may flip more often than others; it is exact
    where all images change alike. The interval inverts the test. Classes of equal size share their null distribution;
    with a hundred classes of unequal sizes and many variants it cannot be fine enough for a claim after correction.

    Source: Janssen (1997), "Studentized permutation tests for non-i.i.d. hypotheses", Statistics and Probability
    Letters 36, 9-21; Chung and Romano (2013), "Exact and asymptotically robust permutation tests", Annals of
    Statistics 41, 484-507.

    Raises:
        StudyError: fewer than two classes, a class without images, or counts that cannot be.
    """
    sizes, lost, gained = (np.asarray(counts, dtype=np.int64) for counts in (n, losses, gains))
    if sizes.ndim != 1 or len(sizes) < 2 or not sizes.shape == lost.shape == gained.shape:
        raise StudyError("a class is compared with the average class: this needs counts of two classes or more")
    if (sizes < 1).any() or (lost < 0).any() or (gained < 0).any() or (lost + gained > sizes).any():
        raise StudyError("a class needs at least one image, and no more losses and gains than images")
    excess, error = _contrast(sizes, lost, gained)
    observed = _ratio(np.abs(excess), error)
    kinds, places, members = np.unique(sizes, return_inverse=True, return_counts=True)
    wanted = math.ceil(max(RESOLUTION, FINENESS * family) / members.min())
    draws = min(wanted, math.ceil(MOST / len(sizes)))
    null = _ratio(*_contrast(sizes, *_exchanged(sizes, lost, gained, draws, np.random.default_rng(seed))))
    found: list[Contrast | None] = [None] * len(sizes)
    for kind in range(len(kinds)):
        reference = np.sort(np.abs(null[:, places == kind]), axis=None)
        critical = float(np.quantile(reference, 0.95, method="higher"))
        for k in np.flatnonzero(places == kind):
            beyond = len(reference) - np.searchsorted(reference, observed[k] * (1 - ROUNDING))
            half = critical * error[k] if error[k] else 0.0
            found[k] = Contrast(
                100 * float(excess[k]),
                100 * float(excess[k] - half),
                100 * float(excess[k] + half),
                float((beyond + 1) / (len(reference) + 1)),
            )
    return [contrast for contrast in found if contrast is not None]


def _contrast(n: Array, losses: Array, gains: Array) -> tuple[Floats, Floats]:
    """excess and its standard error [..., K] from counts [..., K]."""
    classes = n.shape[-1]
    delta = (gains - losses) / n
    variance = ((losses + gains) / n - delta**2) / n
    of_mean = variance.sum(axis=-1, keepdims=True) / classes**2
    squared = variance * (1 - 2 / classes) + of_mean  # class k stands in the mean as well
    return delta - delta.mean(axis=-1, keepdims=True), np.sqrt(np.maximum(squared, 0))


def _ratio(excess: Floats, error: Floats) -> Floats:
    """excess / error; 0 / 0 is no evidence, anything else over 0 is endless."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(excess) < 1e-12, 0.0, excess / error)


def _exchanged(n: Array, losses: Array, gains: Array, draws: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Losses and gains [draws, K] after images have changed places at random: hypergeometric counts."""
    changed = _dealt(int((losses + gains).sum()), np.broadcast_to(n, (draws, len(n))), random)
    lost = _dealt(int(losses.sum()), changed, random)
    return lost, changed - lost


def _dealt(number: int, room: Array, random: np.random.Generator) -> Array:
    """Put `number` things into places [draws, K], all places alike: multivariate hypergeometric, class by class."""
    left, behind = np.full(len(room), number), room.sum(axis=1)
    dealt = np.empty_like(room)
    for k in range(room.shape[1]):
        behind = behind - room[:, k]
        dealt[:, k] = random.hypergeometric(room[:, k], behind, left)
        left = left - dealt[:, k]
    return dealt
