"""Records of tfsession/ops/contraction.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.math import ALL_FLOATS, COMPLEX, raw, within
from tests.cases.record import FLOATS, INTS, WIDE_FLOATS, Case, normal


def _matmul(**attributes: Any) -> Callable[..., Any]:
    return lambda tf, a, b: tf.matmul(a, b, **attributes)


CASES = [
    Case("MatMul", "", _matmul(), normal((3, 4), (4, 5)), dtypes=(*ALL_FLOATS, *INTS)),
    Case(
        "MatMul",
        "transpose_a",
        _matmul(transpose_a=True),
        normal((4, 3), (4, 5)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "MatMul",
        "transpose_b",
        _matmul(transpose_b=True),
        normal((3, 4), (5, 4)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "MatMul",
        "transpose_both",
        _matmul(transpose_a=True, transpose_b=True),
        normal((4, 3), (5, 4)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "MatMul", "adjoint", _matmul(adjoint_a=True), within(-1, 1, (4, 3), (4, 5)), dtypes=COMPLEX
    ),
    Case("MatMul", "empty", _matmul(), normal((3, 0), (0, 5)), dtypes=WIDE_FLOATS),
    Case("MatMul", "operator", lambda tf, a, b: a @ b, normal((2, 3), (3, 2))),
    Case(
        "BatchMatMul",
        "",
        raw("BatchMatMul", "x", "y"),
        normal((2, 3, 4), (2, 4, 5)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "BatchMatMul",
        "adjoint",
        raw("BatchMatMul", "x", "y", adj_x=True, adj_y=True),
        normal((2, 4, 3), (2, 5, 4)),
        dtypes=WIDE_FLOATS,
    ),
    Case("BatchMatMulV2", "", _matmul(), normal((2, 3, 4), (2, 4, 5)), dtypes=(*ALL_FLOATS, *INTS)),
    Case("BatchMatMulV2", "broadcast", _matmul(), normal((2, 1, 3, 4), (6, 4, 5))),
    Case("BatchMatMulV2", "matrix", _matmul(), normal((2, 3, 4), (4, 5))),
    Case("BatchMatMulV2", "transpose_a", _matmul(transpose_a=True), normal((2, 4, 3), (2, 4, 5))),
    Case("BatchMatMulV2", "transpose_b", _matmul(transpose_b=True), normal((2, 3, 4), (2, 5, 4))),
    Case(
        "BatchMatMulV2",
        "adjoint",
        _matmul(adjoint_a=True, adjoint_b=True),
        within(-1, 1, (2, 4, 3), (2, 5, 4)),
        dtypes=COMPLEX,
    ),
    Case("Sum", "trace", lambda tf, x: tf.trace(x), normal((2, 3, 3))),
    Case(
        "Cross",
        "",
        lambda tf, a, b: tf.cross(a, b),
        normal((4, 3), (4, 3)),
        dtypes=(*FLOATS, *INTS),
    ),
]
CASES += [
    Case(
        "MatMul",
        f"tensordot_{variant}",
        lambda tf, a, b, axes=axes: tf.tensordot(a, b, axes),
        normal(*shapes),
        unknown=False,
    )
    for variant, axes, shapes in (
        ("one", 1, ((2, 3, 4), (4, 5))),
        ("two", 2, ((2, 3, 4), (3, 4, 5))),
        ("none", 0, ((2,), (3,))),
        ("lists", [[0, 2], [1, 0]], ((4, 2, 3), (3, 4, 5))),
    )
]
CASES += [
    Case(
        "BatchMatMulV2",
        f"einsum{number}",
        lambda tf, *x, equation=equation: tf.einsum(equation, *x),
        normal(*shapes),
        expected=lambda *x, equation=equation: np.einsum(equation, *x),
        golden=False,
        unknown=False,
    )
    for number, (equation, shapes) in enumerate(
        (
            ("ij,jk->ik", ((2, 3), (3, 4))),
            ("ij,jk", ((2, 3), (3, 4))),
            ("bij,bjk->bik", ((2, 3, 4), (2, 4, 5))),
            ("ij->ji", ((2, 3),)),
            ("ijk->j", ((2, 3, 4),)),
            ("i,j->ij", ((2,), (3,))),
            ("bhqd,bhkd->bhqk", ((2, 2, 3, 4), (2, 2, 5, 4))),
            ("ij,j,jk->ki", ((2, 3), (3,), (3, 4))),
            ("ii->i", ((3, 3),)),
            ("...ij,...jk->...ik", ((2, 3, 4), (2, 4, 5))),
            ("ij,ij->", ((2, 3), (2, 3))),
        )
    )
] + [
    Case(
        "_SumOfProducts",
        "",
        lambda tf, a, b, c, d: tf.raw_ops._SumOfProducts(a=[a, b], b=[c, d], name="sum"),
        normal((3, 4), (5, 4), (3, 2), (5, 2)),
        dtypes=WIDE_FLOATS,
        expected=lambda a, b, c, d: a.T @ c + b.T @ d,
        gradient=False,
        golden=False,
        unknown=False,
    )
]
