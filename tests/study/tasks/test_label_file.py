import pytest

from study.errors import StudyError
from study.tasks.label_file import read_labels


@pytest.mark.parametrize(
    ("content", "labels"),
    [
        (b"cat\ndog", ("cat", "dog")),
        (b"\xef\xbb\xbfcat\r\ndog\r\n\n", ("cat", "dog")),
        (b"0 cat\n1 big dog", ("cat", "big dog")),
        (b"0:cat\n1:dog", ("cat", "dog")),
        (b"0,cat\n1,dog", ("cat", "dog")),
        (b"7 cat\n8 dog", ("7 cat", "8 dog")),
        (b"0\n1\n2", ("0", "1", "2")),
        ("k\u00e4se\nbrot".encode(), ("k\u00e4se", "brot")),
    ],
)
def test_labels(content: bytes, labels: tuple[str, ...]) -> None:
    assert read_labels(content) == labels


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "one a line"), (b"a\n\nb", "no line empty"), (b"a\nb\na", "'a' stands twice"), (b"\xff\xfe", "UTF-8")],
)
def test_what_is_no_list_of_labels(content: bytes, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        read_labels(content)
