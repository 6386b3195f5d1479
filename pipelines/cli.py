"""How every stage starts and how it fails: one line for a person's mistake, a stack trace only for ours."""

import errno
import sys
from collections.abc import Callable
from typing import NoReturn

from study.errors import StudyError


def run(main: Callable[[], None]) -> NoReturn:
    """Run a stage's `main` and exit: 0 when done, 2 after a one-line error, 130 when interrupted."""
    try:
        main()
    except StudyError as error:
        sys.exit(_fail(str(error)))
    except KeyboardInterrupt:
        print("interrupted: run the same command again to go on where it was", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.exit(
            _fail(
                f"no space left on the disk while writing {error.filename or 'a file'}: "
                "free some and run the same command again; nothing finished is lost"
            )
        )
    sys.exit(0)


def _fail(message: str) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return 2
