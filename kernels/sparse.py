"""Kernels of ops on sparse tensors: indices [n, rank], values [n], and a dense shape.

All but the product with a dense matrix run on the CPU, as in TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import shape_text
from .indexing import sums_on_gpu
from .reduction import HALVES, check_sorted_ids, reduce_sorted, reduce_unsorted

Array = Any


# ---- Positions ----


def positions(indices: Array, shape: Sequence[int]) -> Array:
    """One number for each index, in row-major order: its place in the dense tensor.

    Where the dense tensor has more places than int64 has numbers, it is the rank among the indices.
    """
    if math.prod(shape) >= 2**63:
        _, ranks = np.unique(indices, axis=0, return_inverse=True)
        return ranks.reshape(-1)
    strides = np.ones(len(shape), np.int64)
    strides[:-1] = np.cumprod(np.asarray(shape[:0:-1], np.int64))[::-1]
    return indices @ strides


def row_major(indices: Array, shape: Sequence[int]) -> Array:
    """The order that sorts indices; None where they are sorted."""
    places = positions(indices, shape)
    if (places[1:] >= places[:-1]).all():
        return None
    return np.argsort(places, kind="stable")


def _reduce_by(ufunc: Any, places: Array, values: Array) -> tuple[Array, Array]:
    """Where each distinct place comes first, in the order of the places, and its values reduced."""
    _, first, ranks = np.unique(places, return_index=True, return_inverse=True)
    result = np.empty(first.size, values.dtype)
    return first, reduce_unsorted(ufunc, values, ranks.reshape(-1), result)


def _index_text(index: Array) -> str:
    return f"[{','.join(str(i) for i in index.tolist())}]"


_NOT_SORTED = (
    "is out of order. Many sparse ops require sorted indices.\n"
    "    Use `tf.sparse.reorder` to create a correctly ordered copy.\n\n"
)


def check_indices(indices: Array, shape: Sequence[int], must_rise: bool = True) -> None:
    """Checks that indices are inside the dense shape and, if they must be, rise.

    Raises:
      InvalidArgumentError: they do not.
    """
    inside = ((indices >= 0) & (indices < np.asarray(shape, np.int64))).all(axis=1)
    if not inside.all():
        i = int(np.argmin(inside))
        raise InvalidArgumentError.of(
            f"indices[{i}] = {_index_text(indices[i])} is out of bounds: need 0 <= index < "
            f"{shape_text(tuple(shape))}"
        )
    if not must_rise:
        return
    places = positions(indices, shape)
    wrong = places[1:] <= places[:-1]
    if wrong.any():
        i = int(np.argmax(wrong)) + 1
        what = "is repeated" if places[i] == places[i - 1] else _NOT_SORTED
        raise InvalidArgumentError.of(f"indices[{i}] = {_index_text(indices[i])} {what}")


# ---- SparseToDense ----


@kernel("SparseToDense", device="CPU")
def sparse_to_dense(
    xp: Any,
    sparse_indices: Array,
    output_shape: Array,
    sparse_values: Array,
    default_value: Array,
    validate_indices: bool,
) -> Array:
    """The values at their indices, the default elsewhere."""
    if sparse_indices.ndim > 2:
        raise InvalidArgumentError.of(
            "sparse_indices should be a scalar, vector, or matrix, got shape "
            f"{shape_text(sparse_indices.shape)}"
        )
    count = sparse_indices.shape[0] if sparse_indices.ndim else 1
    width = sparse_indices.shape[1] if sparse_indices.ndim == 2 else 1
    if output_shape.ndim != 1:
        raise InvalidArgumentError.of(
            f"output_shape should be a vector, got shape {shape_text(output_shape.shape)}"
        )
    shape = output_shape.tolist()
    if width != len(shape):
        raise InvalidArgumentError.of(
            f"output_shape has incorrect number of elements: {len(shape)} should be: {width}"
        )
    if sparse_values.ndim and sparse_values.shape != (count,):
        raise InvalidArgumentError.of(
            f"sparse_values has incorrect shape {shape_text(sparse_values.shape)}, should be [] or "
            f"[{count}]"
        )
    if default_value.ndim:
        raise InvalidArgumentError.of("default_value should be a scalar.")
    indices = sparse_indices.reshape(count, width).astype(np.int64, copy=False)
    # Indices outside would be an error of the array, or count from its end.
    check_indices(indices, shape, validate_indices)
    result = np.full(
        shape,
        default_value.item() if default_value.dtype.hasobject else default_value,
        sparse_values.dtype,
    )
    result[tuple(indices.T)] = sparse_values
    return result


# ---- SparseTensorDenseMatMul ----


def _check_product(a_indices: Array, a_values: Array, a_shape: Array, b: Array) -> None:
    if a_shape.size != 2:
        raise InvalidArgumentError.of("Tensor 'a_shape' must have 2 elements")
    if b.ndim != 2:
        raise InvalidArgumentError.of("Tensor 'b' is not a matrix")
    if a_indices.ndim != 2 or a_indices.shape != (a_values.size, 2):
        raise InvalidArgumentError.of(
            f"Number of rows of a_indices does not match number of entries in a_values: "
            f"{a_indices.shape[0]} vs. {a_values.size}"
        )


def _product_sizes(
    a_shape: Array, b: Array, adjoint_a: bool, adjoint_b: bool
) -> tuple[int, int, int]:
    """Rows, inner size and columns of a product."""
    sizes = a_shape.tolist()
    rows, inner = sizes[::-1] if adjoint_a else sizes
    inner_b, columns = b.shape[::-1] if adjoint_b else b.shape
    if inner != inner_b:
        raise InvalidArgumentError.of(
            f"Cannot multiply A and B because inner dimension does not match: {inner} vs. "
            f"{inner_b}.  Did you forget a transpose?  Dimensions of A: [{sizes[0]}, {sizes[1]}).  "
            f"Dimensions of B: {shape_text(b.shape)}"
        )
    return rows, inner, columns


# How many elements of partial products are in memory at once.
_PRODUCT_ELEMENTS = 1 << 20


@kernel("SparseTensorDenseMatMul", device="CPU")
def sparse_tensor_dense_matmul(
    xp: Any,
    a_indices: Array,
    a_values: Array,
    a_shape: Array,
    b: Array,
    adjoint_a: bool,
    adjoint_b: bool,
) -> Array:
    """The product of a sparse and a dense matrix: rows of `b`, scaled and summed."""
    _check_product(a_indices, a_values, a_shape, b)
    rows, inner, columns = _product_sizes(a_shape, b, adjoint_a, adjoint_b)
    if adjoint_b:
        b = b.T.conj()
    where, of = (a_indices[:, 1], a_indices[:, 0]) if adjoint_a else a_indices.T
    for name, found, size in (("m", where, rows), ("k", of, inner)):
        bad = (found < 0) | (found >= size)
        if bad.any():
            i = int(np.argmax(bad))
            raise InvalidArgumentError.of(
                f"{name} ({found[i]}) from index[{i},{int((name == 'k') != adjoint_a)}] out of "
                f"bounds (>={size})"
            )
    values = a_values.conj() if adjoint_a else a_values
    wide = np.float32 if b.dtype in HALVES else b.dtype
    result = np.zeros((rows, columns), wide)
    if (where[1:] < where[:-1]).any():
        order = np.argsort(where, kind="stable")
        where, of, values = where[order], of[order], values[order]
    step = max(1, _PRODUCT_ELEMENTS // max(columns, 1))
    for start in range(0, values.size, step):
        part = slice(start, start + step)
        terms = b[of[part]].astype(wide, copy=False)
        terms *= values[part, None]
        # A row may go on in the next part.
        edges = np.flatnonzero(np.concatenate(([True], where[part][1:] != where[part][:-1])))
        result[where[part][edges]] += np.add.reduceat(terms, edges, axis=0)
    return result.astype(b.dtype, copy=False)


@kernel("SparseTensorDenseMatMul", device="GPU", host=("a_shape",))
def sparse_tensor_dense_matmul_gpu(
    device: Any,
    a_indices: Array,
    a_values: Array,
    a_shape: Array,
    b: Array,
    adjoint_a: bool,
    adjoint_b: bool,
) -> Array:
    """As on the CPU, without a look at the indices."""
    xp = device.xp
    _check_product(a_indices, a_values, a_shape, b)
    rows, _, _ = _product_sizes(a_shape, b, adjoint_a, adjoint_b)
    if adjoint_b:
        b = b.T.conj()
    where, of = a_indices[:, int(adjoint_a)], a_indices[:, int(not adjoint_a)]
    values = a_values.conj() if adjoint_a else a_values
    wide = xp.float32 if b.dtype in HALVES else b.dtype
    terms = b[of].astype(wide, copy=False) * values[:, None].astype(wide)
    return sums_on_gpu(device, None, where, terms, rows).astype(b.dtype, copy=False)


# ---- SparseAdd ----


def _check_pair(a_shape: Array, b_shape: Array) -> None:
    """Raises where shapes differ. Indices may lie outside, as in TensorFlow."""
    if a_shape.shape != b_shape.shape:
        raise InvalidArgumentError.of(
            f"Ranks of input tensors must match, but saw ranks: {a_shape.size} and {b_shape.size}"
        )
    sizes: list[int] = a_shape.tolist()
    for axis, (n, m) in enumerate(zip(sizes, b_shape.tolist(), strict=True)):
        if n != m:
            raise InvalidArgumentError.of(
                f"Input shapes do not match: dimension {axis} has sizes {n} and {m}"
            )


def _merge(
    a_indices: Array, a_values: Array, b_indices: Array, b_values: Array
) -> tuple[Array, Array, Array, Array]:
    """The union of the indices, the values of both there, 0 where they have none, and how many."""
    both = np.concatenate([a_indices, b_indices])
    low, high = both.min(axis=0, initial=0), both.max(axis=0, initial=0)
    places = positions(both - low, (high - low + 1).tolist())
    of_a, of_b = places[: len(a_indices)], places[len(a_indices) :]
    if _rises(of_a) and _rises(of_b):
        union = np.union1d(of_a, of_b)
        from_a, from_b = (np.searchsorted(union, p) for p in (of_a, of_b))
        count = union.size
    else:
        from_a, from_b, count = _woven(of_a.tolist(), of_b.tolist())
    x, y = (np.zeros(count, a_values.dtype) for _ in range(2))
    indices, counts = np.empty((count, both.shape[1]), both.dtype), np.zeros(count, np.int64)
    x[from_a], y[from_b] = a_values, b_values
    for rows, own in ((from_a, a_indices), (from_b, b_indices)):
        indices[rows] = own
        counts[rows] += 1
    return indices, x, y, counts


def _rises(places: Array) -> bool:
    """Whether each number is larger than the one before."""
    return bool((places[1:] > places[:-1]).all())


def _woven(first: list[int], second: list[int]) -> tuple[Array, Array, int]:
    """Where the numbers of two lists come when the lower one of the next two is always taken.

    Equal ones come together. Where lists do not rise, neither does the result: TensorFlow trusts
    the indices of sparse tensors to be in order.
    """
    places: tuple[list[int], list[int]] = ([], [])
    i = j = count = 0
    while i < len(first) or j < len(second):
        takes_first = j == len(second) or (i < len(first) and first[i] <= second[j])
        takes_second = i == len(first) or (j < len(second) and second[j] <= first[i])
        if takes_first:
            places[0].append(count)
            i += 1
        if takes_second:
            places[1].append(count)
            j += 1
        count += 1
    return np.array(places[0], np.int64), np.array(places[1], np.int64), count


@kernel("SparseAdd", device="CPU")
def sparse_add(
    xp: Any,
    a_indices: Array,
    a_values: Array,
    a_shape: Array,
    b_indices: Array,
    b_values: Array,
    b_shape: Array,
    thresh: Array,
) -> Any:
    """The sum, without elements below the threshold."""
    _check_pair(a_shape, b_shape)
    indices, x, y, counts = _merge(a_indices, a_values, b_indices, b_values)
    total = x + y
    # Only what is a sum of two can be too small.
    kept = (counts < 2) | (np.abs(total) >= thresh)
    return indices[kept], total[kept], a_shape.copy()


def _found_in(needles: Array, sorted_places: Array) -> tuple[Array, Array]:
    """Where each number is in a sorted vector, and whether it is."""
    at = np.searchsorted(sorted_places, needles)
    if sorted_places.size == 0:
        return at, np.zeros(needles.shape, bool)
    at = np.minimum(at, sorted_places.size - 1)
    return at, sorted_places[at] == needles


def _gradient_at(dy: Array, indices: Array, out_indices: Array) -> Array:
    """dy at each input index that the output has, 0 elsewhere."""
    both = np.concatenate([indices, out_indices])
    low, high = both.min(axis=0, initial=0), both.max(axis=0, initial=0)
    places = positions(both - low, (high - low + 1).tolist())
    needles, sums = places[: len(indices)], places[len(indices) :]
    if _rises(needles) and _rises(sums):
        at, is_found = _found_in(needles, sums)
    else:
        at, is_found = _met_by(needles.tolist(), sums.tolist())
    result = np.zeros(len(indices), dy.dtype)
    result[is_found] = dy[at[is_found]]
    return result


def _met_by(needles: list[int], sums: list[int]) -> tuple[Array, Array]:
    """Where the sums, read once, meet each number, and whether they do: lower ones are left out."""
    at, is_found = np.zeros(len(needles), np.int64), np.zeros(len(needles), bool)
    i = 0
    for k, place in enumerate(sums):
        while i < len(needles) and needles[i] < place:
            i += 1
        if i < len(needles) and needles[i] == place:
            at[i], is_found[i] = k, True
            i += 1
    return at, is_found


@kernel("SparseAddGrad", device="CPU")
def sparse_add_grad(
    xp: Any, backprop_val_grad: Array, a_indices: Array, b_indices: Array, sum_indices: Array
) -> Any:
    """The gradients of the values of both operands."""
    if backprop_val_grad.shape[0] != sum_indices.shape[0]:
        raise InvalidArgumentError.of(
            f"# elements in backprop_val_grad ({backprop_val_grad.size}) and # rows in sum_indices "
            f"({sum_indices.shape[0]}) should match"
        )
    return tuple(
        _gradient_at(backprop_val_grad, indices, sum_indices) for indices in (a_indices, b_indices)
    )


@kernel("SparseTensorDenseAdd", device="CPU")
def sparse_tensor_dense_add(
    xp: Any, a_indices: Array, a_values: Array, a_shape: Array, b: Array
) -> Array:
    """A dense tensor with sparse values added; equal indices add up."""
    if tuple(a_shape.tolist()) != b.shape:
        raise InvalidArgumentError.of(
            f"Dimensions do not match: a_shape = {shape_text(a_shape.tolist())}, b.shape = "
            f"{shape_text(b.shape)}"
        )
    indices = a_indices.astype(np.int64, copy=False)
    check_indices(indices, b.shape, must_rise=False)
    result = np.array(b, order="C")
    flat = result.reshape(-1)
    places = positions(indices, b.shape)
    first, sums = _reduce_by(np.add, places, a_values)
    flat[places[first]] += sums
    return result


# ---- SparseReorder, SparseReshape ----


@kernel("SparseReorder", device="CPU", aliases=True)
def sparse_reorder(xp: Any, input_indices: Array, input_values: Array, input_shape: Array) -> Any:
    """Elements in row-major order."""
    if input_indices.ndim != 2:
        raise InvalidArgumentError.of(
            f"Input indices should be a matrix but received shape {shape_text(input_indices.shape)}"
        )
    if input_values.ndim != 1:
        raise InvalidArgumentError.of(
            f"Input values should be a vector but received shape {shape_text(input_values.shape)}"
        )
    if len(input_indices) != len(input_values):
        raise InvalidArgumentError.of(
            "indices and values rows (indexing dimension) must match. "
            f"(indices = {len(input_indices)}, values = {len(input_values)})"
        )
    order = row_major(input_indices, input_shape.tolist())
    if order is None:
        return input_indices, input_values
    return input_indices[order], input_values[order]


def completed_shape(old: list[int], new: list[int]) -> list[int]:
    """The sizes of a reshape, with the one that is -1 computed."""
    if new.count(-1) > 1:
        first = new.index(-1)
        raise InvalidArgumentError.of(
            f"only one output dimension may be -1, not both {first} and {new.index(-1, first + 1)}"
        )
    for axis, n in enumerate(new):
        if n < -1:
            raise InvalidArgumentError.of(f"size {axis} must be non-negative, not {n}")
    total = math.prod(old)
    if -1 in new:
        known = math.prod(n for n in new if n != -1)
        if known == 0:
            raise InvalidArgumentError.of(
                "reshape cannot infer the missing input size for an empty tensor unless all "
                "specified input sizes are non-zero"
            )
        if total % known:
            raise InvalidArgumentError.of(
                f"Input to reshape is a SparseTensor with {total} dense values, but the requested "
                f"shape requires a multiple of {known}. input_shape={shape_text(old)} "
                f"output_shape= {shape_text(new)}"
            )
        return [total // known if n == -1 else n for n in new]
    if math.prod(new) != total:
        raise InvalidArgumentError.of(
            f"Input to reshape is a tensor with {total} dense values, but the requested shape has "
            f"{math.prod(new)}. input_shape={shape_text(old)} output_shape={shape_text(new)}"
        )
    return new


@kernel("SparseReshape", device="CPU")
def sparse_reshape(xp: Any, input_indices: Array, input_shape: Array, new_shape: Array) -> Any:
    """The indices of the same elements in another shape."""
    old = input_shape.tolist()
    new = completed_shape(old, new_shape.tolist())
    shape = np.array(new, np.int64)
    if old == new or not input_indices.size:
        return np.zeros((len(input_indices), len(new)), np.int64) if old != new else (
            input_indices.copy()
        ), shape
    return np.stack(np.unravel_index(positions(input_indices, old), new), axis=1), shape


# ---- SparseSlice, SparseSplit, SparseConcat ----


@kernel("SparseSlice", device="CPU")
def sparse_slice(
    xp: Any, indices: Array, values: Array, shape: Array, start: Array, size: Array
) -> Any:
    """The elements of a block, as far as it lies inside."""
    for name, vector in (("start", start), ("size", size)):
        if vector.size != shape.size:
            raise InvalidArgumentError.of(
                f"Expected {name} to be a vector of length {shape.size} but got length "
                f"{vector.size}"
            )
    ends = np.minimum(start + size, shape)
    kept = ((indices >= start) & (indices < ends)).all(axis=1)
    return indices[kept] - start, values[kept], np.maximum(ends - start, 0)


@kernel("SparseSliceGrad", device="CPU")
def sparse_slice_grad(
    xp: Any,
    backprop_val_grad: Array,
    input_indices: Array,
    input_start: Array,
    output_indices: Array,
) -> Array:
    """The gradient of the values: dy of those that are in the block."""
    return _gradient_at(backprop_val_grad, input_indices, output_indices + input_start)


@kernel("SparseSplit", device="CPU")
def sparse_split(
    xp: Any, split_dim: Array, indices: Array, values: Array, shape: Array, num_split: int
) -> Any:
    """Blocks along an axis; the first ones are larger by one where the size is no multiple."""
    axis = int(split_dim)
    if not 0 <= axis < shape.size:
        raise InvalidArgumentError.of(
            f"Input split_dim should be between 0 and rank ({shape.size}), got {axis}"
        )
    size = int(shape[axis])
    if not 1 <= num_split <= size:
        raise InvalidArgumentError.of(
            "Input num_split should be between 1 and the splitting dimension size "
            f"({size}), got {num_split}"
        )
    parts = []
    for k in range(num_split):
        larger = min(k, size % num_split)
        begin = k * (size // num_split) + larger
        length = size // num_split + (k < size % num_split)
        kept = (indices[:, axis] >= begin) & (indices[:, axis] < begin + length)
        moved = indices[kept]
        moved[:, axis] -= begin
        sizes = shape.copy()
        sizes[axis] = length
        parts.append((moved, values[kept], sizes))
    return tuple(array for kind in zip(*parts, strict=True) for array in kind)


@kernel("SparseConcat", device="CPU")
def sparse_concat(xp: Any, *arrays: Array, concat_dim: int, N: int) -> Any:
    """Elements of several tensors, one after another along an axis, in row-major order."""
    indices, values, shapes = arrays[:N], arrays[N : 2 * N], arrays[2 * N :]
    rank = shapes[0].size
    axis = concat_dim + rank if concat_dim < 0 else concat_dim
    if not 0 <= axis < rank:
        raise InvalidArgumentError.of(
            f"Concat dimension must be in range [{-rank}, {rank}), got {concat_dim}"
        )
    for i, shape in enumerate(shapes):
        if shape.size != rank:
            raise InvalidArgumentError.of(
                f"Ranks of all input tensors must match: expected {rank} but got {shape.size} at "
                f"position {i}"
            )
        for other in range(rank):
            if other != axis and shape[other] != shapes[0][other]:
                raise InvalidArgumentError.of(
                    f"Input shapes must match: expected {shapes[0][other]} for dimension {other} "
                    f"but got {shape[other]} at position {i}"
                )
    moved = []
    offset = 0
    for part, shape in zip(indices, shapes, strict=True):
        part = part.copy()
        part[:, axis] += offset
        moved.append(part)
        offset += int(shape[axis])
    result_shape = shapes[0].copy()
    result_shape[axis] = offset
    joined, elements = np.concatenate(moved), np.concatenate(values)
    order = row_major(joined, result_shape.tolist())
    if order is not None:
        joined, elements = joined[order], elements[order]
    return joined, elements, result_shape


# ---- SparseSoftmax ----


@kernel("SparseSoftmax", device="CPU")
def sparse_softmax(xp: Any, sp_indices: Array, sp_values: Array, sp_shape: Array) -> Array:
    """The softmax of the elements that each row has."""
    if sp_shape.size < 2:
        sizes = " ".join(map(str, sp_shape.tolist()))
        raise InvalidArgumentError.of(f"Input should have rank >= 2, but received shape: {sizes}")
    rows = positions(sp_indices[:, :-1], sp_shape.tolist()[:-1])
    _, ranks = np.unique(rows, return_inverse=True)
    ranks = ranks.reshape(-1)
    count = int(ranks.max()) + 1 if ranks.size else 0
    wide = np.float32 if sp_values.dtype in HALVES else sp_values.dtype
    values = sp_values.astype(wide, copy=False)
    highest = reduce_unsorted(np.maximum, values, ranks, np.full(count, -np.inf, wide))
    powers = np.exp(values - highest[ranks])
    totals = reduce_unsorted(np.add, powers, ranks, np.zeros(count, wide))
    return (powers / totals[ranks]).astype(sp_values.dtype, copy=False)


# ---- SparseReduceSum, SparseReduceMax ----


def _axes(axes: Array, rank: int) -> list[int]:
    found = []
    for axis in axes.ravel().tolist():
        if not -rank <= axis < rank:
            raise InvalidArgumentError.of(
                f"Invalid reduction dimension {axis}, for input with {rank} dimensions."
            )
        found.append(axis % rank)
    return found


def _reduced(
    ufunc: Any, indices: Array, values: Array, shape: list[int], axes: list[int], keep_dims: bool
) -> tuple[Array, Array, list[int]]:
    """Indices, values and shape of the reduced tensor; what is reduced to one size is at 0."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    sizes = [shape[axis] for axis in kept]
    first, reduced = _reduce_by(ufunc, positions(indices[:, kept], sizes), values)
    if not keep_dims:
        return indices[first][:, kept], reduced, sizes
    places = indices[first]
    places[:, axes] = 0
    return places, reduced, [1 if axis in axes else n for axis, n in enumerate(shape)]


def _register_reduction(name: str, ufunc: Any) -> None:
    @kernel(f"SparseReduce{name}", device="CPU")
    def reduce_to_dense(
        xp: Any,
        input_indices: Array,
        input_values: Array,
        input_shape: Array,
        reduction_axes: Array,
        keep_dims: bool,
    ) -> Array:
        sizes = input_shape.tolist()
        axes = _axes(reduction_axes, len(sizes))
        indices, values, shape = _reduced(
            ufunc, input_indices, input_values, sizes, axes, keep_dims
        )
        result = np.zeros(shape, input_values.dtype)
        # At most one element is left where there is no axis.
        result.reshape(-1)[positions(indices, shape)] = values
        return result

    @kernel(f"SparseReduce{name}Sparse", device="CPU")
    def reduce_to_sparse(
        xp: Any,
        input_indices: Array,
        input_values: Array,
        input_shape: Array,
        reduction_axes: Array,
        keep_dims: bool,
    ) -> Any:
        sizes = input_shape.tolist()
        axes = _axes(reduction_axes, len(sizes))
        indices, values, shape = _reduced(
            ufunc, input_indices, input_values, sizes, axes, keep_dims
        )
        return indices, values, np.array(shape, np.int64)


_register_reduction("Sum", np.add)
_register_reduction("Max", np.maximum)


# ---- SparseFillEmptyRows ----


@kernel("SparseFillEmptyRows", device="CPU")
def sparse_fill_empty_rows(
    xp: Any, indices: Array, values: Array, dense_shape: Array, default_value: Array
) -> Any:
    """One element, the default, in each row that has none."""
    if default_value.ndim:
        raise InvalidArgumentError.of(
            f"default_value must be a scalar, saw: {shape_text(default_value.shape)}"
        )
    rows, rank = int(dense_shape[0]), dense_shape.size
    count = len(indices)
    if rows == 0:
        if count:
            raise InvalidArgumentError.of(
                f"Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = {count}"
            )
        return (
            indices.copy(),
            values.copy(),
            np.zeros(0, bool),
            np.zeros(0, np.int64),
        )
    row = indices[:, 0]
    outside = (row < 0) | (row >= rows)
    if outside.any():
        i = int(np.argmax(outside))
        raise InvalidArgumentError.of(f"indices({i}, 0) is invalid: {row[i]} >= {rows}")
    is_empty = np.bincount(row, minlength=rows) == 0
    empty = np.flatnonzero(is_empty)
    added = np.zeros((empty.size, rank), np.int64)
    added[:, 0] = empty
    joined = np.concatenate([row, empty])
    order = np.argsort(joined, kind="stable")
    defaults = np.full(empty.size, default_value[()], values.dtype)
    elements = np.concatenate([values, defaults])
    places = np.empty(order.size, np.int64)
    places[order] = np.arange(order.size)
    return np.concatenate([indices, added])[order], elements[order], is_empty, places[:count]


@kernel("SparseFillEmptyRowsGrad", device="CPU")
def sparse_fill_empty_rows_grad(xp: Any, reverse_index_map: Array, grad_values: Array) -> Any:
    """The gradients of the values, and of the default: the sum of the others."""
    is_added = np.ones(grad_values.shape, bool)
    is_added[reverse_index_map] = False
    total = grad_values[is_added].sum(dtype=grad_values.dtype)
    return grad_values[reverse_index_map], np.asarray(total, grad_values.dtype)


# ---- Sparse with dense, element by element ----


def _dense_at(sp_indices: Array, sp_shape: Array, dense: Array) -> Array:
    """The element of a dense tensor, broadcast to the sparse shape, at each index."""
    shape = tuple(sp_shape.tolist())
    lead = len(shape) - dense.ndim
    if lead < 0 or any(m not in (1, n) for n, m in zip(shape[lead:], dense.shape, strict=True)):
        raise InvalidArgumentError.of(
            "SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: "
            f"[{','.join(map(str, shape))}] vs. [{','.join(map(str, dense.shape))}]"
        )
    check_indices(sp_indices, shape, must_rise=False)
    broadcast = np.broadcast_to(dense, shape)
    return broadcast[tuple(sp_indices.T)]


def _truncated(x: Array, y: Array) -> Array:
    if x.dtype.kind in "iu":
        return ((x - np.fmod(x, y)) // y).astype(x.dtype)
    return x / y


def _register_with_dense(name: str, function: Callable[[Array, Array], Array]) -> None:
    @kernel(f"SparseDenseCwise{name}", device="CPU")
    def with_dense(
        xp: Any, sp_indices: Array, sp_values: Array, sp_shape: Array, dense: Array
    ) -> Array:
        return function(sp_values, _dense_at(sp_indices, sp_shape, dense))


_register_with_dense("Add", np.add)
_register_with_dense("Mul", np.multiply)
_register_with_dense("Div", _truncated)


# ---- SparseSparseMaximum, SparseSparseMinimum ----


def _register_with_sparse(name: str, ufunc: Any) -> None:
    @kernel(f"SparseSparse{name}", device="CPU")
    def with_sparse(
        xp: Any,
        a_indices: Array,
        a_values: Array,
        a_shape: Array,
        b_indices: Array,
        b_values: Array,
        b_shape: Array,
    ) -> Any:
        _check_pair(a_shape, b_shape)
        indices, x, y, _ = _merge(a_indices, a_values, b_indices, b_values)
        return indices, ufunc(x, y)


_register_with_sparse("Maximum", np.maximum)
_register_with_sparse("Minimum", np.minimum)


# ---- Segments of picked rows ----


def _picked_segments(data: Array, indices: Array, segment_ids: Array, count: int | None) -> int:
    """Checks the arguments; returns the number of segments."""
    if indices.ndim != 1:
        raise InvalidArgumentError.of("indices should be a vector.")
    if segment_ids.ndim != 1:
        raise InvalidArgumentError.of("segment_ids should be a vector.")
    if indices.size != segment_ids.size:
        raise InvalidArgumentError.of("segment_ids and indices should have same size.")
    needed = int(segment_ids[-1]) + 1 if segment_ids.size else 0
    if count is not None and 0 <= count < needed:
        raise InvalidArgumentError.of("segment ids must be < num_segments")
    check_sorted_ids(segment_ids, needed if count is None else count)
    outside = (indices < 0) | (indices >= data.shape[0])
    if outside.any():
        i = int(np.argmax(outside))
        raise InvalidArgumentError.of(
            f"Bad: indices[{i}] == {indices[i]} out of range [0, {data.shape[0]})"
        )
    return needed if count is None else count


def _scaled(rows: Array, counts: Array, name: str) -> Array:
    """Rows divided by how many were added, or by its root."""
    divisor = np.maximum(counts, 1).astype(rows.dtype)
    if name == "SqrtN":
        divisor = np.sqrt(divisor)
    return rows / divisor.reshape(-1, *[1] * (rows.ndim - 1))


def _register_segments(name: str) -> None:
    def compute(data: Array, indices: Array, segment_ids: Array, count: int | None) -> Array:
        total = _picked_segments(data, indices, segment_ids, count)
        wide = np.float32 if data.dtype in HALVES else data.dtype
        sums = np.zeros((total, *data.shape[1:]), wide)
        reduce_sorted(np.add, data[indices], segment_ids, sums)
        if name != "Sum":
            sums = _scaled(sums, np.bincount(segment_ids, minlength=total), name)
        return sums.astype(data.dtype, copy=False)

    @kernel(f"SparseSegment{name}", device="CPU")
    def segments(xp: Any, data: Array, indices: Array, segment_ids: Array) -> Array:
        return compute(data, indices, segment_ids, None)

    @kernel(f"SparseSegment{name}WithNumSegments", device="CPU")
    def numbered_segments(
        xp: Any, data: Array, indices: Array, segment_ids: Array, num_segments: Array
    ) -> Array:
        return compute(data, indices, segment_ids, int(num_segments))

    if name == "Sum":
        return

    @kernel(f"SparseSegment{name}Grad", device="CPU")
    def segments_grad(
        xp: Any, grad: Array, indices: Array, segment_ids: Array, output_dim0: Array
    ) -> Array:
        rows = int(output_dim0)
        if ((indices < 0) | (indices >= rows)).any():
            raise InvalidArgumentError.of(f"Index out of range [0, {rows}).")
        if ((segment_ids < 0) | (segment_ids >= grad.shape[0])).any():
            raise InvalidArgumentError.of(f"Segment id out of range [0, {grad.shape[0]}).")
        scaled = _scaled(grad, np.bincount(segment_ids, minlength=grad.shape[0]), name)
        result = np.zeros((rows, *grad.shape[1:]), grad.dtype)
        return reduce_unsorted(np.add, scaled[segment_ids], indices, result)


for _name in ("Sum", "Mean", "SqrtN"):
    _register_segments(_name)
