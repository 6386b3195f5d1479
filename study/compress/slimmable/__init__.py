"""Slimmable families: one network at several widths, trained together."""
