"""README's block of results: written between its comments and nowhere else, from what reports/ holds."""

import shutil
from pathlib import Path

import commands
import pytest
import synthetic_study as synthetic

from pipelines import files, front

PAGE = f"# Title\n\nBefore.\n\n{front.BEGIN}\nold\n{front.END}\n\nAfter: 7 %.\n"


@pytest.fixture()
def project(tmp_path: Path) -> Path:
    """A page, and the report of a made-up study without what an older version did not write."""
    for name, content in synthetic.built().files.items():
        if not name.startswith(("cards/", "verdicts", "index", "inputs")):
            files.write_bytes(tmp_path / "reports" / name, content)
    shutil.copyfile(Path(__file__).parents[2] / "dvc.yaml", tmp_path / "dvc.yaml")
    for page in ("README.md", "docs/running.md"):
        files.write_text(tmp_path / page, PAGE)
    return tmp_path


def test_the_block_is_written_and_nothing_else_changes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commands.run(monkeypatch, front, "--root", project) == 0
    once = (project / "README.md").read_text()
    before, after = PAGE.split("\nold\n")
    assert once.startswith(before) and once.endswith(after)
    assert once.count("\n| mobilenet") == 2
    assert "reports/figures/pareto_size.svg" in once
    assert "Not in these reports: cards, index.html, inputs.json.xz, models, verdicts.csv, predicted" in once
    costs = (project / "docs/running.md").read_text()
    assert costs.startswith(before) and costs.endswith(after) and "added up over models" in costs
    assert commands.run(monkeypatch, front, "--root", project) == 0
    assert (project / "README.md").read_text() == once and (project / "docs/running.md").read_text() == costs


def test_a_figure_in_one_theme_alone_is_left_out(project: Path) -> None:
    assert "pareto_size" in front.read(project).figures
    (project / "reports/figures/pareto_size-dark.svg").unlink()
    assert "pareto_size" not in front.read(project).figures


@pytest.mark.parametrize(
    "page",
    [
        "no block",
        PAGE + PAGE,
        f"{front.END}\n{front.BEGIN}\n",
        f"{front.BEGIN}\n",
    ],
)
def test_a_page_without_its_comments_is_left_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    (project / "README.md").write_text(page)
    assert commands.run(monkeypatch, front, "--root", project) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {project / 'README.md'}: the block needs") and error.count("\n") == 1
    assert (project / "README.md").read_text() == page


def test_a_damaged_table_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "reports/latency.csv").write_text("variant,device\na\n")
    assert commands.run(monkeypatch, front, "--root", project) == 2
    assert "latency.csv: line 2" in capsys.readouterr().err
    assert (project / "README.md").read_text() == PAGE
