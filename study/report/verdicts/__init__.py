"""The findings of the 2021 study, each confirmed, refuted or not testable by the rows of this report."""
