"""Incremental regularisation: filters that stay at the bottom of the ranking are weakened more and more."""
