"""Outputs of all signatures of some files: `python signature_outputs.py RUNTIME OUT.npz FILE...`, one process each.

Self-contained, since an emulated aarch64 Python runs it too. Images are random, some dark and some bright; the answer
has `STEM/SIGNATURE` -> outputs of each, one after the other, and the same for invoking the signatures in turns.
The runtime `weight_cache` is ai-edge-litert's CompiledModel with XNNPACK's packed weights in a file beside OUT.npz,
which a first model fills and a second one reads.
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

IMAGES, CLASSES = 6, 4
CACHE = "weight_cache"
Run = Callable[[Any], Any]


def main(runtime: str, out: str, *paths: str) -> None:
    import numpy as np

    rng, found = np.random.default_rng(0), {}
    images: Any = np.linspace(-0.5, 0.5, IMAGES).reshape(-1, 1, 1, 1) + rng.uniform(-0.5, 0.5, (IMAGES, 16, 16, 3))
    images = images.astype(np.float32)[:, None]
    for path in paths:
        stem = Path(path).stem
        runners = cached(path, Path(out).with_suffix(f".{stem}")) if runtime == CACHE else interpreted(path, runtime)
        for name, run in runners.items():
            found[f"{stem}/{name}"] = np.stack([run(one) for one in images])
        found[f"{stem}/turns"] = np.stack([run(one) for one in images for run in runners.values()])
    np.savez(out, **found)


def interpreted(path: str, runtime: str) -> dict[str, Run]:
    """Signature -> its outputs for an image, by the interpreter."""
    interpreter = importlib.import_module(runtime + ".interpreter").Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    runners = {name: interpreter.get_signature_runner(name) for name in interpreter.get_signature_list()}
    return {name: lambda image, runner=runner: runner(image=image)["logits"][0] for name, runner in runners.items()}


def cached(path: str, cache: Path) -> dict[str, Run]:
    """Signature -> its outputs for an image, by a model that takes its packed weights from a file."""
    import numpy as np
    from ai_edge_litert.compiled_model import CompiledModel
    from ai_edge_litert.options import CpuOptions, Options

    options = Options(cpu_options=CpuOptions(num_threads=1, xnnpack_weight_cache_path=str(cache)))
    for _ in range(2):  # the first writes the cache
        model = CompiledModel.from_file(path, options=options)
    assert cache.stat().st_size

    def run(image: Any, number: int) -> Any:
        inputs, outputs = model.create_input_buffers(number), model.create_output_buffers(number)
        inputs[0].write(image.ravel())
        model.run_by_index(number, inputs, outputs)
        return np.array(outputs[0].read(CLASSES, np.float32))

    return {
        name: lambda image, number=number: run(image, number) for number, name in enumerate(model.get_signature_list())
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
