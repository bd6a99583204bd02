"""Functions of functions: `tf.map_fn`, `tf.scan`, `tf.foldl` and `tf.foldr`, built on loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession import dtypes, nest
from tfsession.graph.build import build, constant, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.control_flow import while_loop
from tfsession.ops.tensor_array import TensorArray
from tfsession.shapes import Dims, merge_dim

__all__ = [
    "foldl",
    "foldr",
    "map_fn",
    "scan",
]


def _check_function(function: Any) -> None:
    if not callable(function):
        raise TypeError("fn must be callable.")


def _tensors(elems: Any) -> list[Tensor]:
    """The tensors of a structure, whose rows are gone through.

    Raises:
      ValueError: one is a scalar.
    """
    flat = [convert_to_tensor(elem, name="elem") for elem in nest.flatten(elems)]
    if flat[0].dims is not None and len(flat[0].dims) < 1:
        if len(flat) == 1:
            raise ValueError("elems must be a 1+ dimensional Tensor, not a scalar")
        raise ValueError("elements in elems must be 1+ dimensional Tensors, not scalars")
    return flat


def _count(flat: Sequence[Tensor]) -> Any:
    """The number of rows: an int where it is known."""
    dims = flat[0].dims
    if dims is not None and dims[0]:
        return dims[0]
    return build("Shape", flat[0])[0]


def _static_count(flat: Sequence[Tensor]) -> int | None:
    count: int | None = None
    for tensor in flat:
        if tensor.dims:
            count = merge_dim(count, tensor.dims[0])
    return count


def _rows(flat: Sequence[Tensor], count: Any, with_shapes: bool = False) -> list[TensorArray]:
    arrays = [
        TensorArray(
            tensor.dtype,
            size=count,
            dynamic_size=False,
            infer_shape=True,
            element_shape=tensor.dims[1:] if with_shapes and tensor.dims is not None else None,
        )
        for tensor in flat
    ]
    return [array.unstack(tensor) for array, tensor in zip(arrays, flat, strict=True)]


def _packed(structure: Any, leaves: Sequence[Any]) -> Any:
    return nest.pack_sequence_as(structure, leaves) if nest.is_sequence(structure) else leaves[0]


def _stacked(arrays: Sequence[TensorArray], count: int | None) -> list[Tensor]:
    results = [array.stack() for array in arrays]
    for result in results:
        dims: Dims = result.dims
        if dims is not None:
            result.set_shape((count, *dims[1:]))
    return results


def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Applies a function to each row.

    Args:
      fn: takes a row of `elems`, in its structure; returns tensors.
      elems: a tensor or a structure of tensors of equal first size.
      dtype: the dtypes of what `fn` returns, in its structure; those of `elems` when None.
      parallel_iterations: accepted for compatibility.
      back_prop: whether gradients are wanted.
      swap_memory: accepted for compatibility.
      infer_shape: whether all results have the same shape.
      name: a name for the scope of the operations.

    Returns:
      The results, stacked along a new first axis.

    Raises:
      TypeError: `fn` is not callable, or `elems` is sparse.
      ValueError: an element of `elems` is a scalar, or `fn` returns another structure.

    Source: TensorFlow 1.15 `tf.map_fn`.
    """
    _check_function(fn)
    if isinstance(elems, SparseTensor):
        raise TypeError(
            "To perform a map over the values of a sparse tensor use either "
            " SparseTensor(input.indices, fn(input.values), input.dense_shape) or "
            " SparseTensor(input.indices, map_fn(fn, input.values), input.dense_shape)"
        )
    with name_scope(name, "map", nest.flatten(elems)):
        flat = _tensors(elems)
        if dtype is None:
            dtype = _packed(elems, [tensor.dtype.base_dtype for tensor in flat])
        count = _count(flat)
        rows = _rows(flat, count)
        index = constant(0, dtypes.int32)
        results = [
            TensorArray(kind, size=count, dynamic_size=False, infer_shape=infer_shape)
            for kind in nest.flatten(dtype)
        ]

        def compute(i: Tensor, arrays: list[TensorArray]) -> Any:
            values = fn(_packed(elems, [row.read(i) for row in rows]))
            nest.assert_same_structure(dtype, values)
            flat_values = nest.flatten(values)
            written = [a.write(i, v) for a, v in zip(arrays, flat_values, strict=True)]
            return i + 1, written

        _, arrays = while_loop(
            lambda i, _: i < count,
            compute,
            (index, results),
            parallel_iterations=parallel_iterations or 10,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return _packed(dtype, _stacked(arrays, _static_count(flat)))


def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """Applies a function to what it returned for the row before, and to each row.

    Args:
      fn: takes what it returned last and a row of `elems`.
      elems: a tensor or a structure of tensors of equal first size.
      initializer: what `fn` is given with the first row; when None, the first row is its result.
      parallel_iterations: accepted for compatibility.
      back_prop: whether gradients are wanted.
      swap_memory: accepted for compatibility.
      infer_shape: whether all results have the same shape.
      reverse: whether to begin with the last row.
      name: a name for the scope of the operations.

    Returns:
      The results, stacked along a new first axis, in the order of the rows.

    Raises:
      TypeError: `fn` is not callable.
      ValueError: an element of `elems` is a scalar, or `fn` returns another structure.

    Source: TensorFlow 1.15 `tf.scan`.
    """
    _check_function(fn)
    structure = elems if initializer is None else initializer
    with name_scope(name, "scan", nest.flatten(elems)):
        flat = _tensors(elems)
        count = _count(flat)
        rows = _rows(flat, count, with_shapes=True)
        if initializer is None:
            first = [row.read(count - 1 if reverse else 0) for row in rows]
        else:
            first = [convert_to_tensor(value) for value in nest.flatten(initializer)]
        results = [
            TensorArray(
                value.dtype,
                size=count,
                element_shape=value.dims if infer_shape else None,
                dynamic_size=False,
                infer_shape=infer_shape,
            )
            for value in first
        ]
        done = 0
        if initializer is None:
            at = count - 1 if reverse else 0
            results = [a.write(at, value) for a, value in zip(results, first, strict=True)]
            done = 1

        def compute(i: Tensor, last: list[Tensor], arrays: list[TensorArray]) -> Any:
            row = _packed(elems, [array.read(i) for array in rows])
            values = fn(_packed(structure, last), row)
            nest.assert_same_structure(structure, values)
            flat_values = nest.flatten(values)
            written = [a.write(i, v) for a, v in zip(arrays, flat_values, strict=True)]
            return (i - 1 if reverse else i + 1), flat_values, written

        _, _, arrays = while_loop(
            (lambda i, _a, _b: i >= 0) if reverse else (lambda i, _a, _b: i < count),
            compute,
            (count - 1 - done if reverse else done, first, results),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return _packed(structure, _stacked(arrays, _static_count(flat)))


def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combines all rows, from the first to the last, and returns the last result.

    The arguments are those of `scan`.

    Raises:
      TypeError: `fn` is not callable.

    Source: TensorFlow 1.15 `tf.foldl`.
    """
    _check_function(fn)
    with name_scope(name, "foldl", nest.flatten(elems)):
        flat = _tensors(elems)
        count = _count(flat)
        rows = _rows(flat, count)
        first = _packed(elems, [r.read(0) for r in rows]) if initializer is None else initializer
        start = constant(1 if initializer is None else 0, dtypes.int32)

        def compute(i: Tensor, last: Any) -> Any:
            return [i + 1, fn(last, _packed(elems, [row.read(i) for row in rows]))]

        _, result = while_loop(
            lambda i, _: i < count,
            compute,
            [start, first],
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return result


def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combines all rows, from the last to the first, and returns the last result.

    The arguments are those of `scan`.

    Raises:
      TypeError: `fn` is not callable.

    Source: TensorFlow 1.15 `tf.foldr`.
    """
    _check_function(fn)
    with name_scope(name, "foldr", nest.flatten(elems)):
        flat = _tensors(elems)
        count = _count(flat)
        rows = _rows(flat, count)
        if initializer is None:
            start = count - 1
            first = _packed(elems, [row.read(start) for row in rows])
        else:
            start, first = count, initializer

        def compute(i: Tensor, last: Any) -> Any:
            i = i - 1
            return [i, fn(last, _packed(elems, [row.read(i) for row in rows]))]

        _, result = while_loop(
            lambda i, _: i > 0,
            compute,
            [start, first],
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return result
