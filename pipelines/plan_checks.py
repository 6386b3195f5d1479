"""Mistakes in params.yaml that would stop a study only after hours: found when it is planned."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from study.codecs import FORMATS
from study.convert import SCHEMES
from study.data.corrupted import settings
from study.data.corruptions import CORRUPTIONS
from study.data.sources import SOURCES
from study.errors import StudyError
from study.networks.pretrained import IMAGENET
from study.plan.grid import known
from study.plan.variant import Quantization, Variant
from study.registry import load
from study.specs.data import DataSpec
from study.specs.encoding import EncodingSpec
from study.specs.evaluation import EvaluationSpec
from study.specs.latency import CalibrationSpec, LatencySpec
from study.specs.parse import parse
from study.specs.robustness import RobustnessSpec


def check_names(encoding: EncodingSpec, robustness: RobustnessSpec, latency: LatencySpec) -> None:
    """Names that only the stages at the end look up.

    Raises:
        StudyError: one is unknown or stands twice.
    """
    known(encoding.codecs, FORMATS, "encoding.codecs")
    known(robustness.corruptions, CORRUPTIONS, "robustness.corruptions")
    settings(robustness.corruptions, robustness.severities)
    parse(CalibrationSpec, latency.rpi4 or {}, "latency.rpi4")


def check_own_models(variants: Sequence[Variant]) -> None:
    """Models of one's own must be there, and those without Keras' own metadata are not compressed.

    Raises:
        StudyError: names the model.
    """
    for variant in variants:
        own = variant.architecture.brought
        if own is None:
            continue
        path = Path(own.path).expanduser()
        if not path.exists():
            raise StudyError(f"params.yaml, grid.architectures: {path} is missing: correct its path")
        if path.is_dir() and not (path / "keras_metadata.pb").exists() and not variant.recipe.is_dense:
            raise StudyError(
                f"params.yaml, grid.recipes: {path} does not say what layers it has, so it can be quantized but not "
                "compressed: leave recipes out, or bring it as a .keras file"
            )


def check_weights(variants: Sequence[Variant]) -> None:
    """Files that networks start from must be there; Keras' own are downloaded when they are needed.

    Raises:
        StudyError: names the file.
    """
    for own in dict.fromkeys(variant.architecture for variant in variants):
        if own.start and own.weights != IMAGENET and not Path(own.weights).expanduser().is_file():
            raise StudyError(
                f"params.yaml, grid.architectures: {own.weights} is missing: correct weights of {own.family}"
            )


def check_schemes(schemes: Sequence[Quantization], evaluation: EvaluationSpec) -> None:
    """What converts a scheme must be installed, and the runtime that evaluates must read its files.

    Raises:
        StudyError: one of them is not so; the message names the scheme.
    """
    for name in dict.fromkeys(scheme.scheme for scheme in schemes):
        package, unknown_to = SCHEMES[name].package, SCHEMES[name].unknown_to
        if evaluation.runtime in unknown_to:
            raise StudyError(
                f"params.yaml, grid.schemes: {name} cannot be evaluated with {evaluation.runtime}, which "
                f"{unknown_to[evaluation.runtime]}: set evaluation.runtime to ai_edge_litert, or leave {name} out"
            )
        if package is not None and find_spec(package[0]) is None:
            raise StudyError(
                f"params.yaml, grid.schemes: {name} needs a package that is not installed: "
                f"pip install -c constraints.txt -e '.[{package[1]}]', or leave it out"
            )


def check_calibration(data: DataSpec, schemes: Sequence[Quantization]) -> None:
    """Calibration images are training images: there must be as many, for the data and for each scheme.

    Images that are not there yet are not counted.

    Raises:
        StudyError: more are asked for; or the images are not arranged as a data set.
    """
    for scheme in schemes:
        if (scheme.calibration_images or 0) > data.calibration_images:
            raise StudyError(
                f"params.yaml, grid.schemes: {scheme.scheme} asks for {scheme.calibration_images} calibration images, "
                f"and data.calibration_images is {data.calibration_images}: raise that, or ask for fewer"
            )
    found = train_images(data)
    if found is None:
        return
    pool = min(found, data.train_limit or found)
    kept = pool - round(pool * data.validation_fraction)
    if data.calibration_images > kept:
        raise StudyError(
            f"params.yaml, data.calibration_images: {data.calibration_images} are more than the {kept} images that "
            f"train ({pool} without data.validation_fraction {data.validation_fraction:g}): choose {kept} or less"
        )


def train_images(data: DataSpec) -> int | None:
    """How many training images the source has, None where they are not there yet."""
    if (known_count := SOURCES[data.source].train_images) is not None:
        return known_count
    path = Path(data.path or "").expanduser()
    if data.path is None or not path.exists():
        return None
    return int(load(SOURCES, data.source, "count_train")(path))
