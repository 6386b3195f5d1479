"""`make validate-prediction`: the Raspberry Pi predictions against the ten times that the 2021 study published.

Builds the ten models (once), counts each under the emulator, predicts, and writes what was counted to
`study/latency/devices/rpi4/published.json`, from which predictions take their error. `--stored` only reads that file,
and needs neither emulator nor TensorFlow.
"""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines import cli, published_models
from pipelines.data import CACHE
from pipelines.files import read_json, write_json
from study.errors import StudyError
from study.latency.devices.rpi4 import cycles, emulator, from_file, validation
from study.latency.devices.rpi4.images import fixed_image
from study.latency.devices.rpi4.validation import Errors, Known
from study.report.reference import TABLES

RUNTIME, KERNELS = "tflite_runtime", "builtin"
"""The published times fit one thread and built-in kernels: XNNPACK became the Python default in late 2021."""


def main() -> None:
    """Count, or read; then print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", action="store_true", help="from the stored counts, without the emulator")
    parser.add_argument("--models", type=Path, default=CACHE / "published-models", help="folder that keeps the models")
    parser.add_argument("--out", type=Path, default=validation.STORED, help="where counts are stored (%(default)s)")
    options = parser.parse_args()
    if not options.stored:
        root = emulator.sysroot()
        if lacking := emulator.missing(root):
            raise StudyError(f"{lacking} (or pass --stored)")
        if not cycles.available():
            raise StudyError("llvm-mca is not installed: apt-get install llvm (or pass --stored)")
        write_json(options.out, count(published_models.models(options.models.expanduser()), root))
    print(table(validation.known(read_json(options.out))))


def count(models: dict[tuple[str, str], bytes], root: Path) -> dict[str, Any]:
    """Profile each model: the document that is stored."""
    rows = []
    for (family, scheme), model in tqdm(models.items(), "emulating", unit="model"):
        ran = emulator.run(model, fixed_image(model), root, RUNTIME, KERNELS, clears=False)
        rows.append(
            {
                "architecture": family,
                "scheme": scheme,
                "published_us": TABLES[scheme][1][family].inference_us,
                "model_sha256": hashlib.sha256(model).hexdigest(),
                "work": asdict(from_file.work(model)),
                "cycles": cycles.cycles(ran.profile.blocks),
                "counts": asdict(ran.profile.counts),
            }
        )
    made_by = {"runtime": RUNTIME, "kernels": KERNELS, "emulator": emulator.identity(root), "llvm": cycles.version()}
    return {"made_by": made_by, "models": rows}


def table(models: Sequence[Known]) -> str:
    """Each model, then the errors of each way to predict; the last line is that of the one in use."""
    best = validation.scaled(models, validation.from_profile)
    ways = {
        "execution and read bandwidth, nothing fitted": validation.unfitted(models, validation.from_profile_unrefined),
        "the same, one scale fitted": validation.scaled(models, validation.from_profile_unrefined),
        "all terms, nothing fitted": validation.unfitted(models, validation.from_profile),
        "all terms, one scale fitted (in use)": best,
        "file alone, three rates fitted (without emulator)": validation.rates(models),
    }
    nothing, fitted = ways["all terms, nothing fitted"], best
    lines = [f"{'model':27} {'published us':>12} {'nothing fitted':>18} {'one scale':>18}"]
    for model, raw, final in zip(models, nothing.predicted, fitted.predicted, strict=True):
        name, time = f"{model.architecture} {model.scheme}", model.microseconds
        lines.append(f"{name:27} {time:12.0f} {_against(raw, time):>18} {_against(final, time):>18}")
    lines += ["", f"{'':50} {'MAPE':>6} {'worst':>6} {'LOAO':>6} {'worst':>6} {'rho':>6} {'scale':>6}"]
    lines += [f"{name:50} {_said(errors)}" for name, errors in ways.items()]
    lines += [
        "",
        "LOAO: each architecture predicted with what was fitted to the other four. Raspberry Pi 4B, one",
        "thread, 32x32 images, built-in kernels: nothing here speaks for other sizes, threads, or XNNPACK.",
        "",
        f"LOAO MAPE {100 * best.left_out_mape:.1f} Spearman {best.spearman:.3f}",
    ]
    return "\n".join(lines)


def _against(predicted: float, time: float) -> str:
    return f"{predicted:.0f} ({100 * (predicted / time - 1):+.0f} %)"


def _said(errors: Errors) -> str:
    shares = (errors.mape, errors.worst, errors.left_out_mape, errors.left_out_worst)
    return " ".join(f"{100 * share:4.1f} %" for share in shares) + f" {errors.spearman:6.3f} {errors.scale:6.2f}"


if __name__ == "__main__":
    cli.run(main)
