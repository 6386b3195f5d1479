"""Logits of one model, in a process of its own with limits: a kernel may abort, hang or eat all memory.

`run` starts the process and turns whatever happens to it into a result or one line; `main` is the process.
"""

import argparse
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from pipelines import cli, files
from study.errors import StudyError
from study.tflite.image_input import STUDY_INPUT, ImageInput
from study.tflite.run import predict

ROOT = Path(__file__).parents[1]
MEMORY_GIB = 8.0
CPU_SECONDS = 4 * 3600
NO_MEMORY = ("MemoryError", "bad_alloc", "annot allocate memory", "failed to map segment")
"""What Python, C++ and the loader say when the limit is reached."""

SILENCE_SECONDS = 300.0
"""Longest time without one finished batch: a model that hangs is stopped after that."""


def run(
    tflite: str,
    data: str,
    runtime: str,
    threads: int,
    batch_size: int,
    taken: ImageInput = STUDY_INPUT,
    silence_seconds: float = SILENCE_SECONDS,
    memory_gib: float = MEMORY_GIB,
    signature: str | None = None,
) -> dict[str, Any]:
    """Predict in a child process: `logits` float32 [N, C], `labels` int64 [N], the images' `size` (height, width)
    and the fields of `Prediction`.

    `taken`: what is made of the images. `signature`: which level; a file of several needs it.

    Raises:
        StudyError: the child failed, crashed, hung or ran into a limit; the message names the model's file.
    """
    with tempfile.TemporaryDirectory(prefix="predict-") as folder:
        out = Path(folder) / "logits.npz"
        command = [
            sys.executable,
            "-m",
            "pipelines.predict",
            "--tflite",
            tflite,
            "--data",
            data,
            "--out",
            str(out),
            "--runtime",
            runtime,
            "--threads",
            str(threads),
            "--batch-size",
            str(batch_size),
            f"--taken={json.dumps(asdict(taken))}",
            "--memory-gib",
            str(memory_gib),
            *([] if signature is None else [f"--signature={signature}"]),
        ]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with open(Path(folder) / "stderr", "w+b") as stderr:
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stderr, env=os.environ | {"PYTHONPATH": path}
            ) as child:
                try:
                    silent = _follow(child, Path(tflite).stem, silence_seconds)
                finally:
                    child.kill()
            stderr.seek(0)
            said = stderr.read().decode("utf-8", "replace").strip()
        if silent:
            raise StudyError(
                f"{tflite}: no image finished in {silence_seconds:g} s on {runtime}, stopped: "
                "the model hangs or is too slow"
            )
        if child.returncode:
            raise StudyError(f"{tflite}: {_reason(child.returncode, said, runtime, memory_gib)}")
        return files.read_npz(out)


def _follow(child: subprocess.Popen[bytes], name: str, silence_seconds: float) -> bool:
    """Show the child's progress until it closes its output; return whether it fell silent instead."""
    assert child.stdout
    with selectors.DefaultSelector() as selector, tqdm(desc=name, unit="img", disable=None, leave=False) as bar:
        selector.register(child.stdout, selectors.EVENT_READ)
        while selector.select(silence_seconds):
            text = os.read(child.stdout.fileno(), 65536)
            if not text:
                child.wait()
                return False
            for line in text.decode().splitlines():
                done, _, total = line.partition("/")
                if total.isdigit():
                    bar.total = int(total)
                    bar.update(max(0, int(done) - bar.n))
        return True


def _reason(code: int, said: str, runtime: str, memory_gib: float) -> str:
    if any(sign in said for sign in NO_MEMORY):
        return f"it needs more than {memory_gib:g} GiB of memory on {runtime}"
    if code == -signal.SIGXCPU:
        return f"stopped after {CPU_SECONDS} s of processor time on {runtime}"
    if code < 0:
        return f"the kernels of {runtime} crashed on it ({signal.Signals(-code).name}): it is damaged or degenerate"
    lines = said.splitlines() or [f"exit code {code}"]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return errors[-1] if errors else f"predicting failed: {lines[-1]}"


def main() -> None:
    """The child: limit itself, predict, print progress as `DONE/TOTAL`, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tflite", required=True)
    parser.add_argument("--data", required=True, help="npz with images and labels")
    parser.add_argument("--out", required=True, help="npz with logits, labels and how they were computed")
    parser.add_argument("--runtime", default="ai_edge_litert")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--taken", type=_taken, default=STUDY_INPUT, help="fields of ImageInput, as JSON")
    parser.add_argument("--signature", help="which level of a file of several")
    parser.add_argument("--memory-gib", type=float, default=MEMORY_GIB)
    args = parser.parse_args()
    _limit(int(args.memory_gib * 2**30))
    data = files.read_npz(args.data)
    done = predict(
        files.read_bytes(args.tflite),
        data["images"],
        args.runtime,
        args.threads,
        args.batch_size,
        args.taken,
        lambda n: print(f"{n}/{len(data['images'])}", flush=True),
        args.signature,
    )
    files.write_npz(
        args.out,
        labels=data["labels"].astype(np.int64),
        size=np.array(data["images"].shape[1:3]),
        **{name: np.asarray(value) for name, value in asdict(done).items()},
    )


def _taken(text: str) -> ImageInput:
    fields: Any = {name: tuple(one) if isinstance(one, list) else one for name, one in json.loads(text).items()}
    return ImageInput(**fields)


def _limit(memory: int) -> None:
    """Bound address space and processor time, and leave no core file."""
    for kind, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


if __name__ == "__main__":
    cli.run(main)
