"""How elements are arranged: shapes, axes, joining, repeating, padding and resizing."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.dtypes import int32
from tfsession.graph.build import constant, convert_to_tensor
from tfsession.graph.composites import is_sparse
from tfsession.graph.scopes import name_scope
from tfsession.keras.backend.tensors import ndim, to_dense
from tfsession.layers import arguments
from tfsession.ops import array, indexing, math, resize, sparse
from tfsession.ops.rearrange import pad, reverse as reverse_axes, tile as tile_tensor, transpose
from tfsession.ops.reduction import reduce_prod

__all__ = [
    "batch_flatten",
    "concatenate",
    "expand_dims",
    "flatten",
    "gather",
    "one_hot",
    "permute_dimensions",
    "repeat",
    "repeat_elements",
    "reshape",
    "resize_images",
    "resize_volumes",
    "reverse",
    "spatial_2d_padding",
    "spatial_3d_padding",
    "squeeze",
    "stack",
    "temporal_padding",
    "tile",
]


def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Tensors, joined along an axis."""
    if axis < 0:
        rank = ndim(tensors[0])
        axis = axis % rank if rank else 0
    if all(is_sparse(x) for x in tensors):
        return sparse.sparse_concat(axis, tensors)
    return array.concat([to_dense(x) for x in tensors], axis)


def stack(x: Any, axis: int = 0) -> Any:
    """Tensors, joined along a new axis."""
    return array.stack(x, axis=axis)


def reshape(x: Any, shape: Any) -> Any:
    """The elements in another shape."""
    return array.reshape(x, shape)


def permute_dimensions(x: Any, pattern: Any) -> Any:
    """The axes in another order."""
    return transpose(x, perm=pattern)


def flatten(x: Any) -> Any:
    """All elements along one axis."""
    return array.reshape(x, [-1])


def batch_flatten(x: Any) -> Any:
    """All but the first axis as one."""
    return array.reshape(x, array.stack([-1, reduce_prod(array.shape(x)[1:])]))


def expand_dims(x: Any, axis: int = -1) -> Any:
    """An axis of size 1 more."""
    return array.expand_dims(x, axis)


def squeeze(x: Any, axis: int) -> Any:
    """Without an axis of size 1."""
    return array.squeeze(x, [axis])


def gather(reference: Any, indices: Any) -> Any:
    """Rows of a tensor."""
    return indexing.gather(reference, indices)


def one_hot(indices: Any, num_classes: int) -> Any:
    """A 1 where each index says, among zeros."""
    return array.one_hot(indices, depth=num_classes, axis=-1)


def reverse(x: Any, axes: Any) -> Any:
    """The elements of axes in reverse order."""
    return reverse_axes(x, [axes] if isinstance(axes, int) else axes)


def repeat(x: Any, n: int) -> Any:
    """[batch, n, size] from [batch, size]."""
    x = array.expand_dims(x, 1)
    return tile_tensor(x, array.stack([1, n, 1]))


def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Each slice along an axis, several times."""
    size = x.shape.as_list()[axis]
    if size is not None:
        parts = array.split(value=x, num_or_size_splits=size, axis=axis)
        return concatenate([part for part in parts for _ in range(rep)], axis)
    # The slices get an axis of their own, along which they are repeated.
    widened = array.expand_dims(x, axis=axis + 1)
    times = np.ones(len(widened.shape), np.int32)
    times[axis + 1] = rep
    repeated = tile_tensor(widened, constant(times, int32))
    longer = array.shape(x) * constant(
        np.where(np.arange(len(x.shape)) == axis, rep, 1).astype(np.int32), int32
    )
    result = array.reshape(repeated, longer)
    result.set_shape([s if i != axis else None for i, s in enumerate(x.shape.as_list())])
    return result


def tile(x: Any, n: Any) -> Any:
    """The tensor, repeated along axes."""
    return tile_tensor(x, [n] if isinstance(n, int) else n)


# ---- Padding ----


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Zeros before and behind the middle axis of [batch, steps, channels]."""
    return pad(x, [[0, 0], [padding[0], padding[1]], [0, 0]])


def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: Any = None) -> Any:
    """Zeros around images."""
    return _padded(x, padding, data_format)


def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: Any = None
) -> Any:
    """Zeros around volumes."""
    return _padded(x, padding, data_format)


def _padded(x: Any, padding: Any, data_format: Any) -> Any:
    spatial = [list(pair) for pair in padding]
    if arguments.data_format(data_format) == "channels_first":
        return pad(x, [[0, 0], [0, 0], *spatial])
    return pad(x, [[0, 0], *spatial, [0, 0]])


# ---- Resizing ----


def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest"
) -> Any:
    """Images, larger by whole factors.

    Args:
      x: [batch, height, width, channels], or channels first.
      height_factor, width_factor: the factors.
      data_format: "channels_last" or "channels_first".
      interpolation: "nearest" or "bilinear".

    Raises:
      ValueError: the format or the interpolation is not one of these.
    """
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError("Invalid `data_format` argument:", data_format)
    rows, columns = (2, 3) if data_format == "channels_first" else (1, 2)
    static = x.shape.as_list()
    size = array.shape(x)[rows : columns + 1]
    size = math.multiply(size, convert_to_tensor(np.array([height_factor, width_factor], np.int32)))
    if data_format == "channels_first":
        x = permute_dimensions(x, [0, 2, 3, 1])
    if interpolation == "nearest":
        with name_scope("resize"):
            x = resize.resize_nearest_neighbor(x, size, half_pixel_centers=True)
    elif interpolation == "bilinear":
        with name_scope("resize"):
            x = resize.resize_bilinear(x, size, half_pixel_centers=True)
    else:
        raise ValueError('interpolation should be one of "nearest" or "bilinear".')
    if data_format == "channels_first":
        x = permute_dimensions(x, [0, 3, 1, 2])
    for axis, factor in ((rows, height_factor), (columns, width_factor)):
        static[axis] = None if static[axis] is None else static[axis] * factor
    x.set_shape(static)
    return x


def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str
) -> Any:
    """Volumes, larger by whole factors.

    Raises:
      ValueError: the format is neither "channels_last" nor "channels_first".
    """
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Invalid data_format: {data_format}")
    first = 2 if data_format == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), start=first):
        x = repeat_elements(x, factor, axis)
    return x
