"""Records of ops on sets."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case

INTS = ("int8", "int16", "int32", "int64", "uint8", "uint16")


def _dense(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    if dtype.kind == "O":
        words = np.array([b"", b"a", b"b", b"ab"], object)
        return [rng.choice(words, (2, 3, 4)), rng.choice(words, (2, 3, 2))]
    return [
        rng.integers(0, 6, (2, 3, 4)).astype(dtype),
        rng.integers(0, 6, (2, 3, 2)).astype(dtype),
    ]


def _values(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """The values of two sparse tensors of five elements each."""
    return [rng.integers(0, 4, 5).astype(dtype), rng.integers(0, 4, 5).astype(dtype)]


def _sparse(tf: Any, values: Any) -> Any:
    return tf.SparseTensor([[0, 0], [0, 2], [1, 0], [3, 1], [3, 2]], values, [4, 3])


def _parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


OPERATIONS = {
    "intersection": lambda tf, a, b: tf.sets.set_intersection(a, b),
    "union": lambda tf, a, b: tf.sets.set_union(a, b),
    "difference": lambda tf, a, b: tf.sets.set_difference(a, b),
    "reverse": lambda tf, a, b: tf.sets.set_difference(a, b, aminusb=False),
}

CASES = [
    Case(
        "SetSize",
        "",
        build=lambda tf, a, b: tf.sets.set_size(_sparse(tf, a)),
        inputs=_values,
        dtypes=INTS,
        unknown=False,
    ),
    *(
        Case(
            "DenseToDenseSetOperation",
            name,
            build=lambda tf, a, b, operation=operation: _parts(operation(tf, a, b)),
            inputs=_dense,
            dtypes=(*INTS, "string"),
        )
        for name, operation in OPERATIONS.items()
    ),
    *(
        Case(
            "DenseToSparseSetOperation",
            name,
            build=lambda tf, a, b, operation=operation: _parts(
                operation(tf, tf.reshape(tf.tile(a[:2], [4]), [4, 2]), _sparse(tf, b))
            ),
            inputs=_values,
            dtypes=("int32", "int64"),
            unknown=False,
        )
        for name, operation in OPERATIONS.items()
    ),
    *(
        Case(
            "SparseToSparseSetOperation",
            name,
            build=lambda tf, a, b, operation=operation: _parts(
                operation(tf, _sparse(tf, a), _sparse(tf, b))
            ),
            inputs=_values,
            dtypes=("int32", "int64"),
            unknown=False,
        )
        for name, operation in OPERATIONS.items()
    ),
]
