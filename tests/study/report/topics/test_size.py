"""Size: codecs as measured, the smallest within a point, fronts whose numbers count along the tables."""

from collections import Counter
from xml.etree import ElementTree

import pandas as pd
import pytest
import synthetic_study as synthetic
from report_topics import MAKERS, csv_rows

from study.report.blocks import Picture, Point, Table
from study.report.drawing.pareto import points
from study.report.drawing.render import render
from study.report.inputs import Evaluation, Inputs
from study.report.pareto import front_rows
from study.report.shipping import FLASH, TRANSFER, smallest_within
from study.report.tables import Tables, records
from study.report.topics.size import TOPIC

BASE, INT8 = "mobilenet_dense_s0_float32", "mobilenet_dense_s0_int8"
DRAWN = ("size", "codec_share", "pareto_size", "pareto_size_by_architecture")


def tables_of(inputs: Inputs) -> Tables:
    return Tables(inputs, {**MAKERS, **TOPIC.tables})


def told(inputs: Inputs) -> dict[str, Point]:
    return {point.topic: point for point in TOPIC.findings(tables_of(inputs))}


def as_base(inputs: Inputs) -> Inputs:
    """The int8 network answers as the float32 one does."""
    base, own = inputs.by_name[BASE], inputs.by_name[INT8]
    document = synthetic.document(own) | {"per_class": synthetic.document(base)["per_class"]}
    return synthetic.changed(inputs, {INT8: {"predictions": base.predictions, "evaluation": Evaluation(document)}})


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return synthetic.complete(synthetic.study(images=20))


@pytest.fixture(scope="module")
def tables(inputs: Inputs) -> Tables:
    return tables_of(inputs)


def test_every_codec_of_every_variant_has_a_row(inputs: Inputs, tables: Tables) -> None:
    rows = {(row["variant"], row["codec"]): row for row in csv_rows(tables, "codecs")}
    assert len(rows) == len(inputs.encoded) * len(synthetic.CODECS)
    for (variant, codec), row in rows.items():
        one = inputs.encoded[variant]["codecs"][codec]
        assert (row["bytes"], row["decode_ms"]) == (str(one["bytes"]), f"{1000 * one['decode_seconds']:.3f}")


@pytest.mark.parametrize("where", ["to transfer", "on flash"])
def test_the_smallest_keeps_within_a_point_and_both_sizes_are_told(where: str) -> None:
    point = told(as_base(synthetic.study(["mobilenet"])))[f"Smallest {where} without loss"]
    assert f"The smallest compressed variant {where} within 1 point of its float32 baseline is " in point.text
    assert "mobilenet \u00b7 dense \u00b7 int8: 3.545\u00a0MB transferred as gzip (3.3 times smaller" in point.text
    assert "and 3.853\u00a0MB on flash (3.3 times smaller than dense float32); top-1" in point.text
    assert point.parts[0].startswith("mobilenet: dense \u00b7 int8, 3.545\u00a0MB transferred as gzip")


def test_the_smallest_form_counts_where_files_are_encoded() -> None:
    inputs = as_base(synthetic.complete(synthetic.study()))
    said = told(inputs)
    size = inputs.encoded[INT8]["codecs"]["xz"]["bytes"]
    first = said["Smallest to transfer without loss"]
    assert f"{size / 1e6:.3f}\u00a0MB transferred as xz (" in first.text and first.parts[1] == "mobilenet_v2: none"
    transfer, flash = said["Smallest of all"].parts
    assert transfer.startswith("to transfer: ") and "int8, 1.164\u00a0MB transferred as brotli" in transfer
    assert flash.startswith("on flash: ") and "magnitude 60\u00a0% \u00b7 int8, 1.164\u00a0MB" in flash
    codecs = said["Size after the best codec"].text
    made = Counter(one["smallest"] for one in inputs.encoded.values())
    assert codecs.startswith(f"The smallest form is made by xz ({made['xz']}), brotli ({made['brotli']}); it saves 7.0")
    assert "save the transfer and not the flash, unless" in said["Transferred and on flash"].text


def compared(name: str, file: int, form: int, delta: float | None) -> dict[str, object]:
    sizes = {"file_bytes": file, "gzip_bytes": None, "shipped_bytes": form, "shipped_codec": "xz"}
    treatment = {"method": name, "amount": 0.0, "level": "serving_default", "quantization": "int8", "collapsed": None}
    return {"variant": name, "arch": name[0], **treatment, "delta_pp": delta, **sizes}


@pytest.mark.parametrize(
    ("rows", "transfer", "flash"),
    [
        ([compared("a1", 100, 20, -1.0), compared("a2", 50, 40, -1.0)], "a1", "a2"),
        ([compared("a1", 100, 20, -1.001), compared("a2", 50, 40, -1.0)], "a2", "a2"),
        ([compared("a1", 100, 30, 0.0), compared("a2", 100, 20, 0.0)], "a2", "a2"),
        ([compared("a1", 100, 20, 0.0), compared("a2", 90, 20, 0.0)], "a2", "a2"),
        ([compared("a1", 100, 20, -5.0), compared("a2", 1, 1, None)], None, None),
    ],
)
def test_the_smallest_to_transfer_and_on_flash(
    rows: list[dict[str, object]], transfer: str | None, flash: str | None
) -> None:
    found = {where: smallest_within(pd.DataFrame(rows), where)["a"] for where in (TRANSFER, FLASH)}
    assert {where: row and row["variant"] for where, row in found.items()} == {TRANSFER: transfer, FLASH: flash}


def test_of_several_seeds_the_mean_has_to_hold_and_none_may_have_collapsed() -> None:
    first, lucky = compared("a1", 100, 20, -1.4), compared("a1", 100, 20, -0.5) | {"variant": "a1_s1"}
    assert smallest_within(pd.DataFrame([first | {"delta_pp": -1.6}, lucky]), FLASH) == {"a": None}
    found = smallest_within(pd.DataFrame([first, lucky]), FLASH)["a"]
    assert found is not None and found["variant"] == "a1_s1"  # the mean holds, and of its files this one does
    lost = first | {"delta_pp": -0.2, "collapsed": "never names a"}
    assert smallest_within(pd.DataFrame([lost, lucky]), FLASH) == {"a": None}


def test_what_has_never_been_compared_is_no_answer() -> None:
    assert smallest_within(pd.DataFrame([compared("a1", 100, 20, None)]), FLASH) == {}


def test_shares_of_gzip_are_of_the_file() -> None:
    assert told(synthetic.study())["Size after gzip"].parts[0] == "dense: float32 92\u00a0%, int8 92\u00a0%"


def test_numbers_of_a_panel_count_along_the_tables(tables: Tables) -> None:
    charts = TOPIC.charts(tables)
    svg = render({}, charts, tables)["pareto_size.svg"].decode()
    section = TOPIC.section(tables, DRAWN)
    assert section is not None
    shown = {block.name: block for block in section.blocks if isinstance(block, Table)}
    for gain in ("top1", "worst_class_accuracy"):
        best = front_rows(tables["results"], "shipped_bytes", gain)["variant"].tolist()
        points = {row["front"]: row["variant"] for row in charts["pareto_size"].tables[f"size-{gain}"] if row["front"]}
        lines = [[cell.text for cell in row[:2]] for row in shown[f"front-{gain}"].rows]
        assert lines == [[str(number), points[number]] for number in sorted(points)] and len(points) == len(lines)
        assert [name for _, name in lines] == best
        assert all(f">{number}</text>" in svg for number in points)


def test_numbers_of_a_cluster_climb_above_each_other() -> None:
    places = {
        "a": (1.0, 0.5),
        "b": (1.02, 0.501),
        "c": (1.04, 0.502),
        "d": (1.05, 0.6),
        "e": (9.0, 0.9),
        "f": (8.0, 0.1),
    }
    rows = [{"variant": name, "cost": cost, "gain": gain} for name, (cost, gain) in places.items()]
    table = pd.DataFrame(rows).assign(group=["x", "x", "x", "x", "x", "y"], hue="h", shape="s")
    found = points(table, "cost", 1.0, "gain", [])
    assert [(row["front"], row["lift"]) for row in found] == [(1, 0), (2, 1), (3, 2), (4, 0), (5, 0), (0, 0)]
    assert [(row["own"], row["own_lift"]) for row in found] == [(1, 0), (2, 1), (3, 2), (4, 0), (5, 0), (1, 0)]


def test_each_architecture_has_a_front_of_its_own(tables: Tables) -> None:
    chart = TOPIC.charts(tables)["pareto_size_by_architecture"]
    assert [panel.title for panel in chart.still] == ["mobilenet"] * 2 + ["mobilenet_v2"] * 2 and not chart.panels
    results = tables["results"]
    for arch, own in results.groupby("arch"):
        best = front_rows(own, "shipped_bytes")["variant"].tolist()
        points = [row for row in chart.tables["size-top1"] if row["group"] == arch and row["own"]]
        assert [row["variant"] for row in sorted(points, key=lambda row: int(row["own"]))] == best


def test_the_form_in_a_page_is_of_all_and_can_be_narrowed(tables: Tables) -> None:
    chart = TOPIC.charts(tables)["pareto_size"]
    lists = [panel.specs["light"]["params"][0] for panel in chart.panels]
    assert [(one["value"], one["bind"]["options"]) for one in lists] == [("", ["", "mobilenet", "mobilenet_v2"])] * 2
    texts = {row["t0"]: row["t1"] for row in chart.tables["size-top1"]}
    assert texts == {row["variant"]: f"{100 * row['top1']:.2f}" for row in records(tables["results"])}


def test_figures_hold_every_recipe_scheme_and_codec(tables: Tables) -> None:
    drawn = render(TOPIC.figures(tables), {}, tables)
    said = {name: "".join(ElementTree.fromstring(svg).itertext()) for name, svg in drawn.items()}
    assert list(said) == ["size.svg", "codec_share.svg", "size-dark.svg", "codec_share-dark.svg"]
    for word in ("mobilenet_v2", "magnitude 60\u00a0%", "int8", "transferred size", "on flash"):
        assert word in said["size.svg"]
    assert all(codec in said["codec_share.svg"] for codec in synthetic.CODECS)


def test_without_codecs_the_size_is_that_after_gzip() -> None:
    tables = tables_of(synthetic.study(["mobilenet"], images=20))
    charts = TOPIC.charts(tables)
    assert list(charts) == ["pareto_size"]  # one architecture is the whole
    assert "Gzip size [MB]" in render({}, charts, tables)["pareto_size.svg"].decode()
    assert "codec_share.svg" not in render(TOPIC.figures(tables), {}, tables)
    section = TOPIC.section(tables, ())
    assert section is not None and "shipping" not in [getattr(block, "name", "") for block in section.blocks]


def test_both_sizes_and_what_zeros_save_stand_wherever_sizes_do(tables: Tables) -> None:
    section = TOPIC.section(tables, DRAWN)
    assert section is not None
    captions = {block.name: block.caption for block in section.blocks if isinstance(block, Picture | Table)}
    for name in ("size", "pareto_size", "shipping"):
        assert "Zeros of unstructured pruning save the transfer and not the flash, unless they are " in captions[name]
    for block in section.blocks:
        if isinstance(block, Table):
            assert {"Transferred [MB]", "On flash [MB]"} <= {column.title for column in block.columns}, block.name


def test_nothing_evaluated_is_nothing_shown() -> None:
    inputs = synthetic.study(["mobilenet"], images=5)
    tables = tables_of(synthetic.without(inputs, *inputs.by_name))
    assert TOPIC.section(tables, ()) is None and TOPIC.findings(tables) == []
    assert render(TOPIC.figures(tables), TOPIC.charts(tables), tables) == {}
