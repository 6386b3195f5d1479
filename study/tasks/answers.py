"""What a model answered on a test set: the little of its logits that tables, tests and comparisons need."""

from dataclasses import dataclass

from study.statistics.reliability import Bin, confidences, reliability
from study.tasks import metrics


@dataclass(frozen=True)
class Answers:
    """Per test image [N]: true class, class named, whether that was right (ties by lot: study/tasks/metrics.py).

    `ties` counts images whose highest logit is shared; `reliability` says how sure the model was, and how often right.
    """

    labels: metrics.Ints
    named: metrics.Ints
    correct: metrics.Bools
    ties: int
    reliability: tuple[Bin, ...]

    @property
    def confidence(self) -> float:
        """Mean of the highest softmax probability."""
        return sum(one.n * (one.confidence or 0.0) for one in self.reliability) / len(self.labels)


def answers_of(logits: metrics.Array, labels: metrics.Array) -> Answers:
    """Answers in logits [N, C] for images of classes `labels` [N].

    Raises:
        StudyError: as the functions of study/tasks/metrics.py.
    """
    correct = metrics.correct(logits, labels)
    bins = tuple(reliability(confidences(logits), correct))
    return Answers(labels, metrics.predictions(logits), correct, metrics.ties(logits), bins)
