"""Checks of what tensors hold: when the graph is built if it is known then, else when it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.errors import InvalidArgumentError
from tfsession.graph import scopes
from tfsession.graph.build import TensorLike, constant, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.array import check_numerics, deprecated_argument, rank, reshape, shape, size
from tfsession.ops.control import group, no_op, with_dependencies
from tfsession.ops.control_flow import Assert, cond
from tfsession.ops.indexing import strided_slice
from tfsession.ops.math import (
    abs as absolute,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_or,
    not_equal,
)
from tfsession.ops.reduction import reduce_all

__all__ = [
    "add_check_numerics_ops",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_type",
    "is_non_decreasing",
    "is_numeric_tensor",
    "is_strictly_increasing",
    "verify_tensor_all_finite",
]


def _prefix(message: str | None) -> str:
    return f"{message}.  " if message else ""


def _printed(value: Any) -> str:
    """A part of a message as text, a tensor by its value if that is known."""
    known = constant_value(value) if isinstance(value, Tensor) else None
    return str(value if known is None else known)


# ---- Comparisons ----


def _compare(
    symbol: str,
    scope: str,
    compare: Callable[..., Tensor],
    compare_values: Callable[..., Any],
    x: Any,
    y: Any,
    data: Sequence[Any] | None,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Operation:
    """Checks that a comparison holds for all elements.

    Raises:
      InvalidArgumentError: both sides are known, and it does not.
    """
    with name_scope(name, scope, [x, y, data]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y")
        if data is None:
            data = [
                f"Condition x {symbol} y did not hold element-wise:",
                f"x ({x.name}) = ",
                x,
                f"y ({y.name}) = ",
                y,
            ]
        if message is not None:
            data = [message, *data]
        condition = reduce_all(compare(x, y))
        known_x, known_y = constant_value(x), constant_value(y)
        if (
            known_x is not None
            and known_y is not None
            and not np.all(compare_values(known_x, known_y))
        ):
            raise InvalidArgumentError.of("\n".join(_printed(part) for part in data))
        return Assert(condition, data, summarize=summarize)


def assert_equal(
    x: TensorLike,
    y: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x == y`` for all elements.

    Args:
      x: a tensor.
      y: a tensor of the same dtype, whose shape broadcasts with that of `x`.
      data: what the error prints; by default the condition, `x` and `y`.
      summarize: how many elements of each are printed; 3 when None, all when -1.
      message: what the error begins with.
      name: a name for the scope of the operations.

    Returns:
      The Operation that checks; nothing waits for it without a control dependency.

    Raises:
      InvalidArgumentError: both are known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_equal`.
    """
    with name_scope(name, "assert_equal", [x, y, data]):
        if x is y:
            return no_op()
    return _compare("==", "assert_equal", equal, np.equal, x, y, data, summarize, message, name)


def assert_none_equal(
    x: TensorLike,
    y: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x != y`` for all elements; arguments are those of `assert_equal`.

    Raises:
      InvalidArgumentError: both are known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_none_equal`.
    """
    return _compare(
        "!=", "assert_none_equal", not_equal, np.not_equal, x, y, data, summarize, message, name
    )


def assert_less(
    x: TensorLike,
    y: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x < y`` for all elements; arguments are those of `assert_equal`.

    Raises:
      InvalidArgumentError: both are known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_less`.
    """
    return _compare("<", "assert_less", less, np.less, x, y, data, summarize, message, name)


def assert_less_equal(
    x: TensorLike,
    y: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x <= y`` for all elements; arguments are those of `assert_equal`.

    Raises:
      InvalidArgumentError: both are known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_less_equal`.
    """
    return _compare(
        "<=", "assert_less_equal", less_equal, np.less_equal, x, y, data, summarize, message, name
    )


def assert_greater(
    x: TensorLike,
    y: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x > y`` for all elements; arguments are those of `assert_equal`.

    Raises:
      InvalidArgumentError: both are known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_greater`.
    """
    return _compare(
        ">", "assert_greater", greater, np.greater, x, y, data, summarize, message, name
    )


def assert_greater_equal(
    x: TensorLike,
    y: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x >= y`` for all elements; arguments are those of `assert_equal`.

    Raises:
      InvalidArgumentError: both are known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_greater_equal`.
    """
    return _compare(
        ">=",
        "assert_greater_equal",
        greater_equal,
        np.greater_equal,
        x,
        y,
        data,
        summarize,
        message,
        name,
    )


# ---- Signs ----


def _sign_data(x: Tensor, symbol: str, message: str | None) -> list[Any]:
    return [
        _prefix(message),
        f"Condition x {symbol} 0 did not hold element-wise:",
        f"x ({x.name}) = ",
        x,
    ]


def assert_negative(
    x: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x < 0`` for all elements.

    Args:
      x: a tensor of numbers.
      data: what the error prints; by default the condition and `x`.
      summarize: how many elements of each are printed; 3 when None, all when -1.
      message: what the error begins with.
      name: a name for the scope of the operations.

    Returns:
      The Operation that checks; nothing waits for it without a control dependency.

    Raises:
      InvalidArgumentError: `x` is known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_negative`.
    """
    with name_scope(name, "assert_negative", [x, data]):
        x = convert_to_tensor(x, name="x")
        data = _sign_data(x, "<", message) if data is None else data
        return assert_less(x, constant(0, dtype=x.dtype), data=data, summarize=summarize)


def assert_positive(
    x: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x > 0`` for all elements; arguments are those of `assert_negative`.

    Raises:
      InvalidArgumentError: `x` is known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_positive`.
    """
    with name_scope(name, "assert_positive", [x, data]):
        x = convert_to_tensor(x, name="x")
        data = _sign_data(x, ">", message) if data is None else data
        return assert_less(constant(0, dtype=x.dtype), x, data=data, summarize=summarize)


def assert_non_negative(
    x: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x >= 0`` for all elements; arguments are those of `assert_negative`.

    Raises:
      InvalidArgumentError: `x` is known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_non_negative`.
    """
    with name_scope(name, "assert_non_negative", [x, data]):
        x = convert_to_tensor(x, name="x")
        data = _sign_data(x, ">=", message) if data is None else data
        return assert_less_equal(constant(0, dtype=x.dtype), x, data=data, summarize=summarize)


def assert_non_positive(
    x: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``x <= 0`` for all elements; arguments are those of `assert_negative`.

    Raises:
      InvalidArgumentError: `x` is known when the graph is built, and the condition is false.

    Source: TensorFlow 1.15 `tf.assert_non_positive`.
    """
    with name_scope(name, "assert_non_positive", [x, data]):
        x = convert_to_tensor(x, name="x")
        data = _sign_data(x, "<=", message) if data is None else data
        return assert_less_equal(x, constant(0, dtype=x.dtype), data=data, summarize=summarize)


# ---- Closeness ----


def assert_near(
    x: TensorLike,
    y: TensorLike,
    rtol: TensorLike | None = None,
    atol: TensorLike | None = None,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that ``|x - y| < atol + rtol * |y|`` for all elements.

    Args:
      x: a tensor of floating point or complex numbers.
      y: a tensor of the same dtype, whose shape broadcasts with that of `x`.
      rtol: the relative tolerance; ten times the dtype's machine epsilon when None.
      atol: the absolute tolerance; the same.
      data: what the error prints; by default the tolerances, `x` and `y`.
      summarize: how many elements of each are printed; 3 when None, all when -1.
      message: what the error begins with.
      name: a name for the scope of the operations.

    Returns:
      The Operation that checks; nothing waits for it without a control dependency.

    Source: TensorFlow 1.15 `tf.assert_near`.
    """
    with name_scope(name, "assert_near", [x, y, rtol, atol, data]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype)
        kind = x.dtype.real_dtype if x.dtype.is_complex else x.dtype
        tolerance = 10 * _epsilon(kind)
        rtol = convert_to_tensor(tolerance if rtol is None else rtol, name="rtol", dtype=kind)
        atol = convert_to_tensor(tolerance if atol is None else atol, name="atol", dtype=kind)
        if data is None:
            data = [
                _prefix(message),
                f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}",
                f"x ({x.name}) = ",
                x,
                f"y ({y.name}) = ",
                y,
            ]
        limit = atol + rtol * absolute(y)
        condition = reduce_all(less(absolute(x - y), limit))
        return Assert(condition, data, summarize=summarize)


def _epsilon(kind: DType) -> float:
    if kind == dtypes.bfloat16:
        # NumPy's finfo does not know the dtype: seven bits of fraction.
        return 2.0**-7
    return float(np.finfo(kind.as_numpy_dtype).eps)


# ---- Ranks ----


def assert_rank(
    x: TensorLike,
    rank: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that `x` has a rank.

    Args:
      x: a tensor or SparseTensor.
      rank: a scalar int32.
      data: what the error prints; by default the rank and the shape.
      summarize: how many elements of each are printed; 3 when None, all when -1.
      message: what the error begins with.
      name: a name for the scope of the operations.

    Returns:
      The Operation that checks, or one that does nothing if the ranks are known.

    Raises:
      ValueError: they are known and differ, or `rank` is no scalar.

    Source: TensorFlow 1.15 `tf.assert_rank`.
    """
    with name_scope(name, "assert_rank", [x, rank, *(data or ())]):
        x, label = _ranked(x)
        wanted = convert_to_tensor(rank, name="rank")
        return _check_rank(
            x, label, [wanted], "must have rank", equal, data, summarize, _prefix(message)
        )


def assert_rank_at_least(
    x: TensorLike,
    rank: TensorLike,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that `x` has a rank or a higher one; arguments are those of `assert_rank`.

    Raises:
      ValueError: the ranks are known and that of `x` is lower, or `rank` is no scalar.

    Source: TensorFlow 1.15 `tf.assert_rank_at_least`.
    """
    with name_scope(name, "assert_rank_at_least", [x, rank, *(data or ())]):
        x, label = _ranked(x)
        wanted = convert_to_tensor(rank, name="rank")
        text = "must have rank at least"
        return _check_rank(
            x, label, [wanted], text, greater_equal, data, summarize, _prefix(message)
        )


def assert_rank_in(
    x: TensorLike,
    ranks: Iterable[Any],
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Checks that `x` has one of several ranks.

    Args:
      x: a tensor or SparseTensor.
      ranks: scalars of int32.
      data: what the error prints; by default the ranks and the shape.
      summarize: how many elements of each are printed; 3 when None, all when -1.
      message: what the error begins with.
      name: a name for the scope of the operations.

    Returns:
      The Operation that checks, or one that does nothing if the ranks are known.

    Raises:
      ValueError: they are known and `x` has none of them, or one is no scalar.

    Source: TensorFlow 1.15 `tf.assert_rank_in`.
    """
    ranks = list(ranks)
    with name_scope(name, "assert_rank_in", [x, *ranks, *(data or ())]):
        x, label = _ranked(x)
        wanted = [convert_to_tensor(rank, name="rank") for rank in ranks]
        return _check_rank(
            x, label, wanted, "must have rank in", equal, data, summarize, _prefix(message)
        )


def _ranked(x: Any) -> tuple[Any, str]:
    """What has a rank, and its name in messages, where a SparseTensor has none."""
    if isinstance(x, SparseTensor):
        return x, ""
    tensor = convert_to_tensor(x, name="x")
    return tensor, tensor.name


def _check_rank(
    x: Any,
    label: str,
    wanted: list[Tensor],
    text: str,
    compare: Callable[..., Any],
    data: Sequence[Any] | None,
    summarize: int | None,
    prefix: str,
) -> Operation:
    """Checks that the rank of `x` compares with one of `wanted`."""
    if data is None:
        data = [prefix, f"Tensor {label} {text}", *wanted, "Received shape: ", shape(x)]
    for one in wanted:
        assert_type(one, dtypes.int32)
    known = [constant_value(one) for one in wanted]
    values = [one for one in known if one is not None]
    if any(one.ndim != 0 for one in values):
        raise ValueError("Rank must be a scalar.")
    static = x.get_shape()
    if len(values) == len(known) and static.ndims is not None:
        if not any(
            static.ndims >= v if compare is greater_equal else static.ndims == v for v in values
        ):
            ranks = [int(value) for value in values]
            shown = tuple(ranks) if text.endswith(" in") else ranks[0]
            raise ValueError(
                f"{prefix}Tensor {label} {text} {shown}.  "
                f"Received rank {static.ndims}, shape {static}"
            )
        return no_op(name="static_checks_determined_all_ok")
    actual = rank(x)
    conditions = [compare(actual, one) for one in wanted]
    condition = conditions[0] if conditions else constant(False)
    for other in conditions[1:]:
        condition = logical_or(condition, other)
    for one, value in zip(wanted, known, strict=True):
        if value is None:
            # A vector would broadcast, and the check pass for one of several ranks.
            scalar = assert_rank(one, 0, data=["Rank must be a scalar. Received rank: ", one])
            condition = with_dependencies([scalar], condition)
    return Assert(condition, data, summarize=summarize)


def assert_scalar(
    tensor: TensorLike, name: str | None = None, message: str | None = None
) -> Tensor:
    """Returns `tensor`, which is known to be a scalar.

    Args:
      tensor: a tensor.
      name: a name for the operation that makes it one.
      message: what the error begins with.

    Raises:
      ValueError: it is none, or that is not known.

    Source: TensorFlow 1.15 `tf.assert_scalar`.
    """
    with name_scope(name, "assert_scalar", [tensor]) as scope:
        result: Tensor = convert_to_tensor(tensor, name=scope)
        static = result.get_shape()
        if static.ndims != 0:
            raise ValueError(
                f"{_prefix(message)}Expected scalar shape for {result.name}, saw shape: {static}."
            )
        return result


# ---- Types ----


def assert_type(
    tensor: TensorLike, tf_type: DTypeLike, message: str | None = None, name: str | None = None
) -> Operation:
    """Checks now that a tensor has a dtype.

    Args:
      tensor: a tensor or SparseTensor.
      tf_type: the DType.
      message: what the error begins with.
      name: a name for the scope of the operation.

    Returns:
      An Operation that does nothing.

    Raises:
      TypeError: it has another one.

    Source: TensorFlow 1.15 `tf.assert_type`.
    """
    wanted = as_dtype(tf_type)
    with name_scope(name, "assert_type", [tensor]):
        if not isinstance(tensor, SparseTensor):
            tensor = convert_to_tensor(tensor, name="tensor")
        if tensor.dtype != wanted:
            label = "tensor" if isinstance(tensor, SparseTensor) else tensor.name
            raise TypeError(
                f"{_prefix(message)}{label} must be of type {wanted!r}; got {tensor.dtype!r}"
            )
        return no_op("statically_determined_correct_type")


def assert_integer(x: TensorLike, message: str | None = None, name: str | None = None) -> Operation:
    """Checks now that a tensor holds integers, not quantized ones.

    Returns:
      An Operation that does nothing.

    Raises:
      TypeError: it holds something else.

    Source: TensorFlow 1.15 `tf.assert_integer`.
    """
    with name_scope(name, "assert_integer", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            raise TypeError(
                f'{_prefix(message)}Expected "x" to be integer type.  Found: {x.name} of dtype '
                f"{x.dtype}"
            )
        return no_op("statically_determined_was_integer")


def assert_same_float_dtype(tensors: Any = None, dtype: DTypeLike | None = None) -> DType:
    """Returns the floating point dtype that `tensors` share.

    Args:
      tensors: a list of tensors; None among them are skipped.
      dtype: the DType that they must have.

    Returns:
      The DType; float32 if neither argument is given.

    Raises:
      ValueError: dtypes differ, or are not floating.

    Source: TensorFlow 1.15 `tf.assert_same_float_dtype`.
    """
    kind = as_dtype(dtype) if dtype else None
    first = ""
    for item in tensors or ():
        if item is None:
            continue
        label = getattr(item, "name", None) or str(item)
        if kind is None:
            kind, first = item.dtype.base_dtype, f" as {label}"
        elif item.dtype.base_dtype != kind:
            raise ValueError(
                f"{label}, type={item.dtype.base_dtype}, must be of the same type ({kind}){first}."
            )
    if kind is None:
        return dtypes.float32
    if not kind.is_floating:
        raise ValueError(f"Expected floating point type, got {kind}.")
    return kind


def assert_proper_iterable(values: Any) -> None:
    """Checks now that an object is a collection of values, not a single one that can be iterated.

    Raises:
      TypeError: it is a tensor, an array, a string, or nothing that can be iterated.

    Source: TensorFlow 1.15 `tf.assert_proper_iterable`.
    """
    if isinstance(values, (Tensor, SparseTensor, np.ndarray, bytes, str)):
        raise TypeError(
            f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}'
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


_NUMERIC = frozenset(
    {
        dtypes.float16,
        dtypes.bfloat16,
        dtypes.float32,
        dtypes.float64,
        dtypes.int8,
        dtypes.int16,
        dtypes.int32,
        dtypes.int64,
        dtypes.uint8,
        dtypes.uint16,
        dtypes.uint32,
        dtypes.uint64,
        dtypes.qint8,
        dtypes.qint16,
        dtypes.qint32,
        dtypes.quint8,
        dtypes.quint16,
        dtypes.complex64,
        dtypes.complex128,
    }
)


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether an object is a Tensor of numbers.

    Source: TensorFlow 1.15 `tf.is_numeric_tensor`; there some dtypes of numbers are left out.
    """
    return isinstance(tensor, Tensor) and tensor.dtype.base_dtype in _NUMERIC


# ---- Order ----


def is_non_decreasing(x: TensorLike, name: str | None = None) -> Tensor:
    """Returns whether no element is less than the one before it, in row-major order.

    Args:
      x: a tensor of numbers.
      name: a name for the scope of the operations.

    Returns:
      A scalar bool; true for fewer than two elements.

    Raises:
      TypeError: `x` holds no numbers.

    Source: TensorFlow 1.15 `tf.is_non_decreasing`.
    """
    with name_scope(name, "is_non_decreasing", [x]):
        return reduce_all(_with_neighbours(x, greater_equal))


def is_strictly_increasing(x: TensorLike, name: str | None = None) -> Tensor:
    """Returns whether each element is greater than the one before it, in row-major order.

    Args:
      x: a tensor of numbers.
      name: a name for the scope of the operations.

    Returns:
      A scalar bool; true for fewer than two elements.

    Raises:
      TypeError: `x` holds no numbers.

    Source: TensorFlow 1.15 `tf.is_strictly_increasing`.
    """
    with name_scope(name, "is_strictly_increasing", [x]):
        return reduce_all(_with_neighbours(x, greater))


def _with_neighbours(x: Any, compare: Callable[..., Tensor]) -> Any:
    """How each element compares with the one before it; nothing for fewer than two."""
    x = reshape(x, [-1])
    if not is_numeric_tensor(x):
        raise TypeError(f"Expected x to be numeric, instead found: {x}")
    short = less(size(x), 2)
    last = shape(x) - 1
    return cond(
        short,
        lambda: constant([], dtype=dtypes.bool),
        lambda: compare(strided_slice(x, [1], 1 + last), strided_slice(x, [0], last)),
    )


# ---- Finite numbers ----


def verify_tensor_all_finite(
    t: Any = None,
    msg: str | None = None,
    name: str | None = None,
    x: TensorLike | None = None,
    message: str | None = None,
) -> Tensor:
    """Returns a tensor; a NaN or an infinity in it is an InvalidArgumentError.

    Args:
      t: the tensor, of floating point numbers.
      msg: what the error begins with.
      name: a name for the scope of the operations.
      x: the same as `t`.
      message: the same as `msg`.

    Raises:
      ValueError: an argument is given under both of its names.

    Source: TensorFlow 1.15 `tf.verify_tensor_all_finite`.
    """
    x = deprecated_argument("x", x, "t", t)
    message = deprecated_argument("message", message, "msg", msg)
    with name_scope(name, "VerifyFinite", [x]):
        tensor = convert_to_tensor(x, name="x")
        with scopes.colocate_with(tensor):
            checked = check_numerics(tensor, message=message or "")
            result: Tensor = with_dependencies([checked], tensor)
    return result


def add_check_numerics_ops() -> Operation:
    """Adds checks that all floating point tensors of the default graph are finite.

    They run in the order of the graph, so that the first tensor to go wrong is reported.

    Returns:
      The Operation that runs them all.

    Raises:
      ValueError: one is computed inside `tf.cond` or `tf.while_loop`.

    Source: TensorFlow 1.15 `tf.add_check_numerics_ops`.
    """
    checks: list[Tensor] = []
    for operation in scopes.get_default_graph().get_operations():
        for output in operation.outputs:
            if output.dtype not in (dtypes.float16, dtypes.float32, dtypes.float64):
                continue
            if operation.control_flow_context is not None:
                raise ValueError(
                    "`tf.add_check_numerics_ops() is not compatible with TensorFlow control flow "
                    "operations such as `tf.cond()` or `tf.while_loop()`."
                )
            message = f"{operation.name}:{output.value_index}"
            with scopes.control_dependencies(checks):
                checks = [check_numerics(output, message=message)]
    return group(*checks)
