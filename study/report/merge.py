"""One report of a study that was made in parts: on several machines, or one architecture after another."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count

from study.errors import StudyError
from study.report.inputs import Document, Inputs, Result, Slot

MAPPINGS = ("history", "timing", "compression", "encoded", "diagnosis", "robustness", "profiles", "ended")
Machine = str | int
"""The identity that a measurement states (`measure_script.py`); without one, the number of its part: machines with a
processor of one name are not the same machine."""


def join(parts: Sequence[Inputs]) -> Inputs:
    """Put parts together; of what stands in several, the last one counts.

    Latencies of one device name that were not provably measured on one machine must not meet in one column: those of a
    further machine, or of a further part that does not say which it was, get a number behind the name.

    Raises:
        StudyError: no part, parts of different presets or data sets, or a variant of which parts hold different files.
    """
    if not parts:
        raise StudyError("there is nothing to join: name at least one report")
    first = parts[0]
    for number, part in enumerate(parts[1:], start=2):
        for what, own, other in (
            ("preset", first.preset, part.preset),
            ("data fingerprint", first.card.get("fingerprint"), part.card.get("fingerprint")),
        ):
            if own != other:
                raise StudyError(f"part {number} has the {what} {other}, part 1 has {own}: a report holds one of them")
        _same_files(parts[: number - 1], part, number)
    results = _results(parts)
    excluded = {name: why for part in parts for name, why in part.excluded.items() if name not in results}
    mappings = {name: {key: one for part in parts for key, one in getattr(part, name).items()} for name in MAPPINGS}
    return replace(
        first,
        results=tuple(results.values()),
        excluded=excluded,
        latency=_latency(parts),
        **mappings,  # type: ignore[arg-type]
    )


def without(part: Inputs, architectures: Collection[str]) -> Inputs:
    """A part less what it holds of some architectures, which a later part trained anew."""
    kept = tuple(one for one in part.results if one.variant.architecture.name not in architectures)
    gone = [one for one in part.results if one.variant.architecture.name in architectures]
    names = {name for one in gone for name in (one.name, one.variant.name, one.variant.model)}
    mappings = {name: {key: one for key, one in getattr(part, name).items() if key not in names} for name in MAPPINGS}
    latency = [slot for slot in part.latency if slot.variant not in names]
    return replace(part, results=kept, latency=latency, **mappings)  # type: ignore[arg-type]


def _results(parts: Sequence[Inputs]) -> Mapping[str, Result]:
    """By name; a part that lacks an evaluation or predictions does not take those of an earlier one away."""
    found: dict[str, Result] = {}
    for part in parts:
        for result in part.results:
            had = found.get(result.name, result)
            evaluation, predictions = result.evaluation or had.evaluation, result.predictions or had.predictions
            found[result.name] = replace(result, evaluation=evaluation, predictions=predictions)
    return found


def _same_files(earlier: Sequence[Inputs], part: Inputs, number: int) -> None:
    for result in part.results:
        for place, other in enumerate(earlier, start=1):
            own, theirs = _sha256(result), _sha256(other.by_name.get(result.name))
            if own and theirs and own != theirs:
                raise StudyError(
                    f"parts {place} and {number} hold different files of {result.name} (SHA-256 {theirs[:12]} "
                    f"and {own[:12]}): leave one of the parts out"
                )


def _sha256(result: Result | None) -> str | None:
    return result.evaluation.sha256 if result and result.evaluation else None


def _latency(parts: Sequence[Inputs]) -> list[Slot]:
    taken: dict[str, Machine] = {}
    found: dict[tuple[str, str, str, int | str], Slot] = {}
    for number, part in enumerate(parts, start=1):
        usual: dict[str, str] = {}  # device -> the column of its first measurement, where those not made stand too
        for slot in part.latency:
            if machine := _machine(slot.document, number):
                usual.setdefault(slot.device, _column(slot.device, machine, taken))
        for slot in part.latency:
            machine = _machine(slot.document, number)
            device = _column(slot.device, machine, taken) if machine else usual.get(slot.device, slot.device)
            key = slot.variant, device, slot.runtime, slot.threads
            if slot.document is not None or key not in found:
                found[key] = replace(slot, device=device)
    return list(found.values())


def _machine(document: Document | None, part: int) -> Machine | None:
    """Where a time was measured; None of what was not made or is computed, and so is the same on all machines."""
    if document is None or document.get("kind") != "measured":
        return None
    identity = (document.get("context") or {}).get("identity")
    return str(identity) if identity else part


def _column(device: str, machine: Machine, taken: dict[str, Machine]) -> str:
    """The device's name if no other machine has it, else the first number behind it that is this one's or free."""
    names = (device if number == 1 else f"{device}_{number}" for number in count(1))
    name = next(name for name in names if taken.get(name, machine) == machine)
    taken[name] = machine
    return name
