"""What a journal adds up to: calls side by side count once in wall time, and each by itself in what was busy."""

from typing import Any

import pytest

from study.errors import StudyError
from study.report.wall_times import Spent, spent, stages_of


def call(stage: str, start: int, seconds: float, jobs: int = 2) -> dict[str, Any]:
    return {"stage": stage, "started": f"2026-01-01T00:00:{start:02d}+00:00", "seconds": seconds, "jobs": jobs}


def test_calls_side_by_side_and_apart() -> None:
    journal = [call("train", 20, 10), call("train", 0, 10), call("train", 2, 4), call("train", 5, 10)]
    assert spent([journal]) == Spent(15 + 10, 34, 2)
    assert spent([journal, [call("train", 0, 7, 1)]]) == Spent(25 + 7, 41, 2), "folders do not overlap"


def test_stages_are_told_apart() -> None:
    journal = [call("train", 0, 10), call("compress", 5, 10), call("export", 15, 1, 1)]
    assert stages_of([journal, journal]) == ["train", "compress", "export"]
    assert spent([journal], ["compress"]) == Spent(10, 10, 2)
    assert spent([journal], ["train", "compress"]) == Spent(15, 20, 2)
    assert spent([journal], ["ship"]) == spent([]) == Spent(0, 0, 0)


@pytest.mark.parametrize("change", [{"started": "yesterday"}, {"seconds": None}, {"seconds": "long"}])
def test_a_strange_line_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="delete it"):
        spent([[call("train", 0, 1) | change]])
