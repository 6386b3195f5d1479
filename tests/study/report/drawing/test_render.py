"""Drawings as files: the same bytes again, and of an interactive chart an image that needs no script."""

import re
from xml.etree import ElementTree

import pytest
import synthetic_study as synthetic

from study.report.build import charts_of, tables_of
from study.report.drawing.chart import Chart
from study.report.drawing.render import numbered, render, still
from study.report.drawing.style import DARK, LIGHT, PIXELS
from study.report.tables import Tables
from study.report.topics import sparsity


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(synthetic.built().inputs)


@pytest.fixture(scope="module")
def charts(tables: Tables) -> dict[str, Chart]:
    return charts_of(tables)


def test_the_same_rows_give_the_same_bytes(tables: Tables, charts: dict[str, Chart]) -> None:
    stems = ("pareto_size", "class_change", "top1_over_sparsity")
    again = render(sparsity.TOPIC.figures(tables), {name: charts[name] for name in stems if name in charts}, tables)
    assert set(again) == {f"{stem}{suffix}.svg" for stem in stems for suffix in ("", "-dark")}
    assert all(content == synthetic.built().files[f"figures/{name}"] for name, content in again.items())


def test_the_last_digits_of_a_layout_leave_no_trace() -> None:
    drawing = '<g clip-path="url(#p{0})"/><g style="fill: url(#hatch)"/><clipPath id="p{0}"><rect/></clipPath>'
    assert numbered(drawing.format("4ecf854179")) == numbered(drawing.format("a61344cd5b"))
    assert "url(#hatch)" in numbered(drawing.format("4ecf854179"))


def test_gradients_are_not_counted_over_drawings(charts: dict[str, Chart]) -> None:
    first, again = (still(charts["class_change"], LIGHT) for _ in range(2))
    assert b"<linearGradient" in first and first == again


@pytest.mark.parametrize("name", ["pareto_size", "pareto_size_by_architecture", "class_change"])
def test_a_still_form_is_as_wide_as_other_figures_and_has_the_ground_of_its_theme(
    charts: dict[str, Chart], name: str
) -> None:
    for theme in (LIGHT, DARK):
        svg = still(charts[name], theme)
        root = ElementTree.fromstring(svg)
        assert 0.9 * PIXELS < float(root.attrib["width"]) <= 1.05 * PIXELS
        assert f'fill="{theme.background}"'.encode() in svg
        assert re.search(rb"font-family=\"'DejaVu Sans', Verdana", svg)


def test_a_still_form_shows_what_the_chart_holds(charts: dict[str, Chart]) -> None:
    chart = charts["pareto_size"]
    said = "".join(ElementTree.fromstring(still(chart, LIGHT)).itertext())
    assert all(panel.title in said for panel in chart.panels)
    assert "mobilenet_v2" in said and "Transferred size [MB], logarithmic" in said
    apart = "".join(ElementTree.fromstring(still(charts["pareto_size_by_architecture"], LIGHT)).itertext())
    assert apart.count("mobilenet_v2") >= 2 and "Accuracy of the worst class" in apart
