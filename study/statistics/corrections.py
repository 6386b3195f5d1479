"""P-values of many tests, corrected for their number."""

from collections.abc import Sequence

from study.errors import StudyError


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given: for claims (family-wise error).

    Source: Holm (1979), through `statsmodels.stats.multitest.multipletests`.
    """
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's q-values, in the order given: for exploration (false discovery rate).

    Of what is picked out at q <= 0.05, at most 5 % are expected to be false, where the tests are independent or
    positively dependent. Source: Benjamini and Hochberg (1995); Benjamini and Yekutieli (2001), "The control of the
    false discovery rate in multiple testing under dependency", Annals of Statistics 29, 1165-1188; through
    `statsmodels.stats.multitest.multipletests`.
    """
    return _adjusted(p_values, "fdr_bh")


def _adjusted(p_values: Sequence[float], method: str) -> list[float]:
    if not p_values:
        return []
    if not all(0.0 <= p <= 1.0 for p in p_values):
        raise StudyError("p-values must lie between 0 and 1")
    from statsmodels.stats.multitest import multipletests  # slow to import, and only reports need it

    return [float(p) for p in multipletests(list(p_values), method=method)[1]]
