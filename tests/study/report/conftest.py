"""Pages of made-up studies in a browser, for the tests of what people do with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import synthetic_study as synthetic
from browser import browser, colours, console, open_page, resize, unfold
from selenium.webdriver import Chrome


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {"normal": synthetic.built(), "hostile": synthetic.hostile()}
    for name, built in found.items():
        (folder / f"{name}.html").write_bytes(built.files["index.html"])
    return {name: folder / f"{name}.html" for name in found}


@pytest.fixture
def page(chrome: Chrome, pages: dict[str, Path]) -> Iterator[Chrome]:
    """The normal page, wide, light and unfolded; nothing that a test does makes the console speak."""
    resize(chrome, 1400)
    colours(chrome, "light")
    open_page(chrome, pages["normal"])
    unfold(chrome)
    yield chrome
    assert console(chrome) == []
