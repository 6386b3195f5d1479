"""Add tensors of unequal width: the residual sum behind a block that keeps only the first channels of its stream."""

from typing import Any

import tensorflow as tf
import tf_keras


@tf_keras.utils.register_keras_serializable("study")
class PaddedAdd(tf_keras.layers.Layer):  # type: ignore[misc]
    """Sum of inputs [N, H, W, C_i], each filled up with zeros behind its last channel to `channels`.

    One PAD a narrow input in a .tflite file, which XNNPACK computes; putting channels anywhere else takes a GATHER,
    which leaves the delegate and costs more than the narrower block saves.
    """

    def __init__(self, channels: int, **options: Any) -> None:
        super().__init__(**options)
        self.channels = channels

    def call(self, inputs: list[Any]) -> Any:
        """Fill up and add."""
        return tf.add_n([self._filled(one) for one in inputs])

    def _filled(self, one: Any) -> Any:
        missing = self.channels - one.shape[-1]
        return tf.pad(one, [[0, 0], [0, 0], [0, 0], [0, missing]]) if missing else one

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "channels": self.channels}
