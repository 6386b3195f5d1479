"""Stage `encode`: the plan's exported files under every lossless codec, and of each the smallest form to ship.

The output folder is its own journal: `<variant>.json` holds sizes and decode times, `<variant>.tflite.<suffix>` beside
it the smallest form. An entry of the same file by the same codecs, versions and settings is not made again. Entries
that have left the plan stay.
"""

import argparse
import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from pipelines import cli, files
from pipelines.params import section
from study import encoding
from study.codecs import FORMATS, Format
from study.errors import StudyError
from study.specs.encoding import EncodingSpec


def main() -> None:
    """Select by the plan, encode side by side, then time the decoders alone; save after each file."""
    args = _arguments()
    with files.naming("params.yaml, encoding.codecs"):
        formats = encoding.select(section(args.params, "encoding", EncodingSpec).codecs)
    paths = {variant: args.tflite / f"{variant}.tflite" for variant in files.read_yaml(args.plan)["exported"]}
    waiting = [
        variant for variant, path in paths.items() if not _current(args.out, variant, files.read_bytes(path), formats)
    ]
    waiting.sort(key=lambda variant: -paths[variant].stat().st_size)  # equals side by side: no worker waits for long
    with (
        tqdm(desc="encode", unit="file", total=len(paths), initial=len(paths) - len(waiting), disable=None) as bar,
        _scratch(args.out) as scratch,
        ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn"), _end_with_parent) as pool,
    ):
        for start in range(0, len(waiting), args.jobs):
            batch = {variant: paths[variant] for variant in waiting[start : start + args.jobs]}
            for variant, forms in _encode(pool, batch, formats, scratch).items():
                _save(args.out, variant, files.read_bytes(paths[variant]), forms)
                bar.update()
    wins = Counter(files.read_json(args.out / f"{variant}.json")["smallest"] for variant in paths)
    print(
        f"encode: {len(waiting)} of {len(paths)} files encoded, the others were up to date; smallest: "
        + ", ".join(f"{name} {count}" for name, count in wins.most_common())
    )


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """An empty folder beside the output, for DVC keeps all that is in it; what a killed run left of it goes first."""
    folder = out.with_name(f".{out.name}.scratch")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _end_with_parent() -> None:
    """In a worker: Ctrl-C ends it without a stack trace, and so does the end of the stage, however that came."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _encode(
    pool: Executor, paths: Mapping[str, Path], names: Iterable[str], scratch: Path
) -> dict[str, dict[str, Path]]:
    """Variant -> codec -> file with the encoded form; nothing runs in the pool any more when this returns."""
    forms = {variant: {name: scratch / f"{variant}.{name}" for name in names} for variant in paths}
    try:
        # Paths, not contents, both ways: a worker killed in the middle of what no pipe can hold leaves the pool waiting
        # for the rest for ever.
        tasks = [pool.submit(_write, paths[variant], name, forms[variant][name]) for name in names for variant in paths]
        for task in tasks:
            task.result()
    except BrokenProcessPool as error:
        time.sleep(0.5)  # Ctrl-C reaches the workers too, and may end one before it is heard here
        raise StudyError(
            "an encoder was killed, perhaps for lack of memory: run the same command again, "
            "with a smaller --jobs if need be; nothing finished is lost"
        ) from error
    return forms


def _write(source: Path, name: str, form: Path) -> None:
    """In a worker: encode a file."""
    files.write_bytes(form, FORMATS[name].encode(files.read_bytes(source)))


def _save(folder: Path, variant: str, tflite: bytes, forms: Mapping[str, Path]) -> None:
    """Time the decoders, write the smallest form, then the entry that vouches for it; the forms are used up."""
    contents = {name: files.read_bytes(form) for name, form in forms.items()}
    with files.naming(f"{variant}.tflite"):
        entry = encoding.entry(tflite, contents)
    shipped = _shipped(folder, variant, entry["smallest"])
    files.write_bytes(shipped, contents[entry["smallest"]])
    for former in set(folder.glob(f"{variant}.tflite.*")) - {shipped}:
        former.unlink()
    files.write_json(folder / f"{variant}.json", {"variant": variant, **entry})
    for form in forms.values():
        form.unlink()


def _shipped(folder: Path, variant: str, name: str) -> Path:
    return folder / f"{variant}.tflite.{FORMATS[name].suffix}"


def _current(folder: Path, variant: str, tflite: bytes, formats: Mapping[str, Format]) -> bool:
    """Whether there is a whole entry of this file by these codecs, and its smallest form gives the file back."""
    try:
        entry = files.read_json(folder / f"{variant}.json")
        form = files.read_bytes(_shipped(folder, variant, entry["smallest"]))
        return bool(entry["variant"] == variant) and encoding.is_current(entry, tflite, form, formats)
    except (StudyError, AttributeError, KeyError, TypeError):  # missing, cut, or of another shape
        return False


def _arguments() -> argparse.Namespace:
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
    return args


if __name__ == "__main__":
    cli.run(main)
