"""Processor seconds that 10,000 images take through the float32 MobileNetV2, and whether a batch changes a bit.

`python -m benchmarks.evaluation MODEL [SIZE]` writes the model, in a process of its own: the runtimes want no
TensorFlow beside them.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from pipelines import predict

BOUND = 10.0
IMAGES = 10_000
ALONE = 1_000
"""Images that are predicted one by one as well."""


def measure() -> bool:
    """Print processor seconds and bit identity; return whether both are as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        model, images, few = (str(Path(folder) / name) for name in ("model.tflite", "images.npz", "few.npz"))
        subprocess.run([sys.executable, "-m", __name__, model], check=True)
        pixels = np.random.default_rng(0).integers(0, 256, (IMAGES, 32, 32, 3)).astype(np.uint8)
        for path, count in ((images, IMAGES), (few, ALONE)):
            np.savez(path, images=pixels[:count], labels=np.zeros(count, np.int64))
        before = _processor_seconds()
        batched = predict.run(model, images, "ai_edge_litert", 1, 64)
        seconds = _processor_seconds() - before
        alone = predict.run(model, few, "ai_edge_litert", 1, 1)
    same = batched["logits"][:ALONE].tobytes() == alone["logits"].tobytes()
    batches = f"{int(batched['batch_size'])} and {int(alone['batch_size'])}"
    print(f"evaluation: {seconds:.1f} processor seconds for {IMAGES} images (bound: at most {BOUND:g})")
    print(f"evaluation, batches of {batches}: {'the same bits' if same else 'DIFFERENT bits'}", flush=True)
    return seconds <= BOUND and same and int(batched["batch_size"]) == 64


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_model(path: Path, size: int = 32) -> None:
    """Convert an untrained network: its speed is that of a trained one."""
    from study.convert.float32 import convert
    from study.data.examples import Examples
    from study.networks.models.mobilenet_v2 import build
    from study.networks.setup import prepare
    from study.tflite.signature import SERVING_DEFAULT

    prepare(seed=0, threads=1)
    none = np.zeros((0, size, size, 3), np.uint8)
    path.write_bytes(
        convert({SERVING_DEFAULT: build(10, (size, size, 3))}, none, Examples(none, np.zeros(0, np.int64)))
    )


if __name__ == "__main__":
    write_model(Path(sys.argv[1]), *map(int, sys.argv[2:]))
