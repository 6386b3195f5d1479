"""`results.csv`: one row a variant, with what it is counted against."""

import pandas as pd

from study.plan.variant import Recipe
from study.report.families import Standing, standings
from study.report.inputs import Evaluation, Inputs, Result
from study.report.phrases import sentence
from study.report.shipping import NO_CODEC, codec_columns, shipping
from study.report.tables import Row, Tables, frame, known, records
from study.report.topics.seeds.retraining import retrain_flips
from study.statistics.paired import compare

COLUMNS = (
    "variant arch method amount level quantization seed dataset parameters sparsity_target sparsity_effective top1 "
    "top3 ece file_bytes gzip_bytes"
).split()
AFTER_CODECS = "arena_bytes macs agreement_with_float flips".split()
ADDED = (
    "family baseline delta_pp ci_low_pp ci_high_pp p_value nll brier weight_bytes ties test_images preset "
    "data_fingerprint sha256 caveat shipped_bytes shipped_codec worst_class worst_class_accuracy worst_drop_class "
    "worst_drop_pp sparse_inference retrain_flips confidence overconfidence_pp alpha stem_stride dense dense_delta_pp "
    "dense_low_pp dense_high_pp same_as collapsed _decode_ms"
).split()
MEASURED = (
    "parameters sparsity_effective top1 top3 ece file_bytes gzip_bytes arena_bytes macs nll brier weight_bytes".split()
)
ELIGIBLE = "eligible"


def results(tables: Tables) -> pd.DataFrame:
    """`results.csv`: one row a variant, in the order of the plan. One without a result keeps its row, empty.

    `delta_pp` is the change against `baseline`, the whole network with as much training, and missing where the study
    has none; `dense_delta_pp` that of a network trained further against `dense`, which was not. Each codec has a
    column of its own, behind gzip's.
    """
    inputs, flips, standing = tables.inputs, retrain_flips(tables.inputs), standings(tables.inputs)
    rows = [
        _row(inputs, result) | vars(standing.get(result.name, Standing())) | {"retrain_flips": flips.get(result.name)}
        for result in inputs.results
    ]
    worst = _worst(tables["per_class"])
    rows = [row | worst.get(str(row["variant"]), {}) for row in rows]
    codecs = codec_columns(pd.DataFrame(columns=list({key: None for row in rows for key in row})))
    return frame(rows, [*COLUMNS, *codecs, *AFTER_CODECS, *ADDED])


def _row(inputs: Inputs, result: Result) -> Row:
    evaluation, recipe = result.evaluation or Evaluation({}), result.variant.recipe
    base, start = inputs.baseline(result), inputs.start(result)
    architecture = result.variant.architecture
    caveats = " ".join(sentence(caveat) for caveat in inputs.card.get("caveats") or [])
    row: Row = {"variant": result.name, **result.identity}
    row |= {
        "family": architecture.family,
        "alpha": architecture.alpha,
        "stem_stride": architecture.stem_stride,
        "dataset": inputs.card.get("name"),
        "sparsity_target": None if _is_narrower(recipe) else recipe.amount / 100,
        "baseline": base.name if base else None,
        "dense": start.name if start else None,
        "preset": inputs.preset,
        "data_fingerprint": inputs.card.get("fingerprint"),
        "sha256": evaluation.sha256,
        "caveat": caveats or None,
        "sparse_inference": _sparse_inference(evaluation),
    }
    row |= {key: evaluation.number(key) for key in MEASURED}
    row |= {key: size for key, size in evaluation.codec_sizes.items() if key not in NO_CODEC}
    return row | shipping(inputs, result) | _predicted(result, base, start)


def _predicted(result: Result, base: Result | None, start: Result | None) -> Row:
    """What the predictions say, alone, beside those of the baseline, and beside those of the dense network."""
    own, against = result.predictions, base.predictions if base else None
    if not own:
        return {}
    surer = 100 * (own.confidence - float(own.correct.mean()))
    row: Row = {"ties": own.ties, "test_images": len(own.labels), "confidence": own.confidence}
    row["overconfidence_pp"] = surer
    if against:
        agreement = own.predicted == against.predicted
        row |= {"agreement_with_float": float(agreement.mean()), "flips": int((~agreement).sum())}
        if result is not base:
            whole = vars(compare(against.correct, own.correct))
            row |= {key: whole[key] for key in ("delta_pp", "ci_low_pp", "ci_high_pp", "p_value")}
    if start and start.predictions and result.level.baseline != result.level.start:
        whole = vars(compare(start.predictions.correct, own.correct))
        row |= {f"dense_{key.removeprefix('ci_')}": whole[key] for key in ("delta_pp", "ci_low_pp", "ci_high_pp")}
    return row


def _is_narrower(recipe: Recipe) -> bool:
    """Whether whole channels were cut, and nothing after that: then the amount is no sparsity."""
    return recipe.kinds[-1:] in (("structured",), ("family",))


def _sparse_inference(evaluation: Evaluation) -> str | None:
    """Whether XNNPACK can compute on sparse weights in this file, or the rules that forbid it; None is unknown."""
    failed = evaluation.facts.get("sparse_inference")
    return None if failed is None else "; ".join(str(rule) for rule in failed) or ELIGIBLE


def _worst(per_class: pd.DataFrame) -> dict[str, Row]:
    """Of each variant the class with the lowest accuracy and the one with the largest drop; the first of equals.

    A class without test images is neither.
    """
    found: dict[str, Row] = {}
    for key, name, value in (
        ("accuracy", "worst_class", "worst_class_accuracy"),
        ("delta_pp", "worst_drop_class", "worst_drop_pp"),
    ):
        scored = known(per_class, key)
        lowest = scored.loc[scored.astype({key: "float64"}).groupby("variant")[key].idxmin()]
        for row in records(lowest):
            found.setdefault(row["variant"], {}).update({name: row["class"], value: row[key]})
    return found
