"""Kernels of the ops on variables.

A reference or handle arrives as the `VariableCell` itself; ops that hand a reference on return it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfsession.dtypes import int32
from tfsession.errors import (
    InvalidArgumentError,
    OutOfRangeError,
    UnimplementedError,
)
from tfsession.registry import kernel
from tfsession.resources.variables import VariableCell

from .array import sizes_of
from .indexing import (
    StridedIndex,
    assign_rows_on_gpu,
    combined_on_gpu,
    index_error,
    sums_on_gpu,
    taken_on_gpu,
)
from .math import either


def format_shape(array: Any) -> str:
    """The shape of an array in the runtime's messages: ``[2,3]``."""
    return f"[{','.join(map(str, array.shape))}]"


# ---- VariableV2, Variable ----


def _make_cell(resources: Any, op: Any, kind: str) -> VariableCell:
    attrs = op.attrs
    container = attrs["container"].decode() or "localhost"
    name = attrs["shared_name"].decode() or op.name
    cell: VariableCell = resources.lookup_or_create(
        container,
        kind,
        name,
        lambda: VariableCell(
            name, attrs["dtype"], attrs["shape"], container, kind == "resource_variable"
        ),
    )
    return cell


@kernel(
    "VariableV2",
    "Variable",
    cpu_types=(int32,),
    state=lambda resources, op: _make_cell(resources, op, "variable"),
)
def variable_v2(xp: Any, state: VariableCell) -> VariableCell:
    return state


# ---- Assign ----


@kernel("Assign", keeps=1)
def assign(
    xp: Any, ref: VariableCell, value: Any, validate_shape: bool, given: bool = False
) -> VariableCell:
    if validate_shape:
        with ref.lock:
            dims = ref.read().shape if ref.is_initialized else ref.dims
        if dims is not None and value.shape != dims and None not in dims:
            raise InvalidArgumentError.of(
                "Assign requires shapes of both tensors to match. lhs shape= "
                f"[{','.join(map(str, dims))}] rhs shape= {format_shape(value)}",
            )
    ref.assign(value, given)
    return ref


# ---- AssignAdd, AssignSub ----


def _check_same_shape(op: str, buffer: Any, value: Any) -> None:
    if buffer.shape != value.shape:
        raise InvalidArgumentError.of(
            f"{op} requires shapes of both tensors to match. lhs shape= "
            f"{format_shape(buffer)} rhs shape= {format_shape(value)}",
        )


@kernel("AssignAdd")
def assign_add(xp: Any, ref: VariableCell, value: Any) -> VariableCell:
    with ref.lock:
        buffer = ref.writable()
        _check_same_shape("AssignAdd", buffer, value)
        xp.add(buffer, value, out=buffer)
    return ref


@kernel("AssignSub")
def assign_sub(xp: Any, ref: VariableCell, value: Any) -> VariableCell:
    with ref.lock:
        buffer = ref.writable()
        _check_same_shape("AssignSub", buffer, value)
        xp.subtract(buffer, value, out=buffer)
    return ref


# ---- IsVariableInitialized ----


@kernel("IsVariableInitialized", host=("is_initialized",))
def is_variable_initialized(xp: Any, ref: VariableCell) -> Any:
    return np.bool_(ref.is_initialized)


# ---- VarHandleOp ----


@kernel("VarHandleOp", state=lambda resources, op: _make_cell(resources, op, "resource_variable"))
def var_handle_op(xp: Any, state: VariableCell) -> VariableCell:
    return state


# ---- ReadVariableOp ----


# What is read is the variable's own memory, which nobody may write into.
@kernel("ReadVariableOp", aliases=True)
def read_variable_op(xp: Any, resource: VariableCell) -> Any:
    return resource.read()


# ---- AssignVariableOp, AssignAddVariableOp, AssignSubVariableOp ----


@kernel("AssignVariableOp", keeps=1)
def assign_variable_op(xp: Any, resource: VariableCell, value: Any, given: bool = False) -> None:
    resource.assign(value, given)


def _update_variable(resource: VariableCell, value: Any, function: Callable[..., Any]) -> None:
    with resource.lock:
        buffer = resource.writable()
        if buffer.shape != value.shape:
            raise InvalidArgumentError.of(
                f"Cannot update variable with shape {format_shape(buffer)} using a Tensor with "
                f"shape {format_shape(value)}, shapes must be equal.",
            )
        function(buffer, value, out=buffer)


@kernel("AssignAddVariableOp")
def assign_add_variable_op(xp: Any, resource: VariableCell, value: Any) -> None:
    _update_variable(resource, value, xp.add)


@kernel("AssignSubVariableOp")
def assign_sub_variable_op(xp: Any, resource: VariableCell, value: Any) -> None:
    _update_variable(resource, value, xp.subtract)


# ---- VarIsInitializedOp ----


@kernel("VarIsInitializedOp", host=("is_initialized",))
def var_is_initialized_op(xp: Any, resource: VariableCell) -> Any:
    return np.bool_(resource.is_initialized)


# ---- VariableShape ----


def _present(resource: VariableCell) -> Any:
    """The value of a resource variable, as all ops but ReadVariableOp look it up.

    Raises:
      NotFoundError: it has none yet.
    """
    if not resource.is_initialized:
        raise resource.missing()
    return resource.read()


@kernel("VariableShape", host=("output",))
def variable_shape(xp: Any, input: VariableCell, out_type: Any) -> Any:
    return sizes_of(_present(input), out_type, "VariableShape output type is 32-bit  but")


# ---- DestroyResourceOp ----


@kernel("DestroyResourceOp")
def destroy_resource_op(xp: Any, resource: VariableCell, ignore_lookup_error: bool) -> None:
    if not ignore_lookup_error and not resource.is_initialized:
        raise resource.missing()
    resource.release()


# ---- ResourceGather ----


def check_indices(indices: Any, size: int) -> None:
    """Checks that row numbers are within ``[0, size)``.

    Raises:
      InvalidArgumentError: the first one that is not is named.
    """
    if indices.size == 0 or (int(indices.min()) >= 0 and int(indices.max()) < size):
        return
    flat = indices.ravel()
    position = int(((flat < 0) | (flat >= size)).argmax())
    where = np.unravel_index(position, indices.shape)
    place = f"[{','.join(map(str, where))}]" if where else ""
    raise InvalidArgumentError.of(f"indices{place} = {int(flat[position])} is not in [0, {size})")


def _gather(xp: Any, value: Any, indices: Any, batch_dims: int) -> Any:
    if batch_dims == 0:
        return value[indices]
    batch = xp.ogrid[tuple(slice(n) for n in indices.shape[:batch_dims])]
    spread = [b.reshape(b.shape + (1,) * (indices.ndim - batch_dims)) for b in batch]
    return value[(*spread, indices)]


@kernel("ResourceGather", device="CPU")
def resource_gather(xp: Any, resource: VariableCell, indices: Any, batch_dims: int) -> Any:
    value = _present(resource)
    check_indices(indices, value.shape[batch_dims])
    return _gather(xp, value, indices, batch_dims)


@kernel("ResourceGather", device="GPU")
def resource_gather_gpu(device: Any, resource: VariableCell, indices: Any, batch_dims: int) -> Any:
    # Checking would make the step wait for the GPU; rows out of range read zero, as in TensorFlow.
    xp, value = device.xp, _present(resource)
    if batch_dims == 0:
        return taken_on_gpu(device, value, indices)
    size = value.shape[batch_dims]
    rows = _gather(xp, value, indices.clip(0, max(size - 1, 0)), batch_dims)
    inside = (indices >= 0) & (indices < size)
    inside = inside.reshape(inside.shape + (1,) * (rows.ndim - inside.ndim))
    return either(xp, inside, rows, rows.dtype.type(0))


# ---- ResourceGatherNd ----


def check_nd_indices(indices: Any, dims: tuple[int, ...]) -> None:
    """Checks that each row of `indices` is the index of a slice of a tensor of shape `dims`.

    Raises:
      InvalidArgumentError: the first one that is not is named.
    """
    depth = indices.shape[-1]
    rows = indices.reshape(-1, depth)
    limits = np.array(dims[:depth])
    outside = ((rows < 0) | (rows >= limits)).any(axis=1)
    if outside.any():
        position = int(outside.argmax())
        where = np.unravel_index(position, indices.shape[:-1])
        place = f"[{','.join(map(str, where))}]" if where else ""
        raise InvalidArgumentError.of(
            f"indices{place} = [{', '.join(map(str, rows[position].tolist()))}] does not index "
            f"into shape [{','.join(map(str, dims))}]",
        )


@kernel("ResourceGatherNd")
def resource_gather_nd(xp: Any, resource: VariableCell, indices: Any) -> Any:
    value = _present(resource)
    if xp is np:
        check_nd_indices(indices, value.shape)
    return value[tuple(indices[..., axis] for axis in range(indices.shape[-1]))]


# ---- ScatterUpdate, ScatterAdd, ScatterSub, ScatterMul, ScatterDiv, ScatterMin, ScatterMax ----

# Below this many numbers `ufunc.at` is faster than sorting.
_SMALL_SCATTER = 64

_COMBINATIONS = {
    "Add": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Div": "divide",
    "Min": "minimum",
    "Max": "maximum",
}
# What combines several updates of one row into one.
_REDUCTIONS = {"Add": "add", "Sub": "add", "Min": "minimum", "Max": "maximum"}


def scatter(buffer: np.ndarray, indices: np.ndarray, updates: Any, word: str) -> None:
    """Updates rows of an array in place; updates of one row accumulate.

    Args:
      buffer: [rows, ...].
      indices: any shape; row numbers, already checked.
      updates: indices.shape + buffer.shape[1:], or a scalar.
      word: "Update", "Add", "Sub", "Mul", "Div", "Min" or "Max".
    """
    if word == "Update":
        buffer[indices] = updates
        return
    if word == "Div" and buffer.dtype.kind in "iu":
        function: Any = np.floor_divide
    else:
        function = getattr(np, _COMBINATIONS[word])
    rows = indices.ravel()
    if updates.ndim and indices.ndim != 1:
        updates = updates.reshape(rows.shape + buffer.shape[1:])
    if rows.size * max(1, buffer[:1].size) <= _SMALL_SCATTER or word not in _REDUCTIONS:
        function.at(buffer, rows, updates)
        return
    order = rows.argsort(kind="stable")
    ordered = rows[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    if starts.size != rows.size:
        if not updates.ndim:
            updates = np.broadcast_to(updates, rows.shape + buffer.shape[1:])
        updates = getattr(np, _REDUCTIONS[word]).reduceat(updates[order], starts, axis=0)
        rows = ordered[starts]
    buffer[rows] = function(buffer[rows], updates)


def scatter_gpu(device: Any, buffer: Any, indices: Any, updates: Any, word: str) -> None:
    """`scatter` on a GPU; updates of rows that do not exist are dropped, as in TensorFlow."""
    rows = indices.ravel()
    shape = rows.shape + buffer.shape[1:]
    updates = updates.reshape(shape) if updates.ndim else device.xp.broadcast_to(updates, shape)
    if word == "Update":
        assign_rows_on_gpu(device, buffer, rows, updates)
    elif word in ("Add", "Sub"):
        changes = -updates if word == "Sub" else updates
        sums = sums_on_gpu(device, buffer, rows, changes, len(buffer))
        if sums is not buffer:
            buffer[...] = sums
    else:
        combined = combined_on_gpu(device, _COMBINATIONS[word], buffer, rows, updates)
        if combined is not buffer:
            buffer[...] = combined


def _check_updates(buffer: Any, indices: Any, updates: Any) -> None:
    wanted = indices.shape + buffer.shape[1:]
    if updates.ndim and updates.shape != wanted:
        raise InvalidArgumentError.of(
            "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got "
            f"updates.shape {format_shape(updates)}, indices.shape {format_shape(indices)}, "
            f"params.shape {format_shape(buffer)}",
        )


def _scatter_cell(cell: VariableCell, indices: Any, updates: Any, word: str) -> None:
    with cell.lock:
        buffer = cell.writable()
        _check_updates(buffer, indices, updates)
        check_indices(indices, buffer.shape[0])
        scatter(buffer, indices, updates, word)


def _scatter_cell_gpu(
    device: Any, cell: VariableCell, indices: Any, updates: Any, word: str
) -> None:
    with cell.lock:
        buffer = cell.writable()
        _check_updates(buffer, indices, updates)
        scatter_gpu(device, buffer, indices, updates, word)


def _register_scatter(word: str) -> None:
    # Products of complex numbers need a look at the indices on the host.
    capturable = word not in ("Mul", "Div")

    @kernel(f"Scatter{word}", device="CPU")
    def reference(xp: Any, ref: VariableCell, indices: Any, updates: Any) -> VariableCell:
        _scatter_cell(ref, indices, updates, word)
        return ref

    @kernel(f"Scatter{word}", device="GPU", capturable=capturable)
    def reference_gpu(device: Any, ref: VariableCell, indices: Any, updates: Any) -> VariableCell:
        _scatter_cell_gpu(device, ref, indices, updates, word)
        return ref

    @kernel(f"ResourceScatter{word}", device="CPU")
    def resource(xp: Any, resource: VariableCell, indices: Any, updates: Any) -> None:
        _scatter_cell(resource, indices, updates, word)

    @kernel(f"ResourceScatter{word}", device="GPU", capturable=capturable)
    def resource_gpu(device: Any, resource: VariableCell, indices: Any, updates: Any) -> None:
        _scatter_cell_gpu(device, resource, indices, updates, word)


for _word in ("Update", *_COMBINATIONS):
    _register_scatter(_word)


# ---- ScatterNdUpdate, ScatterNdAdd, ScatterNdSub ----


@contextlib.contextmanager
def _slices(
    xp: Any, cell: VariableCell, indices: Any, updates: Any
) -> Iterator[tuple[Any, Any, Any]]:
    """Turns indices of slices into row numbers of the variable seen as [slices, ...]."""
    with cell.lock:
        buffer = cell.writable()
        depth = indices.shape[-1]
        if updates.shape != indices.shape[:-1] + buffer.shape[depth:]:
            raise InvalidArgumentError.of(
                f"The outer {indices.ndim - 1} dimensions of indices.shape="
                f"{format_shape(indices)} must match the outer {indices.ndim - 1} dimensions of "
                f"updates.shape={format_shape(updates)}",
            )
        if xp is np:
            check_nd_indices(indices, buffer.shape)
        outer, inner = buffer.shape[:depth], buffer.shape[depth:]
        rows = xp.zeros(indices.shape[:-1], np.int64)
        for axis, size in enumerate(outer):
            rows = rows * size + indices[..., axis]
        count = int(np.prod(outer, dtype=np.int64))
        yield (
            buffer.reshape((count, *inner)),
            rows.ravel(),
            updates.reshape((rows.size, *inner)),
        )


def _register_scatter_nd(word: str) -> None:
    @kernel(f"ScatterNd{word}", device="CPU")
    def reference(xp: Any, ref: VariableCell, indices: Any, updates: Any) -> VariableCell:
        with _slices(xp, ref, indices, updates) as (buffer, rows, values):
            scatter(buffer, rows, values, word)
        return ref

    @kernel(f"ScatterNd{word}", device="GPU")
    def reference_gpu(device: Any, ref: VariableCell, indices: Any, updates: Any) -> VariableCell:
        with _slices(device.xp, ref, indices, updates) as (buffer, rows, values):
            scatter_gpu(device, buffer, rows, values, word)
        return ref

    @kernel(f"ResourceScatterNd{word}", device="CPU")
    def resource(xp: Any, ref: VariableCell, indices: Any, updates: Any) -> None:
        with _slices(xp, ref, indices, updates) as (buffer, rows, values):
            scatter(buffer, rows, values, word)

    @kernel(f"ResourceScatterNd{word}", device="GPU")
    def resource_gpu(device: Any, ref: VariableCell, indices: Any, updates: Any) -> None:
        with _slices(device.xp, ref, indices, updates) as (buffer, rows, values):
            scatter_gpu(device, buffer, rows, values, word)


for _word in ("Update", "Add", "Sub"):
    _register_scatter_nd(_word)


# ---- StridedSliceAssign, ResourceStridedSliceAssign ----


def _assign_slice(cell: VariableCell, index: tuple[Any, ...], value: Any) -> None:
    with cell.lock:
        buffer = cell.writable()
        try:
            place = buffer[index]
        except IndexError:
            raise InvalidArgumentError.of(index_error(buffer.shape, index)) from None
        if place.size and place.shape != value.shape:
            raise UnimplementedError.of(
                f"sliced l-value shape {format_shape(place)} does not match r-value shape "
                f"{format_shape(value)}. Automatic broadcasting not yet implemented.",
            )
        if place.size:
            buffer[index] = value


_SLICE_BOUNDS = ("begin", "end", "strides")


@kernel("StridedSliceAssign", is_maker=True, host=_SLICE_BOUNDS)
def strided_slice_assign(
    xp: Any,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> Callable[..., VariableCell]:
    index_of = StridedIndex(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask).of

    def assign(ref: VariableCell, begin: Any, end: Any, strides: Any, value: Any) -> VariableCell:
        _assign_slice(ref, index_of(begin, end, strides), value)
        return ref

    return assign


@kernel("ResourceStridedSliceAssign", is_maker=True, host=_SLICE_BOUNDS)
def resource_strided_slice_assign(
    xp: Any,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> Callable[..., None]:
    index_of = StridedIndex(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask).of

    def assign(ref: VariableCell, begin: Any, end: Any, strides: Any, value: Any) -> None:
        _assign_slice(ref, index_of(begin, end, strides), value)

    return assign


# ---- CountUpTo, ResourceCountUpTo ----


@kernel("CountUpTo", "ResourceCountUpTo", device="CPU")
def count_up_to(xp: Any, ref: VariableCell, limit: int) -> Any:
    with ref.lock:
        buffer = ref.writable()
        before = buffer.copy()
        if before >= limit:
            raise OutOfRangeError.of(f"Reached limit of {limit}")
        buffer += 1
    return before
