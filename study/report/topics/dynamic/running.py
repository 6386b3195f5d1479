"""What levels take when they share one process: first calls, calls right after another level's, and memory."""

from collections.abc import Iterator

import pandas as pd

from study.manager.profile import from_document
from study.report.inputs import Inputs
from study.report.tables import Row, frame

COLUMNS = "first_us switching open_us private_bytes profile_runtime profile_machine".split()


def running(inputs: Inputs) -> pd.DataFrame:
    """By `variant`, from the first profile of its file that was made of the same bytes, with one thread.

    `first_us`: the first call in a process; `switching`: the median time of a call right after another level's over
    that of calls after its own; `open_us` and `private_bytes` are the file's: to open it with all its levels, and what
    the process then holds of its own.
    """
    return frame((row for name in inputs.profiles for row in _of(inputs, name)), ["variant", *COLUMNS])


def _of(inputs: Inputs, file: str) -> Iterator[Row]:
    levels = {one.level.signature: one for one in inputs.results if one.variant.name == file}
    known = {one.evaluation.sha256 for one in levels.values() if one.evaluation}
    for document in inputs.profiles[file]:
        profile = from_document(document)
        if known and profile.model_sha256 not in known:
            continue  # of an earlier export
        (opened,) = profile.opened
        for entry in profile.entries:
            if entry.level in levels:
                yield {
                    "variant": levels[entry.level].name,
                    "first_us": entry.first_microseconds,
                    "switching": entry.switching,
                    "open_us": opened.microseconds,
                    "private_bytes": opened.private_bytes,
                    "profile_runtime": f"{profile.runtime} {profile.runtime_version}",
                    "profile_machine": profile.machine,
                }
        return
