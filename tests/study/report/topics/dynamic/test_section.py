"""The section on dynamic networks: its tables are the CSV file, its figure has its words, names stay text."""

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import synthetic_dynamic as made
import synthetic_study as synthetic
from claim_sentences import class_sentences, level_of, unfounded
from report_page import Page, agree

from study.report.blocks import Paragraph, Report, Table
from study.report.drawing.render import render
from study.report.html import html
from study.report.inputs import Inputs
from study.report.markdown import markdown
from study.report.merge import join
from study.report.snapshot import keep, kept
from study.report.tables import Tables, csv_text
from study.report.topics.dynamic import TOPIC
from study.report.topics.dynamic.curves import panels
from study.report.topics.dynamic.published import FIGURES

ARCH, FIGURE = "mobilenet_v2", "dynamic_mobilenet_v2"
CLAIMS = ("beat", "better than", "exceed", "outperform", "meets", "surpass")


def report(tables: Tables, *drawn: str) -> Report:
    section = TOPIC.section(tables, drawn)
    assert section is not None
    return Report("title", "", (), (), (section,))


def table(shown: Report, name: str) -> Table:
    return next(block for block in shown.sections[0].blocks if isinstance(block, Table) and block.name == name)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return made.study([ARCH], made.RECIPES | {"magnitude": [60], "automatic": [50]}, images=30)


@pytest.fixture(scope="module")
def tables(inputs: Inputs) -> Tables:
    return made.tables_of(inputs)


@pytest.fixture(scope="module")
def drawn(tables: Tables) -> dict[str, bytes]:
    return render(TOPIC.figures(tables), {}, tables)


@pytest.fixture(scope="module")
def shown(tables: Tables) -> Report:
    return report(tables, FIGURE)


def test_the_tables_show_the_csv(tables: Tables, shown: Report, drawn: dict[str, bytes]) -> None:
    page = Page(html(shown, drawn))
    rows = list(csv.DictReader(io.StringIO(csv_text(tables["levels"]))))
    assert agree(page, "levels", rows) == 12 * 8
    assert agree(page, "levels-alone", rows) == 7 * 8
    assert agree(page, "levels-steps", [row for row in rows if row["wider"]]) == 8 * 6
    assert agree(page, "levels-files", [row for row in rows if not row["wider"]]) == 4 * 2  # nothing is encoded


def test_sentences_on_classes_have_their_level_and_their_figures(tables: Tables, shown: Report) -> None:
    text = markdown(shown)
    found = class_sentences(text, tables.inputs.classes)
    assert len(found) == 6 and {level_of(one) for one in found} == {"files"}
    assert [bad for one in found if (bad := unfounded(one, tables))] == []
    wrong = replace(found[0], text=re.sub(r"\u2212\d+\.\d\d", "\u2212999.99", found[0].text))
    assert unfounded(wrong, tables)


def test_published_figures_stand_beside_with_what_differs_and_without_a_claim(shown: Report) -> None:
    published = table(shown, "levels-published")
    assert [(row[0].text, row[1].text, row[4].text) for row in published.rows] == [
        (one.what, one.figure, one.source) for one in FIGURES
    ]
    assert all(row[3].text for row in published.rows)
    here = {row[0].text: row[2].text for row in published.rows}
    assert here["Dynamic range of time"] == "4.71 times (measured); 4.71 times (predicted, not validated)"
    assert here["Dynamic range of energy"] == "not measured here"
    assert re.fullmatch(r"\d\.\d\d times \(on flash\)", here["Memory"])
    text = markdown(shown).lower()
    assert not [word for word in CLAIMS if word in text.replace("meets or misses", "")]


def test_a_prediction_has_its_error_or_is_not_validated(inputs: Inputs, shown: Report) -> None:
    columns = [column.key for column in table(shown, "levels").columns]
    assert columns.index("left_out_percent") == columns.index("predicted_us") + 1
    place = columns.index("left_out_percent")
    assert {row[place].text for row in table(shown, "levels").rows} == {"not validated"}
    measured = [slot for slot in inputs.latency if slot.device == "host"]
    bare = report(made.tables_of(replace(inputs, latency=measured)))
    assert not {"predicted_us", "left_out_percent"} & {column.key for column in table(bare, "levels").columns}


def test_the_figure_has_a_panel_a_scheme_and_place(tables: Tables, drawn: dict[str, bytes]) -> None:
    assert sorted(drawn) == [f"{FIGURE}-dark.svg", f"{FIGURE}.svg"]
    words = "".join(ElementTree.fromstring(drawn[f"{FIGURE}.svg"]).itertext())
    assert words.count("Median time [ms], measured") == 4 and words.count("predicted, not validated") == 2
    assert words.count("Top-1 [%]") == 6 and "slimmable, levels of a file" in words
    assert "magnitude" not in words and "automatic" in words and "uniform" in words
    for _, _, rows in panels(tables, ARCH):
        assert rows[["kind", "device", "runtime", "threads", "quantization"]].drop_duplicates().shape[0] == 1
        assert sorted(rows["level"].unique()) == ["serving_default", "w100", "w25", "w50", "w75"]
        assert set(rows["method"]) == {"dense", "retrained_finetune", "uniform", "automatic", "slimmable"}


def test_without_times_the_figure_is_over_multiply_accumulates(inputs: Inputs) -> None:
    slots = [slot for slot in inputs.latency if "_int8" in slot.variant]
    found = panels(made.tables_of(replace(inputs, latency=slots)), ARCH)
    assert [across for _, across, _ in found] == [
        "Multiply-accumulates of one inference [millions]",
        *["Median time [ms], measured"] * 2,
        "Median time [ms], predicted, not validated",
    ]
    _, _, rows = found[0]
    assert list(rows["x"]) == pytest.approx([macs / 1e6 for macs in rows["macs"]])
    assert set(rows["quantization"]) == {"float32"}


def test_a_plan_that_has_not_been_evaluated_says_so(inputs: Inputs) -> None:
    names = [one.name for one in inputs.results]
    bare = synthetic.without(synthetic.without(inputs, *names), *names, field="predictions")
    tables = made.tables_of(replace(bare, latency=[], profiles={}))
    assert render(TOPIC.figures(tables), {}, tables) == {} and TOPIC.findings(tables) == []
    blocks = report(tables).sections[0].blocks
    assert [block.name for block in blocks if isinstance(block, Table)] == [
        "levels",
        "levels-alone",
        "levels-published",
    ]
    assert isinstance(blocks[0], Paragraph)


def test_hostile_names_stay_text(inputs: Inputs) -> None:
    hostile = synthetic.HOSTILE[0]
    slots = [replace(slot, device=hostile) for slot in inputs.latency if slot.runtime == "ai_edge_litert"]
    card = dict(inputs.card) | {"classes": [*synthetic.HOSTILE, "h", "i", "j"]}
    tables = made.tables_of(replace(inputs, latency=slots, card=card))
    files = render(TOPIC.figures(tables), {}, tables)
    assert "<script" not in files[f"{FIGURE}.svg"].decode()
    text = markdown(report(tables, FIGURE))
    assert set(re.findall(r"<(/?\w+)", text)) == {"picture", "/picture", "source", "img"}


def test_a_kept_study_and_two_parts_give_the_same_table(inputs: Inputs, tables: Tables) -> None:
    again = kept(keep(inputs))
    assert [one.level for one in again.results] == [one.level for one in inputs.results]
    assert csv_text(made.tables_of(again)["levels"]) == csv_text(tables["levels"])
    family = [one for one in inputs.results if one.variant.recipe.method == "slimmable"]
    names = {one.name for one in family}
    parts = [
        replace(
            inputs,
            results=tuple(one for one in inputs.results if (one.name in names) == inside),
            latency=[slot for slot in inputs.latency if (slot.variant in names) == inside],
        )
        for inside in (False, True)
    ]
    joined = made.tables_of(join([kept(keep(part)) for part in parts]))
    assert csv_text(joined["levels"]) == csv_text(tables["levels"])
