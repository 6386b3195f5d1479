"""Dense networks that are not better than guessing: what compression costs them cannot be told."""

from study.plan.variant import Quantization
from study.report import names
from study.report.blocks import Point
from study.report.inputs import Inputs, Result
from study.report.names import NBSP
from study.report.phrases import p_equals, percent
from study.statistics.guessing import better_than_guessing, guessing_share

LEVEL = 0.05
MOST = 12
WHAT_HELPS = (
    "So nothing here says what compression costs them. More images or epochs may help, or a start from ImageNet's "
    "weights (weights: imagenet in grid.architectures)."
)


def no_better_than_guessing(inputs: Inputs) -> list[Point]:
    """The dense float32 files for which an exact test does not show that they beat the commonest class."""
    found = [(result, share, p) for result in inputs.results for share, p in _tested(result) if p >= LEVEL]
    if not found:
        return []
    shares = sorted({percent(share) for _, share, _ in found})
    text = (
        f"Always naming the commonest class of the test images is right on {' or '.join(shares)} of them. An exact "
        f"binomial test (one-sided, 5{NBSP}%) does not show that these dense networks are better. {WHAT_HELPS}"
    )
    parts = [f"{_named(result, inputs)}: {_counted(result)}, {p_equals(p)}" for result, _, p in found[:MOST]]
    more = [f"and {len(found) - MOST} more, see the table of all variants"] if len(found) > MOST else []
    return [Point("No better than guessing", text, (*parts, *more))]


def _tested(result: Result) -> list[tuple[float, float]]:
    """Share of the commonest class and p-value, of a dense float32 file that has been evaluated."""
    variant = result.variant
    if result.evaluation is None or not variant.recipe.is_dense or variant.quantization != Quantization():
        return []
    images = [int(one["n"]) for one in result.evaluation.classes]
    if not sum(images):
        return []
    share = guessing_share(images)
    return [(share, better_than_guessing(_correct(result), sum(images), share))]


def _correct(result: Result) -> int:
    return sum(int(one["correct"]) for one in result.evaluation.classes) if result.evaluation else 0


def _counted(result: Result) -> str:
    images = sum(int(one["n"]) for one in result.evaluation.classes) if result.evaluation else 0
    return f"{_correct(result):,} of {images:,} images right ({percent(_correct(result) / images)})"


def _named(result: Result, inputs: Inputs) -> str:
    seeds = len({one.variant.seed for one in inputs.results}) > 1
    return names.clean(result.variant.architecture.name) + (f", seed {result.variant.seed}" if seeds else "")
