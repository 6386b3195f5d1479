"""What is read back from a CSV file is what was written, to the digits that were written."""

import pytest
import synthetic_study as synthetic

from study.errors import StudyError
from study.report.build import tables_of
from study.report.reading import table_of
from study.report.tables import csv_text, frame, records


def test_every_file_of_a_report_is_written_again_from_its_rows() -> None:
    texts = tables_of(synthetic.complete(synthetic.study(["mobilenet_v2"], images=5, seeds=(0, 1)))).csv_files()
    assert len(texts) > 10
    for name, text in texts.items():
        assert csv_text(table_of(text)) == text, name


def test_types() -> None:
    columns = ["variant", "top1", "file_bytes", "delta_pp", "significant", "threads", "class"]
    given = frame(
        [
            {
                "variant": "7",
                "top1": 0.5,
                "file_bytes": 12.0,
                "delta_pp": None,
                "significant": True,
                "threads": 2,
                "class": "a\nb",
            }
        ],
        columns,
    )
    assert records(table_of(csv_text(given))) == [
        {
            "variant": "7",
            "top1": 0.5,
            "file_bytes": 12,
            "delta_pp": None,
            "significant": True,
            "threads": "2",
            "class": "a\nb",
        }
    ]
    empty = table_of("variant,top1\n")
    assert list(empty.columns) == ["variant", "top1"] and empty.empty


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("variant,top1\na,much\n", "line 2 is not readable"),
        ("variant,top1\na,0.5\nb\n", "line 3 has not the columns"),
        ("variant,top1\na,0.5,1\n", "line 2 has not the columns"),
        ('variant,top1\n"a,0.5\n', "is not readable"),
    ],
)
def test_a_damaged_file_is_one_line(text: str, said: str) -> None:
    with pytest.raises(StudyError, match=said) as error:
        table_of(text)
    assert "\n" not in str(error.value)


def test_a_class_may_be_named_true() -> None:
    (row,) = records(table_of("class,worst_drop_class,significant\ntrue,false,true\n"))
    assert row == {"class": "true", "worst_drop_class": "false", "significant": True}
