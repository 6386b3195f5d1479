"""Sentences on families of levels, each with its level of claim: two files, or two networks of one file."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from study.convert import SCHEMES
from study.latency.measurement import UNSTABLE
from study.report import names
from study.report.blocks import Point
from study.report.correction import LEVEL
from study.report.fields import NOT_VALIDATED
from study.report.levels import FILES
from study.report.names import NBSP
from study.report.phrases import are, number, p_equals, percent, points, span, spread
from study.report.tables import Record, Tables, known, records
from study.report.treatments import ORDINARY, one_a_file

FAMILY = ["arch", "method", "amount", "quantization"]
"""What levels of one family, trained from one seed or several, have in common."""
IN_SCHEME = "in the same scheme" + "".join(
    f" ({name} beside {scheme.several})" for name, scheme in SCHEMES.items() if scheme.several
)
FEW = 6  # parts that the summary shows
TOPIC = "Dynamic networks"


def findings(tables: Tables) -> list[Point]:
    """The summary's points, with the first parts of each; none where no level has been evaluated."""
    return [_first(point) for point in details(tables)]


def details(tables: Tables) -> list[Point]:
    """Ranges of accuracy and time, levels beside networks trained alone, what classes pay, and what files weigh."""
    rows = known(tables["levels"], "top1")
    if rows.empty:
        return []
    return [_ranges(rows), *_alone(rows), *_classes(tables, rows), *_running(rows), *_files(rows)]


def _first(point: Point) -> Point:
    if len(point.parts) <= FEW:
        return point
    more = f"and {len(point.parts) - FEW} more, see the section on dynamic networks"
    return replace(point, parts=(*point.parts[:FEW], more))


def family(row: Record) -> str:
    """Network, method and scheme, whatever the level and the seed."""
    return names.full({**row, "level": ORDINARY}, False)


def _by_family(rows: pd.DataFrame, said: Callable[[pd.DataFrame], str]) -> tuple[str, ...]:
    """A part a family, in the order of the plan."""
    groups = rows.groupby(FAMILY, sort=False)
    return tuple(f"{family(records(own.head(1))[0])}: {said(own)}" for _, own in groups)


def _ranges(rows: pd.DataFrame) -> Point:
    text = (
        f"{FILES}, each of which holds a network at several widths (levels): top-1 of the narrowest and of the widest "
        "level, and how many times as fast the narrowest is with one thread; of several seeds the mean \u00b1 their "
        "standard deviation:"
    )
    return Point(f"{TOPIC}: ranges", text, _by_family(rows, _range))


def _range(rows: pd.DataFrame) -> str:
    widest, narrow = (rows[rows["width"] == width] for width in (rows["width"].max(), rows["width"].min()))
    ends = " to ".join(f"{_top1(own)} ({names.clean(str(own['level'].iloc[0]))})" for own in (narrow, widest))
    told = [f"top-1 {ends}", *_measured(narrow, widest), *_predicted(narrow)]
    if len(told) == 1 and len(known(narrow, "macs")) == len(known(widest, "macs")) == len(widest):
        ratio = (widest["macs"].mean() / narrow["macs"].mean()) if narrow["macs"].mean() else float("nan")
        told.append(f"{ratio:.2f} times fewer multiply-accumulates, no time is known")
    return "; ".join(told)


def _top1(rows: pd.DataFrame) -> str:
    values = rows["top1"].astype("float64")
    if len(values) == 1:
        return percent(float(values.iloc[0]))
    mean, deviation = 100 * values.mean(), 100 * values.std()
    return f"{mean:.2f}{NBSP}\u00b1{NBSP}{deviation:.2f}{NBSP}% ({len(values)}{NBSP}seeds)"


def _measured(narrow: pd.DataFrame, widest: pd.DataFrame) -> list[str]:
    """Ranges of measured times, place by place."""
    found = []
    for (device, runtime), own in known(narrow, "range").groupby(["device", "runtime"], sort=False):
        both = pd.concat([own, widest[widest["file"].isin(own["file"])]])
        doubt = ", unstable" if (both["status"] == UNSTABLE).any() else ""
        found.append(f"{_times(own['range'])} as fast ({names.place(str(device), str(runtime), 1)}, measured{doubt})")
    return found


def _predicted(narrow: pd.DataFrame) -> list[str]:
    return [
        f"{_times(own['predicted_range'])} as fast by prediction ({place}, {NOT_VALIDATED})"
        for place, own in known(narrow, "predicted_range").groupby("predicted_on", sort=False)
    ]


def _times(values: pd.Series) -> str:
    values = values.astype("float64")
    if len(values) == 1:
        return f"{values.iloc[0]:.2f} times"
    return f"{values.mean():.2f}{NBSP}\u00b1{NBSP}{values.std():.2f} times ({len(values)}{NBSP}seeds)"


def _alone(rows: pd.DataFrame) -> list[Point]:
    """Each level against the network of its width that was cut and trained by itself."""
    topic, tested = f"{TOPIC}: beside networks trained alone", known(rows, "alone_p_adjusted")
    without = len(rows) - len(tested)
    if tested.empty:
        text = "No network of a level\u2019s width that was trained alone has been evaluated beside it."
        return [Point(topic, text)]
    sure = tested.loc[tested["alone_significant"].eq(True), "alone_delta_pp"]
    worse, better = int((sure < 0).sum()), int((sure > 0).sum())
    text = (
        f"{FILES}, of {number(len(tested), 'level')} beside the single network of the same width that was cut and "
        f"trained by itself as long, {IN_SCHEME} (for the widest level the whole network), "
        f"{worse} {are(worse)} significantly less accurate and {better} more (exact McNemar test, Holm over all "
        f"{len(tested)}, level {LEVEL:g})."
    )
    text += f" {number(without, 'level')} had none to stand beside." if without else ""
    return [Point(topic, f"{text} Top-1 in points, the widest level first:", _by_family(tested, _gaps))]


def _gaps(rows: pd.DataFrame) -> str:
    """The gap of each level: of one file with its interval, of several seeds their mean and spread."""
    return "; ".join(f"{names.clean(str(level))} {_gap(own)}" for level, own in rows.groupby("level", sort=False))


def _gap(own: pd.DataFrame) -> str:
    if len(own) > 1:
        return spread(own["alone_delta_pp"])
    (row,) = records(own)
    low, high = points(row["alone_low_pp"]), points(row["alone_high_pp"])
    return f"{points(row['alone_delta_pp'])} (95{NBSP}% {low} to {high})"


def _classes(tables: Tables, rows: pd.DataFrame) -> list[Point]:
    """Which classes pay between neighbouring levels of one file."""
    tested = known(rows, "step_p_adjusted")
    if tested.empty:
        return []
    tests, lost, gained = (int(tested[key].sum()) for key in ("step_classes", "step_losses", "step_gains"))
    text = (
        f"{FILES}, from a level to the next narrower one, {lost} of {tests} comparisons of a class {are(lost)} a "
        f"significant loss and {gained} a significant gain (exact McNemar test, Holm over all {tests}, level "
        f"{LEVEL:g}). In each step the class that changes most for the worse, clearest first; being the largest of "
        "several changes, it overstates:"
    )
    order = tested.sort_values(["step_p_adjusted", "step_p_value", "step_drop_pp"], kind="stable")
    level, seeds = tables["levels"].set_index("variant")["level"], names.several_seeds(tables["results"])
    parts = tuple(_step(row, str(level[row["wider"]]), seeds) for row in records(order))
    return [Point(f"{TOPIC}: which classes pay", text, parts)]


def _step(row: Record, wider: str, seeds: bool) -> str:
    where = names.full({**row, "level": ORDINARY}, seeds)
    losses = row["step_losses"]
    return (
        f"{where}, {names.clean(wider)} to {names.clean(row['level'])}: \u201c{names.shorten(row['step_class'], 40)}"
        f"\u201d {points(row['step_drop_pp'])} points (95{NBSP}% {points(row['step_low_pp'])} to "
        f"{points(row['step_high_pp'])}), adjusted {p_equals(row['step_p_adjusted'])}; {losses:.0f} of "
        f"{row['step_classes']:.0f} classes lose significantly; {row['step_flips']:,.0f} of {row['test_images']:,.0f} "
        "images get another class"
    )


def _running(rows: pd.DataFrame) -> list[Point]:
    """What it takes that levels share a process."""
    shared = known(rows, "first_us")
    if shared.empty:
        return []
    machines = "; ".join(map(names.clean, names.distinct(shared, "profile_machine")))
    text = (
        f"{FILES}, whose levels share one process with one thread ({machines}): the first call of a level, the time of "
        "a call right after another level\u2019s as a multiple of one after its own, and the private memory that the "
        "process takes with all levels open:"
    )
    return [Point(f"{TOPIC}: one process", text, _by_family(shared, _shared))]


def _shared(rows: pd.DataFrame) -> str:
    told = [
        f"first call {span([us / 1000 for us in rows['first_us']], lambda value: f'{value:.2f}')}{NBSP}ms",
        f"after another level {span(list(rows['switching']), lambda value: f'{value:.2f}')} times",
    ]
    private = list(known(rows, "private_bytes")["private_bytes"])
    told += [f"{span([size / 1e6 for size in private], lambda value: f'{value:.1f}')}{NBSP}MB"] if private else []
    return f"{'; '.join(told)} ({'; '.join(names.distinct(rows, 'profile_runtime'))})"


def _files(rows: pd.DataFrame) -> list[Point]:
    """What a file of several levels weighs beside those of single networks."""
    sized = known(one_a_file(rows), "file_over_widest")
    if sized.empty:
        return []
    text = (
        f"{FILES}, the size of one file of all levels as a multiple of that of the whole network alone, and of the "
        f"files of single networks of every width together, {IN_SCHEME}; of several seeds the mean:"
    )
    return [Point(f"{TOPIC}: files", text, _by_family(sized, _weights))]


def _weights(rows: pd.DataFrame) -> str:
    forms = [("on flash", "file"), ("to transfer", "shipped")]
    told = (f"{said} {_weight(rows, word)}" for said, word in forms if rows[f"{word}_over_widest"].notna().all())
    return "; ".join(told)


def _weight(rows: pd.DataFrame, word: str) -> str:
    over = {"widest": "the widest alone", "sum": "all of them together"}
    values = ((rows[f"{word}_over_{key}"].astype("float64").mean(), said) for key, said in over.items())
    return ", ".join(f"{value:.2f} times {said}" for value, said in values if value == value)
