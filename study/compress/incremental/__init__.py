"""Families whose levels are the first groups of channels, trained one after the other."""
