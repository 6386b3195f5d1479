import json
from dataclasses import replace
from typing import Any

import pytest
from fronts import entry, front_of, profile_of

from study.errors import StudyError
from study.manager.profile import Entry, Opened, Setting, by_width, from_document, front, of_images, to_document

WHOLE = replace(
    profile_of(
        Entry("w100", Setting(2, (0, 3), 1_500_000), 120.5, 0.9, 0.75, 3.25, 900.0, 1.1),
        Entry("w50", Setting(2, (0, 3), 1_500_000), 60.0, 0.8, 0.0, None, 800.0, None),
        Entry("w100", Setting(), 200.0, 0.9, 0.75),
        Entry("w50", Setting(), 100.0, 0.8, 0.0),
    ),
    opened=(Opened(Setting(2, (0, 3), 1_500_000), "xnnpack", 3e4, 13_000_000, None),),
)


def test_a_document_holds_it_all() -> None:
    assert from_document(json.loads(json.dumps(to_document(WHOLE), allow_nan=False))) == WHOLE


def changed(*path: Any, value: Any) -> Any:
    """The document with one value replaced; a missing key where it is the string `none at all`."""
    document = json.loads(json.dumps(to_document(WHOLE)))
    place = document
    for key in path[:-1]:
        place = place[key]
    if value == "none at all":
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    "document, said",
    [
        (None, "no profile of levels of format 1"),
        ([], "no profile of levels"),
        (changed("format", value=2), "no profile of levels"),
        (changed("runtime", value="none at all"), "lacks or mistakes 'runtime'"),
        (changed("entries", value=None), "lacks or mistakes"),
        (changed("entries", value=[]), "one for each of its levels"),
        (changed("entries", 0, value="w100"), "lacks or mistakes"),
        (changed("entries", 0, "microseconds", value=0), "a number above zero, not 0"),
        (changed("entries", 0, "microseconds", value=float("nan")), "a number above zero"),
        (changed("entries", 0, "microseconds", value=float("inf")), "a number above zero"),
        (changed("entries", 0, "microseconds", value="12"), "a number above zero"),
        (changed("entries", 0, "microseconds", value=True), "a number above zero"),
        (changed("entries", 0, "millijoules", value=-1), "a number above zero"),
        (changed("entries", 0, "accuracy", value=1.01), "a fraction from 0 to 1"),
        (changed("entries", 0, "accuracy", value=0.5), "several accuracies"),
        (changed("entries", 0, "level", value="w75"), "one for each of its levels"),
        (changed("entries", 1, "level", value="w100"), "one for each of its levels"),
        (changed("entries", 0, "setting", "threads", value=0), "the setting"),
        (changed("entries", 0, "setting", "affinity", value=[]), "the setting"),
        (changed("entries", 0, "setting", "affinity", value=[-1]), "the setting"),
        (changed("entries", 0, "setting", "affinity", value=3), "lacks or mistakes"),
        (changed("entries", 0, "setting", "khz", value=0), "the setting"),
        (changed("opened", 0, "private_bytes", value="many"), "lacks or mistakes"),
        (changed("quantile", value="none at all"), "lacks or mistakes 'quantile'"),
    ],
)
def test_damage_is_one_line_that_says_what_to_do(document: Any, said: str) -> None:
    with pytest.raises(StudyError, match=r"run `python -m pipelines\.levels measure` again") as raised:
        from_document(document)
    assert said in str(raised.value) and "\n" not in str(raised.value)


def test_the_front_holds_what_nothing_beats_the_best_first() -> None:
    entries = (
        entry("a", 100.0, accuracy=0.9),
        entry("b", 100.0, accuracy=0.8),  # as slow as a and worse
        entry("c", 50.0, accuracy=0.8),
        entry("d", 60.0, accuracy=0.85),
        entry("e", 55.0, accuracy=0.8),  # slower than c and no better
        entry("f", 10.0, accuracy=0.1),
    )
    assert [one.level for one in front(profile_of(*entries))] == ["a", "d", "c", "f"]


def test_equal_entries_stay_together() -> None:
    one, other = entry("a", 10.0, threads=1, accuracy=0.5), entry("a", 10.0, threads=2, accuracy=0.5)
    assert set(front(profile_of(one, other))) == {one, other}


def test_without_every_accuracy_the_wider_is_the_better_one() -> None:
    entries = (entry("w100", 90.0, accuracy=0.1), entry("w50", 40.0), entry("w25", 40.0))
    profile = profile_of(*entries)
    assert by_width(profile) and [one.level for one in front(profile)] == ["w100", "w50"]
    known = profile_of(*(replace(one, accuracy=0.5) for one in entries))
    assert not by_width(known) and [one.level for one in front(known)] == ["w50", "w25"]


def test_energy_counts_where_each_entry_has_it_and_goes_first_then() -> None:
    slow = entry("w100", 90.0, threads=1, accuracy=0.9, millijoules=2.0)
    fast = entry("w100", 60.0, threads=2, accuracy=0.9, millijoules=3.0)
    narrow = entry("w50", 50.0, accuracy=0.8, millijoules=2.5)
    assert front(profile_of(fast, slow, narrow)) == (slow, fast, narrow)
    dearer = replace(narrow, millijoules=3.0, microseconds=60.0)
    assert front(profile_of(fast, slow, dearer)) == (slow, fast)
    unknown = replace(slow, millijoules=None)
    assert front(profile_of(fast, unknown, narrow)) == (fast, narrow)


def test_a_frame_of_several_images() -> None:
    (one,) = of_images((entry("w100", 90.0, accuracy=0.9, millijoules=2.0),), 40)
    assert one == entry("w100", 3600.0, accuracy=0.9, millijoules=80.0)
    (other,) = of_images(front_of(w100=90.0), 3)
    assert other.microseconds == 270.0 and other.millijoules is None
