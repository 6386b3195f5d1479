"""How a foreign model takes images: decided once, from its file, from its metadata and from what its person says."""

from dataclasses import dataclass

from study.errors import StudyError
from study.tflite.facts import LevelSummary, Port
from study.tflite.image_input import Channels, ImageInput, Layout, open_sizes
from study.tflite.metadata import Metadata

USUAL = ((-1.0, 1.0), (0.0, 1.0), (0.0, 255.0), (-128.0, 127.0), (-0.5, 0.5))
"""What pixel values 0 and 255 become in front of nearly all models."""

NEAR, FAR = 1 / 8, 1 / 3
"""Of a range's width: a usual one is meant whose ends are as near to those of the quantization; one farther off
contradicts it. Calibration images need not have reached both ends."""

ASSUMED = "assumed, nothing in the file says so"


@dataclass(frozen=True)
class Asked:
    """What the person says of a model's input. `size`: (height, width)."""

    input_range: tuple[float, float] | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    bgr: bool = False
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class ImageFacts:
    """How a model takes images. `size`: (height, width), None where it takes any and nobody has said one.

    `why_range`: where the range is from. `raw`: integers without a scale are given the pixel values.
    """

    taken: ImageInput
    size: tuple[int, int] | None
    any_size: bool
    why_range: str
    raw: bool = False


def image_facts(level: LevelSummary, metadata: Metadata, asked: Asked) -> ImageFacts:
    """Decide how a model takes images.

    Raises:
        StudyError: it does not take images, what is asked for contradicts the file, or the range must be said.
    """
    if len(level.inputs) != 1 or len(level.outputs) != 1:
        counts = f"{len(level.inputs)} inputs and {len(level.outputs)} outputs"
        raise StudyError(f"the model has {counts}: a classifier has one of each")
    port = level.inputs[0]
    layout, channels = _axes(port, asked.bgr)
    sizes = dict(zip(layout, open_sizes(port.sizes or port.shape, layout), strict=True))
    any_size = None in (sizes["H"], sizes["W"])
    raw = port.dtype in ("int8", "uint8") and not (port.scale or 0) > 0
    taken, why = _values(level, metadata, asked, layout, channels, raw)
    return ImageFacts(taken, _size(sizes["H"], sizes["W"], asked.size), any_size, why, raw)


def _axes(port: Port, bgr: bool) -> tuple[Layout, Channels]:
    sizes = port.sizes or port.shape
    layout: Layout
    if len(sizes) == 3 and sizes[2] not in (1, 3, 4):
        layout, count = "NHW", 1
    elif len(sizes) == 4 and sizes[3] in (1, 3):
        layout, count = "NHWC", int(sizes[3] or 0)
    elif len(sizes) == 4 and sizes[1] in (1, 3):
        layout, count = "NCHW", int(sizes[1] or 0)
    else:
        shape = ", ".join("any" if size is None else str(size) for size in sizes)
        raise StudyError(
            f"the model's input [{shape}] is no image of 1 or 3 channels: understood are [1, height, width, 3], "
            "[1, 3, height, width], the same with 1 for 3, and [1, height, width]"
        )
    if count == 1:
        if bgr:
            raise StudyError("the model takes grey images: leave --bgr out")
        return layout, "grey"
    return layout, "BGR" if bgr else "RGB"


def _size(height: int | None, width: int | None, asked: tuple[int, int] | None) -> tuple[int, int] | None:
    if asked is None:
        return None if height is None or width is None else (height, width)
    if height not in (None, asked[0]) or width not in (None, asked[1]):
        own = f"{height or 'any'}x{width or 'any'}"
        raise StudyError(f"the model takes images of {own}, not of {asked[0]}x{asked[1]}: leave --size out")
    return asked


def _values(
    level: LevelSummary, metadata: Metadata, asked: Asked, layout: Layout, channels: Channels, raw: bool
) -> tuple[ImageInput, str]:
    """What pixel values become, and where that is from."""
    own, said = level.representable, asked.input_range is not None or bool(asked.mean or asked.std)
    if asked.input_range and (asked.mean or asked.std):
        raise StudyError("--input-range and --mean with --std say the same: give one of them")
    if raw:
        codes = (-128.0, 127.0) if level.inputs[0].dtype == "int8" else (0.0, 255.0)
        if (
            said
            and (asked.input_range or ImageInput(layout, channels, mean=asked.mean, std=asked.std).extremes) != codes
        ):
            raise StudyError(
                f"the model's input is {level.inputs[0].dtype} without a scale, which takes pixels as they are: leave "
                "--input-range, --mean and --std out"
            )
        return ImageInput(layout, channels, codes), "integers without a scale"
    if asked.input_range:
        found, why = ImageInput(layout, channels, asked.input_range), "--input-range"
    elif said:
        found, why = ImageInput(layout, channels, mean=asked.mean, std=asked.std), "--mean and --std"
    elif metadata.mean:
        mean = metadata.mean[::-1] if channels == "BGR" else metadata.mean
        std = metadata.std[::-1] if channels == "BGR" else metadata.std
        found, why = ImageInput(layout, channels, mean=mean, std=std), "the model's metadata"
    elif own is None and level.rescales:
        return ImageInput(layout, channels, (0.0, 255.0)), "the model rescales pixel values itself"
    elif own is None:
        return ImageInput(layout, channels), ASSUMED
    else:
        return ImageInput(layout, channels, _usual(own)), f"its quantization, {own[0]:.3g} to {own[1]:.3g}"
    if own is not None and _distance(found.extremes, own) > FAR:
        low, high = found.extremes
        raise StudyError(
            f"pixels would become {low:.3g} to {high:.3g} ({why}), but the model's own quantization has codes for "
            f"{own[0]:.3g} to {own[1]:.3g}: give the range that it was converted with, or none, and its own is taken"
        )
    return found, why


def _usual(own: tuple[float, float]) -> tuple[float, float]:
    nearest = min(USUAL, key=lambda one: _distance(one, own))
    if _distance(nearest, own) > NEAR:
        raise StudyError(
            f"the model's own quantization has codes for {own[0]:.3g} to {own[1]:.3g}, which is none of the usual "
            "ranges: say what pixels become by --input-range=LOW,HIGH, or by --mean and --std"
        )
    return nearest


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between the ends of two ranges, the larger, in widths of the wider."""
    widest = max(one[1] - one[0], other[1] - other[0])
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) / widest
