"""The kernel of edit distances; it runs on the CPU, as in TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import shape_text

Array = Any

# ---- EditDistance ----


def _distance(source: Sequence[Any], target: Sequence[Any]) -> int:
    """The least number of edits, row by row of the table of prefixes."""
    before = list(range(len(target) + 1))
    for row, element in enumerate(source, 1):
        now = [row]
        for column, wanted in enumerate(target):
            exchanged = before[column] + (element != wanted)
            now.append(min(before[column + 1] + 1, now[column] + 1, exchanged))
        before = now
    return before[-1]


def _sequences(indices: Array, values: Array) -> dict[tuple[int, ...], list[Any]]:
    """The elements of each sequence, by its place."""
    found: dict[tuple[int, ...], list[Any]] = {}
    for index, value in zip(indices.tolist(), values.tolist(), strict=True):
        found.setdefault(tuple(index[:-1]), []).append(value)
    return found


def _check(indices: Array, values: Array, sizes: Array, name: str) -> None:
    if indices.ndim != 2:
        raise InvalidArgumentError.of(
            f"{name}_indices should be a matrix, but got shape: {shape_text(indices.shape)}"
        )
    if values.ndim != 1:
        raise InvalidArgumentError.of(
            f"{name}_values should be a vector, but got shape: {shape_text(values.shape)}"
        )
    if sizes.ndim != 1:
        raise InvalidArgumentError.of(
            f"{name}_shape should be a vector, but got shape: {shape_text(sizes.shape)}"
        )
    if indices.shape[0] != len(values):
        raise InvalidArgumentError.of(
            f"{name}_indices.dim_size(0) should match {name}_values' length"
        )
    if indices.shape[1] != len(sizes):
        raise InvalidArgumentError.of(
            f"{name}_shape should have {indices.shape[1]} elements, but got {len(sizes)}"
        )
    # As in TensorFlow, sequences may be longer than is said.
    places = indices[:, :-1]
    is_outside = ((places < 0) | (places >= sizes[:-1])).any(axis=1)
    if is_outside.any():
        place = int(np.flatnonzero(is_outside)[0])
        raise InvalidArgumentError.of(
            f"{name}_indices[{place}] = {indices[place].tolist()} is out of bounds"
        )


@kernel("EditDistance", device="CPU")
def edit_distance(
    xp: Any,
    hypothesis_indices: Array,
    hypothesis_values: Array,
    hypothesis_shape: Array,
    truth_indices: Array,
    truth_values: Array,
    truth_shape: Array,
    normalize: bool,
) -> Array:
    """Sequence by sequence, of those that either side has."""
    _check(hypothesis_indices, hypothesis_values, hypothesis_shape, "hypothesis")
    _check(truth_indices, truth_values, truth_shape, "truth")
    if len(hypothesis_shape) != len(truth_shape):
        raise InvalidArgumentError.of(
            "Expected hypothesis_shape and truth_shape to have the same number of elements, got "
            f"{len(hypothesis_shape)} and {len(truth_shape)}"
        )
    result = np.zeros(np.maximum(hypothesis_shape, truth_shape)[:-1], np.float32)
    made = _sequences(hypothesis_indices, hypothesis_values)
    wanted = _sequences(truth_indices, truth_values)
    for place in made.keys() | wanted.keys():
        source, target = made.get(place, []), wanted.get(place, [])
        distance = float(_distance(source, target))
        if normalize:
            distance = distance / len(target) if target else float("inf" if source else 0)
        result[place] = distance
    return result
