"""Automatic pruning as a whole."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from tiny_training import STRUCTURED, residual, same_bytes, trainer_of

from study.compress import METHODS
from study.compress.automatic import microseconds, sensitivity
from study.data.augment import normalise
from study.networks.channels.costs import Costs, costs_of
from study.networks.channels.groups import channel_groups
from study.networks.channels.padded_add import PaddedAdd
from study.networks.channels.surgery import masked
from study.registry import load

pytestmark = pytest.mark.tf

SPEC = replace(STRUCTURED, multiple=1, sensitivity_images=30, taylor_images=50, shares=[0.9, 0.5])

METHOD = pytest.mark.parametrize("method", ["automatic", "automatic_coupled"])


def trainer(states: Any = None) -> Any:
    run = trainer_of({} if states is None else states)
    five = [replace(split, labels=split.labels % 5) for split in (run.train, run.validation)]
    return replace(run, train=five[0], validation=five[1])


@cache
def whole(method: str) -> tuple[Any, dict[str, list[Any]]]:
    """What a method makes of 60 %, and the states that it kept on its way."""
    states: dict[str, list[Any]] = {}
    return load(METHODS, method, "compress")(residual(), 60, SPEC, trainer(states)), states


@METHOD
def test_the_cost_comes_down_to_the_amount(method: str) -> None:
    done, _ = whole(method)
    costs = costs_of(residual(), method == "automatic")
    kept = {row["group"]: row["kept"] for row in done.record["plan"]}
    share = costs(kept).macs / costs({}).macs
    *before, last = done.record["plan"]
    assert share == pytest.approx(last["cost"]) and share <= 0.4
    assert all(step["cost"] > 0.4 for step in before)
    assert [step["step"] for step in done.record["plan"]] == list(range(1, len(before) + 2))
    for name, width in kept.items():
        assert done.model.get_layer(name).get_weights()[0].shape[-1] == width
    assert done.analysis_seconds > 0 and [row.epoch for row in done.history] == [1]


def test_with_zero_padding_a_block_is_cut_by_itself() -> None:
    done, _ = whole("automatic")
    widths = {name: done.model.get_layer(name).get_weights()[0].shape[-1] for name in ("stem", "project")}
    assert widths["stem"] != widths["project"] and isinstance(done.model.get_layer("sum"), PaddedAdd)
    coupled, _ = whole("automatic_coupled")
    assert not isinstance(coupled.model.get_layer("sum"), PaddedAdd)


def test_the_budget_is_kept_to() -> None:
    done = load(METHODS, "automatic_budget", "compress")(residual(), 7, SPEC, trainer())
    assert done.record["plan"] and done.record["plan"][-1]["predicted_loss_pp"] <= 7


def test_what_is_recorded_is_what_was_measured() -> None:
    model, run = residual(), trainer()
    done = load(METHODS, "automatic_coupled", "compress")(residual(), 30, SPEC, run)
    rows = done.record["sensitivity"]
    assert [(row["group"], row["share"]) for row in rows] == [
        ("stem", 0.5),
        ("stem", pytest.approx(5 / 6)),
        ("expand", 0.5),
        ("expand", pytest.approx(11 / 12)),
        ("squeeze", 0.5),
        ("squeeze", 0.75),
    ]
    costs = costs_of(model, zero_padding=False)
    assert rows[2]["cost_saved"] == pytest.approx(1 - costs({"expand": 6}).macs / costs({}).macs)
    wholes = {round(row["top1"] + row["loss_pp"] / 100, 9) for row in rows}
    assert len(wholes) == 1  # every loss is against the same whole network


@METHOD
def test_one_that_was_killed_ends_in_the_same_bytes(method: str) -> None:
    done, states = whole(method)
    measured = states["sensitivity"]
    assert len(measured) > 3
    for left in (measured[:2], measured):
        again = load(METHODS, method, "compress")(residual(), 60, SPEC, trainer({"sensitivity": list(left)}))
        assert same_bytes(again.model, done.model) and again.record == done.record


def test_measured_time_may_be_the_cost_and_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microseconds, "SHARES", (0.0, 0.5))
    compress, states, spec = load(METHODS, "automatic", "compress"), {}, replace(SPEC, cost="microseconds")
    done = compress(residual(), 20, spec, trainer(states))
    rows = done.record["prices"]
    assert len(rows) == 4 and all(row["microseconds"] > 0 and row["fitted"] > 0 for row in rows)
    assert rows[0]["macs"] == costs_of(residual(), zero_padding=True)({}).macs == max(row["macs"] for row in rows)
    again = compress(residual(), 20, spec, trainer({"microseconds": states["microseconds"]}))
    assert again.record["prices"] == rows and same_bytes(again.model, done.model)


@pytest.mark.parametrize("prices", [(20.0, 3e-5, 2e-5), (0.0, 1e-5, 0.0), (50.0, 0.0, 1e-4)])
def test_prices_are_found_again(prices: tuple[float, float, float]) -> None:
    costs = costs_of(residual(), zero_padding=True)
    found = [costs(probe) for probe in microseconds.probes(channel_groups(residual(), zero_padding=True).prunable)]
    found = [Costs(1000 * one.macs, 2000 * one.weights) for one in found]
    took = np.array([microseconds.Price(*prices).of(one) for one in found])
    price = microseconds.fit(found, took)
    assert [price.of(one) for one in found] == pytest.approx(took.tolist())
    np.testing.assert_allclose([price.overhead, price.mac, price.weight], prices, rtol=1e-6, atol=1e-9)


def test_the_time_of_an_analysis_that_was_stopped_counts() -> None:
    compress, (_, states) = load(METHODS, "automatic", "compress"), whole("automatic")
    *_, last = states["sensitivity"]
    for left in (states["sensitivity"][2], last):
        slow = left | {"seconds": np.array(1000.0)}
        again = compress(residual(), 60, SPEC, trainer({"sensitivity": [slow]}))
        assert again.analysis_seconds > 1000
    assert float(last["seconds"]) > 0 and states["sensitivity"][0]["seconds"] < last["seconds"]


def test_a_look_is_at_the_masked_network_with_statistics_of_its_own_and_leaves_no_trace() -> None:
    model, run = residual(), trainer()
    weights = model.get_weights()
    groups = channel_groups(model, zero_padding=False)
    order = {"expand": np.array([5, 3, 11, 0, 1, 2, 4, 6, 7, 8, 9, 10])}
    spec = replace(SPEC, shares=[0.75], sensitivity_images=40)
    whole, (point,), before = sensitivity.points(
        model, {"expand": groups.groups["expand"]}, order, spec, run, zero_padding=False
    )
    for weight, old in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(weight, old)

    def top1(network: Any) -> float:
        logits = network(normalise(run.validation.spread(40).images), training=True).numpy()
        return float((logits.argmax(1) == run.validation.spread(40).labels).mean())

    assert point.kept == 3 and point.top1 == top1(masked(model, {"expand": [5, 3, 11]}, zero_padding=False))
    assert whole == top1(model) and before == 0.0
