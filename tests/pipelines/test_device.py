"""The command line for a board: findings with what mends them, and a device of params.yaml by its name."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import commands
import pytest
import yaml
from fake_board import FakeBoard, arguments, fake_board

from pipelines import device as command

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeBoard]:
    with fake_board(tmp_path_factory.mktemp("fake") / "board", false=True) as running:
        yield running


def device(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return commands.outcome(command, *arguments)


def test_a_board_that_is_ready(board: FakeBoard) -> None:
    done = device("check", *arguments(board.settings))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["ok", "reachable", "127.0.0.1,", "known", "host", "key", "accepted"]
    assert [line.split()[1] for line in lines if line[0] != " "] == [
        "reachable",
        "board",
        "system",
        "python",
        "ai-edge-litert",
        "tflite-runtime",
        "governor",
        "space",
        "clock",
        "temperature",
        "throttling",
        "energy",
    ]
    assert board.governor() == "ondemand" and board.residue() == []


def test_what_is_missing_comes_with_the_whole_command(board: FakeBoard) -> None:
    bare = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else "python3"
    done = device("check", *arguments(board.settings), f"--python={bare}")
    assert done.returncode == 2 and "127.0.0.1 is not ready (interpreter): run the commands above" in done.stderr
    assert (
        f"mend: python -m pipelines.device setup 127.0.0.1 --user={board.settings['user']} --port={board.port}"
        in done.stdout
    )


def test_a_device_of_params_yaml_by_its_name(board: FakeBoard, tmp_path: Path) -> None:
    params = yaml.safe_load((ROOT / "pipelines/presets/full.yaml").read_text())
    params["grid"]["devices"].append(board.settings | {"name": "desk"})
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    for name in ("desk", "ssh_desk"):
        done = device("check", name, f"--params={tmp_path / 'params.yaml'}")
        assert done.returncode == 0, done.stderr
    done = device("check", "desk", f"--params={tmp_path / 'params.yaml'}", "--port=1")
    assert done.returncode == 2 and done.stderr.startswith("error: 127.0.0.1 cannot be reached")
    assert done.stderr.count("\n") == 1


def test_a_folder_without_wheels(board: FakeBoard, tmp_path: Path) -> None:
    done = device("setup", *arguments(board.settings), f"--wheels={tmp_path}")
    assert done.returncode == 2 and "holds no wheels" in done.stderr
