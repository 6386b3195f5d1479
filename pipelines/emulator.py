"""`make emulator`: build the aarch64 system that models run in under QEMU, and the profiler that counts there.

Packages come from the places that apt and pip are set up for on this machine; each file is compared with its SHA-256
in `emulator.json` before anything in it is used. apt works in folders of its own: no root, and the machine's own
package state stays as it is. What is finished is kept, keyed by those hashes and the profiler's source.

A distribution replaces versions now and then; then the pinned one is gone. `python -m pipelines.emulator --repin` takes
the versions offered now and writes their hashes: look at the difference before you commit it.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from pipelines import cli
from pipelines.files import CACHE, file_digest, read_json, write_bytes, write_text
from study.errors import StudyError
from study.latency.devices.rpi4 import emulator

PINS = Path(__file__).with_name("emulator.json")
PROFILER, CACHES = (Path(emulator.__file__).with_name(name) for name in ("profiler.c", "caches.h"))
COMPILER = ["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-fvisibility=hidden"]
WHEELS = [
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
    "--abi",
    "abi3",
    "--abi",
    "none",
    *(
        word
        for tag in ("manylinux_2_34", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
        for word in ("--platform", f"{tag}_aarch64")
    ),
]
"""Of Debian 12, whose C library is 2.36."""


def main() -> None:
    """Fetch, check, unpack, compile; nothing if all of that is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=CACHE / "emulator", help="folder to build in (%(default)s)")
    parser.add_argument("--repin", action="store_true", help="take the versions offered now, and write their hashes")
    options = parser.parse_args()
    for program, package in (("apt-get", "apt"), ("dpkg-deb", "dpkg"), ("gcc", "gcc"), (emulator.QEMU, "qemu-user")):
        if not shutil.which(program):
            raise StudyError(
                f"{program} is not installed: apt-get install {package} (the emulator is built from "
                "Debian's packages, on Debian or a system derived from it)"
            )
    folder = options.cache.expanduser().absolute()
    pins = read_json(PINS)
    if options.repin:
        pins = repin(pins, folder)
        write_text(PINS, json.dumps(pins, indent=1) + "\n")
        print(f"{PINS}: written; look at the difference before you commit it")
    print(f"emulator: {build(pins, folder)}")


def build(pins: dict[str, Any], folder: Path) -> Path:
    """Return the sysroot in `folder`, built unless what is there was built from the same packages and source."""
    root, mark = folder / "sysroot", folder / "sysroot.built"
    sources = PROFILER.read_bytes() + CACHES.read_bytes()
    sources += Path(__file__).read_bytes()
    made_of = hashlib.sha256(json.dumps(pins, sort_keys=True).encode() + sources).hexdigest()
    if mark.exists() and mark.read_text() == made_of and not emulator.missing(root):
        return root
    mark.unlink(missing_ok=True)
    files = fetch(pins, folder)
    with tempfile.TemporaryDirectory(prefix="unpacking-", dir=folder) as name:
        fresh = Path(name) / "sysroot"
        site = fresh / emulator.SITE
        site.mkdir(parents=True)
        for path in files:
            if path.suffix == ".whl":
                zipfile.ZipFile(path).extractall(site)
            else:
                _run(["dpkg-deb", "--extract", str(path), str(fresh)], f"{path.name} cannot be unpacked")
        _run([*COMPILER, "-o", str(fresh / emulator.PLUGIN), str(PROFILER)], "the profiler cannot be compiled")
        _compile(fresh)
        shutil.rmtree(root, ignore_errors=True)
        fresh.rename(root)
    write_text(mark, made_of)
    return root


def fetch(pins: dict[str, Any], folder: Path) -> list[Path]:
    """Paths of all pinned files, each with the right hash; those already there are not fetched again.

    Raises:
        StudyError: a pinned version is not offered any more, or a file differs.
    """
    found, apt = [], None
    for name, pin in pins["debian"].items():
        path = _stored(folder, name, pin, ".deb")
        if not _right(path, pin["sha256"]):
            apt = apt or _apt(folder)
            _keep(_download_deb(apt, name, pin["version"], folder), path, pin["sha256"], f"{name}={pin['version']}")
        found.append(path)
    for name, pin in pins["wheels"].items():
        path = _stored(folder, name, pin, ".whl")
        if not _right(path, pin["sha256"]):
            _keep(_download_wheel(name, pin["version"], folder), path, pin["sha256"], f"{name}=={pin['version']}")
        found.append(path)
    return found


def repin(pins: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The same packages in the versions that Debian offers now; wheels keep theirs, since results depend on them."""
    folder.mkdir(parents=True, exist_ok=True)
    apt = _apt(folder)
    fresh: dict[str, Any] = {"debian": {}, "wheels": {}}
    for name in pins["debian"]:
        version = _offered(apt, name)
        path = _download_deb(apt, name, version, folder)
        fresh["debian"][name] = {"version": version, "sha256": file_digest(path)}
        path.replace(_stored(folder, name, fresh["debian"][name], path.suffix))
    for name, pin in pins["wheels"].items():
        path = _download_wheel(name, pin["version"], folder)
        fresh["wheels"][name] = {"version": pin["version"], "sha256": file_digest(path)}
        path.replace(_stored(folder, name, fresh["wheels"][name], path.suffix))
    return fresh


def _stored(folder: Path, name: str, pin: dict[str, str], suffix: str) -> Path:
    store = folder / "files"
    store.mkdir(parents=True, exist_ok=True)
    return store / f"{name}_{pin['sha256'][:16]}{suffix}"


def _apt(folder: Path) -> list[str]:
    """Options that let apt look for arm64 packages in folders of its own, after it has read the lists there."""
    state = folder / "apt"
    for part in ("lists/partial", "archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    options = [
        f"-o{key}={value}"
        for key, value in {
            "APT::Architecture": "arm64",
            "APT::Architectures": "arm64",
            "APT::Sandbox::User": "",
            "Dir::State": state,
            "Dir::State::status": state / "status",
            "Dir::State::lists": state / "lists",
            "Dir::Cache": state,
            "Dir::Cache::archives": state / "archives",
        }.items()
    ]
    # A source without arm64 makes this fail, and does not matter where another one has the package.
    subprocess.run(["apt-get", "-qq", *options, "update"], capture_output=True)
    return options


def _offered(apt: list[str], name: str) -> str:
    done = subprocess.run(["apt-cache", *apt, "policy", name], capture_output=True, text=True)
    found = [line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("Candidate:")]
    if not found or found[0] == "(none)":
        raise StudyError(
            f"apt offers no arm64 package {name}: the emulator needs the sources of Debian 12 in apt's "
            "configuration, and a connection"
        )
    return found[0]


def _download_deb(apt: list[str], name: str, version: str, folder: Path) -> Path:
    done = _fetched(["apt-get", "-qq", *apt, "download", f"{name}={version}"], folder, "*.deb")
    if done is None:
        offered = _offered(apt, name)
        raise StudyError(
            f"{name}={version} for arm64 is not offered any more (now {offered}): run "
            "`python -m pipelines.emulator --repin` and commit pipelines/emulator.json"
        )
    return done


def _download_wheel(name: str, version: str, folder: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary=:all:",
        *WHEELS,
        f"{name}=={version}",
    ]
    done = _fetched(command, folder, "*.whl")
    if done is None:
        raise StudyError(f"pip finds no aarch64 wheel of {name}=={version}: check the connection and pip's index")
    return done


def _fetched(command: list[str], folder: Path, pattern: str) -> Path | None:
    """The one file that a command puts into an empty folder, moved to `folder`; None where it fails."""
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=folder) as name:
        subprocess.run(command, cwd=name, capture_output=True)
        for path in Path(name).glob(pattern):
            return path.replace(folder / f"fetched{path.suffix}")
    return None


def _keep(path: Path, target: Path, expected: str, what: str) -> None:
    if (found := file_digest(path)) != expected:
        path.unlink()
        raise StudyError(
            f"{what}: the file has SHA-256 {found[:16]}..., pipelines/emulator.json says "
            f"{expected[:16]}...: it is not used"
        )
    write_bytes(target, path.read_bytes())
    path.unlink()


def _compile(root: Path) -> None:
    """Write byte code that is never checked again.

    Emulated programs start twice as fast, and none of them writes any: one file more in a folder moves objects in
    memory, and with them every later count. Python 3.11 of this machine writes the same as 3.11 of the other.
    """
    command = [
        sys.executable,
        "-m",
        "compileall",
        "-q",
        "--invalidation-mode",
        "unchecked-hash",
        "-s",
        str(root),
        "-x",
        "/tests?/|lib2to3",
        str(root / "usr/lib/python3.11"),
        str(root / emulator.SITE),
    ]
    subprocess.run(command, env={"PYTHONHASHSEED": "0"}, capture_output=True)  # what it cannot compile stays as it is


def _right(path: Path, expected: str) -> bool:
    return path.exists() and file_digest(path) == expected


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise StudyError(f"{failure}: {(done.stderr.strip().splitlines() or ['no message'])[0]}")


if __name__ == "__main__":
    cli.run(main)
