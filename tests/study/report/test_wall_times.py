"""What a journal says: from first start to last end with its gaps, and each call by itself in what they add up to."""

from pathlib import Path
from typing import Any

import pytest

from study.errors import StudyError
from study.report.reading import table_of
from study.report.tables import records
from study.report.wall_times import GAP, TRAININGS, Elapsed, added_up, elapsed, side_by_side

REFERENCE = Path(__file__).parents[3] / "reports/parts/1-reference/wall_times.csv"


def call(stage: str, start: float, seconds: float, jobs: int = 2) -> dict[str, Any]:
    minutes, rest = divmod(start, 60)
    return {
        "stage": stage,
        "started": f"2026-01-01T00:{minutes:02.0f}:{rest:06.3f}+00:00",
        "seconds": seconds,
        "jobs": jobs,
    }


def test_from_the_first_start_to_the_last_end_whatever_the_order() -> None:
    journal = [call("train", 20, 10), call("train", 0, 25), call("train", 2, 4), call("train", 5, 10)]
    assert elapsed(journal) == Elapsed(30, ()) == elapsed(journal[::-1])
    assert added_up(journal) == {"train": 49}


@pytest.mark.parametrize(("start", "gaps"), [(10 + GAP, (GAP,)), (10 + GAP - 0.001, ()), (10, ())])
def test_a_gap_is_a_minute_or_more(start: float, gaps: tuple[float, ...]) -> None:
    found = elapsed([call("train", 0, 10), call("train", 1, 2), call("export", start, 5)])
    assert found.seconds == pytest.approx(start + 5) and found.gaps == pytest.approx(gaps)


def test_a_gap_ends_with_whatever_runs_and_gaps_keep_their_order() -> None:
    journal = [call("train", 0, 100), call("compress", 10, 5), call("export", 400, 10), call("latency", 200, 100)]
    assert elapsed(journal) == Elapsed(410, (100, 100))
    assert elapsed([*journal, call("encode", 120, 300)]) == Elapsed(420, ())


def test_stages_are_told_apart() -> None:
    journal = [call("train", 0, 10), call("compress", 5, 10), call("export", 15, 1, 4), call("train", 70, 10)]
    assert list(added_up(journal).items()) == [("train", 20), ("compress", 10), ("export", 1)]
    assert side_by_side(journal, ["compress"]) == (2, 1)
    assert side_by_side(journal, TRAININGS) == (2, 30 / 25), "nothing of the gap, nothing of the export"
    assert side_by_side(journal, ["ship"]) == side_by_side([], TRAININGS) == (0, 0)


def test_the_reference_study_by_hand() -> None:
    """03:34:21.769 to 13:31:54.639 and 48.618 s more are 9:58:21.488; ends and next starts are read from the file."""
    journal = records(table_of(REFERENCE.read_text()))
    found, busy = elapsed(journal), added_up(journal)
    assert found.seconds == pytest.approx(9 * 3600 + 58 * 60 + 21.488)
    by_hand = {
        "04:27:41.453 to 04:46:01.272": 1099.819,
        "04:49:43.449 to 04:56:55.260": 431.811,
        "05:34:49.677 to 05:54:36.362": 1186.685,
        "06:10:08.663 to 06:12:13.000": 124.337,
        "06:16:25.485 to 07:38:40.055": 4934.570,
        "09:20:35.590 to 11:13:41.976": 6786.386,
        "12:57:00.652 to 13:04:43.221": 462.569,
    }
    assert found.gaps == pytest.approx(list(by_hand.values()), abs=1e-5)
    assert f"{found.seconds / 3600:.2f}, {sum(found.gaps) / 3600:.2f}" == "9.97, 4.17"
    assert busy["encode"] == pytest.approx(694.544 + 1203.952 + 23.080)
    assert busy["latency"] == pytest.approx(224.871 + 8.306 + 252.485 + 178.208 + 146.906)
    assert sum(busy.values()) == pytest.approx(sum(row["seconds"] for row in journal))
    assert f"{sum(busy.values()) / 3600:.2f}" == "9.09"
    assert sum(busy.values()) > found.seconds - sum(found.gaps), "what ran side by side counts twice here, not there"


@pytest.mark.parametrize("change", [{"started": "yesterday"}, {"seconds": None}, {"seconds": "long"}])
@pytest.mark.parametrize("read", [elapsed, added_up])
def test_a_strange_line_is_refused(change: dict[str, Any], read: Any) -> None:
    with pytest.raises(StudyError, match="delete it"):
        read([call("train", 0, 1) | change])
