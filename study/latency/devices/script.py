"""`measure_script.py` in a fresh process of this machine: the question as JSON, and its answer."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.latency.faults import GARBLED, RoundFault

SCRIPT = Path(__file__).with_name("measure_script.py")


def ask(script: Path, request: Mapping[str, Any], limit: float) -> dict[str, Any]:
    """One answer, of a process that sees none of this project.

    Args:
        script: the script's file.
        request: as it says.
        limit: seconds after which it hangs.

    Raises:
        StudyError: the process failed, crashed or hung, or does not answer as it should.
    """
    runtime = request["runtime"]
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(script)],
            input=json.dumps(request),
            text=True,
            capture_output=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired as error:
        raise StudyError(f"{runtime}: no answer within {limit:g} s") from error
    return answer_of(runtime, done.returncode, done.stdout, done.stderr)


def answer_of(runtime: str, code: int, output: str, errors: str) -> dict[str, Any]:
    """The answer in what the script's process left.

    Raises:
        StudyError: the process failed, or says that it did. RoundFault: nobody can read what it says.
    """
    if code:
        last = errors.strip().splitlines()[-1:] or ["no message"]
        raise StudyError(f"{runtime}: the measuring process ended with code {code} ({last[0]})")
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise RoundFault(GARBLED, f"{runtime}: the measuring process gave no JSON") from error
    if not isinstance(answer, dict):
        raise RoundFault(GARBLED, f"{runtime}: unknown answer")
    if "error" in answer:
        raise StudyError(f"{runtime}: {answer['error']}")
    return answer
