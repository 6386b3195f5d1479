from xml.etree import ElementTree

from fronts import front_of

from study.manager.picture import svg
from study.manager.trace import Frame

WIDE, NARROW = front_of(w100=100.0, w50=40.0)


def frames(*times: float, load: int = 0, start: int = 0) -> list[Frame]:
    return [
        Frame(start + place, 1e5 * (start + place), load, WIDE if time > 60 else NARROW, time, time > 150)
        for place, time in enumerate(times)
    ]


def test_it_says_how_many_were_late_in_each_phase_and_has_axes_with_units() -> None:
    fixed = [*frames(100, 101, 99), *frames(200, 210, load=1, start=3), *frames(100, 160, load=3, start=5)]
    managed = [*frames(100, 101), *frames(200, 50, load=1, start=2)]
    found = svg(fixed, managed, 150.0, ["w100", "w50"])
    text = " ".join(ElementTree.fromstring(found).itertext())
    for said in (
        "Always w100: 43% of 7 frames late",
        "Managed: 25% of 4 frames late",
        "1 co-runner: 100% late",
        "1 co-runner: 50% late",
        "3 co-runners: 50% late",
        "0 co-runners: 0% late",
        "Level chosen: 1 switches",
        "time of a frame [ms]",
        "time since the start of the run [s]",
        "deadline",
        "w50",
    ):
        assert said in text


def test_a_single_frame() -> None:
    assert svg(frames(100), frames(100), 150.0, ["w100"]).startswith(b"<?xml")
