"""Which networks learned from a teacher's answers, and which are held against one that did not learn alike.

A section of params.yaml has one teacher for its methods and controls, so unlike pairs come of reports that were joined,
or of networks that were not made again.
"""

from collections import Counter

from study.plan.variant import Variant
from study.report import names
from study.report.blocks import Point
from study.report.inputs import Document, Inputs
from study.report.phrases import are, number

MOST = 10
UNLIKE = "unlike the network that it is held against, so that its change is not that of the compression alone"


def unlike(inputs: Inputs, variant: Variant) -> bool:
    """Whether its network and that of its baseline, where there is one, learned from different teachers."""
    own, base = (list(map(_said, inputs.lessons(one))) for one in (variant, variant.baseline))
    return own != base and variant.baseline.model in inputs.models


def card(inputs: Inputs, variant: Variant) -> str:
    """What a model card says of it, a sentence behind others; nothing where no teacher is concerned."""
    teachers = ", then ".join(dict.fromkeys(map(_said, inputs.lessons(variant))))
    doubt = f", {UNLIKE}" if unlike(inputs, variant) else ""
    if teachers:
        return f" It learned from {teachers} too (knowledge distillation, Hinton et al., 2015){doubt}."
    return f" It had no teacher{doubt}." if doubt else ""


def findings(inputs: Inputs) -> list[Point]:
    """How many networks were taught, by whom, and which are held against one that learned otherwise."""
    taught = [list(dict.fromkeys(map(_said, inputs.lessons(one)))) for one in inputs.models.values()]
    different = [model for model, variant in inputs.models.items() if unlike(inputs, variant)]
    points = []
    if count := sum(map(bool, taught)):
        text = (
            f"{number(count, 'network')} of {len(taught)} learned from the answers of a trained one beside the labels "
            "(knowledge distillation, Hinton et al., 2015):"
        )
        counted = Counter(said for own in taught for said in own)
        points.append(Point("Distillation", text, tuple(f"{many} from {said}" for said, many in counted.items())))
    if different:
        text = (
            f"{number(len(different), 'network')} {are(len(different))} held against one that did not learn from the "
            "same teacher, or had none. What they differ by is not the compression alone:"
        )
        more = [f"and {len(different) - MOST} more"] if len(different) > MOST else []
        points.append(Point("Unequal teachers", text, (*map(names.clean, different[:MOST]), *more)))
    return points


def _said(own: Document) -> str:
    return (
        f"{names.clean(str(own.get('teacher')))} (weight {own.get('weight', 0):g}, temperature "
        f"{own.get('temperature', 0):g})"
    )
