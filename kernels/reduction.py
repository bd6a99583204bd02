"""Kernels that reduce axes, find extremes, accumulate, and sum over segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from tfsession.dtypes import DType, as_dtype, int32
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .column_sums import is_leading, sum_over_leading
from .indexing import combined_on_gpu, sums_on_gpu
from .launch import C_FLOATS

Array = Any

HALVES = (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))


def lowest(dtype: np.dtype) -> Any:
    """The number that no other is below; minus infinity for floats."""
    if dtype.kind in "iu":
        return np.iinfo(dtype).min
    return dtype.type(-np.inf)


def highest(dtype: np.dtype) -> Any:
    """The number that no other is above; infinity for floats."""
    if dtype.kind in "iu":
        return np.iinfo(dtype).max
    return dtype.type(np.inf)


def axes_of(input: Array, reduction_indices: Array) -> tuple[int, ...]:
    """The axes to reduce; one that comes twice is reduced once.

    Raises:
      InvalidArgumentError: there is no such axis.
    """
    axes = np.ravel(reduction_indices).tolist()
    rank = input.ndim
    for axis in axes:
        if not -rank <= axis < rank:
            raise InvalidArgumentError.of(
                f"Invalid reduction dimension ({axis} for input with {rank} dimension(s)",
            )
    return tuple(dict.fromkeys([axis % rank for axis in axes]))


# ---- Sum, Prod, Max, Min, All, Any ----

# op: (ufunc whose `reduce` it is in NumPy, function of the array library, value without elements,
# dtypes that stay on the host)
# Maxima and minima pass over NaN, as in TensorFlow: where nothing else is, they are infinite.
REDUCTIONS: dict[str, tuple[np.ufunc, str, Callable[[np.dtype], Any] | None, tuple[DType, ...]]] = {
    "Sum": (np.add, "sum", None, (int32,)),
    "Prod": (np.multiply, "prod", None, ()),
    "Max": (np.fmax, "max", lowest, (int32,)),
    "Min": (np.fmin, "min", highest, (int32,)),
    "All": (np.logical_and, "all", None, ()),
    "Any": (np.logical_or, "any", None, ()),
}


def _register_reduction(
    name: str,
    ufunc: np.ufunc,
    function: str,
    initial: Callable[[np.dtype], Any] | None,
    host_types: tuple[DType, ...],
) -> None:
    reduce = ufunc.reduce
    is_sum = name in ("Sum", "Prod")
    dtype_of = {"float16": np.float32, "bfloat16": np.float32}

    @kernel(name, device="CPU")
    def on_cpu(xp: Any, input: Array, reduction_indices: Array, keep_dims: bool) -> Array:
        axes = axes_of(input, reduction_indices)
        dtype = input.dtype
        if initial is not None:
            return reduce(input, axis=axes, keepdims=keep_dims, initial=initial(dtype))
        if not is_sum:
            return reduce(input, axis=axes, keepdims=keep_dims)
        if dtype in HALVES:
            return reduce(input, axis=axes, dtype=dtype_of[dtype.name], keepdims=keep_dims).astype(
                dtype
            )
        return reduce(input, axis=axes, dtype=dtype, keepdims=keep_dims)

    @kernel(name, device="GPU", host=("reduction_indices",), host_types=host_types)
    def on_gpu(device: Any, input: Array, reduction_indices: Array, keep_dims: bool) -> Array:
        axes = axes_of(input, reduction_indices)
        compute = getattr(device.xp, function)
        dtype = input.dtype
        if name == "Sum" and dtype in C_FLOATS and is_leading(axes, input.ndim):
            return sum_over_leading(device, input, len(axes), keep_dims)
        if is_sum:
            wide = dtype_of.get(dtype.name, dtype)
            result = compute(input, axis=axes, dtype=wide, keepdims=keep_dims)
            return result.astype(dtype, copy=False)
        if initial is not None and input.size == 0:
            rest = [
                n if axis not in axes else 1
                for axis, n in enumerate(input.shape)
                if keep_dims or axis not in axes
            ]
            return device.xp.full(rest, initial(dtype), dtype)
        if initial is not None and dtype.kind not in "iu":
            input = getattr(device.xp, ufunc.__name__)(input, initial(dtype))
        return compute(input, axis=axes, keepdims=keep_dims)


for _name, _entry in REDUCTIONS.items():
    _register_reduction(_name, *_entry)


# ---- Mean ----


def _count(shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    count = 1
    for axis in axes:
        count *= shape[axis]
    return count


def _divide_total(xp: Any, total: Array, count: int, dtype: np.dtype) -> Array:
    """`total` over `count` in `dtype`; of integers, rounded towards zero."""
    if dtype.kind in "iu":
        quotient = xp.absolute(total) // max(count, 1)
        return (quotient * xp.sign(total)).astype(dtype)
    return (total / total.dtype.type(count)).astype(dtype, copy=False)


def _wide(dtype: np.dtype) -> np.dtype:
    return np.dtype(np.float32) if dtype in HALVES else dtype


@kernel("Mean", device="CPU")
def mean(xp: Any, input: Array, reduction_indices: Array, keep_dims: bool) -> Array:
    """The sum over the axes, divided by the number of elements."""
    axes = axes_of(input, reduction_indices)
    dtype = input.dtype
    total = xp.add.reduce(input, axis=axes, dtype=_wide(dtype), keepdims=keep_dims)
    count = _count(input.shape, axes)
    if isinstance(total, np.ndarray) and total.dtype == dtype and dtype.kind in "fc":
        return np.divide(total, dtype.type(count), out=total)
    return _divide_total(xp, total, count, dtype)


@kernel("Mean", device="GPU", host=("reduction_indices",))
def mean_on_gpu(device: Any, input: Array, reduction_indices: Array, keep_dims: bool) -> Array:
    """The sum over the axes, divided by the number of elements."""
    axes = axes_of(input, reduction_indices)
    xp, dtype = device.xp, input.dtype
    if dtype.name in ("float32", "float64") and is_leading(axes, input.ndim):
        total = sum_over_leading(device, input, len(axes), keep_dims)
    else:
        total = xp.sum(input, axis=axes, dtype=_wide(dtype), keepdims=keep_dims)
    return _divide_total(xp, total, _count(input.shape, axes), dtype)


# ---- EuclideanNorm ----


@kernel("EuclideanNorm", host=("reduction_indices",))
def euclidean_norm(xp: Any, input: Array, reduction_indices: Array, keep_dims: bool) -> Array:
    """The root of the sum of squares."""
    axes = axes_of(input, reduction_indices)
    dtype = input.dtype
    wide = np.float64 if dtype.kind in "iu" else _wide(dtype)
    x = input.astype(wide, copy=False)
    squares = (x * x.conj()).real if dtype.kind == "c" else xp.square(x)
    return xp.sqrt(xp.sum(squares, axis=axes, keepdims=keep_dims)).astype(dtype)


# ---- ArgMax, ArgMin ----


def _register_extreme(name: str, function: str, worst: float) -> None:
    @kernel(name, host=("dimension",))
    def extreme(xp: Any, input: Array, dimension: Array, output_type: DType) -> Array:
        axis, rank = int(dimension), input.ndim
        if not -rank <= axis < rank:
            raise InvalidArgumentError.of(
                f"Expected dimension in the range [{-rank}, {rank}), but got {axis}"
            )
        if input.shape[axis] == 0:
            shape = ",".join(map(str, input.shape))
            raise InvalidArgumentError.of(f"Reduction axis {axis} is empty in shape [{shape}]")
        if xp is not np:
            input = _without_nan(xp, input, worst)
        found = getattr(xp, function)(input, axis=axis)
        if xp is np and input.dtype.kind not in "iub":
            # NumPy takes a NaN for the extreme; there seldom is one.
            values = np.take_along_axis(input, np.expand_dims(found, axis), axis)
            if np.isnan(values).any():
                found = getattr(xp, function)(_without_nan(xp, input, worst), axis=axis)
        return found.astype(output_type.numpy)


def _without_nan(xp: Any, x: Array, other: float) -> Array:
    """`x` with another number in the place of NaN."""
    if x.dtype.kind in "iub":
        return x
    return xp.where(xp.isnan(x), x.dtype.type(other), x)


_register_extreme("ArgMax", "argmax", -np.inf)
_register_extreme("ArgMin", "argmin", np.inf)


# ---- Cumsum, Cumprod, CumulativeLogsumexp ----


def _scan_axis(x: Array, axis: Array) -> int:
    """The axis along which a running operation goes, not negative."""
    along, rank = int(axis), int(x.ndim)
    if not -rank <= along < rank:
        raise InvalidArgumentError.of(
            f"ScanOp: Expected scan axis in the range [{-rank}, {rank}), but got {along}",
        )
    return along % rank


def _register_cumulative(name: str, function: str, start: int) -> None:
    @kernel(name, host=("axis",))
    def cumulative(xp: Any, x: Array, axis: Array, exclusive: bool, reverse: bool) -> Array:
        along = _scan_axis(x, axis)
        before = (slice(None),) * along
        source = x[(*before, slice(None, None, -1))] if reverse else x
        wide = _wide(x.dtype)
        if exclusive:
            result = xp.full(x.shape, start, x.dtype)
            if x.shape[along]:
                part = source[(*before, slice(None, -1))]
                result[(*before, slice(1, None))] = getattr(xp, function)(part, along, wide)
        else:
            result = getattr(xp, function)(source, along, wide).astype(x.dtype, copy=False)
        return result[(*before, slice(None, None, -1))] if reverse else result


_register_cumulative("Cumsum", "cumsum", 0)
_register_cumulative("Cumprod", "cumprod", 1)


@kernel("CumulativeLogsumexp", host=("axis",))
def cumulative_logsumexp(xp: Any, x: Array, axis: Array, exclusive: bool, reverse: bool) -> Array:
    """Sums over runs of 1, 2, 4 ... elements: as many rounds as there are digits in the length."""
    moved = xp.moveaxis(x, _scan_axis(x, axis), 0)
    result = moved[::-1] if reverse else moved
    result = result.astype(_wide(x.dtype) or x.dtype)
    if exclusive and len(result):
        nothing = xp.full_like(result[:1], -np.inf)
        result = xp.concatenate([nothing, result[:-1]])
    reach = 1
    while reach < len(result):
        summed = xp.logaddexp(result[reach:], result[:-reach])
        result = xp.concatenate([result[:reach], summed])
        reach *= 2
    result = xp.maximum(result, np.finfo(x.dtype).min).astype(x.dtype)
    result = result[::-1] if reverse else result
    return xp.ascontiguousarray(xp.moveaxis(result, 0, _scan_axis(x, axis)))


# ---- Segments ----


def _flat(data: Array, segment_ids: Array) -> Array:
    """`data` with the axes of `segment_ids` as one."""
    rank = segment_ids.ndim
    if data.shape[:rank] != segment_ids.shape:
        shapes = [",".join(map(str, x.shape)) for x in (data, segment_ids)]
        raise InvalidArgumentError.of(
            f"data.shape = [{shapes[0]}] does not start with segment_ids.shape = [{shapes[1]}]",
        )
    # -1 cannot be told from nothing where there are no elements.
    return data.reshape(segment_ids.size, *data.shape[rank:])


def reduce_sorted(ufunc: np.ufunc, data: Array, ids: Array, result: Array) -> Array:
    """Reduces runs of rows that have the same id into the rows of `result` that the ids name."""
    if ids.size == 0:
        return result
    starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    wide = np.float32 if data.dtype in HALVES else data.dtype
    reduced = ufunc.reduceat(data.astype(wide, copy=False), starts, axis=0)
    result[ids[starts]] = reduced
    return result


def reduce_unsorted(ufunc: np.ufunc, data: Array, ids: Array, result: Array) -> Array:
    """The same for ids in any order; rows with negative ids are dropped."""
    order = np.argsort(ids, kind="stable")
    order = order[np.searchsorted(ids[order], 0) :]
    return reduce_sorted(ufunc, data[order], ids[order], result)


# op: (ufunc, what a sorted op has for a segment without rows)
# Maxima and minima pass over NaN.
SEGMENTS = {
    "Sum": (np.add, 0),
    "Prod": (np.multiply, 1),
    "Max": (np.fmax, 0),
    "Min": (np.fmin, 0),
}


def _segment_ids(data: Array, segment_ids: Array) -> Array:
    """Checks the ids of a sorted segment op."""
    if segment_ids.ndim != 1:
        raise InvalidArgumentError.of("segment_ids should be a vector.")
    if data.ndim == 0 or data.shape[0] != segment_ids.size:
        raise InvalidArgumentError.of(
            "segment_ids should be the same size as dimension 0 of input."
        )
    check_sorted_ids(segment_ids, _segment_count(segment_ids))
    return segment_ids


def check_sorted_ids(ids: Array, count: int) -> None:
    """Refuses ids that fall, or are none of `count` segments: the first of either."""
    if count < 0:
        raise InvalidArgumentError.of("segment ids must be >= 0")
    falls = ids[1:] < ids[:-1]
    if not falls.any() and (not ids.size or (ids[0] >= 0 and ids[-1] < count)):
        return
    ends = [*(np.flatnonzero(ids[1:] != ids[:-1]).tolist()), ids.size - 1]
    for end in ends:
        if end < falls.size and falls[end]:
            raise InvalidArgumentError.of("segment ids are not increasing")
        if not 0 <= ids[end] < count:
            raise InvalidArgumentError.of(
                f"Segment id {ids[end]} out of range [0, {count}), possibly because "
                "'segment_ids' input is not sorted."
            )


def _segment_count(ids: Array) -> int:
    return int(ids[-1]) + 1 if ids.size else 0


def _register_segment(name: str, ufunc: np.ufunc, start: int) -> None:
    @kernel(f"Segment{name}", device="CPU")
    def segment(xp: Any, data: Array, segment_ids: Array) -> Array:
        ids = _segment_ids(data, segment_ids)
        result = np.full((_segment_count(ids), *data.shape[1:]), start, data.dtype)
        reduce_sorted(ufunc, data, ids, result)
        if name in ("Max", "Min"):
            # Segments of nothing but NaN.
            result = _without_nan(np, result, -np.inf if name == "Max" else np.inf)
        return result


for _name, (_ufunc, _start) in SEGMENTS.items():
    _register_segment(_name, _ufunc, _start)


@kernel("SegmentMean", device="CPU")
def segment_mean(xp: Any, data: Array, segment_ids: Array) -> Array:
    """The mean of the rows of each segment, 0 where there are none."""
    ids = _segment_ids(data, segment_ids)
    total = np.zeros((_segment_count(ids), *data.shape[1:]), _wide(data.dtype))
    reduce_sorted(np.add, data, ids, total)
    counts = np.maximum(np.bincount(ids, minlength=total.shape[0]), 1)
    counts = counts.reshape(-1, *[1] * (data.ndim - 1))
    if data.dtype.kind in "iu":
        return ((total - np.fmod(total, counts)) // counts).astype(data.dtype)
    return (total / counts.astype(total.dtype)).astype(data.dtype)


@kernel("SegmentSum", device="GPU", capturable=False)
def segment_sum_on_gpu(device: Any, data: Array, segment_ids: Array) -> Array:
    """The sum of the rows of each segment; the number of segments is read from the device."""
    count = int(segment_ids[-1]) + 1 if segment_ids.size else 0
    return sums_on_gpu(device, None, segment_ids, data, count)


def _unsorted_start(name: str, dtype: np.dtype) -> Any:
    """What a segment without rows holds: the lowest and highest finite numbers for Max and Min."""
    if name not in ("Max", "Min"):
        return SEGMENTS[name][1]
    kind = as_dtype(dtype)
    return kind.min if name == "Max" else kind.max


def _register_unsorted(name: str, ufunc: np.ufunc) -> None:
    @kernel(f"UnsortedSegment{name}", device="CPU")
    def unsorted(xp: Any, data: Array, segment_ids: Array, num_segments: Array) -> Array:
        rows, count = _flat(data, segment_ids), int(num_segments)
        ids = segment_ids.reshape(-1)
        if count < 0:
            raise InvalidArgumentError.of(f"Input num_segments == {count} must not be negative.")
        if ids.size and int(ids.max()) >= count:
            position = int(np.argmax(ids >= count))
            index = ",".join(map(str, np.unravel_index(position, segment_ids.shape)))
            raise InvalidArgumentError.of(
                f"segment_ids[{index}] = {ids[position]} is out of range [0, {count})",
            )
        start = _unsorted_start(name, data.dtype)
        result = np.full((count, *rows.shape[1:]), start, data.dtype)
        reduce_unsorted(ufunc, rows, ids, result)
        return result if name in ("Sum", "Prod") else ufunc(result, start, out=result)

    # Products of complex numbers need a look at the ids on the host.
    @kernel(
        f"UnsortedSegment{name}",
        device="GPU",
        host=("num_segments",),
        capturable=name != "Prod",
    )
    def unsorted_on_gpu(device: Any, data: Array, segment_ids: Array, num_segments: Array) -> Array:
        # Rows with ids out of range are dropped, as TensorFlow does on a GPU.
        rows, count, ids = _flat(data, segment_ids), int(num_segments), segment_ids.reshape(-1)
        if name == "Sum":
            return sums_on_gpu(device, None, ids, rows, count)
        start = _unsorted_start(name, data.dtype)
        result = device.xp.full((count, *rows.shape[1:]), start, data.dtype)
        word = {"Max": "maximum", "Min": "minimum"}.get(name, ufunc.__name__)
        return combined_on_gpu(device, word, result, ids, rows)


for _name, (_ufunc, _) in SEGMENTS.items():
    _register_unsorted(_name, _ufunc)


# ---- Bincount ----


@kernel("Bincount", host=("size",), capturable=False)
def bincount(xp: Any, arr: Array, size: Array, weights: Array) -> Array:
    """How often each number below `size` occurs, or the sum of its weights."""
    values, count = arr.reshape(-1), int(size)
    if values.size and int(values.min()) < 0:
        raise InvalidArgumentError.of("Input arr must be non-negative!")
    kept = values < count
    bins = xp.bincount(
        values[kept], weights.reshape(-1)[kept] if weights.size else None, minlength=count
    )
    return bins.astype(weights.dtype)
