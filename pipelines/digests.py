"""Digests as DVC computes them, to hold files against a dvc.lock."""

import hashlib
import json
from pathlib import Path


def digest(path: Path) -> str:
    """MD5 of a file; of a folder, that of the sorted list of its files and theirs (DVC's `.dir` objects)."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()
    files = sorted(inside for inside in path.rglob("*") if inside.is_file())
    entries = [{"md5": digest(inside), "relpath": inside.relative_to(path).as_posix()} for inside in files]
    listing = json.dumps(sorted(entries, key=lambda entry: entry["relpath"]), sort_keys=True)
    return hashlib.md5(listing.encode()).hexdigest() + ".dir"
