"""Comparing two finished studies: results in, rows and sentences out."""
