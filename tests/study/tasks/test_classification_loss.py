"""The loss by its definition. TensorFlow would stay loaded for the other tests: the checks have their own process."""

import os
import subprocess

import numpy as np
import pytest

import pipelines  # noqa: F401  sets TensorFlow's environment

CHILD = "TENSORFLOW_CHECKS" in os.environ
if CHILD:
    from study.tasks import classification_loss

LABELS = np.array([0, 2, 2])
LOGITS = np.array([[2.0, 0, 1], [0, 1, 3], [0, 4, 3]], np.float32)


def test_in_a_process_of_its_own(checks: "subprocess.CompletedProcess[str]") -> None:
    assert checks.returncode == 0, checks.stdout + checks.stderr


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def check_loss_is_cross_entropy_against_labels_mixed_with_the_uniform_distribution(smoothing: float) -> None:
    logs = LOGITS - np.log(np.exp(LOGITS).sum(1, keepdims=True))
    expected = -((1 - smoothing) * logs[np.arange(3), LABELS] + smoothing * logs.mean(1)).mean()
    assert float(classification_loss.loss(LABELS, LOGITS, smoothing)) == pytest.approx(expected, rel=1e-6)


def check_hits_are_right_answers() -> None:
    assert int(classification_loss.hits(LABELS, LOGITS)) == 2


def check_an_epoch_is_judged_without_smoothing() -> None:
    loss, accuracy = classification_loss.judged(LABELS, LOGITS)
    assert loss == pytest.approx(float(classification_loss.loss(LABELS, LOGITS, 0.0)), rel=1e-6)
    assert accuracy == 2 / 3
