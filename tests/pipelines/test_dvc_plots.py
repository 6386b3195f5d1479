"""`dvc plots` and `dvc metrics` on a finished study: templates fit tables, pictures have marks, tables are short."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import synthetic_study as synthetic
import vl_convert
import yaml

from pipelines import files
from pipelines.plan import expected

ROOT = Path(__file__).parents[2]
PLOTS = {
    name: options
    for entry in yaml.safe_load((ROOT / "dvc.yaml").read_text())["plots"]
    for name, options in entry.items()
}
LIBRARY = "5.8"  # DVC's page loads Vega-Lite 5.2; the oldest that there is to draw with


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DVC project without Git that holds the reports of a made-up study."""
    folder = tmp_path_factory.mktemp("plots")
    dvc(folder, "init", "--no-scm", "--quiet")
    shutil.copytree(ROOT / ".dvc" / "plots", folder / ".dvc" / "plots")
    full = ROOT / "pipelines/presets/full.yaml"
    shutil.copyfile(ROOT / "dvc.yaml", folder / "dvc.yaml")
    shutil.copyfile(full, folder / "params.yaml")
    files.write_text(folder / "plan.yaml", expected(full))
    for name, content in synthetic.built().files.items():
        if name.endswith((".csv", ".json")):
            files.write_bytes(folder / "reports" / name, content)
    return folder


def dvc(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def specs(project: Path) -> dict[str, Any]:
    """Plot -> its filled Vega-Lite document."""
    shown = json.loads(dvc(project, "plots", "show", "--json"))
    assert not shown.get("errors")
    return {name: plots[0]["content"] for name, plots in shown["data"].items()}


@pytest.mark.parametrize("name", sorted(PLOTS))
def test_a_template_reads_columns_that_the_table_has(name: str) -> None:
    text = (ROOT / ".dvc" / "plots" / f"{PLOTS[name]['template']}.json").read_text()
    read = set(re.findall(r"datum\.(\w+)", text)) | set(re.findall(r'"field": "(\w+)"', text))
    made = set(re.findall(r'"as": "(\w+)"', text))
    columns = next(csv.reader(io.StringIO(synthetic.built().text(name.removeprefix("reports/")))))
    assert made and read - made - {"rev"} <= set(columns)


@pytest.mark.parametrize(
    ("name", "marks", "texts"),
    [
        ("reports/results.csv", 12, ["gzip size [MB]", "top-1 [%]", "mobilenet_v2"]),
        ("reports/per_class.csv", 80, ["airplane", "mobilenet_dense_s0_int8"]),
        ("reports/history.csv", 36, ["validation accuracy [%]", "epoch", "magnitude 60 %"]),
    ],
)
def test_a_plot_has_a_mark_for_every_row(specs: dict[str, Any], name: str, marks: int, texts: list[str]) -> None:
    svg = vl_convert.vegalite_to_svg(specs[name], vl_version=LIBRARY)
    assert len(re.findall(r'aria-roledescription="(?:point|rect|circle)(?: mark)?"', svg)) == marks
    for text in [*texts, PLOTS[name]["title"].split(",")[0]]:
        assert f">{text}" in svg, text


def test_the_headline_is_a_short_table(project: Path) -> None:
    shown = dvc(project, "metrics", "show", "--md", "reports/summary.json").strip().splitlines()
    assert len(shown) == 3
    assert shown[0].count("|") <= 17  # the path and fifteen figures
    assert max(map(len, shown)) < 230


def test_the_headline_is_no_metric_of_the_project() -> None:
    # As one it would add its columns to the table of variants.
    text = (ROOT / "dvc.yaml").read_text()
    report = yaml.safe_load(text)["stages"]["report"]
    assert "metrics" not in report
    assert {"reports/summary.json": {"cache": False}} in report["outs"]
