"""Functions of elements, sums along axes, products of matrices, and comparisons."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import bool as bool_type
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import is_sparse
from tfsession.keras.backend.tensors import int_shape, ndim
from tfsession.layers.settings import floatx
from tfsession.ops import array, clip as clips, contraction, math, nn, reduction, sparse
from tfsession.ops.rearrange import transpose as permute

__all__ = [
    "abs",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "batch_dot",
    "cast",
    "clip",
    "cos",
    "cumprod",
    "cumsum",
    "dot",
    "equal",
    "exp",
    "greater",
    "greater_equal",
    "l2_normalize",
    "less",
    "less_equal",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "not_equal",
    "pow",
    "prod",
    "round",
    "sign",
    "sin",
    "sqrt",
    "square",
    "std",
    "sum",
    "transpose",
    "var",
]

# ---- Elements ----


def abs(x: Any) -> Any:  # TensorFlow's name
    """The absolute value."""
    return math.abs(x)


def cast(x: Any, dtype: Any) -> Any:
    """The values in another DType."""
    return math.cast(x, dtype)


def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """The values, kept between two limits; None is no limit above."""
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)):
        max_value = min_value if max_value < min_value else max_value
    dtype = x.dtype.base_dtype
    low = convert_to_tensor(min_value, dtype)
    high = convert_to_tensor(float("inf") if max_value is None else max_value, dtype)
    return clips.clip_by_value(x, low, high)


def cos(x: Any) -> Any:
    """The cosine."""
    return math.cos(x)


def exp(x: Any) -> Any:
    """The exponential."""
    return math.exp(x)


def log(x: Any) -> Any:
    """The natural logarithm."""
    return math.log(x)


def pow(x: Any, a: Any) -> Any:  # TensorFlow's name
    """The power."""
    return math.pow(x, a)


def round(x: Any) -> Any:  # TensorFlow's name
    """The nearest integer, the even one of two."""
    return math.round(x)


def sign(x: Any) -> Any:
    """-1, 0 or 1."""
    return math.sign(x)


def sin(x: Any) -> Any:
    """The sine."""
    return math.sin(x)


def sqrt(x: Any) -> Any:
    """The square root; 0 of what is negative."""
    zero = convert_to_tensor(0.0, x.dtype.base_dtype)
    infinite = convert_to_tensor(float("inf"), x.dtype.base_dtype)
    return math.sqrt(clips.clip_by_value(x, zero, infinite))


def square(x: Any) -> Any:
    """The square."""
    return math.square(x)


def maximum(x: Any, y: Any) -> Any:
    """The greater of two."""
    return math.maximum(x, y)


def minimum(x: Any, y: Any) -> Any:
    """The smaller of two."""
    return math.minimum(x, y)


def equal(x: Any, y: Any) -> Any:
    """Whether two are equal."""
    return math.equal(x, y)


def not_equal(x: Any, y: Any) -> Any:
    """Whether two differ."""
    return math.not_equal(x, y)


def greater(x: Any, y: Any) -> Any:
    """Whether x > y."""
    return math.greater(x, y)


def greater_equal(x: Any, y: Any) -> Any:
    """Whether x >= y."""
    return math.greater_equal(x, y)


def less(x: Any, y: Any) -> Any:
    """Whether x < y."""
    return math.less(x, y)


def less_equal(x: Any, y: Any) -> Any:
    """Whether x <= y."""
    return math.less_equal(x, y)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Any:
    """Numbers from `start`, below `stop`."""
    if stop is None and start < 0:
        start = 0
    result = math.range(start, limit=stop, delta=step, name="arange")
    return result if dtype == "int32" else math.cast(result, dtype)


# ---- Along axes ----


def _of_floats(x: Any) -> Any:
    return math.cast(x, floatx()) if x.dtype.base_dtype is bool_type else x


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # TensorFlow's name
    """The sum along axes."""
    return reduction.reduce_sum(x, axis, keepdims)


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The product along axes."""
    return reduction.reduce_prod(x, axis, keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean along axes; of booleans the share that is true."""
    return reduction.reduce_mean(_of_floats(x), axis, keepdims)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance along axes."""
    return reduction.reduce_variance(_of_floats(x), axis, keepdims)


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation along axes."""
    return reduction.reduce_std(_of_floats(x), axis, keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # TensorFlow's name
    """The greatest along axes."""
    return reduction.reduce_max(x, axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # TensorFlow's name
    """The smallest along axes."""
    return reduction.reduce_min(x, axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # TensorFlow's name
    """Whether some along axes are true."""
    return reduction.reduce_any(math.cast(x, bool_type), axis, keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # TensorFlow's name
    """Whether all along axes are true."""
    return reduction.reduce_all(math.cast(x, bool_type), axis, keepdims)


def argmax(x: Any, axis: int = -1) -> Any:
    """Where the greatest stands along an axis."""
    return reduction.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Any:
    """Where the smallest stands along an axis."""
    return reduction.argmin(x, axis)


def cumsum(x: Any, axis: int = 0) -> Any:
    """The sums up to each element of an axis."""
    return reduction.cumsum(x, axis=axis)


def cumprod(x: Any, axis: int = 0) -> Any:
    """The products up to each element of an axis."""
    return reduction.cumprod(x, axis=axis)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` along axes."""
    return reduction.reduce_logsumexp(x, axis, keepdims)


def l2_normalize(x: Any, axis: Any = None) -> Any:
    """The values, scaled to norm 1 along axes."""
    return nn.l2_normalize(x, axis=axis)


# ---- Products ----


def transpose(x: Any) -> Any:
    """The axes in reverse order."""
    return permute(x)


def dot(x: Any, y: Any) -> Any:
    """The product over the last axis of `x` and the last but one of `y`."""
    if ndim(x) is not None and ((ndim(x) or 0) > 2 or (ndim(y) or 0) > 2):
        return _dot_of_higher(x, y)
    if is_sparse(x):
        return sparse.sparse_tensor_dense_matmul(x, y)
    return contraction.matmul(x, y)


def _sizes(x: Any) -> list[Any]:
    """The sizes of the axes: numbers where they are known."""
    dynamic = array.unstack(array.shape(x))
    return [d if s is None else s for s, d in zip(int_shape(x), dynamic, strict=True)]


def _dot_of_higher(x: Any, y: Any) -> Any:
    x_sizes, y_sizes = _sizes(x), _sizes(y)
    rank = len(y_sizes)
    order = [rank - 2, *(axis for axis in range(rank) if axis != rank - 2)]
    x_matrix = array.reshape(x, [-1, x_sizes[-1]])
    y_matrix = array.reshape(permute(y, perm=order), [y_sizes[-2], -1])
    product = contraction.matmul(x_matrix, y_matrix)
    return array.reshape(product, x_sizes[:-1] + y_sizes[:-2] + y_sizes[-1:])


def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """Products of the elements of two batches.

    Args:
      x, y: [batch, ...], of rank 2 or more.
      axes: the axis of each that is summed over, or one for both; when None the last axis of `x`
        and the last but one of `y`.

    Returns:
      [batch, rest of x..., rest of y...], of rank 2 at least.

    Raises:
      ValueError: a rank is below 2, or the axes have other sizes or belong to the batch.
    """
    x_rank, y_rank = ndim(x), ndim(y)
    x_shape, y_shape = int_shape(x), int_shape(y)
    if not x_rank or not y_rank or x_rank < 2 or y_rank < 2:
        raise ValueError(
            "Cannot do batch_dot on inputs with rank < 2. Received inputs with shapes "
            f"{x_shape} and {y_shape}."
        )
    if axes is None:
        pair = [x_rank - 1, y_rank - 1 if y_rank == 2 else y_rank - 2]
    else:
        pair = [axes, axes] if isinstance(axes, int) else list(axes)
    first = pair[0] + x_rank if pair[0] < 0 else pair[0]
    second = pair[1] + y_rank if pair[1] < 0 else pair[1]
    if 0 in (first, second):
        raise ValueError(
            "Cannot perform batch_dot over axis 0. If your inputs are not batched, add a dummy "
            "batch dimension to your inputs using K.expand_dims(x, 0)"
        )
    sizes = x_shape[first], y_shape[second]
    if None not in sizes and sizes[0] != sizes[1]:
        raise ValueError(
            f"Cannot do batch_dot on inputs with shapes {x_shape} and {y_shape} with axes={pair}. "
            f"x.shape[{pair[0]}] != y.shape[{pair[1]}] ({sizes[0]} != {sizes[1]})."
        )
    return _batched(x, y, first, second)


def _ordered(x: Any, order: list[int]) -> Any:
    return x if order == sorted(order) else permute(x, order)


def _batched(x: Any, y: Any, first: int, second: int) -> Any:
    """The products, as matrices: what is summed over goes last in x, and second in y."""
    x_rest = [axis for axis in range(1, len(x.shape)) if axis != first]
    y_rest = [axis for axis in range(1, len(y.shape)) if axis != second]
    x_matrix, y_matrix = _ordered(x, [0, *x_rest, first]), _ordered(y, [0, second, *y_rest])
    if len(x_rest) == 1 and len(y_rest) == 1:
        return contraction.matmul(x_matrix, y_matrix)
    x_sizes, y_sizes = _sizes(x), _sizes(y)
    if len(x_rest) != 1:
        x_matrix = array.reshape(x_matrix, array.stack([x_sizes[0], -1, x_sizes[first]]))
    if len(y_rest) != 1:
        y_matrix = array.reshape(y_matrix, array.stack([y_sizes[0], y_sizes[second], -1]))
    product = contraction.matmul(x_matrix, y_matrix)
    rest = [x_sizes[axis] for axis in x_rest] + [y_sizes[axis] for axis in y_rest]
    if not rest:
        return array.reshape(product, array.stack([x_sizes[0], 1]))
    return array.reshape(product, array.stack([x_sizes[0], *rest]))
