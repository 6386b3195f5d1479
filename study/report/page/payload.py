"""What the page's script unpacks: its data and the figures, a tenth of the bytes that they have as text."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any


def payload(document: Mapping[str, Any], figures: Mapping[str, bytes]) -> str:
    """Base64 of gzip of `{"page": document, "figures": {name: SVG text}}`: nothing in it can end its script element."""
    content = {"page": document, "figures": {name: svg.decode() for name, svg in figures.items()}}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
