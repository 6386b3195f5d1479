"""Whether a classifier is better than guessing: an exact test against always naming the commonest class."""

from collections.abc import Sequence

from scipy.stats import binomtest

from study.errors import StudyError


def guessing_share(images: Sequence[int]) -> float:
    """Share of the commonest class, which naming it every time gets right; of equally many it is 1 / classes.

    Args:
        images: how many each class has.

    Raises:
        StudyError: there are none.
    """
    if not sum(images) or min(images) < 0:
        raise StudyError(f"images of each class must be counts, some above 0 (got {list(images)[:10]})")
    return max(images) / sum(images)


def better_than_guessing(correct: int, n: int, share: float) -> float:
    """One-sided p-value: at least so many right of n, by a guess that is right with probability `share`.

    Exact binomial test, through `scipy.stats.binomtest`.

    Raises:
        StudyError: counts outside 0..n, no image, or a share outside 0..1.
    """
    if not 0 <= correct <= n or not n or not 0 <= share <= 1:
        raise StudyError(f"{correct} of {n} right, against a share of {share}: these are no counts")
    return float(binomtest(correct, n, share, alternative="greater").pvalue)
