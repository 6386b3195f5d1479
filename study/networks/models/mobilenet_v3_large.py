"""MobileNetV3 Large (Howard et al. 2019, arXiv 1905.02244), as in keras.applications, without its Rescaling."""

import tf_keras

from study.networks.models.rewrite import Shape, with_stem


def build(classes: int, input_shape: Shape, stem_stride: int = 2, alpha: float = 1.0) -> tf_keras.Model:
    """Images [N, H, W, 3] in [-1, 1] -> logits [N, classes]."""

    def published(shape: Shape) -> tf_keras.Model:
        return tf_keras.applications.MobileNetV3Large(
            shape,
            alpha=alpha,
            weights=None,
            classes=classes,
            classifier_activation=None,
            include_preprocessing=False,
        )

    return with_stem(published, "Conv", input_shape, stem_stride)
