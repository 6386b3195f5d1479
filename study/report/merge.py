"""One report of a study that was made in parts: on several machines, or one architecture after another."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from study.errors import StudyError
from study.report.inputs import Document, Inputs, Slot, facts_of

OTHERWISE = ("preset", "card", "latency", "images")
MERGED = tuple(field.name for field in fields(Inputs) if field.name not in OTHERWISE)
MACHINE = ("cpu", "processors", "architecture", "board")


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
    merged: dict[str, Any] = {name: {} for name in MERGED}
    for part in parts:
        for name in MERGED:
            merged[name] |= getattr(part, name)
    merged["refused"] = {name: why for name, why in merged["refused"].items() if name not in merged["exported"]}
    return replace(first, **merged, latency=_latency(parts))


def _same_files(earlier: Sequence[Inputs], part: Inputs, number: int) -> None:
    for variant, document in part.accuracy.items():
        own = facts_of(document).get("sha256")
        for place, other in enumerate(earlier, start=1):
            theirs = facts_of(other.accuracy.get(variant, {})).get("sha256")
            if own and theirs and own != theirs:
                raise StudyError(
                    f"parts {place} and {number} hold different files of {variant} (SHA-256 {theirs[:12]} "
                    f"and {own[:12]}): leave one of the parts out"
                )


def _latency(parts: Sequence[Inputs]) -> list[Slot]:
    machines: dict[str, list[Any]] = {}
    found: dict[tuple[Any, ...], Slot] = {}
    for part in parts:
        names = {device: _name(device, machine, machines) for device, machine in _machines(part).items()}
        for slot in part.latency:
            slot = replace(slot, device=names.get(slot.device, slot.device))
            key = slot.variant, slot.device, slot.runtime, slot.threads
            if slot.document is not None or key not in found:
                found[key] = slot
    return list(found.values())


def _machines(part: Inputs) -> Mapping[str, Any]:
    """Device -> the machine that its measurements state."""
    found: dict[str, Any] = {}
    for slot in part.latency:
        if slot.document is not None:
            found.setdefault(slot.device, _machine(slot.document))
    return found


def _machine(document: Document) -> tuple[Any, ...]:
    context = document.get("context") or {}
    return tuple(str(context.get(key)) for key in MACHINE)


def _name(device: str, machine: Any, machines: dict[str, list[Any]]) -> str:
    known = machines.setdefault(device, [])
    if machine not in known:
        known.append(machine)
    place = known.index(machine)
    return device if place == 0 else f"{device}_{place + 1}"
