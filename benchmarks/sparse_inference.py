"""Whether pruned weights save time: 90 % sparse networks, dense file against `float32_sparse`, without AVX and here.

`python -m benchmarks.sparse_inference FOLDER` writes the four models, in a process of its own.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import without_avx

FAMILIES = ("mobilenet", "mobilenet_v2")
FORMS = ("float32", "float32_sparse")
BOUND = 1.5
RUNS = 9


def measure() -> bool:
    """Print how many times as fast the sparse file is; return whether it is clearly faster and answers alike."""
    if not without_avx.available():
        print(f"sparse inference: not measured, {without_avx.EMULATOR} is missing (Debian: apt-get install qemu-user)")
        return True
    good = True
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", __name__, folder], check=True, capture_output=True)
        for family in FAMILIES:
            dense, sparse = without_avx.run([Path(folder) / f"{family}.{form}.tflite" for form in FORMS], RUNS)
            ratio = dense["median_us"] / sparse["median_us"]
            apart = float(np.abs(np.subtract(dense["logits"], sparse["logits"])).max() / np.abs(dense["logits"]).max())
            print(
                f"sparse inference, {family} sparse_ready at 90 %, x86 without AVX (emulated): {ratio:.1f}x as fast "
                f"as dense (bound: at least {BOUND:g}), logits differ by {apart:.1e} of the largest",
                flush=True,
            )
            good &= ratio >= BOUND and apart <= 1e-5
    return good


def write_models(folder: Path) -> None:
    """Convert untrained networks of which 90 % of each kernel is zero, with statistics that let a signal through."""
    from study.convert import SCHEMES
    from study.networks.models import ARCHITECTURES
    from study.networks.setup import prepare
    from study.registry import load
    from study.tflite.signature import SERVING_DEFAULT

    prepare(seed=0, threads=1)
    rng = np.random.default_rng(0)
    for family in FAMILIES:
        model = load(ARCHITECTURES, family, "build")(10, (32, 32, 3), sparse_ready=True)
        for layer in model.layers:
            values = layer.get_weights()
            if type(layer).__name__ in ("Conv2D", "Dense"):
                values[0].flat[rng.permutation(values[0].size)[: round(0.9 * values[0].size)]] = 0
            elif type(layer).__name__ == "BatchNormalization":
                values[1] = rng.normal(0, 0.1, values[1].shape)
                values[3] = np.full_like(values[3], 0.1)
            layer.set_weights(values)
        for form in FORMS:
            tflite = load(SCHEMES, form, "convert")({SERVING_DEFAULT: model}, None, None)
            (folder / f"{family}.{form}.tflite").write_bytes(tflite)


if __name__ == "__main__":
    write_models(Path(sys.argv[1]))
