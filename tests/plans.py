"""Tables of a plan as stages that go over all files read them."""

from collections.abc import Iterable
from typing import Any

from study.tflite.signature import SERVING_DEFAULT


def tables(files: Iterable[str], family: str = "", signatures: Iterable[str] = ()) -> dict[str, Any]:
    """Ordinary files of one level each, and one more that holds several."""
    several = {f"{family}_{signature}": {"file": family, "signature": signature} for signature in signatures}
    ordinary = {name: {"file": name, "signature": SERVING_DEFAULT} for name in files}
    return {
        "exported": {name: {"scheme": name} for name in [*ordinary, *([family] if family else [])]},
        "evaluated": ordinary | several,
    }
