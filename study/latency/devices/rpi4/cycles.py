"""Processor cycles of executed blocks by LLVM's model of the Cortex-A72, as if every access hit the L1 cache.

Each distinct block is simulated by llvm-mca as a loop of itself (ITERATIONS times, so that start and end weigh little);
its cycles an iteration are multiplied by how often it ran. LLVM schedules for the Cortex-A72 with the tables of the
Cortex-A57 (`AArch64SchedA57.td`), from which it differs little: 3 instructions a cycle, vectors of 128 bits in two
halves, a buffer of 128 micro-operations.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from study.errors import StudyError

ITERATIONS = 100
TARGET = ("-mcpu=cortex-a72",)
WORD = 8
"""Hexadecimal digits of an instruction."""
ASSEMBLER, ANALYSER = "llvm-mc", "llvm-mca"


def available() -> bool:
    """Whether both LLVM programs are installed."""
    return all(shutil.which(program) for program in (ASSEMBLER, ANALYSER))


@cache
def version() -> str:
    """LLVM's version, as a part of a prediction's identity."""
    found = re.search(r"LLVM version (\S+)", _run([ANALYSER, "--version"], ""))
    return found[1] if found else "unknown"


def cycles(blocks: Mapping[str, int]) -> float:
    """Cycles that all executions take together.

    Args:
        blocks: instruction words of a block in hexadecimal -> how often it ran.

    Raises:
        StudyError: LLVM is not installed, or does not know an instruction.
    """
    each = cycles_each(list(blocks))
    return sum(one * count for one, count in zip(each, blocks.values(), strict=True))


def cycles_each(blocks: Sequence[str]) -> list[float]:
    """Cycles that one execution of each block takes."""
    if not blocks:
        return []
    text = assembly(word for block in blocks for word in words(block))
    program = "".join(
        f"# LLVM-MCA-BEGIN {number}\n" + "\n".join(text[word] for word in words(block)) + f"\n# LLVM-MCA-END {number}\n"
        for number, block in enumerate(blocks)
    )
    answer = _run(
        [
            ANALYSER,
            "-mtriple=aarch64",
            *TARGET,
            f"-iterations={ITERATIONS}",
            "-resource-pressure=false",
            "-instruction-info=false",
        ],
        program,
    )
    found = re.findall(r"Code Region - (\d+)$.*?^Total Cycles: +(\d+)$", answer, re.MULTILINE | re.DOTALL)
    if [int(number) for number, _ in found] != list(range(len(blocks))):
        raise StudyError(f"{ANALYSER} {version()} answered for {len(found)} of {len(blocks)} blocks: install LLVM 14")
    return [int(total) / ITERATIONS for _, total in found]


def words(block: str) -> list[str]:
    """The instructions of a block."""
    return [block[start : start + WORD] for start in range(0, len(block), WORD)]


def assembly(found: Iterable[str]) -> dict[str, str]:
    """Instruction words -> their text.

    Raises:
        StudyError: LLVM does not know one of them.
    """
    distinct = sorted(set(found))
    hexadecimal = "".join(" ".join(f"0x{word[at : at + 2]}" for at in (6, 4, 2, 0)) + "\n" for word in distinct)
    answer = _run([ASSEMBLER, "-disassemble", "-triple=aarch64", *TARGET], hexadecimal)
    lines = [line.strip() for line in answer.splitlines() if line.strip() and not line.strip().startswith(".")]
    if len(lines) != len(distinct):
        raise StudyError(f"{ASSEMBLER} knows {len(lines)} of {len(distinct)} instructions of the profile")
    return dict(zip(distinct, lines, strict=True))


def _run(command: Sequence[str], text: str) -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600)
    except FileNotFoundError as error:
        raise StudyError(f"{command[0]} is not installed: apt-get install llvm") from error
    if done.returncode:
        raise StudyError(f"{command[0]} failed: {(done.stderr.strip().splitlines() or ['no message'])[0]}")
    return done.stdout
