"""Stage `encode`: the plan's exported files under every lossless codec, and of each the smallest form to ship.

The output folder is its own journal: `<variant>.json` holds sizes and decode times, `<variant>.tflite.<suffix>` beside
it the smallest form. An entry of the same file by the same codecs, versions and settings is not made again. Entries
that have left the plan stay and are nobody's business.
"""

import argparse
import hashlib
import multiprocessing
import os
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipelines import cli, files
from pipelines.params import section
from study.codecs import FORMATS, Format
from study.errors import StudyError
from study.specs.encoding import EncodingSpec

DECODES = 5


def main() -> None:
    """Select by the plan, encode side by side, then time the decoders alone; save after each file."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.encode", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("plan", "params", "tflite", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument(
        "--jobs",
        type=int,
        default=len(os.sched_getaffinity(0)),
        help="encoders side by side (default: one per processor)",
    )
    args = parser.parse_args()
    if args.jobs < 1:
        raise StudyError(f"--jobs is {args.jobs}: give a number from 1 on")
    chosen = _formats(section(args.params, "encoding", EncodingSpec).codecs)
    paths = {variant: args.tflite / f"{variant}.tflite" for variant in files.read_yaml(args.plan)["exported"]}
    waiting = [
        variant for variant, path in paths.items() if not _current(args.out, variant, files.read_bytes(path), chosen)
    ]
    waiting.sort(key=lambda variant: -paths[variant].stat().st_size)  # equals side by side: no worker waits for long
    with (
        tqdm(desc="encode", unit="file", total=len(paths), initial=len(paths) - len(waiting), disable=None) as bar,
        ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn"), _end_with_parent) as pool,
    ):
        for start in range(0, len(waiting), args.jobs):
            batch = {variant: paths[variant] for variant in waiting[start : start + args.jobs]}
            for variant, forms in _encode(pool, batch, chosen).items():
                _save(args.out, variant, files.read_bytes(paths[variant]), forms)
                bar.update()
    wins = Counter(files.read_json(args.out / f"{variant}.json")["smallest"] for variant in paths)
    print(
        f"encode: {len(waiting)} of {len(paths)} files encoded, the others were up to date; smallest: "
        + ", ".join(f"{name} {count}" for name, count in wins.most_common())
    )


def _end_with_parent() -> None:
    """In a worker: Ctrl-C ends it without a stack trace, and so does the end of the stage, however that came."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _formats(names: list[str]) -> dict[str, Format]:
    for name in names:
        if name not in FORMATS or names.count(name) > 1:
            raise StudyError(
                f"params.yaml, encoding.codecs: '{name}' is unknown or stands twice: choose from " + ", ".join(FORMATS)
            )
    return {name: FORMATS[name] for name in names}


def _encode(pool: Executor, paths: Mapping[str, Path], chosen: Mapping[str, Format]) -> dict[str, dict[str, bytes]]:
    """Variant -> codec -> encoded file; nothing runs in the pool any more when this returns."""
    pairs = [(variant, name) for name in chosen for variant in paths]
    # Paths, not contents: the pool's writer would wait for ever for a dead worker to take what no pipe can hold.
    tasks = [pool.submit(_encoded, paths[variant], name) for variant, name in pairs]
    found: dict[str, dict[str, bytes]] = {variant: {} for variant in paths}
    try:
        for (variant, name), task in zip(pairs, tasks, strict=True):
            found[variant][name] = task.result()
    except BrokenProcessPool as error:
        time.sleep(0.5)  # Ctrl-C reaches the workers too, and may end one before it is heard here
        raise StudyError(
            "an encoder was killed, perhaps for lack of memory: run the same command again, "
            "with a smaller --jobs if need be; nothing finished is lost"
        ) from error
    return found


def _encoded(path: Path, name: str) -> bytes:
    """In a worker: a file's encoded form."""
    return FORMATS[name].encode(files.read_bytes(path))


def _save(folder: Path, variant: str, tflite: bytes, forms: Mapping[str, bytes]) -> None:
    """Time the decoders, write the smallest form, then the entry that vouches for it."""
    codecs = {
        name: {
            "bytes": len(form),
            "decode_seconds": _decode_seconds(variant, name, form, tflite),
            "version": FORMATS[name].version,
            "settings": FORMATS[name].settings,
        }
        for name, form in forms.items()
    }
    smallest = _smallest(codecs)
    shipped = _shipped(folder, variant, smallest)
    files.write_bytes(shipped, forms[smallest])
    for former in set(folder.glob(f"{variant}.tflite.*")) - {shipped}:
        former.unlink()
    entry = {"variant": variant, "sha256": _sha256(tflite), "codecs": codecs, "smallest": smallest}
    files.write_json(folder / f"{variant}.json", entry)


def _decode_seconds(variant: str, name: str, form: bytes, tflite: bytes) -> float:
    """Median over `DECODES` decodings, after a first one that must give the file back."""
    decode = FORMATS[name].decode
    if decode(form) != tflite:
        raise StudyError(f"{name} does not give {variant}.tflite back: install the version that constraints.txt names")
    return statistics.median(_seconds(decode, form) for _ in range(DECODES))


def _seconds(decode: Callable[[bytes], bytes], form: bytes) -> float:
    start = time.perf_counter()
    decode(form)
    return time.perf_counter() - start


def _smallest(codecs: Mapping[str, Any]) -> str:
    return min(codecs, key=lambda name: codecs[name]["bytes"])


def _shipped(folder: Path, variant: str, name: str) -> Path:
    return folder / f"{variant}.tflite.{FORMATS[name].suffix}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _current(folder: Path, variant: str, tflite: bytes, chosen: Mapping[str, Format]) -> bool:
    """Whether there is a whole entry of this file by these codecs, and its smallest form gives the file back."""
    try:
        entry = files.read_json(folder / f"{variant}.json")
        codecs, smallest = entry["codecs"], entry["smallest"]
        made_by = {name: (one["version"], one["settings"]) for name, one in codecs.items()}
        form = files.read_bytes(_shipped(folder, variant, smallest))
        return (
            (entry["variant"], entry["sha256"]) == (variant, _sha256(tflite))
            and made_by == {name: (one.version, one.settings) for name, one in chosen.items()}
            and all(one["bytes"] > 0 and one["decode_seconds"] > 0 for one in codecs.values())
            and (smallest, len(form)) == (_smallest(codecs), codecs[smallest]["bytes"])
            and FORMATS[smallest].decode(form) == tflite
        )
    except (StudyError, AttributeError, KeyError, TypeError):  # missing, cut, or of another shape
        return False


if __name__ == "__main__":
    cli.run(main)
