"""Whatever an image was stored as, it arrives as uint8 RGB of one size, or its name is in the error."""

import io
from collections.abc import Callable
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


def test_a_transparent_palette_is_laid_on_white_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    image = Image.new("P", (32, 32))
    image.putpalette([10, 20, 30] * 256)
    array, facts = decode(encoded(image, transparency=bytes(256)), 32)
    assert facts == ["palette converted", "transparent"]
    assert array[0, 0].tolist() == [255, 255, 255]
    assert not recwarn.list


@pytest.mark.parametrize(("alpha", "grey"), [(0, 255), (255, 0), (51, 204)])
def test_alpha_shows_the_white_behind(alpha: int, grey: int) -> None:
    """A black icon on nothing came out black all over."""
    for mode, colour in (("RGBA", (0, 0, 0, alpha)), ("LA", (0, alpha))):
        array, facts = decode(encoded(Image.new(mode, (32, 32), colour)), 32)
        assert np.all(array == grey)
        assert facts == [f"{'grey' if mode == 'LA' else mode} converted", *["transparent"] * (alpha < 255)]


def test_one_transparent_colour_of_an_rgb_image() -> None:
    image = Image.fromarray(np.where(np.arange(32)[:, None, None] < 16, np.uint8(7), PIXELS | 8))
    array, facts = decode(encoded(image, transparency=(7, 7, 7)), 32)
    assert np.all(array[:16] == 255) and np.array_equal(array[16:], (PIXELS | 8)[16:])
    assert facts == ["transparent"]


def test_the_edge_of_an_icon_is_blended_before_it_is_resized() -> None:
    icon = np.zeros((64, 64, 4), np.uint8)
    icon[:, :32] = (200, 0, 0, 255)  # the right half is black under its transparency
    array, _ = decode(encoded(Image.fromarray(icon)), 32)
    assert array[:, 18:].min() >= 254 and array[:, :14].tolist() == [[[200, 0, 0]] * 14] * 32


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    array, facts = decode(encoded(Image.fromarray(np.full((32, 32), 0x8012, np.uint16))), 32)
    assert facts == ["16-bit grey converted"]
    assert np.all(array == 0x80)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_of_every_format(kind: str) -> None:
    values = np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)
    array, facts = decode(encoded(Image.fromarray(values), kind), 32)
    assert facts == ["16-bit grey converted"]
    assert np.array_equal(array, np.stack([values >> 8] * 3, axis=2))


def test_16_bit_colours_are_scaled_too() -> None:
    values = np.linspace(0, 65535, 32 * 32 * 3).astype(">u2").reshape(32, 32, 3)
    array, facts = decode(b"P6 32 32 65535\n" + values.tobytes(), 32)
    assert np.abs(array.astype(int) - values / 257).max() <= 1 and facts == []


def test_grey_keeps_its_level() -> None:
    array, facts = decode(encoded(Image.fromarray(PIXELS[..., 0])), 32)
    assert np.array_equal(array, np.stack([PIXELS[..., 0]] * 3, axis=2)) and facts == ["grey converted"]


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG", "WEBP"])
def test_of_several_frames_the_first_is_taken_and_said_so(kind: str) -> None:
    first, second = Image.new("RGB", (32, 32), "white"), Image.new("RGB", (32, 32), "black")
    array, facts = decode(encoded(first, kind, save_all=True, append_images=[second]), 32)
    assert array.min() >= 250 and "frames" in facts


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


UPRIGHT: dict[int, Callable[[Any], Any]] = {
    2: lambda shown: shown[:, ::-1],
    3: lambda shown: shown[::-1, ::-1],
    4: lambda shown: shown[::-1],
    5: lambda shown: shown.transpose(1, 0, 2),
    6: lambda shown: np.rot90(shown, 3),
    7: lambda shown: shown[::-1, ::-1].transpose(1, 0, 2),
    8: lambda shown: np.rot90(shown),
}


@pytest.mark.parametrize("orientation", sorted(UPRIGHT))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_photographs_are_turned_upright(orientation: int, kind: str) -> None:
    """The eight orientations of EXIF 2.32, section 4.6.4: 6 is a camera held on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    array, facts = decode(encoded(Image.fromarray(PIXELS), kind, exif=exif, **options), 32)
    assert facts == ["turned"]
    assert np.array_equal(array, UPRIGHT[orientation](PIXELS))


def test_16_bit_grey_is_turned_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    values = np.arange(32 * 32, dtype=np.uint16).reshape(32, 32) * 60
    array, facts = decode(encoded(Image.fromarray(values), exif=exif), 32)
    assert facts == ["turned", "16-bit grey converted"]
    assert np.array_equal(array[..., 0], np.rot90(values >> 8, 3))


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
    with pytest.raises(StudyError, match=r"^2 of 9 files are no readable images: 5\.jpg, 7\.jpg \([^<]+\): replace"):
        read_all(list(files), files.__getitem__, 32)


def test_all_unreadable_images_stand_in_one_line_by_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "CHUNK", 2)
    files = {f"{i}.jpg": b"" if i % 2 else GOOD for i in range(8)} | {"8.jpg": GOOD[:20]}
    with pytest.raises(StudyError) as caught:
        read_all(list(files), files.__getitem__, 32)
    assert str(caught.value) == (
        "5 of 9 files are no readable images: 1.jpg, 3.jpg, 5.jpg, 7.jpg, 8.jpg "
        "(none of JPEG, PNG, BMP, GIF, WEBP, TIFF, PPM): replace or remove them"
    )
    many = {f"{i:03}.jpg": b"" for i in range(150)}
    with pytest.raises(StudyError, match=r"^150 of 150 files .*099\.jpg \(none of [^)]*\); and 50 more: replace"):
        read_all(list(many), many.__getitem__, 32)


def test_more_images_than_memory_are_refused_before_one_is_read() -> None:
    with pytest.raises(StudyError, match=r"^100000000 images of 512x512 take 78643\.2 GB and this machine has"):
        read_all(["x"] * 10**8, lambda name: pytest.fail("read"), 512)


def test_an_image_bomb_is_refused_before_it_is_decoded() -> None:
    """8.5 kB that would unpack to 70 megapixels."""
    bomb = encoded(Image.new("1", (10_000, 7_000)))
    with pytest.raises(StudyError, match=r"^bomb\.png is no readable image \(10000x7000 pixels"):
        read_all(["bomb.png"], lambda name: bomb, 32)


def test_32_bit_images_have_no_known_range() -> None:
    with pytest.raises(StudyError, match="32-bit pixels"):
        read_all(["f.tif"], lambda name: encoded(Image.new("F", (8, 8)), "TIFF"), 8)
