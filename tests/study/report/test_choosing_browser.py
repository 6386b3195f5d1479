"""Choosing a model and asking which classes pay, as people do it: by mouse, by keyboard, by a link from a colleague."""

from pathlib import Path
from typing import Any

import pytest
import synthetic_study as synthetic
from browser import colours, console, open_page, press, resize, until, values
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from study.report.build import tables_of
from study.report.page.choosing import choosing


@pytest.fixture(scope="module")
def variants() -> list[dict[str, Any]]:
    document = choosing(tables_of(synthetic.built().inputs))
    assert document is not None
    return list(document["variants"])


def loss(one: dict[str, Any]) -> float | None:
    """The largest loss of a class in points; of a baseline none, without an equal not known."""
    if one["isBaseline"]:
        return 0.0
    return None if one["change"] is None else max(0.0, *(-change for change in one["changes"]))


def name(page: Chrome) -> str:
    """The variant that is chosen."""
    found = page.find_elements(By.CSS_SELECTOR, "#choose-winner h3")
    return found[0].text if found else ""


def limit(page: Chrome, field: str, value: str) -> None:
    box = page.find_element(By.ID, f"choose-{field}")
    box.clear()
    box.send_keys(value)


def best(variants: list[dict[str, Any]], key: str, **limits: float) -> tuple[int, str]:
    """How many hold the limits, and the label of the one with the least `key`, after the definition."""
    held = [one for one in variants if all(of is not None and of <= most for of, most in _limited(one, limits))]
    sound = [one for one in held if not one["collapsed"]]
    return len(held), min(sound, key=lambda one: (one[key], -one["top1"]))["label"]


def _limited(one: dict[str, Any], limits: dict[str, float]) -> list[tuple[float | None, float]]:
    return [(loss(one) if key == "loss" else one[key], most) for key, most in limits.items()]


def test_the_first_answer_is_there_without_a_question(page: Chrome, variants: list[dict[str, Any]]) -> None:
    count, label = best(variants, "transfer", loss=3)
    assert name(page) == label
    assert page.find_element(By.ID, "choose-said").text == f"{count} of {len(variants)} variants hold the limits."
    top = page.execute_script("return document.getElementById('choose').getBoundingClientRect().top + scrollY")
    assert top < 700 and page.find_element(By.CSS_SELECTOR, "main section").get_attribute("id") == "choose"


def test_the_smallest_model_within_two_limits(page: Chrome, variants: list[dict[str, Any]]) -> None:
    sizes = sorted(one["flash"] for one in variants)
    most = sizes[len(sizes) // 2]
    Select(page.find_element(By.ID, "choose-aim")).select_by_value("flash")
    limit(page, "flash", f"{most / 1e6}")
    limit(page, "loss", "12.5")
    count, label = best(variants, "flash", flash=most, loss=12.5)
    assert 0 < count < len(variants)
    until(page, lambda: name(page) == label)
    assert page.find_element(By.ID, "choose-said").text.startswith(f"{count} of {len(variants)} variants hold")
    (winner,) = (one for one in variants if one["label"] == label)
    bars = [line.text.split("\n") for line in page.find_elements(By.CSS_SELECTOR, ".bars li")]
    if not winner["isBaseline"]:
        order = sorted(range(10), key=lambda label: winner["changes"][label])
        assert [bar[0] for bar in bars] == [synthetic.CIFAR10[label] for label in order]
        shown = [float(bar[-1].replace("\u2212", "-").rstrip(" *")) for bar in bars]
        assert shown == pytest.approx([winner["changes"][label] for label in order], abs=0.006)
    else:
        assert bars == []


def test_a_variant_without_an_equal_holds_no_limit_on_losses(page: Chrome, variants: list[dict[str, Any]]) -> None:
    limit(page, "loss", "100")
    known = [one for one in variants if loss(one) is not None]
    said = page.find_element(By.ID, "choose-said")
    until(page, lambda: said.text.startswith(f"{len(known)} of {len(variants)} "))
    page.find_element(By.ID, "choose-none").click()
    until(page, lambda: said.text.startswith(f"{len(variants)} of {len(variants)} "))


def test_no_variant_is_said(page: Chrome) -> None:
    limit(page, "transfer", "0.000001")
    said = page.find_element(By.ID, "choose-said")
    until(page, lambda: said.text.endswith("Loosen one."))
    assert name(page) == "" and said.text.startswith("0 of ")


def test_weights_of_classes_change_what_is_most_accurate(page: Chrome, variants: list[dict[str, Any]]) -> None:
    page.find_element(By.ID, "choose-none").click()
    Select(page.find_element(By.ID, "choose-aim")).select_by_value("top1")
    page.find_element(By.CSS_SELECTOR, "#choose-weights summary").click()
    for label in range(9):
        box = page.find_element(By.ID, f"weight-{label}")
        box.clear()
        box.send_keys("0")
    wanted = max((one for one in variants if not one["collapsed"]), key=lambda one: one["accuracy"][9])
    shown = f"{100 * wanted['accuracy'][9]:.2f} %"
    until(page, lambda: page.find_element(By.CSS_SELECTOR, "#choose-winner dd").text.startswith(shown))


def test_the_choice_is_in_the_address_and_comes_back(chrome: Chrome, page: Chrome, pages: dict[str, Path]) -> None:
    Select(page.find_element(By.ID, "choose-arch")).select_by_value("mobilenet_v2")
    limit(page, "loss", "9")
    until(page, lambda: name(page).startswith("mobilenet_v2"))
    link, chosen = page.current_url, name(page)
    assert link.endswith("#choose?arch=mobilenet_v2&loss=9")
    chrome.get("about:blank")
    chrome.get(link)
    until(chrome, lambda: name(chrome) == chosen)
    assert chrome.find_element(By.ID, "choose-loss").get_attribute("value") == "9"
    chrome.get(pages["normal"].as_uri() + "#choose?arch=nonsense&aim=w9&loss=&w77=3&place=99")
    until(chrome, lambda: name(chrome))
    assert Select(chrome.find_element(By.ID, "choose-aim")).first_selected_option.get_attribute("value") == "transfer"


def test_the_best_are_a_table_that_sorts(page: Chrome, variants: list[dict[str, Any]]) -> None:
    page.find_element(By.ID, "choose-none").click()
    shown = [float(size) for size in values(page, "#chooser table", "transfer")]
    sound = sorted(one["transfer"] for one in variants if not one["collapsed"])
    assert shown == sound[: len(shown)] and len(shown) == min(15, len(sound))


def test_the_keyboard_alone_chooses(page: Chrome) -> None:
    page.execute_script("document.getElementById('choose-aim').focus()")
    before = name(page)
    press(page, Keys.END)  # the least loss of any class: a baseline
    until(page, lambda: name(page) != before)
    assert "baseline" in page.find_element(By.CSS_SELECTOR, "#choose-winner dd").text


def cells(page: Chrome) -> list[list[str]]:
    found: list[list[str]] = page.execute_script(
        "return [...document.querySelectorAll('#heat-table tbody tr:not([hidden])')]"
        ".map((row) => [...row.cells].map((cell) => cell.dataset.value))"
    )
    return found


def test_the_map_sorts_by_a_class_and_opens_a_cell(page: Chrome) -> None:
    head = page.find_element(By.CSS_SELECTOR, "#heat-table th:nth-child(6) button")
    assert head.text.startswith("cat")
    head.click()
    changes = [float(row[5]) for row in cells(page)]
    assert changes == sorted(changes) and len(changes) > 2
    page.find_element(By.CSS_SELECTOR, "#heat-table tbody tr td:nth-child(6) button").click()
    opened = page.find_element(By.ID, "heat-cell")
    until(page, lambda: "images of \u201ccat\u201d" in opened.text)
    assert "answers before \u2192 after: right " in opened.text
    assert len(page.find_elements(By.CSS_SELECTOR, "#heat-cell img")) > 0
    Select(page.find_element(By.ID, "heat-arch")).select_by_value("mobilenet")
    assert {row[0] for row in cells(page)} == {"mobilenet"}


def test_the_map_is_one_stop_and_arrows_go_through_it(page: Chrome) -> None:
    assert page.execute_script("return document.querySelectorAll('#heat-table td.cell [tabindex=\"0\"]').length") == 1
    page.execute_script("document.querySelector('#heat-table td.cell [tabindex=\"0\"]').focus()")
    press(page, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_UP, Keys.ENTER)
    opened = page.find_element(By.ID, "heat-cell")
    until(page, lambda: "images of \u201cbird\u201d" in opened.text)  # at the edge it stays
    press(page, Keys.TAB)
    assert not page.execute_script("return document.activeElement.closest('td.cell')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_on_every_cell_of_the_map_can_be_read(page: Chrome, scheme: str) -> None:
    """Contrast of at least 4.5 (WCAG 2.2, 1.4.3), of text against the ground of its cell."""
    colours(page, scheme)
    found = page.execute_script(
        """const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const rgb = (colour) => {
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
        };
        const light = (colour) => { const [r, g, b] = rgb(colour); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        return [...document.querySelectorAll("#heat-table td.cell")].map((cell) => {
          const both = [light(getComputedStyle(cell).backgroundColor), light(getComputedStyle(cell.firstChild).color)];
          return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
        });"""
    )
    assert len(found) > 20 and min(found) >= 4.5


def test_hostile_names_are_text(chrome: Chrome, pages: dict[str, Path]) -> None:
    resize(chrome, 1400)
    open_page(chrome, pages["hostile"])
    assert synthetic.HOSTILE[0] in chrome.find_element(By.ID, "choose-weights").get_attribute("textContent")
    chrome.execute_script("document.querySelector('#heat-table td.cell button')?.click()")
    assert chrome.execute_script("return document.querySelectorAll('script').length") == 3
    assert console(chrome) == []
