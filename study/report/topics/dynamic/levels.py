"""`levels.csv`: one row a level of a family, beside the single network of its width and the next wider level."""

from collections.abc import Iterator

import pandas as pd

from study.report.correction import holm_of, significant
from study.report.inputs import Inputs, Result
from study.report.tables import Row, Tables, frame
from study.report.topics.dynamic import running, steps, times
from study.report.treatments import ORDINARY
from study.report.widths import alone, whole
from study.statistics.paired import compare

BESIDE = "alone_delta_pp alone_low_pp alone_high_pp alone_p_value alone_p_adjusted alone_significant".split()
SIZES = {"file_bytes": "file", "shipped_bytes": "shipped"}
OVER = "file_over_widest file_over_sum shipped_over_widest shipped_over_sum".split()
COLUMNS = (
    "variant file arch method amount level width quantization seed top1 baseline delta_pp ci_low_pp ci_high_pp alone "
    f"alone_top1 {' '.join(BESIDE)} macs arena_bytes {' '.join(times.COLUMNS)} {' '.join(running.COLUMNS)} "
    "file_bytes shipped_bytes shipped_codec "
    f"{' '.join(OVER)} {' '.join(steps.COLUMNS)} test_images collapsed"
).split()
OWN = ["variant", "file", "_widest", "width", "alone", "alone_top1", *BESIDE, *OVER]


def levels(tables: Tables) -> pd.DataFrame:
    """`levels.csv`, in the order of the plan, the widest level of a file first; empty where no file holds several.

    `delta_pp` is the change against the whole network with as much training, `alone_delta_pp` against the network
    of the level's width that was cut and trained by itself as long, in the same scheme or that of single networks
    (`Scheme.several`): of the whole width the control again, in that scheme. Sizes are those of the whole file,
    `..._over_widest` as a multiple of the whole network's own file, `..._over_sum` of the files of single networks
    of all widths together. Holm's correction runs over all levels of the table for what stands beside a network
    trained alone, and over all classes of all levels for what changes from the next wider level (see `steps`). What
    is not known, or not in the plan, is missing.
    """
    inputs, results = tables.inputs, tables["results"]
    rows = results[results["level"] != ORDINARY]
    if rows.empty:
        return frame([], COLUMNS)
    own = frame(_own(inputs, results.set_index("variant")), OWN)
    own["alone_p_adjusted"] = holm_of(own["alone_p_value"])
    own["alone_significant"] = significant(own["alone_p_adjusted"])
    rows = rows.merge(own, on="variant")
    rows = rows.merge(times.of_levels(tables["latency"], rows), on="variant")
    rows = rows.merge(running.running(inputs), on="variant", how="left")
    return rows.merge(steps.steps(inputs), on="variant", how="left").reindex(columns=COLUMNS)


def _own(inputs: Inputs, results: pd.DataFrame) -> Iterator[Row]:
    """What a level is, the network trained alone beside it, and how its file compares with those of single ones."""
    for result in inputs.results:
        level = result.level
        if level.width is not None:
            file = level.variant
            row: Row = {"variant": result.name, "file": file.name, "_widest": file.levels[0].name, "width": level.width}
            single = alone(level)
            beside = inputs.by_name.get(single.name) if single else None
            yield row | _over(result, results) | (_beside(result, beside) if beside else {})


def _beside(own: Result, single: Result) -> Row:
    """The paired comparison with the network trained alone: exact McNemar test, Newcombe's interval."""
    top1 = single.evaluation.number("top1") if single.evaluation else None
    row: Row = {"alone": single.name, "alone_top1": top1}
    if not own.predictions or not single.predictions:
        return row
    found = compare(single.predictions.correct, own.predictions.correct)
    ends: Row = {"alone_low_pp": found.ci_low_pp, "alone_high_pp": found.ci_high_pp}
    return row | {"alone_delta_pp": found.delta_pp, "alone_p_value": found.p_value} | ends


def _over(own: Result, results: pd.DataFrame) -> Row:
    """Sizes of a level's file over those of the single networks in its place."""
    row: Row = {}
    single = [alone(level) for level in own.variant.levels]
    files = [one for one in single if one and one.signature == ORDINARY]
    names = [one.name for one in files if one.name in results.index]
    widest = whole(own.level).name
    for key, word in SIZES.items():
        size = results[key].astype("float64")
        if widest in size.index and size[widest] > 0:
            row[f"{word}_over_widest"] = size[own.name] / size[widest]
        if len(names) == len(single) and size[names].notna().all():
            row[f"{word}_over_sum"] = size[own.name] / size[names].sum()
    return row
