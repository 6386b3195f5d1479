"""The section on structured pruning."""

from collections.abc import Collection

from study.report import names, tables
from study.report.blocks import Block, Bullets, Fold, Paragraph, Point, Section, Table, picture
from study.report.facts import Facts
from study.report.figures.drawings import channels_name, schedules_name, sensitivity_name, widths_name
from study.report.inputs import Row
from study.report.structured.findings import CRITERION, details
from study.report.structured.models import first_seeds
from study.report.structured.sensitivities import sensitivities
from study.report.structured.sentences import sentence

METHOD = (
    "These methods cut whole channels: what is exported is a smaller dense network, which needs no runtime that "
    "knows zeros. Beside them stand unpruned networks of other widths (alpha), trained from scratch: what one would "
    "use otherwise. Training time of a structured variant is that of its method: analysis, choice and fine-tuning, "
    "without the training of the full network that it starts from. All of them are wall times, beside whatever else "
    "the machine did."
)
STRUCTURED = [
    "variant",
    "macs_ratio",
    "parameters_ratio",
    "file_bytes",
    "top1",
    "delta_pp",
    "median_us",
    "latency_ratio",
    "predicted_us",
    "predicted_ratio",
    "training_seconds",
    "status",
]
EQUAL = [
    "variant",
    "outcome",
    "median_us",
    "top1",
    "curve_top1",
    "difference_pp",
    "against",
    "against_us",
    "against_top1",
    "against_pp",
    "p_adjusted",
    "training_ratio",
]
PADDING = [
    "variant",
    "against",
    "top1",
    "against_top1",
    "against_pp",
    "p_adjusted",
    "macs_ratio",
    "against_macs_ratio",
    "latency_ratio",
    "against_latency_ratio",
    "predicted_ratio",
    "against_predicted_ratio",
]

FEW = 12
"""Structured networks up to which every architecture is shown unfolded."""


def structured_section(facts: Facts, drawn: Collection[str]) -> Section:
    """Decisions first, then accuracy over time, all figures, every comparison, and how each network was cut."""
    heading = "Structured pruning"
    archs = names.distinct([row for row in facts.structured if row["method"] != "dense"], "arch")
    if not archs:
        return Section("structured", heading, ())
    blocks: list[Block] = [Paragraph(METHOD), Bullets(tuple(details(facts)))]
    for arch in archs:
        blocks += picture(
            drawn,
            widths_name(arch),
            f"Top-1 over time of one inference: structured variants of {names.clean(arch)} and networks of other width",
            f"{names.clean(arch)}: top-1 over the median time of one inference. The line joins unpruned networks, "
            "numbers at it are their alpha; numbers at points are amounts. Hollow: unstable times.",
        )
    blocks.append(_all(facts.structured))
    blocks += [_place(facts, place) for place in dict.fromkeys(map(_where, facts.equal_latency))]
    if facts.zero_padding:
        caption = (
            "Automatic pruning with zero-padded residual blocks, and the same without, where blocks that add up keep "
            "the same channels. Beside it: top-1 with minus without. * significant after Holm\u2019s correction."
        )
        blocks.append(tables.plain("zero-padding", caption, facts.zero_padding, PADDING))
    blocks += [fold for arch in archs if (fold := _cut(facts, arch, drawn)).blocks]
    return Section("structured", heading, tuple(blocks))


def _all(rows: list[Row]) -> Table:
    places = dict.fromkeys(names.place(row["device"], row["runtime"], 1) for row in rows if row["device"])
    where = f" Time: {'; '.join(places)}, measured." if places else ""
    return tables.plain(
        "structured",
        "Structured variants, and unpruned networks of the same kind. Shares are those of the full network of the same "
        "seed and scheme. Change: against the dense float32 network of the same architecture and seed." + where,
        rows,
        STRUCTURED,
    )


def _where(row: Row) -> tuple[str, str, str, int]:
    return row["kind"], row["device"], row["runtime"], row["threads"]


def _place(facts: Facts, place: tuple[str, str, str, int]) -> Fold:
    """A sentence a variant, and the numbers behind it."""
    kind, where = place[0], f"{names.place(*place[1:])}, {place[0]}"
    rows = [row for row in facts.equal_latency if _where(row) == place]
    seeds = names.several_seeds(facts.results)
    said = Point("Each variant", f"Criterion: {CRITERION}.", tuple(sentence(row, seeds) for row in rows))
    shown = [row | {"predicted_us": row["median_us"]} for row in rows]  # a title that promises no interval
    keys = ["predicted_us" if key == "median_us" and kind == "predicted" else key for key in EQUAL]
    caption = (
        f"{where}. The line joins unpruned networks of other width; the other network is that of "
        "nearest latency. * significant after Holm\u2019s correction over all variants and places."
    )
    table = tables.plain(f"equal-latency-{'-'.join(map(str, place))}", caption, shown, keys)
    return Fold(f"At equal latency: {where}", (Bullets((said,)), table), False)


def _cut(facts: Facts, arch: str, drawn: Collection[str]) -> Fold:
    """How the networks of one architecture were cut: channels by layer, schedules, sensitivities."""
    name = names.clean(arch)
    made = [row for row in facts.structured_models if row["arch"] == arch]
    fewer = " Of several seeds the first." if len(first_seeds(made)) < len(made) else ""
    blocks: list[Block] = [
        *picture(
            drawn,
            channels_name(arch),
            f"Channels that each structured network of {name} keeps, layer by layer",
            f"{name}: channels that are kept, layers in the order of the network; the fainter a cell, the more is cut. "
            f"channels.csv has every number.{fewer}",
        ),
        *picture(
            drawn,
            schedules_name(arch),
            f"How the methods came to the channels that they cut from {name}",
            f"{name}: what each method recorded while it chose.{fewer}",
        ),
    ]
    for one in sensitivities(made):
        of = ", ".join(names.recipe(row) for row in one.models)
        seed = f", seed {one.models[0]['seed']}" if names.several_seeds(facts.results) else ""
        blocks += picture(
            drawn,
            sensitivity_name(one.models[0]["model"]),
            f"Loss and saving where one group of channels of {name} alone is cut, by group and share",
            f"{name}{seed}, {of}: each group of channels cut alone, by the given share to the nearest whole channel, "
            "batch normalisation estimated again. Above: points of top-1 lost on held-out training images; below: the "
            "share that is saved of the network\u2019s cost, in the unit of structured.cost (as a rule multiply-"
            "accumulates). The stronger the colour, the more.",
        )
    return Fold(f"How it was cut: {name}", tuple(blocks), len(facts.structured_models) <= FEW)
