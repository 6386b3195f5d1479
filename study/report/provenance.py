"""Where the figures come from: data, packages, machine, hashes, and how to make them again."""

from collections.abc import Mapping
from typing import Any

from study.report import names, tables
from study.report.blocks import Block, Bullets, Code, Fold, Paragraph, Point, Section
from study.report.inputs import Inputs, facts_of

SCALARS = ("runtime", "runtime_version", "resolver", "threads", "code_version", "min_runtime")
TITLES = {
    "runtime": "Evaluated with",
    "runtime_version": "Its version",
    "resolver": "Kernels",
    "threads": "Threads",
    "code_version": "Code version",
    "min_runtime": "Smallest runtime version",
}


def provenance(inputs: Inputs) -> Section:
    """Facts that the evaluations share; where they differ, all of them are named."""
    card, documents = inputs.card, [facts_of(document) for document in inputs.accuracy.values()]
    counts = ", ".join(f"{split} {count:,}" for split, count in (card.get("counts") or {}).items())
    items = [
        ("Preset", inputs.preset),
        (
            "Data",
            f"{card.get('name')}, source {card.get('source')}, images "
            f"{card.get('image_size')}\u00d7{card.get('image_size')}",
        ),
        ("Images", counts),
        ("Data fingerprint", str(card.get("fingerprint"))),
    ]
    items += [("Data note", str(note)) for note in card.get("notes") or []]
    for key in SCALARS:
        values = _distinct(documents, key)
        if values:
            items.append((TITLES[key], ", ".join(values)))
    for key, title in (("machine", "Machine"), ("packages", "Packages")):
        items += [
            (title, said) for said in dict.fromkeys(_mapping(document.get(key)) for document in documents) if said
        ]
    clean = tuple(Point(topic, names.clean(text)) for topic, text in items if text)
    blocks: list[Block] = [
        Bullets(clean),
        Paragraph("To make this report again, with everything that it stands on:"),
        Code("make plan\ndvc repro"),
    ]
    rows = [
        {"variant": variant, "sha256": facts_of(inputs.accuracy.get(variant, {})).get("sha256")}
        for variant in inputs.exported
    ]
    blocks.append(
        Fold(
            "Hashes of the evaluated files",
            (tables.plain("hashes", "SHA-256 of each .tflite file.", rows, tables.HASHES),),
            False,
        )
    )
    return Section("provenance", "Provenance", tuple(blocks))


def _distinct(documents: list[Mapping[str, Any]], key: str) -> list[str]:
    return sorted({str(document[key]) for document in documents if document.get(key) is not None})


def _mapping(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value) if value else ""
    return ", ".join(f"{key} {value[key]}" for key in sorted(value))
