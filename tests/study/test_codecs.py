import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.codecs import CODECS
from study.errors import StudyError


@pytest.mark.parametrize("name", CODECS)
@given(data=st.binary(max_size=2000))
def test_round_trip_with_equal_bytes_every_time(name: str, data: bytes) -> None:
    encode, decode = CODECS[name]
    assert decode(encode(data)) == data
    assert encode(data) == encode(bytes(bytearray(data)))


def test_gzip_header_has_no_time_and_no_name() -> None:
    header = CODECS["gzip"][0](b"model" * 100)[:10]
    assert header[:2] == b"\x1f\x8b" and header[3] == 0 and header[4:8] == b"\0\0\0\0" and header[8] == 2


def test_gzip_of_a_sparse_model_is_small() -> None:
    assert len(CODECS["gzip"][0](bytes(100_000))) < 200


@pytest.mark.parametrize("damage", [lambda d: d[:-4], lambda d: b"no gzip", lambda d: d[:20] + b"\xff" + d[21:]])
def test_damaged_gzip_is_one_line(damage) -> None:  # type: ignore[no-untyped-def]
    encode, decode = CODECS["gzip"]
    with pytest.raises(StudyError, match="gzip"):
        decode(damage(encode(bytes(range(256)) * 4)))
