"""Whether a change hits all groups alike: a test over paired changes of groups of different images."""

from collections.abc import Sequence

import numpy as np

from study.errors import StudyError


def evenness_p_value(n: Sequence[int], base_only: Sequence[int], variant_only: Sequence[int]) -> float:
    """Chance of changes at least this uneven, were the true change the same in all groups: Cochran's Q.

    Args:
        n: images of each group [K].
        base_only: images of each group that the base alone gets right [K].
        variant_only: images of each group that the variant alone gets right [K].

    The variance of a paired change (c - b) / n is (b + c - (c - b)^2 / n) / n^2, with half an image added to b and c so
    that no group without a difference has a variance of 0 (Agresti and Min, 2005). Sources: Cochran (1954), "The
    combination of estimates from different experiments", Biometrics 10, 101-129, through
    `statsmodels.stats.meta_analysis`; Agresti and Min (2005), "Simple improved confidence intervals for comparing
    matched proportions", Statistics in Medicine 24, 729-740.

    Raises:
        StudyError: fewer than two groups, lists of different length, an empty group, or counts that cannot be.
    """
    total, lost, gained = (np.asarray(counts, dtype=float) for counts in (n, base_only, variant_only))
    if total.ndim != 1 or len(total) < 2 or not total.shape == lost.shape == gained.shape:
        raise StudyError("evenness is a matter of at least two groups, with counts for each")
    if (total < 1).any() or (lost < 0).any() or (gained < 0).any() or (lost + gained > total).any():
        raise StudyError("evenness needs groups with images, and no more differences than images")
    from statsmodels.stats.meta_analysis import combine_effects  # slow to import, and little else needs it

    lost, gained, total = lost + 0.5, gained + 0.5, total + 1
    effect = (gained - lost) / total
    variance = (lost + gained - (gained - lost) ** 2 / total) / total**2
    with np.errstate(divide="ignore"):  # of a further figure, where the groups are exactly alike
        return float(combine_effects(effect, variance).test_homogeneity().pvalue)
