"""Formats, names, the Pareto front and Markdown escapes: small functions with sharp edges."""

import random

import pytest

from study.report import names
from study.report.fields import csv_value, shown_value
from study.report.markdown import text
from study.report.pareto import front
from study.report.reference import FLOAT32, INT8
from study.report.tables import csv_text, frame


@pytest.mark.parametrize(
    ("key", "value", "stored", "shown"),
    [
        ("top1", 0.73254, "0.732540", "73.25"),
        ("file_bytes", 12845312, "12845312", "12.845"),
        ("delta_pp", -3.20004, "-3.2000", "\u22123.20"),
        ("delta_pp", -0.00001, "0.0000", "0.00"),
        ("p_adjusted", 0.0004, "0.0004", "<0.001"),
        ("p_adjusted", 0.0312, "0.0312", "0.031"),
        ("median_us", 1790.25, "1790.250", "1,790.2"),
        ("zstd_bytes", 1000, "1000", "0.001"),
        ("significant", True, "true", "true"),
        ("threads", "all", "all", "all"),
        ("top1", None, "", "missing"),
        ("top1", float("nan"), "", "missing"),
    ],
)
def test_formats(key: str, value: object, stored: str, shown: str) -> None:
    assert csv_value(key, value) == stored
    assert shown_value(key, value) == shown


@pytest.mark.parametrize(
    ("method", "amount", "said"),
    [
        ("dense", 0, "dense"),
        ("sfp", 30.0, "sfp 30\u00a0%"),
        ("automatic_budget", 1, "automatic_budget 1\u00a0point"),
        ("automatic_budget", 2.0, "automatic_budget 2\u00a0points"),
    ],
)
def test_an_amount_has_its_unit(method: str, amount: float, said: str) -> None:
    assert names.recipe({"method": method, "amount": amount}) == said


def test_csv_quotes_what_would_break_it() -> None:
    assert csv_text(frame([{"class": 'a,"b"\nc'}], ["class", "n"])) == 'class,n\n"a,""b""\nc",\n'


def test_short_names_stay_apart_and_printable() -> None:
    long = ["x" * 90 + "a" * 90, "x" * 90 + "b" + "a" * 89, "a\nb\x00", "\udcff"]
    short = names.short_names(long, 12)
    assert len(set(short)) == 4
    assert all(len(name) <= 16 and name.isprintable() for name in short)
    assert names.shorten("airplane", 12) == "airplane"


def test_the_front_is_what_nothing_dominates() -> None:
    source = random.Random(5)
    points = [(source.randint(0, 9), source.randint(0, 9)) for _ in range(40)]
    marks = front([c for c, _ in points], [g for _, g in points])
    for (cost, gain), mark in zip(points, marks, strict=True):
        beaten = any(c <= cost and g >= gain and (c, g) != (cost, gain) for c, g in points)
        assert mark == (not beaten)


def test_the_front_without_numbers() -> None:
    assert front([], []) == []
    assert front([1.0, float("nan")], [float("nan"), 2.0]) == [False, False]


@pytest.mark.parametrize(
    "hostile", ["<script>", "a|b", "*b*", "`c`", "[x](javascript:y)", "# no", "1. no", "- no", "a\nb", "$x$"]
)
def test_markdown_shows_text_as_it_is(hostile: str) -> None:
    safe = text(hostile)
    assert "\n" not in safe and "<" not in safe
    for char in "|*`[]$~":
        assert safe.count(char) == safe.count("\\" + char)
    assert not safe.startswith(("#", "1.", "- "))


def test_markdown_leaves_numbers_and_identifiers_readable() -> None:
    assert text("66.40") == "66.40"
    assert text("mobilenet_v2_dense_s0_int8") == "mobilenet_v2_dense_s0_int8"


def test_both_reference_tables_have_the_five_architectures() -> None:
    assert FLOAT32.keys() == INT8.keys()
    assert len(FLOAT32) == 5
    assert (FLOAT32["mobilenet_v2"].top1, INT8["mobilenet_v3_large"].top1) == (0.7325, 0.3963)
