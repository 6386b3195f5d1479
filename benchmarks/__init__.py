"""Speed of the study's two long parts, as ratios and bounds: `python -m benchmarks`."""
