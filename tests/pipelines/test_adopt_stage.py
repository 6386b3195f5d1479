"""A model file through the stages that train and export: adopted, compressed, exported as any other network."""

import itertools
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml

from pipelines import adopt, compress, export, modeling
from pipelines.files import file_digest, read_json, read_npz, write_json, write_npz
from study.data.augment import normalise

pytestmark = pytest.mark.tf

ROOT = Path(__file__).parents[2]
SIZE = 32


def run(monkeypatch: pytest.MonkeyPatch, module: ModuleType, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    monkeypatch.setattr(modeling, "start_tensorflow", lambda *given, **named: None)  # threads are set once a process
    module.main()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model and the splits that it is adopted on: colours, which a few steps tell apart."""
    folder, rng = tmp_path_factory.mktemp("adopt"), np.random.default_rng(0)
    labels = np.arange(48) % 3
    images = rng.integers(0, 120, (48, SIZE, SIZE, 3), np.uint8)
    images[np.arange(48), :, :, labels] += 60
    for name in ("train", "validation", "calibration", "test"):
        write_npz(folder / f"{name}.npz", images=images, labels=labels)
    write_json(folder / "card.json", {"classes": ["blue", "green", "red"]})
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((SIZE, SIZE, 3)), layers.Rescaling(1 / 255), layers.Conv2D(32, 3, strides=2, activation="relu"),
         layers.Conv2D(48, 3, strides=2), layers.BatchNormalization(), layers.ReLU(), layers.GlobalAveragePooling2D(),
         layers.Dense(3, activation="softmax")]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(images.astype(np.float32), labels, epochs=5, verbose=0)
    model.save(str(folder / "own.keras"))
    np.save(folder / "answers.npy", np.asarray(model(images.astype(np.float32), training=False)))
    params = yaml.safe_load((ROOT / "pipelines/presets/own.yaml").read_text())
    params["pruning"] |= {"epochs": 2, "frequency": 1}
    params["structured"] |= {"finetune_epochs": 1, "taylor_images": 16}
    params["training"] |= {"batch_size": 16, "shift": 0}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    return folder


def splits(folder: Path, *names: str) -> list[object]:
    return [word for name in names for word in (f"--{name}", folder / f"{name}.npz")]


def probabilities(tflite: Path, images: Any) -> Any:
    """Answers of an exported file by TensorFlow's own interpreter."""
    interpreter = tf.lite.Interpreter(str(tflite))
    interpreter.allocate_tensors()
    given, wanted = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    found = []
    for image in normalise(images):
        interpreter.set_tensor(given, image[None])
        interpreter.invoke()
        found.append(interpreter.get_tensor(wanted)[0])
    return tf.nn.softmax(np.array(found)).numpy()


def test_adopted_compressed_and_exported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = folder / "own.keras"
    run(monkeypatch, adopt, "--path", own, *splits(folder, "validation"), "--card", folder / "card.json",
        "--out", folder / "dense.npz", "--history", folder / "dense.csv")  # fmt: skip
    assert (folder / "dense.csv").read_text().count("\n") == 1  # a heading: it came trained
    origin = read_json(folder / "dense.compression.json")["origin"]
    assert (origin["file"], origin["sha256"]) == ("own.keras", file_digest(own))
    assert json.loads(str(read_npz(folder / "dense.npz")["graph"]))["class_name"] == "Functional"

    network = ("--family", "file", "--params", folder / "params.yaml")
    run(monkeypatch, compress, *network, "--method", "magnitude", "--section", "pruning", "--amount", 60, "--seed", 0,
        "--base", folder / "dense.npz", *splits(folder, "train", "validation"), "--out", folder / "pruned.npz",
        "--history", folder / "pruned.csv", "--resume", folder / "resume.npz")  # fmt: skip
    dense, pruned = read_npz(folder / "dense.npz"), read_npz(folder / "pruned.npz")
    assert np.array_equal(pruned["graph"], dense["graph"]) and set(pruned) == set(dense)
    kernels = [name for name, array in pruned.items() if name.endswith("kernel:0") and array.size > 10_000]
    assert kernels and all(abs(np.mean(pruned[name] == 0) - 0.6) < 0.01 for name in kernels)

    run(monkeypatch, compress, *network, "--method", "uniform", "--section", "structured", "--amount", 50, "--seed", 0,
        "--base", folder / "dense.npz", *splits(folder, "train", "validation"), "--out", folder / "narrow.npz",
        "--history", folder / "narrow.csv", "--resume", folder / "resume.npz")  # fmt: skip
    narrow = read_npz(folder / "narrow.npz")
    assert [dense[name].shape[-1] // narrow[name].shape[-1] for name in kernels] == [2] * len(kernels)

    images = read_npz(folder / "test.npz")["images"]
    found = {}
    for weights, scheme in itertools.product(("dense", "pruned", "narrow"), ("float32", "int8")):
        path = folder / f"{weights}_{scheme}.tflite"
        run(monkeypatch, export, *network, "--weights", folder / f"{weights}.npz", "--scheme", scheme, "--out", path,
            *splits(folder, "calibration", "validation"))  # fmt: skip
        found[weights, scheme] = probabilities(path, images)
    assert np.abs(found["dense", "float32"] - np.load(folder / "answers.npy")).max() < 1e-4
    for weights in ("dense", "pruned", "narrow"):
        assert np.abs(found[weights, "int8"] - found[weights, "float32"]).max() < 0.1, weights
