"""What the stage says of the channels that are left."""

import pytest
from tiny_training import network

from pipelines.compress import channels_left, widths
from study.networks.channels.grouped.levels import levels
from study.networks.channels.surgery import prune

pytestmark = pytest.mark.tf


def test_channels_are_counted_layer_by_layer_where_layers_are_the_same() -> None:
    model = network()
    assert widths(model) == {"stem": 32, "pointwise": 64, "logits": 10}
    assert channels_left(widths(model), prune(model, {"stem": range(8)})) == [
        {"layer": "stem", "kept": 8, "of": 32},
        {"layer": "pointwise", "kept": 64, "of": 64},
        {"layer": "logits", "kept": 10, "of": 10},
    ]
    assert channels_left(widths(model), levels(model, (100, 75, 50, 25), "triangular")["w100"]) == []
