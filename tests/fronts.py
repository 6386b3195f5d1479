"""Entries of profiles for tests of the manager."""

from study.manager.profile import Entry, Profile, Setting


def entry(level: str, microseconds: float, threads: int = 1, **values: float | None) -> Entry:
    """One entry, of so many threads."""
    return Entry(level, Setting(threads), microseconds, **values)


def front_of(**microseconds: float) -> tuple[Entry, ...]:
    """Entries by level, the best ones first."""
    return tuple(entry(level, time) for level, time in microseconds.items())


def profile_of(*entries: Entry) -> Profile:
    """A profile of these entries; levels as they come first."""
    levels = tuple(dict.fromkeys(one.level for one in entries))
    return Profile("0" * 64, "ai_edge_litert", "2.3.0", "a machine", 0.75, levels, entries, ())
