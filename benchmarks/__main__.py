"""Run every benchmark; exit code 1 if one misses its bound."""

import sys

from benchmarks import evaluation, training_throughput

if __name__ == "__main__":
    sys.exit(0 if all([training_throughput.compare(), evaluation.measure()]) else 1)
