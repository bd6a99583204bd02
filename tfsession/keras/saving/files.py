"""`save_weights` and `load_weights`: in HDF5, or as checkpoints of objects."""

from __future__ import annotations

import os
from typing import Any

from tfsession.keras.saving import hdf5
from tfsession.layers.sessions import get_session
from tfsession.train import checkpoint_state
from tfsession.train.checkpoint import Checkpoint

__all__ = ["is_hdf5", "load_weights", "may_overwrite", "save_weights"]


def is_hdf5(path: str) -> bool:
    """Whether a path is that of an HDF5 file, by its end."""
    return path.endswith((".h5", ".keras", ".hdf5"))


def may_overwrite(path: str, overwrite: bool) -> bool:
    """Whether a file may be written: asks at the terminal where it exists."""
    if overwrite or not os.path.isfile(path):
        return True
    answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    return answer == "y"


def save_weights(model: Any, filepath: Any, overwrite: bool, save_format: str | None) -> None:
    """Writes the variables of a model; see `Model.save_weights`."""
    path = os.fspath(filepath)
    kind = _format(path, save_format)
    if not may_overwrite(path if kind == "h5" else f"{path}.index", overwrite):
        return
    if kind == "h5":
        with hdf5.file(path, "w") as file:
            hdf5.save_layers(file, model.layers)
        return
    session = get_session()
    checkpoint = _ModelCheckpoint(model)
    checkpoint.write(path, session=session)
    folder = os.path.dirname(path) or "."
    checkpoint_state.update_checkpoint_state(folder, path, all_model_checkpoint_paths=[path])


def _format(path: str, given: str | None) -> str:
    if given is None:
        return "h5" if is_hdf5(path) else "tf"
    lower = given.lower().strip()
    if lower in ("tensorflow", "tf"):
        if is_hdf5(path):
            raise ValueError(
                'save_weights got save_format="tf"/"tensorflow", but the filepath '
                f'("{path}") looks like an HDF5 file. Omit the ".h5"/".keras" when saving in '
                "TensorFlow format."
            )
        return "tf"
    if lower in ("hdf5", "h5", "keras"):
        return "h5"
    raise ValueError(f"Unknown format {given}. Was expecting one of {{'tf', 'h5'}}.")


class _ModelCheckpoint(Checkpoint):
    """A checkpoint whose root is the model itself, as Keras writes it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self._model = model

    def children(self) -> dict[str, Any]:
        found: dict[str, Any] = self._model.checkpoint_children()
        return found


def load_weights(model: Any, filepath: Any, by_name: bool) -> Any:
    """Reads the variables of a model; see `Model.load_weights`."""
    path = os.fspath(filepath)
    if not is_hdf5(path) and (os.path.exists(f"{path}.index") or not os.path.isfile(path)):
        if by_name:
            raise NotImplementedError(
                "Weights may only be loaded based on topology into Models when loading TensorFlow-"
                "formatted weights (got by_name=True to load_weights)."
            )
        status = _ModelCheckpoint(model).restore(path)
        status.initialize_or_restore(get_session())
        return status
    if not model._is_graph_network and not model.built:
        raise ValueError(
            "Unable to load weights saved in HDF5 format into a subclassed Model which has not "
            "created its variables yet. Call the Model first, then load the weights."
        )
    with hdf5.file(path, "r") as file:
        is_model = "layer_names" not in file.attrs and "model_weights" in file
        group = file["model_weights"] if is_model else file
        load = hdf5.load_by_name if by_name else hdf5.load_in_order
        load(group, model.layers)
    return None
