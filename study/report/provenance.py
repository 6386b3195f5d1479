"""Where the figures come from: data, packages, machine, hashes, and how to make them again."""

from collections.abc import Iterator, Mapping, Sequence

from study.report import names
from study.report.blocks import Bullets, Code, Fold, Paragraph, Point, Section
from study.report.inputs import Document, Inputs
from study.report.shown import plain
from study.report.tables import frame

TITLES = {
    "runtime": "Evaluated with",
    "runtime_version": "Its version",
    "resolver": "Kernels",
    "threads": "Threads",
    "code_version": "Code version",
    "min_runtime": "Smallest runtime version",
}
HASHES = ["variant", "sha256"]


def provenance(inputs: Inputs) -> Section:
    """Facts that the evaluations share; where they differ, all of them are named."""
    evaluations = [result.evaluation.facts for result in inputs.results if result.evaluation]
    said = [*_data(inputs), *_starts(inputs), *_shared(evaluations)]
    known = {result.variant.name: result.evaluation.sha256 for result in inputs.results if result.evaluation}
    files = dict.fromkeys(result.variant.name for result in inputs.results)
    hashes = [{"variant": name, "sha256": known.get(name)} for name in files]
    table = plain("hashes", "SHA-256 of each .tflite file.", frame(hashes, HASHES), HASHES)
    return Section(
        "provenance",
        "Provenance",
        (
            Bullets(tuple(Point(topic, names.clean(text)) for topic, text in said if text)),
            Paragraph("To make this report again, with everything that it stands on:"),
            Code("make plan\ndvc repro"),
            Fold("Hashes of the evaluated files", (table,), False),
        ),
    )


def _data(inputs: Inputs) -> Iterator[tuple[str, str]]:
    card = inputs.card
    size = card.get("image_size")
    yield "Preset", inputs.preset
    yield "Data", f"{card.get('name')}, source {card.get('source')}, images {size}\u00d7{size}"
    yield "Images", ", ".join(f"{split} {count:,}" for split, count in (card.get("counts") or {}).items())
    yield "Data fingerprint", str(card.get("fingerprint"))
    for note in card.get("notes") or []:
        yield "Data note", str(note)


def _starts(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """The files that networks started from, each once."""
    for variant in dict.fromkeys(result.variant for result in inputs.results):
        origin = (inputs.compression.get(variant.base) or {}).get("origin")
        if origin and variant.architecture.start and variant.model == variant.base and variant == variant.start:
            yield (
                f"Start of {variant.base}",
                f"{origin['file']}, SHA-256 {origin['sha256']}; {'; '.join(origin['read'])}",
            )


def _shared(evaluations: Sequence[Document]) -> Iterator[tuple[str, str]]:
    for key, title in TITLES.items():
        yield title, ", ".join(sorted({str(one[key]) for one in evaluations if one.get(key) is not None}))
    for key, title in (("machine", "Machine"), ("packages", "Packages")):
        for said in dict.fromkeys(_listed(one.get(key)) for one in evaluations):
            yield title, said


def _listed(value: object) -> str:
    if not isinstance(value, Mapping):
        return str(value) if value else ""
    return ", ".join(f"{key} {value[key]}" for key in sorted(value))
