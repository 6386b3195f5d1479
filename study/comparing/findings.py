"""What a comparison found, in sentences computed from its rows."""

from statistics import fmean, median

from study.comparing.comparison import PAIRED, UNPAIRED, Comparison, in_doubt
from study.comparing.side import SIZES
from study.comparing.unseen import missed, unseen
from study.report.blocks import Point
from study.report.correction import LEVEL
from study.report.fields import minus
from study.report.levels import FILES
from study.report.names import NBSP, shorten
from study.report.phrases import are, change, megabytes, number, p_equals, percent, points
from study.report.tables import Record

MOST = 5
TESTS = {PAIRED: "exact McNemar test", UNPAIRED: "Fisher\u2019s exact test"}
FORMS = dict(zip(SIZES, ("The .tflite file", "Its gzip form"), strict=True))


def summary(found: Comparison) -> str:
    """The one thing to know: what changed for certain, and which changes could not have been seen."""
    whole, classes = _tested(found, "top1"), _tested(found, "class")
    if not classes:
        return "No class has test images on both sides: nothing can be said."
    if _nothing_differs(found):
        return "Nothing differs: every variant has the same number of right answers in every class on both sides."
    losses, gains = _significant(whole)
    variants = number(len(whole), "variant")
    said = [
        f"Top-1 is significantly worse in B in {len(losses)} of {variants} and better in {len(gains)}."
        if losses or gains
        else f"Top-1 changed significantly in none of {variants}."
    ]
    losses, gains = _significant(classes)
    if losses or gains:
        most = max(losses + gains, key=lambda row: abs(row["delta_pp"]))
        said.append(
            f"{FILES}, of {number(len(classes), 'class result')}, {len(losses)} {are(len(losses))} significantly worse "
            f"and {len(gains)} better, most of all \u201c{shorten(most['class'], 40)}\u201d in {most['pair']} "
            f"({points(most['delta_pp'])} points)."
        )
    else:
        said.append("No class changed significantly.")
    if doubtful := in_doubt(found):
        said.append(f"In {len(doubtful)} of these variants an older rule for equal logits may be the cause.")
    return " ".join([*said, missed(classes)])


def findings(found: Comparison) -> list[Point]:
    """All findings that the rows allow, in a fixed order."""
    whole, classes = _tested(found, "top1"), _tested(found, "class")
    extent = [_extent(found), *_identical(found.of("top1"))]
    if _nothing_differs(found):
        return [*extent, *_sizes(found.of("top1"))]
    return [*extent, *_top1(whole), *_classes(classes), *_mean(classes), *_sizes(found.of("top1")), unseen(classes)]


def _tested(found: Comparison, scope: str) -> list[Record]:
    return [row for row in found.of(scope) if row["p_value"] is not None]


def _nothing_differs(found: Comparison) -> bool:
    """Same counts, and on paired rows the same images, whatever else the answers are."""
    return all(
        row["n_a"] == row["n_b"] and row["correct_a"] == row["correct_b"] and not row.get("a_only")
        for row in found.rows
    )


def _extent(found: Comparison) -> Point:
    rows = found.of("top1")
    paired = sum(row["test"] == PAIRED for row in rows)
    how = (
        "image by image (paired)"
        if paired == len(rows)
        else "from counts alone (unpaired)"
        if not paired
        else (f"{paired} image by image (paired), {len(rows) - paired} from counts alone (unpaired)")
    )
    images = " and ".join(dict.fromkeys(f"{row[key]:,}" for row in rows[:1] for key in ("n_a", "n_b")))
    classes = f"{len(found.a.classes)} {'class' if len(found.a.classes) == 1 else 'classes'}"
    flips = [row["flips"] / row["n_a"] for row in rows if row["test"] == PAIRED]
    differ = f" The class named differs on {percent(median(flips))} of images (median over variants)." if flips else ""
    return Point(
        "Extent",
        f"{number(len(rows), 'variant')} on both sides, {classes}, {images} test images; compared "
        f"{how}. Changes are B minus A in percentage points: negative means that B is worse.{differ}",
    )


def _identical(rows: list[Record]) -> list[Point]:
    files = sum(row["same_file"] for row in rows)
    if not files:
        return []
    which = "All are" if files == len(rows) else f"{files} of {number(len(rows), 'variant')} {are(files)}"
    return [Point("Same files", f"{which} the same .tflite file on both sides, byte for byte (SHA-256).")]


def _top1(whole: list[Record]) -> list[Point]:
    losses, gains = _significant(whole)
    text = (
        f"B loses significantly in {len(losses)} of {number(len(whole), 'variant')} and gains significantly in "
        f"{len(gains)} ({_tests(whole)}, Holm over {len(whole)}, level {LEVEL:g}); the median change is "
        f"{points(median(row['delta_pp'] for row in whole))} points."
    )
    parts = tuple(
        f"{row['pair']}: {percent(row['accuracy_a'])} to {percent(row['accuracy_b'])}, {change(row)}, "
        f"adjusted {p_equals(row['p_adjusted'])}"
        for row in _largest(whole)
    )
    return [Point("Top-1", text + (" The largest changes, significant or not:" if parts else ""), parts)]


def _classes(classes: list[Record]) -> list[Point]:
    losses, gains = _significant(classes)
    text = (
        f"Of {number(len(classes), 'comparison')} of one class in one variant, {len(losses)} {are(len(losses))} a "
        f"significant loss and {len(gains)} a significant gain ({_tests(classes)}, Holm over all {len(classes)}, "
        f"level {LEVEL:g})."
    )
    parts = tuple(
        f"\u201c{shorten(row['class'], 40)}\u201d in {row['pair']}: {change(row)}, adjusted "
        f"{p_equals(row['p_adjusted'])}"
        for row in _largest(classes)
    )
    return [Point("Classes", text + (" The largest changes, significant or not:" if parts else ""), parts)]


def _largest(rows: list[Record]) -> list[Record]:
    moved = [row for row in rows if row["delta_pp"] != 0]
    return sorted(moved, key=lambda row: -abs(row["delta_pp"]))[:MOST]


def _mean(classes: list[Record]) -> list[Point]:
    every = list(dict.fromkeys(row["class"] for row in classes))
    means = {name: fmean(row["delta_pp"] for row in classes if row["class"] == name) for name in every}
    if len(classes) == len(every) or not any(means.values()):  # one variant: its rows say it already
        return []
    order = sorted(every, key=lambda name: means[name])
    return [
        Point(
            "Classes on average",
            f"Over all variants, \u201c{shorten(order[0], 40)}\u201d changes by "
            f"{points(means[order[0]])} points and \u201c{shorten(order[-1], 40)}\u201d by "
            f"{points(means[order[-1]])}, the lowest and the highest of {len(order)}. Descriptive: variants of "
            "one network are not independent.",
        )
    ]


def _sizes(rows: list[Record]) -> list[Point]:
    said = [text for key, form in FORMS.items() if (text := _size(rows, key, form))]
    return [Point("Size", " ".join(said))] if said else []


def _size(rows: list[Record], key: str, form: str) -> str:
    known = [row for row in rows if row[f"{key}_a"] and row[f"{key}_b"]]
    growth = {row["pair"]: row[f"{key}_b"] / row[f"{key}_a"] - 1 for row in known}
    moved = [row for row in known if growth[row["pair"]]]
    if not known:
        return ""
    if not moved:
        return f"{form} has the same size in {number(len(known), 'variant')}."
    most = max(moved, key=lambda row: abs(growth[row["pair"]]))
    grown = minus(f"{100 * growth[most['pair']]:+.2f}")
    return (
        f"{form} has another size in {len(moved)} of {number(len(known), 'variant')}, at most by "
        f"{grown}{NBSP}% ({most['pair']}: {megabytes(most[f'{key}_a'])} to "
        f"{megabytes(most[f'{key}_b'])})."
    )


def _significant(rows: list[Record]) -> tuple[list[Record], list[Record]]:
    sure = [row for row in rows if row["significant"]]
    return [row for row in sure if row["delta_pp"] < 0], [row for row in sure if row["delta_pp"] > 0]


def _tests(rows: list[Record]) -> str:
    return " or ".join(TESTS[test] for test in TESTS if any(row["test"] == test for row in rows))
