"""The section on int8, layer by layer."""

from collections.abc import Collection

from study.report import names, tables
from study.report.blocks import Block, Fold, Paragraph, Section, Table, picture
from study.report.diagnoses import cause, plain, worst_layers
from study.report.facts import Facts
from study.report.figures.drawings import diagnosis_name
from study.report.inputs import Document
from study.report.rows.int8 import recovery_of

METHOD = (
    "Each layer of the dense network is quantized to int8 alone, with all others in float32: the lower its "
    "signal-to-quantization-noise ratio (SQNR), the more it harms. Then the worst layers go back to float32, one "
    "after another. Ranges are those of least error (int8_tuned); pale dots show the converter's own. All of it on "
    "calibration and validation images; test images play no part."
)
WORST = ["layer", "op", "place", "sqnr_db", "plain_sqnr_db", "share"]
RECOVERY = ["float_layers", "top1", "from_float_pp", "file_bytes", "agreement"]


def diagnosis_section(facts: Facts, drawn: Collection[str]) -> Section:
    """The cause in words, a figure and the worst layers of each diagnosed network."""
    found = {
        model: document
        for model, document in facts.diagnosis.items()
        if document.get("layers") and document.get("recovery")
    }
    blocks: list[Block] = [Paragraph(METHOD)] if found else []
    for model, document in found.items():
        blocks.append(Fold(names.clean(_title(facts, model)), _of(model, document, drawn)))
    return Section("diagnosis", "Quantization, layer by layer", tuple(blocks))


def _of(model: str, document: Document, drawn: Collection[str]) -> tuple[Block, ...]:
    name = names.clean(document["architecture"])
    recovery = Fold("Every step back to float", (_recovery(model, document),), False)
    compared = plain(document)
    return (
        *([Paragraph(compared)] if compared else []),
        Paragraph(cause(document)),
        *picture(
            drawn,
            diagnosis_name(model),
            f"Quantization noise of each layer of {name}, and top-1 over the number of layers in float",
            f"{name}, calibrated on {document['calibration_images']:,} images. The numbers are those of the table.",
        ),
        _worst(model, document),
        recovery,
    )


def _title(facts: Facts, model: str) -> str:
    """The architecture; the model's own name where the study has several of it."""
    arch = str(facts.diagnosis[model]["architecture"])
    return arch if [one["architecture"] for one in facts.diagnosis.values()].count(arch) == 1 else model


def _worst(model: str, document: Document) -> Table:
    rows = [dict(layer) | {"layer": layer["name"], "place": place} for place, layer in worst_layers(document)]
    caption = (
        f"The {len(rows)} layers that int8 harms most, of {len(document['layers'])}, the worst first; "
        "int8_layers.csv has them all."
    )
    return tables.numbered(f"layers-{model}", caption, rows, WORST)


def _recovery(model: str, document: Document) -> Table:
    return tables.plain(
        f"recovery-{model}",
        f"The worst layers back in float32. Change: against all float32 ({100 * document['float32']['top1']:.2f} %) on "
        f"{document['images']:,} validation images. int8_recovery.csv has them, and the converter's own ranges.",
        [row for row in recovery_of(model, document) if row["ranges"] == "tuned"],
        RECOVERY,
    )
