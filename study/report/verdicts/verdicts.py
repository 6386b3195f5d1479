"""All verdicts in the order of the 2021 study, and the rows of `verdicts.csv`."""

from collections.abc import Callable, Sequence

from study.report.facts import Facts
from study.report.inputs import Document, Row
from study.report.verdicts import pruned_size, quantization, sparsity, speed, unevenness
from study.report.verdicts.evidence import Evidence, evidence
from study.report.verdicts.verdict import Verdict

FINDINGS: tuple[Callable[[Evidence], Verdict], ...] = (
    quantization.int8_size,
    quantization.int8_accuracy,
    quantization.int8_exception,
    speed.faster,
    speed.most_for_mobilenet,
    sparsity.falls,
    sparsity.mobilenet_least,
    pruned_size.file_size,
    pruned_size.gzip_size,
    pruned_size.memory,
    speed.pruning_time,
    pruned_size.smallest,
    unevenness.uneven_pruning,
    unevenness.uneven_int8,
)
COLUMNS = ["finding", "statement", "status", "text", "details", "confirmed_if", "refuted_if"]


def verdicts(facts: Facts, card: Document) -> list[Verdict]:
    """One verdict a finding, whatever the rows hold."""
    found = evidence(facts, card)
    return [judge(found) for judge in FINDINGS]


def verdict_rows(found: Sequence[Verdict]) -> list[Row]:
    """Rows of `verdicts.csv`."""
    return [
        {
            "finding": one.finding.key,
            "statement": one.finding.statement,
            "status": one.status,
            "text": one.text,
            "details": " | ".join(one.parts),
            "confirmed_if": one.finding.confirmed_if,
            "refuted_if": one.finding.refuted_if,
        }
        for one in found
    ]
