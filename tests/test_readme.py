"""README and the pages under docs/ must not lie: what they tell people to type exists."""

import re
from pathlib import Path

import pytest
import traced_figures

from pipelines import front
from study.latency.devices.rpi4 import label, validation
from study.report.readme import took

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
PI = (ROOT / "docs" / "raspberry_pi.md").read_text()
RUNNING = (ROOT / "docs" / "running.md").read_text()


def test_it_is_short_and_leads_to_every_page() -> None:
    assert len(README.splitlines()) <= 150
    assert set(PAGES) - {"README.md"} <= set(re.findall(r"\]\(([^)]*\.md)\)", README))


@pytest.mark.parametrize("page", PAGES)
def test_its_make_targets_exist(page: str) -> None:
    named = set(re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", (ROOT / page).read_text(), re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"".join(one) for one in named} <= targets


def test_the_first_commands_are_there() -> None:
    assert re.findall(r"^make ([a-z]+)", README, re.MULTILINE)[:2] == ["demo", "test"]


def test_the_preset_table_lists_the_presets() -> None:
    table = RUNNING[RUNNING.index("| preset |") : RUNNING.index("`params.yaml` is")]
    listed = set(re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE)) - {"preset"}
    assert listed == {path.stem for path in (ROOT / "pipelines" / "presets").glob("*.yaml")}


@pytest.mark.parametrize("page", PAGES)
def test_its_files_and_modules_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    for name in re.findall(r"`((?:study|pipelines|tests)/[a-z_/0-9]+\.py)`", text):
        assert (ROOT / name).exists(), name
    for module in re.findall(r"python -m (pipelines\.[a-z_]+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", (ROOT / page).read_text()):
        assert ((ROOT / page).parent / target).exists(), target


def test_its_results_are_those_of_the_committed_reports() -> None:
    block = README[README.index(front.BEGIN) : README.index(front.END)]
    assert front.placed(README, front.readme(front.read(ROOT), "reports")) == README, "run `make front`"
    assert len(traced_figures.lines(block)) >= 5
    assert list(traced_figures.untraced(block.split("\n", 1)[1], ROOT / "reports")) == []


def test_what_the_study_took_is_what_its_journals_say() -> None:
    block = RUNNING[RUNNING.index(front.BEGIN) : RUNNING.index(front.END)]
    assert front.placed(RUNNING, took(front.read(ROOT))) == RUNNING, "run `make front`"
    assert "Wall time" in block and list(traced_figures.untraced(block.split("\n", 1)[1], ROOT / "reports")) == []


def test_its_prediction_errors_are_those_of_the_stored_counts() -> None:
    for kind in ("float32", "int8"):
        ways = (label.errors(method)[kind] for method in (label.PROFILE, label.FILE))
        said = " | ".join(f"{one.mean:.1f} %, worst {one.worst:+.0f} % ({one.worst_of})" for one in ways)
        assert f"| {kind} | {said} |" in PI
    assert set(label.errors(label.PROFILE)) == {"float32", "int8"}


def test_its_comparison_without_clearing_is_that_of_the_stored_counts() -> None:
    bare = validation.published(validation.WITHOUT)
    found, unfitted = (by(bare, validation.from_profile) for by in (validation.scaled, validation.unfitted))
    text = " ".join(PI.split())
    assert f"*without clearing* has a mean left-out error of {100 * found.left_out_mape:.1f} %" in text
    assert f"(Spearman {found.spearman:.3f}; {100 * unfitted.mape:.1f} % with nothing fitted)" in text
