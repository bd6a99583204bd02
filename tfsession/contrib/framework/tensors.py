"""What `tf.contrib.framework` has for tensors: shapes that are checked, choices, sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import int32
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, confusion, control_flow, math, reduction
from tfsession.ops.check import assert_scalar
from tfsession.shapes import TensorShape

__all__ = [
    "assert_scalar_int",
    "get_graph_from_inputs",
    "get_name_scope",
    "get_placeholders",
    "reduce_sum_n",
    "remove_squeezable_dimensions",
    "smart_case",
    "with_same_shape",
    "with_shape",
]


def get_name_scope() -> str:
    """The name scope of the default graph, without a trailing '/'."""
    return scopes.get_default_graph().get_name_scope()


def get_graph_from_inputs(op_input_list: Any, graph: Graph | None = None) -> Graph:
    """The graph of tensors, which must all be of one."""
    return scopes.graph_of(op_input_list, graph)


def get_placeholders(graph: Graph) -> list[Tensor]:
    """The placeholders of a graph."""
    return [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]


def assert_scalar_int(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor that is a scalar integer.

    Raises:
      ValueError: it is of another dtype or shape.

    Source: TensorFlow 1.15 `tf.contrib.framework.assert_scalar_int`.
    """
    with name_scope(name, "assert_scalar_int", [tensor]):
        tensor = convert_to_tensor(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(
                f"Expected integer type for {tensor.name}, received type: {tensor.dtype}."
            )
        checked: Tensor = assert_scalar(tensor, name=None)
        return checked


def smart_case(
    pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, name: str = "smart_case"
) -> Any:
    """`tf.case`, or the call of one function where conditions are known.

    Source: TensorFlow 1.15 `tf.contrib.framework.smart_case`.
    """
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    known = [control_flow.smart_constant_value(condition) for condition, _ in pairs]
    if None in known:
        return control_flow.case(pairs, default, exclusive=exclusive, name=name)
    for value, (_, function) in zip(known, pairs, strict=True):
        if value:
            return function()
    return default() if default is not None else None


def reduce_sum_n(tensors: Sequence[Any], name: str | None = None) -> Tensor:
    """The sum of all elements of several tensors.

    Raises:
      ValueError: there are no tensors.

    Source: TensorFlow 1.15 `tf.contrib.framework.reduce_sum_n`.
    """
    if not tensors:
        raise ValueError("No tensors provided.")
    with name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [
            t if t.shape.ndims == 0 else reduction.reduce_sum(t, name=f"{t.op.name}/sum")
            for t in tensors
        ]
        if len(sums) == 1:
            return sums[0]
        total: Tensor = math.add_n(sums, name=scope)
        return total


def remove_squeezable_dimensions(
    predictions: Any, labels: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Takes off the last dimension of 1 that one of two tensors has too many.

    Source: TensorFlow 1.15 `tf.contrib.framework.remove_squeezable_dimensions`.
    """
    labels, predictions = confusion.remove_squeezable_dimensions(labels, predictions, name=name)
    return predictions, labels


# ---- Shapes ----


def with_same_shape(expected_tensor: Any, tensor: Any) -> Tensor:
    """A tensor whose shape is that of another one; checked while the graph is built, or as it runs.

    Raises:
      ValueError: the shapes are known, and differ.

    Source: TensorFlow 1.15 `tf.contrib.framework.with_same_shape`.
    """
    with name_scope(f"{tensor.op.name}/", values=[expected_tensor, tensor]):
        known = expected_tensor.get_shape()
        shape = known.as_list() if known.is_fully_defined() else array.shape(expected_tensor)
        return with_shape(shape, tensor)


def with_shape(expected_shape: Any, tensor: Any) -> Tensor:
    """A tensor of a shape; checked while the graph is built, or as it runs.

    Args:
      expected_shape: a list, TensorShape or 1-D tensor of integers.
      tensor: a Tensor.

    Raises:
      ValueError: the shapes are known, and differ.

    Source: TensorFlow 1.15 `tf.contrib.framework.with_shape`.
    """
    shape, known = _expected(expected_shape, tensor)
    actual = tensor.get_shape()
    if known is not None and actual.is_fully_defined():
        if actual.as_list() != known:
            raise ValueError(
                f"Invalid shape for tensor {tensor.name}, expected {known}, got {actual}."
            )
        same: Tensor = tensor
        return same
    if known is not None and not actual.is_compatible_with(known):
        raise ValueError(f"Invalid shape for tensor {tensor.name}, expected {known}, got {actual}.")
    with name_scope(f"{tensor.op.name}/", values=[tensor]):
        checked = _checked(shape, tensor)
        if known is not None:
            checked.set_shape(known)
        return checked


def _expected(expected_shape: Any, tensor: Tensor) -> tuple[Any, list[int] | None]:
    """The shape as something to compare with, and as a list where it is known."""
    if isinstance(expected_shape, TensorShape):
        expected_shape = expected_shape.as_list()
    if isinstance(expected_shape, Tensor):
        value = constant_value(expected_shape)
        return expected_shape, None if value is None else [int(n) for n in value]
    values = np.array(expected_shape)
    if values.size and not np.issubdtype(values.dtype, np.integer):
        raise ValueError(
            f"Invalid dtype {values.dtype} for shape {values} expected of tensor {tensor.name}."
        )
    known = [int(n) for n in values]
    return known, known


def _checked(expected: Any, tensor: Tensor) -> Tensor:
    shape = convert_to_tensor(expected, int32)
    is_equal = _is_shape(shape, tensor)
    text = [f"Wrong shape for {tensor.name} [expected] [actual].", shape, array.shape(tensor)]
    with scopes.control_dependencies([control_flow.Assert(is_equal, text, name="assert_shape")]):
        result: Tensor = array.identity(tensor)
        return result


def _is_shape(shape: Tensor, tensor: Tensor) -> Tensor:
    """Whether a tensor has a shape; of another rank it has not, and nothing is compared."""
    actual = array.shape(tensor)
    same_rank = math.equal(array.size(shape), array.size(actual))
    result: Tensor = control_flow.cond(
        same_rank,
        lambda: reduction.reduce_all(math.equal(math.cast(shape, int32), actual)),
        lambda: convert_to_tensor(False),
    )
    return result
