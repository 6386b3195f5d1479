"""Which images the compressed models forget: those that most of them name otherwise than most of the base models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from study.report.answers import Answers
from study.report.blocks import Paragraph, Section
from study.report.contact_sheet import MOST, contact_sheet
from study.report.inputs import Inputs, method_of

TIE = -1
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Forgotten:
    """Indices, those with the clearest majorities first, and the modal answers [N] of both groups (-1 is a tie)."""

    indices: list[int]
    base: Ints
    compressed: Ints
    ties: int  # images left out because one group has no single most frequent answer


def forgotten(base: Sequence[Ints], compressed: Sequence[Ints], classes: int) -> Forgotten:
    """Pruning-identified exemplars of two groups of answers, each [N] class numbers.

    Source: Hooker et al. (2019), "What Do Compressed Deep Neural Networks Forget?", section 2.2: the modal label over
    the compressed population differs from that over the base population. Ties are left out, never broken.
    """
    (first, sure), (second, surer) = _modal(base, classes), _modal(compressed, classes)
    usable = (first != TIE) & (second != TIE)
    found = np.flatnonzero(usable & (first != second))
    order = sorted(found.tolist(), key=lambda index: (-float(sure[index] * surer[index]), index))
    return Forgotten(order, first, second, int((~usable).sum()))


def forgotten_section(inputs: Inputs, given: Mapping[str, Answers]) -> Section:
    """The sheet of the images; empty without images, or without models of both groups."""
    groups: dict[bool, list[Ints]] = {True: [], False: []}
    for variant, answer in given.items():
        groups[_is_base(inputs, variant)].append(answer.named)
    if inputs.images is None or not all(groups.values()):
        return Section("forgotten", "Images that compression forgets", ())
    found = forgotten(groups[True], groups[False], len(inputs.card["classes"]))
    labels = next(iter(given.values())).labels
    said = (
        f"{len(found.indices):,} of {len(labels):,} test images get another class from most of the "
        f"{len(groups[False])} compressed variants than from most of the {len(groups[True])} dense float32 ones. "
        f"{found.ties:,} images without a single most frequent class in one of the groups are left out."
    )
    if not found.indices:
        return Section("forgotten", "Images that compression forgets", (Paragraph(said),))
    right = sum(found.base[index] == labels[index] for index in found.indices)
    said += (
        f" The dense float32 variants are right on {right:,} of those that differ. Hooker et al. (2019) found such "
        "images harder for people, too."
    )
    many = f"The {MOST} with the clearest majorities." if len(found.indices) > MOST else "All of them."
    sheet = contact_sheet(
        inputs.images, found.indices, labels, found.base, found.compressed, inputs.card["classes"],
        f"{many} Under each image: its true class, what most dense float32 models say, what most compressed ones say.",
    )  # fmt: skip
    return Section("forgotten", "Images that compression forgets", (Paragraph(said), sheet))


def _is_base(inputs: Inputs, variant: str) -> bool:
    cell = inputs.exported[variant]
    return method_of(cell) == "dense" and cell["scheme"] == "float32"


def _modal(answers: Sequence[Ints], classes: int) -> tuple[Ints, npt.NDArray[np.float64]]:
    """Most frequent class of each image, -1 where two share that place, and the share of models that name it."""
    counts = np.zeros((len(answers[0]), classes), dtype=np.int64)
    for named in answers:
        counts[np.arange(len(named)), named] += 1
    most = counts.max(axis=1)
    single = (counts == most[:, None]).sum(axis=1) == 1
    return np.where(single, counts.argmax(axis=1), TIE), most / len(answers)
