"""The page as a person uses it, in a browser, from file://: it sorts, filters, compares, and runs nobody's script."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import synthetic_study as synthetic
from browser import colours, console, focused, open_page, press, resize, unfold, until, values
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select
from synthetic_study import HOSTILE

from study.statistics.corrections import holm
from study.statistics.paired import compare

SECONDS = 10  # a bound for a machine under load; how long it took is printed


def test_it_can_be_used_soon(page: Chrome) -> None:
    times = page.execute_script("return {...document.documentElement.dataset}")
    print(f"interactive after {times['interactive']} ms, every plot drawn after {times['drawn']} ms")
    assert int(times["interactive"]) <= int(times["drawn"]) < SECONDS * 1000


def test_every_plot_is_drawn(page: Chrome) -> None:
    drawn = page.execute_script(
        "return [...document.querySelectorAll('[data-plot]')].map((place) => [place.dataset.plot,"
        "place.querySelectorAll('svg path, canvas').length, place.getBoundingClientRect().width])"
    )
    assert len(drawn) == 6
    assert all(marks > 3 and width > 250 for _, marks, width in drawn), drawn


def test_sections_are_folded_and_a_link_opens_one(chrome: Chrome, pages: dict[str, Path]) -> None:
    resize(chrome, 1400)
    open_page(chrome, pages["normal"])
    opened = "return [...document.querySelectorAll('details.whole[open]')].map((one) => one.parentElement.id)"
    assert chrome.execute_script(opened) == []
    height = "return document.documentElement.scrollHeight"
    closed = chrome.execute_script(height)
    chrome.find_element(By.CSS_SELECTOR, "nav a[href='#classes']").click()
    until(chrome, lambda: chrome.execute_script(opened) == ["classes"])
    until(chrome, lambda: chrome.execute_script("return document.querySelector('[data-plot=classes]').dataset.drawn"))
    here = "return [...document.querySelectorAll('nav a[aria-current]')].map((one) => one.hash)"
    until(chrome, lambda: chrome.execute_script(here) == ["#classes"])
    assert chrome.execute_script("return document.querySelector('nav').offsetHeight") < 60
    chrome.get(pages["normal"].as_uri() + "#results")  # a table within a section
    until(chrome, lambda: "variants" in chrome.execute_script(opened))
    unfold(chrome)
    assert closed < 3500 < 3 * closed < chrome.execute_script(height)
    assert console(chrome) == []


def test_every_figure_is_shown(page: Chrome) -> None:
    shown = page.execute_script(
        "return [...document.querySelectorAll('img[data-figure]')].map((image) => [image.complete, image.naturalWidth])"
    )
    assert len(shown) > 3 and all(complete and width > 250 for complete, width in shown), shown


def test_a_table_sorts_by_number_both_ways(page: Chrome) -> None:
    head = page.find_element(By.CSS_SELECTOR, "#results th[data-key=top1] button")
    head.click()
    once = [float(value) for value in values(page, "#results table", "top1")]
    assert once == sorted(once) and len(once) == 12
    head.click()
    assert [float(value) for value in values(page, "#results table", "top1")] == once[::-1]
    parent = page.find_element(By.CSS_SELECTOR, "#results th[data-key=top1]")
    assert parent.get_attribute("aria-sort") == "descending"


def test_the_table_of_variants_is_filtered_and_counted(page: Chrome) -> None:
    said = page.find_element(By.CSS_SELECTOR, ".filters[data-filters] output")
    assert said.text == "12 of 12 variants shown" and said.get_attribute("aria-live") == "polite"
    page.find_element(By.ID, "filter-words").send_keys("MAGNITUDE int8")
    assert said.text == "2 of 12 variants shown"
    Select(page.find_element(By.ID, "filter-arch")).select_by_value("mobilenet")
    assert values(page, "#results table", "variant") == ["mobilenet_magnitude60_s0_int8"]
    page.find_element(By.CSS_SELECTOR, ".filters[data-filters] button[type=reset]").click()
    until(page, lambda: said.text == "12 of 12 variants shown")
    for key, value, count in [("method", "dense", 4), ("quantization", "int8", 2)]:
        Select(page.find_element(By.ID, f"filter-{key}")).select_by_value(value)
        assert said.text == f"{count} of 12 variants shown"


def chosen(page: Chrome) -> list[dict[str, Any]]:
    """The rows of the comparison's table as column -> data-value."""
    found: list[dict[str, Any]] = page.execute_script(
        """const table = document.querySelector("#comparison table");
        const keys = [...table.tHead.rows[0].cells].map((head) => head.dataset.key);
        return [...table.tBodies[0].rows].map((row) =>
          Object.fromEntries([...row.cells].map((cell, place) => [keys[place], cell.dataset.value])));"""
    )
    return found


@pytest.mark.parametrize("base", ["mobilenet_v2_retrained_s0_float32", "mobilenet_magnitude60_s0_int8"])
def test_the_comparison_shows_what_the_statistics_say(page: Chrome, base: str) -> None:
    built = synthetic.built()
    given = {result.name: synthetic.answered(result) for result in built.inputs.results}
    classes = built.inputs.classes
    order = list(given)
    Select(page.find_element(By.ID, "compare-base")).select_by_value(str(order.index(base)))
    page.find_element(By.ID, "compare-all").click()
    until(page, lambda: len(chosen(page)) == 11 * 11)
    own = {(row["variant"], row["class"]): row for row in csv.DictReader(io.StringIO(built.text("per_class.csv")))}
    shown = [row for row in chosen(page) if row["class"] != "all classes"]
    labels = given[base].labels
    expected = [
        compare(given[base].correct[labels == label], given[variant].correct[labels == label])
        for variant in order
        if variant != base
        for label in range(len(classes))
    ]
    adjusted = holm([one.p_value for one in expected])
    seen = set()
    for row, one, corrected in zip(shown, expected, adjusted, strict=True):
        for key in ("n", "base_only", "variant_only", "delta_pp", "ci_low_pp", "ci_high_pp", "p_value"):
            assert float(row[key]) == pytest.approx(getattr(one, key), rel=1e-9, abs=1e-12), (row, key)
        study = own[row["variant"], row["class"]]
        if study["baseline"] == base:
            assert row["p_adjusted"] == study["p_adjusted"] and row["significant"] == study["significant"]
            assert row["correction"] == "study, 80 tests"
        else:
            assert float(row["p_adjusted"]) == pytest.approx(corrected, rel=1e-9)
            assert row["significant"] == ("true" if corrected < 0.05 else "false")
            assert row["correction"] == "this base, 110 tests"
        seen.add(row["correction"])
    assert len(seen) == (2 if base.endswith("float32") else 1)
    for row in (row for row in chosen(page) if row["class"] == "all classes"):
        whole = compare(given[base].correct, given[row["variant"]].correct)
        assert float(row["delta_pp"]) == pytest.approx(whole.delta_pp) and row["p_adjusted"] == ""
    said = page.find_element(By.ID, "compare-said").text
    assert said.startswith("11 variants against") and "over all 110 classes and variants" in said
    marked = page.find_elements(By.CSS_SELECTOR, "#comparison td.loss, #comparison td.gain")
    assert len(marked) == sum(row["significant"] == "true" for row in shown) > 0
    assert all(cell.text.endswith("*") for cell in marked)


def test_the_keyboard_alone_is_enough(page: Chrome) -> None:
    press(page, Keys.TAB)
    assert page.execute_script("return document.activeElement.className") == "skip"
    for _ in range(120):
        press(page, Keys.TAB)
        if focused(page) == "filter-words":
            break
    press(page, "v2")
    assert page.find_element(By.CSS_SELECTOR, ".filters[data-filters] output").text == "6 of 12 variants shown"
    for _ in range(60):
        press(page, Keys.TAB)
        if page.execute_script("return document.activeElement.closest('th')?.dataset.key") == "top1":
            break
    outline = page.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    press(page, Keys.ENTER)
    numbers = [float(value) for value in values(page, "#results table", "top1")]
    assert numbers == sorted(numbers) and len(numbers) == 6
    page.execute_script("document.getElementById('compare-base').focus()")
    press(page, Keys.ARROW_DOWN, Keys.ARROW_DOWN)  # past the one that is ticked, which is not compared with itself
    other = "against mobilenet \u00b7 retrained \u00b7 float32"
    until(page, lambda: page.find_element(By.ID, "compare-said").text.count(other))
    press(page, Keys.TAB, "v2", Keys.TAB, Keys.TAB, Keys.ENTER)  # narrow the list, untick what is listed
    before = {row["variant"] for row in chosen(page)}
    assert before and not any("v2" in variant for variant in before)
    press(page, Keys.TAB)  # the list itself can be scrolled; its first box comes next
    if page.execute_script("return document.activeElement.type") != "checkbox":
        press(page, Keys.TAB)
    press(page, Keys.SPACE)
    until(page, lambda: {row["variant"] for row in chosen(page)} - before == {"mobilenet_v2_dense_s0_float32"})


def test_the_front_of_one_architecture_can_be_chosen(page: Chrome) -> None:
    texts = "document.querySelectorAll('[data-plot=size-top1] .mark-text.role-mark text')"
    marks = f"return [...{texts}].map((one) => one.textContent)"
    lists = page.find_element(By.CSS_SELECTOR, "[data-plot=size-top1] select")
    for keys, table in [([], "front-top1"), ([Keys.ARROW_DOWN] * 2, "front-mobilenet_v2-top1")]:
        lists.send_keys(*keys)
        number = page.execute_script(f"return document.querySelectorAll('#{table} tbody tr').length")
        wanted = [str(place + 1) for place in range(number)]
        until(page, lambda wanted=wanted: sorted(page.execute_script(marks)) == wanted)


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("name", ["normal", "hostile"])
def test_nothing_is_wider_than_the_window(chrome: Chrome, pages: dict[str, Path], name: str, width: int) -> None:
    resize(chrome, width)
    open_page(chrome, pages[name])
    for fold in ("", "document.querySelectorAll('details').forEach((fold) => { fold.open = true; });"):
        wide, window = chrome.execute_script(f"{fold} return [document.scrollingElement.scrollWidth, innerWidth]")
        assert wide <= window
    assert console(chrome) == []


def test_plots_follow_the_colour_scheme(page: Chrome) -> None:
    ink = "return document.querySelector('[data-plot=size-top1] .role-axis-label text').getAttribute('fill')"
    light = page.execute_script(ink)
    colours(page, "dark")
    until(page, lambda: page.execute_script(ink) not in (None, light))


def test_hostile_names_are_said_and_not_run(chrome: Chrome, pages: dict[str, Path]) -> None:
    resize(chrome, 1400)
    open_page(chrome, pages["hostile"])
    unfold(chrome)
    cell = chrome.find_element(By.CSS_SELECTOR, "[data-plot=classes] .mark-rect path")
    chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", cell)
    ActionChains(chrome).move_to_element(cell).perform()
    until(chrome, lambda: HOSTILE[0] in chrome.find_element(By.ID, "vg-tooltip-element").text)
    assert chrome.execute_script("return document.querySelectorAll('script').length") == 3
    assert chrome.execute_script("return document.querySelectorAll('#vg-tooltip-element script, image').length") == 0
    shown = {row["class"] for row in chosen(chrome)}
    assert {HOSTILE[0], HOSTILE[6]} < shown
    assert console(chrome) == []


def test_a_script_that_slipped_in_would_not_run(chrome: Chrome, pages: dict[str, Path]) -> None:
    open_page(chrome, pages["hostile"])
    ran = chrome.execute_script(
        """const slipped = document.createElement("script");
        slipped.textContent = "window.slipped = true";
        document.body.append(slipped);
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.slipped = true'>");
        return window.slipped === true;"""
    )
    assert not ran
    assert any("Content Security Policy" in message for message in console(chrome))
