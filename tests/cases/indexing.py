"""Records of tfsession.ops.indexing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.array import EVERY, anything, given, int32, texts, with_fixed
from tests.cases.record import NUMBERS, Case, normal

# Index expressions on [5, 4, 3], as users write them; `tf.newaxis` is None.
INDICES: dict[str, Any] = {
    "int": 1,
    "negative-int": -1,
    "ints": (1, -2),
    "all-ints": (1, 2, 0),
    "slice": slice(1, 4),
    "open-start": slice(None, 2),
    "open-end": slice(3, None),
    "whole": slice(None),
    "negative-bounds": slice(-4, -1),
    "beyond-the-end": slice(2, 100),
    "before-the-start": slice(-100, 2),
    "empty": slice(3, 1),
    "step": slice(None, None, 2),
    "step-offset": slice(1, 5, 3),
    "backwards": slice(None, None, -1),
    "backwards-bounds": slice(4, 1, -2),
    "backwards-from-outside": slice(100, None, -3),
    "backwards-to-outside": slice(2, -100, -1),
    "backwards-empty": slice(1, 3, -1),
    "two-slices": (slice(1, 3), slice(0, 2)),
    "middle-int": (slice(None), 2),
    "int-then-slice": (2, slice(1, None)),
    "ellipsis": Ellipsis,
    "ellipsis-first": (Ellipsis, 1),
    "ellipsis-last": (1, Ellipsis),
    "ellipsis-middle": (0, Ellipsis, slice(1, None)),
    "ellipsis-covers-nothing": (0, 1, Ellipsis, 2),
    "newaxis": None,
    "newaxis-first": (None, 1),
    "newaxis-last": (Ellipsis, None),
    "newaxis-middle": (slice(None), None, 2),
    "newaxes": (None, slice(1, 3), None, None, 0),
    "everything": (slice(3, None, -2), None, Ellipsis, slice(None, -1), None),
    "numpy-int": np.int64(2),
}


def block(begin: list[int], size: list[int]) -> Callable[[np.ndarray], np.ndarray]:
    """The expected value of a slice."""
    ends = [None if n < 0 else b + n for b, n in zip(begin, size, strict=True)]
    return lambda x: x[tuple(map(slice, begin, ends))]


CASES = [
    # ---- Slice ----
    Case(
        "Slice",
        "",
        lambda tf, x: tf.slice(x, [1, 0], [2, -1]),
        anything((4, 3)),
        EVERY,
        block([1, 0], [2, -1]),
    ),
    Case("Slice", "empty", lambda tf, x: tf.slice(x, [4, 0], [0, 3]), normal((4, 3))),
    Case("Slice", "text", lambda tf, x: tf.slice(x, [1], [2]), texts((4,))),
    Case(
        "Slice",
        "fed",
        lambda tf, x, b, s: tf.slice(x, b, s),
        with_fixed(normal((4, 3)), int32(1, 1), int32(-1, 2)),
    ),
    # ---- StridedSlice ----
    *(
        Case(
            "StridedSlice",
            variant,
            lambda tf, x, index=index: x[index],
            normal((5, 4, 3)),
            expected=lambda x, index=index: x[index],
        )
        for variant, index in INDICES.items()
    ),
    Case(
        "StridedSlice",
        "dtypes",
        lambda tf, x: x[1:, ::-1, None],
        anything((3, 4)),
        EVERY,
        lambda x: x[1:, ::-1, None],
    ),
    Case("StridedSlice", "text", lambda tf, x: [x[0], x[1:], x[..., -1]], texts((3,))),
    Case(
        "StridedSlice",
        "tensor-index",
        lambda tf, x, i: x[i],
        with_fixed(normal((4, 3)), np.int32(2)),
        expected=lambda x, i: x[i],
    ),
    Case(
        "StridedSlice",
        "tensor-index-mixed",
        lambda tf, x, i, j: x[i:, 1, ..., j],
        with_fixed(normal((4, 3, 2)), np.int32(-2), np.int32(1)),
        expected=lambda x, i, j: x[i:, 1, ..., j],
    ),
    Case(
        "StridedSlice",
        "tensor-index-int64",
        lambda tf, x, i: x[i:3, 0],
        with_fixed(normal((4, 3)), np.int64(1)),
        expected=lambda x, i: x[i:3, 0],
    ),
    Case(
        "StridedSlice",
        "tensor-step",
        lambda tf, x, s: x[::s],
        with_fixed(normal((5,)), np.int32(-2)),
        expected=lambda x, s: x[::s],
    ),
    Case(
        "StridedSlice",
        "of-shape",
        lambda tf, x: tf.shape(x)[1],
        normal((4, 3)),
        expected=lambda x: 3,
    ),
    Case(
        "StridedSlice",
        "function",
        lambda tf, x: tf.strided_slice(x, [1, 0], [3, 0], [1, 2], end_mask=2),
        normal((4, 3)),
        expected=lambda x: x[1:3, ::2],
    ),
    Case(
        "StridedSlice",
        "function-no-strides",
        lambda tf, x: tf.strided_slice(x, [1, 0], [3, 2]),
        normal((4, 3)),
        expected=lambda x: x[1:3, :2],
    ),
    Case(
        "StridedSliceGrad",
        "",
        lambda tf, dy: tf.raw_ops.StridedSliceGrad(
            shape=[5, 4], begin=[1, 0], end=[4, 2], strides=[2, 1], dy=dy, shrink_axis_mask=0
        ),
        normal((2, 2)),
        NUMBERS,
    ),
    Case(
        "StridedSliceGrad",
        "shrink",
        lambda tf, dy: tf.raw_ops.StridedSliceGrad(
            shape=[5, 4],
            begin=[1, 0],
            end=[2, 0],
            strides=[1, -1],
            dy=dy,
            shrink_axis_mask=1,
            begin_mask=2,
            end_mask=2,
        ),
        normal((4,)),
    ),
    # ---- Gather ----
    Case(
        "Gather",
        "",
        lambda tf, x, i: tf.raw_ops.Gather(params=x, indices=i),
        with_fixed(normal((4, 3)), int32(2, 0, 2)),
        NUMBERS,
        lambda x, i: x[i],
    ),
    Case(
        "GatherV2",
        "",
        lambda tf, x, i: tf.gather(x, i),
        with_fixed(anything((4, 3)), int32(2, 0, 2)),
        EVERY,
        lambda x, i: x[i],
    ),
    Case(
        "GatherV2",
        "matrix-of-indices",
        lambda tf, x, i: tf.gather(x, i),
        with_fixed(normal((4, 3)), [int32(2, 0), int32(1, 1)]),
        expected=lambda x, i: x[i],
    ),
    Case(
        "GatherV2",
        "scalar-index",
        lambda tf, x, i: tf.gather(x, i),
        with_fixed(normal((4, 3)), np.int64(2)),
        expected=lambda x, i: x[i],
    ),
    Case("GatherV2", "text", lambda tf, x: tf.gather(x, [1, 0]), texts((3,))),
    Case("GatherV2", "text-scalar", lambda tf, x: tf.gather(x, 1), texts((3,))),
    Case(
        "GatherV2",
        "no-indices",
        lambda tf, x, i: tf.gather(x, i),
        with_fixed(normal((4, 3)), int32()),
    ),
    *(
        Case(
            "GatherV2",
            f"axis{axis}",
            lambda tf, x, i, axis=axis: tf.gather(x, i, axis=axis),
            with_fixed(normal((4, 3, 2)), [int32(1, 0), int32(1, 1)]),
            expected=lambda x, i, axis=axis: np.take(x, i, axis),
        )
        for axis in (1, 2, -1)
    ),
    Case(
        "GatherV2",
        "batch",
        lambda tf, x, i: tf.gather(x, i, batch_dims=1),
        with_fixed(normal((2, 4, 3)), [int32(1, 0, 3), int32(2, 2, 0)]),
        expected=lambda x, i: np.stack([x[b][i[b]] for b in range(2)]),
    ),
    Case(
        "GatherV2",
        "batch-axis",
        lambda tf, x, i: tf.gather(x, i, batch_dims=1, axis=2),
        with_fixed(normal((2, 3, 4)), [int32(1, 0, 3), int32(2, 2, 0)]),
        expected=lambda x, i: np.stack([x[b][:, i[b]] for b in range(2)]),
    ),
    Case(
        "GatherV2",
        "batch-gather",
        lambda tf, x, i: tf.batch_gather(x, i),
        with_fixed(normal((2, 4)), [int32(1, 0, 3), int32(2, 2, 0)]),
        expected=lambda x, i: np.take_along_axis(x, i, 1),
        unknown=False,
    ),
    # ---- GatherNd, ScatterNd ----
    Case(
        "GatherNd",
        "elements",
        lambda tf, x, i: tf.gather_nd(x, i),
        with_fixed(anything((4, 3)), [int32(2, 0), int32(3, 1), int32(2, 0)]),
        EVERY,
        lambda x, i: x[tuple(i.T)],
    ),
    Case(
        "GatherNd",
        "slices",
        lambda tf, x, i: tf.gather_nd(x, i),
        with_fixed(normal((4, 3)), [int32(2), int32(0), int32(2)]),
        expected=lambda x, i: x[i[:, 0]],
    ),
    Case("GatherNd", "text", lambda tf, x: tf.gather_nd(x, [[1, 0]]), texts((2, 2))),
    Case(
        "GatherNd", "whole", lambda tf, x: tf.gather_nd(x, np.zeros((2, 0), np.int32)), normal((3,))
    ),
    Case(
        "GatherNd",
        "batch",
        lambda tf, x, i: tf.gather_nd(x, i, batch_dims=1),
        with_fixed(normal((2, 4, 3)), [[int32(2, 1)], [int32(0, 0)]]),
        expected=lambda x, i: np.stack([x[b][tuple(i[b].T)] for b in range(2)]),
        unknown=False,
    ),
    Case(
        "ScatterNd",
        "elements",
        lambda tf, i, u: tf.scatter_nd(i, u, [4, 3]),
        lambda rng, dtype: [
            np.array([[2, 0], [3, 1], [2, 0]], np.int32),
            *normal((3,))(rng, dtype),
        ],
        NUMBERS,
    ),
    Case(
        "ScatterNd",
        "slices",
        lambda tf, i, u: tf.scatter_nd(i, u, np.array([4, 3])),
        lambda rng, dtype: [np.array([[2], [1], [2]]), *normal((3, 3))(rng, dtype)],
        NUMBERS,
    ),
    *(
        Case(
            f"TensorScatter{kind}",
            "",
            lambda tf, x, u, kind=kind: getattr(tf, f"tensor_scatter_{kind.lower()}")(
                x, [[3, 1], [0, 2]], u
            ),
            normal((4, 3), (2,)),
            NUMBERS,
        )
        for kind in ("Update", "Add", "Sub")
    ),
    Case(
        "TensorScatterAdd",
        "repeated",
        lambda tf, x, u: tf.tensor_scatter_add(x, [[1], [1], [0]], u),
        normal((4, 3), (3, 3)),
    ),
    # ---- Where, Select ----
    Case(
        "Where",
        "",
        lambda tf, x: tf.where(x),
        given([[True, False], [True, True]]),
        expected=np.argwhere,
    ),
    Case("Where", "numbers", lambda tf, x: tf.where(x), given(np.float32([0, 1.5, 0, -2]))),
    Case("Where", "nothing", lambda tf, x: tf.where(x), given(np.zeros((2, 3), bool))),
    Case(
        "Select",
        "",
        lambda tf, x, y: tf.where([[True, False, True], [False, False, True]], x, y),
        anything((2, 3), (2, 3)),
        EVERY,
        lambda x, y: np.where([[True, False, True], [False, False, True]], x, y),
    ),
    Case(
        "Select",
        "rows",
        lambda tf, x, y: tf.where([True, False], x, y),
        normal((2, 3), (2, 3)),
        expected=lambda x, y: np.where([[True], [False]], x, y),
    ),
    Case(
        "Select",
        "scalar",
        lambda tf, c, x, y: tf.where(c, x, y),
        lambda rng, dtype: [np.array(False), *normal((2, 3), (2, 3))(rng, dtype)],
        expected=lambda c, x, y: y,
    ),
    Case("Select", "text", lambda tf, x, y: tf.where([True, False], x, y), texts((2,), (2,))),
    Case(
        "SelectV2",
        "",
        lambda tf, x, y: tf.where_v2([[True], [False]], x, y),
        normal((3,), (2, 1)),
        NUMBERS,
        lambda x, y: np.where([[True], [False]], x, y),
    ),
    Case(
        "GatherV2",
        "boolean-mask",
        lambda tf, x: tf.boolean_mask(x, [True, False, True]),
        normal((3, 2)),
        expected=lambda x: x[[0, 2]],
    ),
    Case(
        "GatherV2",
        "boolean-mask-matrix",
        lambda tf, x, m: tf.boolean_mask(x, m),
        with_fixed(normal((2, 2, 3)), [[True, False], [True, True]]),
        expected=lambda x, m: x[m],
        unknown=False,
    ),
    Case(
        "GatherV2",
        "boolean-mask-axis",
        lambda tf, x: tf.boolean_mask(x, [True, False, True], axis=1),
        normal((2, 3)),
        expected=lambda x: x[:, [0, 2]],
    ),
    # ---- Unique, ListDiff ----
    Case(
        "Unique",
        "",
        lambda tf, x: list(tf.unique(x)),
        given(int32(4, 1, 4, 3, 1)),
        expected=lambda x: [int32(4, 1, 3), int32(0, 1, 0, 2, 1)],
    ),
    Case("Unique", "text", lambda tf, x: list(tf.unique(x)), texts((6,))),
    Case("Unique", "empty", lambda tf, x: list(tf.unique(x, tf.int64)), given(np.float32([]))),
    Case(
        "UniqueWithCounts",
        "",
        lambda tf, x: list(tf.unique_with_counts(x)),
        given(np.float32([4, 1, 4, 3, 1])),
    ),
    Case(
        "ListDiff",
        "",
        lambda tf, x, y: list(tf.setdiff1d(x, y)),
        given(int32(5, 1, 2, 1, 7), int32(2, 5, 9)),
        expected=lambda x, y: [int32(1, 1, 7), int32(1, 3, 4)],
    ),
    Case("ListDiff", "text", lambda tf, x, y: list(tf.setdiff1d(x, y)), texts((5,), (2,))),
    # ---- UnravelIndex ----
    Case(
        "UnravelIndex",
        "",
        lambda tf, i: tf.unravel_index(i, tf.constant([3, 4, 5], i.dtype)),
        lambda rng, dtype: [np.array([0, 59, 22, 7], dtype)],
        ("int32", "int64"),
        lambda i: np.stack(np.unravel_index(i, (3, 4, 5))).astype(i.dtype),
    ),
    Case(
        "UnravelIndex",
        "scalar",
        lambda tf, i: tf.unravel_index(i, tf.constant([3, 4, 5], i.dtype)),
        lambda rng, dtype: [np.array(37, dtype)],
        ("int32", "int64"),
        lambda i: np.stack(np.unravel_index(i, (3, 4, 5))).astype(i.dtype),
    ),
    # ---- Repetitions ----
    Case(
        "Tile",
        "repeat",
        lambda tf, x: tf.repeat(x, 3, axis=1),
        normal((2, 3)),
        expected=lambda x: np.repeat(x, 3, 1),
        unknown=False,
    ),
    Case(
        "Tile",
        "repeat-flat",
        lambda tf, x: tf.repeat(x, 2),
        normal((2, 3)),
        expected=lambda x: np.repeat(x, 2),
    ),
    Case(
        "Tile",
        "repeat-each",
        lambda tf, x: tf.repeat(x, [2, 0, 3], axis=0),
        normal((3, 2)),
        expected=lambda x: np.repeat(x, [2, 0, 3], 0),
        unknown=False,
    ),
    Case(
        "Tile",
        "repeat-last",
        lambda tf, x: tf.repeat(x, [2, 0, 3], axis=-1),
        normal((2, 3)),
        expected=lambda x: np.repeat(x, [2, 0, 3], 1),
        unknown=False,
    ),
]
