"""Every sentence that names a class says on which level, and its figures are those of the tables."""

import pytest
import synthetic_study
from claim_sentences import class_sentences, level_of, unfounded

from study.report.build import tables_of
from study.report.cards import cards
from study.report.document import document
from study.report.markdown import markdown
from study.report.tables import Tables


@pytest.fixture(scope="module", params=[1, 5])
def tables(request: pytest.FixtureRequest) -> Tables:
    """A study of one seed, whose classes no method is known to harm, and one of five."""
    return tables_of(synthetic_study.study(seeds=range(request.param), images=60))


def test_every_sentence_on_a_class_has_its_level_and_its_figures(tables: Tables) -> None:
    text = markdown(document(tables, set()))
    found = class_sentences(text, tables.inputs.classes)
    assert len(found) > 3
    assert [one.text for one in found if level_of(one) is None] == []
    assert [bad for one in found if (bad := unfounded(one, tables))] == []


def test_cards_too(tables: Tables) -> None:
    for name, text in cards(tables, "").items():
        warnings = text.partition("## Class warnings")[2].partition("## How to use it")[0]
        for one in class_sentences(warnings, tables.inputs.classes):
            assert level_of(one) or "of this file" in one.text, (name, one.text)


@pytest.mark.parametrize(
    ("text", "level", "bad"),
    [
        ("- In these files, \u201ccat\u201d in x changes by \u221277.77 points.", "files", True),
        ("- Over 5 seeds, \u201ccat\u201d loses \u221277.77 points.", "seeds", True),
        ("- \u201ccat\u201d pays for it.", None, False),
    ],
)
def test_the_check_can_fail(text: str, level: str | None, bad: bool, tables: Tables) -> None:
    (one,) = class_sentences(text, ["cat", "dog"])
    assert level_of(one) == level
    assert bool(unfounded(one, tables)) == bad


def test_parts_have_the_level_of_their_lead() -> None:
    lead = "- **Files.** In these files, significant or not:\n  - \u201ccat\u201d in x: \u22121.00 points\n"
    assert [level_of(one) for one in class_sentences(lead, ["cat"])] == ["files"]
    assert not class_sentences("| \u201ccat\u201d | 1 |\n```\n\u201ccat\u201d\n```\nnothing", ["cat"])
