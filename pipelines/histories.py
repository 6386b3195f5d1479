"""What a training leaves beside its weights: one line an epoch, and the time it took."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd

from pipelines.files import write_json, write_text
from study.networks.training import Epoch


def write_history(path: Path, history: Sequence[Epoch], images_per_epoch: int, analysis_seconds: float = 0.0) -> None:
    """Write one line an epoch, and beside it the times: they are the only part that a second run would change.

    A method that does not train has no epochs: its history is a heading, its speed none. `analysis_seconds` is what it
    took beside the epochs.
    """
    table = pd.DataFrame([asdict(row) for row in history], columns=[field.name for field in fields(Epoch)])
    seconds = float(table.pop("seconds").sum())
    write_text(path, table.to_csv(index=False))
    speed = len(table) * images_per_epoch / seconds if seconds else None
    times = {"seconds": seconds, "images_per_second": speed, "analysis_seconds": analysis_seconds}
    write_json(path.with_suffix(".timing.json"), times)
