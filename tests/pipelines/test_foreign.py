"""Classifiers as people bring them, each with the value that the raw interpreter gives: tests/odd_models.py."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked_foreign import evaluate, raw
from odd_models import CLASSES, Odd, colours, described, write
from PIL import Image

from pipelines import files, predict
from study.tflite.image_input import ImageInput

COUNT = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An npz without names and one with a card, images of 8x8 that are in the order of CLASSES; grey ones apart."""
    folder = tmp_path_factory.mktemp("foreign")
    images, labels = colours(COUNT)
    files.write_npz(folder / "test.npz", images=images, labels=labels)
    files.write_npz(folder / "two.npz", images=images[labels < 2], labels=labels[labels < 2])
    (folder / "named").mkdir()
    ordered = sorted(CLASSES)
    files.write_npz(
        folder / "named" / "test.npz", images=images, labels=np.array([ordered.index(CLASSES[at]) for at in labels])
    )
    files.write_json(folder / "named" / "card.json", {"name": "colours", "classes": ordered, "fingerprint": "f"})
    brightness = np.array([25, 100, 165, 240])[labels]
    grey = np.broadcast_to(brightness[:, None, None, None], (COUNT, 8, 8, 3)).astype(np.uint8)
    files.write_npz(folder / "grey.npz", images=grey, labels=labels)
    return folder


def scored(tmp_path: Path, tflite: bytes, data: Path, *more: str) -> tuple[dict[str, Any], str, str]:
    """What is written, printed and warned of."""
    (tmp_path / "m.tflite").write_bytes(tflite)
    done = evaluate(tmp_path / "m.tflite", data, *more)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if not line.startswith("note: ")]  # of the data
    assert len(said) == 5 and len(done.stderr.splitlines()) <= 1, done.stdout
    return files.read_json(tmp_path / "out.json"), done.stdout, done.stderr


def refused(tmp_path: Path, tflite: bytes, data: Path, *more: str) -> str:
    (tmp_path / "m.tflite").write_bytes(tflite)
    done = evaluate(tmp_path / "m.tflite", data, *more)
    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (2, 1, ""), done.stderr
    assert not (tmp_path / "out.json").exists()
    return done.stderr


MODELS = {
    "plain": (Odd(), (), "8x8 (the model's size), NHWC, RGB, float32, pixels 0 to 255 as -1,1 (assumed, nothing"),
    "any size": (Odd(free=(0, 1, 2)), (), "8x8 (the images' size, the model takes any)"),
    "any size but one image": (Odd(free=(1, 2)), ("--size", "8"), "8x8 (the images' size, the model takes any)"),
    "one pixel for want of a size": (Odd(shape=(1, 1, 1, 3)), (), "8x8 (the images' size, the model takes any)"),
    "any batch": (Odd(free=(0,)), (), "8x8 (the model's size)"),
    "NCHW": (Odd(shape=(1, 3, 8, 8)), (), "NCHW, RGB"),
    "NCHW of any size": (Odd(shape=(1, 3, 8, 8), free=(0, 2, 3)), (), "8x8 (the images' size"),
    "BGR": (Odd(bgr=True), ("--bgr",), "NHWC, BGR"),
    "zero to one": (Odd(low=0.0), ("--input-range=0,1",), "as 0,1 (--input-range)"),
    "mean and std": (Odd(), ("--mean=127.5", "--std=127.5"), "as (pixel - 127.5) / 127.5 (--mean and --std)"),
    "mean and std of 0 to 1": (Odd(), ("--mean=0.5,0.5,0.5", "--std=0.5,0.5,0.5"), "as (pixel - 127.5/127.5/127.5) /"),
    "int8 of 0 to 255": (Odd(dtype="int8", low=0.0, high=255.0), (), "as 0,255 (its quantization, 0 to 255)"),
    "uint8 of 0 to 1": (Odd(dtype="uint8", low=0.0), (), "as 0,1 (its quantization, 0 to 1)"),
    "int8 of -1 to 1": (Odd(dtype="int8"), (), "as -1,1 (its quantization, -1"),
    "float in, quantized inside": (
        Odd(quantize=True, low=0.0, high=255.0),
        (),
        "as 0,255 (its quantization, 0 to 255)",
    ),
    "a rescaling layer of -1 to 1": (Odd(rescale="MUL", low=0.0, high=255.0), (), "as 0,255 (the model rescales"),
    "a rescaling layer of 0 to 1": (Odd(rescale="DIV", low=0.0, high=255.0), (), "as 0,255 (the model rescales"),
    "a mean taken off": (Odd(rescale="SUB", low=0.0, high=255.0), (), "as 0,255 (the model rescales"),
    "uint8 without a scale": (Odd(dtype="uint8", scaled=False, low=0.0, high=255.0), (), "(integers without a scale)"),
    "int8 without a scale": (Odd(dtype="int8", scaled=False, low=-128.0, high=127.0), (), "as -128,127 (integers"),
}


@pytest.mark.parametrize("kind", MODELS)
def test_whatever_takes_colours_is_right(folder: Path, tmp_path: Path, kind: str) -> None:
    model, options, said = MODELS[kind]
    tflite, arrays = write(model), files.read_npz(folder / "test.npz")
    found, printed, warned = scored(tmp_path, tflite, folder / "test.npz", *options)
    outputs = raw(tflite, arrays["images"], model)
    assert found["top1"] == found["top1_argmax"] == (outputs.argmax(1) == arrays["labels"]).mean() == 1
    # Pixels that lie half-way between two codes may go either way.
    near = 0.03 if kind == "int8 of -1 to 1" else 1e-4
    assert found["nll"] == pytest.approx(likelihood(outputs, arrays["labels"]), rel=near)
    assert said in printed and warned == ""


def likelihood(logits: np.ndarray, labels: np.ndarray) -> float:
    shifted = np.exp(logits - logits.max(1, keepdims=True), dtype=np.float64)
    return float(-np.log(shifted / shifted.sum(1, keepdims=True))[np.arange(len(labels)), labels].mean())


@pytest.mark.parametrize("shape", [(1, 8, 8, 1), (1, 1, 8, 8), (1, 8, 8)])
def test_grey(folder: Path, tmp_path: Path, shape: tuple[int, ...]) -> None:
    found, printed, _ = scored(tmp_path, write(Odd(shape=shape)), folder / "grey.npz")
    assert found["top1"] == 1 and "grey" in printed
    assert "leave --bgr out" in refused_after(tmp_path, write(Odd(shape=shape)), folder / "grey.npz", "--bgr")


def refused_after(tmp_path: Path, tflite: bytes, data: Path, *more: str) -> str:
    (tmp_path / "out.json").unlink(missing_ok=True)
    return refused(tmp_path, tflite, data, *more)


def test_probabilities_without_a_softmax_are_not_taken_for_logits(folder: Path, tmp_path: Path) -> None:
    tflite, arrays = write(Odd(end="NORMALIZED")), files.read_npz(folder / "test.npz")
    found, printed, _ = scored(tmp_path, tflite, folder / "test.npz")
    probabilities = raw(tflite, arrays["images"], Odd())
    own = float(-np.log(probabilities[np.arange(COUNT), arrays["labels"]]).mean())
    assert found["nll"] == pytest.approx(own, rel=1e-4) and found["facts"][0]["outputs"] == "probabilities"
    assert "probabilities (they sum to 1, after DIV)" in printed
    taken_for_logits, _, _ = scored(tmp_path, tflite, folder / "test.npz", "--outputs=logits")
    assert taken_for_logits["nll"] > found["nll"] + 0.3


def test_of_sigmoids_no_likelihood_is_told(folder: Path, tmp_path: Path) -> None:
    found, printed, _ = scored(tmp_path, write(Odd(end="LOGISTIC")), folder / "test.npz")
    assert (found["top1"], found["nll"], found["brier"], found["ece"]) == (1, None, None, None)
    assert "scores (from LOGISTIC, they do not sum to 1; no probabilities, so no nll, brier and ece)" in printed


@pytest.mark.parametrize("end", ["LOGISTIC", ""])
def test_one_output_for_two_classes(folder: Path, tmp_path: Path, end: str) -> None:
    tflite, arrays = write(Odd(binary=True, end=end)), files.read_npz(folder / "two.npz")
    found, printed, _ = scored(tmp_path, tflite, folder / "two.npz")
    (outputs,) = raw(tflite, arrays["images"], Odd()).T
    second = outputs if end else 1 / (1 + np.exp(-outputs))
    own = -np.log(np.where(arrays["labels"] == 1, second, 1 - second)).mean()
    assert found["top1"] == ((second > 0.5) == arrays["labels"]).mean() == 1
    assert found["nll"] == pytest.approx(own, rel=1e-3) and "one for the second class" in printed


def test_a_range_that_contradicts_the_quantization_is_refused(folder: Path, tmp_path: Path) -> None:
    tflite = write(Odd(dtype="int8", low=0.0, high=255.0))
    said = refused(tmp_path, tflite, folder / "test.npz", "--input-range=-1,1")
    assert (
        "pixels would become -1 to 1 (--input-range), but the model's own quantization has codes for 0 to 255" in said
    )
    said = refused(tmp_path, write(Odd(dtype="uint8")), folder / "test.npz", "--mean=0", "--std=1")
    assert "0 to 255 (--mean and --std)" in said
    raw_pixels = write(Odd(dtype="uint8", scaled=False, low=0.0, high=255.0))
    assert "takes pixels as they are" in refused(tmp_path, raw_pixels, folder / "test.npz", "--input-range=-1,1")


def test_an_unusual_quantization_is_asked_about(folder: Path, tmp_path: Path) -> None:
    tflite = write(Odd(dtype="int8", low=-2.1, high=2.6))
    assert "codes for -2.1 to 2.6, which is none of the usual" in refused(tmp_path, tflite, folder / "test.npz")
    assert scored(tmp_path, tflite, folder / "test.npz", "--input-range=-2.1,2.6")[0]["top1"] == 1


PERMUTED = Odd(order=(2, 0, 3, 1))
ORDERED = "blue\nred\nwhite\ngreen\n"


def test_another_order_of_the_classes_is_warned_of(folder: Path, tmp_path: Path) -> None:
    """Right in 20 of 40 as taken, in all in another order."""
    tflite = write(Odd(order=(0, 2, 1, 3)))
    found, _, warned = scored(tmp_path, tflite, folder / "test.npz")
    assert found["top1"] == 0.5
    assert "in the order 0, 2, 1, 3, 1.0000 of the images would be right instead of 0.5000" in warned
    found, printed, warned = scored(tmp_path, write(PERMUTED), folder / "named" / "test.npz")
    assert found["top1"] == 0.25 and "order    blue, green, red, white (assumed" in printed
    assert "in the order blue, red, white, green, 1.0000 of the images would be right instead of 0.2500" in warned


@pytest.mark.parametrize("way", ["--labels", "packed", "metadata"])
def test_labels_order_the_outputs(folder: Path, tmp_path: Path, way: str) -> None:
    (tmp_path / "l.txt").write_text("0 Blue\n1 red \n2 WHITE\n3 green\n")
    packed = {"--labels": None, "packed": ORDERED, "metadata": ORDERED}[way]
    tflite = write(PERMUTED, packed, described("labels.txt") if way == "metadata" else None)
    more = ["--labels", str(tmp_path / "l.txt")] if way == "--labels" else []
    found, printed, warned = scored(tmp_path, tflite, folder / "named" / "test.npz", *more)
    assert found["top1"] == found["top1_argmax"] == 1 and warned == ""
    assert [row["class"] for row in found["per_class"]] == sorted(CLASSES)
    assert "order    blue, red, white, green (" in printed


def test_labels_of_more_classes_than_the_data_has(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text('{"name": "two", "classes": ["green", "red"], "fingerprint": "f"}')
    arrays = files.read_npz(folder / "two.npz")
    files.write_npz(tmp_path / "two.npz", images=arrays["images"], labels=1 - arrays["labels"])
    found, _, _ = scored(tmp_path, write(PERMUTED, ORDERED), tmp_path / "two.npz")
    assert found["top1"] == 1
    rows = [(row["class"], row["n"]) for row in found["per_class"]]
    assert rows == [("green", 10), ("red", 10), ("blue", 0), ("white", 0)]


def test_labels_that_are_not_the_datas_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("a\nb\nc\nd\n")
    data, labels = folder / "named" / "test.npz", f"--labels={tmp_path / 'l.txt'}"
    assert "the class 'blue' of the data is none of the model's labels (a, b, c, d)" in refused(
        tmp_path, write(PERMUTED), data, labels
    )
    (tmp_path / "l.txt").write_text("a\nb\n")
    assert "names 2 classes, and the model has 4" in refused(tmp_path, write(PERMUTED), data, labels)
    (tmp_path / "l.txt").write_text("a\n\nb\n")
    assert "l.txt: labels must be text" in refused(tmp_path, write(PERMUTED), data, labels)
    found, printed, _ = scored(tmp_path, write(Odd(), "x\ny\n"), folder / "test.npz")
    assert found["top1"] == 1 and "labels.txt in the model names 2 classes for 4 outputs and is not used" in printed


def test_metadata_says_what_pixels_become(folder: Path, tmp_path: Path) -> None:
    model = Odd(low=0.0, high=255.0)
    found, printed, _ = scored(tmp_path, write(model, None, described(mean=[0], std=[1])), folder / "test.npz")
    assert found["top1"] == 1 and "as (pixel - 0) / 1 (the model's metadata)" in printed
    outputs = raw(write(model), files.read_npz(folder / "test.npz")["images"], model)
    assert found["nll"] == pytest.approx(likelihood(outputs, files.read_npz(folder / "test.npz")["labels"]), rel=1e-4)


def test_each_signature_is_a_level(folder: Path, tmp_path: Path) -> None:
    tflite = write(Odd(), a=Odd(free=(1, 2)), b=Odd(shape=(1, 3, 8, 8), order=(0, 2, 1, 3)))
    (tmp_path / "m.tflite").write_bytes(tflite)
    done = evaluate(tmp_path / "m.tflite", folder / "test.npz")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 10, done.stderr
    assert "m.tflite: signature 'b': with its outputs in the order 0, 2, 1, 3" in done.stderr
    assert [files.read_json(tmp_path / f"out_{name}.json")["top1"] for name in "ab"] == [1, 0.5]


def test_ties_by_lot_and_by_plain_argmax(folder: Path, tmp_path: Path) -> None:
    """Outputs of one code for all classes: argmax always takes the first."""
    blind = write(Odd(low=-1e9, high=1e9))
    found, printed, _ = scored(tmp_path, blind, folder / "test.npz")
    assert found["ties"] == 40 and found["top1_argmax"] == 0.25 != found["top1"]
    assert f"top-1    {found['top1']:.4f} with ties by lot (40 images), 0.2500 by plain argmax" in printed


def test_macs_are_not_told_where_the_size_is_open(folder: Path, tmp_path: Path) -> None:
    found, _, _ = scored(tmp_path, write(Odd(free=(1, 2))), folder / "test.npz")
    assert found["macs"] is None and found["arena_bytes"] is None and found["parameters"] == 16
    assert scored(tmp_path, write(Odd(free=(0,))), folder / "test.npz")[0]["macs"] == 12


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--size=9"], "the model takes images of 8x8, not of 9x9"),
        (["--size=0"], "--size '0': give one number"),
        (["--mean=1"], "belong together"),
        (["--mean=a", "--std=1"], "--mean 'a': give one number"),
        (["--mean=1,2", "--std=1,2"], "give 1 or 3 each"),
        (["--mean=0.5", "--std=1"], "multiply the mean by 255"),
        (["--input-range=0,1", "--mean=3", "--std=2"], "say the same"),
        (["--input-range=1,0"], "must rise"),
        (["--input-range=0,nan"], "must rise"),
        (["--outputs=probabilities"], "are no probabilities"),
        (["--labels=none.txt"], "none.txt is missing"),
    ],
)
def test_mistakes_in_options_are_one_line(folder: Path, tmp_path: Path, options: list[str], said: str) -> None:
    assert said in refused(tmp_path, write(Odd()), folder / "test.npz", *options)


def test_files_that_are_no_image_classifiers_are_one_line(folder: Path, tmp_path: Path) -> None:
    assert "no image of 1 or 3 channels" in refused(tmp_path, write(Odd(shape=(1, 8, 8, 4))), folder / "test.npz")
    said = refused(tmp_path, write(Odd(free=(1, 2))), image_folder(tmp_path))
    assert "takes images of any size: say which, as --size 224" in said


def test_a_folder_in_the_size_asked_for(tmp_path: Path) -> None:
    found, printed, _ = scored(tmp_path, write(PERMUTED_FREE, ORDERED), image_folder(tmp_path), "--size=6")
    assert found["top1"] == 1 and "6x6 (the images' size" in printed


PERMUTED_FREE = Odd(order=PERMUTED.order, free=(0, 1, 2))


def image_folder(tmp_path: Path) -> Path:
    images, labels = colours(8)
    for split in ("train", "test"):
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            path = tmp_path / "images" / split / CLASSES[label] / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
    return tmp_path / "images"


def test_the_process_that_predicts_is_told_all_of_it(folder: Path, tmp_path: Path) -> None:
    model = Odd(shape=(1, 3, 8, 8), free=(2, 3), bgr=True)
    (tmp_path / "m.tflite").write_bytes(write(model))
    taken = ImageInput("NCHW", "BGR", mean=(127.5,), std=(127.5,))
    found = predict.run(str(tmp_path / "m.tflite"), str(folder / "test.npz"), "ai_edge_litert", 1, 64, taken)
    expected = raw(write(model), files.read_npz(folder / "test.npz")["images"], model)
    np.testing.assert_allclose(found["logits"], expected, rtol=1e-4, atol=1e-4)
    assert found["size"].tolist() == [8, 8]
