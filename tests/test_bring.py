"""A classifier trained elsewhere and a folder of images: two commands, and a report that names the worst class."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from PIL import Image

ROOT = Path(__file__).parents[1]
SIZE, CLASSES = 32, ("blue", "green", "red")
ELSEWHERE = """
import sys
import keras
import numpy as np
data = np.load(sys.argv[1])
layers = keras.layers
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255),
    layers.Conv2D(16, 3, 2, activation="relu"), layers.Conv2D(24, 3, 2),
    layers.BatchNormalization(), layers.ReLU(), layers.GlobalAveragePooling2D(),
    layers.Dense(3, activation="softmax")])
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
model.fit(data["images"].astype("float32"), data["labels"], epochs=4, verbose=0)
model.save(sys.argv[2])
np.save(sys.argv[3], model.predict(data["test"].astype("float32"), verbose=0))
"""


def run(*command: str | Path, folder: Path = ROOT) -> str:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "DVC_NO_ANALYTICS": "1",
    }
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=folder, env=environment, text=True, capture_output=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def images(folder: Path) -> dict[str, np.ndarray]:
    """Noise with a tint, as files with one folder too many, an alpha channel and a stray text; and as arrays."""
    rng, found = np.random.default_rng(0), {"images": [], "labels": [], "test": [], "answers": []}
    for split, count in (("train", 40), ("test", 12)):
        for label, name in enumerate(CLASSES):
            inner = folder / "images" / split / name
            inner.mkdir(parents=True)
            for number in range(count):
                image = rng.integers(0, 200, (SIZE, SIZE, 3), np.uint8)
                image[:, :, label] += np.uint8(rng.integers(2, 40))
                Image.fromarray(image).convert("RGBA" if number % 5 == 0 else "RGB").save(inner / f"{number:02d}.png")
                found["images" if split == "train" else "test"].append(image)
                found["labels" if split == "train" else "answers"].append(label)
    (folder / "images" / "notes.txt").write_text("not an image")
    return {name: np.array(values) for name, values in found.items()}


def test_bring(tmp_path: Path) -> None:
    arrays, outer = images(tmp_path / "kaggle"), tmp_path / "kaggle"
    np.savez(tmp_path / "data.npz", **arrays)
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    model, answers = tmp_path / "tints.keras", tmp_path / "answers.npy"
    run(tmp_path / "elsewhere.py", tmp_path / "data.npz", model, answers)

    study = tmp_path / "study"
    said = run("-m", "pipelines.workspace", "--model", model, "--data", outer, "--out", study)
    assert said.splitlines()[-1] == f"next: cd {study} && python -m pipelines.study --jobs 2"
    params = yaml.safe_load((study / "params.yaml").read_text())
    assert params["data"]["image_size"] == SIZE
    params["grid"] |= {"recipes": {}, "schemes": ["float32", "int8"]}  # compression is tried in test_adopt_stage.py
    params["grid"]["devices"] = ["host"]
    params["latency"] |= {"runs": 5, "warmup_runs": 1, "warmup_seconds": 0.0, "seconds": 0.0, "rounds": 1}
    params["encoding"]["codecs"] = ["gzip"]
    (study / "params.yaml").write_text(yaml.safe_dump(params))
    run("-m", "pipelines.plan", folder=study)
    run("-m", "pipelines.study", "--jobs", "2", folder=study)

    theirs = np.load(answers).argmax(1) == arrays["answers"]
    dense = json.loads((study / "reports/accuracy/tints_dense_s0_float32.json").read_text())
    assert abs(dense["top1"] - theirs.mean()) < 1e-6
    results = pd.read_csv(study / "reports/results.csv").set_index("variant")
    assert set(results.index) == {"tints_dense_s0_float32", "tints_dense_s0_int8"}
    worst = results.loc["tints_dense_s0_float32", "worst_class"]
    own = [theirs[arrays["answers"] == label].mean() for label in range(3)]
    assert own[CLASSES.index(worst)] == min(own)
    assert worst in (study / "reports/report.md").read_text()
    card = (study / "reports/cards/tints_dense_s0_int8.md").read_text()
    assert "tints.keras, SHA-256" in card and "It came trained" in card and "From random weights" not in card
