"""What is known of a board that was measured over SSH: which one it is, its answers beside the host's, its energy."""

from collections.abc import Mapping, Sequence

from study.report import names
from study.report.inputs import Document, Row

COLUMNS = ["board", "same_as_host", "largest_difference", "millijoules"]
LESS = ("n", "rounds", "peak_rss_bytes")
RASPBERRY_PI = "Raspberry Pi "


def board_facts(document: Document) -> Row:
    """Values of COLUMNS in a latency document, None where it has them not."""
    context = document.get("context") or {}
    agreement, energy = context.get("agreement") or {}, context.get("energy") or {}
    images, joules = agreement.get("images"), energy.get("joules")
    return {
        "board": context.get("label"),
        "same_as_host": agreement["same"] / images if images else None,
        "largest_difference": agreement.get("largest"),
        "millijoules": None if joules is None else 1e3 * joules,
    }


def columns(usual: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Columns of a table of measurements: the usual ones, or, where rows have values of a board, those in place of what
    a reader misses least. The board itself is named in a note."""
    own = [key for key in COLUMNS[1:] if any(row.get(key) is not None for row in rows)]
    if not own:
        return list(usual)
    kept = [key for key in usual if key not in LESS and any(row.get(key) is not None for row in rows)]
    return [*kept[:-1], *own, kept[-1]]


def notes(rows: Sequence[Row], ended: Mapping[str, Document]) -> list[str]:
    """What each device is by its own account, and why one was not measured to the end."""
    found = []
    for device, board in dict.fromkeys((row["device"], str(row["board"])) for row in rows if row.get("board")):
        own = [row for row in rows if row["device"] == device and row.get("board") == board]
        what = f"Device \u201c{names.clean(device)}\u201d is {_called(board)}."
        if any(row.get("same_as_host") is not None for row in own):
            what += (
                " Same as host: test images that get the same class there as from the same interpreter package "
                "here; x86 and ARM kernels differ."
            )
        metered = any(row.get("millijoules") is not None for row in own)
        found.append(
            what
            + (
                " Energy is that of the whole board, at rest included."
                if metered
                else " Energy per inference: n/a, nothing there measures power."
            )
        )
    for device, note in ended.items():
        said = names.clean(note.get("said") or "no reason given")
        found.append(
            f"Device \u201c{names.clean(device)}\u201d was skipped or left early "
            f"({names.clean(note.get('status') or 'unknown').replace('_', ' ')}): {said}."
        )
    return found


def _called(board: str) -> str:
    """A Raspberry Pi is named as it names itself; anything else is said to be none."""
    named = names.clean(board)
    return f"a {named}" if board.startswith(RASPBERRY_PI) else f"no Raspberry Pi but: {named}"
