"""Ops on variables: reference variables (`VariableV2`) and resource variables (`VarHandleOp`).

A reference op takes the variable itself in place of a value (`Ref(T)`), changes it and hands it on.
A resource op takes a handle. Both act at their own moment of the step: a value read before a write
is never changed by it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes, shapes
from tfsession.control_flow.frames import CONTROL_FLOW, IDENTITY
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import Known
from tfsession.ops import array, indexing, math
from tfsession.registry import (
    family,
    gradient,
    no_gradient,
    op,
    shape,
    static_value,
    undefined_gradient,
)
from tfsession.shapes import Dims, ShapeLike

__all__ = [
    "assign",
    "assign_add",
    "assign_sub",
    "batch_scatter_update",
    "count_up_to",
    "is_variable_initialized",
    "scatter_add",
    "scatter_div",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_nd_add",
    "scatter_nd_sub",
    "scatter_nd_update",
    "scatter_sub",
    "scatter_update",
]

NUMBERS = (
    "{float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32,"
    " bfloat16, uint16, complex128, float16, uint32, uint64}"
)
_INDICES = "Tindices: {int32, int64}"

family(is_light=True)


# ---- References and handles ----


def is_reference(ref: Any) -> bool:
    """Whether `ref` is a reference variable or a tensor of a reference dtype."""
    return bool(ref.dtype.is_ref_dtype)


def handle_dims(handle: Tensor) -> Dims:
    """The static shape of the resource variable behind a handle; None where it is not known."""
    source = _handle_source(handle)
    return None if source is None else source.attrs["shape"]


_PASSES_ON = CONTROL_FLOW | IDENTITY


def _handle_source(handle: Tensor) -> Operation | None:
    """The VarHandleOp that a handle comes from, through ops that pass it on."""
    producer = handle.op
    while producer.type != "VarHandleOp":
        if producer.type not in _PASSES_ON:
            outside = producer.graph.outside(producer.outputs[0])
            if outside is None:
                return None
            producer = outside.op
            continue
        producer = producer.inputs[0].op
    return producer


# ---- VariableV2, Variable ----

_VARIABLE_ATTRIBUTES = "shape: shape; dtype: type; container: string = ''; shared_name: string = ''"
op("VariableV2() -> ref: Ref(dtype)", _VARIABLE_ATTRIBUTES, stateful=True, is_variable=True)
op("Variable() -> ref: Ref(dtype)", _VARIABLE_ATTRIBUTES, stateful=True, is_variable=True)


@shape("VariableV2")
def variable_v2_shape(shape: Dims) -> Dims:
    return shape


@shape("Variable")
def variable_shape(shape: Dims) -> Dims:
    # The first variable op wrote an unknown shape as a scalar's.
    return shape or None


undefined_gradient("VariableV2", "Variable")


def variable_op_v2(
    shape: ShapeLike | None,
    dtype: DTypeLike,
    name: str = "Variable",
    container: str = "",
    shared_name: str = "",
) -> Tensor:
    """Creates a reference variable without initial value.

    Source: TensorFlow 1.15, python/ops/state_ops.py `variable_op_v2`.
    """
    variable: Tensor = build(
        "VariableV2",
        shape=shape,
        dtype=dtype,
        name=name,
        container=container,
        shared_name=shared_name,
    )
    return variable


def variable_op(
    shape: ShapeLike | None,
    dtype: DTypeLike,
    name: str = "Variable",
    set_shape: bool = True,
    container: str = "",
    shared_name: str = "",
) -> Tensor:
    """Creates a reference variable by the older op, whose static shape may be left unknown.

    Source: TensorFlow 1.15, python/ops/state_ops.py `variable_op`.
    """
    variable: Tensor = build(
        "Variable",
        shape=shape if set_shape else None,
        dtype=dtype,
        name=name,
        container=container,
        shared_name=shared_name,
    )
    if set_shape:
        variable.set_shape(shape)
    return variable


# ---- Assign ----

op(
    "Assign(ref: Ref(T), value: T) -> output_ref: Ref(T)",
    "T: type; validate_shape: bool = true; use_locking: bool = true",
    initializes=True,
)


@shape("Assign")
def assign_shape(ref: Tensor, value: Tensor, validate_shape: bool) -> Dims:
    return shapes.merge_dims(ref.dims, value.dims) if validate_shape else value.dims


no_gradient("Assign")


def assign(
    ref: Any,
    value: TensorLike,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Any:
    """Gives a variable a new value.

    Args:
      ref: a Variable, or a tensor of a reference dtype.
      value: a tensor of the variable's dtype, and of its shape unless `validate_shape` is False.
      validate_shape: False lets the variable change its shape.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the operation.

    Returns:
      What holds the new value: a reference for a reference variable, otherwise the variable after
      the assignment.

    Source: TensorFlow 1.15 `tf.assign`.
    """
    if is_reference(ref):
        return build(
            "Assign",
            ref,
            value,
            name=name,
            validate_shape=validate_shape,
            use_locking=use_locking,
        )
    return ref.assign(value, name=name)


# ---- AssignAdd, AssignSub ----

for _name in ("AssignAdd", "AssignSub"):
    op(
        f"{_name}(ref: Ref(T), value: T) -> output_ref: Ref(T)",
        f"T: {NUMBERS}; use_locking: bool = false",
    )


@shape("AssignAdd", "AssignSub")
def assign_update_shape(ref: Tensor, value: Tensor) -> Dims:
    return shapes.merge_dims(ref.dims, value.dims)


no_gradient("AssignAdd", "AssignSub")


def assign_add(
    ref: Any, value: TensorLike, use_locking: bool | None = None, name: str | None = None
) -> Any:
    """Adds `value`, of the variable's dtype and shape, to a variable.

    Returns:
      What holds the new value, as for `assign`.

    Source: TensorFlow 1.15 `tf.assign_add`.
    """
    if is_reference(ref):
        return build("AssignAdd", ref, value, name=name, use_locking=use_locking)
    return ref.assign_add(value, name=name)


def assign_sub(
    ref: Any, value: TensorLike, use_locking: bool | None = None, name: str | None = None
) -> Any:
    """Subtracts `value`, of the variable's dtype and shape, from a variable.

    Returns:
      What holds the new value, as for `assign`.

    Source: TensorFlow 1.15 `tf.assign_sub`.
    """
    if is_reference(ref):
        return build("AssignSub", ref, value, name=name, use_locking=use_locking)
    return ref.assign_sub(value, name=name)


# ---- IsVariableInitialized ----

op(
    "IsVariableInitialized(ref: Ref(dtype)) -> is_initialized: bool",
    "dtype: type",
    asks_variable=True,
)


@shape("IsVariableInitialized")
def is_variable_initialized_shape() -> Dims:
    return ()


undefined_gradient("IsVariableInitialized")


def is_variable_initialized(ref: Any, name: str | None = None) -> Tensor:
    """Returns a scalar bool: whether a variable has a value.

    Source: TensorFlow 1.15 `tf.is_variable_initialized`.
    """
    if is_reference(ref):
        result: Tensor = build("IsVariableInitialized", ref, name=name)
        return result
    result = ref.is_initialized(name=name)
    return result


# ---- VarHandleOp ----

op(
    "VarHandleOp() -> resource: resource",
    "container: string = ''; shared_name: string = ''; dtype: type; shape: shape",
    stateful=True,
    is_variable=True,
)


@shape("VarHandleOp")
def var_handle_op_shape() -> Dims:
    return ()


undefined_gradient("VarHandleOp")


# ---- ReadVariableOp ----

op(
    "ReadVariableOp(resource: resource) -> value: dtype",
    "dtype: type",
    stateful=True,
    asks_variable=True,
)


@shape("ReadVariableOp")
def read_variable_op_shape(resource: Tensor, dtype: Any) -> Dims:
    source = _handle_source(resource)
    if source is not None and source.attrs["dtype"] is not dtype:
        raise ValueError(
            "Trying to read variable with wrong dtype. Expected "
            f"{source.attrs['dtype'].runtime_name} got {dtype.runtime_name}"
        )
    return handle_dims(resource)


@gradient("ReadVariableOp")
def read_variable_op_gradient(op: Operation, dy: Any) -> list[Any]:
    # The gradient of a value read is the gradient of the variable, which its handle stands for.
    return [dy]


# ---- AssignVariableOp, AssignAddVariableOp, AssignSubVariableOp ----

op(
    "AssignVariableOp(resource: resource, value: dtype)",
    "dtype: type",
    stateful=True,
    initializes=True,
)
for _name in ("AssignAddVariableOp", "AssignSubVariableOp"):
    op(f"{_name}(resource: resource, value: dtype)", "dtype: type", stateful=True)


@shape("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp")
def assign_variable_op_shape(resource: Tensor, value: Tensor, dtype: Any) -> list[Dims]:
    source = _handle_source(resource)
    if source is not None:
        if source.attrs["dtype"] is not dtype:
            raise ValueError(
                "Trying to assign variable with wrong dtype. Expected "
                f"{source.attrs['dtype'].runtime_name} got {dtype.runtime_name}"
            )
        shapes.merge_dims(source.attrs["shape"], value.dims)
    return []


undefined_gradient("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp")


# ---- VarIsInitializedOp ----

op(
    "VarIsInitializedOp(resource: resource) -> is_initialized: bool",
    stateful=True,
    asks_variable=True,
)


@shape("VarIsInitializedOp")
def var_is_initialized_op_shape() -> Dims:
    return ()


no_gradient("VarIsInitializedOp")


# ---- VariableShape ----

op(
    "VariableShape(input: resource) -> output: out_type",
    "out_type: {int32, int64} = int32",
    stateful=True,
)


@shape("VariableShape")
def variable_shape_shape(input: Tensor) -> Dims:
    dims = handle_dims(input)
    return (None,) if dims is None else (len(dims),)


no_gradient("VariableShape")


@static_value("VariableShape")
def _variable_shape_value(op: Operation, known: Known) -> Any:
    dims = handle_dims(op.inputs[0])
    return None if dims is None or None in dims else np.array(dims, np.int64)


# ---- DestroyResourceOp ----

op(
    "DestroyResourceOp(resource: resource)",
    "ignore_lookup_error: bool = true",
    stateful=True,
)


@shape("DestroyResourceOp")
def destroy_resource_op_shape() -> list[Dims]:
    return []


undefined_gradient("DestroyResourceOp")


# ---- ResourceGather ----

op(
    "ResourceGather(resource: resource, indices: Tindices) -> output: dtype",
    "batch_dims: int = 0; validate_indices: bool = true; dtype: type; " + _INDICES,
    stateful=True,
)


@shape("ResourceGather")
def resource_gather_shape(resource: Tensor, indices: Tensor, batch_dims: int) -> Dims:
    dims = handle_dims(resource)
    if dims is None or indices.dims is None:
        return None
    shapes.with_rank_at_least(dims, batch_dims + 1)
    return dims[:batch_dims] + indices.dims[batch_dims:] + dims[batch_dims + 1 :]


@gradient("ResourceGather")
def resource_gather_gradient(op: Operation, dy: TensorLike) -> list[Any]:
    handle, indices = op.inputs
    params_shape = build("VariableShape", handle)
    size = array.expand_dims(array.size(indices), 0)
    values_shape = array.concat([size, params_shape[1:]], 0)
    values = array.reshape(dy, values_shape)
    return [IndexedSlices(values, array.reshape(indices, size), params_shape), None]


# ---- ResourceGatherNd ----

op(
    "ResourceGatherNd(resource: resource, indices: Tindices) -> output: dtype",
    "dtype: type; " + _INDICES,
    stateful=True,
)


@shape("ResourceGatherNd")
def resource_gather_nd_shape(resource: Tensor, indices: Tensor) -> Dims:
    dims = handle_dims(resource)
    if dims is None or indices.dims is None or indices.dims[-1] is None:
        return None
    return indices.dims[:-1] + dims[indices.dims[-1] :]


@gradient("ResourceGatherNd")
def resource_gather_nd_gradient(op: Operation, dy: TensorLike) -> list[Any]:
    handle, indices = op.inputs
    params_shape = build("VariableShape", handle, out_type=indices.dtype)
    if indices.dims is not None and len(indices.dims) == 2 and indices.dims[-1] == 1:
        rows = array.squeeze(indices, axis=-1)
        return [IndexedSlices(convert_to_tensor(dy), rows, params_shape), None]
    return [indexing.scatter_nd(indices, dy, params_shape), None]


# ---- ScatterUpdate, ScatterAdd, ScatterSub, ScatterMul, ScatterDiv, ScatterMin, ScatterMax ----

_ORDERED = "{float16, bfloat16, float32, float64, int32, int64}"
_SCATTERS = {
    "Update": "type",
    "Add": NUMBERS,
    "Sub": NUMBERS,
    "Mul": NUMBERS,
    "Div": NUMBERS,
    "Min": _ORDERED,
    "Max": _ORDERED,
}
for _word, _types in _SCATTERS.items():
    op(
        f"Scatter{_word}(ref: Ref(T), indices: Tindices, updates: T) -> output_ref: Ref(T)",
        f"T: {_types}; {_INDICES}; use_locking: bool = {'true' if _word == 'Update' else 'false'}",
    )
_SCATTER_OPS = tuple(f"Scatter{_word}" for _word in _SCATTERS)


@shape(*_SCATTER_OPS)
def scatter_shape(ref: Tensor, indices: Tensor, updates: Tensor) -> Dims:
    _check_scatter(ref.dims, indices.dims, updates.dims)
    return ref.dims


def _check_scatter(dims: Dims, indices: Dims, updates: Dims) -> None:
    """Checks that `updates` has the shape of the rows that `indices` select; scalars fit always.

    Raises:
      ValueError: it has not.
    """
    if dims is not None and updates != ():
        shapes.merge_dims(updates, shapes.concatenate_dims(indices, dims[1:]))


no_gradient("ScatterAdd", "ScatterSub", "ScatterMul", "ScatterDiv")
undefined_gradient("ScatterUpdate", "ScatterMin", "ScatterMax")


def _scatter(word: str, ref: Any, indices: Any, updates: Any, use_locking: Any, name: Any) -> Any:
    if is_reference(ref):
        return build(f"Scatter{word}", ref, indices, updates, use_locking=use_locking, name=name)
    updates = convert_to_tensor(updates, ref.dtype)
    return ref._lazy_read(build(f"ResourceScatter{word}", ref.handle, indices, updates, name=name))


def scatter_update(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = True,
    name: str | None = None,
) -> Any:
    """Replaces rows of a variable: ``ref[indices] = updates``.

    Args:
      ref: a Variable of shape [rows, ...].
      indices: int32 or int64, any shape; 0 <= index < rows.
      updates: indices.shape + ref.shape[1:], or a scalar; the variable's dtype. Where an index
        occurs more than once the last of its updates stays.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the operation.

    Returns:
      What holds the new value, as for `assign`.

    Raises:
      ValueError: the shapes do not fit.

    Source: TensorFlow 1.15 `tf.scatter_update`.
    """
    return _scatter("Update", ref, indices, updates, use_locking, name)


def scatter_add(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Adds to rows of a variable: ``ref[indices] += updates``, repeated indices add up.

    Arguments and result are those of `scatter_update`.

    Source: TensorFlow 1.15 `tf.scatter_add`.
    """
    return _scatter("Add", ref, indices, updates, use_locking, name)


def scatter_sub(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Subtracts from rows of a variable; repeated indices add up.

    Arguments and result are those of `scatter_update`.

    Source: TensorFlow 1.15 `tf.scatter_sub`.
    """
    return _scatter("Sub", ref, indices, updates, use_locking, name)


def scatter_mul(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Multiplies rows of a variable, once for each time their index occurs.

    Arguments and result are those of `scatter_update`.

    Source: TensorFlow 1.15 `tf.scatter_mul`.
    """
    return _scatter("Mul", ref, indices, updates, use_locking, name)


def scatter_div(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Divides rows of a variable, once for each time their index occurs.

    Arguments and result are those of `scatter_update`.

    Source: TensorFlow 1.15 `tf.scatter_div`.
    """
    return _scatter("Div", ref, indices, updates, use_locking, name)


def scatter_min(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Lowers rows of a variable to `updates` where these are smaller.

    Arguments and result are those of `scatter_update`.

    Source: TensorFlow 1.15 `tf.scatter_min`.
    """
    return _scatter("Min", ref, indices, updates, use_locking, name)


def scatter_max(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Raises rows of a variable to `updates` where these are larger.

    Arguments and result are those of `scatter_update`.

    Source: TensorFlow 1.15 `tf.scatter_max`.
    """
    return _scatter("Max", ref, indices, updates, use_locking, name)


def batch_scatter_update(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = True,
    name: str | None = None,
) -> Any:
    """Replaces rows within each batch: ``ref[b, indices[b, i]] = updates[b, i]``.

    Args:
      ref: a Variable of shape [batch..., rows, ...].
      indices: [batch..., count]; int32 or int64.
      updates: [batch..., count, ...]; the variable's dtype.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the operation.

    Returns:
      What holds the new value, as for `assign`.

    Source: TensorFlow 1.15 `tf.batch_scatter_update`.
    """
    with name_scope(name):
        indices = convert_to_tensor(indices, name="indices")
        indices_shape = array.shape(indices)
        dimensions = indices.get_shape().ndims
        if dimensions is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        columns: list[Any] = []
        for axis in range(dimensions - 1):
            positions = math.cast(math.range(0, indices_shape[axis], 1), indices.dtype)
            spread = [1] * dimensions
            spread[axis] = -1
            columns.append(array.broadcast_to(array.reshape(positions, spread), indices_shape))
        nd_indices = array.stack([*columns, indices], axis=-1)
        return scatter_nd_update(ref, nd_indices, updates, use_locking, name)


# ---- ResourceScatterUpdate and its kin ----

for _word, _types in _SCATTERS.items():
    op(
        f"ResourceScatter{_word}(resource: resource, indices: Tindices, updates: dtype)",
        f"dtype: {'type' if _word == 'Update' else NUMBERS}; {_INDICES}",
        stateful=True,
    )
_RESOURCE_SCATTER_OPS = tuple(f"ResourceScatter{_word}" for _word in _SCATTERS)


@shape(*_RESOURCE_SCATTER_OPS)
def resource_scatter_shape(resource: Tensor, indices: Tensor, updates: Tensor) -> list[Dims]:
    _check_scatter(handle_dims(resource), indices.dims, updates.dims)
    return []


undefined_gradient(*_RESOURCE_SCATTER_OPS)


# ---- ScatterNdUpdate, ScatterNdAdd, ScatterNdSub ----

for _word in ("Update", "Add", "Sub"):
    _types = _SCATTERS[_word]
    _locking = "true" if _word == "Update" else "false"
    op(
        f"ScatterNd{_word}(ref: Ref(T), indices: Tindices, updates: T) -> output_ref: Ref(T)",
        f"T: {_types}; {_INDICES}; use_locking: bool = {_locking}",
    )
    op(
        f"ResourceScatterNd{_word}(ref: resource, indices: Tindices, updates: T)",
        f"T: type; {_INDICES}; use_locking: bool = true",
        stateful=True,
    )
_SCATTER_ND_OPS = ("ScatterNdUpdate", "ScatterNdAdd", "ScatterNdSub")
_RESOURCE_SCATTER_ND_OPS = tuple(f"Resource{name}" for name in _SCATTER_ND_OPS)


@shape(*_SCATTER_ND_OPS)
def scatter_nd_update_shape(ref: Tensor, indices: Tensor, updates: Tensor) -> Dims:
    _check_scatter_nd(ref.dims, indices.dims, updates.dims)
    return ref.dims


@shape(*_RESOURCE_SCATTER_ND_OPS)
def resource_scatter_nd_update_shape(ref: Tensor, indices: Tensor, updates: Tensor) -> list[Dims]:
    _check_scatter_nd(handle_dims(ref), indices.dims, updates.dims)
    return []


def _check_scatter_nd(dims: Dims, indices: Dims, updates: Dims) -> None:
    """Checks that `updates` has the shape of the slices that `indices` select.

    Raises:
      ValueError: it has not.
    """
    shapes.with_rank_at_least(indices, 1)
    if dims is None or not indices or indices[-1] is None or updates is None:
        return
    depth = indices[-1]
    wanted = indices[:-1] + dims[depth:]
    if not shapes.dims_compatible(wanted, updates):
        raise ValueError(
            f"The outer {len(indices) - 1} dimensions of indices.shape="
            f"{shapes.format_dims(indices)} must match the outer {len(indices) - 1} dimensions of "
            f"updates.shape={shapes.format_dims(updates)}"
        )


no_gradient(*_SCATTER_ND_OPS)
undefined_gradient(*_RESOURCE_SCATTER_ND_OPS)


def _scatter_nd(
    word: str, ref: Any, indices: Any, updates: Any, use_locking: Any, name: Any
) -> Any:
    if is_reference(ref):
        return build(f"ScatterNd{word}", ref, indices, updates, use_locking=use_locking, name=name)
    updates = convert_to_tensor(updates, ref.dtype)
    return ref._lazy_read(
        build(f"ResourceScatterNd{word}", ref.handle, indices, updates, name=name)
    )


def scatter_nd_update(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = True,
    name: str | None = None,
) -> Any:
    """Replaces slices of a variable: ``ref[indices[i]] = updates[i]``.

    Args:
      ref: a Variable.
      indices: [..., depth]; int32 or int64; each row is the index of a slice.
      updates: indices.shape[:-1] + ref.shape[depth:]; the variable's dtype.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the operation.

    Returns:
      What holds the new value, as for `assign`.

    Raises:
      ValueError: the shapes do not fit.

    Source: TensorFlow 1.15 `tf.scatter_nd_update`.
    """
    return _scatter_nd("Update", ref, indices, updates, use_locking, name)


def scatter_nd_add(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Adds to slices of a variable; repeated indices add up.

    Arguments and result are those of `scatter_nd_update`.

    Source: TensorFlow 1.15 `tf.scatter_nd_add`.
    """
    return _scatter_nd("Add", ref, indices, updates, use_locking, name)


def scatter_nd_sub(
    ref: Any,
    indices: TensorLike,
    updates: TensorLike,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Subtracts from slices of a variable; repeated indices add up.

    Arguments and result are those of `scatter_nd_update`.

    Source: TensorFlow 1.15 `tf.scatter_nd_sub`.
    """
    return _scatter_nd("Sub", ref, indices, updates, use_locking, name)


# ---- StridedSliceAssign, ResourceStridedSliceAssign ----

_SLICE = (
    "T: type; Index: {int32, int64}; begin_mask: int = 0; end_mask: int = 0;"
    " ellipsis_mask: int = 0; new_axis_mask: int = 0; shrink_axis_mask: int = 0"
)
op(
    "StridedSliceAssign(ref: Ref(T), begin: Index, end: Index, strides: Index, value: T)"
    " -> output_ref: Ref(T)",
    _SLICE,
)
op(
    "ResourceStridedSliceAssign(ref: resource, begin: Index, end: Index, strides: Index, value: T)",
    _SLICE,
    stateful=True,
)


@shape("StridedSliceAssign")
def strided_slice_assign_shape(ref: Tensor) -> Dims:
    return ref.dims


@shape("ResourceStridedSliceAssign")
def resource_strided_slice_assign_shape() -> list[Dims]:
    return []


undefined_gradient("StridedSliceAssign", "ResourceStridedSliceAssign")


# ---- CountUpTo, ResourceCountUpTo ----

op("CountUpTo(ref: Ref(T)) -> output: T", "limit: int; T: {int32, int64}")
op(
    "ResourceCountUpTo(resource: resource) -> output: T",
    "limit: int; T: {int32, int64}",
    stateful=True,
)


@shape("CountUpTo", "ResourceCountUpTo")
def count_up_to_shape() -> Dims:
    return ()


undefined_gradient("CountUpTo", "ResourceCountUpTo")


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """Increments a scalar variable, and returns what it was before.

    Args:
      ref: a scalar int32 or int64 Variable.
      limit: the highest value; at it a step fails with OutOfRangeError.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.count_up_to`.
    """
    if is_reference(ref):
        result: Tensor = build("CountUpTo", ref, limit=limit, name=name)
        return result
    result = build(
        "ResourceCountUpTo", ref.handle, limit=limit, T=dtypes.as_dtype(ref.dtype), name=name
    )
    return result
