"""Outputs of all signatures of some files: `python signature_outputs.py RUNTIME OUT.npz FILE...`, one process each.

Self-contained, since an emulated aarch64 Python runs it too. Images are random, some dark and some bright; the answer
has `STEM/SIGNATURE` -> outputs of each, one after the other, and the same for invoking the signatures in turns.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

IMAGES = 6


def main(runtime: str, out: str, *paths: str) -> None:
    import numpy as np

    interpreters = importlib.import_module(runtime + ".interpreter")
    rng, found = np.random.default_rng(0), {}
    images: Any = np.linspace(-0.5, 0.5, IMAGES).reshape(-1, 1, 1, 1) + rng.uniform(-0.5, 0.5, (IMAGES, 16, 16, 3))
    images = images.astype(np.float32)[:, None]
    for path in paths:
        interpreter = interpreters.Interpreter(model_path=path, num_threads=1)
        interpreter.allocate_tensors()
        runners = {name: interpreter.get_signature_runner(name) for name in interpreter.get_signature_list()}
        for name, runner in runners.items():
            found[f"{Path(path).stem}/{name}"] = np.concatenate([runner(image=one)["logits"] for one in images])
        turns = [np.concatenate([runner(image=one)["logits"] for runner in runners.values()]) for one in images]
        found[f"{Path(path).stem}/turns"] = np.stack(turns, 1).reshape(len(runners) * IMAGES, -1)
    np.savez(out, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
