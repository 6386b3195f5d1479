"""Compare two finished runs, class by class: python -m pipelines.compare A B [--out FOLDER]

A and B are project folders or reports/ folders alone, which keep the answers in `inputs.json.xz`. B is held against A.
Prints what was found, and writes it as compare.md with all rows in compare.csv.
"""

import argparse
import csv
import hashlib
import io
import os
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from pipelines import cli, files, join
from study.comparing import document
from study.comparing.comparison import Comparison, comparison
from study.comparing.findings import findings, summary
from study.comparing.notes import notes
from study.comparing.side import Result, Side, answers, result, side
from study.errors import StudyError
from study.report.inputs import Document, Evaluation, Inputs
from study.report.names import clean
from study.report.phrases import number
from study.report.snapshot import SNAPSHOT
from study.tasks.classification import Predictions

DECISIVE = ("data", "training", "pruning", "evaluation")
"""Sections of params.yaml that decide results."""


def main() -> None:
    """Read both sides, compare, write, print the findings."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("a", metavar="A", type=Path)
    parser.add_argument("b", metavar="B", type=Path)
    parser.add_argument("--out", type=Path, default=Path(".work/compare"), help="default: .work/compare")
    paths = parser.parse_args()
    found = comparison(read(paths.a), read(paths.b))
    for name, content in document.files(found).items():
        files.write_bytes(paths.out / name, content)
    lines = [*_lines(found), "", f"Written: {paths.out / 'compare.md'} and {paths.out / 'compare.csv'}"]
    try:
        print("\n".join(map(_wrapped, lines)), flush=True)
    except BrokenPipeError:  # `| head` has read enough, and the files hold everything
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wrapped(line: str) -> str:
    return textwrap.fill(
        line,
        120,
        subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines(found: Comparison) -> Iterator[str]:
    """What is printed: the answer, what it rests on, what to know before believing it."""
    yield f"B ({clean(found.b.label)}) against A ({clean(found.a.label)}): {summary(found)}"
    yield ""
    for point in findings(found):
        yield f"{point.topic}: {point.text}"
        yield from (f"  {part}" for part in point.parts)
    yield from (f"Note: {note}" for note in notes(found))


def read(folder: Path) -> Side:
    """One side from its folder.

    Raises:
        StudyError: no results there, or a damaged file; the message names it.
    """
    reports = folder / "reports" if (folder / "reports").is_dir() else folder
    if not reports.is_dir():
        raise StudyError(f"{folder} is no folder: give a project folder or its reports/")
    paths, remarks = _evaluations(reports)
    earlier = reports / SNAPSHOT
    kept = join.read(earlier) if earlier.exists() else None
    results: dict[str, Result] = {}
    for variant, path in tqdm(paths.items(), desc=str(folder), unit="variant", disable=None, leave=False):
        stored, given = folder / "artifacts" / "predictions" / f"{variant}.npz", files.read_json(path)
        with files.naming(stored):
            own = answers(files.read_npz(stored)) if stored.exists() else _kept(kept, variant, given)
        with files.naming(path):
            results[variant] = result(variant, given, own)
    found = side(str(folder), results, notes=tuple(remarks))
    return replace(
        found,
        settings=_settings(folder, reports, found),
        test_digest=_test_digest(folder / "artifacts" / "data", found),
    )


def _kept(kept: Inputs | None, variant: str, given: Document) -> Predictions | None:
    """Answers that the report keeps of this very file."""
    found = kept.by_name.get(variant) if kept else None
    same = found and found.evaluation and found.evaluation.sha256 == Evaluation(given).sha256
    return found.predictions if found and same else None


def _evaluations(reports: Path) -> tuple[dict[str, Path], list[str]]:
    """Variant -> its evaluation, those of results.csv where there is one; remarks on what is left out or missing."""
    found = {path.stem: path for path in sorted((reports / "accuracy").glob("*.json"))}
    if not found:
        raise StudyError(f"{reports} holds no results (accuracy/*.json): run `dvc repro` there, or give another folder")
    listed = _listed(reports / "results.csv")
    if listed is None:
        return found, []
    stale, missing = sorted(set(found) - set(listed)), [name for name in listed if name not in found]
    remarks = [
        f"{number(len(names), 'variant')} {said}, such as {names[0]}."
        for names, said in (
            (stale, "in accuracy/ without a row in results.csv, left out"),
            (missing, "in results.csv without a file in accuracy/, left out"),
        )
        if names
    ]
    return {name: found[name] for name in listed if name in found}, remarks


def _listed(table: Path) -> list[str] | None:
    """The variants of results.csv in its order; None where there is no such file."""
    if not table.exists():
        return None
    try:
        rows = list(csv.DictReader(io.StringIO(files.read_bytes(table).decode(), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise StudyError(f"{table} is not readable as CSV ({error}): write the report again") from error
    listed = [row["variant"] for row in rows if row.get("variant")]
    if not listed:
        raise StudyError(f"{table} names no variant: write the report again")
    return listed


def _settings(folder: Path, reports: Path, found: Side) -> Document:
    """Parameters by dotted key, from the file whose preset is that of the results; none where no file fits."""
    presets = {one.facts.get("preset") for one in found.results.values()}
    for path in (reports / "provenance" / "params.yaml", folder / "params.yaml"):
        given = files.read_yaml(path) if path.exists() else None
        if isinstance(given, dict) and presets == {given.get("preset")}:
            return {
                f"{name}.{key}": value
                for name in DECISIVE
                if isinstance(given.get(name), dict)
                for key, value in given[name].items()
                if key != "path"
            }
    return {}


def _test_digest(data: Path, found: Side) -> str | None:
    """SHA-256 of the test images and labels, where they are those that the results were made with."""
    card, test = data / "card.json", data / "test.npz"
    if not card.exists() or not test.exists() or found.fingerprint is None:
        return None
    given = files.read_json(card)
    if not isinstance(given, dict) or given.get("fingerprint") != found.fingerprint:
        return None
    arrays = files.read_npz(test)
    digest = hashlib.sha256()
    for name in ("images", "labels"):
        if name not in arrays:
            raise StudyError(f"{test} holds no {name}: it is damaged, run `dvc repro` there")
        digest.update(f"{name} {arrays[name].shape} {arrays[name].dtype}".encode() + arrays[name].tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    cli.run(main)
