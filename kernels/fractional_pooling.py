"""Kernels of pooling over windows of random sizes; they run on the CPU, as in TensorFlow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

Array = Any

# ---- FractionalMaxPool, FractionalAvgPool ----


class _Windows:
    """Draws the limits of windows."""

    def __init__(self, attrs: Any) -> None:
        self._seeds = (attrs["seed"] % 2**64, attrs["seed2"] % 2**64)
        self._repeats = attrs["deterministic"]
        self._is_pseudo = attrs["pseudo_random"]
        self._generator = self._made()

    def _made(self) -> np.random.Generator:
        is_seeded = self._repeats or any(self._seeds)
        return np.random.default_rng(self._seeds if is_seeded else None)

    def draw(self, sizes: Sequence[tuple[int, int]]) -> list[Array]:
        """For each axis, given by its size before and after, the limits of its windows."""
        generator = self._made() if self._repeats else self._generator
        limits = self._rounded_line if self._is_pseudo else self._shuffled
        return [limits(generator, *pair) for pair in sizes]

    @staticmethod
    def _shuffled(generator: np.random.Generator, size: int, count: int) -> Array:
        small = size // count
        lengths = np.full(count, small)
        lengths[: size % count] += 1
        generator.shuffle(lengths)
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    @staticmethod
    def _rounded_line(generator: np.random.Generator, size: int, count: int) -> Array:
        if size == count:
            return np.arange(size + 1, dtype=np.int64)
        ratio = size / count
        small = int(ratio)
        # Beyond this start the first window would be too long, or the last one too short.
        most = min((small + 2) / ratio - 1, (size + 1 - small) / ratio - (count - 1))
        start = generator.random() * most
        base = int(ratio * start)
        inner = [int(ratio * (place + start)) - base for place in range(1, count)]
        return np.array([0, *inner, size], np.int64)


def _state(resources: Any, op: Any) -> _Windows:
    return _Windows(op.attrs)


def _parts(limits: Array, size: int, overlapping: bool) -> list[slice]:
    """The windows along an axis; overlapping ones have their neighbours' first elements, too."""
    return [
        slice(int(start), min(int(end) + overlapping, size))
        for start, end in itertools.pairwise(limits)
    ]


def _places(
    sizes: Sequence[int], rows: Array, columns: Array, overlapping: bool
) -> Iterator[tuple[int, int, slice, slice]]:
    for row, tall in enumerate(_parts(rows, sizes[1], overlapping)):
        for column, broad in enumerate(_parts(columns, sizes[2], overlapping)):
            yield row, column, tall, broad


def _limits(value: Array, ratio: Sequence[float], windows: _Windows) -> list[Array]:
    if value.ndim != 4:
        raise InvalidArgumentError.of("value must be 4-dimensional")
    if ratio[0] != 1 or ratio[3] != 1:
        raise InvalidArgumentError.of(
            "Fractional pooling is not yet supported on the batch nor channel dimension."
        )
    sizes = []
    for axis in (1, 2):
        if ratio[axis] < 1:
            raise InvalidArgumentError.of(
                f"Pooling ratio is {ratio[axis]:g} for dimension {axis}, and must be 1 or more."
            )
        if value.shape[axis] < ratio[axis]:
            raise InvalidArgumentError.of(
                f"Pooling ratio is higher than input dimension size for dimension {axis}."
                f" Input dim size: {value.shape[axis]} pooling ratio: {ratio[axis]:g}"
            )
        sizes.append((value.shape[axis], int(value.shape[axis] / ratio[axis])))
    return windows.draw(sizes)


def _register(name: str, reduce: str) -> None:
    @kernel(name, device="CPU", state=_state)
    def pool(
        xp: Any,
        value: Array,
        pooling_ratio: Sequence[float],
        overlapping: bool,
        state: _Windows,
    ) -> tuple[Array, Array, Array]:
        rows, columns = _limits(value, pooling_ratio, state)
        result = np.empty(
            (value.shape[0], len(rows) - 1, len(columns) - 1, value.shape[3]), value.dtype
        )
        for row, column, tall, broad in _places(value.shape, rows, columns, overlapping):
            window = value[:, tall, broad]
            result[:, row, column] = getattr(np, reduce)(window, axis=(1, 2))
        return result, rows, columns


_register("FractionalMaxPool", "max")
_register("FractionalAvgPool", "mean")


@kernel("FractionalMaxPoolGrad", device="CPU")
def fractional_max_pool_grad(
    xp: Any,
    orig_input: Array,
    orig_output: Array,
    out_backprop: Array,
    row_pooling_sequence: Array,
    col_pooling_sequence: Array,
    overlapping: bool,
) -> Array:
    """Gives each gradient to the first largest element of its window."""
    sizes = orig_input.shape
    result = np.zeros_like(orig_input)
    batch, channels = np.arange(sizes[0])[:, None], np.arange(sizes[3])[None, :]
    places = _places(sizes, row_pooling_sequence, col_pooling_sequence, overlapping)
    for row, column, tall, broad in places:
        window = orig_input[:, tall, broad]
        width = window.shape[2]
        found = window.reshape(sizes[0], -1, sizes[3]).argmax(axis=1)
        place = (batch, tall.start + found // width, broad.start + found % width, channels)
        result[place] += out_backprop[:, row, column]
    return result


@kernel("FractionalAvgPoolGrad", device="CPU")
def fractional_avg_pool_grad(
    xp: Any,
    orig_input_tensor_shape: Array,
    out_backprop: Array,
    row_pooling_sequence: Array,
    col_pooling_sequence: Array,
    overlapping: bool,
) -> Array:
    """Spreads each gradient over its window."""
    sizes = tuple(orig_input_tensor_shape.tolist())
    if len(sizes) != 4:
        raise InvalidArgumentError.of(
            "original input tensor shape must be1-dimensional and 4 elements"
        )
    result = np.zeros(sizes, np.float64)
    places = _places(sizes, row_pooling_sequence, col_pooling_sequence, overlapping)
    for row, column, tall, broad in places:
        area = (tall.stop - tall.start) * (broad.stop - broad.start)
        share = out_backprop[:, row, column].astype(np.float64) / area
        result[:, tall, broad] += share[:, None, None]
    return result.astype(out_backprop.dtype)
