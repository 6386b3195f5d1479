import io
import zipfile

import numpy as np
from odd_models import Odd, appended, described, write

from study.errors import StudyError
from study.tflite.metadata import Metadata, read_metadata

PLAIN = write(Odd())


def test_a_file_without_any() -> None:
    assert read_metadata(PLAIN) == Metadata()


def test_the_file_that_the_metadata_names_counts() -> None:
    tflite = appended(write(Odd(), None, described("b.txt", [1, 2, 3], [4])), {"a.txt": b"x\ny", "b.txt": b"p\nq"})
    assert read_metadata(tflite) == Metadata(("p", "q"), "b.txt", (1, 2, 3), (4, 4, 4))
    assert read_metadata(tflite, subgraph=1) == Metadata()


def test_without_metadata_the_only_text_counts() -> None:
    assert read_metadata(appended(PLAIN, {"labels.txt": b"p\nq", "other.json": b"{}"})).labels == ("p", "q")
    assert read_metadata(appended(PLAIN, {"a.txt": b"p", "b.txt": b"q"})).labels == ()


def test_too_large_a_file_is_not_read() -> None:
    assert read_metadata(appended(PLAIN, {"labels.txt": b"x" * (2 << 20)})).labels == ()


def test_damage_is_one_line_or_harmless() -> None:
    whole = described("labels.txt", [127.5], [127.5])
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        content = bytearray(whole)
        for place in rng.integers(8, len(content), 2):
            content[place] = int(rng.integers(256))
        try:
            found = read_metadata(write(Odd(), "a\nb", bytes(content)))
        except StudyError as error:
            refused += 1
            assert "damaged" in str(error)
        else:
            assert found.labels in ((), ("a", "b")) and len(found.mean) == len(found.std)
    assert 0 < refused < 300


def test_damaged_archives_hold_nothing_or_are_said() -> None:
    whole = appended(PLAIN, {"labels.txt": b"cat\ndog\n"})
    assert zipfile.is_zipfile(io.BytesIO(whole))
    rng = np.random.default_rng(0)
    for _ in range(100):
        content = bytearray(whole)
        content[int(rng.integers(len(PLAIN), len(whole)))] ^= 1 << int(rng.integers(8))
        try:
            found = read_metadata(bytes(content))
        except StudyError:
            continue
        assert found.labels in ((), ("cat", "dog"))
