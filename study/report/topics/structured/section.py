"""The section on structured pruning."""

from collections.abc import Collection

import pandas as pd

from study.plan.variant import DENSE
from study.report import names
from study.report.blocks import Block, Bullets, Fold, Paragraph, Point, Section, Table, picture
from study.report.shown import plain
from study.report.tables import Tables, known, records
from study.report.topics.latency.measurements import PLACE
from study.report.topics.structured.comparisons import CRITERION
from study.report.topics.structured.findings import details, sentence
from study.report.topics.structured.networks import first_seeds, networks
from study.report.topics.structured.strips import sensitivities, stem

METHOD = (
    "These methods cut whole channels: what is exported is a smaller dense network, which needs no runtime that "
    "knows zeros. Beside them stand unpruned networks of other widths (alpha), trained from scratch: what one would "
    "use otherwise. Training time of a structured variant is that of its method: analysis, choice and fine-tuning, "
    "without the training of the full network that it starts from. All of them are wall times, beside whatever else "
    "the machine did."
)
STRUCTURED = (
    "variant macs_ratio parameters_ratio file_bytes top1 delta_pp median_us latency_ratio predicted_us "
    "left_out_percent predicted_ratio training_seconds status"
).split()
EQUAL = (
    "variant outcome median_us top1 curve_top1 difference_pp against against_us against_top1 against_pp p_adjusted "
    "training_ratio"
).split()
PADDING = (
    "variant against top1 against_top1 against_pp p_adjusted macs_ratio against_macs_ratio latency_ratio "
    "against_latency_ratio predicted_ratio against_predicted_ratio"
).split()
PADDED = (
    "Automatic pruning with zero-padded residual blocks, and the same without, where blocks that add up keep "
    "the same channels. Beside it: top-1 with minus without. * significant after Holm\u2019s correction."
)
FEW = 12
"""Structured networks up to which every architecture is shown unfolded."""


def section(tables: Tables, drawn: Collection[str]) -> Section | None:
    """Decisions first, then accuracy over time, all figures, every comparison, and how each network was cut."""
    rows, padded = tables["structured"], tables["zero_padding"]
    archs = names.distinct(rows[rows["method"] != DENSE], "arch")
    if not archs:
        return None
    blocks: list[Block] = [Paragraph(METHOD), Bullets(tuple(details(tables)))]
    for arch in archs:
        name = names.clean(arch)
        alt = f"Top-1 over time of one inference: structured variants of {name} and networks of other width"
        below = (
            f"{name}: top-1 over the median time of one inference. The line joins unpruned networks, "
            "numbers at it are their alpha; numbers at points are amounts. Hollow: unstable times."
        )
        blocks += picture(drawn, f"structured_{names.file_stem(arch)}", alt, below)
    blocks.append(_all(rows))
    blocks += [_place(tables, own) for _, own in tables["equal_latency"].groupby(PLACE, sort=False)]
    blocks += [plain("zero-padding", PADDED, padded, PADDING)] if len(padded) else []
    blocks += [fold for arch in archs if (fold := _cut(tables, arch, drawn)).blocks]
    return Section("structured", "Structured pruning", tuple(blocks))


def _all(rows: pd.DataFrame) -> Table:
    timed = known(rows, "device").drop_duplicates(["device", "runtime"])
    places = "; ".join(names.place(row["device"], row["runtime"], 1) for row in records(timed))
    return plain(
        "structured",
        "Structured variants, and unpruned networks of the same kind. Shares are those of the full network of the same "
        "seed and scheme. Change: against the float32 network of full width with as much training, of the same seed."
        + (f" Time: {places}, measured." if places else ""),
        rows,
        STRUCTURED,
    )


def _place(tables: Tables, rows: pd.DataFrame) -> Fold:
    """A sentence a variant at one place, and the numbers behind it."""
    kind, *place = rows[PLACE].iloc[0]
    where = f"{names.place(*place)}, {kind}"
    seeds = names.several_seeds(tables["results"])
    said = Point("Each variant", f"Criterion: {CRITERION}.", tuple(sentence(row, seeds) for row in records(rows)))
    shown = rows.rename(columns=lambda key: key.removeprefix("_")).assign(predicted_us=rows["median_us"])
    keys = list(EQUAL)
    if kind == "predicted":  # which has an error, and no interval
        keys[keys.index("median_us") : keys.index("top1")] = ["predicted_us", "left_out_percent"]
    caption = (
        f"{where}. The line joins unpruned networks of other width; the other network is that of "
        "nearest latency. * significant after Holm\u2019s correction over all variants and places."
    )
    table = plain(f"equal-latency-{'-'.join(map(str, (kind, *place)))}", caption, shown, keys)
    return Fold(f"At equal latency: {where}", (Bullets((said,)), table), False)


def _cut(tables: Tables, arch: str, drawn: Collection[str]) -> Fold:
    """How the networks of one architecture were cut: channels by layer, schedules, sensitivities."""
    name, file, made = names.clean(arch), names.file_stem(arch), networks(tables.inputs)
    own = made[made["arch"] == arch]
    fewer = " Of several seeds the first." if len(first_seeds(own)) < len(own) else ""
    alt = f"Channels that each structured network of {name} keeps, layer by layer"
    below = (
        f"{name}: channels that are kept, layers in the order of the network; the fainter a cell, the more is cut. "
        f"channels.csv has every number.{fewer}"
    )
    blocks: list[Block] = [*picture(drawn, f"channels_{file}", alt, below)]
    alt = f"How the methods came to the channels that they cut from {name}"
    blocks += picture(drawn, f"schedules_{file}", alt, f"{name}: what each method recorded while it chose.{fewer}")
    for found in sensitivities(tables.inputs):
        planned = records(found.drop_duplicates("model"))
        if planned[0]["arch"] != arch:
            continue
        seed = f", seed {planned[0]['seed']}" if names.several_seeds(tables["results"]) else ""
        alt = f"Loss and saving where one group of channels of {name} alone is cut, by group and share"
        below = (
            f"{name}{seed}, {', '.join(map(names.recipe, planned))}: each group of channels cut alone, by the given "
            "share to the nearest whole channel, batch normalisation estimated again. Above: points of top-1 lost on "
            "held-out training images; below: the share that is saved of the network\u2019s cost, in the unit of "
            "structured.cost (as a rule multiply-accumulates). The stronger the colour, the more."
        )
        blocks += picture(drawn, stem(found), alt, below)
    return Fold(f"How it was cut: {name}", tuple(blocks), len(made) <= FEW)
