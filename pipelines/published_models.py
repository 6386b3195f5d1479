"""The ten models whose times on a Raspberry Pi 4B the 2021 study published, for `make validate-prediction`.

Weights are random: time does not depend on them. Batch normalisation is measured on images, so that activations keep
their size from layer to layer and int8 ranges are ordinary ones. One process a model, since a converter's bytes
depend on what the process did before: `python -m pipelines.published_models FAMILY SCHEME OUT`.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from pipelines import cli
from pipelines.files import read_bytes, write_bytes
from study.errors import StudyError
from study.report.reference import TABLES

IMAGES = 500
CALIBRATION = 100


def models(cache: Path) -> dict[tuple[str, str], bytes]:
    """(architecture, scheme) -> .tflite, each built unless the folder `cache` holds it.

    Raises:
        StudyError: a model could not be built.
    """
    found = {}
    for scheme, (_, rows) in TABLES.items():
        for family in rows:
            path = cache / f"{family}_{scheme}.tflite"
            if not path.exists():
                command = [sys.executable, "-m", "pipelines.published_models", family, scheme, str(path)]
                if subprocess.run(command).returncode:
                    raise StudyError(f"{family} {scheme} could not be built: the lines above say why")
            found[family, scheme] = read_bytes(path)
    return found


def build(family: str, scheme: str) -> bytes:
    """Build, normalise, export one network at its native strides for 32x32 images and ten classes."""
    from study.compress import METHODS
    from study.convert import SCHEMES
    from study.data.examples import Examples
    from study.data.sources import SOURCES
    from study.networks.models import ARCHITECTURES
    from study.networks.setup import prepare
    from study.registry import load
    from study.tflite.signature import SERVING_DEFAULT

    prepare(seed=0, threads=1)
    images = load(SOURCES, "digits", "load")(None, Path(), 32).train.spread(IMAGES)
    model = load(ARCHITECTURES, family, "build")(10, (32, 32, 3))
    load(METHODS, "magnitude_bn", "reestimate")(model, images, family)
    calibration = images.spread(CALIBRATION).images
    validation = Examples(images.images, images.labels)
    converted: bytes = load(SCHEMES, scheme, "convert")({SERVING_DEFAULT: model}, calibration, validation)
    return converted


def main() -> None:
    """Build one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("family")
    parser.add_argument("scheme")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    write_bytes(options.out, build(options.family, options.scheme))


if __name__ == "__main__":
    cli.run(main)
