"""The report as Markdown for a repository's page: the same blocks, figures by relative path."""

import re
from collections.abc import Callable, Iterable

from study.report.blocks import (
    Block,
    Bullets,
    Cell,
    Code,
    Fold,
    Note,
    Paragraph,
    Picture,
    Point,
    Report,
    Sheet,
    Table,
)

SPECIAL = re.compile(r"([\\`*\[\]|~$]|(?<!\w)_|_(?!\w)|:(?=//))")


def markdown(report: Report, folder: str = "figures") -> str:
    """Render; `folder` is where the figures lie, seen from the Markdown file."""
    parts = [f"# {text(report.title)}", f"**{text(report.label)}**"]
    parts.append(" · ".join(f"{text(key)}: {text(value)}" for key, value in report.facts))
    parts += [f"> **Note.** {text(caveat)}" for caveat in report.caveats]
    for section in report.sections:
        parts += [f"## {text(section.heading)}", *_blocks(section.blocks, folder)]
    return "\n\n".join(parts) + "\n"


def text(plain: str) -> str:
    """Plain text as Markdown that shows just that: no markup, no HTML, no line break."""
    escaped = SPECIAL.sub(r"\\\1", " ".join(plain.split()))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = re.sub(r"^([-+=#])", r"\\\1", escaped)
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", escaped)


def _blocks(blocks: Iterable[Block], folder: str) -> list[str]:
    return [part for block in blocks for part in _block(block, folder)]


def _block(block: Block, folder: str) -> list[str]:
    if isinstance(block, Fold):
        return [f"### {text(block.summary)}", *_blocks(block.blocks, folder)]
    if isinstance(block, Picture):
        return [picture_html(block, folder), f"*{text(block.caption)}*"]
    plain: dict[type, Callable[..., str]] = {
        Table: table_text,
        Note: lambda note: f"> **Note.** {text(note.text)}",
        Paragraph: lambda said: text(said.text),
        Sheet: lambda sheet: f"*{text(sheet.caption)}* The images are in index.html.",
        Code: lambda code: f"```{code.language}\n{code.text}\n```",
        Bullets: lambda list_: "\n".join(_point(point) for point in list_.items),
    }
    return [plain[type(block)](block)]


def _point(point: Point) -> str:
    parts = "".join(f"\n  - {text(part)}" for part in point.parts)
    status = f"**{text(point.status)}.** " if point.status else ""
    return f"- **{text(point.topic)}.** {status}{text(point.text)}{parts}"


def picture_html(picture: Picture, folder: str) -> str:
    """The picture in light or dark, as the reader's page is; `folder` as in `markdown`."""
    alt = picture.alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return (
        f'<picture>\n<source media="(prefers-color-scheme: dark)" '
        f'srcset="{folder}/{picture.name}-dark.svg">\n'
        f'<img alt="{alt}" src="{folder}/{picture.name}.svg">\n</picture>'
    )


def table_text(table: Table) -> str:
    """A table with its caption and its note."""
    titles = [f"{column.group}, {column.title}" if column.group else column.title for column in table.columns]
    lines = [
        table_line(text(title) for title in titles),
        table_line("---:" if column.numeric else "---" for column in table.columns),
    ]
    lines += [table_line(_cell(cell) for cell in row) for row in table.rows]
    note = f"> **Note.** {text(table.note)}\n\n" if table.note else ""
    return f"{text(table.caption)}\n\n{note}" + "\n".join(lines)


def _cell(cell: Cell) -> str:
    shown = text(cell.text)
    return f"**{shown}**" if cell.mark in ("loss", "gain") else shown


def table_line(cells: Iterable[str]) -> str:
    """A line of a table from cells that are Markdown already."""
    return "| " + " | ".join(cells) + " |"
