"""The quantization schemes: name -> module with convert(model, calibration) -> bytes."""

SCHEMES = {
    "float32": "study.quantize.float32",
    "float16": "study.quantize.float16",
    "dynamic": "study.quantize.dynamic",
    "int8": "study.quantize.int8",
    "int8_full": "study.quantize.int8_full",
}
