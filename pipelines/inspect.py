"""Look inside any .tflite file, without TensorFlow or an interpreter: python -m pipelines.inspect FILE [--json]"""

import argparse
import json
from dataclasses import asdict

from pipelines import cli, files
from study.tflite.facts import summarise
from study.tflite.inspect import describe
from study.tflite.inspect_text import lines
from study.tflite.metadata import read_metadata
from study.tflite.parse import parse


def main() -> None:
    """Read a file and print what it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tflite", help="a .tflite file")
    parser.add_argument("--json", action="store_true", help="print JSON, names in full")
    args = parser.parse_args()
    content = files.read_bytes(args.tflite)
    with files.naming(args.tflite):
        model = parse(content)
        first = next(iter(model.signatures.values())).subgraph
        found = describe(model, summarise(model), len(content), read_metadata(content, first))
    print(json.dumps(asdict(found), indent=1, allow_nan=False) if args.json else "\n".join(lines(found)))


if __name__ == "__main__":
    cli.run(main)
