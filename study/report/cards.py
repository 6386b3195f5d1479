"""A model card per evaluated variant: what its file takes and returns, what it costs, whom it fails, how it was made.

Markdown with the metadata of Hugging Face's model cards (`modelcard.md` of hub-docs; `library_name` is a key of
`model-libraries.ts` in huggingface.js, `pipeline_tag` one of its tasks).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from study.compress import METHODS
from study.convert import SCHEMES
from study.plan.variant import Quantization, Recipe, Variant
from study.report import names, teaching
from study.report.blocks import Cell, Column, Point, Table
from study.report.inputs import Document, Inputs, Result
from study.report.levels import FILES
from study.report.markdown import table_text, text
from study.report.phrases import change, number, p_equals, percent, sentence
from study.report.sample_code import usage
from study.report.shipping import both_sizes, codec_columns
from study.report.shown import cell, column, plain
from study.report.tables import Record, Tables, known, records
from study.report.topics.accuracy.findings import CHANCE
from study.report.topics.classes.findings import unseen
from study.report.treatments import KEYS, ORDINARY, file_of
from study.statistics.seeds import ENOUGH, TESTED

FOLDER = "cards"
CIFAR10 = "uoft-cs/cifar10"  # its id on the Hub
LIBRARY, TASK, LICENCE = "litert", "image-classification", "apache-2.0"
SCORES = {
    "top1": ("accuracy", "Top-1 accuracy"),
    "top3": ("top_3_accuracy", "Top-3 accuracy"),
    "worst_class_accuracy": ("worst_class_accuracy", "Accuracy of the worst class"),
    "ece": ("expected_calibration_error", "Expected calibration error, 15 bins"),
}
COST = "shipped_bytes file_bytes gzip_bytes arena_bytes weight_bytes parameters sparsity_effective macs".split()
ACCURACY = "top1 top3 delta_pp dense_delta_pp agreement_with_float flips test_images".split()
CALIBRATION = "ece nll brier".split()
COUNTED = "class n accuracy".split()  # of a baseline, which is compared with nothing
COMPARED = [*COUNTED, *"delta_pp base_only variant_only p_value p_adjusted q_value".split()]
TESTS = (
    " Change: percentage points of this file against its float32 baseline; base only, variant only: images that one of "
    "them alone gets right; p: exact McNemar test, Holm-corrected over all tests of files in the study. * significant."
)
NAME = 40  # characters of a class name

# What a card says comes from strangers' names and files: it is text, unless it is Markdown already.
_cards = Environment(
    loader=PackageLoader("study.report"),
    finalize=lambda value: value if isinstance(value, Markup) else text(str(value)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def cards(tables: Tables, label: str) -> dict[str, str]:
    """`<variant>.md` -> card, for every variant that has been evaluated; `label` says what kind of run it was."""
    rows = known(tables["results"], "top1")
    classes = dict(list(tables["per_class"].groupby("variant", sort=False)))
    tested, cost = known(tables["per_class"], "p_adjusted"), [*COST, *codec_columns(rows)]
    limits = [] if tested.empty else [unseen(tested)]
    over_seeds = dict(list(known(tables["seeds"], "class").groupby(KEYS, sort=False)))
    return {
        f"{row['variant']}.md": _card(
            tables.inputs,
            row,
            classes.get(row["variant"]),
            over_seeds.get(tuple(row[key] for key in KEYS)),
            label,
            limits,
            cost,
        )
        for row in records(rows)
    }


def _card(
    inputs: Inputs,
    row: Record,
    table: pd.DataFrame | None,
    over_seeds: pd.DataFrame | None,
    label: str,
    limits: Sequence[Point],
    cost: Sequence[str],
) -> str:
    result, data = inputs.by_name[row["variant"]], inputs.card
    classes = records(table) if table is not None else []
    tested = any(one["p_value"] is not None for one in classes)
    base = f" Baseline: {row['baseline']}." if tested else ""
    epochs = len(inputs.history.get(result.variant.start.model, ()))
    whole = SCHEMES[result.variant.quantization.scheme].integer_ports
    size = int(data.get("image_size") or 0)
    sizes = both_sizes("gzip_bytes" if row["shipped_bytes"] is None else "shipped_bytes")
    return _cards.get_template("card.md.j2").render(
        metadata=Markup(yaml.safe_dump(metadata(row, data), sort_keys=False, allow_unicode=True, width=1000)),
        row=row,
        named=names.full(row, True),
        label=label,
        data=names.clean(data.get("name") or "unnamed"),
        top1=percent(row["top1"]),
        caveats=[sentence(caveat) for caveat in data.get("caveats") or []],
        warnings=[*_guessing(row, classes), *_losses(row, classes), _harm(row, over_seeds), *_worst(row)],
        ports="int8 (scale and zero point are in the file) for" if whole else "float32",
        size=size,
        classes=inputs.classes,
        evaluated={**dict.fromkeys(("min_runtime", "runtime", "runtime_version", "resolver")), **_facts(result)},
        sample=Markup(usage(file_of(row), inputs.classes, size, whole, _signature(row))),
        levels=_levels(result),
        architecture=result.variant.architecture,
        brought=(inputs.compression.get(result.variant.start.model) or {}).get("origin"),
        epochs=number(epochs, "epoch") if epochs else "",
        compression=_compression(inputs, row, result.variant),
        quantization=_quantization(inputs, result.variant.quantization),
        counts=", ".join(f"{count:,} {split}" for split, count in (data.get("counts") or {}).items()),
        notes=" ".join(sentence(names.clean(note)) for note in data.get("notes") or []),
        cost=_vertical(row, cost, f"Size and cost of the file. {sizes}{_shared(row)}"),
        accuracy=_vertical(row, ACCURACY, f"From the exported file in the interpreter, over all test images.{base}"),
        per_class=_per_class(table, tested),
        limits=limits if tested else (),
        calibration=_vertical(row, CALIBRATION, "On the test images; all better when lower."),
        origin=_origin(inputs, result),
    )


def metadata(row: Record, card: Document) -> Document:
    """The YAML block for a row of `results.csv` and the data card; a score without a value is left out."""
    data = dataset_id(card)
    scores = [
        {"type": kind, "value": round(float(row[key]), 6), "name": name}
        for key, (kind, name) in SCORES.items()
        if row[key] is not None
    ]
    result = {
        "task": {"type": TASK, "name": "Image classification"},
        "dataset": {"type": data, "name": names.clean(str(card.get("name"))), "split": "test"},
        "metrics": scores,
    }
    return {
        "license": LICENCE,
        "library_name": LIBRARY,
        "pipeline_tag": TASK,
        "tags": _tags(row),
        "datasets": [data],
        "metrics": ["accuracy"],
        "model-index": [{"name": row["variant"], "results": [result]}],
    }


def dataset_id(card: Document) -> str:
    """The Hub's id of the original CIFAR-10; of other data their name as letters, digits and dashes.

    A copy of CIFAR-10 that is not the original never gets the original's id.
    """
    if card.get("is_original_cifar10"):
        return CIFAR10
    return re.sub(r"[^a-z0-9]+", "-", str(card.get("name")).lower()).strip("-")[:90] or "custom"


def _tags(row: Record) -> list[str]:
    scheme = str(row["quantization"])
    recipe = Recipe(str(row["method"]), int(row["amount"]))
    named = [step.method for step, kind in zip(recipe.steps, recipe.kinds, strict=True) if kind != "control"]
    narrowed = "family" in recipe.kinds  # whose widest level lacks nothing
    pruned = [*([] if narrowed else ["pruned"]), *named] if named else []
    quantized = [] if scheme.startswith(Quantization().scheme) else ["quantized"]
    return list(dict.fromkeys(["tflite", str(row["family"]), *pruned, *quantized, scheme]))


def _facts(result: Result) -> Document:
    return result.evaluation.facts if result.evaluation else {}


def _guessing(row: Record, classes: Sequence[Record]) -> list[str]:
    chance = 1 / max(len(classes), 1)
    said = f"It hardly beats guessing: top-1 {percent(row['top1'])}, guessing gives {percent(chance)}."
    return [said] if row["top1"] <= CHANCE * chance else []


def _losses(row: Record, classes: Sequence[Record]) -> list[str]:
    """What this file does to classes, compared with the file of its baseline on the same images."""
    tested = [one for one in classes if one["p_adjusted"] is not None]
    if row["collapsed"]:
        what = "level of its file" if _signature(row) else "file"
        return [f"This {what} collapsed ({row['collapsed']}): do not use it. It is left out of all claims on classes."]
    if row["baseline"] == row["variant"]:
        return ["It is a float32 baseline: no class has been compared with anything."]
    if row["same_as"]:
        return [f"It answers every test image as {row['same_as']} does: see that card for tests of its classes."]
    if not tested:
        return [
            "Its classes have not been compared: the study has no float32 file of the whole network with as much "
            "training."
        ]
    losses = sorted(
        (one for one in tested if one["significant"] and one["delta_pp"] < 0), key=lambda one: one["delta_pp"]
    )
    if not losses:
        return [
            f"{FILES}, no class loses significantly against {row['baseline']}. Smaller losses may be there all the "
            "same."
        ]
    count = "one class loses" if len(losses) == 1 else f"{len(losses)} of {len(tested)} classes lose"
    return [f"{FILES}, {count} significantly against {row['baseline']}: {_told(losses)}."]


def _harm(row: Record, over_seeds: pd.DataFrame | None) -> str:
    """What this compression does to classes of a network trained anew."""
    if row["quantization"] == Quantization().scheme and row["amount"] == 0:
        return "Nothing was removed from it or quantized: there is no compression whose harm could be tested."
    tested = [] if over_seeds is None else records(over_seeds[over_seeds["outcome"] == TESTED])
    if not tested:
        return (
            "Whether this compression harms a class of a network trained anew is not testable: it takes "
            f"{ENOUGH} seeds that have not collapsed, and as many equally trained float32 ones."
        )
    seeds, losses = tested[0]["seeds"], [one for one in tested if one["significant"] and one["delta_pp"] < 0]
    if not losses:
        return f"Over {seeds} seeds of this compression, no class is shown to be harmed."
    return f"Over {seeds} seeds, this compression harms {number(len(losses), 'class', 'classes')}: {_told(losses)}."


def _told(losses: Sequence[Record]) -> str:
    """Tested losses of classes, one after another."""
    return "; ".join(f"{_quoted(one['class'])} {change(one)}, adjusted {p_equals(one['p_adjusted'])}" for one in losses)


def _worst(row: Record) -> list[str]:
    share, name = row["worst_class_accuracy"], _quoted(row["worst_class"])
    if share is None:
        return []
    return [f"The weakest class of this file is {name}: {percent(share)} of its test images are right."]


def _signature(row: Record) -> str:
    """Of a file that holds several networks the one that this row is of."""
    return "" if row["level"] == ORDINARY else str(row["level"])


def _levels(result: Result) -> str:
    """What else the file of a level holds; empty of an ordinary file."""
    own, every = result.level, result.variant.levels
    if own.width is None:
        return ""
    named = ", ".join(f"{one.signature} ({one.width}{names.NBSP}% of the channels)" for one in every)
    held = f"{own.variant.name}.tflite holds {len(every)} networks, one a signature: {named}"
    return f"{held}. This card is of {own.signature}."


def _shared(row: Record) -> str:
    return " Sizes in bytes under a codec and on flash are those of the whole file." if _signature(row) else ""


def _quoted(name: object) -> str:
    return f"\u201c{names.shorten(str(name), NAME)}\u201d"


def _compression(inputs: Inputs, row: Record, variant: Variant) -> str:
    if variant.recipe.is_dense:
        return ""
    done = [one for one in (variant.recipe.before, variant.recipe) if not one.is_dense]
    how = "; after that ".join(_step(inputs, replace(variant, recipe=one)) for one in done)
    return f"{names.recipe(row)}: {how}.{teaching.card(inputs, variant)}"


def _step(inputs: Inputs, variant: Variant) -> str:
    """What the last method of its recipe did, and for how long."""
    epochs = len(inputs.history.get(variant.model, ()))
    return METHODS[variant.recipe.steps[-1].method].how + (f" ({number(epochs, 'epoch')})" if epochs else "")


def _quantization(inputs: Inputs, own: Quantization) -> str:
    scheme = SCHEMES[own.scheme]
    images = own.calibration_images or (inputs.card.get("counts") or {}).get("calibration")
    given = f"; calibrated with {images:,} training images" if scheme.calibrated and images else ""
    return f"{scheme.how[:1].upper()}{scheme.how[1:]}{given}."


def _vertical(row: Record, keys: Sequence[str], caption: str) -> Markup:
    """Figures of one row, one a line; what has no value is left out."""
    lines = tuple((Cell(column(key).title), cell(row, key)) for key in keys if row[key] is not None)
    return Markup(table_text(Table(keys[0], caption, (Column("Figure"), Column("Value", "", True)), lines)))


def _per_class(table: pd.DataFrame | None, tested: bool) -> Markup:
    caption, keys = "Every class on the test images." + (TESTS if tested else ""), COMPARED if tested else COUNTED
    shown = plain("classes", caption, pd.DataFrame(columns=keys) if table is None else table, keys)
    return Markup(table_text(shown))


def _origin(inputs: Inputs, result: Result) -> list[tuple[str, str]]:
    evaluated = _facts(result)
    packages = sorted((evaluated.get("packages") or {}).items())
    items = {
        "SHA-256": evaluated.get("sha256"),
        "Data fingerprint": inputs.card.get("fingerprint"),
        "Code version": evaluated.get("code_version"),
        "Preset": inputs.preset,
        "Packages": ", ".join(f"{name} {version}" for name, version in packages if version),
    }
    return [(topic, names.clean(str(said))) for topic, said in items.items() if said]
