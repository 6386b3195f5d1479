"""Run every benchmark; exit code 1 if one misses its bound."""

import sys

from benchmarks import evaluation, host_latency, training_throughput

if __name__ == "__main__":
    sys.exit(0 if all([training_throughput.compare(), evaluation.measure(), host_latency.compare()]) else 1)
