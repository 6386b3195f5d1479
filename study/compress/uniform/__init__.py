"""The same share of every layer's channels is cut and the rest trained alone: what levels of families are held to."""
