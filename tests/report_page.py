"""The report's page, read back: its tables by id, its tags, its text, and the document of its script."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from typing import Any

from study.report.fields import shown_value

VOID = {"meta", "img", "source", "wbr", "br", "input"}
SCRIPTS = 3  # the data, Vega, the page's own


class Page(HTMLParser):
    """Tables by id as lists of (keys, rows of (value, text)); every tag, attribute and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, tuple[list[str], list[list[tuple[str, str]]]]] = {}
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.open: list[str] = []
        self.text = ""
        self.scripts: list[str] = []
        self._id = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "figure" and found.get("id"):
            self._id = str(found["id"])
            self.tables[self._id] = ([], [])
        elif tag == "tr" and "tbody" in self.open:
            self.tables[self._id][1].append([])
        elif tag == "th" and self._id and "thead" in self.open and found.get("scope") == "col":
            self.tables[self._id][0].append(str(found.get("data-key", "")))
        elif tag in ("td", "th") and "tbody" in self.open:
            self.tables[self._id][1][-1].append((str(found["data-value"]), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._id = "" if tag == "figure" else self._id

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
            return
        self.text += data
        if "tbody" in self.open and self.open[-1] in ("td", "th"):
            value, text = self.tables[self._id][1][-1][-1]
            self.tables[self._id][1][-1][-1] = (value, text + data)

    @property
    def payload(self) -> Any:
        """What the page's script unpacks: `page` and `figures`."""
        return json.loads(gzip.decompress(base64.b64decode(self.scripts[0])))

    @property
    def document(self) -> Any:
        """The data of plots, filters and comparisons."""
        return self.payload["page"]


def agree(page: Page, table: str, rows: list[dict[str, str]]) -> int:
    """Compare a table of the page with CSV rows of the same order; return the number of values compared."""
    keys, shown = page.tables[table]
    assert len(shown) == len(rows)
    compared = 0
    for cells, row in zip(shown, rows, strict=True):
        for key, (value, text) in zip(keys, cells, strict=True):
            if key in row:
                assert value == row[key]
                known = shown_value(key, float(value)) if is_number(value) and key != "threads" else value
                assert text.startswith(known) or (value == "" and text in ("missing", "baseline"))
                compared += 1
    return compared


def is_number(value: str) -> bool:
    """Whether a cell's value is one number, as the CSV files write it."""
    return re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?", value) is not None
