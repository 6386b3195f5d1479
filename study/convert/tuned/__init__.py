"""Beyond the converter's own: ranges of least error, layers left in float, weights of 4 bits."""
