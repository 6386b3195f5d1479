"""The parts that a report is made of, as plain data: `html` and `markdown` show the same ones."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Cell:
    """One table cell: the text shown, the value as in the CSV (sorting goes by it), how it stands out."""

    text: str
    value: str = ""
    mark: str = ""  # "", loss, gain, missing, warn
    title: str = ""  # said when pointed at; never the only place of a fact


@dataclass(frozen=True)
class Column:
    """A column: its title, the CSV column it shows, whether it holds numbers, a heading above, a remark."""

    title: str
    key: str = ""
    numeric: bool = False
    group: str = ""
    help: str = ""


@dataclass(frozen=True)
class Table:
    """A table; the first column names the row. `note` stands directly at it."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    sortable: bool = True


@dataclass(frozen=True)
class Picture:
    """A figure by name: `<name>.svg` in light, `<name>-dark.svg` in dark."""

    name: str
    alt: str
    caption: str


def picture(drawn: Collection[str], name: str, alt: str, caption: str) -> tuple[Picture, ...]:
    """The picture where it was drawn, nothing where there was nothing to draw."""
    return (Picture(name, alt, caption),) if name in drawn else ()


@dataclass(frozen=True)
class Paragraph:
    """Plain text."""

    text: str


@dataclass(frozen=True)
class Note:
    """A caveat: plain text that must not be missed."""

    text: str


@dataclass(frozen=True)
class Point:
    """A sentence under a topic, and what it enumerates; `status` is a word in front that must be seen."""

    topic: str
    text: str
    parts: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True)
class Bullets:
    """Points, each with a short topic before it."""

    items: tuple[Point, ...]


@dataclass(frozen=True)
class Code:
    """Commands to type, or code of another language."""

    text: str
    language: str = "sh"


@dataclass(frozen=True)
class Fold:
    """Blocks that can be folded away under a summary."""

    summary: str
    blocks: tuple["Block", ...]
    open: bool = True


@dataclass(frozen=True)
class Thumbnail:
    """A test image as PNG with the true class and what two groups of models say; all texts are plain."""

    png: bytes
    alt: str
    true: str
    base: str
    compressed: str


@dataclass(frozen=True)
class Sheet:
    """Small pictures side by side."""

    caption: str
    images: tuple[Thumbnail, ...]


Block: TypeAlias = Table | Picture | Paragraph | Note | Bullets | Code | Fold | Sheet


@dataclass(frozen=True)
class Section:
    """A heading with an anchor and what stands under it."""

    id: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """The whole document: what kind of run it is stands in `label`, the data's caveats in `caveats`."""

    title: str
    label: str
    facts: tuple[tuple[str, str], ...]
    caveats: tuple[str, ...]
    sections: tuple[Section, ...]
