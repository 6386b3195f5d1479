"""What a plan leaves out is told with the reason, the commonest first."""

from dataclasses import replace

import synthetic_study as synthetic

from study.report.blocks import Fold, Table
from study.report.tables import Tables
from study.report.topics import excluded


def test_reasons_are_counted_and_variants_folded_away() -> None:
    reasons = {"a": "too few zeros", "b": "no zeros", "c": "no zeros"}
    inputs = replace(synthetic.study(["mobilenet"], images=2), excluded=reasons)
    section = excluded.TOPIC.section(Tables(inputs, {}), ())
    assert section is not None
    counted, fold = section.blocks
    assert isinstance(counted, Table) and isinstance(fold, Fold) and isinstance(fold.blocks[0], Table)
    assert [[cell.text for cell in row] for row in counted.rows] == [["no zeros", "2"], ["too few zeros", "1"]]
    assert [row[0].text for row in fold.blocks[0].rows] == ["a", "b", "c"] and "asks for 3 more" in counted.caption


def test_nothing_left_out_is_no_section() -> None:
    assert excluded.TOPIC.section(Tables(synthetic.study(["mobilenet"], images=2), {}), ()) is None
