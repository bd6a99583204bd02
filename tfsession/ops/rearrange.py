"""Ops that put the elements of a tensor in another order or among others.

Transpositions, repetitions, padding, reversals, diagonals, and blocks of pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes, shapes as static_shapes
from tfsession.graph.build import (
    TensorLike,
    build,
    constant_of_array,
    convert_sizes,
    convert_to_tensor,
    sizes_array,
)
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import (
    Array,
    constant_value,
    constant_value_as_shape,
    of_values,
)
from tfsession.ops.array import (
    concat,
    constant,
    deprecated_argument,
    rank,
    reshape,
    shape,
    size,
    stack,
    zeros,
    zeros_like,
)
from tfsession.registry import (
    gradient,
    no_gradient,
    op,
    run_ranks,
    shape as shape_function,
    static_value,
    undefined_gradient,
)
from tfsession.shapes import (
    Dims,
    merge_dim,
    merge_dims,
    with_rank,
    with_rank_at_least,
    with_rank_at_most,
)

__all__ = [
    "batch_to_space",
    "batch_to_space_nd",
    "depth_to_space",
    "diag",
    "diag_part",
    "invert_permutation",
    "matrix_band_part",
    "matrix_diag",
    "matrix_diag_part",
    "matrix_set_diag",
    "matrix_transpose",
    "pad",
    "required_space_to_batch_paddings",
    "reverse",
    "reverse_sequence",
    "reverse_v2",
    "roll",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
    "tile",
    "transpose",
]

# ---- Transpose ----

op("Transpose(x: T, perm: Tperm) -> y: T", "T: type; Tperm: {int32, int64} = int32")
op("ConjugateTranspose(x: T, perm: Tperm) -> y: T", "T: type; Tperm: {int32, int64} = int32")


@shape_function("Transpose", "ConjugateTranspose")
def _transpose_shape(x: Tensor, perm: Tensor) -> Dims:
    axes = constant_value(perm)
    (given,) = with_rank(perm.dims, 1)
    count = len(x.dims) if x.dims is not None else given
    if count is None or (x.dims is None and count < 2):
        return None
    if perm.dims is not None and perm.dims[0] is not None and perm.dims[0] != count:
        raise ValueError(f"Dimension must be {count} but is {perm.dims[0]}")
    dims = with_rank(x.dims, count)
    if axes is None:
        return (None,) * count
    order = [int(axis) for axis in axes]
    for axis in order:
        if not -count <= axis < count:
            raise ValueError(f"perm dim {axis} is out of range of input rank {count}")
    return tuple(dims[axis] for axis in order)


def _inverse(perm: Tensor) -> Any:
    """The permutation that undoes `perm`."""
    known = constant_value(perm)
    if known is None:
        return invert_permutation(perm)
    return np.argsort(known % max(len(known), 1)).astype(known.dtype)


@gradient("Transpose")
def _transpose_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("Transpose", dy, _inverse(op.inputs[1])), None]


@gradient("ConjugateTranspose")
def _conjugate_transpose_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("ConjugateTranspose", dy, _inverse(op.inputs[1])), None]


def transpose(
    a: TensorLike, perm: TensorLike | None = None, name: str = "transpose", conjugate: bool = False
) -> Tensor:
    """Reorders the axes of a tensor.

    Args:
      a: any tensor.
      perm: [rank of a]: axis i of the result is axis perm[i] of `a`; None reverses the axes.
      name: name of the operation.
      conjugate: whether complex elements are conjugated.

    Raises:
      ValueError: `perm` is known and does not fit.

    Source: TensorFlow 1.15 `tf.transpose`.
    """
    with name_scope(name, "transpose", [a]) as scope:
        tensor = convert_to_tensor(a, name="x") if conjugate or perm is None else a
        op_type = "Transpose"
        if conjugate and tensor.dtype.is_complex:
            op_type = "ConjugateTranspose"
        if perm is None:
            if tensor.dims is not None:
                perm = np.arange(len(tensor.dims) - 1, -1, -1, dtype=np.int32)
            else:
                axes = rank(tensor)
                perm = (axes - 1) - build("Range", 0, axes, 1, name="Range")
        result: Tensor = build(op_type, tensor, perm, name=scope)
        return result


def matrix_transpose(
    a: TensorLike, name: str = "matrix_transpose", conjugate: bool = False
) -> Tensor:
    """Swaps the last two axes of a tensor.

    Args:
      a: [..., m, n].
      name: name of the operations' scope.
      conjugate: whether complex elements are conjugated.

    Raises:
      ValueError: `a` is known to have less than two axes.

    Source: TensorFlow 1.15 `tf.matrix_transpose`.
    """
    with name_scope(name, "matrix_transpose", [a]):
        tensor = convert_to_tensor(a, name="a")
        if tensor.dims is not None:
            count = len(tensor.dims)
            if count < 2:
                raise ValueError(
                    "Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: "
                    f"{tensor.shape}"
                )
            perm: Any = [*range(count - 2), count - 1, count - 2]
        else:
            axes = rank(tensor)
            perm = concat([build("Range", 0, axes - 2, 1), [axes - 1, axes - 2]], 0)
        return transpose(tensor, perm=perm, conjugate=conjugate)


def adjoint(matrix: TensorLike, name: str | None = None) -> Tensor:
    """Transposes the last two axes, and conjugates.

    Args:
      matrix: [..., m, n].
      name: name of the operations' scope.

    Returns:
      [..., n, m].

    Source: TensorFlow 1.15 `tf.linalg.adjoint`.
    """
    with name_scope(name, "adjoint", [matrix]):
        matrix = convert_to_tensor(matrix, name="matrix")
        return matrix_transpose(matrix, conjugate=True)


# ---- InvertPermutation ----

op("InvertPermutation(x: T) -> y: T", "T: {int32, int64} = int32")


@shape_function("InvertPermutation")
def _invert_permutation_shape(x: Tensor) -> Dims:
    return with_rank(x.dims, 1)


static_value("InvertPermutation")(of_values(np.argsort))


no_gradient("InvertPermutation")


def invert_permutation(x: TensorLike, name: str | None = None) -> Tensor:
    """Returns the permutation that undoes another: ``y[x[i]] = i``.

    Args:
      x: [n], the numbers 0 to n - 1 in some order.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.invert_permutation`.
    """
    result: Tensor = build("InvertPermutation", x, name=name)
    return result


# ---- Tile ----

op(
    "Tile(input: T, multiples: Tmultiples) -> output: T",
    "T: type; Tmultiples: {int32, int64} = int32",
)
run_ranks("Tile", multiples=(1, "Expected multiples to be 1-D, but got shape {multiples}"))
run_ranks("Transpose", perm=(1, "perm must be a vector, not {perm}"))
op("TileGrad(input: T, multiples: int32) -> output: T", "T: type")


@shape_function("Tile")
def _tile_shape(input: Tensor, multiples: Tensor) -> Dims:
    factors = constant_value_as_shape(multiples)
    if factors is None:
        return None if input.dims is None else (None,) * len(input.dims)
    dims = input.dims
    if dims is not None:
        # It is the factors that have to fit.
        with_rank((None,) * len(factors), len(dims))
    else:
        dims = (None,) * len(factors)
    return tuple(
        None if n is None or factor is None else n * factor
        for n, factor in zip(dims, factors, strict=True)
    )


@shape_function("TileGrad")
def _tile_grad_shape(input: Tensor) -> Dims:
    return None if input.dims is None else (None,) * len(input.dims)


static_value("Tile")(of_values(np.tile))


@gradient("Tile")
def _tile_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, multiples = op.inputs
    factors, dims = constant_value(multiples), x.dims
    if factors is not None and dims is not None and None not in dims:
        split_shape: Any = sizes_array(
            [n for pair in zip(factors.tolist(), dims, strict=True) for n in pair]
        )
        axes: Any = np.arange(0, 2 * len(dims), 2, dtype=np.int32)
    else:
        sizes = shape(x, out_type=multiples.dtype)
        split_shape = reshape(transpose(stack([multiples, sizes])), [-1])
        axes = build("Range", 0, size(split_shape), 2)
    dx = build("Sum", reshape(dy, split_shape), axes)
    if dims is not None:
        dx.set_shape(dims)
    return [dx, None]


undefined_gradient("TileGrad")


def tile(input: TensorLike, multiples: TensorLike, name: str | None = None) -> Tensor:
    """Repeats a tensor along its axes.

    Args:
      input: any tensor.
      multiples: [rank of input], how often along each axis.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.tile`.
    """
    result: Tensor = build("Tile", input, multiples, name=name)
    return result


# ---- Pad ----

op(
    "Pad(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32",
)
run_ranks("Pad", paddings=(2, "paddings must be a matrix with 2 columns: {paddings}"))
op(
    "PadV2(input: T, paddings: Tpaddings, constant_values: T) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32",
)
op(
    "MirrorPad(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32; mode: {'REFLECT', 'SYMMETRIC'}",
)
op(
    "MirrorPadGrad(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32; mode: {'REFLECT', 'SYMMETRIC'}",
)


@shape_function("Pad", "PadV2", "MirrorPad")
def _pad_shape(input: Tensor, paddings: Tensor) -> Dims:
    return _padded(input, paddings, 1)


@shape_function("MirrorPadGrad")
def _mirror_pad_grad_shape(input: Tensor, paddings: Tensor) -> Dims:
    return _padded(input, paddings, -1)


def _padded(input: Tensor, paddings: Tensor, sign: int) -> Dims:
    rows, columns = with_rank(paddings.dims, 2)
    static_shapes.with_value(columns, 2)
    amounts = constant_value(paddings, partial=True)
    if amounts is None or amounts.ndim != 2:
        if input.dims is None:
            return None if rows is None else (None,) * rows
        if rows is not None:
            with_rank(input.dims, rows)
        return (None,) * len(input.dims)
    dims = with_rank(input.dims, len(amounts))
    pairs = amounts.tolist()
    if any(amount is not None and amount < 0 for pair in pairs for amount in pair):
        raise ValueError("Paddings must be non-negative")
    return tuple(
        None if n is None or None in pair else n + sign * sum(pair)
        for n, pair in zip(dims, pairs, strict=True)
    )


@gradient("Pad", "PadV2")
def _pad_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, paddings = op.inputs[:2]
    amounts, dims = constant_value(paddings), x.dims
    if amounts is not None:
        begin: Any = amounts[:, 0]
    else:
        # The first column of the paddings.
        begin = reshape(build("Slice", paddings, [0, 0], stack([rank(x), 1])), [-1])
    kind = paddings.dtype.base_dtype
    if dims is not None and None not in dims:
        sizes: Any = sizes_array(dims)
        kind = kind if sizes.dtype == np.int32 else dtypes.int64
        sizes = sizes.astype(kind.numpy)
    else:
        sizes = shape(x, out_type=kind)
    if isinstance(begin, np.ndarray):
        begin = constant_of_array(begin.astype(kind.numpy), "begin", kind)
    elif kind is not paddings.dtype.base_dtype:
        begin = build("Cast", begin, DstT=kind)
    return [build("Slice", dy, begin, sizes), *[None] * (len(op.inputs) - 1)]


@gradient("MirrorPad")
def _mirror_pad_gradient(op: Operation, dy: Tensor) -> list[Any]:
    dx = build("MirrorPadGrad", dy, op.inputs[1], mode=op.attrs["mode"])
    if op.inputs[0].dims is not None:
        dx.set_shape(op.inputs[0].dims)
    return [dx, None]


@gradient("MirrorPadGrad")
def _mirror_pad_grad_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("MirrorPad", dy, op.inputs[1], mode=op.attrs["mode"]), None]


def pad(
    tensor: TensorLike,
    paddings: TensorLike,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: TensorLike = 0,
) -> Tensor:
    """Pads a tensor on both sides of its axes.

    Args:
      tensor: any tensor.
      paddings: [rank, 2], how much before and after each axis.
      mode: CONSTANT, REFLECT (without repeating the border) or SYMMETRIC (repeating it), in any
        case.
      name: name of the operation.
      constant_values: a scalar, the padding of mode CONSTANT.

    Raises:
      ValueError: an unknown mode, or paddings that do not fit.

    Source: TensorFlow 1.15 `tf.pad`.
    """
    kind = mode.upper()
    result: Tensor
    if kind == "CONSTANT":
        if not isinstance(constant_values, Tensor) and np.all(constant_values == 0):
            result = build("Pad", tensor, paddings, name=name)
        else:
            result = build("PadV2", tensor, paddings, constant_values, name=name)
    elif kind in ("REFLECT", "SYMMETRIC"):
        result = build("MirrorPad", tensor, paddings, mode=kind, name=name)
    else:
        raise ValueError(f"Unknown padding mode: {mode}")
    return result


# ---- ReverseV2 ----

_REVERSIBLE = (
    "{uint8, int8, uint16, int16, int32, int64, bool, bfloat16, float16, float32, float64, "
    "complex64, complex128, string}"
)
op(
    "ReverseV2(tensor: T, axis: Tidx) -> output: T",
    f"Tidx: {{int32, int64}} = int32; T: {_REVERSIBLE}",
)
run_ranks("ReverseV2", axis=(1, "'dims' must be 1-dimension, not {axis_rank}"))
op("Reverse(tensor: T, dims: bool) -> output: T", f"T: {_REVERSIBLE}")


@shape_function("ReverseV2")
def _reverse_v2_shape(tensor: Tensor, axis: Tensor) -> Dims:
    with_rank(axis.dims, 1)
    axes = constant_value(axis)
    if axes is not None and tensor.dims is not None:
        count = len(tensor.dims)
        seen: set[int] = set()
        for a in axes.tolist():
            if not -count <= a < count:
                raise ValueError(f"'axis'[{len(seen)}] = {a} is out of valid range [0, {count - 1}")
            if a % count in seen:
                raise ValueError(f"axis {a} specified more than once.")
            seen.add(a % count)
    return tensor.dims


@shape_function("Reverse")
def _reverse_shape(tensor: Tensor, dims: Tensor) -> Dims:
    (count,) = with_rank(dims.dims, 1)
    return tensor.dims if count is None else with_rank(tensor.dims, count)


@static_value("ReverseV2")
@of_values
def _reverse_v2_value(value: Array, axis: Array) -> Any:
    return np.flip(value, tuple(axis.tolist()))


@gradient("ReverseV2", "Reverse")
def _reverse_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build(op.type, dy, op.inputs[1]), None]


def reverse(tensor: TensorLike, axis: TensorLike, name: str | None = None) -> Tensor:
    """Reverses a tensor along some axes.

    Args:
      tensor: any tensor.
      axis: [n], int32 or int64, the axes.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.reverse`.
    """
    result: Tensor = build("ReverseV2", tensor, axis, name=name)
    return result


reverse_v2 = reverse


# ---- ReverseSequence ----

op(
    "ReverseSequence(input: T, seq_lengths: Tlen) -> output: T",
    "seq_dim: int; batch_dim: int = 0; T: type; Tlen: {int32, int64} = int64",
)


@shape_function("ReverseSequence")
def _reverse_sequence_shape(
    input: Tensor, seq_lengths: Tensor, seq_dim: int, batch_dim: int
) -> Dims:
    (count,) = with_rank(seq_lengths.dims, 1)
    dims = input.dims
    if dims is None:
        return None
    if batch_dim >= len(dims):
        raise ValueError(f"batch_dim must be < input rank: {batch_dim} vs. {len(dims)}")
    if seq_dim >= len(dims):
        raise ValueError(f"seq_dim must be < input rank: {seq_dim} vs. {len(dims)}")
    batch = static_shapes.merge_dim(dims[batch_dim], count)
    return tuple(batch if axis == batch_dim else n for axis, n in enumerate(dims))


@gradient("ReverseSequence")
def _reverse_sequence_gradient(op: Operation, dy: Tensor) -> list[Any]:
    dx = build(
        "ReverseSequence",
        dy,
        op.inputs[1],
        seq_dim=op.attrs["seq_dim"],
        batch_dim=op.attrs["batch_dim"],
    )
    return [dx, None]


def reverse_sequence(
    input: TensorLike,
    seq_lengths: TensorLike,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """Reverses the first part of each sequence of a batch.

    Args:
      input: any tensor.
      seq_lengths: [batch], int32 or int64, how many elements of each sequence are reversed.
      seq_axis: the axis of the sequences.
      batch_axis: the axis of the batch; None: 0.
      name: name of the operation.
      seq_dim: the old name of `seq_axis`.
      batch_dim: the old name of `batch_axis`.

    Source: TensorFlow 1.15 `tf.reverse_sequence`.
    """
    seq_axis = deprecated_argument("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch_axis = deprecated_argument("batch_axis", batch_axis, "batch_dim", batch_dim)
    result: Tensor = build(
        "ReverseSequence", input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis, name=name
    )
    return result


# ---- Roll ----

op(
    "Roll(input: T, shift: Tshift, axis: Taxis) -> output: T",
    "T: type; Tshift: {int32, int64}; Taxis: {int32, int64}",
)


@shape_function("Roll")
def _roll_shape(input: Tensor, shift: Tensor, axis: Tensor) -> Dims:
    with_rank_at_most(shift.dims, 1)
    with_rank_at_most(axis.dims, 1)
    merge_dims(shift.dims, axis.dims)
    return with_rank_at_least(input.dims, 1)


@gradient("Roll")
def _roll_gradient(op: Operation, dy: Tensor) -> list[Any]:
    _, shift, axis = op.inputs
    return [build("Roll", dy, build("Neg", shift), axis), None, None]


def roll(input: TensorLike, shift: TensorLike, axis: TensorLike, name: str | None = None) -> Tensor:
    """Moves the elements along axes; what leaves at one end comes in at the other.

    Args:
      input: [...] of rank 1 or more, any dtype.
      shift: a scalar or [n], int32 or int64; by how many places, to the front where negative.
      axis: a scalar or [n], int32 or int64, the axes; shifts of the same axis add up.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.roll`.
    """
    result: Tensor = build("Roll", input, shift, axis, name=name)
    return result


# ---- MatrixBandPart ----

op(
    "MatrixBandPart(input: T, num_lower: Tindex, num_upper: Tindex) -> band: T",
    "T: type; Tindex: {int32, int64} = int64",
)


@shape_function("MatrixBandPart")
def _matrix_band_part_shape(input: Tensor) -> Dims:
    return with_rank_at_least(input.dims, 2)


@gradient("MatrixBandPart")
def _matrix_band_part_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("MatrixBandPart", dy, op.inputs[1], op.inputs[2]), None, None]


def matrix_band_part(
    input: TensorLike, num_lower: TensorLike, num_upper: TensorLike, name: str | None = None
) -> Tensor:
    """Zeroes matrices outside a band around the diagonal.

    Args:
      input: [..., m, n].
      num_lower: how many diagonals below the main one are kept; negative: all.
      num_upper: how many above; negative: all.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.matrix_band_part`.
    """
    result: Tensor = build("MatrixBandPart", input, num_lower, num_upper, name=name)
    return result


# ---- MatrixDiag ----

op("MatrixDiag(diagonal: T) -> output: T", "T: type")
op("MatrixDiagPart(input: T) -> diagonal: T", "T: type")
op("MatrixSetDiag(input: T, diagonal: T) -> output: T", "T: type")
run_ranks(
    "MatrixDiag",
    diagonal=(range(1, 255), "diagonal must be at least 1-dim, received shape: {diagonal}"),
)
run_ranks(
    "MatrixDiagPart",
    "MatrixSetDiag",
    input=(range(2, 255), "input must be at least 2-dim, received shape: {input}"),
)
run_ranks(
    "MatrixSetDiag",
    diagonal=(range(1, 255), "diagonal must be at least 1-dim, received shape: {diagonal}"),
)


@shape_function("MatrixDiag")
def _matrix_diag_shape(diagonal: Tensor) -> Dims:
    dims = with_rank_at_least(diagonal.dims, 1)
    return None if dims is None else (*dims, dims[-1])


@shape_function("MatrixDiagPart")
def _matrix_diag_part_shape(input: Tensor) -> Dims:
    dims = with_rank_at_least(input.dims, 2)
    if dims is None:
        return None
    rows, columns = dims[-2:]
    return (*dims[:-2], None if rows is None or columns is None else min(rows, columns))


@shape_function("MatrixSetDiag")
def _matrix_set_diag_shape(input: Tensor, diagonal: Tensor) -> Dims:
    dims = with_rank_at_least(input.dims, 2)
    part = with_rank_at_least(diagonal.dims, 1)
    if dims is None:
        return None if part is None else (*part[:-1], None, None)
    if part is not None and dims[-1] is not None and dims[-2] is not None:
        merge_dim(min(dims[-2], dims[-1]), part[-1])
    return dims if part is None else (*(merge_dims(dims[:-2], part[:-1]) or ()), *dims[-2:])


@gradient("MatrixDiag")
def _matrix_diag_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("MatrixDiagPart", dy)]


@gradient("MatrixDiagPart")
def _matrix_diag_part_gradient(op: Operation, dy: Tensor) -> list[Any]:
    dims = op.inputs[0].dims
    if dims is not None and dims[-1] is not None and dims[-1] == dims[-2]:
        return [build("MatrixDiag", dy)]
    return [build("MatrixSetDiag", zeros_like(op.inputs[0]), dy)]


@gradient("MatrixSetDiag")
def _matrix_set_diag_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [
        build("MatrixSetDiag", dy, zeros_like(op.inputs[1])),
        build("MatrixDiagPart", dy),
    ]


def matrix_diag(
    diagonal: TensorLike,
    name: str = "diag",
    k: Any = 0,
    num_rows: Any = -1,
    num_cols: Any = -1,
    padding_value: Any = 0,
) -> Tensor:
    """Makes matrices with given diagonals and zeros elsewhere.

    Args:
      diagonal: [..., n].
      name: name of the operation.
      k: accepted, and without effect, as in TensorFlow 1.15; so are the following.
      num_rows: accepted for compatibility.
      num_cols: accepted for compatibility.
      padding_value: accepted for compatibility.

    Returns:
      [..., n, n].

    Source: TensorFlow 1.15 `tf.matrix_diag`.
    """
    result: Tensor = build("MatrixDiag", diagonal, name=name)
    return result


def matrix_diag_part(
    input: TensorLike, name: str = "diag_part", k: Any = 0, padding_value: Any = 0
) -> Tensor:
    """Returns the diagonals of matrices.

    Args:
      input: [..., m, n].
      name: name of the operation.
      k: accepted, and without effect, as in TensorFlow 1.15.
      padding_value: the same.

    Returns:
      [..., min(m, n)].

    Source: TensorFlow 1.15 `tf.matrix_diag_part`.
    """
    result: Tensor = build("MatrixDiagPart", input, name=name)
    return result


def matrix_set_diag(
    input: TensorLike, diagonal: TensorLike, name: str = "set_diag", k: Any = 0
) -> Tensor:
    """Returns matrices with other diagonals.

    Args:
      input: [..., m, n].
      diagonal: [..., min(m, n)].
      name: name of the operation.
      k: accepted, and without effect, as in TensorFlow 1.15.

    Source: TensorFlow 1.15 `tf.matrix_set_diag`.
    """
    result: Tensor = build("MatrixSetDiag", input, diagonal, name=name)
    return result


# ---- Diag ----

_DIAGONAL_TYPES = "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}"
op("Diag(diagonal: T) -> output: T", f"T: {_DIAGONAL_TYPES}")
op("DiagPart(input: T) -> diagonal: T", f"T: {_DIAGONAL_TYPES}")


@shape_function("Diag")
def _diag_shape(diagonal: Tensor) -> Dims:
    dims = with_rank_at_least(diagonal.dims, 1)
    return None if dims is None else dims + dims


@shape_function("DiagPart")
def _diag_part_shape(input: Tensor) -> Dims:
    dims = input.dims
    if dims is None:
        return None
    if len(dims) % 2 or not dims:
        raise ValueError(f"Input must have even and non-zero rank, input rank is {len(dims)}")
    half = len(dims) // 2
    return merge_dims(dims[:half], dims[half:])


@gradient("Diag")
def _diag_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("DiagPart", dy)]


@gradient("DiagPart")
def _diag_part_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("Diag", dy)]


def diag(diagonal: TensorLike, name: str | None = None) -> Tensor:
    """Makes a tensor with a given diagonal: ``y[i, ..., i, ...] = diagonal[i, ...]``.

    Args:
      diagonal: [...].
      name: name of the operation.

    Returns:
      [..., ...], zero elsewhere.

    Source: TensorFlow 1.15 `tf.diag`.
    """
    result: Tensor = build("Diag", diagonal, name=name)
    return result


def diag_part(input: TensorLike, name: str | None = None) -> Tensor:
    """Returns the diagonal of a tensor [..., ...] of equal halves.

    Source: TensorFlow 1.15 `tf.diag_part`.
    """
    result: Tensor = build("DiagPart", input, name=name)
    return result


# ---- SpaceToDepth, DepthToSpace ----

_BLOCK_ATTRS = (
    "T: type; block_size: int >= 2; data_format: {'NHWC', 'NCHW', 'NCHW_VECT_C'} = 'NHWC'"
)
op("SpaceToDepth(input: T) -> output: T", _BLOCK_ATTRS)
op("DepthToSpace(input: T) -> output: T", _BLOCK_ATTRS)


@shape_function("SpaceToDepth")
def _space_to_depth_shape(input: Tensor, block_size: int, data_format: bytes) -> Dims:
    batch, height, width, depth = _as_nhwc(input.dims, data_format)
    result = (
        batch,
        _quotient(height, block_size),
        _quotient(width, block_size),
        None if depth is None else depth * block_size * block_size,
    )
    return _from_nhwc(result, data_format)


@shape_function("DepthToSpace")
def _depth_to_space_shape(input: Tensor, block_size: int, data_format: bytes) -> Dims:
    batch, height, width, depth = _as_nhwc(input.dims, data_format)
    result = (
        batch,
        None if height is None else height * block_size,
        None if width is None else width * block_size,
        _quotient(depth, block_size * block_size),
    )
    return _from_nhwc(result, data_format)


def _as_nhwc(dims: Dims, data_format: bytes) -> tuple[int | None, ...]:
    if data_format == b"NHWC":
        return with_rank(dims, 4)
    if data_format == b"NCHW":
        batch, depth, height, width = with_rank(dims, 4)
        return batch, height, width, depth
    batch, depth, height, width, inner = with_rank(dims, 5)
    return batch, height, width, None if depth is None or inner is None else depth * inner


def _from_nhwc(dims: tuple[int | None, ...], data_format: bytes) -> Dims:
    batch, height, width, depth = dims
    if data_format == b"NHWC":
        return dims
    if data_format == b"NCHW":
        return batch, depth, height, width
    return batch, _quotient(depth, 4), height, width, 4


def _quotient(n: int | None, divisor: int) -> int | None:
    if n is None:
        return None
    if n % divisor:
        raise ValueError(f"Dimension size must be evenly divisible by {divisor} but is {n}")
    return n // divisor


def _difference(n: int, amount: int) -> int:
    if n < amount:
        raise ValueError(f"Negative dimension size caused by subtracting {amount} from {n}")
    return n - amount


@gradient("SpaceToDepth")
def _space_to_depth_gradient(op: Operation, dy: Tensor) -> list[Any]:
    a = op.attrs
    return [build("DepthToSpace", dy, block_size=a["block_size"], data_format=a["data_format"])]


@gradient("DepthToSpace")
def _depth_to_space_gradient(op: Operation, dy: Tensor) -> list[Any]:
    a = op.attrs
    return [build("SpaceToDepth", dy, block_size=a["block_size"], data_format=a["data_format"])]


def space_to_depth(
    input: TensorLike, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Moves blocks of an image into its channels.

    Args:
      input: [batch, height, width, channels], or with the axes of `data_format`.
      block_size: the edge b of the blocks, in pixels.
      name: name of the operation.
      data_format: NHWC, NCHW or NCHW_VECT_C.

    Returns:
      [batch, height / b, width / b, channels * b * b].

    Source: TensorFlow 1.15 `tf.space_to_depth`.
    """
    result: Tensor = build(
        "SpaceToDepth", input, block_size=block_size, data_format=data_format, name=name
    )
    return result


def depth_to_space(
    input: TensorLike, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Moves channels of an image into blocks of pixels; undoes `space_to_depth`.

    Args:
      input: [batch, height, width, channels], or with the axes of `data_format`.
      block_size: the edge b of the blocks, in pixels.
      name: name of the operation.
      data_format: NHWC, NCHW or NCHW_VECT_C.

    Returns:
      [batch, height * b, width * b, channels / (b * b)].

    Source: TensorFlow 1.15 `tf.depth_to_space`.
    """
    result: Tensor = build(
        "DepthToSpace", input, block_size=block_size, data_format=data_format, name=name
    )
    return result


# ---- SpaceToBatchND, BatchToSpaceND ----

op(
    "SpaceToBatchND(input: T, block_shape: Tblock_shape, paddings: Tpaddings) -> output: T",
    "T: type; Tblock_shape: {int32, int64} = int32; Tpaddings: {int32, int64} = int32",
)
op(
    "BatchToSpaceND(input: T, block_shape: Tblock_shape, crops: Tcrops) -> output: T",
    "T: type; Tblock_shape: {int32, int64} = int32; Tcrops: {int32, int64} = int32",
)
op(
    "SpaceToBatch(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32; block_size: int >= 2",
)
op(
    "BatchToSpace(input: T, crops: Tidx) -> output: T",
    "T: type; block_size: int >= 2; Tidx: {int32, int64} = int32",
)


@shape_function("SpaceToBatchND")
def _space_to_batch_nd_shape(input: Tensor, block_shape: Tensor, paddings: Tensor) -> Dims:
    return _blocked_nd(input, block_shape, paddings, "paddings")


@shape_function("BatchToSpaceND")
def _batch_to_space_nd_shape(input: Tensor, block_shape: Tensor, crops: Tensor) -> Dims:
    return _blocked_nd(input, block_shape, crops, "crops")


def _blocked_nd(input: Tensor, block_shape: Tensor, borders: Tensor, name: str) -> Dims:
    """`_blocked` after a look at the shapes of the arguments, as TensorFlow has it."""
    if block_shape.dims is not None and len(block_shape.dims) != 1:
        raise ValueError("block_shape must have rank 1.")
    (count,) = block_shape.dims or (None,)
    merge_dims(borders.dims, (count, 2))
    if count is not None:
        with_rank_at_least(input.dims, count + 1)
    block = constant_value(block_shape)
    if block is None and count is not None and input.dims is not None:
        return (*[None] * (count + 1), *input.dims[count + 1 :])
    return _blocked(input.dims, block, constant_value(borders), name)


@shape_function("SpaceToBatch")
def _space_to_batch_shape(input: Tensor, paddings: Tensor, block_size: int) -> Dims:
    dims = with_rank(input.dims, 4)
    return _blocked(dims, np.array([block_size] * 2), constant_value(paddings), "paddings")


@shape_function("BatchToSpace")
def _batch_to_space_shape(input: Tensor, crops: Tensor, block_size: int) -> Dims:
    dims = with_rank(input.dims, 4)
    return _blocked(dims, np.array([block_size] * 2), constant_value(crops), "crops")


def _blocked(
    dims: Dims,
    block: np.ndarray[Any, Any] | None,
    borders: np.ndarray[Any, Any] | None,
    name: str,
) -> Dims:
    """The shape after blocks with paddings went to the batch, or came from there and were cropped.

    Args:
      dims: of what is cut into blocks, or put together of them.
      block: the edges of the blocks.
      borders: what is added or cut off before and after each axis.
      name: what `borders` are: "paddings" or "crops".
    """
    if dims is None:
        return None
    if block is None:
        return (None,) * len(dims)
    if (block < 1).any():
        raise ValueError("block_shape must be positive")
    if borders is not None and (borders < 0).any():
        raise ValueError(f"{name} cannot be negative")
    to_batch = name == "paddings"
    batch = dims[0]
    for step in block.tolist():
        if to_batch:
            batch = None if batch is None else batch * step
        else:
            batch = _quotient(batch, step)
    spatial: list[int | None] = []
    for axis, step in enumerate(block.tolist()):
        n = dims[axis + 1]
        if n is None or borders is None:
            spatial.append(None)
        elif to_batch:
            spatial.append(_quotient(n + int(borders[axis].sum()), step))
        else:
            before, after = borders[axis].tolist()
            spatial.append(_difference(_difference(n * step, before), after))
    return (batch, *spatial, *dims[len(block) + 1 :])


@gradient("SpaceToBatchND")
def _space_to_batch_nd_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("BatchToSpaceND", dy, op.inputs[1], op.inputs[2]), None, None]


@gradient("BatchToSpaceND")
def _batch_to_space_nd_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("SpaceToBatchND", dy, op.inputs[1], op.inputs[2]), None, None]


@gradient("SpaceToBatch")
def _space_to_batch_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("BatchToSpace", dy, op.inputs[1], block_size=op.attrs["block_size"]), None]


@gradient("BatchToSpace")
def _batch_to_space_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("SpaceToBatch", dy, op.inputs[1], block_size=op.attrs["block_size"]), None]


def space_to_batch_nd(
    input: TensorLike, block_shape: TensorLike, paddings: TensorLike, name: str | None = None
) -> Tensor:
    """Moves blocks of the spatial axes, zero-padded, into the batch.

    Args:
      input: [batch, spatial sizes (m of them), ...].
      block_shape: [m], the edges of the blocks.
      paddings: [m, 2], zeros before and after each spatial axis.
      name: name of the operation.

    Returns:
      [batch * product of block_shape, padded sizes / block_shape, ...].

    Source: TensorFlow 1.15 `tf.space_to_batch_nd`.
    """
    result: Tensor = build("SpaceToBatchND", input, block_shape, paddings, name=name)
    return result


def batch_to_space_nd(
    input: TensorLike, block_shape: TensorLike, crops: TensorLike, name: str | None = None
) -> Tensor:
    """Moves blocks from the batch to the spatial axes, and crops; undoes `space_to_batch_nd`.

    Args:
      input: [batch, spatial sizes (m of them), ...].
      block_shape: [m], the edges of the blocks.
      crops: [m, 2], what to cut before and after each spatial axis.
      name: name of the operation.

    Returns:
      [batch / product of block_shape, sizes * block_shape - crops, ...].

    Source: TensorFlow 1.15 `tf.batch_to_space_nd`.
    """
    result: Tensor = build("BatchToSpaceND", input, block_shape, crops, name=name)
    return result


def space_to_batch(
    input: TensorLike,
    paddings: TensorLike,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """Moves square blocks of an image into the batch.

    Args:
      input: [batch, height, width, channels].
      paddings: [2, 2], zeros before and after height and width.
      block_size: the edge of the blocks, in pixels.
      name: name of the operation.
      block_shape: the new name of `block_size`.

    Source: TensorFlow 1.15 `tf.space_to_batch`.
    """
    block = deprecated_argument("block_shape", block_shape, "block_size", block_size)
    edges = np.array([block, block]) if np.ndim(block) == 0 else block
    result = space_to_batch_nd(input, block_shape=_as_int32(edges), paddings=paddings, name=name)
    result.set_shape(result.shape.with_rank(4))
    return result


def batch_to_space(
    input: TensorLike,
    crops: TensorLike,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """Moves square blocks from the batch into images; undoes `space_to_batch`.

    Args:
      input: [batch, height, width, channels].
      crops: [2, 2], what to cut before and after height and width.
      block_size: the edge of the blocks, in pixels.
      name: name of the operation.
      block_shape: the new name of `block_size`.

    Source: TensorFlow 1.15 `tf.batch_to_space`.
    """
    block = deprecated_argument("block_shape", block_shape, "block_size", block_size)
    edges = np.array([block, block]) if np.ndim(block) == 0 else block
    result = batch_to_space_nd(input, block_shape=_as_int32(edges), crops=crops, name=name)
    result.set_shape(result.shape.with_rank(4))
    return result


def _as_int32(value: Any) -> Any:
    return value.astype(np.int32) if isinstance(value, np.ndarray) else value


def required_space_to_batch_paddings(
    input_shape: TensorLike,
    block_shape: TensorLike,
    base_paddings: TensorLike | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Returns the paddings that make sizes divisible by blocks, and the crops that undo them.

    Args:
      input_shape: [n], int32, spatial sizes.
      block_shape: [n], int32, the edges of the blocks.
      base_paddings: [n, 2], int32, the least paddings; None: zeros.
      name: name of the operations' scope.

    Returns:
      paddings and crops, both [n, 2].

    Raises:
      ValueError: the number n is not known.

    Source: TensorFlow 1.15 `tf.required_space_to_batch_paddings`.
    """
    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        input_shape = convert_sizes(input_shape, "input_shape")
        block_shape = convert_sizes(block_shape, "block_shape")
        count = with_rank(block_shape.dims, 1)[0]
        if count is None:
            raise ValueError("block_shape must be fully defined")
        if count == 0:
            nothing = zeros([0, 2], dtypes.int32)
            return nothing, nothing
        input_shape.shape.assert_is_compatible_with([count])
        if base_paddings is None:
            base_paddings = zeros([count, 2], dtypes.int32)
        else:
            base_paddings = convert_sizes(base_paddings, "base_paddings")
            base_paddings.shape.assert_is_compatible_with([count, 2])
        sizes, edges = constant_value(input_shape), constant_value(block_shape)
        base = constant_value(base_paddings)
        if sizes is not None and edges is not None and base is not None:
            start, end = base[:, 0], base[:, 1]
            extra = -(sizes + start + end) % edges
            return (
                constant(np.stack([start, end + extra], 1).astype(np.int32), name="paddings"),
                constant(np.stack([0 * extra, extra], 1).astype(np.int32), name="crops"),
            )
        first, last = base_paddings[:, 0], base_paddings[:, 1]
        missing = (block_shape - (input_shape + first + last) % block_shape) % block_shape
        end_padding = last + missing
        paddings = stack([[first[i], end_padding[i]] for i in range(count)], name="paddings")
        crops = stack([[0, missing[i]] for i in range(count)], name="crops")
        return paddings, crops
