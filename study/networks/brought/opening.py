"""Read a model file with the Keras that wrote it: `.keras` and HDF5 of Keras 2 and 3, SavedModels of Keras 2."""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import h5py
import keras
import numpy as np
import tf_keras

from study.arrays import Array
from study.errors import StudyError
from study.networks.brought.scan import check_config

HDF5 = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class Original:
    """A model as the Keras that wrote it reads it: `generation` 2 or 3."""

    model: Any
    generation: int
    name: str

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Of one image: height, width, channels; None where any size will do.

        Raises:
            StudyError: the model takes several inputs, or no images.
        """
        inputs = self.model.inputs
        if not inputs:
            raise StudyError(f"{self.name} has no input shape: call it on an image once, then save it again")
        if len(inputs) > 1:
            raise StudyError(f"{self.name} takes {len(inputs)} inputs: the study's networks take one image")
        shape = tuple(inputs[0].shape)[1:]
        if len(shape) != 3:
            raise StudyError(f"{self.name} takes {list(shape)}, which is no image [height, width, channels]")
        return shape

    def answers(self, images: Array) -> Array:
        """Its outputs, float32 [N, outputs], on images in its own range, float32 [N, H, W, 3]."""
        found = [np.asarray(self.model(images[i : i + 32], training=False)) for i in range(0, len(images), 32)]
        return np.concatenate(found).astype(np.float32)


def open_model(path: Path) -> Original | None:
    """Read the model at `path`; None where it is a SavedModel whose layers are not Keras' own.

    Raises:
        StudyError: there is no such file, it is no model, it holds code, or it is damaged. One line, with the path.
    """
    name = str(path)
    if path.is_dir():
        return _saved_model(path)
    if not path.is_file():
        raise StudyError(f"{name} is missing: correct the path of `family: file` in params.yaml")
    with path.open("rb") as file:
        start = file.read(8)
    if zipfile.is_zipfile(path):
        config, version = _archive(path)
    elif start == HDF5:
        config, version = _hdf5(path)
    else:
        other = " (a .tflite file is evaluated by python -m pipelines.evaluate)" if start[4:8] == b"TFL3" else ""
        raise StudyError(f"{name} is no Keras model{other}: bring a .keras or .h5 file or a SavedModel folder")
    check_config(config, name)
    generation = 2 if version.startswith("2") else 3
    return Original(_loaded(path, generation), generation, name)


def _loaded(path: Path, generation: int) -> Any:
    library = keras if generation == 3 else tf_keras
    safe = {} if path.is_dir() or not zipfile.is_zipfile(path) else {"safe_mode": True}
    try:
        # Keras knows formats by the file's ending alone.
        return library.models.load_model(str(path), compile=False, **safe)
    except Exception as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise StudyError(f"{path} cannot be read by Keras {generation}: {said[:200]}") from error


def _archive(path: Path) -> tuple[Any, str]:
    if path.suffix != ".keras":
        raise StudyError(f"{path}: a Keras archive must be named *.keras")
    try:
        with zipfile.ZipFile(path) as archive:
            config, metadata = (json.loads(archive.read(name)) for name in ("config.json", "metadata.json"))
            return config, str(metadata["keras_version"])
    except (KeyError, TypeError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise StudyError(f"{path} is no Keras archive ({error}): save the model again with model.save()") from error


def _hdf5(path: Path) -> tuple[Any, str]:
    if path.suffix not in (".h5", ".hdf5"):
        raise StudyError(f"{path}: an HDF5 file must be named *.h5")
    try:
        with h5py.File(path) as file:
            attributes = file.attrs
            if "model_config" not in attributes:
                raise StudyError(f"{path} holds weights without their network: save the whole model with model.save()")
            version = attributes.get("keras_version", "2")
            version = version.decode() if isinstance(version, bytes) else str(version)
            return json.loads(attributes["model_config"]), version
    except (ValueError, OSError, KeyError) as error:
        raise StudyError(f"{path} is damaged ({str(error)[:100]}): save the model again") from error


def _saved_model(path: Path) -> Original | None:
    """Only where the metadata of Keras 2 say that it is a functional model of Keras' own layers."""
    if not (path / "saved_model.pb").is_file():
        raise StudyError(f"{path} is a folder without saved_model.pb: bring a .keras or .h5 file or a SavedModel")
    config = _keras_metadata(path / "keras_metadata.pb")
    if config is None:
        return None
    try:
        check_config(config, str(path))
    except StudyError:  # its graph can still be converted as a whole
        return None
    try:
        model = _loaded(path, 2)
    except StudyError:
        return None
    return Original(model, 2, str(path)) if isinstance(model, tf_keras.Model) and hasattr(model, "inputs") else None


def _keras_metadata(path: Path) -> Any:
    """Configurations of all layers in a SavedModel of Keras 2; None where there are none or the model is subclassed."""
    if not path.is_file():
        return None
    from tf_keras.protobuf.saved_metadata_pb2 import SavedMetadata

    try:
        nodes = SavedMetadata.FromString(path.read_bytes()).nodes
        found = [(node.node_path, node.identifier, json.loads(node.metadata)) for node in nodes]
    except Exception as error:
        raise StudyError(f"{path} is damaged ({type(error).__name__}): save the model again") from error
    roots = [identifier for place, identifier, _ in found if place == "root"]
    whole = roots and roots[0] in ("_tf_keras_network", "_tf_keras_sequential")
    layers: list[Mapping[str, Any]] = [entry for _, _, entry in found if isinstance(entry, Mapping)]
    return layers if whole and all(_known(entry) for entry in layers) else None


def _known(entry: Mapping[str, Any]) -> bool:
    kind = entry.get("class_name")
    return not isinstance(kind, str) or hasattr(tf_keras.layers, kind) or kind in ("Functional", "Sequential", "Mean")
