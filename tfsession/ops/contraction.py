"""Products that sum over axes: of matrices, of batches of them, of tensors; and cross products."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import int32
from tfsession.graph.build import (
    TensorLike,
    build,
    constant_of_array,
    convert_to_tensor,
    sizes_array,
)
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.math import REAL, conjugate, install_operator, sum_to, summed_axes
from tfsession.registry import gradient, op, shape, undefined_gradient
from tfsession.shapes import (
    Dims,
    broadcast_dims,
    concatenate_dims,
    element_count,
    is_fully_defined,
    merge_dim,
    merge_dims,
    with_rank,
    with_rank_at_least,
)

__all__ = [
    "cross",
    "einsum",
    "matmul",
    "tensordot",
    "trace",
]

# ---- MatMul ----

op(
    "MatMul(a: T, b: T) -> product: T",
    "transpose_a: bool = false; transpose_b: bool = false;"
    " T: {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}",
)


@shape("MatMul")
def matmul_shape(a: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool) -> Dims:
    """[rows of a, columns of b]."""
    rows, inner = with_rank(a.dims, 2)
    inner_b, columns = with_rank(b.dims, 2)
    if transpose_a:
        rows, inner = inner, rows
    if transpose_b:
        inner_b, columns = columns, inner_b
    merge_dim(inner, inner_b)
    return rows, columns


@gradient("MatMul")
def matmul_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Products of dy with the other input."""
    a, b = conjugate(op.inputs[0]), conjugate(op.inputs[1])
    ta, tb = op.attrs["transpose_a"], op.attrs["transpose_b"]
    if ta:
        da = build("MatMul", b, dy, transpose_a=tb, transpose_b=True)
    else:
        da = build("MatMul", dy, b, transpose_b=not tb)
    if tb:
        db = build("MatMul", dy, a, transpose_a=True, transpose_b=ta)
    else:
        db = build("MatMul", a, dy, transpose_a=not ta)
    return [da, db]


# ---- BatchMatMul ----

_BATCH_TYPES = "T: {bfloat16, float16, float32, float64, int32, int64, complex64, complex128}"
for _name in ("BatchMatMul", "BatchMatMulV2"):
    op(
        f"{_name}(x: T, y: T) -> output: T",
        f"{_BATCH_TYPES}; adj_x: bool = false; adj_y: bool = false",
    )


def _matrix_shape(
    x: Tensor, y: Tensor, adj_x: bool, adj_y: bool, batch: Callable[[Dims, Dims], Dims]
) -> Dims:
    x_dims, y_dims = with_rank_at_least(x.dims, 2), with_rank_at_least(y.dims, 2)
    if x_dims is None or y_dims is None:
        # The batch axes are unknown, but what is known must fit.
        return None
    rows, inner = x_dims[:-3:-1] if adj_x else x_dims[-2:]
    inner_y, columns = y_dims[:-3:-1] if adj_y else y_dims[-2:]
    leading = batch(x_dims[:-2], y_dims[:-2])
    merge_dim(inner, inner_y)
    return concatenate_dims(leading, (rows, columns))


@shape("BatchMatMul")
def batch_matmul_shape(x: Tensor, y: Tensor, adj_x: bool, adj_y: bool) -> Dims:
    """[..., rows of x, columns of y], the batch axes being equal."""
    x_dims, y_dims = with_rank_at_least(x.dims, 2), with_rank_at_least(y.dims, 2)
    if x_dims is not None and y_dims is not None:
        return _matrix_shape(x, y, adj_x, adj_y, merge_dims)
    known = x_dims or y_dims
    rows = x_dims[-1 if adj_x else -2] if x_dims else None
    columns = y_dims[-2 if adj_y else -1] if y_dims else None
    return None if known is None else (*known[:-2], rows, columns)


@shape("BatchMatMulV2")
def batch_matmul_v2_shape(x: Tensor, y: Tensor, adj_x: bool, adj_y: bool) -> Dims:
    """[..., rows of x, columns of y], the batch axes being broadcast."""
    return _matrix_shape(x, y, adj_x, adj_y, broadcast_dims)


def _batch_gradients(op: Operation, dy: Tensor) -> tuple[Tensor, Tensor]:
    x, y = op.inputs
    adj_x, adj_y = op.attrs["adj_x"], op.attrs["adj_y"]
    if adj_x:
        dx = build(op.type, y, dy, adj_x=adj_y, adj_y=True)
    else:
        dx = build(op.type, dy, y, adj_y=not adj_y)
    if adj_y:
        dz = build(op.type, dy, x, adj_x=True, adj_y=adj_x)
    else:
        dz = build(op.type, x, dy, adj_x=not adj_x)
    return dx, dz


@gradient("BatchMatMul")
def batch_matmul_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Products of dy with the other input."""
    return list(_batch_gradients(op, dy))


@gradient("BatchMatMulV2")
def batch_matmul_v2_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Products of dy with the other input, summed over broadcast batch axes."""
    x, y = op.inputs
    dx, dz = _batch_gradients(op, dy)
    if x.dims is not None and y.dims is not None:
        axes_x = summed_axes(x.dims[:-2], y.dims[:-2])
        axes_y = summed_axes(y.dims[:-2], x.dims[:-2])
        if axes_x is not None and axes_y is not None:
            return [sum_to(dx, axes_x, x), sum_to(dz, axes_y, y)]
    shape_x, shape_y = build("Shape", x), build("Shape", y)
    reduced_x, reduced_y = build("BroadcastGradientArgs", _leading(shape_x), _leading(shape_y))
    return [
        build("Reshape", build("Sum", dx, reduced_x), shape_x),
        build("Reshape", build("Sum", dz, reduced_y), shape_y),
    ]


def _leading(shape: Tensor) -> Tensor:
    """All sizes but the last two."""
    sizes: Tensor = shape[:-2]
    return sizes


def matmul(
    a: TensorLike,
    b: TensorLike,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiplies matrices.

    Args:
      a: [..., rows, inner]; bfloat16, float16, float32, float64, int32, int64, complex64 or
        complex128.
      b: [..., inner, columns]; of the dtype of `a`.
      transpose_a: take `a` with its last two axes swapped.
      transpose_b: take `b` with its last two axes swapped.
      adjoint_a: take `a` conjugate, with its last two axes swapped.
      adjoint_b: take `b` conjugate, with its last two axes swapped.
      a_is_sparse: a hint that most of `a` is zero; makes no difference here.
      b_is_sparse: a hint that most of `b` is zero; makes no difference here.
      name: a name for the operation.

    Returns:
      [..., rows, columns], of the dtype of `a`; leading axes are broadcast.

    Raises:
      ValueError: an input is both transposed and adjoint, or the inner sizes are known and differ.

    Source: TensorFlow 1.15, python/ops/math_ops.py `matmul`.
    """
    if transpose_a and adjoint_a:
        raise ValueError("Only one of transpose_a and adjoint_a can be True.")
    if transpose_b and adjoint_b:
        raise ValueError("Only one of transpose_b and adjoint_b can be True.")
    if type(a) is not Tensor or type(b) is not Tensor:
        with name_scope(name, "MatMul", [a, b]) as scope:
            a = convert_to_tensor(a, name="a")
            b = convert_to_tensor(b, name="b", preferred_dtype=a.dtype.base_dtype)
            name = scope
    result: Tensor
    if a.dims is not None and len(a.dims) <= 2 and b.dims is not None and len(b.dims) <= 2:
        result = build(
            "MatMul",
            conjugate(a) if adjoint_a else a,
            conjugate(b) if adjoint_b else b,
            transpose_a=transpose_a or adjoint_a,
            transpose_b=transpose_b or adjoint_b,
            name="MatMul" if name is None else name,
        )
        return result
    result = build(
        "BatchMatMulV2",
        conjugate(a) if transpose_a else a,
        conjugate(b) if transpose_b else b,
        adj_x=transpose_a or adjoint_a,
        adj_y=transpose_b or adjoint_b,
        name="MatMul" if name is None else name,
    )
    return result


def trace(x: TensorLike, name: str | None = None) -> Tensor:
    """Sums the diagonals of matrices.

    Args:
      x: [..., m, n].
      name: a name for the operations.

    Returns:
      [...], of the dtype of `x`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `trace`.
    """
    with name_scope(name, "Trace", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        result: Tensor = build("Sum", build("MatrixDiagPart", x), [-1], name=scope)
        return result


install_operator("matmul", matmul)


# ---- Tensor contractions ----


def _product(sizes: Tensor) -> Tensor:
    result: Tensor = build("Prod", sizes, constant_of_array(np.array([0], np.int32)))
    return result


def _split_shape(
    x: Tensor, axes: list[int], contracted_first: bool
) -> tuple[Tensor, list[int | None], Tensor | None]:
    """`x` as a matrix of free and contracted axes; its free sizes, also as a Tensor if unknown."""
    assert x.dims is not None
    free = [axis for axis in range(len(x.dims)) if axis not in axes]
    free_sizes = [x.dims[axis] for axis in free]
    if is_fully_defined(x.dims):
        order = axes + free if contracted_first else free + axes
        inner = element_count(tuple(x.dims[axis] for axis in axes))
        outer = element_count(tuple(free_sizes))
        sizes: Any = [inner, outer] if contracted_first else [outer, inner]
        moved = build("Transpose", x, order, name="transpose")
        return build("Reshape", moved, sizes), free_sizes, None
    inner_axes = convert_to_tensor(axes, int32, name="axes")
    outer_axes = convert_to_tensor(free, int32, name="free")
    shape = build("Shape", x)
    free_shape = build("GatherV2", shape, outer_axes, 0)
    inner_shape = build("GatherV2", shape, inner_axes, 0)
    outer_size, inner_size = _product(free_shape), _product(inner_shape)
    both = [inner_axes, outer_axes] if contracted_first else [outer_axes, inner_axes]
    pair = [inner_size, outer_size] if contracted_first else [outer_size, inner_size]
    new_order = build("ConcatV2", both, 0, name="concat")
    new_shape = build("Pack", pair, name="stack")
    moved = build("Transpose", x, new_order, name="transpose")
    return build("Reshape", moved, new_shape), free_sizes, free_shape


def tensordot(a: TensorLike, b: TensorLike, axes: Any, name: str | None = None) -> Tensor:
    """Sums products of two tensors over some axes of each.

    Args:
      a: float32 or float64 or another dtype of `matmul`.
      b: of the dtype of `a`.
      axes: a number n, for the last n axes of `a` and the first n of `b`; or two lists of axes.
      name: a name for the operations.

    Returns:
      The axes of `a` that are not summed, followed by those of `b`.

    Raises:
      ValueError: there are not as many axes of `a` as of `b`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `tensordot`.
    """
    with name_scope(name, "Tensordot", [a, b]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        if isinstance(axes, Tensor) and (known := constant_value(axes)) is not None:
            axes = known
        if a.dims is None or b.dims is None or isinstance(axes, Tensor):
            return _tensordot_of_any_rank(a, b, axes, scope)
        axes_a, axes_b = _contracted_axes(axes, len(a.dims), len(b.dims))
        matrix_a, sizes_a, shape_a = _split_shape(a, axes_a, False)
        matrix_b, sizes_b, shape_b = _split_shape(b, axes_b, True)
        product = build("MatMul", matrix_a, matrix_b)
        result: Tensor
        if shape_a is None and shape_b is None:
            sizes = constant_of_array(sizes_array(sizes_a + sizes_b), name="shape")
            result = build("Reshape", product, sizes, name=scope)
            return result
        parts = [
            constant_of_array(sizes_array(known)) if part is None else part
            for part, known in ((shape_a, sizes_a), (shape_b, sizes_b))
        ]
        result = build("Reshape", product, build("ConcatV2", parts, 0, name="concat"), name=scope)
        result.set_shape(sizes_a + sizes_b)
        return result


def _tensordot_of_any_rank(a: Tensor, b: Tensor, axes: Any, name: str) -> Tensor:
    """The same where ranks, or axes, are known only when the step runs."""
    rank_a, rank_b = build("Rank", a), build("Rank", b)
    if axes.dims != () if isinstance(axes, Tensor) else np.ndim(axes):
        if not isinstance(axes, Tensor) and len(axes) != 2:
            raise ValueError("'axes' must be an integer or have length 2.")
        axes_a, axes_b = (
            (part + rank) % rank
            for part, rank in zip(
                (convert_to_tensor(axes[i], np.int32) for i in (0, 1)),
                (rank_a, rank_b),
                strict=True,
            )
        )
    else:
        axes_a = build("Range", rank_a - axes, rank_a, 1)
        axes_b = build("Range", 0, convert_to_tensor(axes, np.int32), 1)
    matrix_a, free_a = _matrix_of_any_rank(a, axes_a, rank_a, False)
    matrix_b, free_b = _matrix_of_any_rank(b, axes_b, rank_b, True)
    product = build("MatMul", matrix_a, matrix_b)
    result: Tensor = build("Reshape", product, build("ConcatV2", [free_a, free_b], 0), name=name)
    return result


def _matrix_of_any_rank(
    x: Tensor, axes: Tensor, rank: Tensor, contracted_first: bool
) -> tuple[Tensor, Tensor]:
    """`x` as a matrix of free and contracted axes, and its free sizes."""
    axes = build("Reshape", axes, [-1])
    free = build("ListDiff", build("Range", 0, rank, 1), axes)[0]
    groups = [axes, free] if contracted_first else [free, axes]
    moved = build("Transpose", x, build("ConcatV2", groups, 0))
    shape = build("Shape", x)
    sizes = [build("Prod", build("GatherV2", shape, group, 0), [0]) for group in groups]
    return build("Reshape", moved, build("Pack", sizes)), build("GatherV2", shape, free, 0)


def _contracted_axes(axes: Any, rank_a: int, rank_b: int) -> tuple[list[int], list[int]]:
    if np.ndim(axes) == 0:
        count = int(axes)
        if count < 0:
            raise ValueError("'axes' must be at least 0.")
        if count > rank_a:
            raise ValueError(
                f"'axes' must not be larger than the number of dimensions of tensor {rank_a}."
            )
        return list(range(rank_a - count, rank_a)), list(range(count))
    if len(axes) != 2:
        raise ValueError("'axes' must be an integer or have length 2.")
    pair = [[int(axis) for axis in np.reshape(part, -1)] for part in axes]
    if len(pair[0]) != len(pair[1]):
        raise ValueError(
            f"Different number of contraction axes 'a' and 'b', {len(pair[0])} != {len(pair[1])}."
        )
    return (
        [axis % rank_a for axis in pair[0]],
        [axis % rank_b for axis in pair[1]],
    )


def _einsum_labels(equation: str, inputs: Sequence[Tensor]) -> tuple[list[str], str]:
    """The labels of the inputs and of the output, ellipses spelled out in capital letters.

    Raises:
      ValueError: the equation cannot be read, or does not fit the inputs.
    """
    text = equation.replace(" ", "")
    left, arrow, output = text.partition("->")
    parts = left.split(",")
    letters = text.replace("->", "").replace(",", "").replace("...", "")
    if not all(letter in string.ascii_letters for letter in letters):
        raise ValueError(f"Indices have incorrect format: {equation}")
    if len(parts) != len(inputs):
        raise ValueError(
            f'Incorrect number of arguments for equation "{equation}": expected {len(parts)}, got '
            f"{len(inputs)}"
        )
    spare = [letter for letter in reversed(string.ascii_letters) if letter not in letters]
    extra_axes = 0
    for part, tensor in zip(parts, inputs, strict=True):
        if tensor.dims is None:
            raise ValueError(f"einsum: the rank of {tensor.name!r} must be known")
        named = len(part.replace("...", ""))
        if "..." in part:
            extra_axes = max(extra_axes, len(tensor.dims) - named)
        elif len(tensor.dims) != named:
            raise ValueError(f"Unexpected number of dimensions in {tensor.name!r}: {equation}")
    extra = "".join(spare[:extra_axes])
    labels = []
    for part, tensor in zip(parts, inputs, strict=True):
        assert tensor.dims is not None
        own = len(tensor.dims) - len(part.replace("...", ""))
        labels.append(part.replace("...", extra[len(extra) - own :]))
    if not arrow:
        once = [letter for letter in sorted(set(letters)) if left.count(letter) == 1]
        output = ("..." if "..." in left else "") + "".join(once)
    output = output.replace("...", extra)
    if any(letter not in "".join(labels) for letter in output):
        raise ValueError(f"Unknown output indices in equation {equation!r}")
    return labels, output


def _diagonal(x: Tensor, labels: str) -> tuple[Tensor, str]:
    """Takes the diagonal of axes that share a label, so that no label occurs twice."""
    for letter in dict.fromkeys(labels):
        while labels.count(letter) > 1:
            first = labels.index(letter)
            second = labels.index(letter, first + 1)
            others = [axis for axis in range(len(labels)) if axis not in (first, second)]
            moved = build("Transpose", x, [*others, first, second])
            x = build("MatrixDiagPart", moved)
            labels = "".join(labels[axis] for axis in others) + letter
    return x, labels


def _contract(
    x: Tensor, x_labels: str, y: Tensor, y_labels: str, kept: set[str]
) -> tuple[Tensor, str]:
    """Multiplies two tensors and sums over the labels that are in neither `kept`."""
    x, x_labels = _sum_lone(x, x_labels, kept | set(y_labels))
    y, y_labels = _sum_lone(y, y_labels, kept | set(x_labels))
    shared = [letter for letter in x_labels if letter in y_labels]
    batch = [letter for letter in shared if letter in kept]
    inner = [letter for letter in shared if letter not in kept]
    rows = [letter for letter in x_labels if letter not in shared]
    columns = [letter for letter in y_labels if letter not in shared]
    left, sizes = _as_matrices(x, x_labels, batch, rows, inner)
    right, other_sizes = _as_matrices(y, y_labels, batch, inner, columns)
    product = build("BatchMatMulV2", left, right)
    sizes.update(
        {
            letter: size
            for letter, size in other_sizes.items()
            if letter not in sizes or sizes[letter] == 1
        }
    )
    labels = batch + rows + columns
    return _reshape_to(product, [sizes[letter] for letter in labels]), "".join(labels)


def _sum_lone(x: Tensor, labels: str, kept: set[str]) -> tuple[Tensor, str]:
    axes = [axis for axis, letter in enumerate(labels) if letter not in kept]
    if not axes:
        return x, labels
    return build("Sum", x, axes), "".join(letter for letter in labels if letter in kept)


def _sizes_of(x: Tensor, labels: str) -> dict[str, Any]:
    """The size of each label's axis, an int where it is known and a scalar Tensor elsewhere."""
    assert x.dims is not None
    if None not in x.dims:
        return dict(zip(labels, x.dims, strict=True))
    elements = build("Unpack", build("Shape", x), num=len(labels))
    return {
        letter: element if size is None else size
        for letter, size, element in zip(labels, x.dims, elements, strict=True)
    }


def _reshape_to(x: Tensor, sizes: list[Any]) -> Tensor:
    target: Any
    if any(isinstance(size, Tensor) for size in sizes):
        target = build("Pack", list(sizes))
    else:
        target = sizes_array(sizes)
    result: Tensor = build("Reshape", x, target)
    return result


def _product_of(sizes: list[Any]) -> Any:
    known = int(np.prod([size for size in sizes if not isinstance(size, Tensor)], dtype=int))
    total: Any = known
    for size in sizes:
        if isinstance(size, Tensor):
            total = size if total is known and known == 1 else build("Mul", size, total)
    return total


def _as_matrices(
    x: Tensor, labels: str, batch: list[str], rows: list[str], columns: list[str]
) -> tuple[Tensor, dict[str, Any]]:
    """`x` with the axes of its matrices merged, behind the batch axes."""
    sizes = _sizes_of(x, labels)
    order = [labels.index(letter) for letter in batch + rows + columns]
    if order != sorted(order):
        x = build("Transpose", x, order, name="transpose")
    target = [sizes[letter] for letter in batch]
    target += [_product_of([sizes[n] for n in rows]), _product_of([sizes[n] for n in columns])]
    return (x if len(rows) == len(columns) == 1 else _reshape_to(x, target)), sizes


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Sums products of tensors as an equation of index letters says.

    Args:
      equation: such as ``"ij,jk->ik"``: letters for the axes of each input, and of the output;
        without an arrow, the letters that occur once, in alphabetical order. ``...`` stands for
        axes that are broadcast.
      *inputs: Tensors of known rank, of one dtype.
      **kwargs: `name`, a name for the operations.

    Returns:
      A Tensor with the axes of the output.

    Raises:
      TypeError: another keyword is given.
      ValueError: the equation cannot be read, or does not fit the inputs.

    Source: TensorFlow 1.15, python/ops/special_math_ops.py `einsum`. Here every input is contracted
      by a matrix product.

    >>> einsum("bij,bjk->bik", np.ones((2, 3, 4), "f"), np.ones((2, 4, 5), "f")).shape.as_list()
    [2, 3, 5]
    """
    name = kwargs.pop("name", None)
    if kwargs:
        unknown = ", ".join(sorted(map(str, kwargs)))
        raise TypeError(f"invalid keyword arguments for this function: {unknown}")
    with name_scope(name, "einsum", [inputs[0]] if inputs else None) as scope:
        tensors = [convert_to_tensor(value) for value in inputs]
        labels, output = _einsum_labels(equation, tensors)
        terms = [_diagonal(x, own) for x, own in zip(tensors, labels, strict=True)]
        result, present = terms[0]
        for position, (term, own) in enumerate(terms[1:], 1):
            later = set(output).union(*[rest for _, rest in terms[position + 1 :]])
            result, present = _contract(result, present, term, own, later)
        result, present = _sum_lone(result, present, set(output))
        order = [present.index(letter) for letter in output]
        if order != sorted(order):
            moved: Tensor = build("Transpose", result, order, name=scope)
            return moved
        return result


# ---- _SumOfProducts ----

# Made by the compiler alone, from an AddN of products (optimise.join).
op("_SumOfProducts(a: N * T, b: N * T) -> sum: T", "N: int >= 1; T: {float32, float64}")


@shape("_SumOfProducts")
def sum_of_products_shape(a: list[Tensor], b: list[Tensor]) -> Dims:
    return with_rank(a[0].dims, 2)[1], with_rank(b[0].dims, 2)[1]


undefined_gradient("_SumOfProducts")


# ---- Cross ----

op("Cross(a: T, b: T) -> product: T", f"T: {{{REAL}}}")


@shape("Cross")
def cross_shape(a: Tensor, b: Tensor) -> Dims:
    """The common shape, whose last size is 3."""
    dims = merge_dims(a.dims, b.dims)
    with_rank_at_least(dims, 1)
    if dims is not None and dims[-1] not in (None, 3):
        raise ValueError(f"Dimension must be 3 but is {dims[-1]}")
    return dims


@gradient("Cross")
def cross_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Cross products with dy."""
    a, b = op.inputs
    return [build("Cross", b, dy), build("Cross", dy, a)]


def cross(a: TensorLike, b: TensorLike, name: str | None = None) -> Tensor:
    """Computes the cross products of vectors.

    Args:
      a: [..., 3].
      b: [..., 3]; of the shape and dtype of `a`.
      name: a name for the operation.

    Returns:
      [..., 3], of the dtype of `a`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Cross".
    """
    result: Tensor = build("Cross", a, b, name=name)
    return result
