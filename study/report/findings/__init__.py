"""Rows to sentences: what the study found."""
