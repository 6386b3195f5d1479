"""MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), as in keras.applications."""

import tf_keras

from study.networks.models.rewrite import Shape, with_stem, with_symmetric_padding


def build(
    classes: int, input_shape: Shape, stem_stride: int = 2, alpha: float = 1.0, sparse_ready: bool = False
) -> tf_keras.Model:
    """Images [N, H, W, 3] in [-1, 1] -> logits [N, classes]."""

    def published(shape: Shape) -> tf_keras.Model:
        return tf_keras.applications.MobileNetV2(
            shape, alpha=alpha, weights=None, classes=classes, classifier_activation=None
        )

    model = with_stem(published, "Conv1", input_shape, stem_stride)
    return with_symmetric_padding(model, "Conv1") if sparse_ready else model
