"""Accuracy: what quantization and compression cost each network, and the table of all variants."""

from collections.abc import Collection

import pandas as pd

from study.compress import METHODS
from study.plan.variant import DENSE, Quantization, Recipe
from study.report import names
from study.report.blocks import Paragraph, Point, Section
from study.report.inputs import Evaluation, Inputs, Result
from study.report.phrases import are, change, network, number, percent, points, sentence, span
from study.report.shipping import NO_CODEC, both_sizes, codec_columns, shipping, size_column
from study.report.shown import plain
from study.report.tables import Row, Tables, frame, known, records
from study.report.topics.seeds import retrain_flips
from study.report.topics.topic import Topic
from study.statistics.paired import compare

COLUMNS = (
    "variant arch method amount quantization seed dataset parameters sparsity_target sparsity_effective top1 top3 ece "
    "file_bytes gzip_bytes"
).split()
AFTER_CODECS = "arena_bytes macs agreement_with_float flips".split()
ADDED = (
    "family baseline delta_pp ci_low_pp ci_high_pp p_value nll brier weight_bytes ties test_images preset "
    "data_fingerprint sha256 caveat shipped_bytes shipped_codec worst_class worst_class_accuracy worst_drop_class "
    "worst_drop_pp sparse_inference retrain_flips confidence overconfidence_pp alpha stem_stride _decode_ms"
).split()
MEASURED = (
    "parameters sparsity_effective top1 top3 ece file_bytes gzip_bytes arena_bytes macs nll brier weight_bytes".split()
)
SHOWN = (
    "variant top1 delta_pp worst_class_accuracy worst_drop_pp top3 parameters sparsity_effective shipped_bytes "
    "file_bytes gzip_bytes arena_bytes macs agreement_with_float flips retrain_flips"
).split()
CAPTION = (
    "All variants of the plan. Change: top-1 in percentage points against the dense float32 model of the same "
    "architecture and seed. Worst class: the one with the lowest accuracy. Worst drop: the largest loss of a single "
    "class; being the largest of several, it overstates."
)
CARDS = "Every evaluated variant has a model card with its class warnings: cards/VARIANT.md."
ELIGIBLE = "eligible"
MOST = 12  # variants that are named one by one
FEW = 2  # treatments that are told one by one, with intervals
CHANCE = 1.5  # times the accuracy of guessing


def results(tables: Tables) -> pd.DataFrame:
    """`results.csv`: one row a variant, in the order of the plan. One without a result keeps its row, empty.

    Each codec has a column of its own, behind gzip's.
    """
    inputs, flips = tables.inputs, retrain_flips(tables.inputs)
    rows = [_row(inputs, result) | {"retrain_flips": flips.get(result.name)} for result in inputs.results]
    worst = _worst(tables["per_class"])
    rows = [row | worst.get(str(row["variant"]), {}) for row in rows]
    codecs = codec_columns(pd.DataFrame(columns=list({key: None for row in rows for key in row})))
    return frame(rows, [*COLUMNS, *codecs, *AFTER_CODECS, *ADDED])


def _row(inputs: Inputs, result: Result) -> Row:
    evaluation, base, recipe = result.evaluation or Evaluation({}), inputs.baseline(result), result.variant.recipe
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
        "preset": inputs.preset,
        "data_fingerprint": inputs.card.get("fingerprint"),
        "sha256": evaluation.sha256,
        "caveat": caveats or None,
        "sparse_inference": _sparse_inference(evaluation),
    }
    row |= {key: evaluation.number(key) for key in MEASURED}
    row |= {key: size for key, size in evaluation.codec_sizes.items() if key not in NO_CODEC}
    return row | shipping(inputs, result) | _predicted(result, base)


def _predicted(result: Result, base: Result | None) -> Row:
    """What the predictions say, alone and beside those of the baseline."""
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
    return row


def _is_narrower(recipe: Recipe) -> bool:
    """Whether whole channels were cut: then the amount is no sparsity."""
    return not recipe.is_dense and METHODS[recipe.method].kind == "structured"


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


def findings(tables: Tables) -> list[Point]:
    """The extent of the study, changes of top-1 by scheme and by recipe, and what little they say near chance."""
    table = tables["results"]
    done = known(table, "top1")
    if done.empty:
        return [Point("Nothing yet", "No variant of the plan has been evaluated.")]
    compared = known(done, "delta_pp")
    dense, in_float = compared["method"] == DENSE, compared["quantization"] == Quantization().scheme
    return [
        _extent(table, done),
        *_told(compared[dense], "Quantization", lambda row: names.clean(row["quantization"])),
        *_told(compared[~dense & in_float], "Compression before quantization", names.recipe),
        *_trained_on(tables["training"]),
        *_near_chance(done, 1 / max(len(tables.inputs.classes), 1), names.several_seeds(table)),
    ]


def _extent(table: pd.DataFrame, done: pd.DataFrame) -> Point:
    best, missing = records(done.loc[[done["top1"].idxmax()]])[0], len(table) - len(done)
    text = (
        f"{number(len(done), 'variant')} of {number(done['arch'].nunique(), 'architecture')} evaluated on "
        f"{names.clean(best['dataset'])}. The most accurate one is {names.full(best, names.several_seeds(table))} with "
        f"a top-1 of {percent(best['top1'])}."
    )
    return Point("Extent", text + (f" {missing} planned {are(missing)} missing." if missing else ""))


def _told(rows: pd.DataFrame, topic: str, treatment: names.Label) -> list[Point]:
    """Changes of each treatment, treatments in the order of the plan, networks costliest first."""
    lead = "Top-1 against the dense float32 model of the same architecture, costliest first"
    seeds = names.several_seeds(rows)
    labels = pd.Series([treatment(row) for row in records(rows)], rows.index, dtype="object")
    groups = {
        name: records(own.sort_values("delta_pp", kind="stable")) for name, own in rows.groupby(labels, sort=False)
    }
    if len(groups) <= FEW:
        return [
            Point(f"{topic}: {name}", f"{lead}:", tuple(f"{network(row, seeds)}: {change(row)}" for row in own))
            for name, own in groups.items()
        ]
    parts = tuple(
        f"{name}: " + ", ".join(f"{network(row, seeds)} {points(row['delta_pp'])}" for row in own)
        for name, own in groups.items()
    )
    return [Point(topic, f"{lead}, in percentage points:", parts)]


def _trained_on(training: pd.DataFrame) -> list[Point]:
    """What the changes of compressed networks hold besides compression."""
    more = {str(method): sorted(set(own)) for method, own in training.groupby("method", sort=False)["epochs"]}
    dense = more.pop(DENSE, [])
    if not dense or not more:
        return []
    parts = ", ".join(f"{names.clean(method)} {span(epochs, _whole)}" for method, epochs in more.items())
    text = (
        f"Behind the epochs of the dense networks ({span(dense, _whole)}) come more: {parts}. No dense network was "
        "trained as long, so a part of each change is that training's, and a gain is not the zeros'."
    )
    return [Point("Compressed networks are trained longer", text)]


def _whole(count: float) -> str:
    return f"{count:.0f}"


def _near_chance(done: pd.DataFrame, chance: float, seeds: bool) -> list[Point]:
    """Variants that hardly beat guessing: their drops say nothing about the compression."""
    low = records(done[done["top1"] <= CHANCE * chance])
    if not low:
        return []
    text = f"Guessing gives {percent(chance)}. These hardly beat it, so their changes say little:"
    parts = [f"{names.full(row, seeds)}: {percent(row['top1'])}" for row in low[:MOST]]
    more = [f"and {len(low) - MOST} more, see the table of all variants"] if len(low) > MOST else []
    return [Point("Near chance", text, (*parts, *more))]


def section(tables: Tables, drawn: Collection[str]) -> Section:
    """One row a variant; the smallest form has a column where any file has been encoded."""
    table = tables["results"]
    size = size_column(table)
    left_out = {"shipped_bytes"} - {size}
    if not table["retrain_flips"].notna().any():
        left_out.add("retrain_flips")
    shown = plain("results", f"{CAPTION} {both_sizes(size)}", table, [key for key in SHOWN if key not in left_out])
    return Section("variants", "All variants", (shown, Paragraph(CARDS)))


TOPIC = Topic(tables={"results": results}, findings=findings, section=section)
