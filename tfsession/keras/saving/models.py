"""Whole models in HDF5: configuration, variables, and how they are trained."""

from __future__ import annotations

import json
import os
from typing import Any

from tfsession import logging
from tfsession.keras import losses, metrics, optimizers
from tfsession.keras.engine.config import json_value, model_config
from tfsession.keras.saving import hdf5
from tfsession.keras.saving.files import is_hdf5, may_overwrite
from tfsession.layers.identifiers import custom_object_scope

__all__ = ["load_model", "save_model"]


def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    include_optimizer: bool = True,
    save_format: str | None = None,
    signatures: Any = None,
    options: Any = None,
) -> None:
    """Writes a model to an HDF5 file.

    Args:
      model: the model.
      filepath: its path, or an open HDF5 file.
      overwrite: whether a file that exists is replaced without a question.
      include_optimizer: whether the optimizer and its variables are written, too.
      save_format: "h5".
      signatures, options: nothing; they belong to SavedModels.

    Raises:
      NotImplementedError: the model is a subclass without a graph of layers, or is to be written
        as a SavedModel.
      ImportError: the package `h5py` is missing.

    Source: TensorFlow 1.15 `tf.keras.models.save_model`.
    """
    is_path = isinstance(filepath, (str, os.PathLike))
    path = os.fspath(filepath) if is_path else filepath
    kind = save_format or "h5"
    if kind == "tf" or signatures is not None or options is not None:
        raise NotImplementedError(
            "save_model: save_format='tf'; models are not written as SavedModels here; want 'h5', "
            "or write the graph by tf.saved_model.simple_save"
        )
    if not model._is_graph_network and type(model).__name__ != "Sequential":
        raise NotImplementedError(
            "Saving the model to HDF5 format requires the model to be a Functional model or a "
            "Sequential model. It does not work for subclassed models, because such models are "
            "defined via the body of a Python method, which isn't safely serializable. Consider "
            'saving to the Tensorflow SavedModel format (by setting save_format="tf") or using '
            "`save_weights`."
        )
    if is_path and not may_overwrite(path, overwrite):
        return
    file = hdf5.file(path, "w") if is_path else path
    try:
        _write(model, file, include_optimizer)
    finally:
        if is_path:
            file.close()


def _write(model: Any, file: Any, include_optimizer: bool) -> None:
    for name, value in model_config(model).items():
        if name in ("class_name", "config"):
            continue
        file.attrs[name] = value.encode("utf8")
    described = {"class_name": type(model).__name__, "config": model.get_config()}
    file.attrs["model_config"] = json.dumps(described, default=json_value).encode("utf8")
    hdf5.save_layers(file.create_group("model_weights"), model.layers)
    if not include_optimizer or model.optimizer is None:
        return
    if not hasattr(model.optimizer, "_hyper"):
        logging.warning(
            "TensorFlow optimizers do not make it possible to access optimizer attributes or "
            "optimizer state after instantiation. As a result, we cannot save the optimizer as "
            "part of the model save file. You will have to compile your model again after loading "
            "it. Prefer using a Keras optimizer instead (see keras.io/optimizers)."
        )
        return
    file.attrs["training_config"] = json.dumps(_training(model), default=json_value).encode("utf8")
    weights = model.optimizer.weights
    if weights:
        hdf5.save_weights(file.create_group("optimizer_weights"), weights)


def _training(model: Any) -> dict[str, Any]:
    """How a model is trained, in plain values."""
    given = model.compile_arguments
    return {
        "loss": _described(given["loss"]),
        "metrics": _described(given["metrics"]),
        "weighted_metrics": _described(given["weighted_metrics"]),
        "sample_weight_mode": given["sample_weight_mode"],
        "loss_weights": given["loss_weights"],
        "optimizer_config": {
            "class_name": type(model.optimizer).__name__,
            "config": model.optimizer.get_config(),
        },
    }


def _described(thing: Any) -> Any:
    if isinstance(thing, (list, tuple)):
        return [_described(part) for part in thing]
    if isinstance(thing, dict):
        return {name: _described(part) for name, part in thing.items()}
    if hasattr(thing, "get_config"):
        return {"class_name": type(thing).__name__, "config": thing.get_config()}
    return getattr(thing, "__name__", thing)


def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True) -> Any:
    """Reads a model that `save_model` has written, of TensorFlow or here.

    Args:
      filepath: its path, or an open HDF5 file.
      custom_objects: name -> class or function of the program.
      compile: whether it is compiled as it was.

    Raises:
      IOError: there is no such file.
      ValueError: there is no configuration in it, or it names something unknown.
      ImportError: the package `h5py` is missing.

    Source: TensorFlow 1.15 `tf.keras.models.load_model`.
    """
    is_path = isinstance(filepath, (str, os.PathLike))
    if is_path:
        path = os.fspath(filepath)
        if os.path.isdir(path):
            raise NotImplementedError(
                f"load_model: {path!r} is a SavedModel; want an HDF5 file; tf.saved_model.load "
                "reads its graph"
            )
        if not os.path.isfile(path) and (is_hdf5(path) or not os.path.exists(path)):
            raise OSError(
                f"SavedModel file does not exist at: {path}/{{saved_model.pbtxt|saved_model.pb}}"
            )
    file = hdf5.file(filepath, "r") if is_path else filepath
    try:
        return _read(file, custom_objects or {}, compile)
    finally:
        if is_path:
            file.close()


def _read(file: Any, objects: dict[str, Any], compiles: bool) -> Any:
    from tfsession.keras.layers.registry import deserialize

    described = file.attrs.get("model_config")
    if described is None:
        raise ValueError("No model found in config file.")
    model = deserialize(json.loads(hdf5.text(described)), custom_objects=objects)
    hdf5.load_in_order(file["model_weights"], model.layers)
    if not compiles:
        return model
    training = file.attrs.get("training_config")
    if training is None:
        logging.warning(
            "No training configuration found in save file: the model was *not* compiled. Compile "
            "it manually."
        )
        return model
    with custom_object_scope(objects):
        _compile(model, json.loads(hdf5.text(training)))
    if "optimizer_weights" in file:
        _restore_optimizer(model, file["optimizer_weights"])
    return model


def _compile(model: Any, training: dict[str, Any]) -> None:
    given = training.get("metrics_config") or training.get("metrics")
    model.compile(
        optimizer=optimizers.deserialize(training["optimizer_config"]),
        loss=_restored(training["loss"], losses.get),
        metrics=_restored(given, _metric),
        weighted_metrics=_restored(training.get("weighted_metrics"), _metric),
        loss_weights=training["loss_weights"],
        sample_weight_mode=training["sample_weight_mode"],
    )


def _restored(thing: Any, make: Any) -> Any:
    """What `_described` has described."""
    if isinstance(thing, list):
        return [_restored(part, make) for part in thing]
    if isinstance(thing, dict) and "class_name" not in thing:
        return {name: _restored(part, make) for name, part in thing.items()}
    return thing if thing is None else make(thing)


def _metric(given: Any) -> Any:
    return given if isinstance(given, str) else metrics.get(given)


def _restore_optimizer(model: Any, group: Any) -> None:
    """Gives the optimizer its count and its slots, which training would make."""
    model.compiled.train_function()
    values = hdf5.load_weights(group)
    try:
        model.optimizer.set_weights(values)
    except ValueError:
        logging.warning(
            "Error in loading the saved optimizer state. As a result, your model is starting with "
            "a freshly initialized optimizer."
        )
