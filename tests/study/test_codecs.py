import gzip
import lzma
import random
import zlib

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from study.codecs import CODECS, FORMATS
from study.errors import StudyError

# A Brotli stream holds no checksum: a changed byte may decode to other bytes.
WITHOUT_CHECKSUM = {"brotli"}
NOISE = random.Random(0).randbytes(3000)


@pytest.mark.parametrize("name", CODECS)
@settings(max_examples=20)
@given(data=st.binary(max_size=2000))
def test_round_trip_with_equal_bytes_every_time(name: str, data: bytes) -> None:
    encode, decode = CODECS[name]
    assert decode(encode(data)) == data
    assert encode(data) == encode(bytes(bytearray(data)))


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("data", [b"", b"\0", NOISE, bytes(100_000)], ids=["empty", "one", "noise", "zeros"])
def test_round_trip_at_the_bounds(name: str, data: bytes) -> None:
    encode, decode = CODECS[name]
    form = encode(data)
    assert type(form) is bytes and type(decode(form)) is bytes
    assert decode(form) == data and encode(data) == form
    assert len(form) <= len(data) + 100


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("scheme", ["float32", "int8"])
def test_round_trip_of_a_model(name: str, scheme: str, tiny: dict[str, bytes]) -> None:
    encode, decode = CODECS[name]
    form = encode(tiny[scheme])
    assert decode(form) == tiny[scheme] and encode(tiny[scheme]) == form
    assert len(form) < len(tiny[scheme])


def refusal(name: str, form: bytes) -> str:
    with pytest.raises(StudyError) as caught:
        CODECS[name][1](form)
    return str(caught.value)


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("data", [b"\0", NOISE, b"weights " * 500], ids=["one", "noise", "text"])
def test_a_cut_file_is_refused_wherever_it_is_cut(name: str, data: bytes) -> None:
    form = CODECS[name][0](data)
    ends = {*range(min(40, len(form))), *range(0, len(form), 97), len(form) - 4, len(form) - 1}
    for end in sorted(ends & set(range(len(form)))):
        message = refusal(name, form[:end])
        assert message.startswith("not a complete ") and message.endswith(": make it again") and "\n" not in message


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("data", [b"not encoded at all", b"\xff" * 50], ids=["text", "ones"])
def test_a_foreign_file_is_refused(name: str, data: bytes) -> None:
    assert ("gzip" if name == "zopfli" else name) in refusal(name, data)


@pytest.mark.parametrize("name", CODECS)
def test_what_follows_the_end_is_refused(name: str) -> None:
    form = CODECS[name][0](NOISE)
    for further in (b"\0", b"x", form):
        assert refusal(name, form + further)


@pytest.mark.parametrize("name", CODECS)
def test_a_flipped_bit_never_gives_other_bytes(name: str) -> None:
    # Bits that say nothing of the content, such as the time stamp of gzip, may change.
    encode, decode = CODECS[name]
    data = bytes(range(64)) * 8 + NOISE[:200]
    form, refused = encode(data), 0
    for position in range(8 * len(form)):
        flipped = bytearray(form)
        flipped[position // 8] ^= 1 << position % 8
        try:
            found = decode(bytes(flipped))
        except StudyError:
            refused += 1
        else:
            assert name in WITHOUT_CHECKSUM or found == data, position
    assert refused > (0 if name in WITHOUT_CHECKSUM else 0.8 * 8 * len(form))


def test_entries_say_what_their_bytes_depend_on() -> None:
    assert list(CODECS) == list(FORMATS) == ["gzip", "zopfli", "zstd", "brotli", "xz"]
    for one in FORMATS.values():
        assert one.suffix.isalnum() and one.settings and any(letter.isdigit() for letter in one.version)


def test_gzip_header_has_no_time_and_no_name() -> None:
    for name in ("gzip", "zopfli"):
        header = CODECS[name][0](b"model" * 100)[:10]
        assert header[:2] == b"\x1f\x8b" and header[3] == 0 and header[4:8] == b"\0\0\0\0" and header[8] == 2


def test_any_gunzip_reads_zopfli_and_it_is_smaller(tiny: dict[str, bytes]) -> None:
    form = CODECS["zopfli"][0](tiny["int8"])
    assert gzip.decompress(form) == tiny["int8"]
    assert len(form) < len(CODECS["gzip"][0](tiny["int8"]))


def test_zstd_states_size_and_checksum() -> None:
    form = CODECS["zstd"][0](NOISE)
    facts = zstandard.get_frame_parameters(form)
    assert facts.content_size == len(NOISE) and facts.has_checksum and facts.dict_id == 0


def test_xz_is_the_plain_format_of_the_tool() -> None:
    stream = lzma.LZMADecompressor(lzma.FORMAT_XZ)
    assert stream.decompress(CODECS["xz"][0](NOISE)) == NOISE and stream.check == lzma.CHECK_CRC64


def test_gzip_bytes_are_those_of_level_9() -> None:
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    assert packer.compress(NOISE) + packer.flush() == CODECS["gzip"][0](NOISE)[10:-8]


@pytest.mark.parametrize("name", CODECS)
def test_zeros_of_a_sparse_model_cost_little(name: str) -> None:
    assert len(CODECS[name][0](bytes(100_000))) < 200
