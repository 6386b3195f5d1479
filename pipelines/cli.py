"""How every stage starts and how it fails: one line for a person's mistake, a stack trace only for ours."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from study.errors import StudyError


def run(main: Callable[[], None]) -> NoReturn:
    """Run a stage's `main` and exit: 0 when done, 2 after a one-line error, 130 when interrupted.

    141, without a word, where whoever read its output has gone (`| head`): as a program that SIGPIPE ends.
    """
    try:
        main()
        sys.stdout.flush()
    except StudyError as error:
        sys.exit(_fail(str(error)))
    except KeyboardInterrupt:
        print("interrupted: run the same command again to go on where it was", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        _leave_output()
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        sys.exit(_fail(_reason(error)))
    sys.exit(0)


def _reason(error: OSError) -> str:
    """One line on a fault of the surroundings; one that concerns no file is ours, and goes on.

    Raises:
        OSError: it is ours.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"no space left on the disk while writing {error.filename or 'a file'}: "
            "free some and run the same command again; nothing finished is lost"
        )
    if error.filename is None or error.errno not in _ADVICE:
        raise error
    name = error.filename.decode("utf-8", "replace") if isinstance(error.filename, bytes) else error.filename
    return f"{name}: {error.strerror}: {_ADVICE[error.errno]}"


def _leave_output() -> None:
    """Give what is still to be written to nobody, lest the interpreter complains about it at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_ADVICE = {
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "a part of the path is a file, and should be a folder",
    errno.EISDIR: "it is a folder, name a file",
    errno.EEXIST: "it is a file, name a folder",
    errno.EACCES: "change its permissions, or name another place",
    errno.EPERM: "change its permissions, or name another place",
    errno.EROFS: "name a place that can be written",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "its links lead in a circle",
    errno.ENOTEMPTY: "empty the folder, or name another one",
    errno.ENXIO: "it is a device or socket, name a file",
    errno.EIO: "the disk could not be read or written",
    errno.EMFILE: "too many files are open, raise `ulimit -n`",
}
"""What to do, by the error of the system."""


def _fail(message: str) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return 2
