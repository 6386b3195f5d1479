"""Prints the power of a board again and again: one line of JSON a sample, [monotonic nanoseconds, watts].

    meter_script.py SOURCE PERIOD    SOURCE: a hwmon file in microwatts, or `pmic` (Raspberry Pi 5); PERIOD in seconds

Self-contained: Python 3.9 or newer and its standard library. On a Raspberry Pi 5 the sum over the rails that the power
chip measures; what leaves through its USB ports is not in it.
"""

from __future__ import annotations  # for the older Python of a board

import json
import re
import subprocess
import sys
import time

CHANNEL = re.compile(r"(\w+)_([AV]) (?:current|volt)\(\d+\)=([0-9.]+)[AV]")


def main() -> None:
    """Sample until killed."""
    source, period = sys.argv[1], float(sys.argv[2])
    while True:
        begin = time.monotonic_ns()
        watts = rails(pmic()) if source == "pmic" else file_watts(source)
        print(json.dumps([(begin + time.monotonic_ns()) // 2, watts]), flush=True)
        time.sleep(period)


def file_watts(path: str) -> float:
    """Watts in a hwmon file."""
    with open(path) as file:
        return int(file.read()) / 1e6


def pmic() -> str:
    """Text of `vcgencmd pmic_read_adc`."""
    return subprocess.run(["vcgencmd", "pmic_read_adc"], stdout=subprocess.PIPE, check=True, timeout=5).stdout.decode()


def rails(text: str) -> float:
    """Watts of all rails of which both current and voltage are given."""
    values = {(name, unit): float(value) for name, unit, value in CHANNEL.findall(text)}
    return sum(
        value * values[name, "V"] for (name, unit), value in values.items() if unit == "A" and (name, "V") in values
    )


if __name__ == "__main__":
    main()
