"""The code that a model card gives for trying its file: short, and run by a test."""

FEW = 100  # classes that are listed

SAMPLE = """import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

{classes}
interpreter = Interpreter(model_path="{variant}.tflite")
interpreter.allocate_tensors()
given, found = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

image = Image.open("image.png").convert("RGB").resize(({size}, {size}), Image.Resampling.BICUBIC)
pixels = np.asarray(image, np.float32)[None] / 127.5 - 1  # [1, {size}, {size}, 3] in [-1, 1]
{setting}
interpreter.invoke()
logits = interpreter.get_tensor(found["index"])[0]{reading}
{printing}"""

FLOAT_INPUT = 'interpreter.set_tensor(given["index"], pixels)'
WHOLE_INPUT = """scale, zero = given["quantization"]
limits = np.iinfo(given["dtype"])
stored = np.clip(np.rint(pixels / scale) + zero, limits.min, limits.max).astype(given["dtype"])
interpreter.set_tensor(given["index"], stored)"""
WHOLE_OUTPUT = """
scale, zero = found["quantization"]
logits = scale * (logits.astype(np.float32) - zero)"""


def usage(variant: str, classes: list[str], size: int, whole_numbers: bool) -> str:
    """Python code that classifies `image.png` with `<variant>.tflite`.

    `whole_numbers`: input and output are int8. Class names are written in ASCII escapes: whatever they hold, they stay
    strings of the code, and no line of it can end the Markdown block around it.
    """
    listed = len(classes) <= FEW
    names = ",\n".join(f"    {name!a}" for name in classes)
    return SAMPLE.format(
        classes=f"classes = [\n{names},\n]" if listed else "# classes: the table below, in the order of the logits",
        variant=variant,
        size=size,
        setting=WHOLE_INPUT if whole_numbers else FLOAT_INPUT,
        reading=WHOLE_OUTPUT if whole_numbers else "",
        printing=f"print({'classes[int(logits.argmax())]' if listed else 'int(logits.argmax())'})",
    )
