import pytest

from study.errors import StudyError
from study.latency.devices.rpi4 import cycles

CHAIN = "91000400" * 6  # add x0, x0, #1: each waits for the one before
APART = "9100040091000421910004429100046391000484910004a5"  # six registers


@pytest.mark.usefixtures("llvm")
def test_a_chain_takes_a_cycle_each_and_independent_ones_do_not() -> None:
    chain, apart = cycles.cycles_each([CHAIN, APART])
    assert chain == pytest.approx(6, abs=0.2)
    assert 2 <= apart <= 3.3  # two integer pipes, three instructions a cycle


@pytest.mark.usefixtures("llvm")
def test_executions_multiply() -> None:
    chain, apart = cycles.cycles_each([CHAIN, APART])
    assert cycles.cycles({CHAIN: 10, APART: 3}) == pytest.approx(10 * chain + 3 * apart)
    assert cycles.cycles({}) == 0


@pytest.mark.usefixtures("llvm")
def test_an_unknown_instruction_is_one_line() -> None:
    with pytest.raises(StudyError, match="instructions of the profile"):
        cycles.cycles({"ffffffff": 1})


def test_without_llvm_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycles, "ASSEMBLER", "no-such-llvm-mc")
    with pytest.raises(StudyError, match="apt-get install llvm"):
        cycles.assembly(["91000400"])
