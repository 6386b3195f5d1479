"""What one inference executed and missed, as `profiler.c` writes it: counters, and how often each block of code ran."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields

from study.errors import StudyError


@dataclass(frozen=True)
class Counts:
    """Events of one inference in the simulated Cortex-A72.

    Misses are of lines of 64 bytes; an L2 miss goes to memory. Write-backs are lines that leave a cache changed;
    cleared lines are written whole (`dc zva`), so not read. TLB misses count pages of 4 KB.
    """

    instructions: int
    blocks: int
    taken_branches: int
    branch_misses: int
    loads: int
    stores: int
    l1i_misses: int
    l1d_load_misses: int
    l1d_store_misses: int
    cleared_lines: int
    l1d_writebacks: int
    l2_instruction_misses: int
    l2_load_misses: int
    l2_store_misses: int
    l2_writebacks: int
    tlb1_misses: int
    tlb2_misses: int

    @property
    def l1_misses(self) -> int:
        """Of instructions, loads and stores."""
        return self.l1i_misses + self.l1d_load_misses + self.l1d_store_misses

    @property
    def l2_misses(self) -> int:
        """Lines read from memory: of instructions, loads and stores."""
        return self.l2_instruction_misses + self.l2_load_misses + self.l2_store_misses


@dataclass(frozen=True)
class Profile:
    """Counts, and the blocks behind them: instruction words in hexadecimal, 8 digits each -> executions."""

    counts: Counts
    blocks: Mapping[str, int]


def parse(text: str) -> Profile:
    """Read the profiler's text. Blocks of equal instructions, wherever they stand, are one.

    Raises:
        StudyError: it is damaged or incomplete.
    """
    values: dict[str, int] = {}
    blocks: Counter[str] = Counter()
    for line in text.splitlines():
        if found := re.fullmatch(r"block (\d+) ((?:[0-9a-f]{8})+)", line):
            blocks[found[2]] += int(found[1])
        elif found := re.fullmatch(r"(\w+) (\d+)", line):
            values[found[1]] = int(found[2])
        else:
            raise StudyError(f"the emulator's profile has a line that is none of its own: {line[:40]!r}")
    if set(values) != {field.name for field in fields(Counts)}:
        raise StudyError("the emulator's profile is of another version of the plugin: run `make emulator`")
    executed = sum(count * len(block) // 8 for block, count in blocks.items())
    if executed != values["instructions"] or not executed:
        raise StudyError(f"the emulator's profile counts {values['instructions']} instructions, its blocks {executed}")
    return Profile(Counts(**values), dict(blocks))
