"""The code on a model card: what classifies an image with the file, in NumPy and an interpreter alone."""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

FEW = 100
"""Classes that the code lists."""
_code = Environment(loader=PackageLoader("study.report"), undefined=StrictUndefined, trim_blocks=True)


def usage(file: str, classes: Sequence[str], size: int, whole_numbers: bool, signature: str = "") -> str:
    """Python code that classifies `image.png` with `<file>.tflite`, or with that level of it.

    `whole_numbers`: input and output are int8. Class names are written in ASCII escapes: whatever they hold, they stay
    strings of the code, and no line of it can end the Markdown block around it.
    """
    given = {"file": file, "classes": [ascii(name) for name in classes], "size": size, "signature": signature}
    listed = len(classes) <= FEW
    return _code.get_template("sample.py.j2").render(given, whole_numbers=whole_numbers, listed=listed).rstrip("\n")
