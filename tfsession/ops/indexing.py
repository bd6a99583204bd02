"""Ops that pick elements of tensors: slices, gathers, masks, unique elements."""

from __future__ import annotations

import sys
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession import dtypes, shapes as static_shapes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import (
    TensorLike,
    build,
    constant_of_array,
    convert_to_tensor,
    sizes_array,
)
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import colocate_with, name_scope
from tfsession.graph.static_values import (
    Array,
    Elements,
    Known,
    constant_value,
    constant_value_as_shape,
    known_elements,
    of_values,
)
from tfsession.ops.array import (
    broadcast_to,
    canonical_axis,
    concat,
    expand_dims,
    identity,
    ones_like,
    rank,
    reshape,
    sequence_mask,
    shape,
    size,
    squeeze,
    stack,
    zeros_like,
)
from tfsession.ops.rearrange import invert_permutation, tile, transpose
from tfsession.registry import (
    gradient,
    op,
    ranks,
    run_ranks,
    shape as shape_function,
    static_elements,
    static_value,
    undefined_gradient,
)
from tfsession.shapes import Dimension, Dims, merge_dims, with_rank, with_rank_at_least

__all__ = [
    "batch_gather",
    "boolean_mask",
    "gather",
    "gather_nd",
    "repeat",
    "scatter_nd",
    "setdiff1d",
    "slice",
    "strided_slice",
    "tensor_scatter_add",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
    "tensor_scatter_sub",
    "tensor_scatter_update",
    "unique",
    "unique_with_counts",
    "unravel_index",
    "where",
    "where_v2",
]

# The public function `slice` hides Python's in this module.
_python_slice = slice

# ---- Slice ----

op("Slice(input: T, begin: Index, size: Index) -> output: T", "T: type; Index: {int32, int64}")


@shape_function("Slice")
def _slice_shape(input: Tensor, begin: Tensor, size: Tensor) -> Dims:
    merge_dims(with_rank(begin.dims, 1), with_rank(size.dims, 1))
    dims = input.dims
    starts, lengths = known_elements(begin), known_elements(size)
    count = len(dims) if dims is not None else None
    if count is None:
        found = starts if starts is not None else lengths
        if found is None:
            return None
        count = len(found)
        dims = (None,) * count
    assert dims is not None
    starts = starts if starts is not None else [None] * count
    lengths = lengths if lengths is not None else [None] * count
    if len(starts) != count or len(lengths) != count:
        raise ValueError(f"Shape must be rank {len(starts)} but is rank {count}")
    return tuple(
        _slice_length(n, start, length)
        for n, start, length in zip(dims, starts, lengths, strict=True)
    )


def _slice_length(n: int | None, start: int | None, length: int | None) -> int | None:
    if length is None:
        return None
    if length == -1:
        return None if n is None or start is None else n - start
    if length < -1:
        raise ValueError(f"size must be -1 or larger, but is {length}")
    if n is not None and start is not None and start + length > n:
        raise ValueError(f"Dimension {n} must be >= {start + length}")
    return length


@static_value("Slice")
@of_values
def _slice_value(value: Array, begin: Array, size: Array) -> Any:
    return value[
        tuple(
            _python_slice(int(b), int(b + s) if s >= 0 else None)
            for b, s in zip(begin, size, strict=True)
        )
    ]


@static_elements("Slice")
def _slice_elements(tensor: Tensor, known: Known) -> Elements:
    source, begin, size = tensor.op.inputs
    first, count = known.value(begin), known.value(size)
    elements = known.elements(source)
    if first is None or count is None or elements is None:
        return None
    start, length = int(first[0]), int(count[0])
    return elements[start : None if length < 0 else start + length]


@gradient("Slice")
def _slice_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, begin, _ = op.inputs
    sizes, parts = x.dims, op.outputs[0].dims
    starts = constant_value(begin)
    if (
        starts is not None
        and static_shapes.is_fully_defined(sizes)
        and static_shapes.is_fully_defined(parts)
    ):
        before = starts.astype(np.int64)
        after: Any = np.array(sizes, np.int64) - before - np.array(parts, np.int64)
        paddings: Any = sizes_array([*before.tolist(), *after.tolist()]).reshape(2, -1).T
    else:
        kind = begin.dtype.base_dtype
        after = shape(x, out_type=kind) - shape(op.outputs[0], out_type=kind) - begin
        paddings = stack([begin, after], axis=1)
    return [build("Pad", dy, paddings), None, None]


def slice(
    input_: TensorLike, begin: TensorLike, size: TensorLike, name: str | None = None
) -> Tensor:
    """Cuts a block out of a tensor.

    Args:
      input_: any tensor.
      begin: [rank], int32 or int64, where the block begins.
      size: [rank], its sizes; -1 goes to the end of the axis.
      name: name of the operation.

    Raises:
      ValueError: the block is known not to lie inside.

    Source: TensorFlow 1.15 `tf.slice`.
    """
    result: Tensor = build("Slice", input_, begin, size, name=name)
    return result


# ---- StridedSlice ----

_MASKS = (
    "begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = 0; new_axis_mask: int = 0; "
    "shrink_axis_mask: int = 0"
)
_BEGIN_AND_SIZE = (
    "Expected begin and size arguments to be 1-D tensors of size {input_rank}, but got shapes "
    "{begin} and {size} instead."
)
run_ranks("Slice", begin=(1, _BEGIN_AND_SIZE), size=(1, _BEGIN_AND_SIZE))
_MASK_NAMES = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
op(
    "StridedSlice(input: T, begin: Index, end: Index, strides: Index) -> output: T",
    f"T: type; Index: {{int32, int64}}; {_MASKS}",
)
op(
    "StridedSliceGrad(shape: Index, begin: Index, end: Index, strides: Index, dy: T) -> output: T",
    f"T: type; Index: {{int32, int64}}; {_MASKS}",
)


@shape_function("StridedSlice")
def _strided_slice_shape(
    input: Tensor,
    begin: Tensor,
    end: Tensor,
    strides: Tensor,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> Dims:
    entries = merge_dims(
        merge_dims(with_rank(begin.dims, 1), with_rank(end.dims, 1)), with_rank(strides.dims, 1)
    )
    count = entries[0] if entries is not None else None
    dims = input.dims
    if count is None or dims is None:
        return None
    if ellipsis_mask & (ellipsis_mask - 1):
        raise ValueError("Multiple ellipses in slice spec not allowed")
    first = known_elements(begin) or [None] * count
    last = known_elements(end) or [None] * count
    steps = known_elements(strides) or [None] * count
    taken = sum(not (ellipsis_mask | new_axis_mask) >> i & 1 for i in range(count))
    if taken > len(dims):
        raise ValueError(
            f"Index out of range using input dim {len(dims)}; input has only {len(dims)} dims"
        )
    result: list[int | None] = []
    axis = 0
    for i in range(count):
        bit = 1 << i
        if ellipsis_mask & bit:
            covered = len(dims) - taken
            result += dims[axis : axis + covered]
            axis += covered
        elif new_axis_mask & bit:
            result.append(1)
        elif shrink_axis_mask & bit:
            _check_index(first[i], steps[i], dims[axis], axis)
            axis += 1
        else:
            start = None if begin_mask & bit else first[i]
            stop = None if end_mask & bit else last[i]
            is_known = (begin_mask & bit or start is not None) and (
                end_mask & bit or stop is not None
            )
            result.append(_interval(dims[axis], start, stop, steps[i], bool(is_known), i))
            axis += 1
    return (*result, *dims[axis:])


def _check_index(index: int | None, step: int | None, n: int | None, axis: int) -> None:
    if step is not None and step <= 0:
        raise ValueError("only stride 1 allowed on non-range indexing.")
    if index is not None and n is not None and not -n <= index < n:
        # TensorFlow counts from the start of the axis before it looks.
        position = index + n if index < 0 else index
        raise ValueError(f"slice index {position} of dimension {axis} out of bounds.")


def _interval(
    n: int | None, start: int | None, stop: int | None, step: int | None, is_known: bool, i: int
) -> int | None:
    """The length of start:stop:step of an axis of n elements."""
    if step == 0:
        raise ValueError(f"strides[{i}] must be non-zero")
    if n is None or step is None or not is_known:
        return None
    return len(range(*_python_slice(start, stop, step).indices(n)))


def _slice_index(
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int],
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> tuple[Any, ...]:
    """The index expression that a StridedSlice stands for.

    Args:
      begin: first positions, one for each entry of the index.
      end: positions behind the last, one for each entry.
      strides: steps, one for each entry.
      begin_mask: bit i says that entry i starts where the axis does.
      end_mask: bit i says that entry i ends where the axis does.
      ellipsis_mask: bit i says that entry i is `...`.
      new_axis_mask: bit i says that entry i is a new axis.
      shrink_axis_mask: bit i says that entry i is the number `begin[i]`.

    Raises:
      ValueError: there are two ellipses, or a stride is zero.
    """
    if ellipsis_mask & (ellipsis_mask - 1):
        raise ValueError("Multiple ellipses in slice spec not allowed")
    index: list[Any] = []
    for position, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        bit = 1 << position
        if ellipsis_mask & bit:
            index.append(Ellipsis)
        elif new_axis_mask & bit:
            index.append(None)
        elif step == 0:
            raise ValueError(f"strides[{position}] must be non-zero")
        elif shrink_axis_mask & bit:
            index.append(first)
        else:
            start = None if begin_mask & bit else first
            index.append(_python_slice(start, None if end_mask & bit else last, step))
    return tuple(index)


def _known_index(op: Operation, known: Known) -> tuple[Any, ...] | None:
    """The index expression of an operation, or None where it is unknown."""
    bounds = [known.value(tensor) for tensor in op.inputs[1:]]
    if any(bound is None for bound in bounds):
        return None
    begin, end, strides = (bound.tolist() for bound in bounds if bound is not None)
    return _slice_index(begin, end, strides, *(op.attrs[mask] for mask in _MASK_NAMES))


@static_value("StridedSlice")
def _strided_slice_value(op: Operation, known: Known) -> Any:
    index = _known_index(op, known)
    if index is None:
        return None
    value = known.value(op.inputs[0])
    return _known_part(known.elements(op.inputs[0]), index) if value is None else value[index]


def _known_part(elements: Elements, index: Any) -> Any:
    """Elements of a vector of which others may be unknown, such as one size of a shape."""
    if elements is None:
        return None
    part = np.asarray(np.array(elements, dtype=object)[index])
    return None if any(element is None for element in part.flat) else part


@static_elements("StridedSlice")
def _strided_slice_elements(tensor: Tensor, known: Known) -> Elements:
    index = _known_index(tensor.op, known)
    elements = None if index is None else known.elements(tensor.op.inputs[0])
    if elements is None:
        return None
    part = np.array(elements, dtype=object)[index]
    return part.tolist() if isinstance(part, np.ndarray) and part.ndim == 1 else None


@shape_function("StridedSliceGrad")
def _strided_slice_grad_shape(shape: Tensor) -> Dims:
    return constant_value_as_shape(shape)


@gradient("StridedSlice")
def _strided_slice_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, begin, end, strides = op.inputs
    masks = {name: op.attrs[name] for name in _MASK_NAMES}
    # A known shape is a constant of the same dtype as the bounds.
    sizes = shape(x, out_type=begin.dtype.base_dtype)
    dx = build("StridedSliceGrad", sizes, begin, end, strides, dy, **masks)
    if x.dims is not None:
        dx.set_shape(x.dims)
    return [dx, None, None, None]


@gradient("StridedSliceGrad")
def _strided_slice_grad_gradient(op: Operation, dy: Tensor) -> list[Any]:
    masks = {name: op.attrs[name] for name in _MASK_NAMES}
    _, begin, end, strides, _ = op.inputs
    return [None, None, None, None, build("StridedSlice", dy, begin, end, strides, **masks)]


def strided_slice(
    input_: TensorLike,
    begin: TensorLike,
    end: TensorLike,
    strides: TensorLike | None = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """Slices a tensor as Python slices lists, one entry of the index for each axis.

    Args:
      input_: any tensor.
      begin: [n], int32 or int64, first positions.
      end: [n], positions behind the last.
      strides: [n], steps; None: ones.
      begin_mask: bit i: entry i starts where its axis does.
      end_mask: bit i: entry i ends where its axis does.
      ellipsis_mask: bit i: entry i stands for all axes not mentioned.
      new_axis_mask: bit i: entry i is a new axis of size 1.
      shrink_axis_mask: bit i: entry i is the position ``begin[i]``, and its axis is dropped.
      var: the variable that `input_` is the value of, for the result's `assign`.
      name: name of the operation.

    Raises:
      ValueError: an entry is known not to fit.

    Source: TensorFlow 1.15 `tf.strided_slice`.
    """
    if strides is None:
        strides = ones_like(begin)
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    result: Any = build("StridedSlice", input_, begin, end, strides, name=name, **masks)
    result.assign = _SliceAssignment(var, begin, end, strides, masks, name)
    tensor: Tensor = result
    return tensor


class _SliceAssignment:
    """The `assign` of a slice."""

    __slots__ = ("_begin", "_end", "_masks", "_slice_name", "_strides", "_variable")

    def __init__(
        self, variable: Any, begin: Any, end: Any, strides: Any, masks: dict[str, int], name: Any
    ) -> None:
        self._variable = variable
        self._begin = begin
        self._end = end
        self._strides = strides
        self._masks = masks
        self._slice_name = name

    def __call__(self, val: Any, name: str | None = None) -> Any:
        """Writes `val` into this slice of the variable.

        Args:
          val: what the slice is to hold; the shape of the slice.
          name: name of the operation.

        Returns:
          What holds the new value of the variable, as for `tf.assign`.

        Raises:
          ValueError: it is not a slice of a variable.
        """
        if self._variable is None:
            raise ValueError("Sliced assignment is only supported for variables")
        if name is None and self._slice_name is not None:
            name = f"{self._slice_name}_assign"
        return self._variable._strided_slice_assign(
            begin=self._begin,
            end=self._end,
            strides=self._strides,
            value=val,
            name=name,
            **self._masks,
        )


_INDEX_HELP = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
    "tf.int32/tf.int64 tensors are valid indices"
)


def _checked_index(index: Any) -> Any:
    """Returns one number of an index expression.

    Raises:
      TypeError: it is no whole number and no scalar tensor of whole numbers.
    """
    kind = type(index)
    if kind is int:
        return index
    if isinstance(index, (int, np.integer, Dimension)) and kind is not bool:
        return int(index)
    if isinstance(index, np.ndarray) and index.ndim == 0 and index.dtype.kind in "iu":
        return int(index)
    dtype = getattr(index, "dtype", None)
    is_symbolic = isinstance(index, Tensor) or hasattr(index, "_as_graph_element")
    if (
        not is_symbolic
        or (dtype is not None and not as_dtype(dtype).base_dtype.is_integer)
        or (index.shape.rank not in (None, 0))
    ):
        raise TypeError(f"{_INDEX_HELP}, got {index!r}")
    return index


def slice_helper(tensor: TensorLike, slice_spec: Any, var: Any = None) -> Tensor:
    """What ``tensor[slice_spec]`` is.

    Args:
      tensor: the tensor.
      slice_spec: an index or a tuple of indices: ints, slices, `...`, None, scalar tensors; or a
        boolean mask.
      var: the variable that `tensor` is the value of.

    Raises:
      TypeError: something else.

    Source: TensorFlow 1.15, python/ops/array_ops.py `_slice_helper`.
    """
    if isinstance(slice_spec, Tensor) and slice_spec.dtype.base_dtype is dtypes.bool:
        return boolean_mask(tensor=tensor, mask=slice_spec)
    if isinstance(slice_spec, np.ndarray) and slice_spec.dtype == bool:
        return boolean_mask(tensor=tensor, mask=slice_spec)
    if not isinstance(slice_spec, (list, tuple)):
        slice_spec = [slice_spec]
    begin: list[Any] = []
    end: list[Any] = []
    strides: list[Any] = []
    masks = dict.fromkeys(_MASK_NAMES, 0)
    for position, entry in enumerate(slice_spec):
        bit = 1 << position
        if isinstance(entry, _python_slice):
            begin.append(_bound(entry.start, masks, "begin_mask", bit, -sys.maxsize - 1))
            end.append(_bound(entry.stop, masks, "end_mask", bit, sys.maxsize))
            strides.append(1 if entry.step is None else _checked_index(entry.step))
        elif entry is Ellipsis or entry is None:
            begin.append(0)
            end.append(0)
            strides.append(1)
            masks["ellipsis_mask" if entry is Ellipsis else "new_axis_mask"] |= bit
        else:
            index = _checked_index(entry)
            begin.append(index)
            end.append(index + 1)
            strides.append(1)
            masks["shrink_axis_mask"] |= bit
    operands = [
        tensor,
        *(x for part in (begin, end, strides) for x in part if type(x) is not int),
    ]
    with name_scope(None, "strided_slice", operands) as scope:
        if begin:
            bounds = [
                _packed_bounds(begin, "stack"),
                _packed_bounds(end, "stack_1"),
                _packed_bounds(strides, "stack_2"),
            ]
            if any(bound.dtype is dtypes.int64 for bound in bounds):
                bounds = [
                    bound
                    if bound.dtype is dtypes.int64
                    else build("Cast", bound, DstT=dtypes.int64)
                    for bound in bounds
                ]
        else:
            empty = np.zeros(0, np.int32)
            bounds = [constant_of_array(empty, "Const") for _ in range(3)]
        first, last, steps = bounds
        return strided_slice(
            tensor,
            first,
            last,
            steps,
            begin_mask=masks["begin_mask"],
            end_mask=masks["end_mask"],
            ellipsis_mask=masks["ellipsis_mask"],
            new_axis_mask=masks["new_axis_mask"],
            shrink_axis_mask=masks["shrink_axis_mask"],
            var=var,
            name=scope,
        )


def _bound(value: Any, masks: dict[str, int], mask: str, bit: int, whole: int) -> Any:
    """One end of a slice; an absent one sets its bit."""
    if value is not None and not (type(value) is int and value == whole):
        return _checked_index(value)
    masks[mask] |= bit
    return 0


def _packed_bounds(values: list[Any], name: str) -> Tensor:
    # Plain numbers, by far the most frequent, need no look at each for tensors.
    if all(type(value) is int for value in values):
        return constant_of_array(sizes_array(values), name)
    return stack(values, name=name)


Tensor._override_operator("__getitem__", slice_helper)


# ---- Gather ----

op(
    "Gather(params: Tparams, indices: Tindices) -> output: Tparams",
    "validate_indices: bool = true; Tparams: type; Tindices: {int32, int64}",
)
op(
    "GatherV2(params: Tparams, indices: Tindices, axis: Taxis) -> output: Tparams",
    "batch_dims: int = 0; Tparams: type; Tindices: {int32, int64}; Taxis: {int32, int64}",
)


@shape_function("Gather")
def _gather_shape(params: Tensor, indices: Tensor) -> Dims:
    dims = with_rank_at_least(params.dims, 1)
    return None if dims is None or indices.dims is None else (*indices.dims, *dims[1:])


@shape_function("GatherV2")
def _gather_v2_shape(params: Tensor, indices: Tensor, axis: Tensor, batch_dims: int) -> Dims:
    dims, picked = params.dims, indices.dims
    with_rank(axis.dims, 0)
    if dims is None or picked is None:
        return None
    where = constant_value(axis)
    if batch_dims < 0:
        batch_dims += len(picked)
    if where is None:
        with_rank_at_least(dims, 1)
        return (None,) * (len(dims) + len(picked) - 1 - batch_dims)
    position = int(where)
    with_rank_at_least(dims, -position if position < 0 else position + 1)
    position %= len(dims)
    batch = merge_dims(dims[:batch_dims], picked[:batch_dims]) or ()
    return (*batch, *dims[batch_dims:position], *picked[batch_dims:], *dims[position + 1 :])


@static_value("Gather")
def _gather_value(op: Operation, known: Known) -> Any:
    return _taken(op, 0, known)


@static_value("GatherV2")
def _gather_v2_value(op: Operation, known: Known) -> Any:
    axis = known.value(op.inputs[2])
    return None if axis is None or op.attrs["batch_dims"] else _taken(op, int(axis), known)


def _taken(op: Operation, axis: int, known: Known) -> Any:
    params, indices = op.inputs[0], known.value(op.inputs[1])
    if indices is None:
        return None
    value = known.value(params)
    if value is None:
        return _known_part(known.elements(params), indices)
    return np.take(value, indices, axis)


@static_elements("Gather", "GatherV2")
def _gather_elements(tensor: Tensor, known: Known) -> Elements:
    indices = known.value(tensor.op.inputs[1])
    elements = known.elements(tensor.op.inputs[0])
    if indices is None or indices.ndim != 1 or elements is None:
        return None
    return [elements[index] for index in indices.tolist()]


@gradient("Gather")
def _gather_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [_rows_gradient(op.inputs[0], op.inputs[1], dy), None]


def _rows_gradient(params: Tensor, indices: Tensor, dy: TensorLike) -> IndexedSlices:
    """The gradient of picking slices along the first axis."""
    dy = convert_to_tensor(dy)
    with colocate_with(params.op):
        sizes = shape(params)
    dims, count = params.dims, static_shapes.element_count(indices.dims)
    if dims is not None and None not in dims[1:] and count is not None:
        values = dy if dy.dims == (count, *dims[1:]) else reshape(dy, [count, *dims[1:]])
    else:
        count_of = expand_dims(size(indices), 0)
        values = reshape(dy, concat([count_of, sizes[1:]], 0))
    if indices.dims is None or len(indices.dims) != 1:
        indices = reshape(indices, [-1])
    return IndexedSlices(values, indices, sizes)


@gradient("GatherV2")
def _gather_v2_gradient(op: Operation, dy: Tensor) -> list[Any]:
    params, indices, axis = op.inputs
    where = constant_value(axis)
    batch_dims = op.attrs["batch_dims"]
    if batch_dims < 0:
        assert indices.dims is not None
        batch_dims += len(indices.dims)
    if where is not None and int(where) == 0 and batch_dims == 0:
        return [_rows_gradient(params, indices, dy), None, None]
    sizes = shape(params)
    front = axis if where is None or int(where) >= 0 else axis + rank(params)
    outer, inner = sizes[:front], sizes[front:][1:]
    # The picked axes become one, which moves in front of what lies between the batch and it.
    rows = reshape(dy, concat([outer, [-1], inner], 0))
    axes = rank(rows)
    order = concat(
        [
            build("Range", 0, batch_dims, 1),
            [front],
            build("Range", batch_dims, front, 1),
            build("Range", front + 1, axes, 1),
        ],
        0,
    )
    moved = transpose(rows, order)
    summed = _batch_segment_sum(moved, indices, batch_dims, sizes[front], sizes)
    dx = transpose(summed, invert_permutation(order))
    dx.set_shape(params.dims)
    return [dx, None, None]


def _batch_segment_sum(
    rows: Tensor, indices: Tensor, batch_dims: int, count: Any, sizes: Tensor
) -> Tensor:
    """Sums rows [batch..., picked, rest...] by index into [batch..., count, rest...]."""
    if batch_dims == 0:
        result: Tensor = build("UnsortedSegmentSum", rows, reshape(indices, [-1]), count)
        return result
    # Each element of the batch has its own range of segments.
    batch = sizes[:batch_dims]
    batch_size = build("Prod", batch, [0])
    offsets = build("Range", 0, batch_size, 1) * count
    flat = reshape(indices, stack([batch_size, -1]))
    if flat.dtype.base_dtype is not dtypes.int32:
        offsets = build("Cast", offsets, DstT=flat.dtype.base_dtype)
    segments = reshape(flat + expand_dims(offsets, 1), [-1])
    rest = shape(rows)[batch_dims + 1 :]
    total = build(
        "UnsortedSegmentSum",
        reshape(rows, concat([[-1], rest], 0)),
        segments,
        batch_size * count,
    )
    return reshape(total, concat([batch, [count], rest], 0))


def gather(
    params: Any,
    indices: TensorLike,
    validate_indices: bool | None = None,
    name: str | None = None,
    axis: TensorLike | None = None,
    batch_dims: int = 0,
) -> Tensor:
    """Picks slices of a tensor along an axis.

    Args:
      params: [batch..., outer..., n, inner...].
      indices: [batch..., picked...], int32 or int64, in [0, n).
      validate_indices: has no effect; indices are always checked on the CPU.
      name: name of the operation.
      axis: a scalar, the axis of size n; None: `batch_dims`.
      batch_dims: number of batch axes.

    Returns:
      [batch..., outer..., picked..., inner...].

    Source: TensorFlow 1.15 `tf.gather`.
    """
    if axis is None:
        axis = batch_dims
    known = constant_value(axis) if isinstance(axis, Tensor) else axis
    if known is not None and int(known) == 0:
        read = getattr(params, "sparse_read", None)
        if read is not None:
            found: Tensor = read(indices, name=name)
            return found
    result: Tensor = build("GatherV2", params, indices, axis, batch_dims=batch_dims, name=name)
    return result


def batch_gather(params: Any, indices: TensorLike, name: str | None = None) -> Tensor:
    """Picks slices of each element of a batch.

    Args:
      params: [batch..., n, inner...].
      indices: [batch..., picked], int32 or int64.
      name: name of the operations' scope.

    Returns:
      [batch..., picked, inner...].

    Raises:
      ValueError: the rank of `indices` is not known.

    Source: TensorFlow 1.15 `tf.batch_gather`.
    """
    with name_scope(name, "BatchGather", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        if indices.dims is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        return gather(params, indices, batch_dims=len(indices.dims) - 1)


# ---- GatherNd ----

op(
    "GatherNd(params: Tparams, indices: Tindices) -> output: Tparams",
    "Tparams: type; Tindices: {int32, int64}",
)
run_ranks("GatherNd", indices=(range(1, 255), "indices must be at least a vector"))


@shape_function("GatherNd")
def _gather_nd_shape(params: Tensor, indices: Tensor) -> Dims:
    dims, picked = params.dims, with_rank_at_least(indices.dims, 1)
    if dims is None or picked is None or picked[-1] is None:
        return None
    depth = picked[-1]
    if depth > len(dims):
        raise ValueError(
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: "
            f"{static_shapes.format_dims(picked)} and params shape: "
            f"{static_shapes.format_dims(dims)}"
        )
    return (*picked[:-1], *dims[depth:])


@gradient("GatherNd")
def _gather_nd_gradient(op: Operation, dy: Tensor) -> list[Any]:
    params, indices = op.inputs
    sizes = shape(params, out_type=indices.dtype.base_dtype)
    if indices.dims is not None and len(indices.dims) == 2 and indices.dims[-1] == 1:
        rows = squeeze(indices, axis=-1)
        return [IndexedSlices(convert_to_tensor(dy), rows, sizes), None]
    return [build("ScatterNd", indices, dy, sizes), None]


def gather_nd(
    params: Any, indices: TensorLike, name: str | None = None, batch_dims: int = 0
) -> Tensor:
    """Picks elements or slices of a tensor by positions along several axes.

    Args:
      params: [sizes of m axes..., rest...].
      indices: [picked..., m], int32 or int64.
      name: name of the operation.
      batch_dims: number of leading axes that `params` and `indices` share.

    Returns:
      [picked..., rest...].

    Raises:
      ValueError: `batch_dims` is negative.

    Source: TensorFlow 1.15 `tf.gather_nd`.
    """
    if batch_dims < 0:
        raise ValueError("tf.gather_nd does not allow negative batch_dims.")
    if batch_dims:
        indices = _with_batch_positions(convert_to_tensor(indices), batch_dims)
    else:
        read = getattr(params, "gather_nd", None)
        if read is not None:
            found: Tensor = read(indices, name=name)
            return found
    result: Tensor = build("GatherNd", params, indices, name=name)
    return result


def _with_batch_positions(indices: Tensor, batch_dims: int) -> Tensor:
    """Puts the position in each batch axis before the positions given."""
    count = with_rank_at_least(indices.dims, batch_dims + 1)
    if count is None:
        raise ValueError("batch_gather_nd does not allow indices with unknown shape.")
    sizes = shape(indices)
    leading = sizes[:-1]
    parts = []
    for axis in range(batch_dims):
        positions = build("Range", 0, sizes[axis], 1)
        if indices.dtype.base_dtype is not dtypes.int32:
            positions = build("Cast", positions, DstT=indices.dtype.base_dtype)
        column = reshape(positions, [-1 if a == axis else 1 for a in range(len(count) - 1)])
        parts.append(expand_dims(build("BroadcastTo", column, leading), -1))
    return concat([*parts, indices], -1)


# ---- ScatterNd ----

op(
    "ScatterNd(indices: Tindices, updates: T, shape: Tindices) -> output: T",
    "T: type; Tindices: {int32, int64}",
)
_NO_INDICES = "Indices shape must have rank at least one. Found:{indices}"
run_ranks("ScatterNd", indices=(range(1, 255), _NO_INDICES), shape=(1, "Shape must be a vector"))
for _name in ("TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub"):
    op(
        f"{_name}(tensor: T, indices: Tindices, updates: T) -> output: T",
        "T: type; Tindices: {int32, int64}",
    )


@shape_function("ScatterNd")
def _scatter_nd_shape(indices: Tensor, updates: Tensor, shape: Tensor) -> Dims:
    dims = constant_value_as_shape(shape)
    _check_scatter(indices.dims, updates.dims, dims)
    return dims


@shape_function("TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub")
def _tensor_scatter_shape(tensor: Tensor, indices: Tensor, updates: Tensor) -> Dims:
    with_rank_at_least(tensor.dims, 1)
    _check_scatter(indices.dims, updates.dims, tensor.dims)
    return tensor.dims


def _check_scatter(indices: Dims, updates: Dims, dims: Dims) -> None:
    with_rank_at_least(indices, 1)
    with_rank_at_least(updates, 1)
    if indices is None or updates is None or dims is None or indices[-1] is None:
        return
    outer = len(indices) - 1
    static_text = (
        f"updates shape: {static_shapes.format_dims(updates)}, indices shape: "
        f"{static_shapes.format_dims(indices)}, shape: {static_shapes.format_dims(dims)}"
    )
    if not static_shapes.dims_compatible(indices[:-1], updates[:outer]):
        raise ValueError(
            f"The outer {outer} dimensions of indices.shape must match the outer {outer} "
            f"dimensions of updates.shape: {static_text}"
        )
    inner = len(dims) - indices[-1]
    if not static_shapes.dims_compatible(dims[indices[-1] :], updates[outer:]):
        raise ValueError(
            f"The inner {inner} dimensions of output.shape must match the inner "
            f"{len(updates) - outer} dimensions of updates.shape: {static_text}"
        )


@gradient("ScatterNd")
def _scatter_nd_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [None, build("GatherNd", dy, op.inputs[0]), None]


@gradient("TensorScatterUpdate")
def _tensor_scatter_update_gradient(op: Operation, dy: Tensor) -> list[Any]:
    indices, updates = op.inputs[1:]
    kept = build("TensorScatterUpdate", identity(dy), indices, zeros_like(updates))
    return [kept, None, build("GatherNd", dy, indices)]


@gradient("TensorScatterAdd")
def _tensor_scatter_add_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [identity(dy), None, build("GatherNd", dy, op.inputs[1])]


@gradient("TensorScatterSub")
def _tensor_scatter_sub_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [identity(dy), None, -build("GatherNd", dy, op.inputs[1])]


def scatter_nd(
    indices: TensorLike, updates: TensorLike, shape: TensorLike, name: str | None = None
) -> Tensor:
    """Adds elements or slices into a tensor of zeros; undoes `gather_nd`.

    Args:
      indices: [picked..., m], int32 or int64.
      updates: [picked..., rest...]; those of equal indices add up.
      shape: [m + rank of rest], the shape of the result.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.scatter_nd`.
    """
    result: Tensor = build("ScatterNd", indices, updates, shape, name=name)
    return result


def tensor_scatter_update(
    tensor: TensorLike, indices: TensorLike, updates: TensorLike, name: str | None = None
) -> Tensor:
    """Returns a tensor with some elements or slices replaced.

    Args:
      tensor: [sizes of m axes..., rest...].
      indices: [picked..., m], int32 or int64.
      updates: [picked..., rest...].
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.tensor_scatter_update`.
    """
    result: Tensor = build("TensorScatterUpdate", tensor, indices, updates, name=name)
    return result


def tensor_scatter_add(
    tensor: TensorLike, indices: TensorLike, updates: TensorLike, name: str | None = None
) -> Tensor:
    """Returns a tensor with something added to some elements or slices.

    Args:
      tensor: [sizes of m axes..., rest...].
      indices: [picked..., m], int32 or int64.
      updates: [picked..., rest...].
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.tensor_scatter_add`.
    """
    result: Tensor = build("TensorScatterAdd", tensor, indices, updates, name=name)
    return result


def tensor_scatter_sub(
    tensor: TensorLike, indices: TensorLike, updates: TensorLike, name: str | None = None
) -> Tensor:
    """Returns a tensor with something subtracted from some elements or slices.

    Args:
      tensor: [sizes of m axes..., rest...].
      indices: [picked..., m], int32 or int64.
      updates: [picked..., rest...].
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.tensor_scatter_sub`.
    """
    result: Tensor = build("TensorScatterSub", tensor, indices, updates, name=name)
    return result


tensor_scatter_nd_update = tensor_scatter_update
tensor_scatter_nd_add = tensor_scatter_add
tensor_scatter_nd_sub = tensor_scatter_sub


# ---- Where ----

op(
    "Where(input: T) -> index: int64",
    "T: {float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, "
    "bfloat16, uint16, complex128, float16, uint32, uint64, bool} = bool",
)


@shape_function("Where")
def _where_shape(input: Tensor) -> Dims:
    return (None, None if input.dims is None else len(input.dims))


undefined_gradient("Where")


# ---- Select ----

op("Select(condition: bool, t: T, e: T) -> output: T", "T: type")
op("SelectV2(condition: bool, t: T, e: T) -> output: T", "T: type")


@shape_function("Select")
def _select_shape(condition: Tensor, t: Tensor, e: Tensor) -> Dims:
    dims = merge_dims(t.dims, e.dims)
    mask = condition.dims
    if dims is None:
        # Only a condition of higher rank has the shape of what it selects from.
        return mask if mask is not None and len(mask) > 1 else None
    if mask is None or not mask:
        return dims
    if len(mask) == 1 and len(dims) >= 1:
        # TensorFlow checks the number of rows, but does not learn it.
        merge_dims(mask, dims[:1])
        return dims
    return merge_dims(dims, mask)


@shape_function("SelectV2")
def _select_v2_shape(condition: Tensor, t: Tensor, e: Tensor) -> Dims:
    both = static_shapes.broadcast_dims(t.dims, e.dims)
    return static_shapes.broadcast_dims(condition.dims, both)


static_value("Select", "SelectV2")(of_values(np.where))


@gradient("Select")
def _select_gradient(op: Operation, dy: Tensor) -> list[Any]:
    condition = op.inputs[0]
    nothing = zeros_like(op.inputs[1])
    return [
        None,
        build("Select", condition, dy, nothing),
        build("Select", condition, nothing, dy),
    ]


@gradient("SelectV2")
def _select_v2_gradient(op: Operation, dy: Tensor) -> list[Any]:
    condition, t, e = op.inputs
    nothing = zeros_like(dy)
    return [
        None,
        _summed_to(build("SelectV2", condition, dy, nothing), t),
        _summed_to(build("SelectV2", condition, nothing, dy), e),
    ]


def _summed_to(dy: Tensor, x: Tensor) -> Tensor:
    """Sums over the axes along which `x` was broadcast."""
    if x.dims is not None and x.dims == dy.dims and None not in x.dims:
        return dy
    sizes = shape(x)
    axes = build("BroadcastGradientArgs", sizes, shape(dy))[0]
    return reshape(build("Sum", dy, axes, keep_dims=True), sizes)


def where(
    condition: TensorLike,
    x: TensorLike | None = None,
    y: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Selects elements by a condition, or returns where it holds.

    Args:
      condition: bool; of the shape of `x`, or [n] where `x` is [n, ...], or a scalar. Without `x`
        and `y`: a tensor of any dtype, in which what is not zero holds.
      x: what is taken where the condition holds.
      y: what is taken elsewhere, of the shape and dtype of `x`.
      name: name of the operation.

    Returns:
      a tensor of the shape of `x`; without `x` and `y` [number of true elements, rank], int64,
      their positions in row-major order.

    Raises:
      ValueError: only one of `x` and `y` is given.

    Source: TensorFlow 1.15 `tf.where`.
    """
    result: Tensor
    if x is None and y is None:
        with name_scope(name, "Where", [condition]) as scope:
            condition = convert_to_tensor(condition, preferred_dtype=dtypes.bool, name="condition")
            result = build("Where", condition, name=scope)
            return result
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    result = build("Select", condition, x, y, name=name)
    return result


def where_v2(
    condition: TensorLike,
    x: TensorLike | None = None,
    y: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """As `where`, but condition, `x` and `y` broadcast by NumPy's rules.

    Args:
      condition: bool; without `x` and `y` a tensor of any dtype.
      x: what is taken where the condition holds.
      y: what is taken elsewhere.
      name: name of the operation.

    Raises:
      ValueError: only one of `x` and `y` is given.

    Source: TensorFlow 1.15 `tf.where_v2`.
    """
    if x is None or y is None:
        return where(condition, x, y, name)
    result: Tensor = build("SelectV2", condition, x, y, name=name)
    return result


def boolean_mask(
    tensor: TensorLike, mask: TensorLike, name: str = "boolean_mask", axis: int | None = None
) -> Tensor:
    """Returns the slices of a tensor where a mask holds.

    Args:
      tensor: [outer..., masked..., inner...].
      mask: [masked...], bool, of statically known rank 1 or more.
      name: name of the operations' scope.
      axis: number of outer axes; None: 0.

    Returns:
      [outer..., number of true elements, inner...].

    Raises:
      ValueError: the mask is a scalar, its rank is not known, or it does not fit.

    Source: TensorFlow 1.15 `tf.boolean_mask`.
    """
    with name_scope(name, values=[tensor, mask]):
        tensor = convert_to_tensor(tensor, name="tensor")
        mask = convert_to_tensor(mask, name="mask")
        if mask.dims is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None.  "
                "E.g. shape=[None] is ok, but shape=None is not."
            )
        masked = len(mask.dims)
        if masked == 0:
            raise ValueError("mask cannot be scalar.")
        start = 0 if axis is None else axis
        if tensor.dims is not None:
            tensor.shape[start : start + masked].assert_is_compatible_with(mask.shape)
        if masked > 1:
            sizes = shape(tensor)
            count = build("Prod", sizes[start : start + masked], [0])
            flat = reshape(
                tensor, concat([sizes[:start], stack([count]), sizes[start + masked :]], 0)
            )
            if tensor.dims is not None:
                total = static_shapes.element_count(tensor.dims[start : start + masked])
                flat.set_shape((*tensor.dims[:start], total, *tensor.dims[start + masked :]))
            tensor, mask = flat, reshape(mask, [-1])
        positions = squeeze(where(mask), axis=[1])
        return gather(tensor, positions, axis=start)


# ---- Unique ----

op("Unique(x: T) -> y: T, idx: out_idx", "T: type; out_idx: {int32, int64} = int32")
op(
    "UniqueWithCounts(x: T) -> y: T, idx: out_idx, count: out_idx",
    "T: type; out_idx: {int32, int64} = int32",
)


@shape_function("Unique")
def _unique_shape(x: Tensor) -> list[Dims]:
    return [(None,), with_rank(x.dims, 1)]


@shape_function("UniqueWithCounts")
def _unique_with_counts_shape(x: Tensor) -> list[Dims]:
    return [(None,), with_rank(x.dims, 1), (None,)]


undefined_gradient("Unique", "UniqueWithCounts")

Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])


def unique(x: TensorLike, out_idx: DTypeLike = dtypes.int32, name: str | None = None) -> Any:
    """Returns the distinct elements of a vector in the order of first occurrence.

    Args:
      x: [n].
      out_idx: int32 or int64.
      name: name of the operation.

    Returns:
      y [number of distinct elements] and idx [n] with ``x[i] == y[idx[i]]``.

    Source: TensorFlow 1.15 `tf.unique`.
    """
    y, idx = build("Unique", x, out_idx=out_idx, name=name)
    return Unique(y, idx)


def unique_with_counts(
    x: TensorLike, out_idx: DTypeLike = dtypes.int32, name: str | None = None
) -> Any:
    """Returns what `unique` does, and how often each distinct element occurs.

    Source: TensorFlow 1.15 `tf.unique_with_counts`.
    """
    y, idx, count = build("UniqueWithCounts", x, out_idx=out_idx, name=name)
    return UniqueWithCounts(y, idx, count)


# ---- ListDiff ----

op("ListDiff(x: T, y: T) -> out: T, idx: out_idx", "T: type; out_idx: {int32, int64} = int32")


@shape_function("ListDiff")
def _list_diff_shape(x: Tensor, y: Tensor) -> list[Dims]:
    with_rank(x.dims, 1)
    with_rank(y.dims, 1)
    return [(None,), (None,)]


undefined_gradient("ListDiff")

ListDiff = namedtuple("ListDiff", ["out", "idx"])


def setdiff1d(
    x: TensorLike, y: TensorLike, index_dtype: DTypeLike = dtypes.int32, name: str | None = None
) -> Any:
    """Returns the elements of a vector that another does not have.

    Args:
      x: [n].
      y: [m].
      index_dtype: int32 or int64.
      name: name of the operation.

    Returns:
      out, the elements of `x` that are not in `y` in their order; idx, where in `x` they are.

    Source: TensorFlow 1.15 `tf.setdiff1d`.
    """
    out, idx = build("ListDiff", x, y, out_idx=index_dtype, name=name)
    return ListDiff(out, idx)


# ---- UnravelIndex ----

op("UnravelIndex(indices: Tidx, dims: Tidx) -> output: Tidx", "Tidx: {int32, int64} = int32")


ranks("UnravelIndex", dims=1)


@shape_function("UnravelIndex")
def _unravel_index_shape(indices: Tensor, dims: Tensor) -> Dims:
    if indices.dims is None or dims.dims is None:
        return None
    (rank,) = with_rank(dims.dims, 1)
    if not indices.dims:
        return (rank,)
    count = static_shapes.element_count(indices.dims)
    return rank, count


undefined_gradient("UnravelIndex")


def unravel_index(indices: TensorLike, dims: TensorLike, name: str | None = None) -> Tensor:
    """Turns positions in a flattened tensor into one index per axis.

    Args:
      indices: a scalar or [n], int32 or int64.
      dims: [rank], of the dtype of `indices`, the shape of the tensor.
      name: name of the operation.

    Returns:
      [rank] for a scalar, otherwise [rank, n]; of the dtype of `indices`.

    Source: TensorFlow 1.15 `tf.unravel_index`.
    """
    result: Tensor = build("UnravelIndex", indices, dims, name=name)
    return result


# ---- Repetitions ----


def repeat(
    input: TensorLike, repeats: TensorLike, axis: int | None = None, name: str | None = None
) -> Tensor:
    """Repeats the slices of an axis, each as often as is said for it.

    Args:
      input: any tensor.
      repeats: int32 or int64; a scalar, or one number for each slice.
      axis: the axis; None: the tensor is flattened.
      name: name of the operations' scope.

    Raises:
      ValueError: the rank of `input` is unknown, or it has no such axis.

    Source: TensorFlow 1.15 `tf.repeat`.
    """
    if axis is None:
        input, axis = reshape(input, [-1]), 0
    with name_scope(name, "Repeat", [input, repeats]):
        data = convert_to_tensor(input, name="data")
        repeats = convert_to_tensor(repeats, preferred_dtype=np.int32, name="repeats")
        static_shapes.with_rank_at_most(repeats.dims, 1)
        if data.dims == ():
            data = expand_dims(data, 0)
        if data.dims is None:
            raise ValueError("repeat: the rank of `input` must be known where `axis` is given")
        axis = canonical_axis(axis, len(data.dims))
        sizes = shape(data, out_type=repeats.dtype)
        around = [sizes[:axis], [-1], sizes[axis + 1 :]]
        expanded = expand_dims(data, axis + 1)
        if repeats.dims is not None and static_shapes.element_count(repeats.dims) == 1:
            tiled = _tiled(expanded, axis + 1, reshape(repeats, []))
            result: Tensor = reshape(tiled, concat(around, axis=0))
            return result
        if repeats.dims is None or len(repeats.dims) != axis + 1:
            counts = concat([sizes[: axis + 1 - rank(repeats)], shape(repeats)], axis=0)
            repeats = broadcast_to(repeats, counts)
            repeats.set_shape([None] * (axis + 1))
        most = build("Maximum", 0, build("Max", repeats, list(range(axis + 1))))
        masked = boolean_mask(_tiled(expanded, axis + 1, most), sequence_mask(repeats, most))
        if axis == 0:
            return masked
        result = reshape(masked, concat(around, axis=0))
        return result


def _tiled(x: Tensor, axis: int, count: Tensor) -> Tensor:
    """Repeats `x` along one axis."""
    assert x.dims is not None
    multiples: list[Any] = [1] * len(x.dims)
    multiples[axis] = count
    return tile(x, multiples)
