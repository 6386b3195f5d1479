"""Levels of a .tflite file of several: what each takes on this machine, and how a manager chooses among them.

python -m pipelines.levels measure FILE [--accuracy FILE_w100.json ...]   its profile, beside it
python -m pipelines.levels demo FILE --deadline-us N [--trace OUT]        under load, managed and not
"""

import argparse
from pathlib import Path

from pipelines import cli, levels_demo, levels_measure
from study.tflite.run import RUNTIMES


def main() -> None:
    """Measure or demonstrate."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.levels", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in (("measure", levels_measure), ("demo", levels_demo)):
        one = commands.add_parser(
            name,
            help=(module.__doc__ or "").split("\n")[0],
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument("tflite", metavar="FILE", type=Path, help="a .tflite file with a signature a level")
        one.add_argument("--profile", type=Path, help="file of the profile; default: FILE's name with .profile.json")
        module.add_arguments(one)
    commands.choices["measure"].add_argument("--runtime", default="ai_edge_litert", choices=RUNTIMES)
    options = parser.parse_args()
    options.profile = options.profile or options.tflite.with_suffix(".profile.json")
    (levels_measure if options.command == "measure" else levels_demo).run(options)


if __name__ == "__main__":
    cli.run(main)
