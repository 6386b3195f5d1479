"""One model card as blocks: what the file takes and returns, what it costs, whom it fails, where it comes from."""

from collections.abc import Sequence

from study.convert import SCHEMES
from study.report import names, tables
from study.report.blocks import Bullets, Cell, Code, Column, Note, Paragraph, Point, Report, Section, Table
from study.report.cards.making import making
from study.report.cards.usage import usage
from study.report.cards.warnings import warnings
from study.report.facts import Facts
from study.report.inputs import Document, Inputs, Row, facts_of
from study.report.phrases import percent, sentence
from study.report.rows.shipping import codec_columns

COST = [
    "file_bytes",
    "gzip_bytes",
    "shipped_bytes",
    "arena_bytes",
    "weight_bytes",
    "parameters",
    "sparsity_effective",
    "macs",
]
ACCURACY = ["top1", "top3", "delta_pp", "agreement_with_float", "flips", "test_images"]
CALIBRATION = ["ece", "nll", "brier"]
COUNTED = ["class", "n", "accuracy"]  # of a baseline, which is compared with nothing


def card(inputs: Inputs, facts: Facts, row: Row, label: str, unseen: Sequence[Point]) -> Report:
    """The card of a row of `results.csv` that has been evaluated; `unseen` says what the tests could not see."""
    classes = [one for one in facts.per_class if one["variant"] == row["variant"]]
    return Report(
        row["variant"],
        f"TFLite image classifier \u00b7 {names.full(row, True)} \u00b7 {label}",
        (("Data", names.clean(inputs.card.get("name") or "unnamed")), ("Top-1", percent(row["top1"]))),
        tuple(sentence(caveat) for caveat in inputs.card.get("caveats") or []),
        (
            Section("warnings", "Class warnings", tuple(Note(text) for text in warnings(row, classes))),
            _use(inputs, row),
            Section("making", "How it was made", (Bullets(making(inputs, row)),)),
            Section(
                "cost", "Size and cost", (_vertical(row, [*COST, *codec_columns([row])], "Size and cost of the file"),)
            ),
            _accuracy(row, classes, unseen),
            Section(
                "calibration",
                "Calibration",
                (_vertical(row, CALIBRATION, "On the test images; all better when lower"),),
            ),
            _origin(inputs, row),
        ),
    )


def _use(inputs: Inputs, row: Row) -> Section:
    cell, evaluated = inputs.exported[row["variant"]], facts_of(inputs.accuracy[row["variant"]])
    whole = SCHEMES[cell.get("converter") or cell["scheme"]].integer_ports
    size, count = inputs.card.get("image_size"), len(inputs.card["classes"])
    kind = "int8 (scale and zero point are in the file) for" if whole else "float32"
    contract = (
        Point("Input", f"{kind} [1, {size}, {size}, 3]: height, width, RGB; pixels 0 to 255 become \u22121 to 1."),
        Point("Output", f"{kind} [1, {count}]: logits, one a class, in the order of the classes below."),
        Point("Runtime", _runtime(evaluated)),
    )
    sample = usage(row["variant"], [str(name) for name in inputs.card["classes"]], int(size or 0), whole)
    return Section("use", "How to use it", (Bullets(contract), Code(sample, "python")))


def _runtime(evaluated: Document) -> str:
    least = evaluated.get("min_runtime")
    text = f"TensorFlow Lite {least} or newer, or LiteRT." if least else "LiteRT or a current TensorFlow Lite."
    name, version = evaluated.get("runtime"), evaluated.get("runtime_version")
    return text + (f" Evaluated with {name} {version}, kernels {evaluated.get('resolver')}." if name else "")


def _accuracy(row: Row, classes: Sequence[Row], unseen: Sequence[Point]) -> Section:
    compared = any(one.get("p_value") is not None for one in classes)
    table = tables.plain(
        "classes",
        "Every class on the test images."
        + (
            " Change: percentage points against the float32 baseline; base only, variant only: images that one of them "
            "alone gets right; p: exact McNemar test, Holm-corrected over all tests of the study. * significant."
            if compared
            else ""
        ),
        classes,
        tables.PER_CLASS if compared else COUNTED,
    )
    base = f" Baseline: {row['baseline']}." if compared else ""
    whole = _vertical(row, ACCURACY, f"From the exported file in the interpreter, over all test images.{base}")
    limits = tuple(Paragraph(f"{one.topic}: {one.text}") for one in unseen if compared)
    return Section("accuracy", "Accuracy", (whole, table, *limits))


def _origin(inputs: Inputs, row: Row) -> Section:
    evaluated = facts_of(inputs.accuracy[row["variant"]])
    packages = evaluated.get("packages") or {}
    items = [
        ("SHA-256", evaluated.get("sha256")),
        ("Data fingerprint", inputs.card.get("fingerprint")),
        ("Code version", evaluated.get("code_version")),
        ("Preset", inputs.preset),
        ("Packages", ", ".join(f"{name} {version}" for name, version in sorted(packages.items()) if version)),
    ]
    points = tuple(Point(topic, names.clean(str(text))) for topic, text in items if text)
    licence = Paragraph("Licence of the code that made it: Apache-2.0. The images have terms of their own.")
    return Section("provenance", "Provenance", (Bullets(points), licence))


def _vertical(row: Row, keys: Sequence[str], caption: str) -> Table:
    """Figures of one row, one a line; what has no value is left out."""
    lines = tuple(
        (Cell(tables.column(key).title), tables.cell(row, key))
        for key in keys
        if row.get(key) is not None and row[key] == row[key]
    )
    return Table(keys[0], f"{caption.removesuffix('.')}.", (Column("Figure"), Column("Value", "", True)), lines)
