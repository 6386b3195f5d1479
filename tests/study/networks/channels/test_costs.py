"""Costs of widths."""

from typing import Any

import numpy as np
import pytest
from tiny_training import built, residual

from study.convert import float32
from study.networks.channels.costs import Costs, costs_of
from study.networks.channels.groups import channel_groups
from study.networks.channels.surgery import prune
from study.networks.models import ARCHITECTURES
from study.registry import load
from study.tflite.facts import read
from study.tflite.signature import SERVING_DEFAULT

pytestmark = pytest.mark.tf


PADDING = pytest.mark.parametrize("zero_padding", [True, False])


def test_a_small_network_by_hand() -> None:
    """Stem 3x3 from 8x8 to 4x4 pixels, a gated block of 12 channels on 6, 5 classes from 2x2 positions of 6."""
    at_every_pixel = 9 * 3 * 6 + 6 * 12 + 9 * 12 + 12 * 6
    once = 12 * 4 + 4 * 12 + 2 * 2 * 6 * 5
    costs = costs_of(residual(), zero_padding=True)
    assert costs({}) == Costs(16 * at_every_pixel + once, at_every_pixel + once)
    # A block of 2 channels behind a stream of 6 is filled up; all that reads the stream costs the same.
    assert costs({"project": 2}).weights == at_every_pixel + once - 12 * 4
    # A stream of 3 that a block of 4 is added to holds 4.
    assert costs({"stem": 3, "project": 4}).weights == 9 * 3 * 3 + 3 * 12 + 9 * 12 + 12 * 4 + 96 + 2 * 2 * 4 * 5


@PADDING
def test_they_are_those_of_the_network_that_is_built(zero_padding: bool) -> None:
    model = residual()
    kept = {"stem": 4, "expand": 7, "squeeze": 1} | ({"project": 3} if zero_padding else {})
    smaller = prune(model, {name: np.arange(count) for name, count in kept.items()}, zero_padding)
    found = costs_of(model, zero_padding)(kept)
    assert found.weights == values(smaller)
    assert found.macs == read(float32.convert({SERVING_DEFAULT: smaller}, None, None)).level().macs


def values(model: Any) -> int:
    """How many values the kernels hold."""
    return sum(int(np.prod(weight.shape)) for weight in model.weights if "kernel" in weight.name)


@PADDING
@pytest.mark.parametrize("family", sorted(set(ARCHITECTURES) - {"file"}))
def test_the_kernels_of_the_five_networks_are_counted(family: str, zero_padding: bool) -> None:
    model = built(family)
    costs = costs_of(model, zero_padding)
    kernels = values(model)
    assert costs({}).weights == kernels
    half = costs({name: group.width // 2 for name, group in channel_groups(model, zero_padding).prunable.items()})
    assert half.macs < 0.5 * costs({}).macs and half.weights < 0.5 * kernels


def test_the_multiply_accumulates_are_those_of_the_exported_file() -> None:
    model = load(ARCHITECTURES, "mobilenet_v2", "build")(10, (32, 32, 3), alpha=0.35)
    exported = read(float32.convert({SERVING_DEFAULT: model}, None, None)).level()
    assert costs_of(model, zero_padding=True)({}).macs == exported.macs
