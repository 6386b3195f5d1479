"""Look at a board over SSH, make it ready to measure, or fit the predictions to what was measured on it.

    python -m pipelines.device check raspberrypi.local --user pi     what it is, has and lacks, and what mends it
    python -m pipelines.device setup raspberrypi.local --user pi     a virtual environment there with an interpreter
    python -m pipelines.device calibrate --measured FOLDER           constants of the predictions for this board

HOST is a host name or address, or the `name` of a device in params.yaml.
"""

import argparse
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines import cli, files
from pipelines import device_calibrate as calibration
from pipelines.params import section
from study.errors import StudyError
from study.latency.devices.remote.address import Address, address_of
from study.latency.devices.remote.board import Board, look
from study.latency.devices.remote.connection import connected
from study.latency.devices.remote.installing import install
from study.latency.devices.remote.preflight import PROBLEM, Finding, findings
from study.plan.grid import devices
from study.specs.grid import GridSpec

OPTIONS = ("user", "port", "key", "known_hosts", "accept_new", "python")


def main() -> None:
    """Check, set up or calibrate."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.device", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, said in (("check", "what it is, has and lacks"), ("setup", "install an interpreter there")):
        one = commands.add_parser(name, help=said, description=said)
        one.add_argument("host", metavar="HOST")
        one.add_argument("--user")
        one.add_argument("--port", type=int)
        one.add_argument("--key", help="file of the private key")
        one.add_argument("--known-hosts", help="file in place of ~/.ssh/known_hosts")
        one.add_argument("--accept-new", action="store_true", default=None, help="accept a host key not known yet")
        one.add_argument("--python", help="interpreter on the board; default: what `setup` made, else python3")
        one.add_argument("--params", type=Path, default=Path("params.yaml"))
    commands.choices["setup"].add_argument(
        "--wheels", type=Path, metavar="FOLDER", help="install from the wheels in this folder, not from the index"
    )
    fit = commands.add_parser(
        "calibrate",
        help="fit the predictions to measurements",
        description=calibration.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    calibration.add_arguments(fit)
    options = parser.parse_args()
    if options.command == "calibrate":
        calibration.run(options)
    else:
        _on_board(options)


def _on_board(options: argparse.Namespace) -> None:
    settings = _settings(options)
    address = address_of(settings)
    wheels = _wheels(options.wheels) if options.command == "setup" else {}
    with connected(address, lambda said: print(f"... {said}", flush=True)) as connection:
        if options.command == "setup":
            board = install(connection, settings.get("python"), wheels)
        else:
            board = look(connection, settings.get("python"))
    _report(address, board, options)


def _settings(options: argparse.Namespace) -> Mapping[str, Any]:
    """Those of the device in params.yaml that has this name, and the options over them."""
    known: dict[str, Any] = {}
    if options.params.exists():
        found = {one.key: one for one in devices(section(options.params, "grid", GridSpec).devices)}
        device = found.get(f"ssh_{options.host}") or found.get(options.host)
        known = dict(device.settings) if device else {}
    given = {name: value for name, value in vars(options).items() if value is not None}
    return {"host": options.host} | known | {name: value for name, value in given.items() if name != "host"}


def _wheels(folder: Path | None) -> dict[str, bytes]:
    if folder is None:
        return {}
    found = {path.name: files.read_bytes(path) for path in sorted(folder.glob("*.whl"))}
    if not found:
        raise StudyError(f"{folder} holds no wheels: put those there that `pip download --only-binary=:all:` fetches")
    return found


def _report(address: Address, board: Board, options: argparse.Namespace) -> None:
    """Print the findings; problems are an error."""
    given = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
        for name in OPTIONS
        if (value := getattr(options, name)) is not None
    ]
    setup = f"python -m pipelines.device setup {shlex.join([options.host, *given])}"
    where = f"{address.host}, {'any new' if address.accept_new else 'known'} host key accepted"
    found = [Finding("reachable", "ok", where), *findings(board, time.time(), setup)]
    width = max(len(one.topic) for one in found)
    for one in found:
        print(f"{one.level:8} {one.topic:{width}}  {one.said}")
        if one.mend:
            print(f"{'':8} {'':{width}}  mend: {one.mend}")
    problems = [one.topic for one in found if one.level == PROBLEM]
    if problems:
        raise StudyError(f"{options.host} is not ready ({', '.join(problems)}): run the commands above")


if __name__ == "__main__":
    cli.run(main)
