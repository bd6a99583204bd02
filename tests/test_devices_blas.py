"""The mapping of row-major products to a column-major GEMM, tried on an emulated one."""

from __future__ import annotations

import itertools
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from tfsession.devices import blas
from tfsession.devices.blas import GemmCall, Layout, column_major_call, layout, product_shape


def column_major(memory: Any, rows: int, columns: int, leading: int) -> Any:
    """Returns the matrix that BLAS sees at the start of `memory`."""
    assert leading >= max(1, rows)
    return as_strided(memory, (rows, columns), (memory.itemsize, leading * memory.itemsize))


def emulated_gemm(call: GemmCall, first: Any, second: Any, out: Any) -> None:
    """Does what cublasGemmEx does, on arrays as their memory."""
    shape = (call.inner, call.rows) if call.transpose_first else (call.rows, call.inner)
    a = column_major(first, *shape, call.leading_first)
    shape = (call.columns, call.inner) if call.transpose_second else (call.inner, call.columns)
    b = column_major(second, *shape, call.leading_second)
    c = column_major(out, call.rows, call.columns, call.leading_out)
    c[...] = (a.T if call.transpose_first else a) @ (b.T if call.transpose_second else b)


def stored(shape: tuple[int, int], form: str) -> Any:
    """Returns a matrix of `shape` in one of the forms that views have."""
    rows, columns = shape
    values = np.arange(1.0, rows * columns + 1).reshape(shape) % 7
    if form == "columns":
        return np.asfortranarray(values)
    if form == "slice":
        wide = np.full((rows, columns + 3), np.nan)
        wide[:, :columns] = values
        return wide[:, :columns]
    if form == "slice of columns":
        return stored((columns, rows), "slice").T
    return values


FORMS = ["rows", "columns", "slice", "slice of columns"]


@pytest.mark.parametrize("sizes", [(2, 3, 4), (1, 3, 4), (2, 1, 4), (2, 3, 1), (1, 1, 1)])
@pytest.mark.parametrize(("form_a", "form_b"), list(itertools.product(FORMS, FORMS)))
@pytest.mark.parametrize(
    ("transpose_a", "transpose_b"), list(itertools.product([False, True], repeat=2))
)
def test_product_of_row_major_matrices(
    sizes: tuple[int, int, int], form_a: str, form_b: str, transpose_a: bool, transpose_b: bool
) -> None:
    rows, columns, inner = sizes
    a = stored((inner, rows) if transpose_a else (rows, inner), form_a)
    b = stored((columns, inner) if transpose_b else (inner, columns), form_b)
    assert product_shape(a.shape, b.shape, transpose_a, transpose_b) == sizes
    layout_a = layout(a.shape, a.strides, a.itemsize)
    layout_b = layout(b.shape, b.strides, b.itemsize)
    assert layout_a is not None
    assert layout_b is not None
    call = column_major_call(
        rows, columns, inner, layout_a, layout_b, columns, transpose_a, transpose_b
    )
    out = np.zeros((rows, columns))
    emulated_gemm(call, b, a, out)
    expected = (a.T if transpose_a else a) @ (b.T if transpose_b else b)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.zeros((2, 3)), Layout(False, 3)),
        (np.zeros((2, 3)).T, Layout(True, 3)),
        (np.zeros((4, 6))[::2, :3], Layout(False, 12)),
        (np.zeros((4, 6))[:, ::2], None),
        (np.zeros((4, 6))[::-1], None),
        (np.broadcast_to(np.zeros(3), (2, 3)), None),
        (np.zeros((1, 3)), Layout(False, 3)),
        (np.zeros((3, 1)), Layout(False, 1)),
        (np.zeros((3, 4))[:, :1], Layout(False, 4)),
        (np.zeros((3, 4))[:, :1].T, Layout(True, 4)),
        (np.zeros((2, 0)), None),
    ],
)
def test_layout(array: Any, expected: Layout | None) -> None:
    found = layout(array.shape, array.strides, array.itemsize)
    if array.size:
        assert found == expected


def test_a_stride_between_elements_needs_a_copy() -> None:
    field = np.zeros((2, 3), [("x", "f4"), ("y", "f2")])["x"]
    assert layout(field.shape, field.strides, field.itemsize) is None


def test_inner_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match="inner sizes 3 and 2; want the same"):
        product_shape((2, 3), (2, 3), False, False)
    assert product_shape((2, 3), (2, 3), True, False) == (3, 3, 2)
    assert product_shape((2, 3), (2, 3), False, True) == (2, 2, 3)


def test_tables_agree_with_each_other() -> None:
    gemm = blas._SIGNATURES["cublasGemmEx_64"]
    batched = blas._SIGNATURES["cublasGemmStridedBatchedEx_64"]
    assert (len(gemm), len(batched)) == (19, 23)
    assert set(blas._TYPES) == {
        *("float16", "bfloat16", "float32", "float64"),
        *("complex64", "complex128"),
    }


@pytest.mark.parametrize(
    ("found", "is_taken"),
    [("libcublas.so.12", True), ("libcublas.so.12.9.1", True), ("libcublas.so.13", False)],
)
def test_the_library_is_of_cupys_cuda_version(
    monkeypatch: pytest.MonkeyPatch, found: str, is_taken: bool
) -> None:
    loaded = SimpleNamespace(abs_path=f"/opt/{found}")
    finder = SimpleNamespace(load_nvidia_dynamic_lib=lambda name: loaded)
    monkeypatch.setitem(sys.modules, "cuda.pathfinder", finder)
    monkeypatch.setitem(sys.modules, "cuda", SimpleNamespace(pathfinder=finder))
    candidates = blas._candidates(12)
    assert (f"/opt/{found}" in candidates) == is_taken
    assert candidates[-1] == "libcublas.so.12"
