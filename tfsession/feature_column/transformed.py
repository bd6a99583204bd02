"""Features of a batch, raw and transformed, each made once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfsession.dtypes import int64, string
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import SparseTensor, convert_to_tensor_or_sparse_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import expand_dims, rank as rank_of, shape
from tfsession.ops.control_flow import cond
from tfsession.ops.indexing import gather_nd, where
from tfsession.ops.math import equal, not_equal
from tfsession.ops.sparse import sparse_reshape

__all__ = ["Transformed", "to_sparse"]


class Transformed:
    """The features of a batch by their names, and what columns make of them."""

    def __init__(self, features: Mapping[str, Any]) -> None:
        self._features = dict(features)
        self._made: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        """A feature by its name, or what a column makes of its features.

        Raises:
          ValueError: there is no such feature, or it is a scalar.
        """
        # Columns of two classes may have the same fields.
        place = type(key), key
        if place not in self._made:
            is_raw = isinstance(key, str)
            self._made[place] = self._raw(key) if is_raw else key.transformed(self)
        return self._made[place]

    def _raw(self, key: str) -> Any:
        if key not in self._features:
            raise ValueError(f"Feature {key} is not in features dictionary.")
        tensor = convert_to_tensor_or_sparse_tensor(self._features[key])
        rank = tensor.get_shape().ndims
        if rank is None:
            if isinstance(tensor, SparseTensor):
                raise ValueError(f"Undefined input_tensor shape: {tensor}")
            return cond(equal(1, rank_of(tensor)), lambda: expand_dims(tensor, -1), lambda: tensor)
        if rank == 0:
            raise ValueError(f"Feature (key: {key}) cannot have rank 0. Given: {tensor}")
        return tensor if rank > 1 else _as_column(tensor)


def _as_column(tensor: Any) -> Any:
    """[batch, 1] of [batch]."""
    if isinstance(tensor, SparseTensor):
        return sparse_reshape(tensor, [shape(tensor, out_type=int64)[0], 1])
    return expand_dims(tensor, -1)


def to_sparse(tensor: Any, ignored: Any = None) -> SparseTensor:
    """A SparseTensor of what is not to be left out.

    Args:
      tensor: a Tensor or SparseTensor; the latter is handed on.
      ignored: is left out; by default "" and -1.
    """
    tensor = convert_to_tensor_or_sparse_tensor(tensor)
    if isinstance(tensor, SparseTensor):
        return tensor
    with name_scope("to_sparse_input"):
        if ignored is None:
            ignored = "" if tensor.dtype is string else -1
        indices = where(not_equal(tensor, convert_to_tensor(ignored, tensor.dtype)), name="indices")
        dense: Tensor = tensor
        return SparseTensor(
            indices,
            gather_nd(dense, indices, name="values"),
            shape(dense, out_type=int64, name="dense_shape"),
        )
