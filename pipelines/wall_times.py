"""The journal of `make study`: what each call of DVC took that ran something.

It lies in artifacts/, beside what was made in that time, and grows by a line a call: a run that is stopped loses the
calls alone that it was in. `publish` puts the lines of a preset beside its report. DVC knows nothing of either file.
"""

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines import files
from study.report.tables import csv_text, frame
from study.report.wall_times import COLUMNS

JOURNAL, PUBLISHED = Path("artifacts/wall_times.csv"), Path("reports/wall_times.csv")


@dataclass(frozen=True)
class Clock:
    """When a call started, by the calendar and by a clock that nobody sets."""

    date: datetime
    ticks: float


def start() -> Clock:
    """The clock of a call that starts now."""
    return Clock(datetime.now(UTC), time.monotonic())


def record(clock: Clock, stages: Sequence[str], jobs: int, failed: bool) -> None:
    """Add the line of a call that ends now."""
    seconds = time.monotonic() - clock.ticks
    kinds = dict.fromkeys(stage.partition("@")[0] for stage in stages)
    line = [
        _preset(),
        "+".join(kinds),
        len(stages),
        jobs,
        clock.date.isoformat(timespec="milliseconds"),
        f"{seconds:.3f}",
        str(failed).lower(),
    ]
    JOURNAL.parent.mkdir(parents=True, exist_ok=True)
    with JOURNAL.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not file.tell():
            writer.writerow(COLUMNS)
        writer.writerow(line)


def publish() -> None:
    """Write the lines of the preset that params.yaml names beside its report; nothing where there are none.

    A line that a lost machine left unfinished stays out.
    """
    if not JOURNAL.exists():
        return
    whole = [line for line in JOURNAL.read_text(errors="replace").splitlines() if "\0" not in line]
    rows = [dict(zip(COLUMNS, line, strict=True)) for line in csv.reader(whole) if len(line) == len(COLUMNS)]
    own = [row for row in rows if row["preset"] == _preset()]
    if own:
        files.write_text(PUBLISHED, csv_text(frame(own, COLUMNS)))


def _preset() -> str:
    params = files.read_yaml("params.yaml") if Path("params.yaml").exists() else None
    return str(params.get("preset") or "unnamed") if isinstance(params, dict) else "unnamed"
