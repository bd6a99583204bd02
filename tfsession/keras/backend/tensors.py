"""Tensors and variables: how they are made, what they are, and how they change."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.dtypes import as_dtype
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import SparseTensor, is_sparse
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.layers.sessions import track_variable
from tfsession.layers.settings import floatx
from tfsession.ops import array, decomposition, initializers, sparse, state
from tfsession.train.moving_averages import assign_moving_average
from tfsession.variables.variable import Variable

__all__ = [
    "constant",
    "count_params",
    "dtype",
    "eye",
    "int_shape",
    "is_keras_tensor",
    "is_placeholder",
    "is_sparse",
    "moving_average_update",
    "ndim",
    "ones",
    "ones_like",
    "placeholder",
    "print_tensor",
    "random_normal_variable",
    "random_uniform_variable",
    "shape",
    "to_dense",
    "track_variable",
    "update",
    "update_add",
    "update_sub",
    "variable",
    "zeros",
    "zeros_like",
]


def is_keras_tensor(x: Any) -> bool:
    """Whether a tensor is the result of a layer of Keras, or an input of one.

    Raises:
      ValueError: it is no tensor.
    """
    if not isinstance(x, (Tensor, Variable, SparseTensor)):
        raise ValueError(
            f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor "
            "instance."
        )
    return hasattr(x, "_keras_history")


def is_placeholder(x: Any) -> bool:
    """Whether a tensor is a placeholder."""
    op = getattr(x, "op", None)
    return op is not None and op.type in ("Placeholder", "PlaceholderWithDefault")


def to_dense(tensor: Any) -> Any:
    """A sparse tensor as a dense one; others as they are."""
    return sparse.sparse_tensor_to_dense(tensor) if is_sparse(tensor) else tensor


# ---- Variables ----


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """A variable with an initial value.

    Args:
      value: an array, a tensor, or a sparse matrix of SciPy, which gives a SparseTensor.
      dtype: its DType; `floatx` when None.
      name: its name.
      constraint: maps the value to the one kept after an optimizer's update.
    """
    dtype = dtype or floatx()
    if hasattr(value, "tocoo"):
        coo = value.tocoo()
        indices = np.stack([coo.row, coo.col], axis=1)
        return SparseTensor(indices.astype(np.int64), coo.data, coo.shape)
    made = Variable(
        value, dtype=as_dtype(dtype), name=name, constraint=constraint, use_resource=True
    )
    if isinstance(value, np.ndarray):
        made._keras_shape = value.shape  # type: ignore[attr-defined]
    track_variable(made)
    return made


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """A constant; its DType is `floatx` when None."""
    return array.constant(value, dtype or floatx(), shape=shape, name=name or "Const")


def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
    ragged: bool = False,
) -> Any:
    """A placeholder.

    Args:
      shape: its shape, None where any size will do.
      ndim: its rank, where there is no shape.
      dtype: its DType; `floatx` when None.
      sparse: whether it is sparse.
      name: its name.
      ragged: not possible.

    Raises:
      ValueError: it is to be sparse and ragged.
      NotImplementedError: it is to be ragged.
    """
    if sparse and ragged:
        raise ValueError("Cannot set both sparse and ragged to True when creating a placeholder.")
    if ragged:
        raise NotImplementedError("placeholder: ragged=True; there are no ragged tensors here")
    if shape is None and ndim:
        shape = (None,) * ndim
    make = array.sparse_placeholder if sparse else array.placeholder
    return make(dtype or floatx(), shape=shape, name=name)


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of zeros; a tensor where not all of the shape is known."""
    return _filled(array.zeros, shape, dtype, name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of ones; a tensor where not all of the shape is known."""
    return _filled(array.ones, shape, dtype, name)


def eye(size: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of the identity matrix."""
    dtype = as_dtype(dtype or floatx())
    return variable(decomposition.eye(size, dtype=dtype), dtype, name)


def _filled(make: Any, shape: Any, dtype: Any, name: str | None) -> Any:
    dtype = as_dtype(dtype or floatx())
    with scopes.init_scope():
        made = make(shape=shape, dtype=dtype, name=name)
        if made.shape.is_fully_defined():
            return variable(made, dtype, name)
    return made


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Zeros of the shape of another tensor."""
    return array.zeros_like(x, dtype=dtype, name=name)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Ones of the shape of another tensor."""
    return array.ones_like(x, dtype=dtype, name=name)


def random_uniform_variable(
    shape: Any, low: Any, high: Any, dtype: Any = None, name: str | None = None, seed: Any = None
) -> Any:
    """A variable of uniform values from `low` to `high`."""
    return _random(initializers.random_uniform_initializer, shape, low, high, dtype, name, seed)


def random_normal_variable(
    shape: Any, mean: Any, scale: Any, dtype: Any = None, name: str | None = None, seed: Any = None
) -> Any:
    """A variable of normal values of a mean and a deviation."""
    return _random(initializers.random_normal_initializer, shape, mean, scale, dtype, name, seed)


def _random(
    make: Any, shape: Any, first: Any, second: Any, dtype: Any, name: str | None, seed: Any
) -> Any:
    dtype = as_dtype(dtype or floatx())
    # Keras draws the seed of a variable from NumPy, so that np.random.seed is enough.
    seed = np.random.randint(10**9) if seed is None else seed
    value = make(first, second, dtype=dtype, seed=seed)(shape)
    return variable(value, dtype=dtype, name=name)


# ---- What they are ----


def shape(x: Any) -> Any:
    """The shape, as a tensor."""
    return array.shape(x)


def int_shape(x: Any) -> Any:
    """The shape as a tuple, None where a size is not known; None where the rank is not."""
    dims = x.shape
    if not isinstance(dims, tuple):
        dims = None if dims.ndims is None else tuple(dims.as_list())
    return dims


def ndim(x: Any) -> int | None:
    """The rank; None where it is not known."""
    rank: int | None = x.shape.ndims
    return rank


def dtype(x: Any) -> str:
    """The name of the DType."""
    name: str = as_dtype(x.dtype).base_dtype.name
    return name


def count_params(x: Any) -> int:
    """The number of elements."""
    return int(np.prod(x.shape.as_list()))


# ---- Updates ----


def update(x: Any, new_x: Any) -> Any:
    """The operation that gives a variable a new value."""
    return state.assign(x, new_x)


def update_add(x: Any, increment: Any) -> Any:
    """The operation that adds to a variable."""
    return state.assign_add(x, increment)


def update_sub(x: Any, decrement: Any) -> Any:
    """The operation that subtracts from a variable."""
    return state.assign_sub(x, decrement)


def moving_average_update(x: Any, value: Any, momentum: Any) -> Any:
    """The operation that moves an average towards a value, without a correction of its start."""
    with name_scope("AssignMovingAvg", values=[x, value, momentum]):
        return assign_moving_average(x, value, momentum, zero_debias=True)


def print_tensor(x: Any, message: str = "") -> Any:
    """A tensor that prints itself, behind a message, when it is computed."""
    from tfsession.ops.printing import print as print_operation

    with scopes.control_dependencies([print_operation(message, x)]):
        return array.identity(convert_to_tensor(x))
