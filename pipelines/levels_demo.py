"""Run frames under load, once at the widest level and once managed, and count what is late.

The process and its co-runners, busy loops, share one processor: that makes frames late as other programs would, by the
processor's time alone. It shows nothing of shared caches, memory or clocks, and no energy.
"""

import argparse
import csv
import hashlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from pipelines import files, levels_measure
from study.errors import StudyError
from study.manager.levels_script import Levels, random_image
from study.manager.mapping import Mapped
from study.manager.picture import svg
from study.manager.policy import Task, begin, step
from study.manager.profile import Entry, Profile, Setting, by_width, from_document, front, of_images
from study.manager.trace import Frame, outcome, phases
from study.tflite.run import runtime_version

BUSY = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
end = time.monotonic() + float(sys.argv[2])
print(flush=True)
while time.monotonic() < end: pass
"""
COLUMNS = "run frame begin_us load level microseconds late ratio".split()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `demo`, beside the file."""
    parser.add_argument("--deadline-us", type=float, required=True, help="microseconds that a frame may take")
    parser.add_argument("--images", type=int, default=1, help="a frame is so many images in a row; default: 1")
    parser.add_argument("--load", type=_loads, default=(0, 1, 3, 0), help="co-runners of each phase; default: 0,1,3,0")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each phase; default: 4")
    parser.add_argument("--minimum-accuracy", type=float, help="top-1, as a fraction, below which no level is chosen")
    parser.add_argument("--processor", type=int, help="for all; default: the first one that is allowed")
    parser.add_argument("--trace", type=Path, metavar="OUT", help="write OUT.csv, every frame, and OUT.svg, a picture")


@dataclass(frozen=True)
class Demonstration:
    """What both runs have in common: levels ready to run, an image a level, images a frame, and the phases."""

    mapped: Mapped
    images: Mapping[str, Any]
    count: int
    processor: int
    loads: Sequence[int]
    seconds: float

    def frame(self, entry: Entry) -> float:
        """Microseconds of a frame."""
        image = self.images[entry.level]
        before = time.perf_counter_ns()
        for _ in range(self.count):
            self.mapped.run(entry, image)
        return (time.perf_counter_ns() - before) / 1e3


def run(options: argparse.Namespace) -> None:
    """Both runs, what they show, and their trace."""
    profile = _profile(options.tflite, options.profile)
    if options.images < 1 or not options.seconds > 0:
        raise StudyError("a frame needs at least one image (--images), and a phase some time (--seconds)")
    processor = min(os.sched_getaffinity(0)) if options.processor is None else options.processor
    entries = of_images(_entries(profile, processor), options.images)
    task = Task(entries, options.deadline_us, options.minimum_accuracy)
    begin(task)  # says what is impossible before anything is opened
    widest = min(entries, key=lambda entry: profile.levels.index(entry.level))
    opened: list[Levels] = []
    mapped = Mapped(entries, lambda threads: _opened(options.tflite, profile.runtime, threads, opened))
    images = {name: random_image(opened[0], name) for name in opened[0].names}
    demonstration = Demonstration(mapped, images, options.images, processor, options.load, options.seconds)
    print(f"frame: {options.images} image{'s' if options.images > 1 else ''}, deadline {options.deadline_us:g} us")
    for entry in entries:
        print(f"{entry.level}: {entry.microseconds:.0f} us expected")
        demonstration.frame(entry)  # the first one of a level takes longer
    if by_width(profile):
        print("accuracies are not all known: the wider level is taken for the better one")
    try:
        fixed = run_fixed(demonstration, widest, task.deadline_us)
        managed, decisions = run_managed(demonstration, task)
    finally:
        mapped.close()
    print("\n".join(lines(fixed, managed)))
    print(f"a decision took {median(decisions):.1f} us (median)")
    if options.trace:
        table, picture = (options.trace.with_name(options.trace.name + suffix) for suffix in (".csv", ".svg"))
        files.write_text(table, csv_text({"fixed": fixed, "managed": managed}))
        used = {entry.level for entry in entries}
        levels = [level for level in profile.levels if level in used]
        files.write_bytes(picture, svg(fixed, managed, options.deadline_us, levels))
        print(f"written: {table} and {picture}")


def run_fixed(demonstration: Demonstration, entry: Entry, deadline_us: float) -> list[Frame]:
    """One entry through all phases."""
    found: list[Frame] = []
    for load, begin_us in _beginnings(demonstration):
        took = demonstration.frame(entry)
        found.append(Frame(len(found), begin_us, load, entry, took, took > deadline_us))
    return found


def run_managed(demonstration: Demonstration, task: Task) -> tuple[list[Frame], list[float]]:
    """What the policy chooses through all phases, and how long each decision took, microseconds."""
    found: list[Frame] = []
    decisions: list[float] = []
    state = begin(task)
    for load, begin_us in _beginnings(demonstration):
        entry, ratio = state.choice.entry, state.ratio
        took = demonstration.frame(entry)
        before = time.perf_counter_ns()
        state = step(state, took)
        decisions.append((time.perf_counter_ns() - before) / 1e3)
        found.append(Frame(len(found), begin_us, load, entry, took, took > task.deadline_us, ratio))
    return found, decisions


def _beginnings(demonstration: Demonstration) -> Iterator[tuple[int, float]]:
    """The load, and microseconds since the start, for each frame: at least one a phase, then until its time is over."""
    start = time.perf_counter_ns()
    for load in demonstration.loads:
        with co_runners(load, demonstration.processor, demonstration.seconds + 60):
            end = time.monotonic() + demonstration.seconds
            while True:
                yield load, (time.perf_counter_ns() - start) / 1e3
                if time.monotonic() >= end:
                    break


def lines(fixed: Sequence[Frame], managed: Sequence[Frame]) -> Iterator[str]:
    """Both runs side by side, a line a phase."""
    yield f"co-runners  always {fixed[0].entry.level}: late  managed: late  switches  levels used"
    pairs = [*zip(phases(fixed), phases(managed), strict=True), (fixed, managed)]
    for number, (one, other) in enumerate(pairs, 1):
        ours = outcome(other)
        used = ", ".join(f"{level} {share:.0%}" for level, share in ours.shares.items())
        load = "all" if number == len(pairs) else str(one[0].load)
        yield f"{load:>10}  {100 * outcome(one).late:14.1f} %  {100 * ours.late:11.1f} %  {ours.switches:8}  {used}"


def csv_text(runs: Mapping[str, Sequence[Frame]]) -> str:
    """Every frame of every run as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, frames in runs.items():
        for one in frames:
            ratio = "" if one.ratio is None else f"{one.ratio:.3f}"
            times = f"{one.begin_us:.1f}", one.load, one.entry.level, f"{one.microseconds:.1f}"
            writer.writerow([name, one.number, *times, int(one.late), ratio])
    return out.getvalue()


@contextmanager
def co_runners(count: int, processor: int, seconds: float) -> Iterator[None]:
    """So many busy processes on a processor; they end with the block, or by themselves after these seconds."""
    command = [sys.executable, "-I", "-S", "-c", BUSY, str(processor), str(seconds)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count)]
    try:
        for one in started:
            assert one.stdout
            one.stdout.readline()
        yield
    finally:
        for one in started:
            one.kill()
            one.communicate()


def _profile(tflite: Path, path: Path) -> Profile:
    content = files.read_bytes(tflite)
    if not path.exists():
        raise StudyError(f"{path} is missing: run `python -m pipelines.levels measure {tflite}` first")
    with files.naming(path):
        profile = from_document(files.read_json(path))
        if profile.model_sha256 != hashlib.sha256(content).hexdigest():
            raise StudyError(f"it is of another file than {tflite}: measure again")
    if profile.machine != levels_measure.machine():
        print(f"note: the profile is of another machine or system ({profile.machine}): measure again here")
    return profile


def _entries(profile: Profile, processor: int) -> tuple[Entry, ...]:
    """The front of what was measured with one thread on one processor, or wherever the system put it."""
    here = [(None,), (processor,)]
    kept = [
        replace(entry, setting=Setting(1, (processor,)))
        for entry in profile.entries
        if entry.setting.threads == 1 and entry.setting.khz is None and (entry.setting.affinity or (None,)) in here
    ]
    if not kept:
        raise StudyError(
            "the profile has no entry of one thread that may run on the processor of the demonstration and leaves the "
            "clock alone: measure with --threads 1"
        )
    return front(replace(profile, entries=tuple(kept)))


def _opened(tflite: Path, runtime: str, threads: int, kept: list[Levels]) -> Levels:
    if runtime_version(runtime) is None:
        raise StudyError(f"the profile is of the runtime {runtime}, which is not installed: measure with another one")
    try:
        kept.append(Levels(str(tflite), runtime, threads))
    except (ValueError, RuntimeError, SystemError, TypeError) as error:
        raise StudyError(f"{tflite}: {runtime} refuses it: {error}") from error
    return kept[-1]


def _loads(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isdecimal() for part in parts) or max(map(int, parts)) > 64:
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of numbers of co-runners, as 0,1,3,0 is")
    return tuple(map(int, parts))
