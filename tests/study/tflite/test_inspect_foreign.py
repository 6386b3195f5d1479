"""What a look inside shows of files from elsewhere."""

import pytest
from odd_models import CLASSES, Odd, delegated, described, write

from study.tflite.facts import read, summarise
from study.tflite.inspect import describe
from study.tflite.inspect_text import WIDTH, lines
from study.tflite.metadata import read_metadata
from study.tflite.parse import parse


def shown(tflite: bytes) -> str:
    model = parse(tflite)
    text = lines(describe(model, summarise(model), len(tflite), read_metadata(tflite)))
    assert max(map(len, text)) <= WIDTH
    return " ".join(" ".join(text).split())


def test_sizes_that_are_left_open() -> None:
    said = shown(write(Odd(free=(0, 1, 2))))
    assert "input float32 [any, any, any, 3]" in said and "output float32 [any, 4]" in said
    assert "MACs not known: they depend on the size of its input, which the file leaves open" in said
    assert "arena not known" in said and "parameters 16" in said


def test_an_open_batch_leaves_the_costs_of_one_image() -> None:
    assert "MACs 12 parameters" in shown(write(Odd(free=(0,))))


@pytest.mark.parametrize(
    ("custom", "said"),
    [
        ("edgetpu-custom-op", "edgetpu-custom-op is compiled for an Edge TPU"),
        ("ethos-u", "ethos-u is compiled for an Ethos-U"),
        ("MyOwn", "MyOwn is a custom operator"),
    ],
)
def test_what_an_accelerator_computes_is_not_counted(custom: str, said: str) -> None:
    text = shown(delegated(custom))
    assert f"MACs not known: {said}, and what it computes is not in the file" in text
    assert "x0" not in text and "CONV_2D unused (v1)" in text and f"CUSTOM:{custom} x1" in text
    found = read(delegated(custom)).level()
    assert found.uncounted and found.macs == 0


def test_operators_that_hold_no_weights_are_counted_as_nothing() -> None:
    assert read(delegated("TFLite_Detection_PostProcess")).level().uncounted is None


def test_labels_and_normalisation() -> None:
    said = shown(write(Odd(), "\n".join(CLASSES), described("labels.txt", [127.5], [128])))
    assert "labels 4 (labels.txt in the file): red, green, blue, white" in said
    assert "pixels (pixel - 127.5) / 128 (metadata)" in said


def test_signatures_and_their_subgraphs() -> None:
    said = shown(write(Odd(), small=Odd(), large=Odd(end="SOFTMAX")))
    assert "subgraphs 2: 2 operators (small), 3 operators (large)" in said
    assert "level small signature takes image; gives answer" in said


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Odd(), None),
        (Odd(dtype="int8", low=0.0, high=255.0), (0.0, 255.0)),
        (Odd(dtype="uint8", low=0.0), (0.0, 1.0)),
        (Odd(dtype="uint8", scaled=False), None),
        (Odd(quantize=True, low=0.0, high=255.0), (0.0, 255.0)),
    ],
)
def test_values_that_the_input_has_codes_for(model: Odd, expected: tuple[float, float] | None) -> None:
    assert read(write(model)).level().representable == (expected and pytest.approx(expected))
