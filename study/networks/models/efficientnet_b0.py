"""EfficientNet-B0 (Tan & Le 2019, arXiv 1905.11946), as in keras.applications, without its preprocessing.

keras.applications counts 4,062,381 parameters at 10 classes; 7 of them are the statistics of the input
Normalization, which the study's input contract leaves out.
"""

import tf_keras

from study.errors import StudyError
from study.networks.models.rewrite import Shape, rewrite, with_stem


def build(classes: int, input_shape: Shape, stem_stride: int = 2, alpha: float = 1.0) -> tf_keras.Model:
    """Images [N, H, W, 3] in [-1, 1] -> logits [N, classes]. Width and depth scale by B0..B7, so alpha is 1."""
    if alpha != 1.0:
        raise StudyError(f"efficientnet_b0 has no alpha (got {alpha}): leave it out in grid.architectures")

    def published(shape: Shape) -> tf_keras.Model:
        model = tf_keras.applications.EfficientNetB0(
            input_shape=shape, weights=None, classes=classes, classifier_activation=None
        )
        preprocessing = [
            layer.name
            for layer in model.layers
            if isinstance(layer, tf_keras.layers.Rescaling | tf_keras.layers.Normalization)
        ]
        return rewrite(model, {}, without=preprocessing)

    return with_stem(published, "stem_conv", input_shape, stem_stride)
