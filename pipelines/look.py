"""What a trained model says of itself, as one line of JSON: image size (null: any), outputs, whether it has parts.

A process of its own, since reading a model takes TensorFlow. What would stop stage `adopt` stops here.
"""

import argparse
import json
from pathlib import Path

from pipelines import cli, modeling
from study.networks.brought.adopting import Reading, look


def main() -> None:
    """Read the model and print."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.look", description=__doc__)
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--input-range", type=float, nargs=2, metavar=("LOW", "HIGH"))
    options = parser.parse_args()
    modeling.start_tensorflow(seed=0, threads=1)
    found = look(options.path, Reading(options.input_range))
    print(json.dumps({"image_size": found.image_size, "outputs": found.outputs, "in_parts": found.in_parts}))


if __name__ == "__main__":
    cli.run(main)
