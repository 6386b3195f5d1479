"""The report as blocks: which section holds what. Pictures are taken in only where a figure was drawn."""

from collections.abc import Collection

from study.report import names, tables
from study.report.answers import answers
from study.report.blocks import Bullets, Paragraph, Report, Section, picture
from study.report.facts import Facts
from study.report.findings.findings import findings
from study.report.inputs import SMALL_BUDGET, Inputs
from study.report.phrases import sentence
from study.report.provenance import provenance
from study.report.sections.calibration import calibration_section
from study.report.sections.classes import class_section
from study.report.sections.diagnosis import diagnosis_section
from study.report.sections.forgotten_images import forgotten_section
from study.report.sections.interactions import interaction_section
from study.report.sections.latency import latency_section
from study.report.sections.reference import reference_tables
from study.report.sections.refused import refused_section
from study.report.sections.robustness import robustness_section
from study.report.sections.seeds import seeds_section
from study.report.sections.size import size_section
from study.report.sections.sparse_inference import sparse_table
from study.report.sections.training import training_section
from study.report.structured.section import structured_section
from study.report.verdicts.section import verdict_section
from study.report.verdicts.verdicts import verdicts

LABELS = {
    "smoke": "smoke run: small subset and few epochs \u2013 not the study\u2019s final figures",
    "quick": "quick run: small subset and few epochs \u2013 not the study\u2019s final figures",
    "reference": "the full study\u2019s grid on an image folder, with fewer epochs",
    "full": "full study",
}
TITLE = "What compression does to mobile CNNs"
NOT_ORIGINAL = (
    "This data set has CIFAR-10\u2019s classes but is not the original CIFAR-10: figures of this study "
    "and of 2021 are not comparable as they stand."
)


def document(inputs: Inputs, facts: Facts, drawn: Collection[str]) -> Report:
    """Assemble the report; `drawn` are the file stems of the figures that exist."""
    copied = inputs.card.get("is_cifar10_classes") and not inputs.card.get("is_original_cifar10")
    sections = [
        verdict_section(verdicts(facts, inputs.card), inputs.preset, NOT_ORIGINAL if copied else ""),
        Section("summary", "Summary", (Bullets(tuple(findings(facts))),)),
        _variants(facts),
        _reference(inputs, facts),
        Section(
            "sparsity",
            "Accuracy and sparsity",
            (
                *picture(
                    drawn,
                    "top1_over_sparsity",
                    "Top-1 accuracy over the share of pruned weights for each architecture and scheme",
                    "Top-1 on the test images over the share of weights that is pruned. With several seeds: their "
                    "mean, and their range shaded.",
                ),
                *sparse_table(facts),
            ),
        ),
        structured_section(facts, drawn),
        diagnosis_section(facts, drawn),
        class_section(facts, drawn),
        interaction_section(facts),
        seeds_section(facts),
        calibration_section(facts),
        forgotten_section(inputs, answers(inputs), facts.exemplars),
        size_section(facts, drawn),
        robustness_section(facts, drawn),
        latency_section(facts, drawn),
        training_section(facts, drawn),
        refused_section(inputs),
        provenance(inputs),
    ]
    return Report(
        TITLE,
        LABELS.get(inputs.preset, f"preset {names.clean(inputs.preset)}"),
        _head(inputs, facts),
        tuple(sentence(caveat) for caveat in inputs.card.get("caveats") or []),
        tuple(section for section in sections if section.blocks),
    )


def _head(inputs: Inputs, facts: Facts) -> tuple[tuple[str, str], ...]:
    images = sum((inputs.card.get("per_class", {}).get("test") or {}).values()) or inputs.card["counts"]["test"]
    done = sum(row.get("top1") is not None for row in facts.results)
    return (
        ("Data", f"{inputs.card.get('name')} ({len(inputs.card['classes'])} classes)"),
        ("Test images", f"{images:,}"),
        ("Architectures", str(len(names.distinct(facts.results, "arch")))),
        ("Variants", str(done) if done == len(facts.results) else f"{done} of {len(facts.results)}"),
    )


def _variants(facts: Facts) -> Section:
    cards = Paragraph("Every evaluated variant has a model card with its class warnings: cards/VARIANT.md.")
    return Section("variants", "All variants", (tables.main_table(facts), cards))


def _reference(inputs: Inputs, facts: Facts) -> Section:
    if not inputs.card.get("is_cifar10_classes"):
        return Section("reference", "Beside the 2021 study", ())
    original = bool(inputs.card.get("is_original_cifar10"))
    caveats = [] if original else [NOT_ORIGINAL, *(sentence(caveat) for caveat in inputs.card.get("caveats") or [])]
    if inputs.preset in SMALL_BUDGET:
        caveats.append("This is not the full study: few epochs on few images.")
    return Section("reference", "Beside the 2021 study", tuple(reference_tables(facts, " ".join(caveats))))
