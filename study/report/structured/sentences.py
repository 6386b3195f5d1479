"""One sentence a structured variant and place: where it stands beside networks of other widths at its latency."""

from study.report import names
from study.report.inputs import Row
from study.report.phrases import NBSP, p_equals, percent, points

FAILED = {"accurate": "less accurate", "cheap": "training took too long"}


def sentence(row: Row, seeds: bool) -> str:
    """The decision on the criterion, then what it rests on; `row` is one of `equal_latency.csv`."""
    parts = [f"{_decision(row)}: {names.full(row, seeds)}", f"{_accuracy(row)}.", _training(row), _test(row)]
    if row["unstable"]:
        parts.append("Some of these times are unstable.")
    return f"{parts[0]}. {' '.join(parts[1:])}"


def _decision(row: Row) -> str:
    said = str(row["outcome"]).capitalize()
    why = [words for key, words in FAILED.items() if row[key] is False]
    return f"{said} ({', '.join(why)})" if why else said


def _accuracy(row: Row) -> str:
    own = f"Top-1 {percent(row['top1'])} at {_us(row['median_us'])}"
    if row["difference_pp"] is None:
        which = "slower" if row["slower"] is None else "faster"
        return (
            f"{own}, {which} than every network on the line: nothing is extrapolated; its end, alpha "
            f"{row['against_alpha']:g}, has {percent(row['against_top1'])} at {_us(row['against_us'])}"
        )
    fast, slow = (f"alpha {row[key]:g}" for key in ("faster_alpha", "slower_alpha"))
    line = f"of {fast}" if row["faster"] == row["slower"] else f"on the line from {fast} to {slow}"
    return f"{own}, {_beside(row['difference_pp'])} {percent(row['curve_top1'])} {line}"


def _beside(difference: float) -> str:
    if round(abs(difference), 2) == 0:
        return "level with the"
    return f"{abs(difference):.2f} points {'above' if difference > 0 else 'below'} the"


def _training(row: Row) -> str:
    if row["training_ratio"] is None:
        return "Training times are not known."
    which = "at most a third" if row["cheap"] else "more than a third"
    return (
        f"Training took {100 * row['training_ratio']:.0f}{NBSP}% of the time of alpha {row['against_alpha']:g}, "
        f"nearest in latency: {which}."
    )


def _test(row: Row) -> str:
    if row.get("against_pp") is None:
        return "There are no answers to test it against that network."
    return (
        f"Against that network on the same images: {points(row['against_pp'])} points (95{NBSP}% "
        f"{points(row['against_low_pp'])} to {points(row['against_high_pp'])}), adjusted "
        f"{p_equals(row['p_adjusted'])}."
    )


def _us(value: float) -> str:
    return f"{value:,.0f}{NBSP}\u00b5s"
