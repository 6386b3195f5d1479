"""Whatever an image was stored as, it arrives as uint8 RGB of one size, or its name is in the error."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from study.data.sources import images
from study.data.sources.images import decode, read_all, resize_all
from study.errors import StudyError

PIXELS = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_images_of_the_right_size_keep_their_pixels(kind: str) -> None:
    array, facts = decode(encoded(Image.fromarray(PIXELS), kind), 32)
    assert np.array_equal(array, PIXELS)
    assert facts == []


def test_jpeg_is_reported() -> None:
    array, facts = decode(encoded(Image.new("RGB", (32, 32), (200, 100, 50)), "JPEG"), 32)
    assert facts == ["JPEG"]
    assert np.abs(array.astype(int) - (200, 100, 50)).max() <= 3


@pytest.mark.parametrize(
    ("mode", "kind", "fact"),
    [
        ("L", "PNG", "grey"),
        ("1", "PNG", "grey"),
        ("LA", "PNG", "grey"),
        ("P", "PNG", "palette"),
        ("RGBA", "PNG", "RGBA"),
        ("CMYK", "TIFF", "CMYK"),
        ("YCbCr", "TIFF", "YCbCr"),
    ],
)
def test_other_modes_are_converted_and_reported(mode: str, kind: str, fact: str) -> None:
    array, facts = decode(encoded(Image.new("RGB", (32, 32), "white").convert(mode), kind), 32)
    assert array.shape == (32, 32, 3)
    assert array.min() >= 254
    assert facts == [f"{fact} converted"]


def test_a_transparent_palette_is_converted_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    image = Image.new("P", (32, 32))
    image.putpalette([10, 20, 30] * 256)
    array, facts = decode(encoded(image, transparency=bytes(256)), 32)
    assert facts == ["palette converted"]
    assert array[0, 0].tolist() == [10, 20, 30]
    assert not recwarn.list


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    array, facts = decode(encoded(Image.fromarray(np.full((32, 32), 0x8012, np.uint16))), 32)
    assert facts == ["16-bit grey converted"]
    assert np.all(array == 0x80)


def test_resized_to_the_study_s_input() -> None:
    array, facts = decode(encoded(Image.new("RGB", (100, 37), (9, 8, 7))), 32)
    assert array.shape == (32, 32, 3)
    assert np.all(array == (9, 8, 7))
    assert facts == ["resized"]


def test_reduction_is_antialiased() -> None:
    board = (np.indices((128, 128)).sum(0) % 2 * 255).astype(np.uint8)
    array, _ = decode(encoded(Image.fromarray(np.stack([board] * 3, axis=2))), 32)
    assert array.min() > 110
    assert array.max() < 145


def test_photographs_are_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was held on its side: rotate by 270 degrees to show.
    array, facts = decode(encoded(Image.fromarray(PIXELS), exif=exif), 32)
    assert facts == ["turned"]
    assert np.array_equal(array, np.rot90(PIXELS, 3))


def test_resize_all_is_what_decode_does() -> None:
    assert np.array_equal(resize_all(PIXELS[None], 32)[0], PIXELS)
    assert np.array_equal(resize_all(PIXELS[None], 48)[0], decode(encoded(Image.fromarray(PIXELS)), 48)[0])


def test_order_and_counts_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "CHUNK", 3)
    files = {str(i): encoded(Image.new("RGB", (8, 8), (i, i, i)).convert("RGB" if i % 4 else "L")) for i in range(50)}
    array, counts = read_all(list(files), files.__getitem__, 8)
    assert array[:, 0, 0, 0].tolist() == list(range(50))
    assert counts == {"grey converted": 13}


def test_nothing_to_read() -> None:
    array, counts = read_all([], lambda name: b"", 8)
    assert array.shape == (0, 8, 8, 3)
    assert not counts


GOOD = encoded(Image.fromarray(PIXELS), "JPEG")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        GOOD[: len(GOOD) // 2],
        GOOD[:20],
        encoded(Image.fromarray(PIXELS))[:-200],
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
)
def test_an_unreadable_image_is_named(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "CHUNK", 2)
    files = {f"{i}.jpg": data if i in (5, 7) else GOOD for i in range(9)}
    with pytest.raises(StudyError, match=r"^5\.jpg is no readable image"):
        read_all(list(files), files.__getitem__, 32)


def test_an_image_bomb_is_refused_before_it_is_decoded() -> None:
    """8.5 kB that would unpack to 70 megapixels."""
    bomb = encoded(Image.new("1", (10_000, 7_000)))
    with pytest.raises(StudyError, match=r"^bomb\.png is no readable image \(10000x7000 pixels"):
        read_all(["bomb.png"], lambda name: bomb, 32)


def test_32_bit_images_have_no_known_range() -> None:
    with pytest.raises(StudyError, match="32-bit pixels"):
        read_all(["f.tif"], lambda name: encoded(Image.new("F", (8, 8)), "TIFF"), 8)
