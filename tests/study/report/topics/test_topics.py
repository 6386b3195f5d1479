"""What holds for every topic, so that a new one is tried the moment it stands in the tuple."""

from numbers import Number

import pytest
from synthetic_study import complete, study

from study.report.build import tables_of
from study.report.fields import field
from study.report.tables import Tables, csv_text
from study.report.topics import TOPICS

NAMES = [name for topic in TOPICS for name in topic.tables]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(complete(study()))


@pytest.fixture(scope="module")
def again() -> Tables:
    """The same, of inputs that are made anew."""
    return tables_of(complete(study()))


def test_no_two_topics_make_the_same_table() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_have_a_format_and_a_title_in_fields(tables: Tables, name: str) -> None:
    table = tables[name]
    for key in (key for key in table.columns if not key.startswith("_")):
        values = [value for value in table[key].dropna() if not isinstance(value, bool)]
        if values and all(isinstance(value, Number) and str(value) not in ("True", "False") for value in values):
            assert field(key).numeric or key in ("threads", "seed"), f"{name}.csv: add {key} to study/report/fields.py"


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_the_same_text_twice(tables: Tables, again: Tables, name: str) -> None:
    assert csv_text(again[name]) == csv_text(tables[name])


def test_every_topic_has_sentences_and_a_section_or_none(tables: Tables) -> None:
    for topic in TOPICS:
        assert all(point.topic and point.text for point in topic.findings(tables))
        section = topic.section(tables, ())
        assert section is None or (section.id and section.heading and section.blocks)
