"""Stage `data`: load the source, split it, and write the four splits and their card."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from pipelines import cli
from pipelines.files import CACHE, write_json, write_npz
from pipelines.params import section
from study.data.dataset import Dataset, Splits, fingerprint, split
from study.data.sources import SOURCES
from study.registry import load
from study.specs.data import DataSpec


def main() -> None:
    """Write {train,validation,test,calibration}.npz and card.json, and say what is in them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--params", type=Path, default=Path("params.yaml"))
    parser.add_argument("--out", type=Path, required=True, help="folder for the .npz files and card.json")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder that keeps downloads (%(default)s)")
    options = parser.parse_args()
    spec = section(options.params, "data", DataSpec)

    path = None if spec.path is None else Path(spec.path).expanduser()
    dataset = load(SOURCES, spec.source, "load")(path, options.cache.expanduser(), spec.image_size)
    splits = split(
        dataset,
        spec.validation_fraction,
        spec.calibration_images,
        spec.train_limit,
        spec.test_limit,
        spec.seed,
    )

    for name, part in splits.parts().items():
        write_npz(options.out / f"{name}.npz", images=part.images, labels=part.labels)
    facts = card(spec, dataset, splits)
    write_json(options.out / "card.json", facts)
    print(summary(facts))


def card(spec: DataSpec, dataset: Dataset, splits: Splits) -> dict[str, Any]:
    """Return the data card: what a report must know of the images without reading them."""
    per_class = {
        name: dict(zip(splits.classes, np.bincount(part.labels, minlength=len(splits.classes)).tolist(), strict=True))
        for name, part in splits.parts().items()
    }
    return {
        "source": spec.source,
        "name": dataset.name,
        "classes": list(splits.classes),
        "image_size": spec.image_size,
        "counts": {name: len(part) for name, part in splits.parts().items()},
        "per_class": per_class,
        "fingerprint": fingerprint(splits),
        "caveats": list(dataset.caveats),
        "notes": [*dataset.notes, *splits.notes],
        "is_cifar10_classes": dataset.is_cifar10_classes,
        "is_original_cifar10": dataset.is_original_cifar10,
    }


def summary(facts: dict[str, Any]) -> str:
    """Return the card in a few lines for a terminal."""
    counts = ", ".join(f"{count} {name}" for name, count in facts["counts"].items())
    side = facts["image_size"]
    lines = [f"{facts['name']}: {len(facts['classes'])} classes, {side}x{side}, {counts}"]
    lines += [f"{kind[:-1]}: {text}" for kind in ("notes", "caveats") for text in facts[kind]]
    return "\n".join(lines)


if __name__ == "__main__":
    cli.run(main)
