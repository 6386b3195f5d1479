"""Speed of the study's two long parts and its latency against another tool's, as ratios: `python -m benchmarks`."""
