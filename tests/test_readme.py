"""The README must not lie: what it tells people to type exists."""

import re
from pathlib import Path

import traced_figures

from pipelines import front
from study.latency.devices.rpi4 import validation

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
    profile, file = validation.profile_errors(), validation.file_errors()
    unfitted = validation.unfitted(validation.published(), validation.from_profile)
    text = " ".join(README.split())
    assert f"**{100 * profile.left_out_mape:.1f} % mean error**" in text
    assert f"(Spearman {profile.spearman:.3f}), {100 * unfitted.mape:.1f} % with nothing fitted" in text
    assert f"from the model file alone: {100 * file.left_out_mape:.1f} %" in text
