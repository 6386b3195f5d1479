"""The report as blocks: its head, the section of every topic, and where the figures come from."""

from collections.abc import Collection

from study.report import names
from study.report.blocks import Bullets, Paragraph, Report, Section
from study.report.levels import LEVELS, SEVERAL
from study.report.phrases import sentence
from study.report.provenance import provenance
from study.report.tables import Tables
from study.report.topics import TOPICS
from study.report.treatments import has_levels

LABELS = {
    "smoke": "smoke run: small subset and few epochs \u2013 not the study\u2019s final figures",
    "quick": "quick run: small subset and few epochs \u2013 not the study\u2019s final figures",
    "own": "images of one\u2019s own, the smallest grid",
    "reference": "the full study\u2019s grid on an image folder, with fewer epochs",
    "full": "full study",
}
TITLE = "What compression does to mobile CNNs"


def document(tables: Tables, drawn: Collection[str]) -> Report:
    """Assemble the report; `drawn` are the file stems of the figures that exist."""
    card, preset = tables.inputs.card, tables.inputs.preset
    points = tuple(point for topic in TOPICS for point in topic.findings(tables))
    answer, *rest = (topic.section(tables, drawn) for topic in TOPICS)
    kinds = f"{LEVELS}{SEVERAL if has_levels(tables['results']) else ''}"
    summary = Section("summary", "Summary", (Paragraph(kinds), Bullets(points)))
    # The findings of 2021 are about CIFAR-10: whoever brings other images, or a network, did not ask for them.
    own = all(result.variant.architecture.own for result in tables.inputs.results)
    ordered = [summary, *rest, answer if card.get("is_cifar10_classes") and not own else None]
    sections = [*ordered, provenance(tables.inputs)]
    return Report(
        TITLE,
        LABELS.get(preset, f"preset {names.clean(preset)}"),
        _head(tables),
        tuple(sentence(caveat) for caveat in card.get("caveats") or []),
        tuple(section for section in sections if section and section.blocks),
    )


def _head(tables: Tables) -> tuple[tuple[str, str], ...]:
    card, results = tables.inputs.card, tables["results"]
    images = sum((card.get("per_class", {}).get("test") or {}).values()) or card["counts"]["test"]
    done = results["top1"].notna().sum()
    return (
        ("Data", f"{card.get('name')} ({len(card['classes'])} classes)"),
        ("Test images", f"{images:,}"),
        ("Architectures", str(results["arch"].nunique())),
        ("Variants", str(done) if done == len(results) else f"{done} of {len(results)}"),
    )
