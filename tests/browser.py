"""A headless Chromium of the system's, where there is one; REQUIRE_BROWSER=1 makes its absence a failure."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from required import absent
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.support.wait import WebDriverWait

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
PATIENCE = 60  # seconds: a bound for a machine under load, not a measure of the page


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """Start one; it writes its profile into the given folder and reaches no network."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver:
        absent("no chromium and chromedriver: apt-get install chromium chromium-driver", "REQUIRE_BROWSER")
    options = Options()
    options.binary_location = binary
    for argument in [*ARGUMENTS, f"--user-data-dir={profile}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = Chrome(options=options, service=Service(driver))
    try:
        yield found
    finally:
        found.quit()


def resize(found: Chrome, width: int) -> None:
    """Give the page a viewport; narrow ones are a phone's."""
    found.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )


def colours(found: Chrome, scheme: str) -> None:
    """Prefer `light` or `dark`; and no motion, as a click misses what is still being scrolled to."""
    wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    found.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def open_page(found: Chrome, path: Path) -> None:
    """Load a file, drop what the console said before, and wait until its last plot is drawn."""
    found.get_log("browser")
    found.get(path.as_uri())
    WebDriverWait(found, PATIENCE).until(
        lambda one: one.execute_script("return document.documentElement.dataset.drawn")
    )


def console(found: Chrome) -> list[str]:
    """What the page wrote to the console since it was asked last."""
    return [entry["message"] for entry in found.get_log("browser")]


def values(page: Chrome, table: str, column: str) -> list[str]:
    """The data-value of a column's shown cells, from top to bottom."""
    found: list[str] = page.execute_script(
        """const table = document.querySelector(arguments[0]);
        const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
        const place = heads.findIndex((head) => head.dataset.key === arguments[1]);
        return [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[place].dataset.value);""",
        table,
        column,
    )
    return found


def press(page: Chrome, *keys: str) -> None:
    """Type, where the focus is."""
    ActionChains(page).send_keys(*keys).perform()


def focused(page: Chrome) -> str:
    """The id of what has the focus."""
    return str(page.execute_script("return document.activeElement.id"))


def until(page: Chrome, holds: Any) -> None:
    """Wait for it."""
    WebDriverWait(page, PATIENCE).until(lambda _: holds())


def unfold(page: Chrome) -> None:
    """Open all sections, and wait until what was folded away is drawn."""
    page.execute_script("document.querySelectorAll('details.whole').forEach((fold) => { fold.open = true; })")
    waiting = "return [...document.querySelectorAll('details.whole [data-plot]')].every((one) => one.dataset.drawn)"
    until(page, lambda: page.execute_script(waiting))
