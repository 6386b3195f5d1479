"""Make a report from finished ones: python -m pipelines.join REPORTS... --out FOLDER

REPORTS are folders with `inputs.json.xz`, such as reports/. Several are joined: a study may be made in parts, one
architecture after another or on several machines. One alone is made again with the code as it is now, without training,
exporting or measuring anything. A part that trained architectures anew lists them in a `replaces.yaml` of its folder:
what earlier parts hold of them is left out, and stays in their folders.
"""

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pipelines import cli, files
from pipelines.report import test_images
from study.errors import StudyError
from study.report.build import build
from study.report.inputs import Inputs
from study.report.merge import join, without
from study.report.snapshot import SNAPSHOT, kept

REPLACES = "replaces.yaml"


def main() -> None:
    """Read, join, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", metavar="REPORTS", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--test-images", type=Path, help="artifacts/data/test.npz, for the images that are forgotten")
    options = parser.parse_args()
    for name, content in joined(options.reports, options.test_images).items():
        files.write_bytes(options.out / name, content)
    print(f"report: {(options.out / 'index.html').resolve()}")


def joined(reports: Sequence[Path], images: Path | None) -> dict[str, bytes]:
    """The files of the one report, by relative path: the report's own, and the evaluations that it stands on.

    `images` is the file of the test images, if it is known.

    Raises:
        StudyError: an input is missing or damaged, or the reports do not go together.
    """
    parts: list[Inputs] = []
    for folder in reports:
        anew = replaced(folder)
        parts = [*(without(earlier, anew) for earlier in parts), read(folder)]
    inputs = replace(join(parts), images=test_images(images))
    evaluations = {
        f"accuracy/{one.name}.json": files.json_text(one.evaluation.document).encode()
        for one in inputs.results
        if one.evaluation
    }
    return build(inputs) | evaluations


def read(folder: Path) -> Inputs:
    """The inputs that a report keeps beside it.

    Raises:
        StudyError: there are none, or they are damaged; the message names the file.
    """
    path = folder / SNAPSHOT if folder.is_dir() else folder
    with files.naming(path):
        return kept(files.read_bytes(path))


def replaced(folder: Path) -> Collection[str]:
    """The architectures that a part trained anew, by its `replaces.yaml`; none where it has no such file.

    Raises:
        StudyError: it is no list of names.
    """
    path = folder / REPLACES
    if not path.is_file():
        return ()
    named = files.read_yaml(path)
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise StudyError(f"{path} is no list of architectures: write one a line, as `- mobilenet_v3_small`")
    return named


if __name__ == "__main__":
    cli.run(main)
