"""What can be verified of committed reports without the networks, logits and samples that they were made from.

- `reports/models`: files against the hashes of their index, what they hold against that of the .tflite file, and this
  one against results.csv.
- `reports/parts/NAME`: what the report was joined from. Each part holds `inputs.json.xz` and the `params.yaml`,
  `plan.yaml` and `dvc.lock` of its run: they must belong together, and the report be byte for byte what the parts give.
- `reports/provenance`: params, plan and lock of a run that made the whole report.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines import join
from pipelines.digests import digest
from pipelines.files import naming, read_bytes
from pipelines.run_record import outputs, planned, record
from pipelines.ship import read_table
from study.errors import StudyError
from study.report.phrases import number
from study.report.shipped import INDEX, model_of, sha256_of
from study.report.snapshot import SNAPSHOT
from study.report.tables import Record, records

OWNED = {"accuracy": "*.json", "cards": "*.md", "figures": "*.svg"}
"""Folders whose files are all the report's, and which these are."""
SHEET = b'<figure class="sheet">'
PICTURED = ("index.html", "report.md")
"""Files that show, or mention, test images where those are known."""
JOIN = "`python -m pipelines.join reports/parts/* --out reports`"


@dataclass(frozen=True)
class Checked:
    """What is wrong, what has been found right, and what remains open: sentences without a full stop."""

    wrong: Sequence[str] = ()
    vouched: Sequence[str] = ()
    open: Sequence[str] = ()


def check(reports: Path, images: Path, own: bool) -> Checked:
    """Check what there is; `images` is where test images may be.

    `own` says that a run in this project has written to `reports`: then dvc.lock vouches for them, and they are not
    held against what was committed.
    """
    parts = sorted(path for path in (reports / "parts").glob("*") if path.is_dir())
    found = [_models(reports, own)]
    if parts:
        found.append(_parts(parts))
    if not own and parts:
        found.append(_joined(reports, parts, images))
    elif not own and (reports / "provenance" / "dvc.lock").exists():
        found.append(_run(reports, reports / "provenance"))
    return Checked(*([said for one in found for said in getattr(one, name)] for name in ("wrong", "vouched", "open")))


def _models(reports: Path, own: bool) -> Checked:
    folder = reports / "models"
    if not (folder / INDEX).exists():
        return Checked()
    rows, wrong = records(read_table(folder / INDEX)), []
    known = {} if own else read_table(reports / "results.csv").set_index("variant")["sha256"].to_dict()
    for row in rows:
        path = folder / Path(row["file"]).name
        if said := _model(path, row):
            wrong.append(said)
        elif not own and known.get(row["variant"]) != row["model_sha256"]:
            wrong.append(f"{path} is not the file that results.csv evaluates: run `python -m pipelines.ship`")
    files = number(len(rows), "file")
    return Checked(wrong, [f"{folder}: {files} with the hashes of the index, and so is the .tflite file in each"])


def _model(path: Path, row: Record) -> str:
    """What is wrong with a file that was handed on; empty: nothing."""
    if not path.exists():
        return f"{path} is missing"
    content = read_bytes(path)
    if sha256_of(content) != row["sha256"]:
        return f"{path} is not the file that {INDEX} beside it names"
    try:
        with naming(path):
            held = model_of(content, str(row["codec"]))
    except StudyError as error:
        return str(error)
    return "" if sha256_of(held) == row["model_sha256"] else f"{path} holds another .tflite file than {INDEX} says"


def _parts(parts: Sequence[Path]) -> Checked:
    wrong = [said for folder in parts for said in _part(folder)]
    which = number(len(parts), "part")
    return Checked(wrong, [f"{parts[0].parent}: inputs, params and plan of {which} as their runs left them"])


def _part(folder: Path) -> Iterator[str]:
    if wrong := list(record(folder)):
        yield from wrong
        return
    named = {out["path"]: out["md5"] for out in outputs(planned(folder))}
    if not (folder / SNAPSHOT).exists():
        yield f"{folder / SNAPSHOT} is missing"
    elif digest(folder / SNAPSHOT) != named.get(f"reports/{SNAPSHOT}"):
        yield f"{folder / SNAPSHOT} is not what the dvc.lock beside it names: copy both from one run"


def _joined(reports: Path, parts: Sequence[Path], images: Path) -> Checked:
    print(f"verify: making the report again from {number(len(parts), 'part')} ...", file=sys.stderr)
    made = join.joined(parts, images if images.exists() else None)
    page = reports / "index.html"
    blind = not images.exists() and page.exists() and SHEET in page.read_bytes()
    if blind:
        made = {name: content for name, content in made.items() if name not in PICTURED}
    differ = [str(reports / name) for name, content in made.items() if not _is(reports / name, content)]
    differ += [
        f"{path} (of an earlier report)"
        for folder, pattern in OWNED.items()
        for path in sorted((reports / folder).glob(pattern))
        if f"{folder}/{path.name}" not in made
    ]
    wrong = (
        [
            f"{number(len(differ), 'file')} of {reports} are not what its parts give, such as {differ[0]}: delete "
            f"what is left of an earlier report and run {JOIN}"
        ]
        if differ
        else []
    )
    still = [f"{' and '.join(PICTURED)} show test images that are not here ({images}), so they cannot be verified"]
    return Checked(
        wrong,
        [f"{reports}: {number(len(made), 'file')} byte for byte as made from {number(len(parts), 'part')}"],
        still if blind else [],
    )


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _run(reports: Path, folder: Path) -> Checked:
    """A report of one run: its evaluations must be those of the run; other code may have made the rest again."""
    if wrong := list(record(folder)):
        return Checked(wrong)
    named = [out for out in outputs(planned(folder)) if out["path"].startswith("reports/")]
    there = {reports.parent / out["path"]: out["md5"] for out in named}
    same = {path for path, expected in there.items() if path.exists() and digest(path) == expected}
    evaluations = {path for path in there if path.parent == reports / "accuracy"}
    wrong = [f"{path} is not what {folder / 'dvc.lock'} names" for path in sorted(evaluations - same)]
    other = sorted(path.name for path in set(there) - same - evaluations)
    still = f"not as the run left them (other code may have made them again), so not verified: {', '.join(other)}"
    return Checked(
        wrong,
        [f"{reports}: {number(len(same), 'output')} as {folder / 'dvc.lock'} names them"],
        [still] if other else [],
    )
