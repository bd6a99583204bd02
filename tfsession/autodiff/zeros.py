"""Zeros that stand for the gradient of what nothing depends on."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.ops import array

# Numbers that have a gradient; integers, strings and booleans end it.
TRAINABLE = frozenset(
    {
        dtypes.float16,
        dtypes.float32,
        dtypes.float64,
        dtypes.bfloat16,
        dtypes.complex64,
        dtypes.complex128,
    }
)

# What gradients pass through: these, and handles of what holds them.
DIFFERENTIABLE = TRAINABLE | {dtypes.resource, dtypes.variant}


def zeros_like_output(y: Tensor) -> Tensor | None:
    """The gradient of an output that nothing depends on; None where it is no number."""
    if y.dtype.base_dtype not in DIFFERENTIABLE or y.dtype is dtypes.variant:
        return None
    if y.dtype is dtypes.resource:
        return _zeros_of_resource(y)
    result: Tensor = build("ZerosLike", y, name="zeros_like")
    return result


def _zeros_of_resource(handle: Tensor) -> Tensor | None:
    dtype = handle.op.attrs.get("dtype")
    if not isinstance(dtype, DType):
        return None
    zero = convert_to_tensor(np.zeros((), dtype.numpy), name="zeros/Const")
    result: Tensor = build("Fill", build("VariableShape", handle), zero, name="zeros")
    return result


def zeros_of_result(x: Any) -> Any:
    if x.dtype is dtypes.resource:
        return _zeros_of_resource(x)
    return array.zeros_like(x)
