"""How images differ, where they change, and other colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.graph.build import TensorLike, constant, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.activation import relu
from tfsession.ops.array import concat, expand_dims, identity, reshape, shape, squeeze, stack, zeros
from tfsession.ops.contraction import tensordot
from tfsession.ops.control_flow import Assert
from tfsession.ops.depthwise import depthwise_conv2d
from tfsession.ops.image import (
    convert_image_dtype,
    extract_image_patches,
    pad_to_bounding_box,
)
from tfsession.ops.math import (
    cast,
    equal,
    floor,
    log,
    maximum,
    pow as power,
    square,
    squared_difference,
)
from tfsession.ops.pooling import avg_pool
from tfsession.ops.rearrange import pad, tile
from tfsession.ops.reduction import reduce_all, reduce_mean, reduce_prod
from tfsession.ops.resize import resize_images
from tfsession.ops.softmax import softmax

__all__ = [
    "extract_patches",
    "image_gradients",
    "psnr",
    "resize_image_with_pad",
    "rgb_to_yiq",
    "rgb_to_yuv",
    "sobel_edges",
    "ssim",
    "ssim_multiscale",
    "yiq_to_rgb",
    "yuv_to_rgb",
]


# ---- Colours ----

# The weights of red, green and blue (rows) in Y, I, Q and in Y, U, V, and back.
_TO_YIQ = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
]
_FROM_YIQ = [
    [1.0, 1.0, 1.0],
    [0.95598634, -0.27201283, -1.10674021],
    [0.6208248, -0.64720424, 1.70423049],
]
_TO_YUV = [
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
]
_FROM_YUV = [
    [1.0, 1.0, 1.0],
    [0.0, -0.394642334, 2.03206185],
    [1.13988303, -0.58062185, 0.0],
]


def _mixed(images: TensorLike, weights: list[list[float]], name: str) -> Tensor:
    images = convert_to_tensor(images, name="images")
    kernel = convert_to_tensor(weights, dtype=images.dtype, name=name)
    return tensordot(images, kernel, axes=[[_last(images)], [0]])


def _last(images: Tensor) -> int:
    if images.dims is None:
        raise ValueError("images must have a known rank")
    return len(images.dims) - 1


def rgb_to_yiq(images: TensorLike) -> Tensor:
    """Colours as luminance and two differences of colours, as NTSC has them.

    Args:
      images: [..., 3]; floats from 0 to 1.

    Returns:
      A Tensor like `images`.

    Source: TensorFlow 1.15 `tf.image.rgb_to_yiq`.
    """
    return _mixed(images, _TO_YIQ, "kernel")


def yiq_to_rgb(images: TensorLike) -> Tensor:
    """The inverse of `rgb_to_yiq`.

    Source: TensorFlow 1.15 `tf.image.yiq_to_rgb`.
    """
    return _mixed(images, _FROM_YIQ, "kernel")


def rgb_to_yuv(images: TensorLike) -> Tensor:
    """Colours as luminance and two differences of colours, as PAL has them; see `rgb_to_yiq`.

    Source: TensorFlow 1.15 `tf.image.rgb_to_yuv`.
    """
    return _mixed(images, _TO_YUV, "kernel")


def yuv_to_rgb(images: TensorLike) -> Tensor:
    """The inverse of `rgb_to_yuv`.

    Source: TensorFlow 1.15 `tf.image.yuv_to_rgb`.
    """
    return _mixed(images, _FROM_YUV, "kernel")


# ---- Changes ----


def image_gradients(image: TensorLike) -> tuple[Tensor, Tensor]:
    """The differences to the next pixel below and to the right, 0 at the border.

    Args:
      image: [batch, height, width, channels].

    Returns:
      Two Tensors like `image`: dy and dx.

    Raises:
      ValueError: the rank is not 4.

    Source: TensorFlow 1.15 `tf.image.image_gradients`.
    """
    image = convert_to_tensor(image)
    if image.dims is None or len(image.dims) != 4:
        raise ValueError(
            f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.get_shape()}."
        )
    sizes = shape(image)
    batch, height, width, depth = (sizes[i] for i in range(4))
    dy = image[:, 1:, :, :] - image[:, :-1, :, :]
    dx = image[:, :, 1:, :] - image[:, :, :-1, :]
    below = zeros(stack([batch, 1, width, depth]), image.dtype)
    dy = reshape(concat([dy, below], 1), sizes)
    beside = zeros(stack([batch, height, 1, depth]), image.dtype)
    dx = reshape(concat([dx, beside], 2), sizes)
    return dy, dx


_SOBEL = [
    [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
]


def sobel_edges(image: TensorLike) -> Tensor:
    """Sobel's edges: how an image changes downwards and to the right.

    Args:
      image: [batch, height, width, channels]; floats.

    Returns:
      A Tensor [batch, height, width, channels, 2]: dy and dx.

    Source: TensorFlow 1.15 `tf.image.sobel_edges`.
    """
    image = convert_to_tensor(image)
    known = image.get_shape()
    sizes = shape(image)
    kernels = np.transpose(np.array(_SOBEL, np.float32), (1, 2, 0))[:, :, None, :]
    depth = sizes[-1]
    filters = tile(constant(kernels, dtype=image.dtype), [1, 1, depth, 1], name="sobel_filters")
    padded = pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    edges = depthwise_conv2d(padded, filters, [1, 1, 1, 1], "VALID")
    edges = reshape(edges, concat([sizes, [2]], 0))
    edges.set_shape(known.concatenate([2]))
    return edges


# ---- Differences ----


def _checked(a: Tensor, b: Tensor) -> list[Any]:
    """Operations that check that two batches of images are of one shape.

    Raises:
      ValueError: they are not, as is known.
    """
    first, second = a.get_shape().with_rank_at_least(3), b.get_shape().with_rank_at_least(3)
    first[-3:].assert_is_compatible_with(second[-3:])
    if a.dims is not None and b.dims is not None:
        for ours, theirs in zip(a.dims[-4::-1], b.dims[-4::-1], strict=False):
            if 1 not in (ours, theirs) and None not in (ours, theirs) and ours != theirs:
                raise ValueError(f"Two images are not compatible: {first} and {second}")
    sizes = shape(a), shape(b)
    return [Assert(reduce_all(equal(sizes[0][-3:], sizes[1][-3:])), list(sizes), summarize=10)]


def _floats(a: TensorLike, b: TensorLike, max_val: TensorLike) -> tuple[Tensor, Tensor, Tensor]:
    """Both images and their highest value as float32, by the range of their dtype."""
    a, b = convert_to_tensor(a, name="a"), convert_to_tensor(b, name="b")
    highest = convert_image_dtype(cast(max_val, a.dtype), dtypes.float32)
    return (
        convert_image_dtype(a, dtypes.float32),
        convert_image_dtype(b, dtypes.float32),
        highest,
    )


def psnr(a: TensorLike, b: TensorLike, max_val: TensorLike, name: str | None = None) -> Tensor:
    """The peak signal-to-noise ratio of images, in decibels.

    Args:
      a: [..., height, width, channels].
      b: of the same shape.
      max_val: the range of the values, such as 255 or 1.0.
      name: a name for the scope of the operations.

    Returns:
      A float32 Tensor [...].

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.image.psnr`.
    """
    with name_scope(name, "PSNR", [a, b]):
        a, b, highest = _floats(a, b, max_val)
        error = reduce_mean(squared_difference(a, b), [-3, -2, -1])
        peak = 20 * log(highest) / math.log(10.0)
        ratio = peak - np.float32(10 / np.log(10)) * log(error)
        with control_dependencies(_checked(a, b)):
            result: Tensor = identity(ratio, name="psnr")
            return result


def _gauss(size: int, sigma: float) -> Tensor:
    """[size, size, 1, 1]; a bell that sums to 1."""
    places = np.arange(size, dtype=np.float32) - (size - 1) / 2.0
    heights = places**2 * (-0.5 / sigma**2)
    together = (heights[None, :] + heights[:, None]).reshape(1, -1).astype(np.float32)
    return reshape(softmax(constant(together)), [size, size, 1, 1])


def _similarity(
    a: Tensor, b: Tensor, highest: Tensor, filter_size: int, sigma: float, k1: float, k2: float
) -> tuple[Tensor, Tensor]:
    """[..., channels]; the mean similarity, and of it the part of contrast and structure."""
    channels = shape(a)[-1]
    kernel = tile(_gauss(filter_size, sigma), [1, 1, channels, 1])

    def blurred(x: Tensor) -> Tensor:
        sizes = shape(x)
        flat = reshape(x, concat([[-1], sizes[-3:]], 0))
        y = depthwise_conv2d(flat, kernel, [1, 1, 1, 1], "VALID")
        return reshape(y, concat([sizes[:-3], shape(y)[1:]], 0))

    c1, c2 = square(k1 * highest), square(k2 * highest)
    mean_a, mean_b = blurred(a), blurred(b)
    products = mean_a * mean_b * 2.0
    squares = square(mean_a) + square(mean_b)
    luminance = (products + c1) / (squares + c1)
    of_products = blurred(a * b) * 2.0
    of_squares = blurred(square(a) + square(b))
    structure = (of_products - products + c2) / (of_squares - squares + c2)
    axes = [-3, -2]
    return reduce_mean(luminance * structure, axes), reduce_mean(structure, axes)


def ssim(
    img1: TensorLike,
    img2: TensorLike,
    max_val: TensorLike,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """The structural similarity of images, 1 for equal ones.

    Args:
      img1: [..., height, width, channels], `filter_size` or more high and wide.
      img2: of the same shape.
      max_val: the range of the values, such as 255 or 1.0.
      filter_size: the size of the bell by which means are taken, in pixels.
      filter_sigma: its width, in pixels.
      k1, k2: constants of the measure.

    Returns:
      A float32 Tensor [...].

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.image.ssim`; Wang et al., "Image quality assessment: from error
      visibility to structural similarity", 2004.
    """
    with name_scope(None, "SSIM", [img1, img2]):
        a, b, highest = _floats(img1, img2, max_val)
        with control_dependencies(_checked(a, b)):
            a = identity(a)
        similarity, _ = _similarity(a, b, highest, filter_size, filter_sigma, k1, k2)
        return reduce_mean(similarity, [-1])


def _halved(x: Tensor) -> Tensor:
    """Images of half the height and width, by means of four pixels."""
    sizes = shape(x)
    flat = reshape(x, concat([[-1], sizes[-3:]], 0))
    rest = sizes[-3:-1] % 2
    dims = None if x.dims is None else x.dims[-3:-1]
    if dims is None or None in dims or any(size is not None and size % 2 for size in dims):
        beyond = stack([0, rest[0], rest[1], 0])
        flat = pad(flat, stack([[0, 0, 0, 0], beyond], axis=1), mode="SYMMETRIC")
    y = avg_pool(flat, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    halved = reshape(y, concat([sizes[:-3], shape(y)[1:]], 0))
    if x.dims is not None and None not in x.dims[-3:-1]:
        sides = [-(-size // 2) for size in x.dims[-3:-1] if size is not None]
        halved.set_shape([*x.dims[:-3], *sides, x.dims[-1]])
    return halved


def ssim_multiscale(
    img1: TensorLike,
    img2: TensorLike,
    max_val: TensorLike,
    power_factors: Sequence[float] = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333),
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """The structural similarity of images at several sizes, each half the one before.

    Args:
      img1, img2, max_val, filter_size, filter_sigma, k1, k2: as in `ssim`.
      power_factors: the exponent of each size.

    Returns:
      A float32 Tensor [...].

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.image.ssim_multiscale`; Wang et al., "Multiscale structural
      similarity for image quality assessment", 2003.
    """
    with name_scope(None, "MS-SSIM", [img1, img2]):
        a, b, highest = _floats(img1, img2, max_val)
        with control_dependencies(_checked(a, b)):
            a = identity(a)
        parts = []
        similarity = a
        for number in range(len(power_factors)):
            if number:
                a, b = _halved(a), _halved(b)
            similarity, structure = _similarity(a, b, highest, filter_size, filter_sigma, k1, k2)
            parts.append(relu(structure))
        parts[-1] = relu(similarity)
        together = power(stack(parts, axis=-1), list(power_factors))
        return reduce_mean(reduce_prod(together, [-1]), [-1])


# ---- Sizes and parts ----


def resize_image_with_pad(
    image: TensorLike,
    target_height: TensorLike,
    target_width: TensorLike,
    method: int = 0,
    align_corners: bool = False,
) -> Tensor:
    """Resizes an image as far as it fits, and adds zeros around it.

    Args:
      image: [height, width, channels], or a batch of them.
      target_height: in pixels.
      target_width: in pixels.
      method: as of `tf.image.resize_images`.
      align_corners: as of `tf.image.resize_images`.

    Returns:
      A Tensor [target_height, target_width, channels], or a batch of them.

    Raises:
      ValueError: the rank is none of these, or a size is not above 0.

    Source: TensorFlow 1.15 `tf.image.resize_image_with_pad`.
    """
    with name_scope(None, "resize_image_with_pad", [image]):
        image = convert_to_tensor(image, name="image")
        rank = None if image.dims is None else len(image.dims)
        if rank not in (3, 4):
            raise ValueError("'image' must have either 3 or 4 dimensions.")
        images = expand_dims(image, 0) if rank == 3 else image
        for name, size in (("height", target_height), ("width", target_width)):
            value = constant_value(convert_to_tensor(size))
            if value is not None and value <= 0:
                raise ValueError(f"target_{name} must be > 0.")
        sizes = shape(images)
        height, width = (cast(sizes[i], dtypes.float32) for i in (1, 2))
        wanted_height = cast(target_height, dtypes.float32)
        wanted_width = cast(target_width, dtypes.float32)
        ratio = maximum(width / wanted_width, height / wanted_height)
        new = [cast(floor(side / ratio), dtypes.int32) for side in (height, width)]
        rests = [wanted_height - height / ratio, wanted_width - width / ratio]
        top, left = (cast(maximum(0.0, floor(rest / 2)), dtypes.int32) for rest in rests)
        resized = resize_images(images, stack(new), method, align_corners)
        padded = pad_to_bounding_box(resized, top, left, target_height, target_width)
        return squeeze(padded, [0]) if rank == 3 else padded


def extract_patches(
    images: TensorLike,
    sizes: Sequence[int],
    strides: Sequence[int],
    rates: Sequence[int],
    padding: str,
    name: str | None = None,
) -> Tensor:
    """Parts of images, as `tf.image.extract_image_patches` gives them.

    Source: TensorFlow 1.15 `tf.image.extract_patches`.
    """
    return extract_image_patches(images, sizes, strides, rates, padding, name)
