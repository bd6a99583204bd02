"""Records of tfsession.ops.sparse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case

WIDE = ("float32", "float64")
NUMBERS = (*WIDE, "int32", "int64")
Maker = Callable[[np.random.Generator, np.dtype], list[Any]]

# Row-major, with an empty row and an empty column; and another of the same shape.
A = np.array([[0, 1], [0, 3], [2, 0], [2, 1], [3, 3]], np.int64)
B = np.array([[0, 0], [0, 3], [2, 1], [3, 2]], np.int64)
SHAPE = np.array([4, 5], np.int64)
CUBE = np.array([[0, 0, 1], [0, 0, 2], [0, 1, 0], [1, 1, 1]], np.int64)
CUBE_SHAPE = np.array([2, 3, 3], np.int64)


def draw(rng: np.random.Generator, dtype: np.dtype, shape: Any) -> np.ndarray:
    """Numbers that are not 0."""
    if dtype.kind in "iu":
        return rng.integers(1, 9, shape).astype(dtype)
    found = rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)
    if dtype.kind == "c":
        return (found + 1j * rng.standard_normal(shape)).astype(dtype)
    return np.asarray(found, dtype)


def values(*counts: Any) -> Maker:
    """Inputs: numbers of these shapes."""
    return lambda rng, dtype: [draw(rng, dtype, count) for count in counts]


def sparse(tf: Any, indices: Any, elements: Any, shape: Any) -> Any:
    """A sparse tensor of the module under test."""
    return tf.SparseTensor(indices, elements, shape)


def parts(tensor: Any) -> list[Any]:
    """The three tensors that a sparse one is made of."""
    return [tensor.indices, tensor.values, tensor.dense_shape]


def dense(indices: np.ndarray, elements: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """The definition of a sparse tensor."""
    result = np.zeros(shape, elements.dtype)
    result[tuple(indices.T)] = elements
    return result


def texts(*elements: Any) -> Maker:
    """Inputs: string tensors."""
    return lambda rng, dtype: [np.array(element, object) for element in elements]


def segment_rows(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Inputs: rows, the indices of picked rows, and their segments, one of them empty."""
    ids = np.array([0, 0, 2, 2, 2, 3], np.int32)
    return [draw(rng, dtype, (4, 3)), np.array([1, 0, 3, 3, 1, 2]), ids]


CASES = [
    # ---- SparseToDense ----
    Case(
        "SparseToDense",
        "",
        lambda tf, x: tf.sparse_to_dense(A, SHAPE, x),
        values(5),
        (*NUMBERS, "uint8", "complex64"),
        lambda x: dense(A, x, SHAPE),
    ),
    Case(
        "SparseToDense",
        "vector",
        lambda tf, x, d: tf.sparse_to_dense([1, 4], [6], x, d),
        values(2, ()),
        NUMBERS,
    ),
    Case("SparseToDense", "scalar", lambda tf, x: tf.sparse_to_dense(2, [4], x), values(())),
    Case(
        "SparseToDense",
        "one-value",
        lambda tf, x: tf.sparse_to_dense([3, 1], [4], x, validate_indices=False),
        values(()),
    ),
    Case(
        "SparseToDense",
        "text",
        lambda tf, x: tf.sparse_tensor_to_dense(sparse(tf, B, x, SHAPE), b"-"),
        texts([b"a", b"b", b"c", b"d"]),
    ),
    # ---- SparseTensorDenseMatMul ----
    *(
        Case(
            "SparseTensorDenseMatMul",
            f"{'adjoint' if adjoint_a else 'plain'}-{'adjoint' if adjoint_b else 'plain'}",
            lambda tf, x, b, adjoint_a=adjoint_a, adjoint_b=adjoint_b: (
                tf.sparse_tensor_dense_matmul(
                    sparse(tf, A, x, SHAPE), b, adjoint_a=adjoint_a, adjoint_b=adjoint_b
                )
            ),
            values(5, (3, inner) if adjoint_b else (inner, 3)),
            (*WIDE, "int32", "complex64"),
        )
        for adjoint_a, inner in ((False, 5), (True, 4))
        for adjoint_b in (False, True)
    ),
    Case(
        "SparseTensorDenseMatMul",
        "out-of-order",
        lambda tf, x, b: tf.sparse.sparse_dense_matmul(sparse(tf, A[::-1], x, SHAPE), b),
        values(5, (5, 2)),
    ),
    Case(
        "SparseTensorDenseMatMul",
        "empty",
        lambda tf, x, b: tf.sparse_tensor_dense_matmul(
            sparse(tf, np.zeros((0, 2), np.int64), x, SHAPE), b
        ),
        values(0, (5, 2)),
    ),
    # ---- SparseAdd ----
    Case(
        "SparseAdd",
        "",
        lambda tf, x, y: parts(tf.sparse_add(sparse(tf, A, x, SHAPE), sparse(tf, B, y, SHAPE))),
        values(5, 4),
        (*NUMBERS, "complex64"),
    ),
    Case(
        "SparseAdd",
        "threshold",
        lambda tf, x, y: parts(
            tf.sparse_add(sparse(tf, A, x, SHAPE), sparse(tf, B, y, SHAPE), thresh=1)
        ),
        values(5, 4),
        WIDE,
    ),
    Case(
        "SparseAddGrad",
        "",
        lambda tf, dy: tf.raw_ops.SparseAddGrad(
            backprop_val_grad=dy, a_indices=A, b_indices=B, sum_indices=B
        ),
        values(4),
        NUMBERS,
    ),
    Case(
        "SparseTensorDenseAdd",
        "",
        lambda tf, x, y: tf.sparse_add(sparse(tf, A, x, SHAPE), y),
        values(5, (4, 5)),
        (*NUMBERS, "complex64"),
        lambda x, y: dense(A, x, SHAPE) + y,
    ),
    # ---- SparseReorder, SparseReshape ----
    Case(
        "SparseReorder",
        "",
        lambda tf, x: parts(tf.sparse_reorder(sparse(tf, A[[3, 0, 4, 2, 1]], x, SHAPE))),
        values(5),
        NUMBERS,
    ),
    Case(
        "SparseReorder",
        "huge",
        lambda tf, x: parts(
            tf.sparse_reorder(sparse(tf, [[2**61, 7], [5, 2**40]], x, [2**62, 2**62]))
        ),
        texts([b"a", b"b"]),
    ),
    Case(
        "SparseReorder",
        "transpose",
        lambda tf, x: parts(tf.sparse_transpose(sparse(tf, CUBE, x, CUBE_SHAPE), [1, 2, 0])),
        values(4),
    ),
    Case(
        "SparseReorder",
        "merge",
        lambda tf, x: parts(
            tf.sparse_merge(sparse(tf, A, [4, 0, 1, 3, 2], SHAPE), sparse(tf, A, x, SHAPE), 6)
        ),
        values(5),
    ),
    Case(
        "SparseReshape",
        "",
        lambda tf, x: parts(tf.sparse_reshape(sparse(tf, A, x, SHAPE), [2, -1, 5])),
        values(5),
    ),
    Case(
        "SparseReshape",
        "flat",
        lambda tf, x: parts(tf.sparse_reshape(sparse(tf, CUBE, x, CUBE_SHAPE), [18])),
        values(4),
    ),
    # ---- SparseSlice, SparseSplit, SparseConcat ----
    Case(
        "SparseSlice",
        "",
        lambda tf, x: parts(tf.sparse_slice(sparse(tf, A, x, SHAPE), [1, 0], [2, 9])),
        values(5),
        NUMBERS,
    ),
    Case(
        "SparseSliceGrad",
        "",
        lambda tf, dy: tf.raw_ops.SparseSliceGrad(
            backprop_val_grad=dy,
            input_indices=A,
            input_start=[2, 0],
            output_indices=A[2:4] - np.array([2, 0]),
        ),
        values(2),
        NUMBERS,
    ),
    Case(
        "SparseSplit",
        "",
        lambda tf, x: [
            part
            for piece in tf.sparse_split(sp_input=sparse(tf, A, x, SHAPE), num_split=2, axis=1)
            for part in parts(piece)
        ],
        values(5),
        NUMBERS,
    ),
    Case(
        "SparseConcat",
        "",
        lambda tf, x, y: parts(
            tf.sparse_concat(1, [sparse(tf, A, x, SHAPE), sparse(tf, B, y, SHAPE)])
        ),
        values(5, 4),
        NUMBERS,
    ),
    Case(
        "SparseConcat",
        "expanded",
        lambda tf, x, y: parts(
            tf.sparse_concat(
                -2,
                [sparse(tf, A, x, SHAPE), sparse(tf, B, y, [4, 9])],
                expand_nonconcat_dim=True,
            )
        ),
        values(5, 4),
    ),
    # ---- SparseSoftmax ----
    Case(
        "SparseSoftmax",
        "",
        lambda tf, x: parts(tf.sparse_softmax(sparse(tf, A, x, SHAPE))),
        values(5),
        WIDE,
    ),
    Case(
        "SparseSoftmax",
        "cube",
        lambda tf, x: tf.sparse_softmax(sparse(tf, CUBE, x, CUBE_SHAPE)).values,
        values(4),
    ),
    # ---- SparseReduceSum, SparseReduceMax ----
    *(
        Case(
            f"SparseReduce{kind}",
            name,
            lambda tf, x, kind=kind, arguments=arguments: getattr(
                tf, f"sparse_reduce_{kind.lower()}"
            )(sparse(tf, CUBE, x, CUBE_SHAPE), **arguments),
            values(4),
            (*NUMBERS, *(["complex64"] if kind == "Sum" else [])),
        )
        for kind in ("Sum", "Max")
        for name, arguments in {
            "all": {},
            "last": {"axis": -1},
            "two": {"reduction_axes": [0, 2]},
            "kept": {"axis": [1], "keep_dims": True},
        }.items()
    ),
    *(
        Case(
            f"SparseReduce{kind}Sparse",
            name,
            lambda tf, x, kind=kind, arguments=arguments: parts(
                getattr(tf, f"sparse_reduce_{kind.lower()}_sparse")(
                    sparse(tf, CUBE, x, CUBE_SHAPE), **arguments
                )
            ),
            values(4),
            NUMBERS,
        )
        for kind in ("Sum", "Max")
        for name, arguments in {
            "last": {"axis": -1},
            "two": {"axis": [0, 2]},
            "kept": {"axis": [1], "keepdims": True},
        }.items()
    ),
    # ---- SparseFillEmptyRows ----
    Case(
        "SparseFillEmptyRows",
        "",
        lambda tf, x, d: tf.raw_ops.SparseFillEmptyRows(
            indices=A, values=x, dense_shape=SHAPE, default_value=d
        ),
        values(5, ()),
        NUMBERS,
    ),
    Case(
        "SparseFillEmptyRows",
        "text",
        lambda tf, x: tf.raw_ops.SparseFillEmptyRows(
            indices=B, values=x, dense_shape=SHAPE, default_value="?"
        ),
        texts([b"a", b"b", b"c", b"d"]),
    ),
    Case(
        "SparseFillEmptyRowsGrad",
        "",
        lambda tf, dy: tf.raw_ops.SparseFillEmptyRowsGrad(
            reverse_index_map=np.array([3, 0, 4], np.int64), grad_values=dy
        ),
        values(6),
        NUMBERS,
    ),
    # ---- Sparse with dense, element by element ----
    *(
        Case(
            f"SparseDenseCwise{name}",
            variant,
            lambda tf, x, y, name=name: getattr(tf.raw_ops, f"SparseDenseCwise{name}")(
                sp_indices=A, sp_values=x, sp_shape=SHAPE, dense=y
            ),
            values(5, shape),
            NUMBERS,
            gradient=name != "Add",
        )
        for name in ("Add", "Mul", "Div")
        for variant, shape in (("", (4, 5)), ("row", (5,)), ("column", (4, 1)), ("scalar", ()))
    ),
    Case(
        "SparseDenseCwiseMul",
        "operator",
        lambda tf, x, y: (sparse(tf, A, x, SHAPE) * y).values,
        values(5, (5,)),
    ),
    # ---- SparseSparseMaximum, SparseSparseMinimum ----
    *(
        Case(
            f"SparseSparse{kind}",
            "",
            lambda tf, x, y, kind=kind: parts(
                getattr(tf, f"sparse_{kind.lower()}")(
                    sparse(tf, A, x, SHAPE), sparse(tf, B, y, SHAPE)
                )
            ),
            values(5, 4),
            NUMBERS,
            gradient=False,
        )
        for kind in ("Maximum", "Minimum")
    ),
    # ---- Segments of picked rows ----
    *(
        Case(
            f"SparseSegment{kind}",
            "",
            lambda tf, x, i, s, name=name: getattr(tf, name)(x, i, s),
            segment_rows,
            dtypes,
        )
        for kind, name, dtypes in (
            ("Sum", "sparse_segment_sum", NUMBERS),
            ("Mean", "sparse_segment_mean", WIDE),
            ("SqrtN", "sparse_segment_sqrt_n", WIDE),
        )
    ),
    *(
        Case(
            f"SparseSegment{kind}WithNumSegments",
            "",
            lambda tf, x, i, s, name=name: getattr(tf, name)(x, i, s, num_segments=6),
            segment_rows,
            dtypes,
        )
        for kind, name, dtypes in (
            ("Sum", "sparse_segment_sum", NUMBERS),
            ("Mean", "sparse_segment_mean", WIDE),
            ("SqrtN", "sparse_segment_sqrt_n", WIDE),
        )
    ),
    *(
        Case(
            f"SparseSegment{kind}Grad",
            "",
            lambda tf, dy, i, s, kind=kind: getattr(tf.raw_ops, f"SparseSegment{kind}Grad")(
                grad=dy, indices=i, segment_ids=s, output_dim0=5
            ),
            segment_rows,
            WIDE,
        )
        for kind in ("Mean", "SqrtN")
    ),
    # ---- Embeddings of sparse ids ----
    *(
        Case(
            "SparseSegmentMean",
            f"embedding-{combiner}-{'weighted' if is_weighted else 'plain'}",
            lambda tf, table, w, combiner=combiner, is_weighted=is_weighted: (
                tf.nn.embedding_lookup_sparse(
                    table,
                    sparse(tf, [[0, 0], [0, 1], [1, 0], [2, 0]], [1, 3, 0, 1], [3, 2]),
                    sparse(tf, [[0, 0], [0, 1], [1, 0], [2, 0]], w, [3, 2])
                    if is_weighted
                    else None,
                    combiner=combiner,
                )
            ),
            values((4, 3), 4),
        )
        for combiner in ("sum", "mean", "sqrtn")
        for is_weighted in (False, True)
    ),
    Case(
        "SparseFillEmptyRows",
        "safe-embedding",
        lambda tf, table: tf.nn.safe_embedding_lookup_sparse(
            [table[:2], table[2:]],
            sparse(tf, A, np.array([1, -1, 3, 0, -2], np.int64), np.array([4, 5], np.int64)),
        ),
        values((4, 3)),
        unknown=False,
    ),
]
