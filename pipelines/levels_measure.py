"""Time the levels of a file on this machine, in turn, and write its profile.

One fresh process a setting: each combination of --threads, --affinity and --frequencies. Energy is not measured: there
is no meter here, and none is computed.
"""

import argparse
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from pipelines import files
from study import provenance
from study.errors import StudyError
from study.latency.devices.script import ask
from study.manager import cpufreq, measured
from study.manager.measured import Accuracy
from study.manager.profile import Profile, Setting, by_width, front, to_document
from study.tflite.facts import Summary, summarise
from study.tflite.parse import parse
from study.tflite.run import RUNTIMES, runtime_version

CPUFREQ = Path("/sys/devices/system/cpu/cpufreq")
START_SECONDS = 120.0
"""For a process to start, to open the file and to run each level for the first time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `measure`, beside the file."""
    parser.add_argument("--threads", type=_numbers, default=(1,), help="e.g. 1,2; default: 1")
    parser.add_argument(
        "--affinity", nargs="+", type=_processors, default=[None], metavar="PROCESSORS", help="e.g. any 0 0,1"
    )
    parser.add_argument("--frequencies", type=_numbers, default=(None,), metavar="KHZ", help="e.g. 600000,1500000")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each setting; default: 2")
    parser.add_argument(
        "--accuracy",
        nargs="+",
        type=Path,
        default=[],
        metavar="JSON",
        help="what pipelines.evaluate wrote of the levels",
    )


def run(options: argparse.Namespace) -> None:
    """Measure each setting, write the profile, print it."""
    files.check_output(options.profile)
    if not options.seconds > 0:
        raise StudyError(f"--seconds {options.seconds:g} is no time to measure for: give some above 0")
    if runtime_version(options.runtime) is None:
        raise StudyError(f"the runtime {options.runtime} is not installed: pip install {RUNTIMES[options.runtime]}")
    settings = [Setting(*one) for one in product(options.threads, options.affinity, options.frequencies)]
    with _clock(settings) as set_khz:
        profile = profile_of(
            options.tflite, options.runtime, settings, options.seconds, evaluations=options.accuracy, set_khz=set_khz
        )
    files.write_json(options.profile, to_document(profile))
    print("\n".join(lines(profile)))
    print(f"written: {options.profile}")


def profile_of(
    tflite: Path,
    runtime: str,
    settings: Sequence[Setting],
    seconds: float,
    *,
    evaluations: Sequence[Path] = (),
    set_khz: Callable[[int, Collection[int] | None], None] | None = None,
) -> Profile:
    """Time the levels of a file in each setting, `seconds` in each, in fresh processes.

    Raises:
        StudyError: the file cannot be read or run, or an evaluation is of another one.
    """
    content = files.read_bytes(tflite)
    sha256 = files.file_digest(tflite)
    with files.naming(tflite):
        summary = summarise(parse(content))
    accuracies = _accuracies(evaluations, sha256, summary)
    answers = []
    for setting in settings:
        if setting.khz is not None and set_khz:
            set_khz(setting.khz, setting.affinity)
        asked = measured.request(str(tflite), sha256, runtime, setting, seconds)
        with files.naming(tflite):
            answers.append(measured.answer_of(ask(measured.SCRIPT, asked, START_SECONDS + 2 * seconds), setting))
    return measured.profile_of(
        answers,
        model_sha256=sha256,
        runtime=runtime,
        machine=machine(),
        levels=_by_width(summary),
        accuracies=accuracies,
    )


def machine() -> str:
    """This machine in words, as far as its times depend on it."""
    found = provenance.machine()
    return f"{found['cpu']}, {found['processors']} processors, {found['architecture']}, {found['system']}"


def lines(profile: Profile) -> Iterator[str]:
    """The profile as text."""
    best = front(profile)
    yield f"{profile.runtime} {profile.runtime_version} on {profile.machine}"
    for opened in profile.opened:
        sizes = ", ".join(
            f"{size / 1e6:.1f} MB {name}"
            for name, size in (("private", opened.private_bytes), ("resident with the file", opened.resident_bytes))
            if size is not None
        )
        yield f"{described(opened.setting)}: {opened.delegate}, opened in {opened.microseconds / 1e3:.0f} ms, {sizes}"
    yield f"level        time_us  top-1  worst  first_us  switching  (time: {profile.quantile:.0%} of calls are faster)"
    for entry in profile.entries:
        shown = [f"{entry.level:10}", f"{entry.microseconds:9.1f}"]
        for share in (entry.accuracy, entry.worst_class):
            shown.append("  none" if share is None else f"{100 * share:6.2f}")
        shown += [
            f"{entry.first_microseconds:9.0f}",
            "      none" if entry.switching is None else f"{entry.switching:10.2f}",
        ]
        yield " ".join(shown) + f"  {described(entry.setting)}{'' if entry in best else ', never chosen: dominated'}"
    if by_width(profile):
        yield "accuracies are not all known: the wider level is taken for the better one (--accuracy)"


def described(setting: Setting) -> str:
    """A setting in words."""
    parts = [f"{setting.threads} thread{'s' if setting.threads > 1 else ''}"]
    if setting.affinity is not None:
        parts.append(f"processor {'+'.join(map(str, setting.affinity))}")
    if setting.khz is not None:
        parts.append(f"{setting.khz / 1e3:g} MHz")
    return ", ".join(parts)


@contextmanager
def _clock(settings: Sequence[Setting]) -> Iterator[Callable[[int, Collection[int] | None], None]]:
    """A way to set the clock where a setting asks for it; at the end it is as before."""
    if all(setting.khz is None for setting in settings):
        yield lambda khz, processors: None
    else:
        with cpufreq.restored(CPUFREQ) as set_khz:
            yield set_khz


def _by_width(summary: Summary) -> list[str]:
    """Levels by what they compute, the most first: signatures stand in a file in the order of their names."""
    return sorted(summary.levels, key=lambda name: -summary.levels[name].macs)


def _accuracies(paths: Sequence[Path], sha256: str, summary: Summary) -> Mapping[str, Accuracy]:
    """What these evaluations found of the file's levels."""
    found: dict[str, Accuracy] = {}
    for path in paths:
        document = files.read_json(path)
        try:
            facts = document["facts"][0]
            name = facts.get("signature") or next(iter(summary.levels))
            accuracy = Accuracy(float(document["top1"]), min(float(one["accuracy"]) for one in document["per_class"]))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise StudyError(f"{path} is no evaluation of a level (it lacks or mistakes {error})") from error
        if facts.get("sha256") != sha256:
            raise StudyError(f"{path} evaluates another file (SHA-256): evaluate this one with pipelines.evaluate")
        if name in found:
            raise StudyError(f"{path} is a second evaluation of level {name}: give one of each")
        found[name] = accuracy
    return found


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of numbers from 1 on, as 1,2 is")
    return tuple(map(int, parts))


def _processors(text: str) -> Any:
    if text == "any":
        return None
    parts = text.split(",")
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"'{text}' is neither `any` nor a list of processors, as 0,1 is")
    return tuple(sorted(set(map(int, parts))))
