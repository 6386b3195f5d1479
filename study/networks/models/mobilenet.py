"""MobileNet (Howard et al. 2017, arXiv 1704.04861), as in keras.applications."""

import tf_keras

from study.networks.models.rewrite import Shape, with_stem, with_symmetric_padding


def build(
    classes: int, input_shape: Shape, stem_stride: int = 2, alpha: float = 1.0, sparse_ready: bool = False
) -> tf_keras.Model:
    """Images [N, H, W, 3] in [-1, 1] -> logits [N, classes]."""

    def published(shape: Shape) -> tf_keras.Model:
        return tf_keras.applications.MobileNet(
            shape, alpha=alpha, weights=None, classes=classes, classifier_activation=None
        )

    model = with_stem(published, "conv1", input_shape, stem_stride)
    return _with_dense_classifier(with_symmetric_padding(model, "conv1"), classes) if sparse_ready else model


def _with_dense_classifier(model: tf_keras.Model, classes: int) -> tf_keras.Model:
    """The classifier as a dense layer: XNNPACK's sparse mode refuses a file whose 1x1 convolution reads the mean."""
    pooled = tf_keras.layers.Flatten(name="flatten")(model.get_layer("dropout").output)
    return tf_keras.Model(model.input, tf_keras.layers.Dense(classes, name="conv_preds")(pooled), name=model.name)
