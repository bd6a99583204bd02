"""Variables and configurations in HDF5, as Keras lays them out.

A group of weights has the attributes `layer_names`, `backend` and `keras_version`, and a group for
each layer, with the attribute `weight_names` and a data set for each variable.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.keras.engine.config import VERSION
from tfsession.layers.sessions import get_values, set_values

__all__ = ["file", "load_by_name", "load_in_order", "save_layers"]

# What an attribute may take in an HDF5 file, in bytes; longer lists are cut into chunks.
_LIMIT = 64512


def module() -> Any:
    """The package `h5py`.

    Raises:
      ImportError: it is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise ImportError(
            "HDF5 files need the package h5py: pip install 'tfsession[hdf5]', or save in "
            "TensorFlow's format: save_format='tf'"
        ) from None
    return h5py


def file(path: Any, mode: str) -> Any:
    """An open HDF5 file."""
    return module().File(path, mode)


# ---- Attributes ----


def _set_names(group: Any, name: str, values: list[str]) -> None:
    """Keeps a list of names in attributes, in chunks where it is too long for one."""
    encoded = [value.encode("utf8") for value in values]
    array = np.asarray(encoded)
    count = 1
    while array.nbytes > _LIMIT and any(x.nbytes > _LIMIT for x in np.array_split(array, count)):
        count += 1
    if count == 1:
        group.attrs[name] = encoded
        return
    for index, chunk in enumerate(np.array_split(array, count)):
        group.attrs[f"{name}{index}"] = chunk


def _names(group: Any, name: str) -> list[str]:
    if name in group.attrs:
        found = list(group.attrs[name])
    else:
        found, index = [], 0
        while f"{name}{index}" in group.attrs:
            found.extend(group.attrs[f"{name}{index}"])
            index += 1
    return [text(value) for value in found]


def text(value: Any) -> str:
    """A string of an attribute, which some versions of h5py give as bytes."""
    return value.decode("utf8") if isinstance(value, bytes) else str(value)


# ---- Layers ----


def save_layers(group: Any, layers: list[Any]) -> None:
    """Writes the variables of layers."""
    _set_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = VERSION.encode("utf8")
    for layer in layers:
        inner = group.create_group(layer.name)
        save_weights(inner, layer.weights)


def save_weights(group: Any, weights: list[Any]) -> None:
    """Writes variables under their names."""
    _set_names(group, "weight_names", [w.name for w in weights])
    for weight, value in zip(weights, get_values(weights), strict=True):
        data = group.create_dataset(weight.name, value.shape, dtype=value.dtype)
        if value.shape:
            data[:] = value
        else:
            data[()] = value


def load_weights(group: Any) -> list[Any]:
    """The arrays that `save_weights` has written."""
    return [np.asarray(group[name]) for name in _names(group, "weight_names")]


def load_in_order(group: Any, layers: list[Any]) -> None:
    """Gives layers the variables of a file, layer by layer.

    Raises:
      ValueError: there are more or fewer layers or variables, or shapes do not fit.
    """
    wanted = [layer for layer in layers if layer.weights]
    names = [n for n in _names(group, "layer_names") if _names(group[n], "weight_names")]
    if len(names) != len(wanted):
        raise ValueError(
            f"You are trying to load a weight file containing {len(names)} layers into a model "
            f"with {len(wanted)} layers."
        )
    pairs = []
    for number, (name, layer) in enumerate(zip(names, wanted, strict=True)):
        weights = layer.weights
        values = load_weights(group[name])
        if len(values) != len(weights):
            raise ValueError(
                f'Layer #{number} (named "{layer.name}" in the current model) was found to '
                f"correspond to layer {name} in the save file. However the new layer {layer.name} "
                f"expects {len(weights)} weights, but the saved weights have {len(values)} "
                "elements."
            )
        pairs += list(zip(weights, values, strict=True))
    _check_shapes(pairs)
    set_values(pairs)


def load_by_name(group: Any, layers: list[Any]) -> None:
    """Gives layers the variables that a file has under their names.

    Raises:
      ValueError: numbers or shapes of variables do not fit.
    """
    by_name: dict[str, list[Any]] = {}
    for layer in layers:
        by_name.setdefault(layer.name, []).append(layer)
    pairs = []
    for number, name in enumerate(_names(group, "layer_names")):
        values = load_weights(group[name])
        for layer in by_name.get(name, ()):
            weights = layer.weights
            if len(values) != len(weights):
                raise ValueError(
                    f'Layer #{number} (named "{layer.name}") expects {len(weights)} weight(s), but '
                    f"the saved weights have {len(values)} element(s)."
                )
            for weight, value in zip(weights, values, strict=True):
                if tuple(weight.shape.as_list()) != value.shape:
                    raise ValueError(
                        f'Layer #{number} (named "{layer.name}"), weight {weight} has shape '
                        f"{tuple(weight.shape.as_list())}, but the saved weight has shape "
                        f"{value.shape}."
                    )
            pairs += list(zip(weights, values, strict=True))
    set_values(pairs)


def _check_shapes(pairs: list[tuple[Any, Any]]) -> None:
    for weight, value in pairs:
        if tuple(weight.shape.as_list()) != value.shape:
            raise ValueError(
                f"Shapes {tuple(weight.shape.as_list())} and {value.shape} are incompatible"
            )
