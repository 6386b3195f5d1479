"""The classes of a model in the order of its outputs, as a text file with one a line."""

from study.errors import StudyError, printable


def read_labels(content: bytes) -> tuple[str, ...]:
    """Labels of a file with one a line; numbers in front that count the lines are taken off (`0 cat`, `1:dog`).

    Raises:
        StudyError: it is not text, or holds no label, or one twice.
    """
    try:
        lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise StudyError("labels must be text in UTF-8, one a line") from error
    while lines and not lines[-1]:
        lines.pop()
    for separator in (":", ",", None):
        parts = [line.split(separator, 1) for line in lines]
        if lines and all(len(part) == 2 and part[0].strip() == str(at) for at, part in enumerate(parts)):
            lines = [part[1].strip() for part in parts]
            break
    if not lines or not all(lines):
        raise StudyError("labels must be text, one a line and no line empty")
    if twice := sorted({line for line in lines if lines.count(line) > 1}) if len(lines) < 10_000 else ["(too many)"]:
        raise StudyError(f"the label '{printable(twice[0])}' stands twice: each class needs a name of its own")
    return tuple(printable(line) for line in lines)
