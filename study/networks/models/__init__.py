"""The architectures: family -> module with build(classes, input_shape, stem_stride, alpha) -> Model."""

ARCHITECTURES = {
    "mobilenet": "study.networks.models.mobilenet",
    "mobilenet_v2": "study.networks.models.mobilenet_v2",
    "mobilenet_v3_large": "study.networks.models.mobilenet_v3_large",
    "mobilenet_v3_small": "study.networks.models.mobilenet_v3_small",
    "efficientnet_b0": "study.networks.models.efficientnet_b0",
}
