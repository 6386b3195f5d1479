"""Stage `ship`: the smallest files of each architecture within a point of its baseline, with an index of what they are.

Of the variant that is the smallest to transfer its smallest form, of the one that is the smallest on flash the .tflite
file; one of 5 MB or more is a line instead. --models names the folders to look in, of several parts of a study those
of each, for these files or other forms of them, and reports/models may be one. A file counts only if it is the one
that the report evaluated (SHA-256).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipelines import cli, files
from study.codecs import FORMATS
from study.errors import StudyError
from study.report.phrases import number
from study.report.reading import table_of
from study.report.shipped import COLUMNS, INDEX, PLAIN, Shipped, index_row, model_of, sha256_of, shipped
from study.report.tables import csv_text, frame
from study.report.treatments import with_levels

FORMS = {"": PLAIN} | {f".{one.suffix}": name for name, one in FORMATS.items()}
"""What follows `.tflite` in a file's name -> a codec that reads it."""


class MissingError(StudyError):
    """No folder holds a file in any form."""


def main() -> None:
    """Choose by results.csv, find, check, write; the index last."""
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
    parser.add_argument(
        "--skip-missing", action="store_true", help="leave out, with a line, what none of the folders holds"
    )
    paths = parser.parse_args()
    chosen, left_out = shipped(with_levels(read_table(paths.results)))
    found: list[tuple[Shipped, bytes]] = []  # all of them, before anything is written
    for one in chosen:
        try:
            found.append((one, _content(one, paths.models)))
        except MissingError as why:
            if not paths.skip_missing:
                raise
            left_out.append(str(why))
    former = list(read_table(paths.out / INDEX)["file"]) if (paths.out / INDEX).exists() else []
    for one, content in found:
        files.write_bytes(paths.out / one.file, content)
    files.write_text(paths.out / INDEX, csv_text(frame([index_row(*each) for each in found], COLUMNS)))
    for name in set(former) - {one.file for one, _ in found}:
        (paths.out / Path(name).name).unlink(missing_ok=True)
    for line in left_out:
        print(f"ship: {line}")
    print(f"ship: {number(len(found), 'file')} in {paths.out}")


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


def _content(one: Shipped, folders: Sequence[Path]) -> bytes:
    """The file to hand on, as it lies there, or made from another form of the file that was evaluated."""
    if Path(one.file).name != one.file:
        raise StudyError(f"{one.row['variant']!r} is no name of a variant: results.csv is damaged, write it again")
    model, others = None, []
    for path in (folder / f"{one.row['variant']}.tflite{suffix}" for folder in folders for suffix in FORMS):
        if not path.is_file():
            continue
        content = files.read_bytes(path)
        with files.naming(path):
            held = model_of(content, FORMS[path.suffix if path.suffix in FORMS else ""])
        if sha256_of(held) != one.row["sha256"]:
            others.append(str(path))
        elif path.name == one.file and len(content) == one.bytes:
            return content
        else:
            model = held
    if model is not None:
        return _made(one, model)
    if others:
        raise MissingError(
            f"{', '.join(others)}: not the file that the report evaluated (SHA-256): run `dvc repro`, or "
            "name the folder that holds it with --models"
        )
    raise MissingError(
        f"{one.file} is in none of {', '.join(map(str, folders))}, nor another form of it: run `dvc repro`, or name "
        "the folder that holds it with --models"
    )


def _made(one: Shipped, model: bytes) -> bytes:
    """The form to hand on from the .tflite file."""
    content = model if one.codec == PLAIN else FORMATS[one.codec].encode(model)
    if len(content) != one.bytes:
        raise StudyError(
            f"{one.file} would have {len(content)} bytes, and results.csv says {one.bytes}: install what "
            "constraints.txt names, or name the folder that holds the file with --models"
        )
    return content


if __name__ == "__main__":
    cli.run(main)
