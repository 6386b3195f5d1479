import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from pipelines import cli
from study.errors import StudyError

ROOT = Path(__file__).parents[2]


def raising(error: BaseException) -> Callable[[], None]:
    def main() -> NoReturn:
        raise error

    return main


def run(main: Callable[[], None]) -> object:
    with pytest.raises(SystemExit) as caught:
        cli.run(main)
    return caught.value.code


def test_done_is_zero_and_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda: None) == 0
    assert capsys.readouterr() == ("", "")


def test_a_mistake_is_two_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(raising(StudyError("this\n  is\twrong"))) == 2
    assert capsys.readouterr() == ("", "error: this is wrong\n")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize(("filename", "named"), [("out.npz", "out.npz"), (None, "a file")])
def test_a_full_disk_is_two_and_names_the_file(
    capsys: pytest.CaptureFixture[str], number: int, filename: str | None, named: str
) -> None:
    error = OSError(number, "full")
    error.filename = filename
    assert run(raising(error)) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: no space left on the disk while writing {named}: ")
    assert said.count("\n") == 1


def test_an_interruption_is_130_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err.startswith("interrupted: ")


@pytest.mark.parametrize("error", [ValueError("bug"), PermissionError(errno.EACCES, "denied"), KeyError("k")])
def test_a_bug_goes_through(error: Exception) -> None:
    with pytest.raises(type(error)):
        cli.run(raising(error))


@pytest.mark.parametrize(
    "number",
    [
        errno.EACCES,
        errno.EROFS,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ELOOP,
        errno.ENAMETOOLONG,
    ],
)
def test_what_is_wrong_with_a_file_is_two_and_names_it(capsys: pytest.CaptureFixture[str], number: int) -> None:
    assert run(raising(OSError(number, "wrong with it", "a/b.json"))) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: a/b.json: wrong with it: ") and said.count("\n") == 1


def test_a_fault_that_is_no_files_goes_through() -> None:
    with pytest.raises(OSError, match="odd"):
        run(raising(OSError(errno.EBADF, "odd", "file")))


@pytest.mark.parametrize("flushed", [False, True])
def test_a_reader_who_has_enough_is_silent(flushed: bool) -> None:
    program = (
        "import sys\nfrom pipelines import cli\ndef main():\n"
        f" for _ in range(20000 if {flushed} else 10): print('x' * 100)\n"
        "sys.stdin.readline()\ncli.run(main)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin and child.stdout and child.stderr
        child.stdout.close()
        child.stdin.write("go\n")
        child.stdin.flush()
        assert child.stderr.read() == ""
    assert child.returncode == 141


def test_exit_of_argparse_goes_through() -> None:
    assert run(raising(SystemExit(7))) == 7


@pytest.mark.parametrize(("error", "code", "lines"), [("StudyError('no')", 2, 1), ("ValueError('bug')", 1, None)])
def test_what_a_shell_sees(error: str, code: int, lines: int | None) -> None:
    program = (
        f"from pipelines import cli\nfrom study.errors import StudyError\ndef main():\n raise {error}\ncli.run(main)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == code
    if lines is None:
        assert done.stderr.startswith("Traceback")
    else:
        assert done.stderr == "error: no\n"
