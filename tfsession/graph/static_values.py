"""What is known of the values of tensors before anything runs.

Shape functions ask two questions about their shape-like inputs: is the whole value known
(`constant_value`), and if not, which of its elements are (`constant_value_as_shape`). Both look
back through the few ops that programs compute shapes with. Every question keeps a memo and a limit
of depth, so that a graph of any form is answered in time linear in what is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tfsession.dtypes import bool as bool_dtype
from tfsession.shapes import Dims, TensorShape

if TYPE_CHECKING:
    from tfsession.graph.operation import Tensor

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
_Memo: TypeAlias = dict[Any, Any]

# A longer chain of ops counts as unknown; it also keeps Python's stack flat.
_MAX_DEPTH = 64
# Larger results are left to the run: a shape has few elements.
_MAX_ELEMENTS = 1 << 16

# ---- Slices ----


_SLICE_MASKS = (
    "begin_mask",
    "end_mask",
    "ellipsis_mask",
    "new_axis_mask",
    "shrink_axis_mask",
)


def slice_index(
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int],
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> tuple[Any, ...]:
    """Returns the index expression that a StridedSlice stands for.

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
            index.append(int(first))
        else:
            index.append(
                slice(
                    None if begin_mask & bit else int(first),
                    None if end_mask & bit else int(last),
                    int(step),
                )
            )
    return tuple(index)


# ---- Whole values ----


def constant_value(tensor: Tensor, partial: bool = False) -> Array | None:
    """Returns the value of a tensor if the graph alone determines it.

    Args:
      tensor: any Tensor.
      partial: whether a stack of scalars may have unknown elements; they are None in an array of
        objects.

    Returns:
      an array that must not be written to, or None.

    Source: TensorFlow 1.15, python/framework/tensor_util.py `constant_value`; arithmetic with
      constants, which there only the C++ shape functions follow, is followed here too.
    """
    op = tensor.op
    if op.type == "Const":
        value: Array = op.attrs["value"]
        return value
    if partial and op.type == "Pack" and op.attrs["axis"] == 0:
        elements = [constant_value(element, True) for element in op.inputs]
        if any(element is None for element in elements):
            return np.array(elements, dtype=object)
        return np.array(elements)
    return _value(tensor, {}, _MAX_DEPTH)


def _value(tensor: Tensor, memo: _Memo, depth: int) -> Array | None:
    op = tensor.op
    if op.type == "Const":
        value: Array = op.attrs["value"]
        return value
    evaluate = _EVALUATORS.get(op.type)
    if evaluate is None or depth == 0:
        return None
    if tensor not in memo:
        memo[tensor] = None
        result = evaluate(op, memo, depth - 1)
        if type(result) is list:
            result = result[tensor.value_index]
        if result is not None:
            result = np.asarray(result, tensor.dtype.base_dtype.numpy)
            if result.size > _MAX_ELEMENTS:
                result = None
        memo[tensor] = result
    found: Array | None = memo[tensor]
    return found


def _values(op: Any, memo: _Memo, depth: int) -> list[Array] | None:
    """The values of all inputs of an op, or None where one is unknown."""
    values = []
    for tensor in op.inputs:
        value = _value(tensor, memo, depth)
        if value is None:
            return None
        values.append(value)
    return values


def _of_values(function: Callable[..., Any]) -> Callable[[Any, _Memo, int], Any]:
    """An evaluator that applies `function` to the values of all inputs."""

    def evaluate(op: Any, memo: _Memo, depth: int) -> Any:
        values = _values(op, memo, depth)
        return None if values is None else function(*values)

    return evaluate


def _integers(function: Callable[..., Any]) -> Callable[[Any, _Memo, int], Any]:
    """An evaluator for element-wise arithmetic of integers; other dtypes are not shapes."""

    def evaluate(op: Any, memo: _Memo, depth: int) -> Any:
        if not op.inputs[0].dtype.base_dtype.is_integer:
            return None
        values = _values(op, memo, depth)
        if values is None:
            return None
        with np.errstate(all="ignore"):
            return function(*values)

    return evaluate


def _divided(function: Callable[..., Any]) -> Callable[[Any, _Memo, int], Any]:
    """As `_integers`, for divisions: by zero there is no value."""
    evaluate = _integers(lambda x, y: None if np.any(y == 0) else function(x, y))
    return evaluate


def _shape(op: Any, memo: _Memo, depth: int) -> Any:
    dims = op.inputs[0].dims
    return None if dims is None or None in dims else np.array(dims, np.int64)


def _shape_n(op: Any, memo: _Memo, depth: int) -> Any:
    shapes = [tensor.dims for tensor in op.inputs]
    if any(dims is None or None in dims for dims in shapes):
        return None
    return [np.array(dims, np.int64) for dims in shapes]


def _size(op: Any, memo: _Memo, depth: int) -> Any:
    dims = op.inputs[0].dims
    if dims is None or (None in dims and 0 not in dims):
        return None
    return np.array(0 if 0 in dims else np.prod(dims, dtype=np.int64))


def _rank(op: Any, memo: _Memo, depth: int) -> Any:
    dims = op.inputs[0].dims
    return None if dims is None else np.array(len(dims))


def _range(start: Any, limit: Any, delta: Any) -> Any:
    if delta == 0 or abs(limit - start) > _MAX_ELEMENTS * abs(delta):
        return None
    return np.arange(start, limit, delta, dtype=start.dtype)


def _cast(op: Any, memo: _Memo, depth: int) -> Any:
    value = _value(op.inputs[0], memo, depth)
    if value is None or value.dtype.hasobject:
        return None
    with np.errstate(all="ignore"):
        return value.astype(op.outputs[0].dtype.base_dtype.numpy)


def _fill(op: Any, memo: _Memo, depth: int) -> Any:
    dims = op.outputs[0].dims
    value = _value(op.inputs[1], memo, depth)
    if value is None or dims is None or None in dims:
        return None
    return None if np.prod(dims, dtype=np.float64) > _MAX_ELEMENTS else np.full(dims, value[()])


def _like(value: int) -> Callable[[Any, _Memo, int], Any]:
    def evaluate(op: Any, memo: _Memo, depth: int) -> Any:
        tensor = op.inputs[0]
        dims, dtype = tensor.dims, tensor.dtype.base_dtype
        if dims is None or None in dims or not (dtype.is_integer or dtype is bool_dtype):
            return None
        if np.prod(dims, dtype=np.float64) > _MAX_ELEMENTS:
            return None
        return np.full(dims, value)

    return evaluate


def _concat(op: Any, memo: _Memo, depth: int) -> Any:
    values = _values(op, memo, depth)
    if values is None:
        return None
    axis = values.pop(-1 if op.type == "ConcatV2" else 0)
    return np.concatenate(values, int(axis))


def _pack(op: Any, memo: _Memo, depth: int) -> Any:
    values = _values(op, memo, depth)
    return None if values is None else np.stack(values, op.attrs["axis"])


def _unpack(op: Any, memo: _Memo, depth: int) -> Any:
    value = _value(op.inputs[0], memo, depth)
    if value is None:
        return None
    axis = op.attrs["axis"]
    return [np.take(value, index, axis) for index in range(value.shape[axis])]


def _split(op: Any, memo: _Memo, depth: int) -> Any:
    values = _values(op, memo, depth)
    if values is None:
        return None
    if op.type == "Split":
        return np.split(values[1], op.attrs["num_split"], int(values[0]))
    value, sizes, axis = values
    if (sizes < 0).any():
        return None
    return np.split(value, np.cumsum(sizes)[:-1], int(axis))


def _equality(equal: bool) -> Callable[[Any, _Memo, int], Any]:
    def evaluate(op: Any, memo: _Memo, depth: int) -> Any:
        values = _values(op, memo, depth)
        if values is None:
            return None
        return np.asarray(values[0] == values[1]) == equal

    return evaluate


def _slice_of(op: Any, memo: _Memo, depth: int) -> tuple[Any, ...] | None:
    """The index expression of a StridedSlice, or None where it is unknown."""
    bounds = [_value(tensor, memo, depth) for tensor in op.inputs[1:]]
    if any(bound is None for bound in bounds):
        return None
    begin, end, strides = (bound.tolist() for bound in bounds if bound is not None)
    return slice_index(begin, end, strides, *(op.attrs[mask] for mask in _SLICE_MASKS))


def _strided_slice(op: Any, memo: _Memo, depth: int) -> Any:
    index = _slice_of(op, memo, depth)
    if index is None:
        return None
    value = _value(op.inputs[0], memo, depth)
    if value is not None:
        return value[index]
    # One known size of a shape that is otherwise unknown.
    known = _partial(op.inputs[0], memo, depth)
    if known is None:
        return None
    elements = np.array(known, dtype=object)[index]
    if isinstance(elements, np.ndarray):
        return None if any(e is None for e in elements.flat) else elements
    return elements


def _slice(value: Array, begin: Array, size: Array) -> Any:
    return value[
        tuple(
            slice(int(b), int(b + s) if s >= 0 else None) for b, s in zip(begin, size, strict=True)
        )
    ]


def _gather(op: Any, memo: _Memo, depth: int) -> Any:
    indices = _value(op.inputs[1], memo, depth)
    axis = _value(op.inputs[2], memo, depth) if op.type == "GatherV2" else np.array(0)
    if indices is None or axis is None or op.attrs.get("batch_dims"):
        return None
    value = _value(op.inputs[0], memo, depth)
    if value is not None:
        return np.take(value, indices, int(axis))
    known = _partial(op.inputs[0], memo, depth)
    if known is None:
        return None
    elements = np.asarray(np.array(known, dtype=object)[indices])
    return None if any(e is None for e in elements.flat) else elements


def _reduction(function: Callable[..., Any]) -> Callable[[Any, _Memo, int], Any]:
    def evaluate(op: Any, memo: _Memo, depth: int) -> Any:
        if not op.inputs[0].dtype.base_dtype.is_integer:
            return None
        values = _values(op, memo, depth)
        if values is None or (values[0].size == 0 and function in (np.max, np.min)):
            return None
        axes = tuple(int(axis) for axis in values[1].ravel())
        return function(values[0], axis=axes, keepdims=op.attrs["keep_dims"])

    return evaluate


def _select(condition: Array, x: Array, y: Array) -> Any:
    return np.where(condition, x, y)


def _reshape(value: Array, shape: Array) -> Any:
    return value.reshape([int(n) for n in shape])


def _squeeze(op: Any, memo: _Memo, depth: int) -> Any:
    value = _value(op.inputs[0], memo, depth)
    if value is None:
        return None
    axes = op.attrs["squeeze_dims"]
    return np.squeeze(value, tuple(axes) if axes else None)


def _first(op: Any, memo: _Memo, depth: int) -> Any:
    return _value(op.inputs[0], memo, depth)


_EVALUATORS: dict[str, Callable[[Any, _Memo, int], Any]] = {
    "Shape": _shape,
    "ShapeN": _shape_n,
    "Size": _size,
    "Rank": _rank,
    "Range": _of_values(_range),
    "Cast": _cast,
    "Fill": _fill,
    "ZerosLike": _like(0),
    "OnesLike": _like(1),
    "Concat": _concat,
    "ConcatV2": _concat,
    "Pack": _pack,
    "Unpack": _unpack,
    "Split": _split,
    "SplitV": _split,
    "Equal": _equality(True),
    "NotEqual": _equality(False),
    "Identity": _first,
    "StopGradient": _first,
    "GuaranteeConst": _first,
    "StridedSlice": _strided_slice,
    "Slice": _of_values(_slice),
    "Gather": _gather,
    "GatherV2": _gather,
    "Reshape": _of_values(_reshape),
    "ExpandDims": _of_values(lambda value, dim: np.expand_dims(value, int(dim))),
    "Squeeze": _squeeze,
    "Select": _of_values(_select),
    "SelectV2": _of_values(_select),
    "ReverseV2": _of_values(lambda value, axis: np.flip(value, tuple(axis.tolist()))),
    "InvertPermutation": _of_values(np.argsort),
    "Tile": _of_values(lambda value, multiples: np.tile(value, multiples)),
    "BroadcastTo": _of_values(lambda value, shape: np.broadcast_to(value, shape)),
    "Add": _integers(np.add),
    "AddV2": _integers(np.add),
    "Sub": _integers(np.subtract),
    "Mul": _integers(np.multiply),
    "Neg": _integers(np.negative),
    "Abs": _integers(np.abs),
    "Maximum": _integers(np.maximum),
    "Minimum": _integers(np.minimum),
    "FloorDiv": _divided(np.floor_divide),
    "FloorMod": _divided(np.mod),
    # These two round towards zero.
    "Div": _divided(lambda x, y: (x - np.fmod(x, y)) // y),
    "Mod": _divided(np.fmod),
    "Less": _integers(np.less),
    "LessEqual": _integers(np.less_equal),
    "Greater": _integers(np.greater),
    "GreaterEqual": _integers(np.greater_equal),
    "Sum": _reduction(np.sum),
    "Prod": _reduction(np.prod),
    "Max": _reduction(np.max),
    "Min": _reduction(np.min),
}


# ---- Vectors of which some elements are known ----


def constant_value_as_shape(tensor: Tensor) -> Dims:
    """Returns the shape that a tensor of sizes stands for, as far as the graph determines it.

    Args:
      tensor: a vector of integers, in which -1 stands for an unknown size; or the scalar -1, which
        stands for an unknown rank.

    Raises:
      ValueError: it is another scalar, has a higher rank, or holds sizes below -1.

    Source: TensorFlow 1.15, core/framework/shape_inference.cc `MakeShapeFromShapeTensor`.
    """
    op = tensor.op
    if op.type == "Const":
        value: Array = op.attrs["value"]
        if value.ndim == 1:
            return _as_sizes(value.tolist())
    dims = tensor.dims
    if dims is None:
        return None
    if len(dims) == 0:
        scalar = constant_value(tensor)
        if scalar is not None and scalar != -1:
            raise ValueError(
                "Received a scalar value for shape; shape must be a vector or the scalar -1, "
                f"but is {scalar}"
            )
        return None
    if len(dims) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(dims)}")
    elements = _partial(tensor, {}, _MAX_DEPTH)
    if elements is not None:
        return _as_sizes(elements)
    return None if dims[0] is None else (None,) * dims[0]


def _as_sizes(elements: Sequence[int | None]) -> Dims:
    sizes: list[int | None] = []
    for element in elements:
        if element is None or element == -1:
            sizes.append(None)
        elif element < 0:
            raise ValueError(f"Dimension {element} must be >= 0")
        else:
            sizes.append(int(element))
    return tuple(sizes)


_Elements: TypeAlias = list[Any] | None


def known_elements(tensor: Tensor) -> _Elements:
    """Returns the elements of a vector, None for each that the graph alone does not determine.

    Returns:
      a list, or None where even the number of elements is unknown.
    """
    return _partial(tensor, {}, _MAX_DEPTH)


def _partial(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
    """The elements of a vector, None where unknown; None where even their number is."""
    op = tensor.op
    dims = tensor.dims
    if dims is not None and len(dims) != 1:
        return None
    value = _value(tensor, memo, depth)
    if value is not None:
        elements: list[Any] = value.tolist()
        return elements
    key = (tensor, "partial")
    if key not in memo:
        memo[key] = None
        find = _PARTIAL.get(op.type)
        found = None if find is None or depth == 0 else find(tensor, memo, depth - 1)
        if found is None and dims is not None and dims[0] is not None and dims[0] < 256:
            found = [None] * dims[0]
        memo[key] = found
    result: _Elements = memo[key]
    return result


def _partial_shape(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
    dims = tensor.op.inputs[tensor.value_index].dims
    return None if dims is None else list(dims)


def _partial_pack(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
    values = [_value(element, memo, depth) for element in tensor.op.inputs]
    return [None if value is None or value.ndim else value.item() for value in values]


def _partial_concat(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
    inputs = tensor.op.inputs
    elements: list[Any] = []
    for part in inputs[:-1] if tensor.op.type == "ConcatV2" else inputs[1:]:
        found = _partial(part, memo, depth)
        if found is None:
            return None
        elements += found
    return elements


def _partial_strided_slice(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
    index = _slice_of(tensor.op, memo, depth)
    elements = None if index is None else _partial(tensor.op.inputs[0], memo, depth)
    if elements is None:
        return None
    part = np.array(elements, dtype=object)[index]
    return part.tolist() if isinstance(part, np.ndarray) and part.ndim == 1 else None


def _partial_slice(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
    source, begin, size = tensor.op.inputs
    first, count = _value(begin, memo, depth), _value(size, memo, depth)
    elements = _partial(source, memo, depth)
    if first is None or count is None or elements is None:
        return None
    start, length = int(first[0]), int(count[0])
    return elements[start : None if length < 0 else start + length]


def _partial_gather(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
    indices = _value(tensor.op.inputs[1], memo, depth)
    elements = _partial(tensor.op.inputs[0], memo, depth)
    if indices is None or indices.ndim != 1 or elements is None:
        return None
    return [elements[index] for index in indices.tolist()]


def _partial_identity(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
    return _partial(tensor.op.inputs[0], memo, depth)


def _partial_arithmetic(
    function: Callable[[int, int], int],
) -> Callable[[Tensor, _Memo, int], _Elements]:
    """Element-wise arithmetic; an unknown operand, or a size of -1, makes its element unknown."""

    def find(tensor: Tensor, memo: _Memo, depth: int) -> _Elements:
        operands = []
        for part in tensor.op.inputs:
            if part.dims is None:
                return None
            if part.dims == ():
                value = _value(part, memo, depth)
                operands.append([None if value is None else value.item()])
                continue
            elements = _partial(part, memo, depth)
            if elements is None:
                return None
            operands.append(elements)
        count = max(map(len, operands)) if all(operands) else 0
        x, y = (part * count if len(part) == 1 else part for part in operands)
        return [
            None if a is None or b is None else function(a, b) for a, b in zip(x, y, strict=True)
        ]

    return find


_PARTIAL: dict[str, Callable[[Tensor, _Memo, int], _Elements]] = {
    "Shape": _partial_shape,
    "ShapeN": _partial_shape,
    "Pack": _partial_pack,
    "Concat": _partial_concat,
    "ConcatV2": _partial_concat,
    "StridedSlice": _partial_strided_slice,
    "Slice": _partial_slice,
    "Gather": _partial_gather,
    "GatherV2": _partial_gather,
    "Cast": _partial_identity,
    "Identity": _partial_identity,
    "StopGradient": _partial_identity,
    "Add": _partial_arithmetic(lambda a, b: a + b),
    "AddV2": _partial_arithmetic(lambda a, b: a + b),
    "Sub": _partial_arithmetic(lambda a, b: a - b),
    "Mul": _partial_arithmetic(lambda a, b: a * b),
    "FloorDiv": _partial_arithmetic(lambda a, b: a // b if b else 0),
    "Maximum": _partial_arithmetic(max),
    "Minimum": _partial_arithmetic(min),
}


# ---- What users call ----


def public_constant_value(tensor: Any, partial: bool = False) -> Array | None:
    """Returns the value of a tensor if the graph alone determines it, else None.

    The caller may go on to depend on it, so the tensor cannot be fed from then on.

    Args:
      tensor: a Tensor; anything else is returned as it is.
      partial: whether a stack of scalars may have unknown elements; they are None in an array of
        objects.

    Source: TensorFlow 1.15 `tf.contrib.util.constant_value`.
    """
    if not hasattr(tensor, "graph"):
        return tensor  # type: ignore[no-any-return]  # what the caller gave
    value = constant_value(tensor, partial)
    if value is None:
        return None
    tensor.graph.prevent_feeding(tensor)
    return value.copy()


def public_constant_value_as_shape(tensor: Tensor) -> TensorShape:
    """Returns the TensorShape that a tensor of sizes stands for, as far as the graph determines it.

    Args:
      tensor: a vector of integers, in which -1 stands for an unknown size.

    Raises:
      ValueError: it has another rank, or holds sizes below -1.

    Source: TensorFlow 1.15 `tensor_util.constant_value_as_shape`.
    """
    tensor.get_shape().with_rank(1)
    return TensorShape(constant_value_as_shape(tensor))
