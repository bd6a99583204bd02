"""A matrix product with variables of the current scope, as older cells make it."""

from __future__ import annotations

from typing import Any

from tfsession import nest
from tfsession.dtypes import int32
from tfsession.ops.array import concat, constant
from tfsession.ops.contraction import matmul
from tfsession.ops.initializers import constant_initializer
from tfsession.ops.nn import bias_add
from tfsession.variables.scope import get_variable, get_variable_scope, variable_scope

# The names of a cell's variables.
KERNEL = "kernel"
BIAS = "bias"


class Linear:
    """``concat(arguments) * kernel + bias``, of variables in the scope that it is made in.

    Args:
      arguments: a tensor of shape [batch, n], or a list of such tensors; only their shapes count.
      output_size: the width of the result.
      has_bias: whether a bias is added.
      bias_initializer: zeros when None.
      kernel_initializer: the scope's when None.

    Raises:
      ValueError: there are no arguments, or one is no matrix of a known width.
    """

    def __init__(
        self,
        arguments: Any,
        output_size: int,
        has_bias: bool,
        bias_initializer: Any = None,
        kernel_initializer: Any = None,
    ) -> None:
        if arguments is None or (nest.is_sequence(arguments) and not arguments):
            raise ValueError("`args` must be specified")
        arguments = arguments if nest.is_sequence(arguments) else [arguments]
        width = sum(_width(tensor) for tensor in arguments)
        dtype = next(tensor.dtype for tensor in arguments)
        scope = get_variable_scope()
        self._bias: Any = None
        with variable_scope(scope) as outer:
            self._kernel = get_variable(
                KERNEL, [width, output_size], dtype=dtype, initializer=kernel_initializer
            )
            if has_bias:
                with variable_scope(outer) as inner:
                    inner.set_partitioner(None)
                    if bias_initializer is None:
                        bias_initializer = constant_initializer(0.0, dtype=dtype)
                    self._bias = get_variable(
                        BIAS, [output_size], dtype=dtype, initializer=bias_initializer
                    )

    def __call__(self, arguments: Any) -> Any:
        """The product for arguments of the widths that it was made for."""
        if not nest.is_sequence(arguments):
            product = matmul(arguments, self._kernel)
        elif len(arguments) == 1:
            product = matmul(arguments[0], self._kernel)
        else:
            product = matmul(concat(arguments, constant(1, dtype=int32)), self._kernel)
        return product if self._bias is None else bias_add(product, self._bias)


def linear(arguments: Any, output_size: int, has_bias: bool, **initializers: Any) -> Any:
    """The result of a `Linear` that is used once."""
    return Linear(arguments, output_size, has_bias, **initializers)(arguments)


def _width(tensor: Any) -> int:
    shape = tensor.get_shape()
    if shape.ndims != 2:
        raise ValueError(f"linear is expecting 2D arguments: {[shape]}")
    if shape[1].value is None:
        raise ValueError(
            f"linear expects shape[1] to be provided for shape {shape}, but saw {shape[1]}"
        )
    width: int = shape[1].value
    return width
