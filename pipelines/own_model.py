"""The params file of a study of a trained network of one's own: its entry in the grid, and the size of its images."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from study.errors import StudyError

DEVICES = ("host", "rpi4_predicted")
ROOT = Path(__file__).resolve().parents[1]


def entry(
    path: Path, input_range: Sequence[float] | None, labels: Sequence[str] | None
) -> tuple[dict[str, Any], int | None, bool]:
    """The entry of `grid.architectures` for the model at `path`, the side of its images (None: any), and whether it
    can be compressed, or exported alone.

    Raises:
        StudyError: the model cannot be read, or needs an input range that is not given.
    """
    command = [sys.executable, "-m", "pipelines.look", "--path", str(path.resolve())]
    command += ["--input-range", *map(str, input_range)] if input_range else []
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1].removeprefix("error: ")
        raise StudyError(last.replace("add input_range: ", "give --input-range 0 1, or input_range: "))
    found = json.loads(done.stdout.strip().splitlines()[-1])
    own: dict[str, Any] = {"family": "file", "path": str(path.resolve())}
    own |= {"input_range": [float(one) for one in input_range]} if input_range else {}
    own |= {"labels": [str(one) for one in labels]} if labels else {}
    return own, found["image_size"], bool(found["in_parts"])


def with_model(text: str, own: Mapping[str, Any], image_size: int | None, in_parts: bool = True) -> str:
    """The text of a preset with this network in place of its own, on images of its size, on all devices.

    `text` is that of a params file whose keys of `grid` and `data` stand on lines of their own.
    """
    changes = {"architectures": f"{json.dumps([own], ensure_ascii=False)}  # a trained network: it is not trained anew"}
    changes["devices"] = f"[{', '.join(DEVICES)}]"
    if image_size is not None:
        changes["image_size"] = f"{image_size}  # what the network takes"
    if not in_parts:
        changes["recipes"] = "{}  # a network of its own code can be quantized, and is not compressed"
    before, changed = yaml.safe_load(text), text
    for key, value in changes.items():
        line = re.compile(rf"^  {key}: .*$", re.MULTILINE)
        changed = changed.replace(line.findall(changed)[0], f"  {key}: {value}", 1)
    after = yaml.safe_load(changed)
    grid = before["grid"] | {"architectures": [own], "devices": list(DEVICES)}
    grid |= {} if in_parts else {"recipes": {}}
    data = before["data"] | ({} if image_size is None else {"image_size": image_size})
    if after != before | {"grid": grid, "data": data}:
        raise AssertionError("the preset has another form than expected")
    return changed
