"""The scripts that the page carries, each with the hash by which its policy lets it run, and what they unpack."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import altair as alt
import vl_convert

from study.report.inputs import Document

OWN = (
    "unpack.js",
    "elements.js",
    "statistics.js",
    "sort.js",
    "filter.js",
    "plots.js",
    "compare.js",
    "choose.js",
    "heat.js",
    "start.js",
)
LICENCE = "vega-licence.txt"


@dataclass(frozen=True)
class Script:
    """Its text as it stands between the tags, and the CSP source that allows it."""

    text: str

    @property
    def source(self) -> str:
        """`'sha256-...'`, quotes included (Content Security Policy Level 3, section 2.3.1)."""
        return f"'sha256-{base64.b64encode(hashlib.sha256(self.text.encode()).digest()).decode()}'"


def scripts() -> tuple[Script, ...]:
    """Vega with what it needs, then the page's own parts in one scope."""
    own = "\n".join(_template(name) for name in OWN)
    return Script(f"/*\n{_template(LICENCE)}*/\n{_vega()}\n"), Script(f'(() => {{\n"use strict";\n{own}}})();\n')


def payload(document: Document, figures: Mapping[str, bytes]) -> str:
    """Base64 of gzip of `{"page": document, "figures": {name: SVG text}}`: a tenth of the bytes that they have as text,
    and nothing in it can end its script element.
    """
    content = {"page": document, "figures": {name: svg.decode() for name, svg in figures.items()}}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@cache
def _vega() -> str:
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version))


def _template(name: str) -> str:
    return (resources.files("study.report") / "templates" / name).read_text(encoding="utf-8")
