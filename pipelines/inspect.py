"""Look inside any .tflite file, without TensorFlow or an interpreter: python -m pipelines.inspect FILE [--json]"""

import argparse
import json
from collections import Counter

from pipelines import cli, files
from study.errors import StudyError
from study.tflite.facts import facts_of
from study.tflite.inspect import describe, lines
from study.tflite.parse import parse
from study.tflite.sparse_inference import failed_rules


def main() -> None:
    """Read a file and print what it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tflite", help="a .tflite file")
    parser.add_argument("--json", action="store_true", help="print JSON, names in full")
    args = parser.parse_args()
    content = files.read_bytes(args.tflite)
    try:
        graph = parse(content)
        found = describe(
            facts_of(graph), Counter(operator.name for operator in graph.operators), failed_rules(graph), len(content)
        )
    except StudyError as error:
        raise StudyError(f"{args.tflite}: {error}") from error
    print(json.dumps(found, indent=1, allow_nan=False) if args.json else "\n".join(lines(found)))


if __name__ == "__main__":
    cli.run(main)
