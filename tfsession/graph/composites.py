"""Values that stand for a tensor without being one: rows of it, or its nonzero elements."""

from __future__ import annotations

import warnings
from collections import namedtuple
from typing import TYPE_CHECKING, Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType, DTypeLike
from tfsession.graph.build import (
    TensorLike,
    build,
    convert_to_tensor,
    register_tensor_conversion_function,
)
from tfsession.graph.default_session import Runs, session_for_eval
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import graph_of, name_scope
from tfsession.graph.static_values import constant_value, constant_value_as_shape
from tfsession.shapes import Dims, TensorShape, merge_dims

# From this many elements on, making a dense tensor of slices is worth a warning.
_MANY_ELEMENTS = 100_000_000

IndexedSlicesValue = namedtuple("IndexedSlicesValue", ["values", "indices", "dense_shape"])
SparseTensorValue = namedtuple("SparseTensorValue", ["indices", "values", "dense_shape"])


# ---- IndexedSlices ----


class IndexedSlices:
    """Some slices of a tensor along its first axis: what the gradient of a gather is.

    The dense tensor is zero but for ``dense[indices[i]] = values[i]``, where slices of equal index
    add up.

    Attributes:
      values: [n, ...], the slices.
      indices: [n], int32 or int64, where in the dense tensor each slice is.
      dense_shape: [rank of the dense tensor], its shape, or None.

    Source: TensorFlow 1.15 `tf.IndexedSlices`.
    """

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None) -> None:
        graph_of([values, indices, dense_shape])
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

    @property
    def values(self) -> Tensor:
        """The slices."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """Where in the dense tensor each slice is."""
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the dense tensor, if known."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """What is statically known of the dense tensor's shape."""
        if self._dense_shape is None:
            return TensorShape(None)
        return TensorShape(constant_value_as_shape(self._dense_shape))

    def get_shape(self) -> TensorShape:
        """What is statically known of the dense tensor's shape."""
        return self.shape

    @property
    def name(self) -> str:
        """The name of `values`."""
        return self.values.name

    @property
    def device(self) -> str:
        """The device requested for `values`."""
        return self.values.device

    @property
    def op(self) -> Operation:
        """The operation that produces `values`."""
        return self.values.op

    @property
    def dtype(self) -> DType:
        """The dtype of `values`."""
        return self.values.dtype

    @property
    def graph(self) -> Graph:
        """The graph of `values`."""
        return self.values.graph

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self.values, self.indices, self.dense_shape)

    def consumers(self) -> list[Operation]:
        """The operations that read `values` or `indices`."""
        return list(dict.fromkeys([*self.values.consumers(), *self.indices.consumers()]))


def _dense_of_slices(
    value: IndexedSlices, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype "
            f"{value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(
            "Tensor conversion requested for IndexedSlices without dense_shape: " + str(value)
        )
    shape = constant_value(value.dense_shape)
    if shape is None:
        warnings.warn(
            "Converting sparse IndexedSlices to a dense Tensor of unknown shape. "
            "This may consume a large amount of memory.",
            stacklevel=2,
        )
    else:
        count = int(np.prod(shape, dtype=np.int64))
        if count >= _MANY_ELEMENTS:
            warnings.warn(
                f"Converting sparse IndexedSlices to a dense Tensor with {count} elements. "
                "This may consume a large amount of memory.",
                stacklevel=2,
            )
    rows = value.dense_shape[0]
    result: Tensor = build("UnsortedSegmentSum", value.values, value.indices, rows, name=name)
    return result


register_tensor_conversion_function(IndexedSlices, _dense_of_slices)


def convert_to_tensor_or_indexed_slices(
    value: TensorLike, dtype: DTypeLike | None = None, name: str | None = None
) -> Any:
    """Returns `value` if it is an IndexedSlices, otherwise the Tensor it converts to.

    Args:
      value: an IndexedSlices, or anything that converts to a Tensor.
      dtype: the dtype the result must have.
      name: a name for the constant that is made, if one is.

    Raises:
      ValueError: `value` has another dtype, or cannot be converted.
    """
    if isinstance(value, IndexedSlices):
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for Tensor with "
                f"dtype {value.dtype.name}: {str(value)!r}"
            )
        return value
    return convert_to_tensor(value, dtype, name)


def convert_n_to_tensor_or_indexed_slices(
    values: Any, dtype: DTypeLike | None = None, name: str | None = None
) -> list[Any]:
    """`convert_to_tensor_or_indexed_slices` of each element; None stays None."""
    return [
        None
        if value is None
        else convert_to_tensor_or_indexed_slices(
            value, dtype, None if name is None else f"{name}_{index}"
        )
        for index, value in enumerate(values)
    ]


# ---- SparseTensor ----


class SparseTensor:
    """A tensor given by its nonzero elements.

    Attributes:
      indices: [n, rank], int64, where each element is; ops expect row-major order.
      values: [n], the elements.
      dense_shape: [rank], int64.
      known_dims: what whoever made it knows of its shape beyond what `dense_shape` says.

    Source: TensorFlow 1.15 `tf.SparseTensor`.
    """

    def __init__(self, indices: TensorLike, values: TensorLike, dense_shape: TensorLike) -> None:
        """Makes a sparse tensor.

        Args:
          indices: anything that converts to an int64 matrix.
          values: anything that converts to a vector.
          dense_shape: anything that converts to an int64 vector.

        Raises:
          ValueError: the three do not fit together.
        """
        with name_scope(None, "SparseTensor", [indices, values, dense_shape]):
            self._indices = convert_to_tensor(indices, dtypes.int64, name="indices")
            self._values = convert_to_tensor(values, name="values")
            self._dense_shape = convert_to_tensor(dense_shape, dtypes.int64, name="dense_shape")
        self.known_dims: Dims = None
        index_shape = self._indices.shape.with_rank(2)
        value_shape = self._values.shape.with_rank(1)
        shape_shape = self._dense_shape.shape.with_rank(1)
        index_shape[0].merge_with(value_shape[0])
        index_shape[1].merge_with(shape_shape[0])

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """Makes a SparseTensor of a SparseTensorValue; a SparseTensor stays itself.

        Raises:
          TypeError: it is neither.
        """
        if isinstance(sparse_tensor_value, SparseTensor):
            return sparse_tensor_value
        if not isinstance(sparse_tensor_value, SparseTensorValue):
            raise TypeError(f"Neither a SparseTensor nor SparseTensorValue: {sparse_tensor_value}.")
        return cls(*sparse_tensor_value)

    @property
    def indices(self) -> Tensor:
        """Where each element is."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The elements."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """The shape of the dense tensor."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """What is statically known of the dense tensor's shape."""
        return TensorShape(merge_dims(self.known_dims, constant_value_as_shape(self._dense_shape)))

    def get_shape(self) -> TensorShape:
        """What is statically known of the dense tensor's shape."""
        return self.shape

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._values.dtype

    @property
    def op(self) -> Operation:
        """The operation that produces `values`."""
        return self._values.op

    @property
    def graph(self) -> Graph:
        """The graph of the three tensors."""
        return self._indices.graph

    def consumers(self) -> list[Operation]:
        """The operations that read one of the three tensors."""
        tensors = (self._indices, self._values, self._dense_shape)
        return list(dict.fromkeys(op for tensor in tensors for op in tensor.consumers()))

    def __str__(self) -> str:
        return (
            f"SparseTensor(indices={self._indices}, values={self._values}, "
            f"dense_shape={self._dense_shape})"
        )

    def eval(self, feed_dict: Any = None, session: Runs | None = None) -> Any:
        """Computes this sparse tensor in `session`, or in the default session.

        Returns:
          a SparseTensorValue.

        Raises:
          ValueError: there is no session, or it runs another graph.
        """
        tensors = [self._indices, self._values, self._dense_shape]
        found = session_for_eval(self.graph, session).run(tensors, feed_dict)
        return SparseTensorValue(*found)

    if TYPE_CHECKING:
        # Installed by tfsession.ops.sparse.
        def __mul__(self, y: Any) -> SparseTensor: ...
        def __truediv__(self, y: Any) -> SparseTensor: ...


def convert_to_tensor_or_sparse_tensor(
    value: TensorLike, dtype: DTypeLike | None = None, name: str | None = None
) -> Any:
    """Returns a SparseTensor where `value` is one or a SparseTensorValue, otherwise a Tensor.

    Args:
      value: a SparseTensor, a SparseTensorValue, or anything that converts to a Tensor.
      dtype: the dtype the result must have.
      name: a name for the constant that is made, if one is.

    Raises:
      RuntimeError: a sparse value has another dtype.
    """
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    if isinstance(value, SparseTensor):
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise RuntimeError(
                f"Sparse dtype: requested = {dtypes.as_dtype(dtype).name}, "
                f"actual = {value.dtype.name}"
            )
        return value
    return convert_to_tensor(value, dtype, name)


def parts_of_slices(slices: IndexedSlices) -> list[Tensor]:
    """The tensors that slices are: values, indices and, where it is known, the dense shape."""
    parts = [slices.values, slices.indices]
    return parts if slices.dense_shape is None else [*parts, slices.dense_shape]


def is_sparse(value: Any) -> bool:
    """Whether `value` is a SparseTensor or a SparseTensorValue."""
    return isinstance(value, (SparseTensor, SparseTensorValue))
