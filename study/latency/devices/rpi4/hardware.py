"""The constants of a Raspberry Pi 4 Model B, each from a source that knows nothing of the models predicted here.

Memory figures: tinymembench 0.4.9 on a Raspberry Pi 4 Model B Rev 1.1 at 1500 MHz, published in June 2019 with the
sbc-bench results (github.com/ThomasKaiser/sbc-bench, results/1MFf.txt). A second source for the bandwidth: STREAM
copy on one core moves 5.5 GB/s, read and written bytes together (www.sci-pi.org.uk/bench/stream.html); tinymembench's
copy moves 2 x 2.46.
"""

from dataclasses import dataclass

LINE = 64
"""Bytes of a cache line (Cortex-A72 Technical Reference Manual, ARM 100095)."""


@dataclass(frozen=True)
class Hardware:
    """What turns counted events into time. Bandwidths in bytes per second, latencies in seconds.

    clock_hz: 1.5 GHz, product brief of the Raspberry Pi 4 Model B (1.8 GHz only with `arm_boost=1`).
    read_bandwidth: `NEON read`, one stream, 3942.8 MB/s.
    write_bandwidth: `standard memset`, 3167.9 MB/s.
    l2_latency: random reads in 512 KiB, 14.2 ns above an L1 hit.
    memory_latency: random reads in 64 MiB, 168.8 ns above an L1 hit.
    outstanding: line requests that the L1 data side can have under way at a time: 6 (the manual, section 6.4).
    branch_miss_cycles: 16, as LLVM's model of this processor has it (`MispredictPenalty` in AArch64SchedA57.td).
    """

    clock_hz: float = 1.5e9
    read_bandwidth: float = 3942.8e6
    write_bandwidth: float = 3167.9e6
    l2_latency: float = 14.2e-9
    memory_latency: float = 168.8e-9
    outstanding: int = 6
    branch_miss_cycles: float = 16.0


RASPBERRY_PI_4B = Hardware()
