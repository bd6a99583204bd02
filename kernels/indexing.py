"""Kernels of ops that pick elements: slices, gathers, scatters, masks, unique elements."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession.dtypes import DType, int32
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import shape_text
from .launch import C_FLOATS, C_INDICES, C_SIZES, over_elements
from .math import either

Array = Any

# How many different bounds one StridedSlice remembers the index expression of.
_REMEMBERED_BOUNDS = 64


# ---- Slice ----


@kernel("Slice", aliases=True, host=("begin", "size"), host_types=(int32,))
def slice_(xp: Any, x: Array, begin: Array, size: Array) -> Array:
    """A view of a block."""
    starts, lengths = begin.tolist(), size.tolist()
    if len(starts) != x.ndim or len(lengths) != x.ndim:
        raise InvalidArgumentError.of(
            f"Expected begin and size arguments to be 1-D tensors of size {x.ndim}, but got shapes "
            f"{shape_text(begin.shape)} and {shape_text(size.shape)} instead."
        )
    index = []
    for axis, (start, length, n) in enumerate(zip(starts, lengths, x.shape, strict=True)):
        if not 0 <= start <= n:
            raise InvalidArgumentError.of(f"Expected begin[{axis}] in [0, {n}], but got {start}")
        if length == -1:
            length = n - start
        if not 0 <= length <= n - start:
            raise InvalidArgumentError.of(
                f"Expected size[{axis}] in [0, {n - start}], but got {length}"
            )
        index.append(slice(start, start + length))
    return x[(*index, Ellipsis)]


# ---- StridedSlice ----


class StridedIndex:
    """The index expressions that bounds stand for, under the masks of one op."""

    def __init__(self, begin: int, end: int, ellipsis: int, new_axis: int, shrink: int) -> None:
        self._begin_mask = begin
        self._end_mask = end
        self._ellipsis_mask = ellipsis
        self._new_axis_mask = new_axis
        self._shrink_axis_mask = shrink
        self._known: dict[tuple[bytes, bytes, bytes], tuple[Any, ...]] = {}

    def of(self, begin: Array, end: Array, strides: Array) -> tuple[Any, ...]:
        """The index; it has an Ellipsis, so the result is always an array."""
        key = (begin.tobytes(), end.tobytes(), strides.tobytes())
        index = self._known.get(key)
        if index is None:
            index = self._make(begin.tolist(), end.tolist(), strides.tolist())
            if len(self._known) >= _REMEMBERED_BOUNDS:
                self._known.clear()
            self._known[key] = index
        return index

    def _make(self, begin: list[int], end: list[int], strides: list[int]) -> tuple[Any, ...]:
        index: list[Any] = []
        if self._ellipsis_mask & (self._ellipsis_mask - 1):
            raise InvalidArgumentError.of("Multiple ellipses in slice spec not allowed")
        for i, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
            bit = 1 << i
            if self._ellipsis_mask & bit:
                index.append(Ellipsis)
            elif self._new_axis_mask & bit:
                index.append(None)
            elif step == 0:
                raise InvalidArgumentError.of(f"strides[{i}] must be non-zero")
            elif self._shrink_axis_mask & bit:
                if step < 0:
                    raise InvalidArgumentError.of("only stride 1 allowed on non-range indexing.")
                index.append(first)
            else:
                start = None if self._begin_mask & bit else first
                stop = None if self._end_mask & bit else last
                index.append(slice(start, stop, step))
        if not self._ellipsis_mask:
            index.append(Ellipsis)
        return tuple(index)


def index_error(shape: tuple[int, ...], index: tuple[Any, ...]) -> str:
    """What is wrong with an index expression that the array refused."""
    entries = [entry for entry in index if entry is not None]
    covered = len(shape) - (len(entries) - 1)
    if covered < 0:
        return f"Index out of range using input dim {len(shape)}; input has only {len(shape)} dims"
    axis = 0
    for entry in entries:
        if entry is Ellipsis:
            axis += covered
            continue
        if isinstance(entry, int) and not -shape[axis] <= entry < shape[axis]:
            # TensorFlow counts from the start of the axis before it looks.
            position = entry + shape[axis] if entry < 0 else entry
            return f"slice index {position} of dimension {axis} out of bounds."
        axis += 1
    return "Index out of range"


@kernel(
    "StridedSlice",
    is_maker=True,
    aliases=True,
    host=("begin", "end", "strides"),
    host_types=(int32,),
)
def strided_slice(
    xp: Any,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> Callable[..., Array]:
    """Views by Python's rules of indexing."""
    index_of = StridedIndex(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask).of

    def view(x: Array, begin: Array, end: Array, strides: Array) -> Array:
        index = index_of(begin, end, strides)
        try:
            return x[index]
        except IndexError:
            raise InvalidArgumentError.of(index_error(x.shape, index)) from None

    return view


@kernel(
    "StridedSliceGrad",
    is_maker=True,
    host=("shape", "begin", "end", "strides"),
    host_types=(int32,),
)
def strided_slice_grad(
    xp: Any,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> Callable[..., Array]:
    """Zeros, and the gradient where the slice was."""
    index_of = StridedIndex(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask).of

    def scatter(shape: Array, begin: Array, end: Array, strides: Array, dy: Array) -> Array:
        index = index_of(begin, end, strides)
        result = xp.zeros(shape.tolist(), dy.dtype)
        try:
            place = result[index]
        except IndexError:
            raise InvalidArgumentError.of(index_error(result.shape, index)) from None
        if place.shape != dy.shape:
            raise InvalidArgumentError.of(
                f"shape of dy was {shape_text(dy.shape)} instead of {shape_text(place.shape)}"
            )
        place[...] = dy
        return result

    return scatter


# ---- Gather ----


def position_text(shape: tuple[int, ...], flat: int) -> str:
    """The position of a flat index as the runtime's messages write it: `[1,0]`."""
    return shape_text([int(n) for n in np.unravel_index(flat, shape)]) if shape else ""


def check_indices(indices: Array, count: int) -> None:
    """Checks that indices are in [0, count).

    Raises:
      InvalidArgumentError: one is not.
    """
    if indices.size and (indices.min() < 0 or indices.max() >= count):
        bad = int(np.flatnonzero((indices < 0) | (indices >= count))[0])
        where = position_text(indices.shape, bad)
        value = indices.reshape(-1)[bad]
        raise InvalidArgumentError.of(f"indices{where} = {value} is not in [0, {count})")


def _taken(x: Array, indices: Array, axis: int) -> Array:
    """Slices of `x`, whose indices are known to be inside."""
    result = x.take(indices, axis)
    if x.dtype.hasobject and not isinstance(result, np.ndarray):
        # A single string comes without an array around it.
        single = np.empty((), object)
        single[()] = result
        return single
    return result


def taken_on_gpu(device: Any, x: Array, indices: Array, axis: int = 0) -> Array:
    """Slices of `x`; indices out of range give zeros, as in TensorFlow."""
    xp = device.xp
    inner = math.prod(x.shape[axis + 1 :])
    result = xp.empty((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)
    x, indices = xp.ascontiguousarray(x), xp.ascontiguousarray(indices)
    name = f"gather_rows<{C_SIZES[x.dtype.itemsize]}, {C_INDICES[indices.dtype]}>"
    sizes = map(np.int64, (result.size, x.shape[axis], indices.size, inner))
    arguments = (x, indices, result, *sizes)
    over_elements(device, "rows_by_index.cu", name, result.size, arguments)
    return result


@kernel("Gather", device="CPU")
def gather(xp: Any, params: Array, indices: Array) -> Array:
    """Slices along the first axis."""
    if params.ndim < 1:
        raise InvalidArgumentError.of("params must be at least 1 dimensional")
    check_indices(indices, params.shape[0])
    return _taken(params, indices, 0)


@kernel("Gather", device="GPU")
def gather_gpu(device: Any, params: Array, indices: Array) -> Array:
    """As `gather`, without a look at the indices."""
    if params.ndim < 1:
        raise InvalidArgumentError.of("params must be at least 1 dimensional")
    return taken_on_gpu(device, params, indices)


@kernel("GatherV2", device="CPU")
def gather_v2(xp: Any, params: Array, indices: Array, axis: Array, batch_dims: int) -> Array:
    """Slices along an axis, for each element of the batch."""
    position = _gather_axis(params, axis)
    check_indices(indices, params.shape[position])
    return _gathered(np, params, indices, position, batch_dims)


@kernel("GatherV2", device="GPU", host=("axis",))
def gather_v2_gpu(
    device: Any, params: Array, indices: Array, axis: Array, batch_dims: int
) -> Array:
    """As `gather_v2`, without a look at the indices."""
    position = _gather_axis(params, axis)
    if batch_dims == 0:
        return taken_on_gpu(device, params, indices, position)
    return _gathered(device.xp, params, indices, position, batch_dims)


def _gather_axis(params: Array, axis: Array) -> int:
    position, count = int(axis), int(params.ndim)
    if not -count <= position < count:
        raise InvalidArgumentError.of(
            f"Expected axis in the range [{-count}, {count}), but got {position}"
        )
    return position % count


def _gathered(xp: Any, params: Array, indices: Array, axis: int, batch_dims: int) -> Array:
    if batch_dims < 0:
        batch_dims += indices.ndim
    if batch_dims == 0:
        return _taken(params, indices, axis)
    # Batch and gathered axis become one, in which each element of the batch has its own range.
    moved = xp.moveaxis(params, axis, batch_dims)
    batch, count = moved.shape[:batch_dims], moved.shape[batch_dims]
    rest = moved.shape[batch_dims + 1 :]
    if batch != indices.shape[:batch_dims]:
        raise InvalidArgumentError.of(
            f"params.shape[:batch_dims] {shape_text(batch)} must be equal to "
            f"indices.shape[:batch_dims] {shape_text(indices.shape[:batch_dims])}"
        )
    total = math.prod(batch)
    flat = indices.reshape(total, -1) if indices.size else indices.reshape(total, 0)
    flat = flat + (xp.arange(total) * count)[:, None]
    picked = moved.reshape((total * count, *rest)).take(flat.reshape(-1), 0)
    inner = indices.shape[batch_dims:]
    result = picked.reshape((*batch, *inner, *rest))
    # The axes that lay between the batch and the gathered one go back in front.
    outer = axis - batch_dims
    start = batch_dims + len(inner)
    order = [
        *range(batch_dims),
        *range(start, start + outer),
        *range(batch_dims, start),
        *range(start + outer, result.ndim),
    ]
    return result.transpose(order)


# ---- GatherNd ----


def _flat_positions(
    xp: Any, indices: Array, sizes: tuple[int, ...], what: str, is_checked: bool
) -> Array:
    """The flat positions of [..., m] indices into m axes, [product of ...].

    Raises:
      InvalidArgumentError: one is outside; `what` ends the message.
    """
    depth = len(sizes)
    rows = indices.reshape(math.prod(indices.shape[:-1]), depth)
    if is_checked and rows.size:
        is_outside = ((rows < 0) | (rows >= np.array(sizes))).any(axis=1)
        if is_outside.any():
            bad = int(np.flatnonzero(is_outside)[0])
            where = position_text(indices.shape[:-1], bad)
            values = ", ".join(str(n) for n in rows[bad])
            raise InvalidArgumentError.of(f"indices{where} = [{values}] does not index into {what}")
    flat = xp.zeros(len(rows), np.int64)
    for axis, n in enumerate(sizes):
        flat *= n
        flat += rows[:, axis]
    return flat


def _gathered_nd(xp: Any, params: Array, indices: Array, is_checked: bool) -> Array:
    depth = indices.shape[-1]
    if depth > params.ndim:
        raise InvalidArgumentError.of(
            "index innermost dimension length must be <= params rank; saw: "
            f"{depth} vs. {params.ndim}"
        )
    sizes, rest = params.shape[:depth], params.shape[depth:]
    if indices.size and 0 in sizes:
        raise InvalidArgumentError.of(
            "Requested more than 0 entries, but params is empty.  Params shape: "
            + shape_text(params.shape)
        )
    what = f"param shape {shape_text(params.shape)}"
    flat = _flat_positions(xp, indices, sizes, what, is_checked)
    picked = params.reshape((math.prod(sizes), *rest)).take(flat, 0)
    return picked.reshape((*indices.shape[:-1], *rest))


@kernel("GatherNd", device="CPU")
def gather_nd(xp: Any, params: Array, indices: Array) -> Array:
    """Elements or slices by positions along several axes."""
    return _gathered_nd(np, params, indices, True)


@kernel("GatherNd", device="GPU")
def gather_nd_gpu(device: Any, params: Array, indices: Array) -> Array:
    """As `gather_nd`, without a look at the indices."""
    return _gathered_nd(device.xp, params, indices, False)


# ---- ScatterNd ----


def add_at(target: Array, positions: Array, values: Array) -> None:
    """Adds values [n, ...] to rows of an array in host memory; equal positions add up."""
    if not positions.size or not values.size:
        return
    if values.size == len(values) and target.dtype.kind in "iufc":
        np.add.at(target.reshape(-1), positions, values.reshape(-1))
        return
    order = np.argsort(positions, kind="stable")
    ordered = positions[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    if len(starts) == len(positions):
        target[positions] += values
        return
    target[ordered[starts]] += np.add.reduceat(values[order], starts, axis=0, dtype=values.dtype)


# Element type of sums: the kernel's type for it. Whole numbers wrap around, signed or not.
_C_SUMS = {
    np.dtype(np.float32): "float",
    np.dtype(np.float64): "double",
    np.dtype(np.int32): "unsigned int",
    np.dtype(np.uint32): "unsigned int",
    np.dtype(np.int64): "unsigned long long",
    np.dtype(np.uint64): "unsigned long long",
}


def sums_on_gpu(
    device: Any, target: Array | None, positions: Array, values: Array, rows: int
) -> Array:
    """Adds values [n, ...] to rows of an array on the GPU; positions out of range are dropped.

    Args:
      device: what computes, active.
      target: [rows, ...], which is overwritten where it can be; None for zeros.
      positions: [n]; int32 or int64.
      values: of the target's dtype.
      rows: of the target.

    Returns:
      [rows, ...]; the sums, in the dtype of `values`.
    """
    xp, dtype = device.xp, values.dtype
    shape = (rows, *values.shape[1:])
    if dtype.kind == "c":
        # The sum of complex numbers is that of their parts.
        part = np.dtype(f"f{dtype.itemsize // 2}")
        rest = math.prod(shape[1:])
        values = xp.ascontiguousarray(values).reshape(len(values), rest).view(part)
        if target is not None:
            target = xp.ascontiguousarray(target).reshape(rows, rest).view(part)
        return sums_on_gpu(device, target, positions, values, rows).view(dtype).reshape(shape)
    if dtype in _C_SUMS:
        wide, kinds = dtype, (_C_SUMS[dtype],) * 2
    elif dtype in C_FLOATS:
        wide, kinds = np.dtype(np.float32), (C_FLOATS[dtype], "float")
    else:
        wide, kinds = np.dtype(np.int32), ("unsigned int",) * 2
        values = values.astype(wide)
    sums = xp.zeros(shape, wide) if target is None else target.astype(wide, copy=False)
    values, positions = xp.ascontiguousarray(values), xp.ascontiguousarray(positions)
    name = f"scatter_add_rows<{kinds[0]}, {kinds[1]}, {C_INDICES[positions.dtype]}>"
    sizes = map(np.int64, (values.size, rows, math.prod(shape[1:])))
    arguments = (values, positions, sums, *sizes)
    over_elements(device, "rows_by_index.cu", name, values.size, arguments)
    return sums.astype(dtype, copy=False)


# ufunc: how combine_rows of rows_by_index.cu calls it.
_C_COMBINATIONS = {
    "maximum": "Largest",
    "minimum": "Smallest",
    "multiply": "Product",
    "divide": "Quotient",
}

_C_COMBINED = {
    np.dtype(np.float32): "float",
    np.dtype(np.float64): "double",
    np.dtype(np.int32): "int",
    np.dtype(np.int64): "long long",
}


def combined_on_gpu(
    device: Any, word: str, target: Array, positions: Array, values: Array
) -> Array:
    """Combines values [n, ...] with rows of an array; positions out of range are dropped.

    Args:
      device: what computes, active.
      word: "maximum", "minimum", "multiply" or "divide" (rounded towards zero for integers).
      target: [rows, ...], contiguous, which is overwritten where it can be.
      positions: [n]; int32 or int64.
      values: of the target's dtype.

    Returns:
      [rows, ...]; of the target's dtype.
    """
    xp, dtype = device.xp, target.dtype
    if dtype.kind == "c" or dtype == np.uint64:
        return _combined_in_rounds(xp, getattr(xp, word), target, positions, values)
    wide = dtype
    if dtype not in _C_COMBINED:
        wide = np.dtype(np.float32 if dtype in C_FLOATS else np.int64)
    result = target.astype(wide, copy=False)
    values = xp.ascontiguousarray(values.astype(wide, copy=False))
    kinds = (_C_COMBINED[wide], "long long", _C_COMBINATIONS[word])
    name = f"combine_rows<{', '.join(kinds)}>"
    sizes = map(np.int64, (values.size, len(target), math.prod(target.shape[1:])))
    arguments = (values, xp.ascontiguousarray(positions, np.int64), result, *sizes)
    over_elements(device, "rows_by_index.cu", name, values.size, arguments)
    return result.astype(dtype, copy=False)


def _combined_in_rounds(
    xp: Any, function: Callable[..., Any], target: Array, positions: Array, values: Array
) -> Array:
    """Combines the first value of every row, then the second, and so on."""
    is_inside = (positions >= 0) & (positions < len(target))
    positions, values = positions[is_inside], values[is_inside]
    if not positions.size:
        return target
    order = positions.argsort()
    ordered = positions[order]
    is_first = xp.concatenate((xp.ones(1, bool), ordered[1:] != ordered[:-1]))
    starts = xp.flatnonzero(is_first)
    occurrence = xp.arange(len(positions)) - starts[xp.cumsum(is_first) - 1]
    for turn in range(int(occurrence.max()) + 1):
        chosen = order[occurrence == turn]
        rows = positions[chosen]
        target[rows] = function(target[rows], values[chosen]).astype(target.dtype)
    return target


def assign_rows_on_gpu(device: Any, target: Array, positions: Array, values: Array) -> None:
    """Copies values [n, ...] over rows of a contiguous array; positions out of range are dropped.

    Of several values for one row any may stay.
    """
    xp = device.xp
    values = xp.ascontiguousarray(values)
    positions = xp.ascontiguousarray(positions, np.int64)
    name = f"assign_rows<{C_SIZES[target.dtype.itemsize]}, long long>"
    sizes = map(np.int64, (values.size, len(target), math.prod(target.shape[1:])))
    arguments = (values, positions, target, *sizes)
    over_elements(device, "rows_by_index.cu", name, values.size, arguments)


def _rows_of(
    xp: Any, target: Array, indices: Array, updates: Array, is_checked: bool
) -> tuple[Array, Array, Array]:
    """The target as rows, their positions, and the updates as rows."""
    depth = indices.shape[-1]
    sizes, rest = target.shape[:depth], target.shape[depth:]
    if updates.shape != (*indices.shape[:-1], *rest):
        raise InvalidArgumentError.of(
            "Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got "
            f"updates.shape: {shape_text(updates.shape)}, indices.shape: "
            f"{shape_text(indices.shape)}, params_shape: {shape_text(target.shape)}, slice_dim: "
            f"{depth}, and batch_dim: {indices.ndim - 1}"
        )
    what = f"shape {shape_text(target.shape)}"
    flat = _flat_positions(xp, indices, sizes, what, is_checked)
    rows = target.reshape((math.prod(sizes), *rest))
    return rows, flat, updates.reshape((len(flat), *rest))


@kernel("ScatterNd", device="CPU")
def scatter_nd(xp: Any, indices: Array, updates: Array, shape: Array) -> Array:
    """Updates added into zeros."""
    if shape.ndim != 1:
        raise ValueError("shape")  # in the words of registry.run_ranks
    if updates.dtype.hasobject:
        result = np.full(shape.tolist(), b"", object)
        # Strings add up, too.
        np.add.at(*_rows_of(np, result, indices, updates, True))
        return result
    result = np.zeros(shape.tolist(), updates.dtype)
    add_at(*_rows_of(np, result, indices, updates, True))
    return result


@kernel("ScatterNd", device="GPU", host=("shape",))
def scatter_nd_gpu(device: Any, indices: Array, updates: Array, shape: Array) -> Array:
    """As `scatter_nd`, without a look at the indices."""
    xp = device.xp
    result = xp.empty(shape.tolist(), updates.dtype)
    rows, positions, values = _rows_of(xp, result, indices, updates, False)
    return sums_on_gpu(device, None, positions, values, len(rows)).reshape(result.shape)


@kernel("TensorScatterAdd", device="CPU")
def tensor_scatter_add(xp: Any, tensor: Array, indices: Array, updates: Array) -> Array:
    """A copy with updates added."""
    result = np.array(tensor, order="C")
    add_at(*_rows_of(np, result, indices, updates, True))
    return result


@kernel("TensorScatterAdd", device="GPU")
def tensor_scatter_add_gpu(device: Any, tensor: Array, indices: Array, updates: Array) -> Array:
    """As `tensor_scatter_add`, without a look at the indices."""
    result = device.xp.array(tensor, order="C")
    rows, positions, values = _rows_of(device.xp, result, indices, updates, False)
    return sums_on_gpu(device, rows, positions, values, len(rows)).reshape(result.shape)


@kernel("TensorScatterSub", device="CPU")
def tensor_scatter_sub(xp: Any, tensor: Array, indices: Array, updates: Array) -> Array:
    """A copy with updates subtracted."""
    return tensor_scatter_add(xp, tensor, indices, np.negative(updates))


@kernel("TensorScatterSub", device="GPU")
def tensor_scatter_sub_gpu(device: Any, tensor: Array, indices: Array, updates: Array) -> Array:
    """As `tensor_scatter_sub`, without a look at the indices."""
    return tensor_scatter_add_gpu(device, tensor, indices, -updates)


@kernel("TensorScatterUpdate")
def tensor_scatter_update(xp: Any, tensor: Array, indices: Array, updates: Array) -> Array:
    """A copy with elements or slices replaced."""
    result = xp.array(tensor, order="C")
    rows, positions, values = _rows_of(xp, result, indices, updates, xp is np)
    rows[positions] = values
    return result


# ---- Where, Select ----


@kernel("Where", capturable=False)
def where(xp: Any, x: Array) -> Array:
    """The positions of what is not zero."""
    return xp.argwhere(x).astype(np.int64, copy=False)


@kernel("Select")
def select(xp: Any, condition: Array, t: Array, e: Array) -> Array:
    """Elements of either array; a vector of conditions is for whole slices."""
    if t.shape != e.shape:
        raise InvalidArgumentError.of(
            "'then' and 'else' must have the same size.  but received: "
            f"{shape_text(t.shape)} vs. {shape_text(e.shape)}"
        )
    if condition.shape != t.shape and condition.ndim:
        if condition.ndim != 1 or t.ndim < 1:
            raise InvalidArgumentError.of(
                "Inputs to operation Select of type Select must have the same size and shape.  "
                f"Input 0: {shape_text(condition.shape)} != input 1: {shape_text(t.shape)}"
            )
        if condition.shape[0] != t.shape[0]:
            raise InvalidArgumentError.of(
                "Number of batches of 'then' must match size of 'cond', but saw: "
                f"{t.shape[0]} vs. {condition.shape[0]}"
            )
        condition = condition.reshape((-1, *(1,) * (t.ndim - 1)))
    return either(xp, condition, t, e)


@kernel("SelectV2")
def select_v2(xp: Any, condition: Array, t: Array, e: Array) -> Array:
    """Elements of either array, all broadcast."""
    try:
        return either(xp, condition, t, e)
    except ValueError:
        shapes = " vs. ".join(shape_text(x.shape) for x in (condition, t, e))
        raise InvalidArgumentError.of(
            f"condition, then and else must broadcast: {shapes}"
        ) from None


# ---- Unique, ListDiff ----


def _uniqued(xp: Any, x: Array) -> tuple[Array, Array, Array]:
    """Distinct elements in the order of first occurrence, which each is, and how many there are."""
    if x.ndim != 1:
        raise InvalidArgumentError.of("unique expects a 1D vector.")
    _, first, inverse, counts = xp.unique(
        x, return_index=True, return_inverse=True, return_counts=True
    )
    order = xp.argsort(first)
    place = xp.empty_like(order)
    place[order] = xp.arange(len(order), dtype=order.dtype)
    return x[first[order]], place[inverse.reshape(-1)], counts[order]


@kernel("Unique", capturable=False, host_types=(int32,))
def unique(xp: Any, x: Array, out_idx: DType) -> tuple[Array, Array]:
    """The distinct elements, and which of them each is."""
    values, places, _ = _uniqued(xp, x)
    return values, places.astype(out_idx.numpy)


@kernel("UniqueWithCounts", device="CPU")
def unique_with_counts(xp: Any, x: Array, out_idx: DType) -> tuple[Array, Array, Array]:
    """The distinct elements, which of them each is, and how often they occur."""
    values, places, counts = _uniqued(xp, x)
    return values, places.astype(out_idx.numpy), counts.astype(out_idx.numpy)


@kernel("ListDiff", device="CPU")
def list_diff(xp: Any, x: Array, y: Array, out_idx: DType) -> tuple[Array, Array]:
    """The elements that the other vector does not have, and where they are."""
    kept = xp.flatnonzero(~xp.isin(x, y))
    return x[kept], kept.astype(out_idx.numpy)


# ---- UnravelIndex ----


@kernel("UnravelIndex", device="CPU")
def unravel_index(xp: Any, indices: Array, dims: Array) -> Array:
    """Quotients and remainders as those of C, the last axis first; no index is too large."""
    if indices.ndim > 1:
        raise InvalidArgumentError.of(
            f'The indices can only be scalar or vector, got "{shape_text(indices.shape)}"'
        )
    if dims.ndim != 1:
        raise InvalidArgumentError.of(
            f"The indices can only be 1-D array, but got {shape_text(dims.shape)}"
        )
    sizes = dims.tolist()
    if 0 in sizes:
        raise InvalidArgumentError.of("Input dims cannot contain a dim of zero")
    rest = indices.reshape(-1)
    result = xp.empty((len(sizes), rest.size), indices.dtype)
    for axis in range(len(sizes) - 1, -1, -1):
        result[axis] = xp.fmod(rest, sizes[axis])
        rest = (rest - result[axis]) // sizes[axis]
    return result.reshape(-1) if indices.ndim == 0 else result
