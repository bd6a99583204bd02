"""Records of tfsession.ops.serialization."""

from __future__ import annotations

import numpy as np

from tests.cases.record import Case
from tests.cases.sparse import SHAPE, A, parts, sparse, values

STACKED = np.concatenate([np.repeat([[0], [1]], len(A), axis=0), np.tile(A, (2, 1))], axis=1)

CASES = [
    Case(
        "SerializeSparse",
        "",
        lambda tf, x: tf.parse_tensor(tf.serialize_sparse(sparse(tf, A, x, SHAPE))[1], x.dtype),
        values(5),
        ("float32", "int32", "complex64"),
        expected=lambda x: x,
        gradient=False,
        golden=False,
    ),
    Case(
        "SerializeManySparse",
        "",
        lambda tf, x: parts(
            tf.deserialize_many_sparse(
                tf.serialize_many_sparse(sparse(tf, A, x, SHAPE)), x.dtype, rank=1
            )
        ),
        values(5),
        expected=lambda x: [A, x, SHAPE],
        gradient=False,
        golden=False,
    ),
    Case(
        "DeserializeManySparse",
        "",
        lambda tf, x: parts(
            tf.deserialize_many_sparse(
                tf.stack([tf.serialize_sparse(sparse(tf, A, y, SHAPE)) for y in (x, 2 * x)]),
                x.dtype,
            )
        ),
        values(5),
        expected=lambda x: [STACKED, np.concatenate([x, 2 * x]), np.array([2, 4, 5])],
        gradient=False,
        golden=False,
    ),
]
