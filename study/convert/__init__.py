"""The quantization schemes.

`convert` is given calibration images, uint8 [N, H, W, 3] of the training split, and examples of the validation split.
"""

from study.registry import Scheme

SCHEMES = {
    "float32": Scheme("study.convert.float32", "none: float32 weights and activations"),
    "float16": Scheme("study.convert.float16", "float16 weights, computed in float32"),
    "dynamic": Scheme("study.convert.dynamic", "int8 weights; activations are quantized while it runs"),
    "int8": Scheme(
        "study.convert.int8",
        "int8 weights and activations after training, float32 input and output",
        calibrated=True,
    ),
    # These run the kernels of int8 on the same shapes: int8_full lacks the conversions of input and output alone, the
    # tuned ones write other scales and zero points, which kernels read as numbers. All others differ in a kernel or
    # in how weights are laid out: layers in float, 16-bit activations, sparse weights, one scale a kernel.
    "int8_full": Scheme(
        "study.convert.int8_full",
        "int8 weights and activations after training, int8 input and output",
        calibrated=True,
        integer_ports=True,
        kernels="int8",
    ),
    "int8_tuned": Scheme(
        "study.convert.tuned.int8_tuned",
        "int8 weights and activations after training, with activation ranges of least error",
        calibrated=True,
        kernels="int8",
    ),
    "int8_tuned_shared": Scheme(
        "study.convert.tuned.int8_tuned_shared",
        "int8 as int8_tuned, with one scale for the channels that its levels share",
        calibrated=True,
        several="int8_tuned",
        kernels="int8",
    ),
    "int8_selective": Scheme(
        "study.convert.tuned.int8_selective",
        "int8 with ranges of least error; the layers that cost most accuracy stay in float32",
        calibrated=True,
        diagnosed=True,
        alone="it chooses the layers of one network",
    ),
    "int8_per_tensor": Scheme(
        "study.convert.int8_per_tensor", "int8 with one scale for each whole kernel", calibrated=True
    ),
    "int16x8": Scheme(
        "study.convert.int16x8",
        "int8 weights and int16 activations after training",
        calibrated=True,
        alone="TensorFlow 2.19 spoils constants that levels share: it quantizes them once a level",
        refused={"mobilenet_v3": "TFLite's HARD_SWISH has no kernel for 16-bit activations"},
    ),
    "int4_weights": Scheme(
        "study.convert.tuned.int4_weights",
        "int4 weights (int8 in depthwise convolutions), computed in float32",
        package=("ai_edge_quantizer", "int4"),
        unknown_to={"tflite_runtime": "has no kernel that reads int4 weights"},
    ),
    "int4_selective": Scheme(
        "study.convert.tuned.int4_selective",
        "int4 weights, those that cost most accuracy in int8, computed in float32",
        calibrated=True,
        alone="it chooses the kernels of one network",
        package=("ai_edge_quantizer", "int4"),
        unknown_to={"tflite_runtime": "has no kernel that reads int4 weights"},
    ),
    # The positions of scattered values take what fewer zeros save. Measured on MobileNetV2: a float32 file shrinks to
    # 0.99 of its size at 30 % and to 0.58 at 60 %, an int8 file grows to 1.10 at 60 %.
    "float32_sparse": Scheme("study.convert.float32_sparse", "none: float32 weights, zeros not stored", zeros=50),
    "int8_sparse": Scheme(
        "study.convert.int8_sparse",
        "int8 weights and activations after training, zeros not stored",
        calibrated=True,
        zeros=70,
    ),
}

ABSENT = {
    "dynamic_sparse": "the runtimes have no dynamic range kernel for sparse weights: use float32_sparse or int8_sparse",
    "float16_sparse": "the converter stores 16-bit floats densely: use float32_sparse",
}
"""Schemes that one may think of and that cannot be -> why."""
