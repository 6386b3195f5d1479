"""Names of a file's levels: a level is one signature of it."""

SERVING_DEFAULT = "serving_default"
"""The name of an ordinary file's only level: the key that TensorFlow gives a model's usual signature."""


def widths(narrowest: int, count: int) -> tuple[int, ...]:
    """Widths in per cent of the levels of a family, evenly spaced from 100 down to `narrowest`, the widest first."""
    return tuple(round(100 - (100 - narrowest) * step / (count - 1)) for step in range(count))


def of_width(width: int) -> str:
    """The signature of the level that has `width` per cent of the channels: `w50`."""
    return f"w{width}"


def width_of(signature: str) -> int:
    """The width that `of_width` made this signature of."""
    return int(signature.removeprefix("w"))
