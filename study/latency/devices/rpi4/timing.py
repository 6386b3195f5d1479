"""From counted events to microseconds, by adding up what each of them costs. Nothing in it is fitted.

Where a term stands for a choice, this is the argument, made before the sum was compared with anything:

- Execution: LLVM's cycles of the executed blocks, with all data in the L1 cache (`cycles.py`).
- Memory reads: weights are read once an inference, in ascending order, which hardware and software prefetch; so a
  line costs its share of the read bandwidth, not a latency. The processor does not calculate meanwhile: a run of
  loads fills the six requests that may be outstanding and stops the rest.
- Memory writes: a changed line that leaves the L2 cache takes its share of the write bandwidth.
- L1 misses that the L2 cache serves: its latency, divided by the six requests that may be under way.
- Instructions read from memory: the whole latency, as nothing can run until they are there. They are few, but there
  are some in every inference, since the weights that stream through the shared L2 cache push code out of it.
- Mispredicted branches: a refill of the pipeline.

Where the runtime's buffers happen to lie changes conflicts in the two-way L1 cache: over four layouts that differed in
nothing else, MobileNet float32 came out between 9.2 and 9.6 ms, the mean error of left-out architectures between 15.3
and 15.6 %, Spearman's rho between 0.952 and 0.964. A board has the same freedom.

Left out: TLB misses (up to 4,500 an inference; a table walk that the L2 cache serves costs some 20 ns, under one per
cent). Tried and left out: a prefetcher that follows a limited number of streams, for packing reads 8 or 16 rows side by
side. Arm does not publish how many, and the lines that would not be foreseen in MobileNet float32 are 86 % of all with
6 streams, 46 % with 8 and 6 % with 16; the error fell by half a point with 8, for no reason that could be named.
"""

from dataclasses import asdict, dataclass

from study.latency.devices.rpi4.hardware import LINE, RASPBERRY_PI_4B, Hardware
from study.latency.devices.rpi4.profile import Counts


@dataclass(frozen=True)
class Parts:
    """Microseconds of one inference by cause; `total` is the prediction before any scale."""

    execution: float
    memory_reads: float
    memory_writes: float
    l2_hits: float
    instruction_reads: float
    branch_misses: float

    @property
    def total(self) -> float:
        """All of it."""
        return sum(asdict(self).values())


def parts(counts: Counts, cycles: float, board: Hardware = RASPBERRY_PI_4B) -> Parts:
    """Predict the time of one inference on one core, each cause apart.

    Args:
        counts: of the profiled inference.
        cycles: processor cycles of its blocks, from `cycles.cycles`.
        board: constants of the board.
    """
    data_reads = counts.l2_load_misses + counts.l2_store_misses
    served_by_l2 = counts.l1_misses - counts.l2_misses
    seconds = Parts(
        execution=cycles / board.clock_hz,
        memory_reads=data_reads * LINE / board.read_bandwidth,
        memory_writes=counts.l2_writebacks * LINE / board.write_bandwidth,
        l2_hits=served_by_l2 * board.l2_latency / board.outstanding,
        instruction_reads=counts.l2_instruction_misses * board.memory_latency,
        branch_misses=counts.branch_misses * board.branch_miss_cycles / board.clock_hz,
    )
    return Parts(**{name: value * 1e6 for name, value in asdict(seconds).items()})


def unrefined(counts: Counts, cycles: float, board: Hardware = RASPBERRY_PI_4B) -> float:
    """Microseconds by execution and read bandwidth alone: what the refinements are compared with."""
    return 1e6 * (cycles / board.clock_hz + counts.l2_misses * LINE / board.read_bandwidth)
