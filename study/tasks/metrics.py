"""Accuracy and calibration of stored logits: pure functions of logits [N, C] and labels [N].

Ties. A quantized network often gives two classes the very same logit (1 to 3 % of CIFAR-10 images in int8). A runtime's
`argmax` then picks the lowest class id, which favours those classes; counting ties as wrong takes a point off every
int8 model that no user would miss. So the tie-break is random: a fixed shuffle of the classes for each image, the same
for every model. This is fair to every class and model on average, keeps answers right or wrong, as paired tests need,
and holds for top-k, per-class counts and the confusion matrix alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from study.arrays import Array, Bools, Floats, Ints
from study.errors import StudyError


@dataclass(frozen=True)
class PerClass:
    """Test images, right answers and accuracy (a fraction, NaN without images) of each class, [C]."""

    n: Ints
    correct: Ints
    accuracy: Floats


def ranking(logits: Array) -> Ints:
    """Class ids from the highest logit to the lowest, ties in the order of the image's tie-break. [N, C] -> [N, C]."""
    scores = _logits(logits)
    tie_break = np.random.default_rng(0).random(scores.shape)
    return np.asarray(np.lexsort((tie_break, -scores), axis=-1), dtype=np.int64)


def predictions(logits: Array) -> Ints:
    """The predicted class: that of the highest logit. [N, C] -> [N]."""
    return ranking(logits)[:, 0]


def correct(logits: Array, labels: Array, k: int = 1) -> Bools:
    """Whether the true class is among the k highest logits. [N, C], [N] -> [N].

    Raises:
        StudyError: bad logits or labels, or k outside 1..C.
    """
    scores, truth = _checked(logits, labels)
    classes = scores.shape[1]
    if not 1 <= k <= classes:
        raise StudyError(f"top-{k} accuracy needs k between 1 and the {classes} classes: choose a smaller k")
    return np.asarray((ranking(scores)[:, :k] == truth[:, None]).any(axis=1), dtype=np.bool_)


def top_k(logits: Array, labels: Array, k: int = 1) -> float:
    """Share of images whose true class is among the k highest logits (see `correct`)."""
    return float(correct(logits, labels, k).mean())


def ties(logits: Array) -> int:
    """Number of images whose highest logit is shared by two classes or more."""
    scores = _logits(logits)
    return int(((scores == scores.max(axis=1, keepdims=True)).sum(axis=1) > 1).sum())


def per_class(logits: Array, labels: Array) -> PerClass:
    """Count images and right answers by true class; `correct.sum() / n.sum()` equals `top_k(k=1)`."""
    scores, truth = _checked(logits, labels)
    classes = scores.shape[1]
    n = np.bincount(truth, minlength=classes)
    right = np.bincount(truth[correct(scores, truth)], minlength=classes)
    with np.errstate(invalid="ignore"):
        return PerClass(n.astype(np.int64), right.astype(np.int64), right / n)


def confusion(logits: Array, labels: Array) -> Ints:
    """Confusion matrix [C, C], rows true, columns predicted; its diagonal equals `per_class(...).correct`."""
    scores, truth = _checked(logits, labels)
    classes = scores.shape[1]
    cells = truth * classes + predictions(scores)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def log_softmax(logits: Array) -> Floats:
    """Log-probabilities [N, C], shifted by the row's maximum so that large logits do not overflow."""
    scores = _logits(logits)
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), dtype=np.float64)


def confidences(logits: Array) -> Floats:
    """Highest softmax probability of each image. [N, C] -> [N]."""
    return np.asarray(np.exp(log_softmax(logits).max(axis=1)), dtype=np.float64)


def nll(logits: Array, labels: Array) -> float:
    """Mean negative log-likelihood of the true class, in nats."""
    scores, truth = _checked(logits, labels)
    return float(-log_softmax(scores)[np.arange(len(truth)), truth].mean())


def brier(logits: Array, labels: Array) -> float:
    """Brier score, 0..2: squared distance to the one-hot truth, summed over classes, mean over images.

    Source: Brier (1950), "Verification of forecasts expressed in terms of probability", eq. 2.
    """
    scores, truth = _checked(logits, labels)
    distance = np.exp(log_softmax(scores))
    distance[np.arange(len(truth)), truth] -= 1.0
    return float((distance**2).sum(axis=1).mean())


def ece(logits: Array, labels: Array, bins: int = 15) -> float:
    """Expected calibration error: |accuracy - confidence| of equal-width bins, weighted by their images.

    Confidence is the highest softmax probability; bins are (low, high]. Source: Guo et al. (2017), "On
    calibration of modern neural networks", eq. 3, with its 15 bins.
    """
    scores, truth = _checked(logits, labels)
    if bins < 1:
        raise StudyError(f"the calibration error needs at least one bin, not {bins}")
    confidence = confidences(scores)
    index = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = np.bincount(index, weights=correct(scores, truth) - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(truth))


def check_classes(logits: Array, classes: Sequence[str]) -> None:
    """Refuse logits [N, C] of another number of classes than the data's.

    Raises:
        StudyError: it differs.
    """
    if logits.shape[1] != len(classes):
        raise StudyError(
            f"the model has {logits.shape[1]} outputs and the data {len(classes)} classes: "
            "they must be the same classes in the same order"
        )


def check_finite(logits: Array) -> None:
    """Refuse logits [N, C] of which one is no number.

    Raises:
        StudyError: it is NaN or infinite.
    """
    if not np.isfinite(logits).all():
        broken = int((~np.isfinite(logits)).any(axis=1).sum())
        raise StudyError(
            f"the logits of {broken} of {len(logits)} images are not finite (NaN or infinite): "
            "the model is broken, train or convert it again"
        )


def _logits(logits: Array) -> Floats:
    scores = np.asarray(logits)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise StudyError(f"logits must have the shape [images, classes >= 2], not {list(scores.shape)}")
    if len(scores) == 0:
        raise StudyError("there are no logits: the data set has no image to evaluate")
    scores = scores.astype(np.float64)
    check_finite(scores)
    return scores


def _checked(logits: Array, labels: Array) -> tuple[Floats, Ints]:
    scores, truth = _logits(logits), np.asarray(labels)
    if truth.shape != (len(scores),):
        raise StudyError(f"labels must have the shape [{len(scores)}] of the logits, not {list(truth.shape)}")
    if not np.issubdtype(truth.dtype, np.integer):
        raise StudyError(f"labels must be class ids (integers), not {truth.dtype}")
    if truth.min() < 0 or truth.max() >= scores.shape[1]:
        raise StudyError(f"a label is outside 0..{scores.shape[1] - 1}: the logits have {scores.shape[1]} classes")
    return scores, truth.astype(np.int64)
