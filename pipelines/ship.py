"""Stage `ship`: the smallest file of each architecture within a point of its baseline, with an index of what it is.

It copies the .tflite file where that has less than 5 MB, else its smallest form where that has less; else it says that
there is none. --models names the folders to look in: of several parts of a study, those of each. A file counts only
if it is the one that the report evaluated (SHA-256).
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines import cli, files
from study.codecs import FORMATS
from study.errors import StudyError
from study.report.phrases import number
from study.report.reading import table_of
from study.report.shipped import COLUMNS, INDEX, PLAIN, Shipped, index_row, shipped
from study.report.tables import csv_text, frame


def main() -> None:
    """Choose by results.csv, find, check, copy; write the index last."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.ship", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=Path("reports/results.csv"), help="default: %(default)s")
    parser.add_argument(
        "--models",
        type=Path,
        nargs="+",
        metavar="FOLDER",
        default=[Path("artifacts/tflite"), Path("artifacts/encoded")],
        help="default: artifacts/tflite artifacts/encoded",
    )
    parser.add_argument("--out", type=Path, default=Path("reports/models"), help="default: %(default)s")
    paths = parser.parse_args()
    chosen, left_out = shipped(read_table(paths.results))
    found = [(one, _find(one, paths.models)) for one in chosen]  # all of them, before anything is written
    former = list(read_table(paths.out / INDEX)["file"]) if (paths.out / INDEX).exists() else []
    for one, content in found:
        files.write_bytes(paths.out / one.file, content)
    rows = [index_row(one, len(content), _sha256(content)) for one, content in found]
    files.write_text(paths.out / INDEX, csv_text(frame(rows, COLUMNS)))
    for name in set(former) - {one.file for one in chosen}:
        (paths.out / Path(name).name).unlink(missing_ok=True)
    for line in left_out:
        print(f"ship: {line}")
    print(f"ship: {number(len(rows), 'file')} in {paths.out}")


def read_table(path: Path) -> pd.DataFrame:
    """A report's CSV file.

    Raises:
        StudyError: it is missing or damaged; the message names it.
    """
    with files.naming(path):
        try:
            return table_of(files.read_bytes(path).decode())
        except UnicodeDecodeError as error:
            raise StudyError(f"it is not UTF-8 text ({error}): write the report again") from error


def _find(one: Shipped, folders: Sequence[Path]) -> bytes:
    """The content of the file that was evaluated, wherever it lies."""
    if Path(one.file).name != one.file:
        raise StudyError(f"{one.row['variant']!r} is no name of a variant: results.csv is damaged, write it again")
    others = []
    for folder in folders:
        path = folder / one.file
        if path.is_file():
            content = files.read_bytes(path)
            with files.naming(path):
                model = content if one.codec == PLAIN else FORMATS[one.codec].decode(content)
            if _sha256(model) == one.row["sha256"]:
                return content
            others.append(str(path))
    if others:
        raise StudyError(
            f"{', '.join(others)}: not the file that the report evaluated (SHA-256): run `dvc repro`, or "
            "name the folder that holds it with --models"
        )
    raise StudyError(
        f"{one.file} is in none of {', '.join(map(str, folders))}: run `dvc repro`, or name the folder "
        "that holds it with --models"
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    cli.run(main)
