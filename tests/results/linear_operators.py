"""`tf.linalg.LinearOperator*`."""

from __future__ import annotations

from typing import Any


def described(tf: Any, operator: Any, lacks: Any = ()) -> Any:
    """All that is computed with an operator, and what is known of it."""
    columns, rows = operator.domain_dimension.value, operator.range_dimension.value
    kind = operator.dtype
    x = tf.cast(tf.reshape(tf.range(columns * 2), [columns, 2]) + 1, kind)
    y = tf.cast(tf.reshape(tf.range(rows * 2), [rows, 2]) - 1, kind)
    found = {
        "shape": operator.shape_tensor(),
        "batch": operator.batch_shape_tensor(),
        "rank": operator.tensor_rank_tensor(),
        "dense": operator.to_dense(),
        "diagonal": operator.diag_part(),
        "matmul": operator.matmul(x),
        "matmul_adjoint": operator.matmul(y, adjoint=True),
        "matmul_adjoint_argument": operator.matmul(tf.transpose(x), adjoint_arg=True),
        "matvec": operator.matvec(x[:, 0]),
        "adjoint": operator.adjoint().to_dense(),
        "hints": [
            tf.constant(str(hint))
            for hint in (
                operator.is_square,
                operator.is_non_singular,
                operator.is_self_adjoint,
                operator.is_positive_definite,
                operator.name,
                operator.adjoint().name,
            )
        ],
        "added": operator.add_to_tensor(tf.ones(operator.shape, kind)),
    }
    if rows == columns:
        found["trace"] = operator.trace()
    if rows == columns and "determinant" not in lacks:
        found["determinant"] = operator.determinant()
        found["log_abs_determinant"] = operator.log_abs_determinant()
    if "solve" not in lacks:
        found["solve"] = operator.solve(y)
        found["solve_adjoint"] = operator.solve(y, adjoint=True)
        found["solvevec"] = operator.solvevec(y[:, 0])
        found["inverse"] = operator.inverse().to_dense()
    if "cholesky" not in lacks:
        found["cholesky"] = operator.cholesky().to_dense()
    return found


def matrices(tf: Any) -> Any:
    return tf.constant([[[4.0, 1.0], [1.0, 3.0]], [[2.0, 0.5], [0.5, 2.0]]])


def products(tf: Any) -> Any:
    """Names and matrices of products of all pairs."""
    linalg = tf.linalg
    operators = [
        linalg.LinearOperatorDiag([1.0, 2.0], is_positive_definite=True),
        linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]], is_non_singular=True),
        linalg.LinearOperatorLowerTriangular([[1.0, 0.0], [3.0, 4.0]], is_non_singular=True),
        linalg.LinearOperatorIdentity(2),
        linalg.LinearOperatorScaledIdentity(2, 3.0, is_non_singular=True),
        linalg.LinearOperatorHouseholder([1.0, 0.5], is_non_singular=True),
    ]
    made = []
    for left in operators:
        for right in operators:
            product = left.matmul(right)
            hints = (product.is_non_singular, product.is_self_adjoint, product.is_positive_definite)
            made += [product.to_dense(), tf.constant(" ".join(map(str, (product.name, *hints))))]
    return made


def gradients(tf: Any) -> Any:
    matrix = matrices(tf)
    diagonal = tf.constant([1.0, 2.0])
    full = tf.linalg.LinearOperatorFullMatrix(
        matrix, is_positive_definite=True, is_self_adjoint=True
    )
    lower = tf.linalg.LinearOperatorLowerTriangular(matrix)
    update = tf.linalg.LinearOperatorLowRankUpdate(
        tf.linalg.LinearOperatorDiag(diagonal, is_positive_definite=True), matrix[0]
    )
    loss = sum(
        tf.reduce_sum(operator.solve(matrix)) + tf.reduce_sum(operator.log_abs_determinant())
        for operator in (full, lower, update)
    )
    return tf.gradients(loss, [matrix, diagonal])


def definite() -> Any:
    return {"is_positive_definite": True, "is_self_adjoint": True}


PROGRAMS = {
    "products": products,
    "gradients": gradients,
    "full": lambda tf: described(
        tf, tf.linalg.LinearOperatorFullMatrix(matrices(tf)), {"cholesky"}
    ),
    "full_definite": lambda tf: described(
        tf, tf.linalg.LinearOperatorFullMatrix(matrices(tf), **definite())
    ),
    "full_wide": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        {"solve", "cholesky"},
    ),
    "full_complex": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorFullMatrix(tf.complex(matrices(tf), 0.5 * matrices(tf))),
        {"cholesky"},
    ),
    "triangular": lambda tf: described(
        tf, tf.linalg.LinearOperatorLowerTriangular(matrices(tf)), {"cholesky"}
    ),
    "diagonal": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorDiag([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], is_positive_definite=True),
    ),
    "diagonal_complex": lambda tf: described(
        tf, tf.linalg.LinearOperatorDiag(tf.complex([1.0, 2.0], [0.5, 1.0])), {"cholesky"}
    ),
    "identity": lambda tf: described(tf, tf.linalg.LinearOperatorIdentity(3)),
    "identity_batch": lambda tf: described(tf, tf.linalg.LinearOperatorIdentity(2, [3])),
    "scaled_identity": lambda tf: described(
        tf, tf.linalg.LinearOperatorScaledIdentity(3, [2.0, 3.0], is_positive_definite=True)
    ),
    "zeros": lambda tf: described(
        tf, tf.linalg.LinearOperatorZeros(3), {"solve", "cholesky", "determinant"}
    ),
    "householder": lambda tf: described(
        tf, tf.linalg.LinearOperatorHouseholder([1.0, 2.0, 0.5]), {"cholesky"}
    ),
    "update": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorLowRankUpdate(
            tf.linalg.LinearOperatorDiag([1.0, 2.0, 3.0], is_positive_definite=True),
            [[1.0, 2.0], [0.5, 1.0], [1.0, 0.0]],
            diag_update=[2.0, 3.0],
            is_diag_update_positive=True,
        ),
    ),
    "update_of_two_sides": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorLowRankUpdate(
            tf.linalg.LinearOperatorFullMatrix([[2.0, 1.0], [0.5, 3.0]]),
            [[1.0], [0.5]],
            v=[[0.3], [1.0]],
        ),
        {"cholesky"},
    ),
    "toeplitz": lambda tf: described(
        tf, tf.linalg.LinearOperatorToeplitz([4.0, 2.0, 3.0], [4.0, 1.0, 0.5]), {"cholesky"}
    ),
    # Of the inverse of a real one, TensorFlow makes a complex one.
    "circulant": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorCirculant([4.0, 2.0, 2.0], input_output_dtype=tf.float32),
        {"cholesky", "solve"},
    ),
    "circulant_complex": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorCirculant(tf.complex([4.0, 2.0, 3.0], [1.0, 0.0, 2.0])),
        {"cholesky"},
    ),
    "circulant_2d": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorCirculant2D(tf.complex([[4.0, 2.0], [3.0, 1.0]], 1.0)),
        {"cholesky"},
    ),
    "circulant_3d": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorCirculant3D(
            tf.complex([[[4.0, 2.0], [3.0, 1.0]], [[1.0, 2.0], [3.0, 4.0]]], 1.0)
        ),
        {"cholesky"},
    ),
    "composition": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorComposition(
            [
                tf.linalg.LinearOperatorFullMatrix(matrices(tf)),
                tf.linalg.LinearOperatorDiag([1.0, 2.0]),
            ]
        ),
        {"cholesky"},
    ),
    "kronecker": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorKronecker(
            [
                tf.linalg.LinearOperatorFullMatrix(matrices(tf), **definite()),
                tf.linalg.LinearOperatorDiag([1.0, 2.0, 3.0], is_positive_definite=True),
            ]
        ),
    ),
    "blocks": lambda tf: described(
        tf,
        tf.linalg.LinearOperatorBlockDiag(
            [
                tf.linalg.LinearOperatorFullMatrix(matrices(tf), **definite()),
                tf.linalg.LinearOperatorDiag([1.0, 2.0, 3.0], is_positive_definite=True),
            ]
        ),
    ),
}
