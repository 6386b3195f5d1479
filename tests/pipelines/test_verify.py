import os
import shutil
import subprocess
import sys
from pathlib import Path

import commands
import pytest
import yaml

from pipelines import verify
from study.errors import StudyError

STAGE = """
stages:
  make:
    cmd: python make.py
    outs:
      - one.bin
      - folder
      - kept:
          persist: true
      - plain:
          cache: false
      - plain.json:
          cache: false
"""
# "a.b" sorts before "a/b" as text and after it as a path; DVC takes the text.
SCRIPT = """
from pathlib import Path
def write(name, text):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
write("one.bin", "one")
write("plain.json", "{}")
for folder in ("folder", "kept", "plain"):
    for name in ("a/b", "a.b", "z", "\\u00e4/\\u00f6"):
        write(f"{folder}/{name}", folder + name)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("verify")
    (root / "dvc.yaml").write_text(STAGE)
    (root / "make.py").write_text(SCRIPT)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
    for command in (["init", "--no-scm", "--quiet"], ["repro", "--quiet"]):
        subprocess.run(
            [sys.executable, "-m", "dvc", *command], cwd=root, env=environment, check=True, capture_output=True
        )
    return root


@pytest.fixture()
def project(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "project"))


def run(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["verify", "--root", str(root)])
    verify.main()


def refusal(monkeypatch: pytest.MonkeyPatch, root: Path) -> str:
    with pytest.raises(StudyError) as caught:
        run(monkeypatch, root)
    return str(caught.value)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(data))


def test_digests_are_those_of_dvc(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = yaml.safe_load((project / "dvc.lock").read_text())["stages"]["make"]["outs"]
    assert sorted(out["path"] for out in outs if out["md5"].endswith(".dir")) == ["folder", "kept", "plain"]
    run(monkeypatch, project)
    assert capsys.readouterr().out.startswith("verify: every output")


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("one.bin", "one.bin"),
        ("plain.json", "plain.json"),
        ("folder/a/b", "folder"),
        ("kept/z", "kept"),
        ("plain/a.b", "plain"),
    ],
)
def test_a_flipped_byte_in_an_output_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, file: str, named: str
) -> None:
    before = (project / file).stat()
    flip(project / file)
    os.utime(project / file, ns=(before.st_atime_ns, before.st_mtime_ns))  # DVC itself would not look again
    message = refusal(monkeypatch, project)
    assert message.startswith("1 damaged: ")
    assert f"{project / named} differs from dvc.lock" in message


def test_a_flipped_byte_in_the_cache_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for pattern in ("??/*.dir", "??/*[0-9a-f]"):
        path = min((project / ".dvc/cache/files/md5").glob(pattern))
        flip(path)
        message = refusal(monkeypatch, project)
        assert f"{path} differs from what DVC stored" in message
        flip(path)
    run(monkeypatch, project)


def test_missing_and_added_files_are_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "one.bin").unlink()
    (project / "folder/z").unlink()
    (project / "kept/new").write_text("new")
    message = refusal(monkeypatch, project)
    assert message.startswith("3 damaged: ")
    for part in ("one.bin is missing", "folder differs", "kept differs"):
        assert part in message
    shutil.rmtree(project / "plain")
    assert "plain is missing" in refusal(monkeypatch, project)


def test_a_cache_that_lies_elsewhere_is_found(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.move(project / ".dvc/cache", project.parent / "elsewhere")
    with (project / ".dvc/config").open("a") as config:
        config.write(f"[cache]\n    dir = {project.parent / 'elsewhere'}\n")
    run(monkeypatch, project)
    flip(min((project.parent / "elsewhere/files/md5").glob("??/*")))
    assert "elsewhere" in refusal(monkeypatch, project)


@pytest.mark.parametrize("kind", ["hardlink", "symlink"])
def test_outputs_that_are_links_into_the_cache(
    built: Path, project: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    # The tests above have copies. A damaged link is a damaged cache: both are named.
    (project / "one.bin").unlink()
    (cached,) = (path for path in (project / ".dvc/cache/files/md5").glob("??/*") if path.read_bytes() == b"one")
    if kind == "hardlink":
        os.link(cached, project / "one.bin")
    else:
        (project / "one.bin").symlink_to(cached)
    run(monkeypatch, project)
    flip(cached)
    message = refusal(monkeypatch, project)
    assert message.startswith("2 damaged: ")
    assert str(cached) in message
    assert "one.bin differs from dvc.lock" in message
    cached.unlink()
    if kind == "symlink":
        assert "one.bin is missing" in refusal(monkeypatch, project)


def test_what_a_shell_sees(project: Path) -> None:
    done = commands.outcome(verify, "--root", project)
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    flip(project / "one.bin")
    done = commands.outcome(verify, "--root", project)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: 1 damaged: ")


def test_where_nothing_has_run_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "dvc repro" in refusal(monkeypatch, tmp_path)


def test_a_damaged_lock_file_is_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "dvc.lock").write_text("stages: {")
    assert "dvc.lock" in refusal(monkeypatch, project)
    (project / "dvc.lock").write_text("")
    assert "dvc.lock" in refusal(monkeypatch, project)
