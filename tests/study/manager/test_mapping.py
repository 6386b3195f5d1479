"""A choice put into force, with recorders in the place of interpreters."""

import os
import threading
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from study.errors import StudyError
from study.manager.mapping import Mapped, place
from study.manager.profile import Entry, Setting

PROCESSORS = sorted(os.sched_getaffinity(0))
several = pytest.mark.skipif(len(PROCESSORS) < 2, reason="one processor alone")


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    yield
    os.sched_setaffinity(0, PROCESSORS)


OPENED: "list[Recorder]" = []


class Recorder:
    """Levels that say with how many threads they were opened, and where they were opened and run."""

    def __init__(self, threads: int) -> None:
        self.threads, self.home = threads, sorted(os.sched_getaffinity(0))
        OPENED.append(self)

    def run(self, name: str, image: Any) -> Any:
        return name, self.threads, self.home, sorted(os.sched_getaffinity(0)), image


@pytest.fixture(autouse=True)
def opened() -> list[Recorder]:
    OPENED.clear()
    return OPENED


def entry(level: str, threads: int = 1, affinity: tuple[int, ...] | None = None, khz: int | None = None) -> Entry:
    return Entry(level, Setting(threads, affinity, khz), 1.0)


@several
def test_an_interpreter_for_each_number_of_threads_and_set_of_processors(opened: list[Recorder]) -> None:
    first, second = PROCESSORS[:2]
    entries = [entry("w100", 2), entry("w50", 2), entry("w50", 1, (second,)), entry("w25", 1, (second,))]
    mapped = Mapped(entries, Recorder)
    assert len(opened) == 2 and sorted(os.sched_getaffinity(0)) == PROCESSORS
    assert mapped.run(entries[0], "image") == ("w100", 2, PROCESSORS, PROCESSORS, "image")
    assert mapped.run(entries[3], "image") == ("w25", 1, [second], [second], "image")
    assert mapped.run(entries[2], "image") == ("w50", 1, [second], [second], "image")
    assert mapped.run(entries[1], "image")[3] == PROCESSORS
    mapped.run(entries[2], "image")
    mapped.close()
    assert sorted(os.sched_getaffinity(0)) == PROCESSORS and len(opened) == 2 and first == PROCESSORS[0]


@several
def test_threads_made_meanwhile_inherit_the_processors() -> None:
    place(PROCESSORS[1:2])
    found: list[set[int]] = []
    thread = threading.Thread(target=lambda: found.append(os.sched_getaffinity(0)))
    thread.start()
    thread.join()
    assert found == [{PROCESSORS[1]}]


def test_the_clock_is_set_when_another_one_is_chosen() -> None:
    calls: list[tuple[int, Collection[int] | None]] = []
    slow, fast = entry("w50", affinity=(PROCESSORS[0],), khz=600_000), entry("w100", khz=1_500_000)
    mapped = Mapped([slow, fast], Recorder, lambda khz, processors: calls.append((khz, processors)))
    for one in (slow, slow, fast, fast, slow):
        mapped.run(one, None)
    assert calls == [(600_000, (PROCESSORS[0],)), (1_500_000, None), (600_000, (PROCESSORS[0],))]
    mapped.close()


def test_mistakes_are_one_line(opened: list[Recorder]) -> None:
    with pytest.raises(StudyError, match="give a way to set it"):
        Mapped([entry("w100", khz=600_000)], Recorder)
    with pytest.raises(StudyError, match="cannot run on processor 4095 alone"):
        Mapped([entry("w100", affinity=(4095,))], Recorder)
    with pytest.raises(StudyError, match=r"not all processors of .* are there"):
        place([*PROCESSORS, 4095])
    assert opened == []
