"""Ops that give images another size: bilinear, nearest neighbour, bicubic, and by area."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession import dtypes
from tfsession.graph.build import TensorLike, build, convert_sizes, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value_as_shape
from tfsession.ops import array, math
from tfsession.registry import gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims, with_rank

__all__ = [
    "ResizeMethod",
    "resize",
    "resize_area",
    "resize_bicubic",
    "resize_bilinear",
    "resize_images",
    "resize_nearest_neighbor",
]

_IMAGES = (
    "T: {int8, uint8, int16, uint16, int32, int64, float16, float32, float64, bfloat16};"
    " align_corners: bool = false"
)
_CENTERS = "half_pixel_centers: bool = false"


class ResizeMethod:
    """How `resize_images` computes pixels."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


def _resized_dims(images: Tensor, size: Tensor) -> Dims:
    batch, _, _, channels = with_rank(images.dims, 4)
    with_rank(size.dims, 1)
    found = constant_value_as_shape(size)
    if found is not None and len(found) != 2:
        raise ValueError(f"Dimension must be 2 but is {len(found)}")
    height, width = (None, None) if found is None else found
    return batch, height, width, channels


def _placement(op: Operation) -> dict[str, Any]:
    return {name: op.attrs[name] for name in ("align_corners", "half_pixel_centers")}


# ---- ResizeBilinear, ResizeNearestNeighbor, ResizeBicubic, ResizeArea ----

op(
    "ResizeBilinear(images: T, size: int32) -> resized_images: float32",
    f"{_IMAGES}; {_CENTERS}",
)
op(
    "ResizeBilinearGrad(grads: float32, original_image: T) -> output: T",
    "T: {float32, bfloat16, float16, float64}; align_corners: bool = false; " + _CENTERS,
)
op(
    "ResizeNearestNeighbor(images: T, size: int32) -> resized_images: T",
    f"{_IMAGES}; {_CENTERS}",
)
op(
    "ResizeNearestNeighborGrad(grads: T, size: int32) -> output: T",
    "T: {uint8, int8, int32, float16, float32, float64, bfloat16}; align_corners: bool = false; "
    + _CENTERS,
)
op("ResizeBicubic(images: T, size: int32) -> resized_images: float32", f"{_IMAGES}; {_CENTERS}")
op(
    "ResizeBicubicGrad(grads: float32, original_image: T) -> output: T",
    "T: {float32, float64}; align_corners: bool = false; " + _CENTERS,
)
op("ResizeArea(images: T, size: int32) -> resized_images: float32", _IMAGES)


@shape("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic", "ResizeArea")
def resize_shape(images: Tensor, size: Tensor) -> Dims:
    return _resized_dims(images, size)


@shape("ResizeBilinearGrad", "ResizeBicubicGrad")
def resize_grad_shape(original_image: Tensor) -> Dims:
    return original_image.dims


@gradient("ResizeBilinear", "ResizeBicubic")
def resize_gradient(op: Operation, dy: Tensor) -> list[Any]:
    images = op.inputs[0]
    grad = f"{op.type}Grad"
    if images.dtype.base_dtype not in (dtypes.float32, dtypes.float64) and (
        op.type == "ResizeBicubic" or not images.dtype.is_floating
    ):
        return [None, None]
    return [build(grad, dy, images, **_placement(op)), None]


undefined_gradient("ResizeBilinearGrad", "ResizeBicubicGrad")


# ---- ResizeBilinear ----


def resize_bilinear(
    images: TensorLike,
    size: TensorLike,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resizes images; each pixel is a mean of the four around its place.

    Args:
      images: [batch, height, width, channels]; any real number dtype.
      size: [2], int32, the new height and width.
      align_corners: the centres of the corner pixels stay where they are.
      name: a name for the operation.
      half_pixel_centers: pixels are at their centres, half a pixel from the corner.

    Returns:
      [batch, new height, new width, channels], float32.

    Source: TensorFlow 1.15 `tf.image.resize_bilinear`.
    """
    result: Tensor = build(
        "ResizeBilinear",
        images,
        size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
        name=name,
    )
    return result


# ---- ResizeNearestNeighbor ----


@shape("ResizeNearestNeighborGrad")
def resize_nearest_neighbor_grad_shape(grads: Tensor, size: Tensor) -> Dims:
    return _resized_dims(grads, size)


@gradient("ResizeNearestNeighbor")
def resize_nearest_neighbor_gradient(op: Operation, dy: Tensor) -> list[Any]:
    images = op.inputs[0]
    size: Any
    if images.dims is not None and None not in images.dims[1:3]:
        size = list(images.dims[1:3])
    else:
        size = array.shape(images)[1:3]
    return [build("ResizeNearestNeighborGrad", dy, size, **_placement(op)), None]


undefined_gradient("ResizeNearestNeighborGrad")


def resize_nearest_neighbor(
    images: TensorLike,
    size: TensorLike,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resizes images; each pixel is a copy of one.

    Arguments are those of `resize_bilinear`.

    Returns:
      [batch, new height, new width, channels], of the dtype of `images`.

    Source: TensorFlow 1.15 `tf.image.resize_nearest_neighbor`.
    """
    result: Tensor = build(
        "ResizeNearestNeighbor",
        images,
        size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
        name=name,
    )
    return result


# ---- ResizeBicubic ----


def resize_bicubic(
    images: TensorLike,
    size: TensorLike,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resizes images; each pixel is a cubic interpolation of the sixteen around its place.

    Arguments and result are those of `resize_bilinear`.

    Source: TensorFlow 1.15 `tf.image.resize_bicubic`.
    """
    result: Tensor = build(
        "ResizeBicubic",
        images,
        size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
        name=name,
    )
    return result


# ---- ResizeArea ----

undefined_gradient("ResizeArea")


def resize_area(
    images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """Resizes images; each pixel is the mean of the area that it covers.

    Args:
      images: [batch, height, width, channels]; any real number dtype.
      size: [2], int32, the new height and width.
      align_corners: the centres of the corner pixels stay where they are.
      name: a name for the operation.

    Returns:
      [batch, new height, new width, channels], float32. It has no gradient.

    Source: TensorFlow 1.15 `tf.image.resize_area`.
    """
    result: Tensor = build("ResizeArea", images, size, align_corners=align_corners, name=name)
    return result


# ---- By any method ----

_METHODS: dict[int, Callable[..., Tensor]] = {
    ResizeMethod.BILINEAR: resize_bilinear,
    ResizeMethod.NEAREST_NEIGHBOR: resize_nearest_neighbor,
    ResizeMethod.BICUBIC: resize_bicubic,
    ResizeMethod.AREA: resize_area,
}


def resize_images(
    images: TensorLike,
    size: TensorLike,
    method: int = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Resizes images, or one image.

    Args:
      images: [batch, height, width, channels] or [height, width, channels].
      size: [2], int32, the new height and width.
      method: one of `ResizeMethod`.
      align_corners: the centres of the corner pixels stay where they are.
      preserve_aspect_ratio: the images fit into `size` and keep the ratio of their sides.
      name: name of the operations' scope.

    Returns:
      Images of the new size; `images` where that is known to be the size they have. float32, or
      the dtype of `images` with the nearest neighbour.

    Raises:
      ValueError: the rank of `images` is unknown or neither 3 nor 4, `size` is not a pair, or the
        method is unknown.

    Source: TensorFlow 1.15 `tf.image.resize_images`.
    """
    if method not in _METHODS:
        raise ValueError("Resize method is not implemented.")
    with name_scope(name, "resize", [images, size]):
        images = convert_to_tensor(images, name="images")
        if images.dims is None:
            raise ValueError("'images' contains no shape.")
        is_batch = len(images.dims) == 4
        if len(images.dims) == 3:
            images = array.expand_dims(images, 0)
        elif not is_batch:
            raise ValueError("'images' must have either 3 or 4 dimensions.")
        try:
            size = convert_sizes(size, "size")
        except (TypeError, ValueError):
            raise ValueError("'size' must be a 1-D int32 Tensor") from None
        if not size.shape.is_compatible_with([2]):
            raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
        if preserve_aspect_ratio:
            size = _fitted(images, size)
        height, width = constant_value_as_shape(size) or (None, None)
        if None in (height, width) or (height, width) != images.dims[1:3]:
            images = _METHODS[method](images, size, align_corners=align_corners)
            images.set_shape([None, height, width, None])
        return images if is_batch else array.squeeze(images, axis=[0])


resize = resize_images


def _fitted(images: Tensor, size: Tensor) -> Tensor:
    """The largest size within `size` that has the ratio of the images' sides."""
    sides = math.cast(array.shape(images)[1:3], dtypes.float32)
    scale = build("Min", math.cast(size, dtypes.float32) / sides, 0)
    fitted: Tensor = math.cast(math.round(scale * sides), dtypes.int32)
    return fitted
