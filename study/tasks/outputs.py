"""What a foreign classifier's outputs are: logits, probabilities, or scores that only say which class is ahead."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from study.arrays import Array, Floats32
from study.errors import StudyError

Kind = Literal["logits", "probabilities", "scores"]

TOLERANCE = 1e-3
"""How far sums of float probabilities may be from 1."""


@dataclass(frozen=True)
class Answers:
    """Logits [N, C >= 2] of a model, and what its outputs were taken for, and why.

    Of `scores` the order alone means something: no probability may be computed from them.
    """

    logits: Floats32
    kind: Kind
    why: str


def log_probabilities(output: Array, step: float) -> Floats32:
    """Logits of a model that gives probabilities: the logarithm of its output, whose softmax is the output again.

    A quantized probability of 0 stands for anything below half a step, and is taken as that.
    """
    return np.asarray(np.log(np.maximum(output, np.float32(max(step / 2, 1e-9)))))


def answers(output: Floats32, last: str, step: float, unscaled: bool, asked: Kind | None = None) -> Answers:
    """Tell what outputs [N, C] are, from their values and the operator that makes them.

    Args:
        output: dequantized where there is a scale.
        last: operator that computes it.
        step: between two values of a quantized output; 0 for float.
        unscaled: they are integers without a scale.
        asked: what the person says they are.

    Raises:
        StudyError: one output an image that may be a probability as well as a logit, or `asked` cannot be.
    """
    between = bool(np.all((output >= 0) & (output <= 1)))
    if asked == "probabilities" and (unscaled or not between):
        raise StudyError("the model's outputs are not all between 0 and 1: they are no probabilities")
    if output.shape[1] == 1:
        return _binary(output, last, step, unscaled, between, asked)
    off = np.abs(output.sum(axis=1, dtype=np.float64) - 1).max() if between else np.inf
    if asked is not None:
        logits = log_probabilities(output, step) if asked == "probabilities" else output
        return Answers(logits, asked, "--outputs")
    if unscaled:
        return Answers(output, "scores", "integers without a scale")
    if off <= TOLERANCE + step * np.sqrt(output.shape[1]) or (last == "SOFTMAX" and between and step):
        why = "from a SOFTMAX" if last == "SOFTMAX" else f"they sum to 1, after {last}"
        return Answers(log_probabilities(output, step), "probabilities", why)
    if between or last in ("SOFTMAX", "LOGISTIC", "TANH"):
        return Answers(output, "scores", f"from {last}, they do not sum to 1")
    return Answers(output, "logits", f"from {last}")


def _binary(output: Floats32, last: str, step: float, unscaled: bool, between: bool, asked: Kind | None) -> Answers:
    """Two classes from the one output of the second: its probability, or its logit against 0."""
    if unscaled:
        raise StudyError("the model's one output is an integer without a scale: nobody knows where its classes part")
    if asked is None and between and last != "LOGISTIC":
        raise StudyError(
            f"the model's one output, from {last}, may be a probability or a logit: say --outputs=probabilities or "
            "--outputs=logits"
        )
    kind: Kind = asked or ("probabilities" if last == "LOGISTIC" else "scores" if last == "TANH" else "logits")
    why = "--outputs" if asked else f"from {last}, one for the second class"
    if kind != "probabilities":
        return Answers(np.concatenate([np.zeros_like(output), output], axis=1), kind, why)
    both = np.concatenate([np.float32(1) - output, output], axis=1)
    return Answers(log_probabilities(both, step), kind, why)
