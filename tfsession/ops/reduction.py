"""Reductions over axes, extremes, running sums, and sums over segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import (
    TensorLike,
    build,
    constant_of_array,
    convert_sizes,
    convert_to_tensor,
    sizes_array,
)
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value, reduction_of, size_of_scalar
from tfsession.ops import math
from tfsession.ops.array import deprecated_argument
from tfsession.registry import (
    gradient,
    no_gradient,
    op,
    run_ranks,
    shape,
    static_value,
    undefined_gradient,
)
from tfsession.shapes import (
    Dims,
    element_count,
    is_fully_defined,
    merge_dim,
    with_rank,
    with_rank_at_least,
    with_rank_at_most,
)

__all__ = [
    "arg_max",
    "arg_min",
    "argmax",
    "argmin",
    "bincount",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "reduce_all",
    "reduce_any",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
]

_REAL = (
    "float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32, uint64"
)
_NUMBER = (
    "float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, "
    "bfloat16, uint16, complex128, float16, uint32, uint64"
)
_AXES = "Tidx: {int32, int64} = int32"

# ---- Sum, Mean, Prod, Max, Min, All, Any, EuclideanNorm ----

for _name in ("Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm"):
    op(
        f"{_name}(input: T, reduction_indices: Tidx) -> output: T",
        f"keep_dims: bool = false; T: {{{_NUMBER}}}; {_AXES}",
    )
for _name in ("All", "Any"):
    op(
        f"{_name}(input: bool, reduction_indices: Tidx) -> output: bool",
        f"keep_dims: bool = false; {_AXES}",
    )
undefined_gradient("All", "Any")


@shape("Sum", "Mean", "Prod", "Max", "Min", "All", "Any", "EuclideanNorm")
def reduction_shape(input: Tensor, reduction_indices: Tensor, keep_dims: bool) -> Dims:
    """What is left without the reduced axes, or with size 1 in their place."""
    with_rank_at_most(reduction_indices.dims, 1)
    dims = input.dims
    axes = constant_value(reduction_indices)
    if axes is None:
        return (None,) * len(dims) if keep_dims and dims is not None else None
    if dims is None:
        return None
    rank, reduced = len(dims), set()
    for axis in np.ravel(axes).tolist():
        if not -rank <= axis < rank:
            raise ValueError(
                f"Invalid reduction dimension {axis} for input with {rank} dimensions."
            )
        reduced.add(axis % rank)
    if keep_dims:
        return tuple([1 if axis in reduced else size for axis, size in enumerate(dims)])
    return tuple([size for axis, size in enumerate(dims) if axis not in reduced])


static_value("Sum")(reduction_of(np.sum))
static_value("Prod")(reduction_of(np.prod))
static_value("Max")(reduction_of(np.max))
static_value("Min")(reduction_of(np.min))


def _constant_axes(op: Operation) -> tuple[int, ...] | None:
    """The reduced axes, not negative, where graph and rank tell them."""
    dims, axes = op.inputs[0].dims, constant_value(op.inputs[1])
    if dims is None or axes is None:
        return None
    return tuple(sorted({axis % len(dims) for axis in np.ravel(axes).tolist()}))


def _kept_shape(op: Operation) -> Any:
    """The shape of the output with size 1 for the reduced axes, as a constant or a Tensor."""
    x, axes = op.inputs[0], _constant_axes(op)
    if axes is not None and x.dims is not None:
        kept = [1 if axis in axes else size for axis, size in enumerate(x.dims)]
        if None not in kept:
            return constant_of_array(sizes_array(kept))
        is_kept = np.array([axis not in axes for axis in range(len(kept))], np.int32)
        return build("AddV2", build("Mul", build("Shape", x), is_kept), 1 - is_kept)
    sizes = build("Shape", x)
    rank = build("Size", sizes)
    indices = math.cast(build("Reshape", op.inputs[1], [1, -1]), dtypes.int32)
    positions = build("ExpandDims", build("Range", 0, rank, 1), 1)
    # A scalar has no axes to count modulo.
    indices = build("FloorMod", indices, build("Maximum", rank, 1))
    is_reduced = build("Any", build("Equal", indices, positions), 1)
    return build("Select", is_reduced, build("OnesLike", sizes), sizes)


def _with_kept_axes(op: Operation, value: Tensor) -> Tensor:
    """`value`, of the output's shape, so that it broadcasts with the input."""
    axes = _constant_axes(op)
    if op.attrs["keep_dims"] or (axes is not None and axes == tuple(range(len(axes)))):
        return value
    if axes is not None and len(axes) == 1:
        expanded: Tensor = build("ExpandDims", value, axes[0])
        return expanded
    reshaped: Tensor = build("Reshape", value, _kept_shape(op))
    return reshaped


def _spread(op: Operation, dy: Tensor) -> Tensor:
    """`dy` repeated along the reduced axes."""
    x = op.inputs[0]
    sizes: Any = build("Shape", x)
    if is_fully_defined(x.dims):
        sizes = constant_of_array(sizes_array(x.dims))
    result: Tensor = build("BroadcastTo", _with_kept_axes(op, dy), sizes)
    return result


@gradient("Sum")
def sum_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy for every element that was summed."""
    return [_spread(op, dy), None]


@gradient("Mean")
def mean_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy over the number of elements, for every element; divided while it is small."""
    x, axes = op.inputs[0], _constant_axes(op)
    dims = None if axes is None or x.dims is None else tuple([x.dims[axis] for axis in axes])
    count = element_count(dims)
    if count is not None:
        factor: Any = max(count, 1)
    else:
        sizes = build("Size", x), build("Size", op.outputs[0])
        ratio = build("FloorDiv", sizes[0], build("Maximum", sizes[1], 1))
        factor = math.cast(build("Maximum", ratio, 1), dy.dtype.base_dtype)
    return [_spread(op, build("RealDiv", dy, factor)), None]


@gradient("Prod")
def prod_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy times the product of the other elements, without dividing, so that zeros do no harm."""
    x = op.inputs[0]
    spread = _spread(op, dy)
    axes = _constant_axes(op)
    if axes is not None and x.dims is not None:
        others = [axis for axis in range(len(x.dims)) if axis not in axes]
        order: Any = np.array([*axes, *others], np.int32)
        inverse: Any = np.argsort(order).astype(np.int32)
        count: Any = build(
            "Prod", build("GatherV2", build("Shape", x), np.array(axes, np.int32), 0), [0]
        )
    else:
        rank = build("Rank", x)
        indices = math.cast(build("Reshape", op.inputs[1], [-1]), dtypes.int32)
        reduced = build("FloorMod", indices, build("Maximum", rank, 1))
        others = build("ListDiff", build("Range", 0, rank, 1), reduced)[0]
        order = build("ConcatV2", [reduced, others], 0)
        inverse = build("InvertPermutation", order)
        count = build("Prod", build("GatherV2", build("Shape", x), reduced, 0), [0])
    moved = build("Transpose", x, order)
    others_count = build("FloorDiv", build("Size", x), build("Maximum", count, 1))
    matrix = build("Reshape", moved, build("Pack", [count, others_count]))
    before = build("Cumprod", matrix, 0, exclusive=True)
    after = build("Cumprod", matrix, 0, exclusive=True, reverse=True)
    if x.dtype.is_complex:
        before, after = build("Conj", before), build("Conj", after)
    product = build("Reshape", build("Mul", before, after), build("Shape", moved))
    dx = build("Mul", spread, build("Transpose", product, inverse))
    if x.dims is not None:
        dx.set_shape(x.dims)
    return [dx, None]


@gradient("Max", "Min")
def extreme_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy shared by the elements that are the extreme."""
    x, axes = op.inputs
    y, dy = _with_kept_axes(op, op.outputs[0]), _with_kept_axes(op, dy)
    chosen = math.cast(build("Equal", y, x), dy.dtype)
    count = build("Sum", chosen, axes, keep_dims=True)
    return [build("Mul", build("RealDiv", chosen, count), dy), None]


@gradient("EuclideanNorm")
def euclidean_norm_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy times x over the norm."""
    y, dy = _with_kept_axes(op, op.outputs[0]), _with_kept_axes(op, dy)
    return [build("RealDiv", op.inputs[0], build("RealDiv", y, dy)), None]


def _axes(x: Tensor, axis: Any) -> Any:
    """`axis`, or all axes of `x`."""
    if axis is not None:
        return axis
    if x.dims is not None:
        return constant_of_array(np.arange(len(x.dims), dtype=np.int32))
    return math.range(0, build("Rank", x))


def _reduce(op_type: str, x: Any, axis: Any, keepdims: Any, name: str | None) -> Tensor:
    # An empty list is a list of booleans where the op takes nothing else.
    x = convert_to_tensor(x, dtypes.bool if op_type in ("All", "Any") else None, name="input")
    is_kept = False if keepdims is None else bool(keepdims)
    result: Tensor = build(op_type, x, _axes(x, axis), keep_dims=is_kept, name=name)
    if axis is None and not is_kept and result.dims is None:
        result.set_shape(())
    return result


def _reduction(op_type: str, summary: str) -> Callable[..., Tensor]:
    """The public function of a reduction."""

    def function(
        input_tensor: Any,
        axis: Any = None,
        keepdims: Any = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: Any = None,
    ) -> Tensor:
        axis = deprecated_argument("axis", axis, "reduction_indices", reduction_indices)
        keepdims = deprecated_argument("keepdims", keepdims, "keep_dims", keep_dims)
        return _reduce(op_type, input_tensor, axis, keepdims, name)

    function.__name__ = function.__qualname__ = f"reduce_{op_type.lower()}"
    function.__doc__ = f"""{summary}

    Args:
      input_tensor: a Tensor of any shape.
      axis: an axis or a list of axes, from -rank to rank - 1; None for all.
      keepdims: whether the reduced axes stay, with size 1.
      name: a name for the operation.
      reduction_indices: the older name of `axis`.
      keep_dims: the older name of `keepdims`.

    Returns:
      A Tensor of the dtype of `input_tensor`, without the reduced axes.

    Raises:
      ValueError: there is no such axis, or an argument is given under both its names.

    Source: TensorFlow 1.15, python/ops/math_ops.py `reduce_{op_type.lower()}`.
    """
    return function


reduce_all = _reduction("All", "Computes the truth value of AND over axes.")
reduce_any = _reduction("Any", "Computes the truth value of OR over axes.")
reduce_max = _reduction("Max", "Computes the largest element over axes.")
reduce_mean = _reduction("Mean", "Computes the mean over axes; of integers, rounded towards zero.")
reduce_min = _reduction("Min", "Computes the smallest element over axes.")
reduce_prod = _reduction("Prod", "Computes the product over axes.")
reduce_sum = _reduction("Sum", "Computes the sum over axes.")


def reduce_euclidean_norm(
    input_tensor: TensorLike, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Computes the root of the sum of squares over axes.

    Args:
      input_tensor: a Tensor of any shape.
      axis: an axis or a list of axes; None for all.
      keepdims: whether the reduced axes stay, with size 1.
      name: a name for the operation.

    Returns:
      A Tensor of the dtype of `input_tensor`, without the reduced axes.

    Source: TensorFlow 1.15, python/ops/math_ops.py `reduce_euclidean_norm`.
    """
    return _reduce("EuclideanNorm", input_tensor, axis, keepdims, name)


def reduce_logsumexp(
    input_tensor: TensorLike,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """Computes log(sum(exp(x))) over axes, without overflow.

    Args:
      input_tensor: a Tensor of any shape; floating.
      axis: an axis or a list of axes; None for all.
      keepdims: whether the reduced axes stay, with size 1.
      name: a name for the operations.
      reduction_indices: the older name of `axis`.
      keep_dims: the older name of `keepdims`.

    Returns:
      A Tensor of the dtype of `input_tensor`, without the reduced axes.

    Source: TensorFlow 1.15, python/ops/math_ops.py `reduce_logsumexp`.
    """
    axis = deprecated_argument("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(deprecated_argument("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "ReduceLogSumExp", [input_tensor]):
        x = convert_to_tensor(input_tensor, name="input_tensor")
        top = _reduce("Max", x, axis, True, None)
        is_finite = build("IsFinite", top)
        finite = build("Select", is_finite, top, build("ZerosLike", top, name="zeros_like"))
        shift = build("StopGradient", finite)
        total = _reduce("Sum", build("Exp", build("Sub", x, shift)), axis, keepdims, None)
        result = build("Log", total)
        if not keepdims:
            shift = build("Reshape", shift, build("Shape", result))
        added: Tensor = build("Add", result, shift)
        return added


def reduce_variance(
    input_tensor: TensorLike, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Computes the variance over axes.

    Args:
      input_tensor: a Tensor of any shape; floating or complex.
      axis: an axis or a list of axes; None for all.
      keepdims: whether the reduced axes stay, with size 1.
      name: a name for the operations.

    Returns:
      A Tensor without the reduced axes.

    Raises:
      TypeError: the elements are integers.

    Source: TensorFlow 1.15, python/ops/math_ops.py `reduce_variance`.
    """
    with name_scope(name if name else "reduce_variance"):
        x = convert_to_tensor(input_tensor)
        means = _reduce("Mean", x, axis, True, None)
        if means.dtype.is_integer:
            raise TypeError("Input must be either real or complex")
        squares = math.square(x - means)
        return _reduce("Mean", squares, axis, keepdims, None)


def reduce_std(
    input_tensor: TensorLike, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Computes the standard deviation over axes.

    Args:
      input_tensor: a Tensor of any shape; floating or complex.
      axis: an axis or a list of axes; None for all.
      keepdims: whether the reduced axes stay, with size 1.
      name: a name for the operations.

    Returns:
      A Tensor without the reduced axes.

    Raises:
      TypeError: the elements are integers.

    Source: TensorFlow 1.15, python/ops/math_ops.py `reduce_std`.
    """
    with name_scope(name if name else "reduce_std"):
        return math.sqrt(reduce_variance(input_tensor, axis, keepdims))


def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: Any = None,
    dtype: DTypeLike = dtypes.int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
    input: Any = None,
) -> Tensor:
    """Counts the elements that are not zero, or not empty strings, over axes.

    Args:
      input_tensor: a Tensor of any shape.
      axis: an axis or a list of axes; None for all.
      keepdims: whether the reduced axes stay, with size 1.
      dtype: the dtype of the result.
      name: a name for the operations.
      reduction_indices: the older name of `axis`.
      keep_dims: the older name of `keepdims`.
      input: another name of `input_tensor`.

    Returns:
      A Tensor of `dtype`, without the reduced axes.

    Source: TensorFlow 1.15, python/ops/math_ops.py `count_nonzero`.
    """
    axis = deprecated_argument("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(deprecated_argument("keepdims", keepdims, "keep_dims", keep_dims))
    value = deprecated_argument("input", input, "input_tensor", input_tensor)
    with name_scope(name, "count_nonzero", [value]):
        x = convert_to_tensor(value, name="input")
        kind = x.dtype.base_dtype
        zero: Any = b"" if kind is dtypes.string else np.zeros((), kind.numpy)
        ones = math.to_int64(math.not_equal(x, zero))
        result: Tensor = math.cast(_reduce("Sum", ones, axis, keepdims, None), dtype)
        return result


# ---- ArgMax, ArgMin ----

for _name in ("ArgMax", "ArgMin"):
    op(
        f"{_name}(input: T, dimension: Tidx) -> output: output_type",
        f"T: {{{_NUMBER}, bool}}; {_AXES}; output_type: {{int32, int64}} = int64",
    )
no_gradient("ArgMax", "ArgMin")


@shape("ArgMax", "ArgMin")
def argument_shape(input: Tensor, dimension: Tensor) -> Dims:
    """The shape of `input` without one axis."""
    with_rank(dimension.dims, 0)
    dims, axis = input.dims, constant_value(dimension)
    if dims is None:
        return None
    if axis is None:
        return (None,) * max(len(dims) - 1, 0)
    rank, position = len(dims), int(axis)
    if rank == 0:
        return ()
    if not -rank <= position < rank:
        raise ValueError(
            f"Dimension ({position}) must be in the range [{-rank}, {rank}), where {rank} is the "
            "number of dimensions in the input."
        )
    position %= rank
    return dims[:position] + dims[position + 1 :]


def _argument(op_type: str, extreme: str) -> Callable[..., Tensor]:
    def function(
        input: Any,
        axis: Any = None,
        name: str | None = None,
        dimension: Any = None,
        output_type: DTypeLike = dtypes.int64,
    ) -> Tensor:
        axis = deprecated_argument("axis", axis, "dimension", dimension)
        result: Tensor = build(
            op_type, input, 0 if axis is None else axis, output_type=output_type, name=name
        )
        return result

    function.__name__ = function.__qualname__ = op_type.lower()
    function.__doc__ = f"""Finds the position of the {extreme} element along an axis.

    Args:
      input: a Tensor; real numbers.
      axis: the axis; 0 by default.
      name: a name for the operation.
      dimension: the older name of `axis`.
      output_type: int32 or int64.

    Returns:
      A Tensor of `output_type`, without the axis; the first position where several are equal.

    Source: TensorFlow 1.15, python/ops/math_ops.py `{op_type.lower()}`.
    """
    return function


argmax = _argument("ArgMax", "largest")
argmin = _argument("ArgMin", "smallest")


def _older_argument(op_type: str) -> Callable[..., Tensor]:
    def function(
        input: Any, dimension: Any, output_type: DTypeLike = dtypes.int64, name: str | None = None
    ) -> Tensor:
        result: Tensor = build(op_type, input, dimension, output_type=output_type, name=name)
        return result

    function.__name__ = function.__qualname__ = f"arg_{op_type[3:].lower()}"
    function.__doc__ = f"""The older form of `{op_type.lower()}`.

    Args:
      input: a Tensor; real numbers.
      dimension: the axis.
      output_type: int32 or int64.
      name: a name for the operation.

    Returns:
      A Tensor of `output_type`, without the axis.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "{op_type}".
    """
    return function


arg_max = _older_argument("ArgMax")
arg_min = _older_argument("ArgMin")


# ---- Cumsum, Cumprod, CumulativeLogsumexp ----

for _name in ("Cumsum", "Cumprod"):
    op(
        f"{_name}(x: T, axis: Tidx) -> out: T",
        f"exclusive: bool = false; reverse: bool = false; T: {{{_NUMBER}}}; {_AXES}",
    )
    run_ranks(_name, axis=(0, "ScanOp: axis must be a scalar, not {axis}"))
op(
    "CumulativeLogsumexp(x: T, axis: Tidx) -> out: T",
    f"exclusive: bool = false; reverse: bool = false; T: {{float16, float32, float64}}; {_AXES}",
)


@shape("Cumsum", "Cumprod", "CumulativeLogsumexp")
def cumulative_shape(x: Tensor) -> Dims:
    """The shape of `x`."""
    return x.dims


@gradient("Cumsum")
def cumsum_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """The running sum of dy from the other end."""
    exclusive, reverse = op.attrs["exclusive"], op.attrs["reverse"]
    return [
        build("Cumsum", dy, op.inputs[1], exclusive=exclusive, reverse=not reverse),
        None,
    ]


@gradient("Cumprod")
def cumprod_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Of TensorFlow's form, which divides by `x`."""
    x, axis = op.inputs
    exclusive, reverse = op.attrs["exclusive"], op.attrs["reverse"]
    product = build("Cumprod", x, axis, exclusive=exclusive, reverse=reverse)
    total = build(
        "Cumsum", build("Mul", product, dy), axis, exclusive=exclusive, reverse=not reverse
    )
    return [build("RealDiv", total, x), None]


def _cumulative(op_type: str, what: str) -> Callable[..., Tensor]:
    def function(
        x: Any,
        axis: Any = 0,
        exclusive: bool = False,
        reverse: bool = False,
        name: str | None = None,
    ) -> Tensor:
        with name_scope(name, op_type, [x]) as scope:
            x = convert_to_tensor(x, name="x")
            result: Tensor = build(
                op_type, x, axis, exclusive=exclusive, reverse=reverse, name=scope
            )
            return result

    function.__name__ = function.__qualname__ = op_type.lower()
    function.__doc__ = f"""Computes running {what} along an axis.

    Args:
      x: a Tensor; any number.
      axis: the axis, from -rank to rank - 1.
      exclusive: whether an element itself is left out.
      reverse: whether to run from the last element to the first.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `{op_type.lower()}`.
    """
    return function


cumsum = _cumulative("Cumsum", "sums")
cumprod = _cumulative("Cumprod", "products")

# ---- CumulativeLogsumexp ----


@gradient("CumulativeLogsumexp")
def cumulative_logsumexp_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """exp(x) times running sums of dy / exp(out), those of either sign by their logarithms."""
    x, axis = op.inputs
    exclusive, reverse = op.attrs["exclusive"], op.attrs["reverse"]

    def of_sign(part: Tensor) -> Tensor:
        logs = build("Sub", build("Log", part), op.outputs[0])
        sums = build("CumulativeLogsumexp", logs, axis, exclusive=exclusive, reverse=not reverse)
        result: Tensor = build("Exp", build("AddV2", sums, x))
        return result

    zeros = build("ZerosLike", dy)
    rising, falling = build("Maximum", dy, zeros), build("Maximum", build("Neg", dy), zeros)
    return [build("Sub", of_sign(rising), of_sign(falling)), None]


def cumulative_logsumexp(
    x: TensorLike,
    axis: TensorLike = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Computes the logarithms of running sums of exponentials along an axis.

    Args:
      x: float16, float32 or float64.
      axis: the axis, from -rank to rank - 1.
      exclusive: whether an element itself is left out; of nothing the result is the dtype's
        smallest number.
      reverse: whether to run from the last element to the first.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `cumulative_logsumexp`.
    """
    with name_scope(name, "CumulativeLogsumexp", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        result: Tensor = build(
            "CumulativeLogsumexp", x, axis, exclusive=exclusive, reverse=reverse, name=scope
        )
        return result


# ---- Segments of sorted ids ----

_SEGMENT_TYPES = {"Sum": _NUMBER, "Mean": _NUMBER, "Prod": _NUMBER, "Max": _REAL, "Min": _REAL}
for _name, _types in _SEGMENT_TYPES.items():
    op(
        f"Segment{_name}(data: T, segment_ids: Tindices) -> output: T",
        f"T: {{{_types}}}; Tindices: {{int32, int64}}",
    )
undefined_gradient("SegmentProd")


@shape(*[f"Segment{_name}" for _name in _SEGMENT_TYPES])
def segment_shape(data: Tensor, segment_ids: Tensor) -> Dims:
    """An unknown number of segments, of the shape of a row."""
    with_rank_at_least(data.dims, 1)
    with_rank(segment_ids.dims, 1)
    return None if data.dims is None else (None, *data.dims[1:])


@gradient("SegmentSum")
def segment_sum_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy of the segment, for each of its rows."""
    return [build("GatherV2", dy, op.inputs[1], 0), None]


@gradient("SegmentMean")
def segment_mean_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy of the segment over its number of rows."""
    data, ids = op.inputs
    rank = build("Rank", data)
    ones = build("Fill", build("Shape", ids), math.cast(1.0, dy.dtype))
    counts = build("SegmentSum", ones, ids)
    # [segments, 1, 1, ...]
    tail = build("Fill", build("ExpandDims", build("Sub", rank, 1), 0), 1)
    sizes = build("ConcatV2", [build("Shape", counts), tail], 0)
    scaled = build("RealDiv", dy, build("Maximum", build("Reshape", counts, sizes), 1))
    return [build("GatherV2", scaled, ids, 0), None]


@gradient("SegmentMax", "SegmentMin")
def segment_extreme_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy of the segment, shared by the rows that hold its extreme."""
    data, ids = op.inputs
    chosen = build("Equal", data, build("GatherV2", op.outputs[0], ids, 0))
    count = build("SegmentSum", math.cast(chosen, dy.dtype), ids)
    # Segments without rows are not gathered; with a count of 0 they would spoil the gradient by dy.
    shared = build("GatherV2", build("RealDiv", dy, build("Maximum", count, 1)), ids, 0)
    return [build("Select", chosen, shared, build("ZerosLike", shared)), None]


def _segment(name: str, what: str) -> Callable[..., Tensor]:
    op_type = f"Segment{name}"

    def function(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
        result: Tensor = build(op_type, data, segment_ids, name=name)
        return result

    function.__name__ = function.__qualname__ = f"segment_{name.lower()}"
    function.__doc__ = f"""Computes the {what} of the rows of each segment.

    Args:
      data: [rows, ...].
      segment_ids: [rows], the segment of each row, in rising order; int32 or int64.
      name: a name for the operation.

    Returns:
      [last id + 1, ...], of the dtype of `data`.

    Raises:
      InvalidArgumentError: when it runs: an id is negative or below the one before.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "{op_type}".
    """
    return function


segment_max = _segment("Max", "largest elements")
segment_mean = _segment("Mean", "mean")
segment_min = _segment("Min", "smallest elements")
segment_prod = _segment("Prod", "product")
segment_sum = _segment("Sum", "sum")


# ---- Segments of ids in any order ----

for _name in ("Sum", "Prod", "Max", "Min"):
    op(
        f"UnsortedSegment{_name}(data: T, segment_ids: Tindices, num_segments: Tnumsegments)"
        " -> output: T",
        f"T: {{{_SEGMENT_TYPES[_name]}}}; Tindices: {{int32, int64}};"
        " Tnumsegments: {int32, int64} = int32",
    )
    run_ranks(
        f"UnsortedSegment{_name}",
        num_segments=(0, "num_segments should be a scalar, not shape {num_segments}"),
    )


@shape("UnsortedSegmentSum", "UnsortedSegmentProd", "UnsortedSegmentMax", "UnsortedSegmentMin")
def unsorted_segment_shape(data: Tensor, segment_ids: Tensor, num_segments: Tensor) -> Dims:
    """`num_segments` rows."""
    with_rank(num_segments.dims, 0)
    if data.dims is None or segment_ids.dims is None:
        return None
    rank = len(segment_ids.dims)
    with_rank_at_least(data.dims, rank)
    for ours, theirs in zip(data.dims, segment_ids.dims, strict=False):
        merge_dim(ours, theirs)
    return (size_of_scalar(num_segments, 2), *data.dims[rank:])


def _gather_rows(values: Tensor, ids: Tensor, data: Tensor) -> tuple[Tensor, Tensor]:
    """The row of each id, zero for negative ids, and where ids are not negative; like `data`."""
    gathered = build("GatherV2", values, build("Maximum", ids, 0), 0)
    is_positive = build("GreaterEqual", ids, 0)
    extra = build("Sub", build("Rank", gathered), build("Rank", is_positive))
    tail = build("Fill", build("ExpandDims", extra, 0), 1)
    sizes = build("ConcatV2", [build("Shape", is_positive), tail], 0)
    mask = build("BroadcastTo", build("Reshape", is_positive, sizes), build("Shape", gathered))
    rows = build("Select", mask, gathered, build("ZerosLike", gathered))
    if data.dims is not None:
        rows.set_shape(data.dims)
    return rows, mask


@gradient("UnsortedSegmentSum")
def unsorted_segment_sum_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy of the segment, for each of its rows."""
    data, ids, _ = op.inputs
    return [_gather_rows(dy, ids, data)[0], None, None]


@gradient("UnsortedSegmentMax", "UnsortedSegmentMin")
def unsorted_segment_extreme_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy of the segment, shared by the rows that hold its extreme."""
    data, ids, count = op.inputs
    extremes, mask = _gather_rows(op.outputs[0], ids, data)
    chosen = build("LogicalAnd", build("Equal", data, extremes), mask)
    shares = build("UnsortedSegmentSum", math.cast(chosen, dy.dtype), ids, count)
    shared = _gather_rows(build("DivNoNan", dy, shares), ids, data)[0]
    return [build("Select", chosen, shared, build("ZerosLike", shared)), None, None]


@gradient("UnsortedSegmentProd")
def unsorted_segment_prod_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy times the product of the segment's other elements; right also where some are zero."""
    data, ids, count = op.inputs
    is_zero = build("Equal", data, 0)
    ones = build("OnesLike", data)
    zero_count = build("UnsortedSegmentSum", math.cast(is_zero, dtypes.int32), ids, count)
    # With two zeros in a segment every product of the others is zero.
    dy = build("Select", build("Greater", zero_count, 1), build("ZerosLike", dy), dy)
    without_zeros = build("UnsortedSegmentProd", build("Select", is_zero, ones, data), ids, count)
    product = _gather_rows(op.outputs[0], ids, data)[0]
    others = build("Select", is_zero, ones, build("RealDiv", product, data))
    others = build("Select", is_zero, _gather_rows(without_zeros, ids, data)[0], others)
    return [build("Mul", _gather_rows(dy, ids, data)[0], others), None, None]


def _unsorted_segment(name: str, what: str) -> Callable[..., Tensor]:
    op_type = f"UnsortedSegment{name}"

    def function(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
        result: Tensor = build(op_type, data, segment_ids, num_segments, name=name)
        return result

    function.__name__ = function.__qualname__ = f"unsorted_segment_{name.lower()}"
    function.__doc__ = f"""Computes the {what} of the rows of each segment.

    Args:
      data: [a, b, ..., ...].
      segment_ids: [a, b, ...], the segment of each row, in any order; negative ids are left out;
        int32 or int64.
      num_segments: the number of segments, above all ids; int32 or int64.
      name: a name for the operation.

    Returns:
      [num_segments, ...], of the dtype of `data`.

    Raises:
      InvalidArgumentError: when it runs: an id is not below `num_segments`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "{op_type}".
    """
    return function


unsorted_segment_max = _unsorted_segment("Max", "largest elements")
unsorted_segment_min = _unsorted_segment("Min", "smallest elements")
unsorted_segment_prod = _unsorted_segment("Prod", "product")
unsorted_segment_sum = _unsorted_segment("Sum", "sum")


def _segment_counts(data: Tensor, segment_ids: Tensor, num_segments: Any) -> Tensor:
    """The number of rows of each segment, at least 1, so that it broadcasts with the sums."""
    ones = build("Fill", build("Shape", segment_ids), math.cast(1, data.dtype))
    counts = build("UnsortedSegmentSum", ones, segment_ids, num_segments)
    extra = build("Sub", build("Rank", data), build("Rank", segment_ids))
    tail = build("Fill", build("ExpandDims", extra, 0), 1)
    sizes = build("ConcatV2", [build("Shape", counts), tail], 0)
    result: Tensor = build("Maximum", build("Reshape", counts, sizes), 1)
    return result


def unsorted_segment_mean(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, name: str | None = None
) -> Tensor:
    """Computes the mean of the rows of each segment.

    Args:
      data: [a, b, ..., ...]; floating or complex.
      segment_ids: [a, b, ...], the segment of each row; negative ids are left out.
      num_segments: the number of segments, above all ids.
      name: a name for the operations.

    Returns:
      [num_segments, ...], of the dtype of `data`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `unsorted_segment_mean`.
    """
    with name_scope(name, "UnsortedSegmentMean"):
        data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        counts = _segment_counts(data, ids, num_segments)
        total: Tensor = build("UnsortedSegmentSum", data, ids, num_segments)
        return total / counts


def unsorted_segment_sqrt_n(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, name: str | None = None
) -> Tensor:
    """Computes the sum of the rows of each segment over the root of their number.

    Args:
      data: [a, b, ..., ...]; floating or complex.
      segment_ids: [a, b, ...], the segment of each row; negative ids are left out.
      num_segments: the number of segments, above all ids.
      name: a name for the operations.

    Returns:
      [num_segments, ...], of the dtype of `data`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `unsorted_segment_sqrt_n`.
    """
    with name_scope(name, "UnsortedSegmentSqrtN"):
        data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        counts = _segment_counts(data, ids, num_segments)
        total: Tensor = build("UnsortedSegmentSum", data, ids, num_segments)
        return total / math.sqrt(counts)


# ---- Bincount ----

op(
    "Bincount(arr: int32, size: int32, weights: T) -> bins: T",
    "T: {int32, int64, float32, float64}",
)
undefined_gradient("Bincount")


@shape("Bincount")
def bincount_shape(arr: Tensor, size: Tensor, weights: Tensor) -> Dims:
    """[size]."""
    with_rank(size.dims, 0)
    count = constant_value(size)
    if count is None:
        return (None,)
    if int(count) < 0:
        raise ValueError(f"size ({int(count)}) must be non-negative")
    return (int(count),)


def bincount(
    arr: TensorLike,
    weights: TensorLike | None = None,
    minlength: TensorLike | None = None,
    maxlength: TensorLike | None = None,
    dtype: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Counts how often each number occurs.

    Args:
      arr: numbers >= 0; int32, of any shape.
      weights: what each number counts for, of the shape of `arr`.
      minlength: the least length of the result.
      maxlength: the greatest; larger numbers are not counted.
      dtype: the dtype of the result without `weights`.
      name: a name for the operations.

    Returns:
      [largest number + 1], within the two lengths; of the dtype of `weights`, or `dtype`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `bincount`.
    """
    with name_scope("bincount" if name is None else name):
        array = convert_sizes(arr, "arr")
        is_filled = build("Greater", _reduce("Prod", build("Shape", array), None, None, None), 0)
        highest = build("AddV2", _reduce("Max", array, None, None, None), 1)
        size = build("Mul", math.cast(is_filled, dtypes.int32), highest)
        if minlength is not None:
            least = convert_sizes(minlength, "minlength")
            size = build("Maximum", least, size)
        if maxlength is not None:
            most = convert_sizes(maxlength, "maxlength")
            size = build("Minimum", most, size)
        if weights is None:
            weights = constant_of_array(np.zeros(0, as_dtype(dtype).numpy))
        result: Tensor = build("Bincount", array, size, weights)
        return result
