from dataclasses import fields, replace

import pytest

from study.latency.devices.rpi4.hardware import RASPBERRY_PI_4B, Hardware
from study.latency.devices.rpi4.profile import Counts
from study.latency.devices.rpi4.timing import parts, unrefined

NOTHING = Counts(**{field.name: 0 for field in fields(Counts)})
ROUND = Hardware(1e9, 64e6, 32e6, 6e-6, 1e-4, 6, 10.0)


def test_each_cause_by_its_definition() -> None:
    counts = replace(
        NOTHING,
        l1i_misses=10,
        l1d_load_misses=5,
        l1d_store_misses=3,
        l2_instruction_misses=2,
        l2_load_misses=3,
        l2_store_misses=1,
        l2_writebacks=4,
        branch_misses=100,
    )
    found = parts(counts, 2000.0, ROUND)
    assert found.execution == pytest.approx(2.0)  # 2000 cycles at 1 GHz
    assert found.memory_reads == pytest.approx(4.0)  # 4 lines at 1 us
    assert found.memory_writes == pytest.approx(8.0)  # 4 lines at 2 us
    assert found.l2_hits == pytest.approx((18 - 6) * 1.0)  # 6 us, six at a time
    assert found.instruction_reads == pytest.approx(200.0)
    assert found.branch_misses == pytest.approx(1.0)
    assert found.total == pytest.approx(2 + 4 + 8 + 12 + 200 + 1)


def test_the_unrefined_sum_is_execution_and_reads() -> None:
    counts = replace(NOTHING, l2_load_misses=3, l2_instruction_misses=2, l1i_misses=2, l1d_load_misses=3)
    assert unrefined(counts, 1000.0, ROUND) == pytest.approx(1.0 + 5.0)


def test_nothing_executed_takes_no_time() -> None:
    assert parts(NOTHING, 0.0).total == 0


def test_a_faster_clock_shortens_execution_alone() -> None:
    counts = replace(NOTHING, l2_load_misses=100, l1d_load_misses=100)
    slow, fast = parts(counts, 1e6), parts(counts, 1e6, replace(RASPBERRY_PI_4B, clock_hz=1.8e9))
    assert fast.execution == pytest.approx(slow.execution / 1.2)
    assert fast.memory_reads == slow.memory_reads
