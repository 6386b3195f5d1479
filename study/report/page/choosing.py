"""What the chooser needs: of every file its sizes, times and accuracy, and what compression costs which of its classes.

Limits, aims and weights are the reader's; the page's script applies them to these rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from study.codecs import FORMATS
from study.report import names
from study.report.cards import FOLDER as CARDS
from study.report.fields import NOT_VALIDATED
from study.report.inputs import Document
from study.report.phrases import number
from study.report.shipped import shipped
from study.report.shipping import FLASH_BYTES, codec_of, size_column
from study.report.tables import Record, Tables, known, records
from study.report.treatments import KEYS, file_of

RESTORE = {
    "gz": "gzip -dk {file}",
    "zst": "zstd -d {file}",
    "br": "brotli -d {file}",
    "xz": "xz -dk {file}",
}
"""What turns a transferred form into the .tflite beside it, by its suffix."""


def choosing(tables: Tables) -> Document | None:
    """The document that the page's script reads; None where no variant was evaluated.

    Sizes are bytes, times microseconds (None where there is none), accuracies shares, changes percentage points against
    the equally trained float32 file (None without one, or where the file is that baseline).
    """
    done = known(tables["results"], "top1")
    if done.empty:
        return None
    classes, seeds = tables.inputs.classes, names.several_seeds(done)
    places = _places(tables["latency"])
    size = size_column(done)
    shared = {one.row["variant"]: one.file for one in reversed(shipped(done)[0])}  # of both, the form to transfer
    own = dict(list(tables["per_class"].groupby("variant", sort=False)))
    tested = _over_seeds(tables["seeds"])
    return {
        "classes": [names.clean(name) for name in classes],
        "places": [title for title, _ in places],
        "restore": RESTORE,
        "variants": [
            _variant(row, own.get(row["variant"]), places, size, seeds)
            | {
                "overSeeds": tested.get(tuple(row[key] for key in KEYS)) or _untestable(1),
                "shared": shared.get(row["variant"]),
            }
            for row in records(done)
        ],
    }


def _variant(
    row: Record,
    classes: pd.DataFrame | None,
    places: Sequence[tuple[str, Mapping[str, Record]]],
    size: str,
    seeds: bool,
) -> dict[str, Any]:
    name, codec = row["variant"], codec_of(row, size)
    rows = [] if classes is None else records(classes)
    times = [place.get(name) for _, place in places]
    return {
        "variant": name,
        "file": file_of(row),
        "suffix": FORMATS[codec].suffix if codec in FORMATS else "",
        "label": names.full(row, seeds),
        "arch": names.clean(row["arch"]),
        "card": f"{CARDS}/{name}.md",
        "top1": row["top1"],
        "change": row["delta_pp"],
        "baseline": None if row["baseline"] in (None, name) else row["baseline"],
        "isBaseline": row["baseline"] == name,
        "collapsed": row["collapsed"],
        "transfer": row[size],
        "codec": names.clean(codec),
        "flash": row[FLASH_BYTES],
        "arena": row["arena_bytes"],
        "times": [one and one["median_us"] for one in times],
        "errors": [one and _error(one) for one in times],
        "accuracy": [one["accuracy"] for one in rows],
        "changes": [one["delta_pp"] for one in rows],
        "significant": [bool(one["significant"]) for one in rows],
    }


def _error(row: Record) -> str:
    """What stands beside a time."""
    if row["kind"] == "predicted":
        known_error = row["left_out_percent"]
        return NOT_VALIDATED if known_error is None else f"mean error {known_error:.0f}{names.NBSP}%"
    return "unstable" if row["status"] == "unstable" else ""


def _places(latency: pd.DataFrame) -> list[tuple[str, Mapping[str, Record]]]:
    """Where times are from, each with the row of every variant: on one thread first, and where most have one."""
    timed = known(latency, "median_us")
    keys = ["device", "kind", "runtime", "threads"]
    found = []
    for (device, kind, runtime, threads), own in timed.groupby(keys, sort=False):
        title = names.place(str(device), str(runtime), str(threads))
        title += "" if str(kind) in str(device) else f", {names.clean(str(kind))}"
        found.append((str(threads) != "1", -len(own), title, {row["variant"]: row for row in records(own)}))
    return [(title, rows) for *_, title, rows in sorted(found, key=lambda one: one[:2])]


def _untestable(seeds: int) -> str:
    return f"not testable over {number(seeds, 'seed')}"


def _over_seeds(seeds: pd.DataFrame) -> dict[tuple[object, ...], str]:
    """Of each treatment, what its seeds say of single classes."""
    found = {}
    for key, own in seeds.groupby(KEYS, sort=False):
        tests = known(own, "class", "p_value")
        count = int(own["seeds"].iloc[0])
        if tests.empty:
            said = _untestable(count)
        else:
            lost = [row["class"] for row in records(tests) if row["significant"] and row["delta_pp"] < 0]
            harmed = ", ".join(names.clean(name) for name in lost) or "no class"
            said = f"over {count} seeds compression harms {harmed} (Holm)"
        found[tuple(key)] = said
    return found
