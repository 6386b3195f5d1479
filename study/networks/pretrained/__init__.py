"""Weights that a network starts from instead of random ones: Keras' published files, or a file of one's own."""
