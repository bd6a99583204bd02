"""Records of tfsession.ops.rearrange."""

from __future__ import annotations

import numpy as np

from tests.cases.array import EVERY, anything, given, int32, texts, with_fixed
from tests.cases.record import FLOATS, NUMBERS, Case, normal


def diagonal_matrix(d: np.ndarray) -> np.ndarray:
    """Matrices [..., n, n] with the diagonals [..., n]."""
    return d[..., None] * np.eye(d.shape[-1], dtype=d.dtype)


def space_to_depth(x: np.ndarray, s: int) -> np.ndarray:
    """The definition, pixel by pixel."""
    b, h, w, c = x.shape
    y = np.zeros((b, h // s, w // s, s * s * c), x.dtype)
    for i in range(h):
        for j in range(w):
            k = (i % s * s + j % s) * c
            y[:, i // s, j // s, k : k + c] = x[:, i, j]
    return y


CASES = [
    # ---- Transpose ----
    Case(
        "Transpose",
        "default",
        lambda tf, x: tf.transpose(x),
        anything((2, 3, 4)),
        EVERY,
        lambda x: x.T,
    ),
    Case("Transpose", "perm", lambda tf, x: tf.transpose(x, [2, 0, 1]), normal((2, 3, 4)), FLOATS),
    Case(
        "Transpose",
        "perm-fed",
        lambda tf, x, p: tf.transpose(x, p),
        with_fixed(normal((2, 3)), int32(1, 0)),
    ),
    Case("Transpose", "scalar", lambda tf, x: tf.transpose(x), normal(())),
    Case("Transpose", "text", lambda tf, x: tf.transpose(x), texts((2, 3))),
    Case(
        "Transpose",
        "matrix",
        lambda tf, x: tf.matrix_transpose(x),
        normal((2, 3, 4)),
        expected=lambda x: x.swapaxes(1, 2),
    ),
    Case(
        "ConjugateTranspose",
        "",
        lambda tf, x: tf.transpose(x, conjugate=True),
        anything((2, 3)),
        ("complex64", "complex128"),
        lambda x: x.conj().T,
    ),
    Case(
        "InvertPermutation",
        "",
        lambda tf, x: tf.invert_permutation(x),
        given(int32(2, 0, 3, 1)),
        expected=lambda x: int32(1, 3, 0, 2),
    ),
    # ---- Tile ----
    Case(
        "Tile",
        "",
        lambda tf, x: tf.tile(x, [2, 3]),
        anything((2, 3)),
        EVERY,
        lambda x: np.tile(x, [2, 3]),
    ),
    Case("Tile", "fed", lambda tf, x, m: tf.tile(x, m), with_fixed(normal((2, 3)), int32(1, 2))),
    Case("Tile", "none", lambda tf, x: tf.tile(x, [0, 1]), normal((2, 3)), gradient=False),
    Case("Tile", "text", lambda tf, x: tf.tile(x, [2]), texts((2,))),
    Case("Tile", "scalar", lambda tf, x: tf.tile(x, tf.zeros([0], tf.int32)), normal(())),
    Case(
        "TileGrad",
        "",
        lambda tf, x: tf.raw_ops.TileGrad(input=x, multiples=[2, 2]),
        normal((4, 6)),
        golden=False,
        expected=lambda x: x.reshape(2, 2, 2, 3).sum((0, 2)),
        gradient=False,
    ),
    # ---- Pad ----
    Case(
        "Pad",
        "",
        lambda tf, x: tf.pad(x, [[1, 2], [0, 3]]),
        normal((2, 3)),
        ("bfloat16", *FLOATS, "int32", "int64", "uint8"),
        lambda x: np.pad(x, [[1, 2], [0, 3]]),
    ),
    Case(
        "Pad",
        "fed",
        lambda tf, x, p: tf.pad(x, p),
        with_fixed(normal((2, 3)), [int32(1, 2), int32(0, 1)]),
    ),
    Case("Pad", "empty", lambda tf, x: tf.pad(x, [[1, 2], [0, 3]]), normal((0, 3))),
    Case("Pad", "scalar", lambda tf, x: tf.pad(x, np.zeros((0, 2), np.int32)), normal(())),
    Case(
        "PadV2",
        "",
        lambda tf, x: tf.pad(x, [[1, 2], [0, 3]], constant_values=7),
        normal((2, 3)),
        NUMBERS,
        lambda x: np.pad(x, [[1, 2], [0, 3]], constant_values=7),
    ),
    *(
        Case(
            "MirrorPad",
            mode,
            lambda tf, x, mode=mode: tf.pad(x, [[1, 2], [2, 3]], mode),
            normal((3, 4)),
            NUMBERS,
            lambda x, mode=mode: np.pad(x, [[1, 2], [2, 3]], mode.lower()),
        )
        for mode in ("REFLECT", "SYMMETRIC")
    ),
    Case("MirrorPad", "full", lambda tf, x: tf.pad(x, [[3, 3]], "SYMMETRIC"), normal((3,))),
    *(
        Case(
            "MirrorPadGrad",
            mode,
            lambda tf, x, mode=mode: tf.raw_ops.MirrorPadGrad(
                input=x, paddings=[[1, 2], [2, 1]], mode=mode
            ),
            normal((6, 7)),
        )
        for mode in ("REFLECT", "SYMMETRIC")
    ),
    # ---- Reverse ----
    Case(
        "ReverseV2",
        "",
        lambda tf, x: tf.reverse(x, [-1, 0]),
        anything((2, 3, 4)),
        EVERY,
        lambda x: x[::-1, :, ::-1],
    ),
    Case("ReverseV2", "none", lambda tf, x: tf.reverse(x, np.zeros(0, np.int32)), normal((2, 3))),
    Case("ReverseV2", "text", lambda tf, x: tf.reverse(x, [0]), texts((3,))),
    Case(
        "Reverse",
        "",
        lambda tf, x: tf.raw_ops.Reverse(tensor=x, dims=[True, False]),
        normal((2, 3)),
        expected=lambda x: x[::-1],
    ),
    Case(
        "ReverseSequence",
        "",
        lambda tf, x: tf.reverse_sequence(x, [3, 2], 1),
        normal((2, 4, 3)),
        NUMBERS,
    ),
    Case(
        "ReverseSequence",
        "time-major",
        lambda tf, x: tf.reverse_sequence(x, [3, 0, 4], seq_dim=0, batch_dim=2),
        normal((4, 2, 3)),
    ),
    # ---- Roll ----
    Case(
        "Roll",
        "",
        lambda tf, x: tf.roll(x, 2, 0),
        anything((5, 3)),
        EVERY,
        lambda x: np.roll(x, 2, 0),
    ),
    Case(
        "Roll",
        "axes",
        lambda tf, x, shift: tf.roll(x, shift, [0, -1, 0]),
        with_fixed(normal((5, 3, 4)), int32(-2, 3, 9)),
        FLOATS,
        lambda x, shift: np.roll(x, shift, (0, -1, 0)),
    ),
    Case("Roll", "empty", lambda tf, x: tf.roll(x, 1, 1), normal((2, 0)), FLOATS, lambda x: x),
    Case(
        "Roll",
        "text",
        lambda tf, x: tf.roll(x, -1, 0),
        texts((4,)),
        expected=lambda x: np.roll(x, -1),
    ),
    # ---- Diagonals ----
    *(
        Case(
            "MatrixBandPart",
            f"{lower}-{upper}",
            lambda tf, x, lower=lower, upper=upper: tf.matrix_band_part(x, lower, upper),
            anything((2, 3, 4)),
            ("float32", "float64", "int32", "complex64", "bool") if lower == 0 else ("float32",),
        )
        for lower, upper in ((0, -1), (-1, 0), (1, 2), (0, 0), (-1, -1))
    ),
    Case(
        "MatrixDiag",
        "",
        lambda tf, x: tf.raw_ops.MatrixDiag(diagonal=x),
        normal((2, 3)),
        NUMBERS,
        diagonal_matrix,
    ),
    Case("MatrixDiag", "public", lambda tf, x: tf.matrix_diag(x), normal((3,))),
    Case(
        "MatrixDiagPart",
        "",
        lambda tf, x: tf.raw_ops.MatrixDiagPart(input=x),
        normal((2, 3, 4)),
        NUMBERS,
        lambda x: np.diagonal(x, axis1=1, axis2=2),
    ),
    Case("MatrixDiagPart", "public", lambda tf, x: tf.matrix_diag_part(x), normal((3, 3))),
    Case(
        "MatrixSetDiag",
        "",
        lambda tf, x, d: tf.raw_ops.MatrixSetDiag(input=x, diagonal=d),
        normal((2, 3, 4), (2, 3)),
        NUMBERS,
    ),
    Case(
        "MatrixSetDiag", "public", lambda tf, x, d: tf.matrix_set_diag(x, d), normal((4, 3), (3,))
    ),
    Case("Diag", "", lambda tf, x: tf.diag(x), normal((3,)), NUMBERS, np.diag),
    Case("Diag", "matrix", lambda tf, x: tf.diag(x), normal((2, 3))),
    Case("DiagPart", "", lambda tf, x: tf.diag_part(x), normal((3, 3)), NUMBERS, np.diag),
    Case("DiagPart", "rank4", lambda tf, x: tf.diag_part(x), normal((2, 3, 2, 3))),
    # ---- SpaceToDepth and its like ----
    Case(
        "SpaceToDepth",
        "",
        lambda tf, x: tf.space_to_depth(x, 2),
        normal((2, 4, 6, 3)),
        ("float32", "float64", "int32"),
        lambda x: space_to_depth(x, 2),
    ),
    Case(
        "SpaceToDepth",
        "NCHW",
        lambda tf, x: tf.space_to_depth(x, 2, data_format="NCHW"),
        normal((2, 3, 4, 6)),
        golden=False,
        expected=lambda x: space_to_depth(x.transpose(0, 2, 3, 1), 2).transpose(0, 3, 1, 2),
    ),
    Case("DepthToSpace", "", lambda tf, x: tf.depth_to_space(x, 2), normal((2, 2, 3, 8)), NUMBERS),
    Case(
        "SpaceToBatchND",
        "",
        lambda tf, x: tf.space_to_batch_nd(x, [2, 3], [[1, 1], [0, 2]]),
        normal((2, 4, 4, 3)),
        NUMBERS,
    ),
    Case(
        "SpaceToBatchND",
        "one-axis",
        lambda tf, x: tf.space_to_batch_nd(x, [2], [[0, 1]]),
        normal((2, 5)),
    ),
    Case(
        "BatchToSpaceND",
        "",
        lambda tf, x: tf.batch_to_space_nd(x, [2, 2], [[1, 0], [0, 1]]),
        normal((8, 2, 3, 2)),
        NUMBERS,
    ),
    Case(
        "SpaceToBatch",
        "",
        lambda tf, x: tf.raw_ops.SpaceToBatch(input=x, paddings=[[1, 1], [0, 0]], block_size=2),
        normal((1, 4, 2, 3)),
    ),
    Case(
        "BatchToSpace",
        "",
        lambda tf, x: tf.raw_ops.BatchToSpace(input=x, crops=[[1, 1], [0, 0]], block_size=2),
        normal((4, 3, 1, 3)),
    ),
    Case(
        "SpaceToBatchND",
        "public-block-size",
        lambda tf, x: tf.space_to_batch(x, [[0, 0], [0, 0]], 2),
        normal((1, 4, 2, 3)),
    ),
]
