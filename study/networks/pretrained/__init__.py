"""Weights that a network starts from instead of random ones: Keras' published files, or a file of one's own."""

IMAGENET = "imagenet"
"""In place of a file's path: the weights that Keras publishes."""
