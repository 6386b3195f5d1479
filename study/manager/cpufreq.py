"""The clock of processors, through Linux's cpufreq: what can be set, setting it, and putting everything back.

Source: Documentation/admin-guide/pm/cpufreq.rst of the kernel, "Policy Interface in sysfs". Processors of one policy
share a clock. With the governor `userspace` a frequency is set; without it the upper limit is, and the governor there
may stay below. The folder is a parameter: on a machine it is /sys/devices/system/cpu/cpufreq.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from study.errors import StudyError

USERSPACE = "userspace"


@dataclass(frozen=True)
class Policy:
    """Processors that share a clock, and what it can be set to, in kHz.

    `frequencies`: every one there is, from the lowest; empty where the driver takes any between `lowest` and `highest`.
    """

    folder: Path
    processors: tuple[int, ...]
    frequencies: tuple[int, ...]
    lowest: int
    highest: int
    governors: tuple[str, ...]
    governor: str

    def allows(self, khz: int) -> bool:
        """Whether the clock can be set to this."""
        return khz in self.frequencies if self.frequencies else self.lowest <= khz <= self.highest


def policies(root: Path) -> tuple[Policy, ...]:
    """All policies below `root`, by their first processor.

    Raises:
        StudyError: there are none, or one cannot be read.
    """
    found = [_policy(folder) for folder in root.glob("policy*")]
    if not found:
        raise StudyError(
            f"{root} holds no policies: the system lets nobody set the clock here (no cpufreq, as in most virtual "
            "machines); leave frequencies out"
        )
    return tuple(sorted(found, key=lambda policy: policy.processors))


def set_khz(root: Path, khz: int, processors: Collection[int] | None = None) -> None:
    """Set the clock of all policies, or of those that these processors belong to.

    Raises:
        StudyError: there is no such frequency, it may not be set, or the system did not take it.
    """
    every = policies(root)
    chosen = [one for one in every if processors is None or not set(processors).isdisjoint(one.processors)]
    if missing := set(processors or ()) - {number for one in chosen for number in one.processors}:
        raise StudyError(f"{root} knows no clock of processor {min(missing)}: choose processors that it lists")
    for policy in chosen:
        if not policy.allows(khz):
            raise StudyError(f"{policy.folder} has no frequency of {khz} kHz: choose {_choices(policy)}")
    for policy in chosen:
        if USERSPACE in policy.governors:
            _write(policy.folder / "scaling_governor", USERSPACE)
            _write(policy.folder / "scaling_setspeed", str(khz))
        else:
            _write(policy.folder / "scaling_max_freq", str(khz))


@contextmanager
def restored(root: Path) -> Iterator[Callable[[int, Collection[int] | None], None]]:
    """Inside, frequencies may be set by the function it gives (`khz, processors`); at the end all is as it was before.

    Raises:
        StudyError: as `policies`; inside, as `set_khz`.
    """
    before = {path: _read(path) for policy in policies(root) for path in _changed(policy)}
    try:
        yield lambda khz, processors: set_khz(root, khz, processors)
    finally:
        for path, value in before.items():
            if _read(path) != value:
                _write(path, value)


def _policy(folder: Path) -> Policy:
    available = folder / "scaling_available_frequencies"  # only drivers with a table of frequencies have it
    try:
        return Policy(
            folder,
            _numbers(_read(folder / "affected_cpus")),
            tuple(sorted(_numbers(_read(available)))) if available.exists() else (),
            int(_read(folder / "cpuinfo_min_freq")),
            int(_read(folder / "cpuinfo_max_freq")),
            tuple(_read(folder / "scaling_available_governors").split()),
            _read(folder / "scaling_governor"),
        )
    except ValueError as error:
        raise StudyError(f"{folder} holds what is no number ({error}): leave frequencies out") from error


def _changed(policy: Policy) -> list[Path]:
    """What setting a clock may write, in the order in which it is put back: without its governor, no speed is taken."""
    names = ["scaling_max_freq", "scaling_governor", *(["scaling_setspeed"] if policy.governor == USERSPACE else [])]
    return [policy.folder / name for name in names]


def _choices(policy: Policy) -> str:
    if policy.frequencies:
        return ", ".join(map(str, policy.frequencies))
    return f"one from {policy.lowest} to {policy.highest}"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split())


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror}): leave frequencies out") from error


def _write(path: Path, value: str) -> None:
    try:
        path.write_text(value)
    except PermissionError as error:
        raise StudyError(f"{path} may not be written: run as root, or leave frequencies out") from error
    except OSError as error:
        raise StudyError(f"{path} does not take '{value}' ({error.strerror}): leave frequencies out") from error
    # A speed is read back as the clock that the hardware really has, which need not be equal.
    if path.name != "scaling_setspeed" and (found := _read(path)) != value:
        raise StudyError(f"{path} says '{found}' after '{value}' was written: the system did not take it")
