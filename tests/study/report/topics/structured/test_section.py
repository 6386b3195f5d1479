"""The section on structured pruning: its tables are the CSV files, its figures are text, strangers' names harmless."""

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import synthetic_structured as made
import synthetic_study as synthetic
from report_page import SCRIPTS, Page, agree
from synthetic_study import HOSTILE

from study.report.blocks import Fold, Picture, Report, Section
from study.report.drawing.render import render
from study.report.drawing.style import LIGHT
from study.report.html import html
from study.report.inputs import Inputs
from study.report.markdown import markdown
from study.report.merge import join
from study.report.snapshot import keep, kept
from study.report.tables import Tables, csv_text
from study.report.topics import accuracy, classes, latency, structured
from study.report.topics.structured import strips
from study.report.topics.structured.findings import details
from study.report.topics.structured.networks import first_seeds, networks

ARCH = "mobilenet_v2"
FIGURES = [
    "structured_mobilenet_v2",
    "schedules_mobilenet_v2",
    "channels_mobilenet_v2",
    "sensitivity_mobilenet_v2_automatic30_s0",
    "sensitivity_mobilenet_v2_automatic_coupled50_s0",
]


def tables_of(inputs: Inputs) -> Tables:
    topics = (accuracy, classes, latency, structured)
    return Tables(inputs, {name: make for topic in topics for name, make in topic.TOPIC.tables.items()})


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(made.study())


@pytest.fixture(scope="module")
def drawn(tables: Tables) -> dict[str, bytes]:
    return figures_of(tables)


@pytest.fixture(scope="module")
def shown(tables: Tables) -> Report:
    return report(structured.section(tables, FIGURES))


@pytest.fixture(scope="module")
def small() -> Inputs:
    return made.study({"automatic": [50], "sfp": [30]}, alphas=(0.5,), images=5, blocks=(16, 24))


def figures_of(tables: Tables) -> dict[str, bytes]:
    return render(structured.figures(tables), {}, tables)


def report(section: Section | None) -> Report:
    assert section is not None
    return Report("title", "", (), (), (section,))


def rows_of(tables: Tables, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(tables[name]))))


def said(svg: bytes) -> str:
    return "".join(ElementTree.fromstring(svg).itertext())


def test_the_tables_show_the_csv(tables: Tables, shown: Report, drawn: dict[str, bytes]) -> None:
    page = Page(html(shown, drawn))
    assert agree(page, "structured", rows_of(tables, "structured")) == 13 * 24
    assert agree(page, "zero-padding", rows_of(tables, "zero_padding")) == 12 * 2
    rows = rows_of(tables, "equal_latency")
    for runtime in ("ai_edge_litert", "tflite_runtime"):
        own = [row for row in rows if (row["device"], row["runtime"]) == ("host", runtime)]
        assert agree(page, f"equal-latency-measured-host-{runtime}-1", own) == 12 * 16
    own = [row | {"predicted_us": row["median_us"]} for row in rows if row["kind"] == "predicted"]
    assert agree(page, "equal-latency-predicted-rpi4_predicted-tflite_runtime-1", own) == 13 * 16


def test_a_measured_time_shows_its_interval_and_a_predicted_one_none(shown: Report) -> None:
    text = markdown(shown)
    assert "Median [\u00b5s] (95 % interval)" in text.replace("\\", "")
    assert re.search(r"\| [\d.]+ \([\d.]+ to [\d.]+\) \| \d", text)


def test_what_compares_predictions_is_not_validated(shown: Report) -> None:
    text = markdown(shown)
    assert "1 thread, predicted, not validated: met by" in text and "1 thread, measured: met by" in text


def test_markdown_says_the_same(shown: Report) -> None:
    text = markdown(shown)
    assert "## Structured pruning" in text and all(f"{name}-dark.svg" in text for name in FIGURES)
    assert text.count("Not met (") + text.count("Met: ") + text.count("Open: ") == 16 * 3
    assert "- **Structured pruning at equal latency.** Met " in text


def test_figures_are_drawn_in_both_themes_with_their_words(drawn: dict[str, bytes]) -> None:
    assert sorted(drawn) == sorted(f"{name}{suffix}.svg" for name in FIGURES for suffix in ("", "-dark"))
    words = {name: said(drawn[f"{name}.svg"]) for name in FIGURES}
    assert "automatic_budget 2\u00a0points" in words["channels_mobilenet_v2"]
    assert "block_16_expand" in words["channels_mobilenet_v2"]
    assert re.findall(r"(\d+)\u00a0% cut", words[FIGURES[3]]) == 2 * ["12", "25", "50", "75", "90"]
    curve = words["structured_mobilenet_v2"]
    assert "\u03b1 0.35" in curve and "Median time of one inference [ms], predicted" in curve
    for title in ("Share over epochs", "Penalty over steps", "Scales of batch norm", "Predicted loss over cost"):
        assert title in words["schedules_mobilenet_v2"]


def test_the_same_rows_give_the_same_bytes(tables: Tables, drawn: dict[str, bytes]) -> None:
    again = {name: draw for name, draw in structured.figures(tables).items() if name in FIGURES[1:4]}
    for name, content in render(again, {}, tables).items():
        assert content == drawn[name]


def test_without_structured_variants_there_is_no_section() -> None:
    tables = tables_of(synthetic.study(["mobilenet"], images=5))
    assert structured.section(tables, FIGURES) is None and details(tables) == [] == structured.findings(tables)
    assert structured.figures(tables) == {}


def test_without_records_nothing_says_how_it_was_cut(small: Inputs) -> None:
    tables = tables_of(replace(small, compression={}, latency=[]))
    assert figures_of(tables) == {}
    (section,) = report(structured.section(tables, ())).sections
    assert not any(isinstance(block, Fold | Picture) for block in section.blocks)
    assert details(tables)[0].text.startswith("Open: 4 structured variants")


def test_a_record_without_some_tables_leaves_these_out(small: Inputs) -> None:
    bare = {model: {"channels": document["channels"]} for model, document in small.compression.items()}
    tables = tables_of(replace(small, compression=bare))
    draws = structured.figures(tables)
    assert draws["schedules_mobilenet_v2"](tables, LIGHT) is None
    assert sorted(draws) == ["channels_mobilenet_v2", "schedules_mobilenet_v2", "structured_mobilenet_v2"]
    empty = tables_of(replace(small, compression={model: {} for model in small.compression}))
    assert {name.removesuffix("-dark.svg") for name in figures_of(empty) if "dark" in name} == {FIGURES[0]}


def test_layers_are_cut_into_lines_of_nearly_equal_length() -> None:
    for count in (0, 1, strips.MOST, strips.MOST + 1, 82, 200):
        parts = strips.lines(count)
        assert [place for part in parts for place in part] == list(range(count))
        sizes = [len(part) for part in parts]
        assert max(sizes, default=0) <= strips.MOST and max(sizes, default=0) - min(sizes, default=0) <= 1
        assert sizes == sorted(sizes, reverse=True)  # the first is the longest: all axes are as wide


def test_fifty_groups_have_their_names_and_numbers() -> None:
    wide = made.study({"automatic": [50]}, alphas=(), images=5, blocks=made.BLOCKS + [320] * 8)
    tables = tables_of(wide)
    (one,) = strips.sensitivities(wide)
    groups = list(one["group"].unique())
    assert len(groups) == 51
    words = said(figures_of(tables)[f"{strips.stem(one)}.svg"])
    assert all(group in words for group in groups if len(group) <= strips.NAME)


def test_what_was_measured_once_is_drawn_once(tables: Tables) -> None:
    found = strips.sensitivities(tables.inputs)
    assert [list(one["model"].unique()) for one in found] == [
        [f"mobilenet_v2_{name}_s0" for name in ("automatic30", "automatic50", "automatic_budget2")],
        ["mobilenet_v2_automatic_coupled50_s0"],
    ]


def test_shares_of_whole_channels_stand_in_one_line(small: Inputs) -> None:
    rows = [
        {"group": group, "share": share, "loss_pp": 100 * share}
        for group, shares in (("a", [0.9, 0.25]), ("b", [0.875, 0.2]), ("c", [0.26]))
        for share in shares
    ]
    planned = replace(small, compression={"mobilenet_v2_automatic50_s0": {"sensitivity": rows}})
    (one,) = strips.sensitivities(planned)
    assert strips.shares(one) == [0.25, 0.89]
    cuts = strips.cuts(one, "share")
    assert list(cuts.columns) == ["a", "b", "c"]
    assert cuts.fillna(0).to_numpy().tolist() == [[0.25, 0.2, 0.26], [0.9, 0.875, 0]]
    words = said(figures_of(tables_of(planned))[f"{strips.stem(one)}.svg"])
    assert "90" in words and "88" in words and "26" in words and "nan" not in words


def test_of_several_seeds_the_first_is_drawn() -> None:
    found = networks(made.study({"sfp": [30]}, alphas=(), images=5, seeds=(3, 4)))
    assert list(found["seed"]) == [3, 4]
    assert list(first_seeds(found)["seed"]) == [3]


def test_hostile_names_stay_text(small: Inputs) -> None:
    documents = {}
    for model, entry in small.compression.items():
        names = dict(zip([one["layer"] for one in entry["channels"]], HOSTILE, strict=False))
        changed = {
            key: [{**row, "group": names.get(row.get("group"), HOSTILE[0])} for row in entry.get(key, [])]
            for key in ("sensitivity", "plan")
        }
        layers = [{**one, "layer": names[one["layer"]]} for one in entry["channels"]]
        documents[model] = {**entry, **changed, "channels": layers}
    slots = [replace(slot, device=HOSTILE[0]) if slot.device != "host" else slot for slot in small.latency]
    tables = tables_of(replace(small, compression=documents, latency=slots))
    files = figures_of(tables)
    assert len(files) == 8
    for content in files.values():
        elements = list(ElementTree.fromstring(content).iter())
        assert not any(element.tag.endswith(("}script", "}image")) for element in elements)
    assert HOSTILE[1] in said(files["channels_mobilenet_v2.svg"])
    shown = report(structured.section(tables, {name.removesuffix(".svg") for name in files}))
    page = Page(html(shown, files))
    assert [tag for tag, _ in page.tags].count("script") == SCRIPTS
    assert "image" not in [tag for tag, _ in page.tags]
    assert set(re.findall(r"<(/?\w+)", markdown(shown))) == {"picture", "/picture", "source", "img"}


def test_two_parts_make_the_tables_of_the_whole(small: Inputs) -> None:
    def part(alpha: float) -> Inputs:
        own = tuple(one for one in small.results if one.variant.architecture.alpha == alpha)
        slots = [slot for slot in small.latency if slot.variant in {one.name for one in own}]
        return kept(keep(replace(small, results=own, latency=slots)))

    alone, narrow = part(1.0), part(0.5)
    joined, expected = tables_of(join([narrow, alone])), tables_of(small)
    for name in structured.MAKERS:
        assert csv_text(joined[name]) == csv_text(expected[name])
    assert len(joined["equal_latency"]) == 2 * 2 * 3
    assert tables_of(alone)["equal_latency"].empty
