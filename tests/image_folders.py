"""Folders and zips of tiny images, as people have them."""

import io
import random
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

Files = Mapping[str, bytes]


def png(value: int, size: int = 8, mode: str = "RGB", kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), (value, 0, 0)).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def files(classes: tuple[str, ...] = ("cat", "dog"), train: int = 3, test: int = 2, top: str = "") -> dict[str, bytes]:
    return {
        f"{top}{split}/{name}/{i}.png": png(100 * (split == "test") + 10 * k + i)
        for split, count in (("train", train), ("test", test))
        for k, name in enumerate(classes)
        for i in range(count)
    }


def write(where: Path, content: Files, form: str) -> Path:
    """Write files in a shuffled order, as a folder or a zip; a name that ends with / is an empty folder."""
    names = list(content)
    random.Random(0).shuffle(names)
    if form == "zip":
        with zipfile.ZipFile(where / "pets.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, content[name])
        return where / "pets.zip"
    for name in names:
        path = where / "pets" / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content[name])
    return where / "pets"
