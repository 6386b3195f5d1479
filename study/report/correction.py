"""P-values of a column, corrected for their number; a missing one is no test."""

import pandas as pd

from study.statistics.corrections import benjamini_hochberg, holm

LEVEL = 0.05


def holm_of(p_values: pd.Series) -> pd.Series:
    """Holm's adjusted p-values, for claims: all tests of the column are one family."""
    tested = p_values.dropna()
    return pd.Series(holm(tested.tolist()), tested.index, dtype="float64").reindex(p_values.index)


def q_values(p_values: pd.Series) -> pd.Series:
    """Benjamini and Hochberg's q-values, for exploration."""
    tested = p_values.dropna()
    return pd.Series(benjamini_hochberg(tested.tolist()), tested.index, dtype="float64").reindex(p_values.index)


def significant(adjusted: pd.Series) -> pd.Series:
    """Whether each adjusted p-value is below the level; missing where there was no test."""
    return (adjusted < LEVEL).astype(object).where(adjusted.notna(), None)


def clearest(table: pd.DataFrame, adjusted: str, alone: str, limit: int) -> tuple[str, pd.DataFrame]:
    """At most so many tests by their adjusted p-value, then by p, and how many of how many these are."""
    many = f"The {limit} clearest of {len(table)}" if len(table) > limit else f"All {len(table)}"
    return many, table.sort_values([adjusted, alone]).head(limit)
