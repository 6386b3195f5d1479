from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from study.data.augment import normalise
from study.errors import StudyError
from study.tflite.image_input import STUDY_INPUT, ImageInput, arranged, input_table, input_tables, open_sizes

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3)).astype(np.uint8)


def test_float_table_is_the_contract_to_the_bit() -> None:
    table = input_table(np.float32, 0, 0, (-1.0, 1.0))
    np.testing.assert_array_equal(table, normalise(np.arange(256, dtype=np.uint8)))
    np.testing.assert_array_equal(input_table(np.float32, 0, 0, (0.0, 255.0)), np.arange(256))
    assert input_table(np.float32, 0, 0, (0.0, 1.0))[[0, 255]].tolist() == [0, 1]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
def test_integer_table_rounds_to_the_nearest_and_clips(dtype: type) -> None:
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    middle = (low + high + 1) // 2
    table = input_table(dtype, 1 / 100, middle, (-2.0, 2.0))
    real = np.clip(normalise(np.arange(256, dtype=np.uint8)) * 2, (low - middle) / 100, (high - middle) / 100)
    assert table.dtype == dtype and table[0] == low and table[-1] == high
    assert np.abs((table.astype(float) - middle) / 100 - real).max() <= 0.5 / 100 + 1e-6


def test_halves_round_to_even() -> None:
    assert input_table(np.int8, 2.0, 0, (0.0, 255.0))[[1, 2, 3, 5]].tolist() == [0, 1, 2, 2]
    assert input_table(np.int8, 2.0, 0, (-255.0, 0.0))[[-2, -4]].tolist() == [0, -2]


def given(taken: ImageInput, dtype: type = np.float32, scale: float = 0.0) -> np.ndarray:
    return arranged(IMAGES, taken, input_tables(taken, dtype, scale, 0))


def test_axes_and_channels_are_arranged() -> None:
    plain = given(STUDY_INPUT)
    np.testing.assert_array_equal(plain, normalise(IMAGES))
    np.testing.assert_array_equal(given(replace(STUDY_INPUT, layout="NCHW")), plain.transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(given(replace(STUDY_INPUT, channels="BGR")), plain[..., ::-1])
    assert STUDY_INPUT.shape(2, 3, 4) == plain.shape
    assert ImageInput("NCHW").shape(2, 3, 4) == (2, 3, 3, 4) and ImageInput("NHW", "grey").shape(2, 3, 4) == (2, 3, 4)


def test_grey_is_that_of_pillow() -> None:
    grey = ImageInput("NHWC", "grey", (0.0, 255.0))
    expected = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in IMAGES])
    np.testing.assert_array_equal(given(grey)[..., 0], expected)
    np.testing.assert_array_equal(given(replace(grey, layout="NHW")), expected)


def test_mean_and_std_are_of_the_models_channels() -> None:
    taken = ImageInput(channels="BGR", mean=(104.0, 117.0, 123.0), std=(1.0, 2.0, 4.0))
    expected = (IMAGES[..., ::-1] - np.array([104, 117, 123])) / np.array([1, 2, 4])
    np.testing.assert_allclose(given(taken), expected, rtol=1e-6)
    assert taken.extremes == (-104.0, 151.0)
    quantized = given(taken, np.int8, 2.0)
    np.testing.assert_array_equal(quantized, np.clip(np.rint(np.float32(expected) / 2), -128, 127))
    np.testing.assert_array_equal(
        given(ImageInput(mean=(127.5,), std=(127.5,))), (IMAGES - np.float32(127.5)) / np.float32(127.5)
    )


@pytest.mark.parametrize(("dtype", "least"), [(np.uint8, 0), (np.int8, -128)])
def test_integers_without_a_scale_are_pixels(dtype: type, least: int) -> None:
    np.testing.assert_array_equal(given(STUDY_INPUT, dtype), IMAGES.astype(int) + least)


def test_a_size_is_open_where_the_file_leaves_it_or_holds_one_pixel() -> None:
    assert open_sizes((1, 8, 8, 3), "NHWC") == (1, 8, 8, 3)
    assert open_sizes((1, 1, 1, 3), "NHWC") == (1, None, None, 3)
    assert open_sizes((None, 3, None, 8), "NCHW") == (None, 3, None, 8)
    assert open_sizes((1, 1, 8), "NHW") == (1, 1, 8)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"input_range": (1.0, 1.0)}, "must rise"),
        ({"input_range": (0.0, float("nan"))}, "must rise"),
        ({"mean": (1.0, 2.0), "std": (1.0, 2.0)}, "give 1 or 3"),
        ({"mean": (1.0,), "std": ()}, "give 1 or 3"),
        ({"mean": (1.0,), "std": (0.0,)}, "above 0"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        ImageInput(**wrong)
