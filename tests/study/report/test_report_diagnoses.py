"""A diagnosis in words: what the worst layers share, and what comes back with how many of them in float."""

from typing import Any

import pytest
import synthetic_study as synthetic

from study.report.diagnoses import cause, plain, worst_layers


@pytest.fixture
def document() -> dict[str, Any]:
    return synthetic.diagnosis("m_dense_s0", "m")


def test_the_worst_layers_are_the_noisiest_and_keep_their_place(document: dict[str, Any]) -> None:
    found = worst_layers(document)
    ratios = [layer["sqnr_db"] for layer in document["layers"] if layer["sqnr_db"] is not None]
    assert [layer["sqnr_db"] for _, layer in found] == sorted(ratios)[:5]
    assert all(document["layers"][place - 1] is layer for place, layer in found)


def test_the_cause_is_what_all_share(document: dict[str, Any]) -> None:
    assert cause(document) == (
        "The 5 worst layers are all DEPTHWISE_CONV_2D, together with 6\u00a0% of the noise. Returning 8 layers to "
        "float recovers 5.65 of 6.00 points on 5,000 validation images, and the file grows from 4.000\u00a0MB to "
        "4.720\u00a0MB (float32: 13.000\u00a0MB)."
    )


def test_different_layers_are_counted(document: dict[str, Any]) -> None:
    worst_layers(document)[0][1]["op"] = "ADD"  # type: ignore[index]
    assert cause(document).startswith("Of the 5 worst layers, 4 are DEPTHWISE_CONV_2D, 1 is ADD, together")


def test_few_layers(document: dict[str, Any]) -> None:
    only = document["layers"][1]
    assert cause({**document, "layers": [only]}).startswith("The worst layer is a DEPTHWISE_CONV_2D,")
    assert cause({**document, "layers": [{**only, "sqnr_db": None}]}).startswith("No layer adds noise.")


def test_a_missed_budget_is_said(document: dict[str, Any]) -> None:
    assert cause({**document, "chosen": 1}).endswith("That misses the budget of 0.5 points.")


def test_no_layer_in_float(document: dict[str, Any]) -> None:
    assert "points are lost on 5,000 validation images, above the budget of 0.5" in cause({**document, "chosen": 0})
    assert ", within the budget of 6.5" in cause({**document, "chosen": 0, "budget_pp": 6.5})


def test_exactly_the_budget_is_within_it(document: dict[str, Any]) -> None:
    whole, first = 0.6175, 0.6125  # 100 * their difference is a little more than 0.5 in binary
    steps = [{**document["recovery"][0], "top1": first}, *document["recovery"][1:]]
    exact = {**document, "float32": {**document["float32"], "top1": whole}, "recovery": steps, "chosen": 0}
    assert 100 * (whole - first) > 0.5
    assert "0.50 points are lost on 5,000 validation images, within the budget of 0.5" in cause(exact)


def test_no_loss(document: dict[str, Any]) -> None:
    none = {**document, "float32": {"top1": 0.6, "file_bytes": 1}}
    assert "nothing is lost on 5,000 validation images: 64.00\u00a0% against 60.00\u00a0%." in cause(none)


def test_plain_int8_stands_beside_searched_ranges(document: dict[str, Any]) -> None:
    worst = min((layer for layer in document["layers"] if layer["sqnr_db"] is not None), key=lambda x: x["sqnr_db"])
    assert plain(document) == (
        "Ranges from the smallest to the largest value change top-1 by \u221212.00 points, ranges of least error by "
        f"\u22126.00. The noisiest layer of the former is {worst['name']} (DEPTHWISE_CONV_2D): "
        f"{worst['sqnr_db'] - 4:.1f}\u00a0dB, {worst['sqnr_db']:.1f}\u00a0dB with searched ranges."
    )
    assert plain({**document, "plain": None}) == ""
