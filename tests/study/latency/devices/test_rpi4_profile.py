from dataclasses import fields

import pytest

from study.errors import StudyError
from study.latency.devices.rpi4.profile import Counts, parse

NAMES = [field.name for field in fields(Counts)]
ADD, BRANCH = "91000400", "54ffffe1"


def text(**changed: int) -> str:
    values = (
        dict.fromkeys(NAMES, 0)
        | {
            "instructions": 7,
            "l1i_misses": 2,
            "l1d_load_misses": 3,
            "l1d_store_misses": 4,
            "l2_load_misses": 5,
            "l2_store_misses": 6,
            "l2_instruction_misses": 1,
        }
        | changed
    )
    lines = [f"{name} {value}" for name, value in values.items()]
    return "\n".join([*lines, f"block 2 {ADD}{BRANCH}", f"block 1 {ADD}{ADD}", f"block 1 {ADD}"]) + "\n"


def test_counts_and_blocks_are_read() -> None:
    found = parse(text())
    assert found.blocks == {ADD + BRANCH: 2, ADD + ADD: 1, ADD: 1}
    assert (found.counts.instructions, found.counts.l1_misses, found.counts.l2_misses) == (7, 9, 12)


def test_equal_blocks_at_two_places_are_one() -> None:
    found = parse(text(instructions=8) + f"block 1 {ADD}\n")
    assert found.blocks[ADD] == 2


@pytest.mark.parametrize(
    "damaged",
    [
        text().replace("block 2 ", "block two "),
        text().replace("loads 0\n", "", 1),
        text() + "unheard_of 3\n",
        text(instructions=8),
        text()[:-5],
        "",
    ],
)
def test_damage_is_one_line(damaged: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse(damaged)
    assert "\n" not in str(caught.value)
