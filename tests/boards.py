"""Facts of boards for the tests."""

from typing import Any

from study.latency.devices.remote.board import Board

PI4 = {
    "board": "Raspberry Pi 4 Model B Rev 1.4",
    "revision": "c03114",
    "cpu": "Raspberry Pi 4 Model B Rev 1.4",
    "emulated": None,
    "architecture": "aarch64",
    "long_bit": 64,
    "system": "Linux 6.6.31+rpt-rpi-v8",
    "libc": "glibc 2.36",
    "processors": 4,
    "python": "3.11.2",
    "executable": "/home/pi/venv/bin/python",
    "can_make_venv": True,
    "packages": {"ai_edge_litert": "2.3.0", "tflite_runtime": "2.14.0", "numpy": "1.26.4"},
    "broken": {},
    "governor": "ondemand",
    "governors": ["ondemand", "performance"],
    "governor_rights": "direct",
    "free_bytes": 8 << 30,
    "temporary": "/tmp",
    "time": 1e9,
    "celsius": 44.0,
    "nominal_mhz": 1500.0,
    "arm_mhz": 1500.3,
    "throttled": 0,
    "vcgencmd": True,
    "meter": None,
}


def pi4(**changes: Any) -> Board:
    """A Raspberry Pi 4B in good order, but for the changes."""
    return Board(**PI4 | changes)
