"""Arrays as models take them: in the order of inputs and outputs, with checked shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.graph.operation import Tensor

__all__ = [
    "batches",
    "check_lengths",
    "class_weights",
    "in_order",
    "rows",
    "samples",
    "split",
    "weights_of",
]


def in_order(data: Any, names: list[str], shapes: list[Any], prefix: str) -> list[Any]:
    """Arrays in the order of inputs or outputs.

    Args:
      data: an array, a list of arrays, or a dict by the names of inputs or outputs.
      names: those of the inputs or outputs.
      shapes: what each has to be like; None takes anything, and None in a shape any size.
      prefix: "input" or "target", for errors.

    Raises:
      ValueError: there are more or fewer arrays, one is missing, or has another shape.
    """
    if not names:
        if data is not None and hasattr(data, "__len__") and len(data):
            raise ValueError(
                f"Error when checking model {prefix}: expected no data, but got:", data
            )
        return []
    if data is None:
        return [None] * len(names)
    arrays = [as_array(x) for x in _listed(data, names, prefix)]
    for array, name, shape in zip(arrays, names, shapes, strict=True):
        if shape is not None and array is not None and not isinstance(array, Tensor):
            _check(array, name, shape, prefix)
    return arrays


def _listed(data: Any, names: list[str], prefix: str) -> list[Any]:
    if isinstance(data, dict):
        missing = [name for name in names if name not in data]
        if missing:
            raise ValueError(
                f'No data provided for "{missing[0]}". Need data for each key in: {names}'
            )
        return [data[name] for name in names]
    if isinstance(data, (list, tuple)):
        if data and isinstance(data[0], (list, tuple)):
            data = [np.asarray(x) for x in data]
        elif len(names) == 1 and data and isinstance(data[0], (float, int)):
            data = [np.asarray(data)]
        listed = list(data)
        if len(names) == 1 and len(listed) != 1 and all(np.ndim(x) == 0 for x in listed):
            listed = [np.asarray(listed)]
    else:
        listed = [data]
    if len(listed) != len(names):
        if listed and hasattr(listed[0], "shape"):
            raise ValueError(
                f"Error when checking model {prefix}: the list of Numpy arrays that you are "
                "passing to your model is not the size the model expected. Expected to see "
                f"{len(names)} array(s), but instead got the following list of {len(listed)} "
                f"arrays: {str(listed)[:200]}..."
            )
        if len(names) > 1:
            raise ValueError(
                f"Error when checking model {prefix}: you are passing a list as input to your "
                f"model, but the model expects a list of {len(names)} Numpy arrays instead. The "
                f"list you passed was: {str(data)[:200]}"
            )
        listed = [np.asarray(data)]
    return listed


def as_array(x: Any) -> Any:
    """An array of one column at least; data frames as their values."""
    if x is None or isinstance(x, Tensor) or hasattr(x, "dense_shape"):
        return x
    if hasattr(x, "iloc"):
        x = x.values
    if hasattr(x, "tocoo"):
        return x
    x = x if hasattr(x, "shape") and hasattr(x, "__getitem__") else np.asarray(x)
    if len(x.shape) == 1 and x.shape[0] is not None:
        x = np.expand_dims(x, 1)
    return x


def _check(array: Any, name: str, shape: Any, prefix: str) -> None:
    if len(array.shape) != len(shape):
        raise ValueError(
            f"Error when checking {prefix}: expected {name} to have {len(shape)} dimensions, but "
            f"got array with shape {tuple(array.shape)}"
        )
    for size, wanted in zip(array.shape[1:], shape[1:], strict=True):
        if wanted is not None and size != wanted:
            raise ValueError(
                f"Error when checking {prefix}: expected {name} to have shape {tuple(shape[1:])} "
                f"but got array with shape {tuple(array.shape[1:])}"
            )


# ---- Weights ----


def class_weights(y: Any, weights: dict[int, float]) -> Any:
    """The weight of each sample, by its class.

    Args:
      y: [samples, classes], probabilities, or [samples, 1], numbers of classes.
      weights: class -> weight.

    Raises:
      ValueError: a class has no weight, or the target has more axes.
    """
    if len(y.shape) > 2:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    classes = np.argmax(y, axis=1) if y.shape[1] > 1 else np.reshape(y, y.shape[0])
    found = np.asarray([weights[c] for c in classes if c in weights])
    if len(found) != len(classes):
        missing = set(classes) - set(weights)
        raise ValueError(
            f"`class_weight` must contain all classes in the data. The classes {missing} exist in "
            "the data but not in `class_weight`."
        )
    return found


def weights_of(y: Any, sample_weight: Any, class_weight: Any, mode: Any) -> Any:
    """The weights of the samples of an output, or None where there are none.

    Raises:
      ValueError: they have more axes than there are weights for, or another length.
    """
    if sample_weight is not None:
        sample_weight = np.asarray(sample_weight)
        if mode == "temporal":
            if sample_weight.ndim != 2:
                raise ValueError(
                    f"Found a sample_weight array with shape {sample_weight.shape}. In order to "
                    "use timestep-wise sample weighting, you should pass a 2D sample_weight array."
                )
        elif sample_weight.ndim != 1:
            raise ValueError(
                f"Found a sample_weight array with shape {sample_weight.shape}. In order to use "
                "timestep-wise sample weights, you should specify "
                'sample_weight_mode="temporal" in compile(); found "None" instead. If you just '
                "mean to use sample-wise weights, make sure your sample_weight array is 1D."
            )
        if len(sample_weight) > len(y):
            raise ValueError(
                f"Found a sample_weight with shape{sample_weight.shape}.Expected sample_weight "
                "with rank less than or equal to 1"
            )
        if y.shape[: sample_weight.ndim] != sample_weight.shape:
            raise ValueError(
                f"Found a sample_weight array with shape {sample_weight.shape} for an input with "
                f"shape {y.shape}. sample_weight cannot be broadcast."
            )
    of_classes = class_weights(y, class_weight) if isinstance(class_weight, dict) else None
    if sample_weight is None:
        return of_classes
    return sample_weight if of_classes is None else sample_weight * of_classes


# ---- Samples ----


def lengths(arrays: list[Any]) -> set[int]:
    return {int(x.shape[0]) for x in arrays if x is not None and not isinstance(x, Tensor)}


def check_lengths(inputs: list[Any], targets: list[Any], weights: list[Any]) -> None:
    """Refuses arrays of different numbers of samples.

    Raises:
      ValueError: they differ.
    """
    of_inputs, of_targets, of_weights = map(lengths, (inputs, targets, weights))
    if len(of_inputs) > 1:
        raise ValueError(
            "All input arrays (x) should have the same number of samples. Got array shapes: "
            f"{[x.shape for x in inputs]}"
        )
    if len(of_targets) > 1:
        raise ValueError(
            "All target arrays (y) should have the same number of samples. Got array shapes: "
            f"{[y.shape for y in targets]}"
        )
    if of_inputs and of_targets and of_inputs != of_targets:
        raise ValueError(
            "Input arrays should have the same number of samples as target arrays. Found "
            f"{min(of_inputs)} input samples and {min(of_targets)} target samples."
        )
    if len(of_weights) > 1:
        raise ValueError(
            "All sample_weight arrays should have the same number of samples. Got array shapes: "
            f"{[w.shape for w in weights]}"
        )
    if of_targets and of_weights and of_targets != of_weights:
        raise ValueError(
            "Sample_weight arrays should have the same number of samples as target arrays. Got "
            f"{min(of_weights)} input samples and {min(of_targets)} target samples."
        )


def samples(arrays: list[Any]) -> int | None:
    """The number of samples; None where there are only tensors."""
    found = lengths(arrays)
    return min(found) if found else None


def rows(arrays: list[Any], indices: Any) -> list[Any]:
    """Some samples of each array."""
    chosen: list[Any] = []
    for x in arrays:
        if x is None or isinstance(x, Tensor):
            chosen.append(x)
        elif isinstance(x, np.ndarray) or hasattr(x, "tocoo"):
            chosen.append(x[indices])
        else:
            # Files of HDF5 want increasing indices.
            order = np.argsort(indices)
            inverse = np.argsort(order)
            chosen.append(np.asarray(x[list(np.asarray(indices)[order])])[inverse])
    return chosen


def split(arrays: list[Any], at: int) -> tuple[list[Any], list[Any]]:
    """The samples before a number, and those from there on."""
    first = [None if x is None else x[:at] for x in arrays]
    return first, [None if x is None else x[at:] for x in arrays]


def batches(count: int, size: int) -> list[tuple[int, int]]:
    """The beginnings and ends of batches."""
    return [(start, min(count, start + size)) for start in range(0, count, size)]
