"""The contact sheet: which images, what stands under them, the same bytes again."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import synthetic_study as synthetic
from PIL import Image
from report_page import SCRIPTS, Page
from report_topics import tables_of
from synthetic_study import HOSTILE

from study.errors import StudyError
from study.report.blocks import Paragraph, Report, Section, Sheet
from study.report.contact_sheet import MOST, SIDE, contact_sheet, png
from study.report.html import html
from study.report.inputs import Inputs
from study.report.markdown import markdown
from study.report.topics.exemplars import section
from study.statistics.exemplars import taxicab


def section_of(inputs: Inputs) -> Section | None:
    return section(tables_of(inputs), ())


def test_pictures_are_small_and_the_same_again() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 20, 3), dtype=np.uint8)
    assert png(pixels) == png(pixels.copy())
    assert (np.asarray(Image.open(BytesIO(png(pixels)))) == pixels).all()
    large = Image.open(BytesIO(png(np.zeros((300, 150, 3), dtype=np.uint8))))
    assert max(large.size) == SIDE and large.size == (SIDE // 2, SIDE)


def test_at_most_48_images_in_the_order_given() -> None:
    number = MOST + 5
    images, classes = synthetic.pictures(number), [f"c{index}" for index in range(number)]
    own = np.arange(number)
    sheet = contact_sheet(images, own[::-1].tolist(), own, np.roll(own, 1), np.roll(own, 2), classes, "said")
    assert len(sheet.images) == MOST
    first = sheet.images[0]
    assert (first.true, first.base, first.compressed) == (f"c{number - 1}", f"c{number - 2}", f"c{number - 3}")
    assert first.png == png(images[-1])


@pytest.mark.parametrize(
    "images", [np.zeros((3, 8, 8, 3)), np.zeros((3, 8, 8), np.uint8), np.zeros((2, 8, 8, 3), np.uint8)]
)
def test_other_images_are_refused_in_one_line(images: np.ndarray) -> None:
    own = np.zeros(3, dtype=np.int64)
    with pytest.raises(StudyError) as caught:
        contact_sheet(images, [0], own, own, own, ["a"], "")
    assert "dvc repro" in str(caught.value) and "\n" not in str(caught.value)


def test_without_images_there_are_counts_and_without_compressed_models_nothing() -> None:
    inputs = synthetic.study(["mobilenet"], images=10)
    found = section_of(inputs)
    assert found and isinstance(found.blocks[0], Paragraph)
    assert not [block for block in found.blocks if isinstance(block, Sheet)]
    shown = section_of(replace(inputs, images=synthetic.pictures(100)))
    assert shown and [block for block in shown.blocks if isinstance(block, Sheet)]
    alone = synthetic.study(["mobilenet"], recipes={}, schemes=["float32"], images=10)
    assert section_of(alone) is None


def test_the_page_shows_the_images_and_hostile_names_as_text() -> None:
    inputs = synthetic.study(["mobilenet"], recipes={"magnitude": [60]}, classes=HOSTILE, images=30)
    inputs = replace(inputs, images=synthetic.pictures(30 * len(HOSTILE)))
    found = section_of(inputs)
    assert found
    (sheet,) = (block for block in found.blocks if isinstance(block, Sheet))
    report = Report("Title", "label", (), (), (found,))
    page = Page(html(report, {}))
    sources = [found.get("src", "") for tag, found in page.tags if tag == "img"]
    shown = [source for source in sources if source.startswith("data:image/png;base64,")]
    assert len(shown) == len(sheet.images) > 0
    assert [tag for tag, _ in page.tags].count("script") == SCRIPTS
    assert all(image.compressed in page.text for image in sheet.images)
    assert "The images are in index.html" in markdown(report)


def test_half_of_the_answers_is_enough() -> None:
    inputs = synthetic.study(["mobilenet"], {}, ["float32", "int8"], images=20, seeds=range(2))
    predicted = [[one.predictions.predicted for one in inputs.results if one.predictions][side::2] for side in (0, 1)]
    distance = taxicab(predicted[0], predicted[1], 10)
    assert (distance == 1).any() and (distance == 2).any()
    assert tables_of(inputs)["exemplars"]["taxicab_half"].iloc[0] == (distance >= 1).sum()
