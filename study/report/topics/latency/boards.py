"""What is known of a board that was measured over SSH: which one it is, its answers beside the host's, its energy."""

from collections.abc import Mapping, Sequence

import pandas as pd

from study.report import names
from study.report.inputs import Document
from study.report.tables import Row, known

COLUMNS = "board same_as_host largest_difference millijoules".split()
LESS = ("n", "rounds", "peak_rss_bytes")
RASPBERRY_PI = "Raspberry Pi "


def facts(document: Document) -> Row:
    """Values of COLUMNS in a latency document, None where it has them not."""
    context = document.get("context") or {}
    agreement, energy = context.get("agreement") or {}, context.get("energy") or {}
    images, joules = agreement.get("images"), energy.get("joules")
    return {
        "board": context.get("label") or None,
        "same_as_host": agreement["same"] / images if images else None,
        "largest_difference": agreement.get("largest"),
        "millijoules": None if joules is None else 1e3 * joules,
    }


def columns(usual: Sequence[str], rows: pd.DataFrame) -> list[str]:
    """Columns of a table of measurements: the usual ones, or, where rows have values of a board, those in place of what
    a reader misses least. The board itself is named in a note."""
    filled = rows.notna().any()
    own = [key for key in COLUMNS[1:] if filled[key]]
    if not own:
        return list(usual)
    kept = [key for key in usual if key not in LESS and filled[key]]
    return [*kept[:-1], *own, kept[-1]]


def notes(latency: pd.DataFrame, ended: Mapping[str, Document]) -> list[str]:
    """What each device is by its own account, and why one was not measured to the end."""
    found = []
    for (device, board), own in known(latency, "board").groupby(["device", "board"], sort=False):
        what = f"Device \u201c{names.clean(str(device))}\u201d is {_called(str(board))}."
        if own["same_as_host"].notna().any():
            what += (
                " Same as host: test images that get the same class there as from the same interpreter package "
                "here; x86 and ARM kernels differ."
            )
        metered = own["millijoules"].notna().any()
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
