"""Kernels of the products that sum over axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession.dtypes import DType
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from . import threads
from .math import HALVES

Array = Any

# ---- MatMul ----


def _shape_text(x: Array) -> str:
    return f"[{','.join(str(size) for size in x.shape)}]"


def _product(dtype: np.dtype, multiply: Callable[..., Array]) -> Callable[..., Array]:
    """`multiply`, by way of float32 for 16-bit floats, which BLAS does not know."""
    if dtype not in HALVES:
        return multiply

    def compute(a: Array, b: Array, out: Array | None = None) -> Array:
        product = multiply(a.astype(np.float32), b.astype(np.float32))
        if out is None:
            return product.astype(dtype)
        out[...] = product
        return out

    return compute


def _check_matrices(a: Array, b: Array, transpose_a: bool, transpose_b: bool) -> None:
    for index, x in enumerate((a, b)):
        if x.ndim != 2:
            raise InvalidArgumentError.of(f"In[{index}] is not a matrix")
    if a.shape[0 if transpose_a else 1] != b.shape[1 if transpose_b else 0]:
        raise InvalidArgumentError.of(
            f"Matrix size-incompatible: In[0]: {_shape_text(a)}, In[1]: {_shape_text(b)}",
        )


@kernel("MatMul", is_maker=True, uses_blas=True)
def matmul(xp: Any, T: DType, transpose_a: bool, transpose_b: bool) -> Callable[..., Array]:
    """The product of two matrices; BLAS takes transposed views as they are."""
    multiply = _product(T.numpy, threads.multiply if xp is np else xp.dot)

    def compute(a: Array, b: Array, out: Array | None = None) -> Array:
        if a.ndim + b.ndim != 4:
            _check_matrices(a, b, transpose_a, transpose_b)
        try:
            return multiply(a.T if transpose_a else a, b.T if transpose_b else b, out)
        except ValueError:
            _check_matrices(a, b, transpose_a, transpose_b)
            raise

    return compute


def _has_blas(device: Any, T: DType) -> bool:
    """Whether cuBLAS takes the product: a simulated GPU has none, and it knows no integers."""
    return getattr(device, "blas", None) is not None and not T.is_integer


@kernel("MatMul", device="GPU", is_maker=True)
def matmul_on_gpu(
    device: Any, T: DType, transpose_a: bool, transpose_b: bool
) -> Callable[..., Array]:
    """The product of two matrices, by a binding of cuBLAS that CUDA graphs can capture."""
    if not _has_blas(device, T):
        product: Callable[..., Array] = matmul(device.xp, T, transpose_a, transpose_b)
        return product

    def compute(a: Array, b: Array, out: Array | None = None) -> Array:
        _check_matrices(a, b, transpose_a, transpose_b)
        if out is a or out is b:
            out[...] = device.blas.gemm(a, b, None, transpose_a, transpose_b)
            return out
        return device.blas.gemm(a, b, out, transpose_a, transpose_b)

    return compute


# ---- BatchMatMul ----


@kernel("BatchMatMul", "BatchMatMulV2", is_maker=True, uses_blas=True)
def batch_matmul(xp: Any, T: DType, adj_x: bool, adj_y: bool) -> Callable[..., Array]:
    """The products of the matrices in the last two axes."""
    multiply = _product(T.numpy, lambda x, y, out=None: xp.matmul(x, y, out=out))

    def adjoint(x: Array) -> Array:
        swapped = x.swapaxes(-1, -2)
        return swapped.conj() if T.is_complex else swapped

    def compute(x: Array, y: Array, out: Array | None = None) -> Array:
        for index, value in enumerate((x, y)):
            if value.ndim < 2:
                raise InvalidArgumentError.of(f"In[{index}] ndims must be >= 2: {value.ndim}")
        try:
            return multiply(adjoint(x) if adj_x else x, adjoint(y) if adj_y else y, out)
        except ValueError:
            inner = x.shape[-2 if adj_x else -1], y.shape[-1 if adj_y else -2]
            if inner[0] != inner[1]:
                what = "In[0] mismatch In[1] shape:"
                raise InvalidArgumentError.of(
                    f"{what} {inner[0]} vs. {inner[1]}: {_shape_text(x)} {_shape_text(y)} "
                    f"{int(adj_x)} {int(adj_y)}",
                ) from None
            raise InvalidArgumentError.of(
                "In[0] and In[1] must have compatible batch dimensions: "
                f"{_shape_text(x)} vs. {_shape_text(y)}",
            ) from None

    return compute


def _merged_batch(xp: Any, x: Array, batch: tuple[int, ...]) -> Array:
    """`x` with its batch axes as one, of size 1 where the matrix serves the whole batch."""
    leading = x.shape[:-2]
    if math.prod(leading) == 1:
        return x.reshape(1, *x.shape[-2:])
    if leading != batch:
        x = xp.broadcast_to(x, (*batch, *x.shape[-2:]))
    return x.reshape(math.prod(batch), *x.shape[-2:])


@kernel("BatchMatMul", "BatchMatMulV2", device="GPU", is_maker=True)
def batch_matmul_on_gpu(device: Any, T: DType, adj_x: bool, adj_y: bool) -> Callable[..., Array]:
    """The products of the matrices in the last two axes, by the same binding of cuBLAS."""
    on_arrays = batch_matmul(device.xp, T, adj_x, adj_y)
    if not _has_blas(device, T):
        return on_arrays
    xp = device.xp

    def compute(x: Array, y: Array, out: Array | None = None) -> Array:
        try:
            batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        except ValueError:
            batch = None
        is_fit = x.ndim > 1 and y.ndim > 1
        is_fit = is_fit and x.shape[-2 if adj_x else -1] == y.shape[-1 if adj_y else -2]
        if batch is None or not is_fit:
            # It reports what does not fit.
            return on_arrays(x, y, out)
        # cuBLAS transposes by itself but here does not conjugate.
        left = x.conj() if adj_x and T.is_complex else x
        right = y.conj() if adj_y and T.is_complex else y
        rows, columns = x.shape[-1 if adj_x else -2], y.shape[-2 if adj_y else -1]
        target = None
        if out is not None and out is not x and out is not y and out.flags.c_contiguous:
            target = out.reshape(math.prod(batch), rows, columns)
        left, right = _merged_batch(xp, left, batch), _merged_batch(xp, right, batch)
        product = device.blas.batched_gemm(left, right, target, adj_x, adj_y)
        if target is not None:
            return out
        result = product.reshape(*batch, rows, columns)
        if out is None:
            return result
        out[...] = result
        return out

    return compute


# ---- _SumOfProducts ----


@kernel("_SumOfProducts", uses_blas=True)
def sum_of_products(xp: Any, *matrices: Array) -> Array:
    """The sum of ``a[i].T @ b[i]``, as one product of the matrices on top of each other."""
    half = len(matrices) // 2
    a, b = xp.concatenate(matrices[:half]), xp.concatenate(matrices[half:])
    return threads.multiply(a.T, b) if xp is np else a.T @ b


# ---- Cross ----


@kernel("Cross")
def cross(xp: Any, a: Array, b: Array) -> Array:
    """The cross products of vectors in the last axis."""
    product = xp.empty(a.shape, a.dtype)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        product[..., i] = a[..., j] * b[..., k] - a[..., k] * b[..., j]
    return product
