"""Stage `pretrained`: a download, a training that goes on from it, and a file of one's own."""

import functools
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import tf_keras
import yaml
from tiny_training import alive

from pipelines import modeling, pretrained
from pipelines.files import file_digest, read_json, read_npz, write_npz
from study.data.sources.download import Remote
from study.errors import StudyError

pytestmark = pytest.mark.tf

ROOT = Path(__file__).parents[2]
NAME = "mobilenet_2_5_224_tf_no_top.h5"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Splits of three classes, a params file with one short epoch, and a file in the layout of Keras' own."""
    folder, rng = tmp_path_factory.mktemp("pretrained"), np.random.default_rng(0)
    for name in ("train", "validation"):
        images = rng.integers(0, 256, (12, 32, 32, 3)).astype(np.uint8)
        write_npz(folder / f"{name}.npz", images=images, labels=np.arange(12) % 3)
    params = yaml.safe_load((ROOT / "pipelines/presets/smoke.yaml").read_text())
    params["training"] |= {"epochs": 1, "batch_size": 12, "learning_rate": 1e-6, "warmup_epochs": 0.0}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    model = alive(tf_keras.applications.MobileNet((32, 32, 3), alpha=0.25, weights=None, include_top=False))
    (folder / "served").mkdir()
    model.save_weights(str(folder / "served" / NAME))
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "*")
    http = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder / "served")))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, key: str, weights: object, *more: str) -> None:
    words = ["pretrained", "--family", "mobilenet", "--alpha", "0.25", "--weights", str(weights), "--seed", "0"]
    words += ["--params", str(folder / "params.yaml"), "--cache", str(folder / "cache")]
    words += ["--train", str(folder / "train.npz"), "--validation", str(folder / "validation.npz")]
    words += ["--out", str(folder / f"{key}.npz"), "--history", str(folder / f"{key}.csv")]
    monkeypatch.setattr(sys, "argv", [*words, "--resume", str(folder / "resume.npz"), *more])
    monkeypatch.setattr(modeling, "start_tensorflow", lambda *given, **named: tf_keras.utils.set_random_seed(0))
    pretrained.main()


def test_a_download_is_trained_on_and_its_origin_kept(
    folder: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def local(family: str, alpha: float, size: int, cache: Path) -> Remote:
        asked.append((family, alpha, size))
        return Remote(f"{server}/{NAME}", None, instead=f"put it into {cache}")

    monkeypatch.setattr(pretrained, "remote", local)
    run(monkeypatch, folder, "imagenet", "imagenet", "--stem-stride", "1")
    assert asked == [("mobilenet", 0.25, 64)]  # as a stem of stride 2 would see them
    arrays = read_npz(folder / "imagenet.npz")
    assert int(arrays["classes"]) == 3 and arrays["conv_preds/kernel:0"].shape == (1, 1, 256, 3)
    with tf_keras.utils.custom_object_scope({}):
        theirs = tf_keras.applications.MobileNet((32, 32, 3), alpha=0.25, weights=None, include_top=False)
        theirs.load_weights(str(folder / "served" / NAME))
    for name in ("conv1", "conv_pw_13"):
        np.testing.assert_allclose(arrays[f"{name}/kernel:0"], theirs.get_layer(name).get_weights()[0], atol=1e-3)
    origin = read_json(folder / "imagenet.compression.json")["origin"]
    assert (origin["file"], origin["sha256"]) == (NAME, file_digest(folder / "served" / NAME))
    assert origin["read"] == [
        "ImageNet, as published by Keras", "fresh: conv_preds", "the stem's stride is 1, those weights are of 2"
    ]  # fmt: skip
    assert len((folder / "imagenet.csv").read_text().splitlines()) == 2
    assert not list(folder.glob("resume*"))
    (folder / "served" / NAME).rename(folder / "served" / "gone.h5")
    assert pretrained._file(pretrained_options(folder), 32) == folder / "cache" / NAME  # once is enough


def pretrained_options(folder: Path) -> object:
    import argparse

    return argparse.Namespace(weights="imagenet", cache=folder / "cache", family="mobilenet", alpha=0.25, stem_stride=2)


@pytest.mark.parametrize("name", ["none.npz", "none.h5"])
def test_a_file_that_is_missing_is_one_line(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StudyError, match=f"{name} is missing: correct weights in params.yaml"):
        run(monkeypatch, folder, "none", folder / name)
    assert not (folder / "none.npz").exists()
