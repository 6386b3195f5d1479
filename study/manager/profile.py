"""A profile: what each level of a file takes on one machine, in each setting measured, and how good it is.

Times hold for the machine that they were measured on. Dynamic-OFA (Lou et al. 2021, arXiv 2105.03596) makes such a
table before it runs, and keeps what nothing beats: its Pareto front.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from study.errors import StudyError

FORMAT = 1
MEND = "delete it and run `python -m pipelines.levels measure` again"


@dataclass(frozen=True)
class Setting:
    """How a level is run: threads of its interpreter, the processors that they may use, their clock.

    `affinity` is None where the system decides, `khz` where its governor does.
    """

    threads: int = 1
    affinity: tuple[int, ...] | None = None
    khz: int | None = None


@dataclass(frozen=True)
class Entry:
    """One level in one setting.

    `microseconds` is the profile's quantile of a single call's time. `accuracy` (top-1) and `worst_class` (the lowest
    accuracy of a class) are fractions, None where nobody evaluated the level. `millijoules` a call: None without a
    meter. `switching`: median time of a call right after another level's call over that of calls after its own, None
    for a file of one level.
    """

    level: str
    setting: Setting
    microseconds: float
    accuracy: float | None = None
    worst_class: float | None = None
    millijoules: float | None = None
    first_microseconds: float | None = None
    switching: float | None = None


@dataclass(frozen=True)
class Opened:
    """What opening the file takes in one setting, all levels at once: memory is the file's, not a level's.

    `private_bytes`: of the process alone; `resident_bytes`: with the file's own pages, which the system can drop.
    """

    setting: Setting
    delegate: str
    microseconds: float
    private_bytes: int | None
    resident_bytes: int | None


@dataclass(frozen=True)
class Profile:
    """All entries of one file in one runtime on one machine; `levels` from the widest to the narrowest."""

    model_sha256: str
    runtime: str
    runtime_version: str
    machine: str
    quantile: float
    levels: tuple[str, ...]
    entries: tuple[Entry, ...]
    opened: tuple[Opened, ...]


def front(profile: Profile) -> tuple[Entry, ...]:
    """The entries that no other dominates, the best ones first, of equally good ones the cheapest first.

    An entry dominates another if it is as fast and as good at least, and one of both strictly: good by accuracy, or
    where not all of them are known, by width. Energy counts as well where each entry has it, and is the cost then.
    """
    energy = all(entry.millijoules is not None for entry in profile.entries)
    worth = _worth(profile)

    def costs(entry: Entry) -> tuple[float, ...]:
        spent = (entry.millijoules,) if energy and entry.millijoules is not None else ()
        return (*spent, entry.microseconds)

    def dominates(one: Entry, other: Entry) -> bool:
        pairs = [(-worth[one.level], -worth[other.level]), *zip(costs(one), costs(other), strict=True)]
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    kept = [entry for entry in profile.entries if not any(dominates(other, entry) for other in profile.entries)]
    return tuple(sorted(kept, key=lambda entry: (-worth[entry.level], *costs(entry))))


def of_images(entries: Sequence[Entry], count: int) -> tuple[Entry, ...]:
    """The same entries where a frame is `count` images, one call after another."""

    def times(value: float | None) -> float | None:
        return None if value is None else count * value

    return tuple(
        replace(entry, microseconds=count * entry.microseconds, millijoules=times(entry.millijoules))
        for entry in entries
    )


def by_width(profile: Profile) -> bool:
    """Whether the front goes by width, because the accuracy of some level is not known."""
    return any(entry.accuracy is None for entry in profile.entries)


def _worth(profile: Profile) -> Mapping[str, float]:
    if by_width(profile):
        return {level: -float(place) for place, level in enumerate(profile.levels)}
    return {entry.level: float(entry.accuracy or 0.0) for entry in profile.entries}


def to_document(profile: Profile) -> dict[str, Any]:
    """The profile as JSON values."""
    return {"format": FORMAT, **asdict(profile)}


def from_document(document: Any) -> Profile:
    """The profile in `to_document`'s values.

    Raises:
        StudyError: it is damaged, or of another version.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise StudyError(f"no profile of levels of format {FORMAT}: {MEND}")
    try:
        found = Profile(
            **{name: str(document[name]) for name in ("model_sha256", "runtime", "runtime_version", "machine")},
            quantile=_number(document["quantile"]),
            levels=tuple(map(str, document["levels"])),
            entries=tuple(_entry(one) for one in document["entries"]),
            opened=tuple(_opened(one) for one in document["opened"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"the profile lacks or mistakes {error}: {MEND}") from error
    known = [(entry.level, entry.setting) for entry in found.entries]
    if not known or len(set(known)) < len(known) or {level for level, _ in known} != set(found.levels):
        raise StudyError(f"the profile's entries are not one for each of its levels in each setting: {MEND}")
    if len({(entry.level, entry.accuracy, entry.worst_class) for entry in found.entries}) > len(found.levels):
        raise StudyError(f"the profile gives one level several accuracies: {MEND}")
    return found


def _entry(values: Mapping[str, Any]) -> Entry:
    return Entry(
        str(values["level"]),
        _setting(values["setting"]),
        _number(values["microseconds"]),
        **{name: _fraction(values[name]) for name in ("accuracy", "worst_class")},
        **{name: _maybe(values[name]) for name in ("millijoules", "first_microseconds", "switching")},
    )


def _opened(values: Mapping[str, Any]) -> Opened:
    sizes = [None if values[name] is None else int(values[name]) for name in ("private_bytes", "resident_bytes")]
    return Opened(_setting(values["setting"]), str(values["delegate"]), _number(values["microseconds"]), *sizes)


def _setting(values: Mapping[str, Any]) -> Setting:
    processors: Sequence[Any] | None = values["affinity"]
    khz = values["khz"]
    found = Setting(
        int(values["threads"]),
        None if processors is None else tuple(int(one) for one in processors),
        None if khz is None else int(khz),
    )
    numbers = [found.threads, *(() if found.khz is None else (found.khz,))]
    if min(numbers) < 1 or found.affinity == () or min(found.affinity or (0,)) < 0:
        raise ValueError(f"the setting {dict(values)}")
    return found


def _number(value: Any) -> float:
    """A finite number above zero."""
    if isinstance(value, bool | str) or not 0 < float(value) < math.inf:
        raise ValueError(f"a number above zero, not {value!r:.40}")
    return float(value)


def _maybe(value: Any) -> float | None:
    return None if value is None else _number(value)


def _fraction(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool | str) or not 0 <= float(value) <= 1:
        raise ValueError(f"a fraction from 0 to 1, not {value!r:.40}")
    return float(value)
