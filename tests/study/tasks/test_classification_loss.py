"""The loss by its definition."""

import numpy as np
import pytest
import tensorflow as tf

from study.tasks import classification_loss

pytestmark = pytest.mark.tf

LABELS = np.array([0, 2, 2])
LOGITS = np.array([[2.0, 0, 1], [0, 1, 3], [0, 4, 3]], np.float32)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_is_cross_entropy_against_labels_mixed_with_the_uniform_distribution(smoothing: float) -> None:
    logs = LOGITS - np.log(np.exp(LOGITS).sum(1, keepdims=True))
    expected = -((1 - smoothing) * logs[np.arange(3), LABELS] + smoothing * logs.mean(1)).mean()
    assert float(classification_loss.loss(LABELS, LOGITS, smoothing)) == pytest.approx(expected, rel=1e-6)


def test_hits_are_right_answers() -> None:
    assert int(classification_loss.hits(LABELS, LOGITS)) == 2


def test_an_epoch_is_judged_without_smoothing() -> None:
    loss, accuracy = classification_loss.judged(LABELS, LOGITS)
    assert loss == pytest.approx(float(classification_loss.loss(LABELS, LOGITS, 0.0)), rel=1e-6)
    assert accuracy == 2 / 3


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_softened_answers_diverge_by_their_definition(temperature: float) -> None:
    teacher = np.array([[1.0, 0, 0], [0, 5, 2], [3, 3, 0]], np.float32)
    p, q = (np.exp(one / temperature) for one in (teacher, LOGITS))
    p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    expected = temperature**2 * (p * np.log(p / q)).sum(1).mean()
    assert float(classification_loss.softened(teacher, LOGITS, temperature)) == pytest.approx(expected, rel=1e-5)
    assert float(classification_loss.softened(LOGITS, LOGITS, temperature)) == pytest.approx(0, abs=1e-6)


def test_at_temperature_1_it_moves_logits_as_the_cross_entropy_does_and_the_teacher_not_at_all() -> None:
    teacher, logits = tf.constant(LOGITS[::-1]), tf.constant(LOGITS)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([teacher, logits])
        losses = classification_loss.softened(teacher, logits, 1.0), classification_loss.distillation(teacher, logits)
    own, other = (tape.gradient(loss, logits).numpy() for loss in losses)
    np.testing.assert_allclose(own, other, atol=1e-7)
    assert tape.gradient(losses[0], teacher) is None


def test_softening_keeps_the_size_of_the_gradient() -> None:
    """Hinton et al. 2015, section 2.1: at a high temperature it is that of half the squared distance of logits / C."""
    teacher, logits = tf.constant(LOGITS[::-1]), tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = classification_loss.softened(teacher, logits, 1e3)
    centred = [one - one.mean(1, keepdims=True) for one in (LOGITS, LOGITS[::-1])]
    np.testing.assert_allclose(tape.gradient(loss, logits), (centred[0] - centred[1]) / 3 / 3, atol=1e-3)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_whole_shares_are_labels(smoothing: float) -> None:
    shares = np.eye(3, dtype=np.float32)[LABELS]
    found = float(classification_loss.loss(shares, LOGITS, smoothing))
    assert found == float(classification_loss.loss(LABELS, LOGITS, smoothing))
    assert int(classification_loss.hits(shares, LOGITS)) == 2


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_shares_weigh_the_losses_of_their_classes(smoothing: float) -> None:
    one, two = (float(classification_loss.loss(np.full(3, label), LOGITS, smoothing)) for label in (0, 2))
    shares = np.tile(np.array([0.25, 0, 0.75], np.float32), (3, 1))
    assert float(classification_loss.loss(shares, LOGITS, smoothing)) == pytest.approx(0.25 * one + 0.75 * two)


def test_the_larger_share_is_the_true_class_and_of_equal_ones_the_first() -> None:
    shares = np.array([[0.6, 0, 0.4], [0, 0.5, 0.5], [0, 0.4, 0.6]], np.float32)
    assert int(classification_loss.hits(shares, LOGITS)) == 1
    assert int(classification_loss.hits(shares[1:2], np.array([[0, 1, 0]], np.float32))) == 1
