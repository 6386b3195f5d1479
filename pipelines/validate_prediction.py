"""`make validate-prediction`: the Raspberry Pi predictions against the ten times that the 2021 study published.

Builds the ten models (once), counts each under the emulator, with and without the lines that are cleared, predicts, and
writes what was counted to `study/latency/devices/rpi4/published.json`, from which predictions take their error.
`--stored` only reads that file, and needs neither emulator nor TensorFlow.
"""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines import cli, published_models
from pipelines.files import CACHE, read_json, write_json
from study.errors import StudyError
from study.latency.devices.rpi4 import cycles, emulator, from_file, validation
from study.latency.devices.rpi4.images import fixed_image
from study.latency.devices.rpi4.label import FILE, PROFILE
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
    print(table(read_json(options.out)))


def count(models: dict[tuple[str, str], bytes], root: Path) -> dict[str, Any]:
    """Profile each model: the document that is stored."""
    rows = []
    for (family, scheme), model in tqdm(models.items(), "emulating", unit="model"):
        rows.append(
            {
                "architecture": family,
                "scheme": scheme,
                "published_us": TABLES[scheme][1][family].inference_us,
                "model_sha256": hashlib.sha256(model).hexdigest(),
                "work": asdict(from_file.work(model)),
                validation.WITHOUT: _counted(model, root, clears=False),
                validation.WITH: _counted(model, root, clears=True),
            }
        )
    made_by = {"runtime": RUNTIME, "kernels": KERNELS, "emulator": emulator.identity(root), "llvm": cycles.version()}
    return {"made_by": made_by, "models": rows}


def _counted(model: bytes, root: Path, clears: bool) -> dict[str, Any]:
    profile = emulator.run(model, fixed_image(model), root, RUNTIME, KERNELS, clears).profile
    return {"cycles": cycles.cycles(profile.blocks), "counts": asdict(profile.counts)}


def table(document: Any) -> str:
    """Each model as it is predicted, the errors of each way to predict, then those that stand under predictions."""
    models, bare = (validation.known(document, counted) for counted in (validation.WITH, validation.WITHOUT))
    used = validation.scaled(models, validation.from_profile, fitted_to=bare)
    uncleared = validation.scaled(bare, validation.from_profile)
    by_file = validation.rates(models)
    ways = {
        "execution and read bandwidth, nothing fitted *": validation.unfitted(bare, validation.from_profile_unrefined),
        "the same, one scale fitted *": validation.scaled(bare, validation.from_profile_unrefined),
        "all terms, nothing fitted *": validation.unfitted(bare, validation.from_profile),
        "all terms, one scale fitted *": uncleared,
        "that scale, cleared lines counted (in use)": used,
        "file alone, three rates fitted (without emulator)": by_file,
    }
    lines = [f"{'model':27} {'published us':>12} {'predicted us':>18} {'left out':>9}"]
    for model, final, fitted, left_out in zip(models, used.predicted, used.fitted, used.left_out, strict=True):
        shown = f"{final:.0f} ({100 * fitted:+.0f} %)"
        name = f"{model.architecture} {model.kind}"
        lines.append(f"{name:27} {model.microseconds:12.0f} {shown:>18} {100 * left_out:+7.0f} %")
    lines += ["", f"{'':50} {'MAPE':>6} {'worst':>6} {'LOAO':>6} {'worst':>6} {'rho':>6} {'scale':>6}"]
    lines += [f"{name:50} {_said(errors)}" for name, errors in ways.items()]
    lines += [
        "",
        "LOAO, left out: each architecture predicted with what was fitted to the other four. * without the lines",
        "that int8 convolutions of tflite-runtime 2.14 clear: not how predictions are made. Raspberry Pi 4B, one",
        "thread, 32x32 images, whole networks, built-in kernels: other sizes, threads, schemes, XNNPACK, pruned and",
        "narrowed networks are not validated.",
        "",
        f"without clearing: LOAO MAPE {100 * uncleared.left_out_mape:.1f} Spearman {uncleared.spearman:.3f}",
    ]
    for way, errors in ((PROFILE, used), (FILE, by_file)):
        lines.append(f"error of predictions {way}: {_by_kind(models, errors)}")
    return "\n".join(lines)


def _by_kind(models: Sequence[Known], errors: Errors) -> str:
    found = validation.by_kind(models, errors).items()
    return "; ".join(f"{kind} {own.mean:.1f} % (worst {own.worst:+.0f} %, {own.worst_of})" for kind, own in found)


def _said(errors: Errors) -> str:
    shares = (errors.mape, errors.worst, errors.left_out_mape, errors.left_out_worst)
    return " ".join(f"{100 * share:4.1f} %" for share in shares) + f" {errors.spearman:6.3f} {errors.scale:6.2f}"


if __name__ == "__main__":
    cli.run(main)
