import pytest

from study.errors import StudyError
from study.tflite.facts import LevelSummary, Port
from study.tflite.image_facts import ASSUMED, Asked, ImageFacts, image_facts
from study.tflite.metadata import Metadata

OUTPUT = Port("answer", (1, 4), "float32", None, None)


def facts(
    *sizes: int | None,
    own: tuple[float, float] | None = None,
    asked: Asked = Asked(),  # noqa: B008
    metadata: Metadata = Metadata(),  # noqa: B008
    dtype: str = "float32",
    scale: float | None = None,
) -> ImageFacts:
    shape = tuple(size or 1 for size in sizes)
    level = LevelSummary((Port("image", shape, dtype, scale, 0, sizes),), (OUTPUT,), "FULLY_CONNECTED", 0, 0, (), own)
    return image_facts(level, metadata, asked)


@pytest.mark.parametrize(
    ("sizes", "layout", "channels", "size"),
    [
        ((1, 96, 64, 3), "NHWC", "RGB", (96, 64)),
        ((None, None, None, 3), "NHWC", "RGB", None),
        ((1, 3, 96, 64), "NCHW", "RGB", (96, 64)),
        ((1, 3, None, None), "NCHW", "RGB", None),
        ((1, 28, 28, 1), "NHWC", "grey", (28, 28)),
        ((1, 1, 28, 28), "NCHW", "grey", (28, 28)),
        ((1, 28, 28), "NHW", "grey", (28, 28)),
        ((1, 1, 1, 3), "NHWC", "RGB", None),
        ((1, None, 64, 3), "NHWC", "RGB", None),
    ],
)
def test_axes_are_told_from_the_sizes(
    sizes: tuple[int | None, ...], layout: str, channels: str, size: tuple[int, int] | None
) -> None:
    found = facts(*sizes)
    assert (found.taken.layout, found.taken.channels, found.size) == (layout, channels, size)
    assert found.any_size == (size is None) and found.why_range == ASSUMED


@pytest.mark.parametrize(
    "sizes", [(1, 8, 8, 4), (1, 8, 8, 2), (1, 784), (1, 8, 8, 3, 1), (8, 8, 3), (), (1, 8, 8, None)]
)
def test_what_is_no_image_is_refused(sizes: tuple[int | None, ...]) -> None:
    with pytest.raises(StudyError, match="no image of 1 or 3 channels"):
        facts(*sizes)


def test_a_size_fills_what_is_open_and_contradicts_nothing() -> None:
    assert facts(1, None, None, 3, asked=Asked(size=(20, 30))).size == (20, 30)
    assert facts(1, None, 30, 3, asked=Asked(size=(20, 30))).size == (20, 30)
    assert facts(1, 20, 30, 3, asked=Asked(size=(20, 30))).size == (20, 30)
    with pytest.raises(StudyError, match="images of anyx30, not of 20x31"):
        facts(1, None, 30, 3, asked=Asked(size=(20, 31)))


@pytest.mark.parametrize(
    ("own", "taken"),
    [
        ((-1.0, 0.992), (-1.0, 1.0)),
        ((-0.75, 1.0), (-1.0, 1.0)),  # an eighth of its width off
        ((0.0, 0.9), (0.0, 1.0)),
        ((0.0, 255.0), (0.0, 255.0)),
        ((-128.0, 127.0), (-128.0, 127.0)),
        ((-0.5, 0.5), (-0.5, 0.5)),
    ],
)
def test_the_quantization_decides(own: tuple[float, float], taken: tuple[float, float]) -> None:
    assert facts(1, 8, 8, 3, own=own).taken.input_range == taken


def test_the_quantization_of_no_usual_range_is_asked_about() -> None:
    for own in ((-0.74, 1.0), (-2.118, 2.64), (0.0, 16.0)):
        with pytest.raises(StudyError, match="none of the usual"):
            facts(1, 8, 8, 3, own=own)


def test_what_is_asked_for_may_be_a_third_off_and_no_more() -> None:
    for high in (2.0, 3.0):
        asked = Asked(input_range=(0.0, high))
        if high == 3.0:
            with pytest.raises(StudyError, match=r"own quantization has codes for 0 to 1\.99"):
                facts(1, 8, 8, 3, own=(0.0, 1.99), asked=asked)
        else:
            assert facts(1, 8, 8, 3, own=(0.0, 1.99), asked=asked).taken.input_range == (0.0, high)
    assert facts(1, 8, 8, 3, own=(0.0, 2.0), asked=Asked(input_range=(0.0, 3.0))).why_range == "--input-range"


def test_metadata_counts_after_what_is_asked_for_and_is_held_against_the_quantization() -> None:
    metadata = Metadata(mean=(1.0, 2.0, 3.0), std=(10.0, 20.0, 30.0))
    assert facts(1, 8, 8, 3, metadata=metadata).taken.mean == (1, 2, 3)
    assert facts(1, 8, 8, 3, metadata=metadata, asked=Asked(bgr=True)).taken.std == (30, 20, 10)
    assert facts(1, 8, 8, 3, metadata=metadata, asked=Asked(input_range=(0.0, 1.0))).taken.mean == ()
    with pytest.raises(StudyError, match="the model's metadata"):
        facts(1, 8, 8, 3, metadata=metadata, own=(-1.0, 1.0))


def test_integers_without_a_scale_take_pixels_alone() -> None:
    found = facts(1, 8, 8, 3, dtype="int8")
    assert found.raw and found.taken.input_range == (-128, 127)
    assert facts(1, 8, 8, 3, dtype="uint8", asked=Asked(input_range=(0.0, 255.0))).raw
    assert facts(1, 8, 8, 3, dtype="uint8", asked=Asked(mean=(0.0,), std=(1.0,))).raw
    assert not facts(1, 8, 8, 3, dtype="uint8", scale=0.1, own=(0.0, 25.5), asked=Asked(input_range=(0.0, 25.0))).raw
    with pytest.raises(StudyError, match="takes pixels as they are"):
        facts(1, 8, 8, 3, dtype="uint8", asked=Asked(input_range=(0.0, 1.0)))


def test_one_input_and_one_output() -> None:
    level = LevelSummary((), (OUTPUT,), "NONE", 0, 0, ())
    with pytest.raises(StudyError, match="0 inputs and 1 outputs"):
        image_facts(level, Metadata(), Asked())
