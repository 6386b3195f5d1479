"""The quantization schemes: name -> module with convert(model, calibration, validation) -> bytes.

`calibration` is uint8 [N, H, W, 3] from the training split; `validation` are examples of the validation split.
"""

SCHEMES = {
    "float32": "study.convert.float32",
    "float16": "study.convert.float16",
    "dynamic": "study.convert.dynamic",
    "int8": "study.convert.int8",
    "int8_full": "study.convert.int8_full",
    "int8_tuned": "study.convert.tuned.int8_tuned",
    "int8_selective": "study.convert.tuned.int8_selective",
    "int8_per_tensor": "study.convert.int8_per_tensor",
    "int16x8": "study.convert.int16x8",
    "float32_sparse": "study.convert.float32_sparse",
    "int8_sparse": "study.convert.int8_sparse",
}
