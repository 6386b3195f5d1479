"""Run every benchmark; exit code 1 if one misses its bound."""

import sys

from benchmarks import (
    distillation,
    evaluation,
    host_latency,
    levels,
    sparse_inference,
    structured_training,
    training_options,
    training_throughput,
)

MEASURED = (
    training_throughput.compare,
    training_options.compare,
    structured_training.compare,
    distillation.compare,
    evaluation.measure,
    sparse_inference.measure,
    host_latency.compare,
    levels.measure,
)

if __name__ == "__main__":
    kept = [measure() for measure in MEASURED]  # all of them, whatever the first ones say
    sys.exit(0 if all(kept) else 1)
