"""One report of a study that was made in parts: on several machines, or one architecture after another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from study.errors import StudyError
from study.report.inputs import Document, Inputs, Result, Slot

MAPPINGS = ("history", "timing", "compression", "encoded", "diagnosis", "robustness", "ended")
MACHINE = ("cpu", "processors", "architecture", "board")
Machine = tuple[str, ...]
"""What tells machines apart: values of MACHINE."""


def join(parts: Sequence[Inputs]) -> Inputs:
    """Put parts together; of what stands in several, the last one counts.

    Latencies of one device name on different machines must not meet in one column: those of a further machine get a
    number behind the name.

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
    machines: dict[str, list[Machine]] = {}
    found: dict[tuple[str, str, str, int | str], Slot] = {}
    for part in parts:
        names = {device: _name(device, machine, machines) for device, machine in _machines(part).items()}
        for slot in part.latency:
            slot = replace(slot, device=names.get(slot.device, slot.device))
            key = slot.variant, slot.device, slot.runtime, slot.threads
            if slot.document is not None or key not in found:
                found[key] = slot
    return list(found.values())


def _machines(part: Inputs) -> Mapping[str, Machine]:
    """Device -> the machine that its measurements state."""
    found: dict[str, Machine] = {}
    for slot in part.latency:
        if slot.document is not None:
            found.setdefault(slot.device, _machine(slot.document))
    return found


def _machine(document: Document) -> Machine:
    context = document.get("context") or {}
    return tuple(str(context.get(key)) for key in MACHINE)


def _name(device: str, machine: Machine, machines: dict[str, list[Machine]]) -> str:
    known = machines.setdefault(device, [])
    if machine not in known:
        known.append(machine)
    place = known.index(machine)
    return device if place == 0 else f"{device}_{place + 1}"
