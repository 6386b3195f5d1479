"""The section on structured pruning: its tables are the CSV files, its figures are text, strangers' names harmless."""

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import synthetic_structured as structured
import synthetic_study as synthetic
from report_page import SCRIPTS, Page, agree
from synthetic_study import HOSTILE, Built

from study.report.answers import answers
from study.report.blocks import Fold, Picture
from study.report.document import document
from study.report.facts import csv_files, gather
from study.report.figures import channels, schedules, sensitivity, sparsity, strips, widths
from study.report.figures.drawings import drawings
from study.report.figures.render import render
from study.report.figures.style import LIGHT
from study.report.findings.findings import findings
from study.report.html import html
from study.report.inputs import Inputs
from study.report.join import join
from study.report.kept import keep, kept
from study.report.markdown import markdown
from study.report.sections.sparse_inference import sparse_table
from study.report.structured.findings import details
from study.report.structured.models import first_seeds, models
from study.report.structured.section import structured_section
from study.report.structured.sensitivities import Sensitivity, sensitivities

ARCH = "mobilenet_v2"
FIGURES = [
    "structured_mobilenet_v2",
    "channels_mobilenet_v2",
    "schedules_mobilenet_v2",
    "sensitivity_mobilenet_v2_automatic30_s0",
    "sensitivity_mobilenet_v2_automatic_coupled50_s0",
]


@pytest.fixture(scope="module")
def built() -> Built:
    return structured.built()


@pytest.fixture(scope="module")
def page(built: Built) -> Page:
    return Page(built.text("index.html"))


@pytest.fixture(scope="module")
def small() -> Inputs:
    return structured.study({"automatic": [50], "sfp": [30]}, alphas=(0.5,), images=5, blocks=(16, 24))


def rows_of(built: Built, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(built.text(name))))


def said(svg: bytes) -> str:
    return "".join(ElementTree.fromstring(svg).itertext())


def test_the_tables_show_the_csv(page: Page, built: Built) -> None:
    assert agree(page, "structured", rows_of(built, "structured.csv")) == 12 * 24
    assert agree(page, "zero-padding", rows_of(built, "zero_padding.csv")) == 12 * 2
    rows = rows_of(built, "equal_latency.csv")
    for runtime in ("ai_edge_litert", "tflite_runtime"):
        own = [row for row in rows if (row["device"], row["runtime"]) == ("host", runtime)]
        assert agree(page, f"equal-latency-measured-host-{runtime}-1", own) == 12 * 16
    own = [row | {"predicted_us": row["median_us"]} for row in rows if row["kind"] == "predicted"]
    assert agree(page, "equal-latency-predicted-rpi4_predicted-tflite_runtime-1", own) == 12 * 16


def test_markdown_says_the_same(page: Page, built: Built) -> None:
    text = built.text("report.md")
    assert len(re.findall(r"^\| ---:? \|", text, flags=re.M)) == len(page.tables)
    assert "## Structured pruning" in text and all(f"{name}-dark.svg" in text for name in FIGURES)
    assert text.count("Not met (") + text.count("Met: ") + text.count("Open: ") == 16 * 3
    assert "- **Structured pruning at equal latency.** Met " in text


def test_every_structured_variant_stands_with_its_classes(page: Page, built: Built) -> None:
    lines = {line[0][0] for line in page.tables[f"classes-{ARCH}"][1]}
    cut = {row["variant"] for row in rows_of(built, "structured.csv") if row["method"] != "dense"}
    assert len(cut) == 16 and cut < lines
    tested = {cells[0][0] for cells in page.tables["per-class"][1]}
    assert cut < tested
    assert "\u201ccat\u201d in mobilenet_v2 \u00b7 slimming 50\u00a0% \u00b7 int8" in page.text
    assert all(f"cards/{variant}.md" in built.files for variant in cut)


def test_figures_are_drawn_in_both_themes_with_their_words(built: Built) -> None:
    for name in FIGURES:
        for suffix in ("", "-dark"):
            ElementTree.fromstring(built.files[f"figures/{name}{suffix}.svg"])
    assert "automatic_budget 2\u00a0points" in said(built.files["figures/channels_mobilenet_v2.svg"])
    assert "block_16_expand" in said(built.files["figures/channels_mobilenet_v2.svg"])
    words = said(built.files[f"figures/{FIGURES[3]}.svg"])
    assert re.findall(r"(\d+)\u00a0% cut", words) == 2 * ["12", "25", "50", "75", "90"]
    curve = said(built.files["figures/structured_mobilenet_v2.svg"])
    assert "\u03b1 0.35" in curve and "Median time of one inference [ms], predicted" in curve
    told = said(built.files["figures/schedules_mobilenet_v2.svg"])
    for title in ("Share over epochs", "Penalty over steps", "Scales of batch norm", "Predicted loss over cost"):
        assert title in told


def test_the_same_rows_give_the_same_bytes(built: Built) -> None:
    facts = gather(built.inputs)
    draws = {name: draw for name, draw in drawings(facts).items() if name in FIGURES[1:4]}
    for name, content in render(draws, facts).items():
        assert content == built.files[f"figures/{name}"]


def test_a_share_of_channels_is_no_sparsity(built: Built, small: Inputs) -> None:
    assert "figures/top1_over_sparsity.svg" not in built.files
    pruned = synthetic.study(["mobilenet"], images=5)
    both = replace(
        small,
        exported={**small.exported, **pruned.exported},
        accuracy={**small.accuracy, **pruned.accuracy},
        predictions={**small.predictions, **pruned.predictions},
    )
    for entry in both.accuracy.values():
        entry["facts"][0]["sparse_inference"] = []
    facts = gather(both)
    words = said(render({"f": sparsity.draw}, facts)["f.svg"])
    assert "magnitude" in words and "sfp" not in words and "automatic" not in words
    (table,) = sparse_table(facts)
    assert [row[0].text for row in table.rows] == ["mobilenet"]
    assert "sfp 30\u00a0%: mobilenet_v2" in "".join(part for point in findings(facts) for part in point.parts)


def test_without_structured_variants_there_is_no_section() -> None:
    facts = gather(synthetic.study(["mobilenet"], images=5))
    assert structured_section(facts, FIGURES).blocks == () and details(facts) == []
    assert not set(drawings(facts)) & {"structured_mobilenet", "channels_mobilenet", "schedules_mobilenet"}


def test_without_records_nothing_says_how_it_was_cut(small: Inputs) -> None:
    facts = gather(replace(small, compression={}, latency=[]))
    files = render({name: draw for name, draw in drawings(facts).items() if name in FIGURES}, facts)
    assert files == {}
    blocks = structured_section(facts, files).blocks
    assert not any(isinstance(block, Fold | Picture) for block in blocks)
    assert details(facts)[0].text.startswith("Open: 4 structured variants")


def test_a_record_without_some_tables_leaves_these_out(small: Inputs) -> None:
    bare = {model: {"channels": document["channels"]} for model, document in small.compression.items()}
    facts = gather(replace(small, compression=bare))
    assert schedules.architecture(ARCH)(facts, LIGHT) is None
    assert channels.architecture(ARCH)(facts, LIGHT) is not None
    assert sensitivities(facts.structured_models) == []
    empty = gather(replace(small, compression={model: {} for model in small.compression}))
    assert channels.architecture(ARCH)(empty, LIGHT) is None
    assert widths.architecture(ARCH)(empty, LIGHT) is not None


def test_layers_are_cut_into_lines_of_nearly_equal_length() -> None:
    for count in (0, 1, strips.MOST, strips.MOST + 1, 82, 200):
        parts = strips.lines(count)
        assert [place for part in parts for place in range(part.start, part.stop)] == list(range(count))
        sizes = [part.stop - part.start for part in parts]
        assert max(sizes, default=0) <= strips.MOST and max(sizes, default=0) - min(sizes, default=0) <= 1
        assert strips.width(count) == max(sizes, default=0)


def test_fifty_groups_have_their_names_and_numbers() -> None:
    wide = structured.study({"automatic": [50]}, alphas=(), images=5, blocks=structured.BLOCKS + [320] * 8)
    facts = gather(wide)
    (one,) = sensitivities(facts.structured_models)
    assert len(one.groups) == 51
    words = said(render({"f": sensitivity.of(one)}, facts)["f.svg"])
    assert all(group in words for group in one.groups if len(group) <= strips.NAME)


def test_what_was_measured_once_is_drawn_once(built: Built) -> None:
    found = sensitivities(models(built.inputs))
    assert [[row["model"] for row in one.models] for one in found] == [
        [f"mobilenet_v2_{name}_s0" for name in ("automatic30", "automatic50", "automatic_budget2")],
        ["mobilenet_v2_automatic_coupled50_s0"],
    ]


def test_shares_of_whole_channels_stand_in_one_line() -> None:
    rows = [
        {"group": group, "share": share, "loss_pp": 100 * share}
        for group, shares in (("a", [0.9, 0.25]), ("b", [0.875, 0.2]), ("c", [0.26]))
        for share in shares
    ]
    one = Sensitivity(rows, [])
    assert (one.groups, one.shares) == (["a", "b", "c"], [0.25, 0.89])
    assert [[row and row["share"] for row in line] for line in one.cuts] == [[0.25, 0.2, 0.26], [0.9, 0.875, None]]
    words = said(render({"f": sensitivity.of(one)}, gather(synthetic.study(["mobilenet"], images=5)))["f.svg"])
    assert "90" in words and "88" in words and "26" in words


def test_of_several_seeds_the_first_is_drawn() -> None:
    made = models(structured.study({"sfp": [30]}, alphas=(), images=5, seeds=(3, 4)))
    assert [row["seed"] for row in made] == [3, 4]
    assert [row["seed"] for row in first_seeds(made)] == [3]


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
    cells = {
        name: {**cell, "scheme": HOSTILE[0] if cell["scheme"] == "int8" else cell["scheme"]}
        for name, cell in small.exported.items()
    }
    slots = [replace(slot, device=HOSTILE[0]) if slot.device != "host" else slot for slot in small.latency]
    inputs = replace(small, compression=documents, exported=cells, latency=slots)
    facts = gather(inputs)
    draws = {name: draw for name, draw in drawings(facts).items() if name.startswith(("ch", "sen", "str", "sch"))}
    files = render(draws, facts)
    assert len(files) == 8
    for content in files.values():
        elements = list(ElementTree.fromstring(content).iter())
        assert not any(element.tag.endswith(("}script", "}image")) for element in elements)
    assert HOSTILE[1] in said(files["channels_mobilenet_v2.svg"])
    report = document(inputs, facts, {name.removesuffix(".svg") for name in files})
    shown = replace(report, sections=tuple(one for one in report.sections if one.id == "structured"))
    page = Page(html(shown, files))
    assert [tag for tag, _ in page.tags].count("script") == SCRIPTS
    assert "image" not in [tag for tag, _ in page.tags]
    assert set(re.findall(r"<(/?\w+)", markdown(shown))) == {"picture", "/picture", "source", "img"}


def test_two_parts_make_the_tables_of_the_whole(small: Inputs) -> None:
    def part(names: set[str]) -> Inputs:
        cells = {name: cell for name, cell in small.exported.items() if cell["architecture"] in names}
        own = replace(
            small,
            exported=cells,
            accuracy={name: small.accuracy[name] for name in cells},
            predictions={name: small.predictions[name] for name in cells},
            latency=[slot for slot in small.latency if slot.variant in cells],
        )
        given = answers(own)
        return kept(keep(replace(own, answered=given, predictions={}), given))

    alone, narrow = part({ARCH}), part({"mobilenet_v2_alpha50"})
    joined = csv_files(gather(join([narrow, alone])))
    expected = csv_files(gather(small))
    for name in ("structured.csv", "channels.csv", "equal_latency.csv", "zero_padding.csv"):
        assert joined[name] == expected[name]
    assert len(joined["equal_latency.csv"].splitlines()) == 1 + 2 * 2 * 3
    assert len(csv_files(gather(alone))["equal_latency.csv"].splitlines()) == 1
