from fronts import front_of

from study.manager.trace import Frame, outcome, phases

WIDE, NARROW = front_of(w100=100.0, w50=40.0)
FRAMES = [
    Frame(number, 100.0 * number, load, entry, 50.0, late)
    for number, (load, entry, late) in enumerate(
        [(0, WIDE, False), (1, WIDE, True), (1, NARROW, False), (0, NARROW, False), (0, WIDE, False)]
    )
]


def test_counts() -> None:
    found = outcome(FRAMES)
    assert (found.frames, found.late, found.switches) == (5, 0.2, 2)
    assert list(found.shares.items()) == [("w100", 0.6), ("w50", 0.4)]
    assert outcome(FRAMES[1:2]).late == 1.0 and outcome(FRAMES[1:2]).switches == 0


def test_phases_are_frames_in_a_row_under_one_load() -> None:
    assert [[frame.number for frame in phase] for phase in phases(FRAMES)] == [[0], [1, 2], [3, 4]]
    assert phases([]) == []
