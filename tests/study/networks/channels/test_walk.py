import numpy as np
import pytest
import tf_keras

from study.errors import StudyError
from study.networks.channels.groups import channel_groups
from study.networks.channels.surgery import prune
from study.networks.channels.walk import PASS, steps

pytestmark = pytest.mark.tf
layers = tf_keras.layers


def test_scaling_of_the_image_is_passed_and_that_of_channels_is_not() -> None:
    """Behind the image nothing is cut, so each of its channels may have a factor; elsewhere an offset is no zero."""
    image = layers.Input((8, 8, 3))
    cropped = layers.Cropping2D(1, name="cropped")(image)
    scaled = layers.Rescaling([1.0, 2.0, 3.0], [0.1, 0.2, 0.3], name="scaled")(cropped)
    inner = layers.Conv2D(6, 3, name="inner")(scaled)
    ends = layers.GlobalMaxPooling2D(name="ends")(layers.LeakyReLU(name="leaky")(layers.UpSampling2D(name="up")(inner)))
    model = tf_keras.Model(image, layers.Dense(2, name="logits")(ends))
    kinds = {step.name: step.kind for step in steps(model)}
    assert {kinds[name] for name in ("cropped", "scaled", "up", "leaky", "ends")} == {PASS}
    assert set(channel_groups(model, zero_padding=False).prunable) == {"inner"}

    kernel, bias = model.get_layer("logits").get_weights()
    kernel[[0, 3]] = 0  # then these two channels may go
    model.get_layer("logits").set_weights([kernel, bias])
    images = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype(np.float32)
    smaller = prune(model, {"inner": [1, 2, 4, 5]})
    assert smaller.get_layer("inner").filters == 4
    np.testing.assert_allclose(smaller(images), model(images), atol=1e-5)

    within = tf_keras.Model(image, layers.Dense(2)(layers.Flatten()(layers.Rescaling(0.5, name="between")(inner))))
    with pytest.raises(StudyError, match="layer between is a Rescaling"):
        list(steps(within))
