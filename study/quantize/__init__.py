"""The quantization schemes: name -> module with convert(model, calibration, validation) -> bytes.

`calibration` is uint8 [N, H, W, 3] from the training split; `validation` are examples of the validation split.
"""

SCHEMES = {
    "float32": "study.quantize.float32",
    "float16": "study.quantize.float16",
    "dynamic": "study.quantize.dynamic",
    "int8": "study.quantize.int8",
    "int8_full": "study.quantize.int8_full",
    "int8_tuned": "study.quantize.tuned.int8_tuned",
    "int8_selective": "study.quantize.tuned.int8_selective",
    "int8_per_tensor": "study.quantize.int8_per_tensor",
    "int16x8": "study.quantize.int16x8",
    "float32_sparse": "study.quantize.float32_sparse",
    "int8_sparse": "study.quantize.int8_sparse",
}
