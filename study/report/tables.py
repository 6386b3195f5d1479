"""The report's tables, built from the rows that the CSV files hold."""

from collections.abc import Sequence

from study.report import boards, names
from study.report.blocks import Cell, Column, Table
from study.report.facts import Facts
from study.report.fields import MISSING, csv_value, field, shown_value
from study.report.inputs import Row
from study.report.rows.shipping import codec_columns, size_column
from study.report.rows.speed_ups import by_place

MAIN = [
    "variant",
    "top1",
    "delta_pp",
    "worst_class_accuracy",
    "worst_drop_pp",
    "top3",
    "parameters",
    "sparsity_effective",
    "file_bytes",
    "gzip_bytes",
    "shipped_bytes",
    "arena_bytes",
    "macs",
    "agreement_with_float",
    "flips",
    "retrain_flips",
]
CALIBRATION = ["variant", "top1", "confidence", "overconfidence_pp", "ece", "nll", "brier", "ties", "test_images"]
LATENCY = [
    "variant",
    "runtime",
    "delegate",
    "threads",
    "median_us",
    "p90_us",
    "n",
    "rounds",
    "private_bytes",
    "peak_rss_bytes",
    "status",
]
PER_CLASS = [
    "class",
    "n",
    "accuracy",
    "delta_pp",
    "base_only",
    "variant_only",
    "p_value",
    "p_adjusted",
    "q_value",
]
EXCESS = ["class", "delta_pp", "excess_pp", "excess_p_value", "excess_p_adjusted"]
PREDICTED = ["variant", "runtime", "delegate", "threads", "predicted_us", "error_percent", "computed_from", "status"]
EMULATED = ["variant", "runtime", "delegate", "instructions", "l1_misses", "l2_misses", "off_host_percent", "status"]
BY_KIND = {
    "predicted": (PREDICTED, "Time of one inference in microseconds, computed and not timed."),
    "emulated": (EMULATED, "What one inference executes and misses in the emulated processor; no time is known."),
}
INTERVALS = {
    "delta_pp": ("ci_low_pp", "ci_high_pp"),
    "extra_pp": ("extra_low_pp", "extra_high_pp"),
    "excess_pp": ("excess_low_pp", "excess_high_pp"),
    "interaction_pp": ("interaction_low_pp", "interaction_high_pp"),
    "against_pp": ("against_low_pp", "against_high_pp"),
    "median_us": ("ci_low_us", "ci_high_us"),
}
MARKED = {
    "delta_pp": "significant",
    "extra_pp": "extra_significant",
    "excess_pp": "excess_significant",
    "interaction_pp": "interaction_significant",
    "shifted_pp": "shifted_significant",
    "against_pp": "against_significant",
}
"""Changes that carry a mark, and the column that says whether."""
BESIDE = {
    "shipped_bytes": "shipped_codec",
    "worst_class_accuracy": "worst_class",
    "worst_drop_pp": "worst_drop_class",
    "widest_spread_pp": "widest_spread_class",
}
"""Numbers that are shown with a word: which codec, which class."""
NAME = 24  # characters of that word
TRAINING = ["model", "epochs", "best_epoch", "val_accuracy", "seconds", "images_per_second"]
HASHES = ["variant", "sha256"]


def plain(name: str, caption: str, rows: Sequence[Row], keys: Sequence[str], note: str = "") -> Table:
    """A table that shows the given CSV columns of rows."""
    return Table(
        name,
        caption,
        tuple(column(key) for key in keys),
        tuple(tuple(cell(row, key) for key in keys) for row in rows),
        note,
    )


def column(key: str) -> Column:
    """The column of a CSV key."""
    known = field(key)
    interval = " (95 % interval)" if key in INTERVALS else ""
    return Column(known.title + interval, key, known.numeric, help=known.help)


def cell(row: Row, key: str) -> Cell:
    """One value of a row; a change and a median carry their interval, doubtful states are marked."""
    value, text = csv_value(key, row.get(key)), names.clean(shown_value(key, row.get(key)))
    own_base = row.get("variant") is not None and row.get("baseline") == row["variant"]
    if own_base and key in ("delta_pp", "extra_pp", "worst_drop_pp"):
        return Cell("baseline", value)
    if text == MISSING:
        return Cell(MISSING, value, "missing")
    if key == "status":
        return _status(row, value, text)
    if key in INTERVALS and row.get(INTERVALS[key][0]) is not None:  # a prediction has none
        low, high = (shown_value(end, row.get(end)) for end in INTERVALS[key])
        text += f" ({low} to {high})"
    if key in BESIDE:
        text += f" ({names.shorten(row[BESIDE[key]], NAME)})"
    if key in MARKED and row.get(MARKED[key]):
        return Cell(f"{text} *", value, "loss" if row[key] < 0 else "gain")
    return Cell(text, value)


def _status(row: Row, value: str, text: str) -> Cell:
    flags = names.clean(row.get("flags") or "").replace("_", " ")
    text = text.replace("_", " ")
    said = f"{text}: {flags}" if flags else text
    return Cell(said, value, "missing" if text in (MISSING, "stale") else "warn" if said != "ok" else "")


def main_table(facts: Facts) -> Table:
    """One row a variant; the smallest form has a column where any file has been encoded."""
    keys = [key for key in MAIN if key != "shipped_bytes" or size_column(facts.results) == key]
    if not any(row.get("retrain_flips") is not None for row in facts.results):
        keys.remove("retrain_flips")
    return plain(
        "results",
        "All variants of the plan. Change: top-1 in percentage points against the dense float32 model "
        "of the same architecture and seed. Worst class: the one with the lowest accuracy. Worst drop: the largest "
        "loss of a single class; being the largest of several, it overstates.",
        facts.results,
        keys,
    )


def class_matrix(facts: Facts, arch: str) -> Table:
    """Change of each class in points, one row a variant of an architecture, significant ones marked."""
    rows = [row for row in facts.per_class if row["arch"] == arch]
    seeds, classes = names.several_seeds(facts.results), list(dict.fromkeys(row["class"] for row in rows))
    lines = []
    for variant in names.distinct(rows, "variant"):
        own = {row["class"]: row for row in rows if row["variant"] == variant}
        first = own[classes[0]]
        label = Cell(names.treatment(first, seeds), variant)
        if first.get("baseline") is None:
            lines.append(
                (
                    Cell(f"{label.text}, accuracy [%]", variant),
                    *(cell(own[name], "accuracy") for name in classes),
                )
            )
        else:
            lines.append((label, *(_change(own[name]) for name in classes)))
    heads = (
        Column("Variant"),
        *(
            Column(short, "", True, help=names.clean(name))
            for short, name in zip(names.short_names(classes, 24), classes, strict=True)
        ),
    )
    return Table(
        f"classes-{arch}",
        f"{names.clean(arch)}: change of each class in percentage points. * significant after Holm's correction.",
        heads,
        tuple(lines),
        sortable=False,
    )


def _change(row: Row) -> Cell:
    if row.get("delta_pp") is None:
        return Cell(MISSING, "", "missing")
    value = csv_value("delta_pp", row["delta_pp"])
    text = shown_value("delta_pp", row["delta_pp"])
    title = (
        f"95 % {shown_value('ci_low_pp', row['ci_low_pp'])} to "
        f"{shown_value('ci_high_pp', row['ci_high_pp'])}, "
        f"p after Holm {shown_value('p_adjusted', row['p_adjusted'])}, n = {row['n']}"
    )
    if row.get("significant"):
        return Cell(f"{text} *", value, "loss" if row["delta_pp"] < 0 else "gain", title)
    return Cell(text, value, "", title)


def class_details(facts: Facts, limit: int) -> Table:
    """The tests of classes and variants, clearest first: by adjusted p, then by p. At most `limit` of them."""
    shown, ordered = _clearest(facts, limit)
    return plain(
        "per-class",
        f"{shown} comparisons of a class in a variant with the same class in the dense float32 "
        "model, clearest first; per_class.csv has them all. Base only: images that only the base gets right.",
        ordered,
        ["variant", *PER_CLASS],
    )


def _clearest(facts: Facts, limit: int, test: str = "") -> tuple[str, list[Row]]:
    """Rows of one test of classes by their adjusted p, and how many of how many these are."""
    adjusted, alone = f"{test}p_adjusted", f"{test}p_value"
    tested = [row for row in facts.per_class if row.get(adjusted) is not None]
    shown = f"The {limit} clearest of {len(tested)}" if len(tested) > limit else f"All {len(tested)}"
    return shown, sorted(tested, key=lambda row: (row[adjusted], row[alone]))[:limit]


def class_excess(facts: Facts, limit: int) -> Table:
    """Classes against the average class of their variant, clearest first, at most `limit` of them."""
    shown, ordered = _clearest(facts, limit, "excess_")
    return plain(
        "class-excess",
        f"{shown} comparisons of a class with the average class of its variant, clearest first; per_class.csv has them "
        "all. Beyond average, negative: hit harder. * significant after Holm\u2019s correction.",
        ordered,
        ["variant", *EXCESS],
    )


def shipping_table(facts: Facts) -> Table:
    """One row a variant: its smallest form, the file itself, and every codec."""
    return plain(
        "shipping",
        "Smallest shippable form of each variant: the codec that makes the smallest file, and the time that it takes "
        "to restore the .tflite file from it on the machine that encoded it. Sizes in MB of 1,000,000 bytes.",
        facts.results,
        ["variant", "shipped_bytes", "decode_ms", "file_bytes", "gzip_bytes", *codec_columns(facts.results)],
    )


def numbered(name: str, caption: str, rows: Sequence[Row], keys: Sequence[str]) -> Table:
    """A table whose rows carry the numbers of a figure's points, from 1 on."""
    shown = plain(name, caption, rows, keys)
    lines = tuple((Cell(str(number), str(number)), *line) for number, line in enumerate(shown.rows, start=1))
    return Table(name, caption, (Column("No.", "", True), *shown.columns), lines)


def latency_table(rows: Sequence[Row], device: str, kind: str) -> Table:
    """All measurements of one device and one kind."""
    measured = "Time of one inference in microseconds: median over rounds with its 95 % interval, and 90th percentile."
    keys, text = BY_KIND.get(kind, (LATENCY, measured))
    rows = [row | {"predicted_us": row.get("median_us")} for row in rows]  # a title that promises no interval
    caption = f"Device {names.clean(device)}, kind: {kind}. {text}"
    return plain(f"latency-{device}-{kind}", caption, rows, boards.columns(keys, rows))


def speed_up_table(facts: Facts, kind: str) -> Table | None:
    """How many times as fast as dense float32 each treatment is, a column for each place of one kind."""
    places = {tuple(place): ratios for (known, *place), ratios in by_place(facts.speed_ups).items() if known == kind}
    treatments = list(dict.fromkeys(name for ratios in places.values() for name in ratios))
    if not treatments:
        return None
    heads = (Column("Treatment", ""), *(Column(names.place(*place), "", True) for place in places))
    lines = tuple((Cell(name, name), *(_ratio(ratios.get(name)) for ratios in places.values())) for name in treatments)
    return Table(
        f"speed-up-{kind}",
        f"Speed-up over dense float32 of the same architecture, {kind}: median over architectures. Above 1 is faster.",
        heads,
        lines,
    )


def _ratio(value: float | None) -> Cell:
    return Cell(MISSING, "", "missing") if value is None else Cell(f"{value:.2f}\u00d7", f"{value:.6f}")


def training_table(facts: Facts) -> Table:
    """Epochs, the one that was kept, and the time of each trained model."""
    return plain(
        "training",
        "Training. Compressed models go on from the trained one. Best epoch: the highest validation accuracy "
        "among the epochs that could be kept.",
        facts.trainings,
        TRAINING,
    )
