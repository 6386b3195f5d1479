"""`make front`: write README's figure and table of results from the report that lies in reports/.

What it writes stands between two comments of README.md; what the study took, between two of docs/running.md. A report
of an earlier version of the code will do: what it lacks is named.
"""

import argparse
from pathlib import Path
from typing import Any

from pipelines import cli, files
from pipelines.ship import read_table
from pipelines.wall_times import PUBLISHED
from study.errors import StudyError
from study.report.cards import FOLDER as CARDS
from study.report.drawing.style import THEMES
from study.report.finished import Finished
from study.report.readme import readme, took
from study.report.shipped import INDEX
from study.report.tables import Record, records

BEGIN, END = "<!-- results: written by `make front` -->", "<!-- results: end -->"
COSTS = Path("docs/running.md")


def main() -> None:
    """Read the report, write the block."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.front", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path(), help="folder of README.md, dvc.yaml and reports/")
    root = parser.parse_args().root
    report = read(root)
    for page, block in ((root / "README.md", readme(report, "reports")), (root / COSTS, took(report))):
        text = files.read_bytes(page).decode()
        with files.naming(page):
            files.write_text(page, placed(text, block))
        print(f"front: {page}")


def placed(page: str, block: str) -> str:
    """The page with the block between its two comments.

    Raises:
        StudyError: they do not stand there once each, one after the other.
    """
    if (page.count(BEGIN), page.count(END)) != (1, 1) or page.index(BEGIN) > page.index(END):
        raise StudyError(f"the block needs '{BEGIN}' and '{END}' once each, on lines of their own")
    before, after = page[: page.index(BEGIN)], page[page.index(END) :]
    return f"{before}{BEGIN}\n\n{block}\n\n{after}"


def read(root: Path) -> Finished:
    """What the front shows of the report in `root`.

    Raises:
        StudyError: results.csv or latency.csv is missing, or a file is damaged; the message names it.
    """
    reports = root / "reports"
    summary = reports / "summary.json"
    parts = {path.parent.name: path for path in sorted((reports / "parts").glob(f"*/{PUBLISHED.name}"))}
    drawn = {path.stem for path in (reports / "figures").glob("*.svg")}
    return Finished(
        results=read_table(reports / "results.csv"),
        latency=read_table(reports / "latency.csv"),
        seeds=read_table(reports / "seeds.csv"),
        summary=files.read_json(summary) if summary.exists() else {},
        figures={stem for stem in drawn if all(f"{stem}{theme.suffix}" in drawn for theme in THEMES)},
        cards={path.stem for path in (reports / CARDS).glob("*.md")},
        models=_rows(reports / "models" / INDEX),
        training_time=_rows(reports / "training_time.csv"),
        journals={part: _rows(path) for part, path in (parts or {"": reports / PUBLISHED.name}).items()},
        missing=[name for name in _expected(root) if not (reports / name).exists()],
    )


def _rows(path: Path) -> list[Record]:
    return records(read_table(path)) if path.exists() else []


def _expected(root: Path) -> list[str]:
    """What the stages put into reports/, in alphabetical order."""
    stages: Any = files.read_yaml(root / "dvc.yaml")["stages"]
    outs = [next(iter(out)) for kind in ("report", "ship") for out in stages[kind]["outs"]]
    return sorted(out.removeprefix("reports/") for out in outs)


if __name__ == "__main__":
    cli.run(main)
