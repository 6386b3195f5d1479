"""Run every benchmark; exit code 1 if one misses its bound."""

import sys

from benchmarks import evaluation, sparse_inference, training_throughput

if __name__ == "__main__":
    sys.exit(0 if all([training_throughput.compare(), evaluation.measure(), sparse_inference.measure()]) else 1)
