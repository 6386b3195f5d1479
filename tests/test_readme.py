"""The README must not lie: what it tells people to type exists."""

import re
from pathlib import Path

import traced_figures

from pipelines import front
from study.latency.devices.rpi4 import label, validation

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_its_make_targets_exist() -> None:
    named = set(re.findall(r"`?make ([a-z-]+)", README))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test", "study", "verify", "plan"} <= named <= targets


def test_its_preset_table_lists_the_presets() -> None:
    table = README[README.index("| preset |") : README.index("`params.yaml` is")]
    listed = set(re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE)) - {"preset"}
    assert listed == {path.stem for path in (ROOT / "pipelines" / "presets").glob("*.yaml")}


def test_its_files_and_modules_exist() -> None:
    for name in re.findall(r"`((?:study|pipelines|tests)/[a-z_/0-9]+\.py)`", README):
        assert (ROOT / name).exists(), name
    for module in re.findall(r"python -m (pipelines\.[a-z_]+)", README):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", README):
        assert (ROOT / target).exists(), target


def test_its_results_are_those_of_the_committed_reports() -> None:
    block = README[README.index(front.BEGIN) : README.index(front.END)]
    assert front.placed(README, front.readme(front.read(ROOT), "reports")) == README, "run `make front`"
    assert len(traced_figures.lines(block)) >= 5
    assert list(traced_figures.untraced(block.split("\n", 1)[1], ROOT / "reports")) == []


def test_its_prediction_errors_are_those_of_the_stored_counts() -> None:
    for kind in ("float32", "int8"):
        ways = (label.errors(method)[kind] for method in (label.PROFILE, label.FILE))
        said = " | ".join(f"{one.mean:.1f} %, worst {one.worst:+.0f} % ({one.worst_of})" for one in ways)
        assert f"| {kind} | {said} |" in README
    assert set(label.errors(label.PROFILE)) == {"float32", "int8"}


def test_its_comparison_without_clearing_is_that_of_the_stored_counts() -> None:
    bare = validation.published(validation.WITHOUT)
    found, unfitted = (by(bare, validation.from_profile) for by in (validation.scaled, validation.unfitted))
    text = " ".join(README.split())
    assert f"*without clearing* has a mean left-out error of {100 * found.left_out_mape:.1f} %" in text
    assert f"(Spearman {found.spearman:.3f}; {100 * unfitted.mape:.1f} % with nothing fitted)" in text
