"""Look at the int8 quantization of one network layer by layer: what hurts, and what brings the accuracy back."""

from contextlib import suppress
from dataclasses import dataclass

import tf_keras

from study.arrays import Array
from study.convert.tuned.selection import Selection, Watch, prepare, rank, recover, select, unwatched
from study.convert.tuned.sensitivity import Sensitivity, Step
from study.data.examples import Examples


@dataclass(frozen=True)
class Diagnosis:
    """Result of `diagnose`. `top1` and `file_bytes` are those of the float32 file.

    `selection` has ranges of least error; `plain` and `plain_layers` are int8 as the converter makes it, None and
    empty where no kernel takes such ranges (a hard-swish refuses more than 128 times its result's).
    """

    selection: Selection
    plain: Step | None
    plain_layers: tuple[Sensitivity, ...]
    top1: float
    file_bytes: int
    images: int


def diagnose(model: tf_keras.Model, calibration: Array, validation: Examples, watch: Watch = unwatched) -> Diagnosis:
    """Rank the layers of `model` with tuned and with plain ranges, and find how many must stay in float.

    Args:
        model: the network.
        calibration: uint8 [N, H, W, 3].
        validation: held-out examples on which accuracy is measured; never the test split.
        watch: shows progress.
    """
    subject = prepare(model, calibration, validation)
    selection = select(subject, watch)
    plain: Step | None = None
    plain_layers: tuple[Sensitivity, ...] = ()
    with suppress(RuntimeError):
        (plain,) = recover(subject, subject.seen, [], watch, "plain int8")
        plain_layers = rank(subject, subject.seen, watch, "plain layers")
    return Diagnosis(selection, plain, plain_layers, subject.top1, subject.file_bytes, len(subject.held_out))
