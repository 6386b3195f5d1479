"""`results.csv`: one row a variant, in the order of the plan. One without a result keeps its row, empty."""

from collections.abc import Mapping, Sequence

from study.report.answers import Predictions
from study.report.inputs import Document, Inputs, Row, amount_of, baseline_of, facts_of, is_narrower, method_of
from study.report.phrases import sentence
from study.report.rows.retraining import retrain_flips
from study.report.rows.shipping import NO_CODEC, codec_columns, shipping
from study.report.structured.relatives import alpha_of
from study.report.worst import worst
from study.statistics.paired import compare

COLUMNS = [
    "variant",
    "arch",
    "method",
    "amount",
    "quantization",
    "seed",
    "dataset",
    "parameters",
    "sparsity_target",
    "sparsity_effective",
    "top1",
    "top3",
    "ece",
    "file_bytes",
    "gzip_bytes",
]
AFTER_CODECS = ["arena_bytes", "macs", "agreement_with_float", "flips"]
ADDED = [
    "family",
    "baseline",
    "delta_pp",
    "ci_low_pp",
    "ci_high_pp",
    "p_value",
    "nll",
    "brier",
    "weight_bytes",
    "ties",
    "test_images",
    "preset",
    "data_fingerprint",
    "sha256",
    "caveat",
    "shipped_bytes",
    "shipped_codec",
    "worst_class",
    "worst_class_accuracy",
    "worst_drop_class",
    "worst_drop_pp",
    "sparse_inference",
    "retrain_flips",
    "confidence",
    "overconfidence_pp",
    "alpha",
    "stem_stride",
]
MEASURED = [
    "parameters",
    "sparsity_effective",
    "top1",
    "top3",
    "ece",
    "file_bytes",
    "gzip_bytes",
    "arena_bytes",
    "macs",
    "nll",
    "brier",
    "weight_bytes",
]
ELIGIBLE = "eligible"


def results(inputs: Inputs, answers: Mapping[str, Predictions], per_class: Sequence[Row]) -> list[Row]:
    """One row a planned variant; `per_class` are the rows of `per_class.csv`. Each codec has a column of its own."""
    classes: dict[str, list[Row]] = {}
    for row in per_class:
        classes.setdefault(row["variant"], []).append(row)
    flips = retrain_flips(inputs, answers)
    return [
        _row(inputs, answers, variant) | worst(classes.get(variant, [])) | {"retrain_flips": flips.get(variant)}
        for variant in inputs.exported
    ]


def columns(rows: list[Row]) -> list[str]:
    """Column names in their fixed order, further codecs after gzip."""
    return COLUMNS + codec_columns(rows) + AFTER_CODECS + ADDED


def _row(inputs: Inputs, answers: Mapping[str, Predictions], variant: str) -> Row:
    cell, document = inputs.exported[variant], inputs.accuracy.get(variant, {})
    base = baseline_of(inputs.exported, variant)
    row: Row = {
        "variant": variant,
        "arch": cell["architecture"],
        "family": cell.get("family"),
        "alpha": alpha_of(cell),
        "stem_stride": cell.get("stem_stride"),
        "method": method_of(cell),
        "amount": amount_of(cell),
        "quantization": cell["scheme"],
        "seed": cell["seed"],
        "dataset": inputs.card.get("name"),
        "sparsity_target": None if is_narrower(cell) else amount_of(cell) / 100,
        "baseline": base,
        "preset": inputs.preset,
        "data_fingerprint": inputs.card.get("fingerprint"),
        "sha256": facts_of(document).get("sha256"),
        "caveat": " ".join(sentence(caveat) for caveat in inputs.card.get("caveats") or []) or None,
    }
    codecs = [key for key in document if key.endswith("_bytes") and key not in NO_CODEC]
    row |= {key: document.get(key) for key in [*MEASURED, *codecs]}
    row |= shipping(inputs.encoded.get(variant), row["sha256"]) | {"sparse_inference": _sparse_inference(document)}
    own, against = answers.get(variant), answers.get(base or "")
    if own:
        confidence = own.confidence
        row |= {"ties": own.ties, "test_images": len(own.labels), "confidence": confidence}
        row["overconfidence_pp"] = 100 * (confidence - float(own.correct.mean()))
    if own and against:
        agreement = own.predicted == against.predicted
        row |= {"agreement_with_float": float(agreement.mean()), "flips": int((~agreement).sum())}
        if variant != base:
            whole = compare(against.correct, own.correct)
            row |= {
                "delta_pp": whole.delta_pp,
                "ci_low_pp": whole.ci_low_pp,
                "ci_high_pp": whole.ci_high_pp,
                "p_value": whole.p_value,
            }
    return row


def _sparse_inference(document: Document) -> str | None:
    """Whether XNNPACK can compute on sparse weights in this file, or the rules that forbid it; None is unknown."""
    failed = facts_of(document).get("sparse_inference")
    return None if failed is None else "; ".join(str(rule) for rule in failed) or ELIGIBLE
