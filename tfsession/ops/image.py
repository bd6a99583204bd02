"""Ops on images: patches, mirroring, cropping, brightness, contrast and colours.

An image is [height, width, channels], a batch of them [batch, height, width, channels].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, control, control_flow, indexing, math, rearrange, reduction
from tfsession.ops.contraction import tensordot
from tfsession.ops.random import random_uniform
from tfsession.registry import gradient, no_gradient, op, ranks, shape, undefined_gradient
from tfsession.shapes import Dims, with_rank, with_rank_at_least

__all__ = [
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_saturation",
    "central_crop",
    "convert_image_dtype",
    "crop_to_bounding_box",
    "extract_image_patches",
    "flip_left_right",
    "flip_up_down",
    "grayscale_to_rgb",
    "hsv_to_rgb",
    "pad_to_bounding_box",
    "per_image_standardization",
    "random_brightness",
    "random_contrast",
    "random_flip_left_right",
    "random_flip_up_down",
    "random_hue",
    "random_saturation",
    "resize_image_with_crop_or_pad",
    "resize_with_crop_or_pad",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "rot90",
    "total_variation",
    "transpose",
    "transpose_image",
]

# How much of the brightness is red, green and blue: ITU-R BT.601.
_LUMA = (0.2989, 0.5870, 0.1140)


# ---- ExtractImagePatches ----

op(
    "ExtractImagePatches(images: T) -> patches: T",
    "ksizes: list(int) >= 4; strides: list(int) >= 4; rates: list(int) >= 4;"
    " T: {bfloat16, float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32,"
    " uint64, complex64, complex128, bool}; padding: {'SAME', 'VALID'}",
)


@shape("ExtractImagePatches")
def extract_image_patches_shape(
    images: Tensor, ksizes: list[int], strides: list[int], rates: list[int], padding: bytes
) -> Dims:
    batch, *sides, channels = with_rank(images.dims, 4)
    counts: list[int | None] = []
    for n, window, stride, rate in zip(sides, ksizes[1:3], strides[1:3], rates[1:3], strict=True):
        reach = (window - 1) * rate + 1
        if n is None:
            counts.append(None)
        elif padding == b"SAME":
            counts.append(-(-n // stride))
        elif n - reach + 2 * stride <= 0:
            raise ValueError(
                f"Computed output size would be negative: {-((reach - stride - n) // stride)} "
                f"[input_size: {n}, effective_filter_size: {reach}, stride: {stride}]"
            )
        else:
            counts.append(max(0, (n - reach + stride) // stride))
    depth = None if channels is None else channels * ksizes[1] * ksizes[2]
    return batch, counts[0], counts[1], depth


@gradient("ExtractImagePatches")
def extract_image_patches_gradient(op: Operation, dy: TensorLike) -> list[Any]:
    images, patches = op.inputs[0], op.outputs[0]
    if isinstance(dy, IndexedSlices):
        dy = convert_to_tensor(dy)
    sizes, counts = (
        array.shape(images, out_type=dtypes.int64),
        array.shape(patches, out_type=dtypes.int64),
    )
    batch, rows, columns, channels = (sizes[axis] for axis in range(4))
    taps = op.attrs["ksizes"][1] * op.attrs["ksizes"][2]
    # Which pixel each element of a patch is; 0 is none.
    pixels = array.reshape(math.range(1, rows * columns + 1), array.stack([1, rows, columns, 1]))
    attrs = {name: op.attrs[name] for name in ("ksizes", "strides", "rates", "padding")}
    taken = array.reshape(build("ExtractImagePatches", pixels, **attrs), [-1])
    by_pixel = array.reshape(dy, array.stack([batch, counts[1] * counts[2] * taps, channels]))
    flat = array.reshape(
        rearrange.transpose(by_pixel, [1, 0, 2]), array.stack([-1, batch * channels])
    )
    sums = reduction.unsorted_segment_sum(flat, taken - 1, rows * columns)
    sums = array.reshape(sums, array.stack([rows, columns, batch, channels]))
    dx = rearrange.transpose(sums, [2, 0, 1, 3])
    dx.set_shape(images.dims)
    return [dx]


def extract_image_patches(
    images: TensorLike,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """Puts the pixels of each patch of an image into one vector.

    Args:
      images: [batch, height, width, channels].
      ksizes: [1, rows, columns, 1], the size of a patch.
      strides: [1, rows, columns, 1], the distance from one patch to the next.
      rates: [1, rows, columns, 1], the distance of pixels within a patch.
      padding: "SAME" or "VALID".
      name: a name for the operation.
      sizes: another name of `ksizes`.

    Returns:
      [batch, patches down, patches across, rows * columns * channels], of the dtype of `images`.

    Raises:
      ValueError: the patch is known not to fit in.

    Source: TensorFlow 1.15 `tf.extract_image_patches`.
    """
    patches: Tensor = build(
        "ExtractImagePatches",
        images,
        ksizes=array.deprecated_argument("sizes", sizes, "ksizes", ksizes),
        strides=strides,
        rates=rates,
        padding=padding,
        name=name,
    )
    return patches


# ---- AdjustContrastv2, AdjustHue, AdjustSaturation ----

op(
    "AdjustContrastv2(images: T, contrast_factor: float32) -> output: T",
    "T: {float16, float32} = float32",
)
op("AdjustHue(images: T, delta: float32) -> output: T", "T: {float16, float32} = float32")
op("AdjustSaturation(images: T, scale: float32) -> output: T", "T: {float16, float32} = float32")


ranks("AdjustContrastv2", contrast_factor=0)


@shape("AdjustContrastv2", "AdjustHue", "AdjustSaturation")
def adjust_shape(images: Tensor) -> Dims:
    return with_rank_at_least(images.dims, 3)


undefined_gradient("AdjustContrastv2", "AdjustHue", "AdjustSaturation")


# ---- RGBToHSV, HSVToRGB ----

op(
    "RGBToHSV(images: T) -> output: T",
    "T: {float16, bfloat16, float32, float64} = float32",
)
op(
    "HSVToRGB(images: T) -> output: T",
    "T: {float16, bfloat16, float32, float64} = float32",
)


@shape("RGBToHSV", "HSVToRGB")
def colour_space_shape(images: Tensor) -> Dims:
    dims = with_rank_at_least(images.dims, 1)
    if dims is None:
        return None
    if dims[-1] not in (None, 3):
        raise ValueError(f"Dimension must be 3 but is {dims[-1]}")
    return (*dims[:-1], 3)


no_gradient("HSVToRGB")


@gradient("RGBToHSV")
def rgb_to_hsv_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Piece by piece: which colour is the largest, the smallest and between them.

    Of equal colours the first counts as the largest, the last as the smallest.
    Source: TensorFlow 1.15, python/ops/image_grad.py, for float32 alone.
    """
    (x,) = op.inputs
    last_smallest = 2 - reduction.argmin(rearrange.reverse(x, [-1]), -1)
    is_largest = array.one_hot(reduction.argmax(x, -1), depth=3, dtype=x.dtype)
    is_smallest = array.one_hot(last_smallest, depth=3, dtype=x.dtype)
    is_middle = 1 - is_largest - is_smallest
    largest, smallest, middle = (
        reduction.reduce_sum(x * chosen, -1, keepdims=True)
        for chosen in (is_largest, is_smallest, is_middle)
    )
    # The hue grows from the largest colour to the next one of the circle, or from that before it.
    follows = rearrange.roll(is_middle, -1, -1) - rearrange.roll(is_middle, 1, -1)
    direction = reduction.reduce_sum(is_largest * follows, -1, keepdims=True) / 6
    chroma = largest - smallest
    by_chroma = math.div_no_nan(direction, chroma)
    dh = math.cast(largest > 0, x.dtype) * (
        is_middle * by_chroma
        - is_largest * math.div_no_nan(by_chroma * (middle - smallest), chroma)
        + is_smallest * math.div_no_nan(by_chroma * (middle - largest), chroma)
    )
    ds = math.cast(x > 0, x.dtype) * (
        is_largest * math.div_no_nan(smallest, largest * largest)
        - math.div_no_nan(is_smallest, largest)
    )
    return [dy[..., 0:1] * dh + dy[..., 1:2] * ds + dy[..., 2:] * is_largest]


def rgb_to_hsv(images: TensorLike, name: str | None = None) -> Tensor:
    """Turns red, green and blue into hue, saturation and value.

    Args:
      images: [..., 3], floats from 0 to 1.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.image.rgb_to_hsv`.
    """
    result: Tensor = build("RGBToHSV", images, name=name)
    return result


def hsv_to_rgb(images: TensorLike, name: str | None = None) -> Tensor:
    """Turns hue, saturation and value into red, green and blue.

    Args:
      images: [..., 3], floats from 0 to 1.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.image.hsv_to_rgb`.
    """
    result: Tensor = build("HSVToRGB", images, name=name)
    return result


# ---- Dtypes and colours ----


def convert_image_dtype(
    image: TensorLike, dtype: DTypeLike, saturate: bool = False, name: str | None = None
) -> Tensor:
    """Converts pixels: floats are from 0 to 1, integers from 0 to the largest of their dtype.

    Args:
      image: a tensor of any shape.
      dtype: the dtype of the result.
      saturate: clip what is beyond the range of `dtype`.
      name: a name for the operation.

    Raises:
      AttributeError: `dtype` is neither of floats nor of integers.

    Source: TensorFlow 1.15 `tf.image.convert_image_dtype`.
    """
    image = convert_to_tensor(image, name="image")
    dtype = as_dtype(dtype)
    if not dtype.is_floating and not dtype.is_integer:
        raise AttributeError("dtype must be either floating point or integer")
    if dtype == image.dtype:
        same: Tensor = array.identity(image, name=name)
        return same
    cast = math.saturate_cast if saturate else math.cast
    with name_scope(name, "convert_image", [image]) as scope:
        if image.dtype.is_floating and dtype.is_floating:
            result: Tensor = math.cast(image, dtype, name=scope)
            return result
        if image.dtype.is_floating:
            # The half keeps 1.0 the largest integer, and makes each the same share of the range.
            return cast(image * (dtype.max + 0.5), dtype, name=scope)
        if dtype.is_floating:
            return math.multiply(math.cast(image, dtype), 1.0 / image.dtype.max, name=scope)
        largest, wanted = image.dtype.max, dtype.max
        if largest > wanted:
            return cast(math.div(image, (largest + 1) // (wanted + 1)), dtype, name=scope)
        return math.multiply(cast(image, dtype), (wanted + 1) // (largest + 1), name=scope)


def _as_float(image: Tensor) -> Tensor:
    if image.dtype.base_dtype in (dtypes.float16, dtypes.float32):
        return image
    return convert_image_dtype(image, dtypes.float32)


def rgb_to_grayscale(images: TensorLike, name: str | None = None) -> Tensor:
    """Turns colours into their brightness.

    Args:
      images: [..., 3].
      name: name of the operations' scope.

    Returns:
      [..., 1], of the dtype of `images`.

    Source: TensorFlow 1.15 `tf.image.rgb_to_grayscale`.
    """
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        gray = tensordot(convert_image_dtype(images, dtypes.float32), list(_LUMA), [[-1], [-1]])
        return convert_image_dtype(array.expand_dims(gray, -1), images.dtype, name=scope)


def grayscale_to_rgb(images: TensorLike, name: str | None = None) -> Tensor:
    """Gives grey images three equal channels.

    Args:
      images: [..., 1].
      name: name of the operations' scope.

    Returns:
      [..., 3], of the dtype of `images`.

    Source: TensorFlow 1.15 `tf.image.grayscale_to_rgb`.
    """
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        ones = array.ones(array.expand_dims(array.rank(images) - 1, 0), dtypes.int32)
        colours = rearrange.tile(images, array.concat([ones, [3]], 0), name=scope)
        if images.dims is not None:
            colours.set_shape([*images.dims[:-1], 3])
        return colours


def adjust_brightness(image: TensorLike, delta: TensorLike) -> Tensor:
    """Adds `delta`, from -1 to 1, to the pixels of images of any dtype.

    Source: TensorFlow 1.15 `tf.image.adjust_brightness`.
    """
    with name_scope(None, "adjust_brightness", [image, delta]) as scope:
        image = convert_to_tensor(image, name="image")
        pixels = _as_float(image)
        brighter = math.add(pixels, math.cast(delta, pixels.dtype), name=scope)
        return convert_image_dtype(brighter, image.dtype, saturate=True)


def random_brightness(image: TensorLike, max_delta: float, seed: int | None = None) -> Tensor:
    """Adds a number between ``-max_delta`` and `max_delta` to the pixels.

    Raises:
      ValueError: `max_delta` is negative.

    Source: TensorFlow 1.15 `tf.image.random_brightness`.
    """
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, random_uniform([], -max_delta, max_delta, seed=seed))


def adjust_contrast(images: TensorLike, contrast_factor: TensorLike) -> Tensor:
    """Multiplies the distance of pixels from the mean of their channel.

    Args:
      images: [..., height, width, channels], of any dtype.
      contrast_factor: a float.

    Source: TensorFlow 1.15 `tf.image.adjust_contrast`.
    """
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as scope:
        images = convert_to_tensor(images, name="images")
        adjusted = build("AdjustContrastv2", _as_float(images), contrast_factor, name=scope)
        return convert_image_dtype(adjusted, images.dtype, saturate=True)


def _random_factor(lower: float, upper: float, seed: int | None) -> Tensor:
    """A random number between two bounds.

    Raises:
      ValueError: they are negative or in the wrong order.
    """
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
    factor: Tensor = random_uniform([], lower, upper, seed=seed)
    return factor


def random_contrast(
    image: TensorLike, lower: float, upper: float, seed: int | None = None
) -> Tensor:
    """Multiplies the contrast by a number between two bounds.

    Raises:
      ValueError: the bounds are negative or in the wrong order.

    Source: TensorFlow 1.15 `tf.image.random_contrast`.
    """
    return adjust_contrast(image, _random_factor(lower, upper, seed))


def adjust_gamma(image: TensorLike, gamma: TensorLike = 1, gain: Any = 1) -> Tensor:
    """Returns ``gain * image ** gamma``, of images of any dtype.

    Raises:
      ValueError: `gamma` is negative.

    Source: TensorFlow 1.15 `tf.image.adjust_gamma`.
    """
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        image = convert_to_tensor(image, name="image")
        pixels = _as_float(image)
        gamma = _checked(gamma, [(gamma >= 0, "Gamma should be a non-negative real number.")])
        return convert_image_dtype(gain * pixels**gamma, image.dtype, saturate=True)


def adjust_hue(image: TensorLike, delta: TensorLike, name: str | None = None) -> Tensor:
    """Turns the hue of colours by `delta`, from -1 to 1 of the whole circle.

    Args:
      image: [..., 3], of any dtype.
      delta: a float.
      name: name of the operations' scope.

    Source: TensorFlow 1.15 `tf.image.adjust_hue`.
    """
    with name_scope(name, "adjust_hue", [image]):
        image = convert_to_tensor(image, name="image")
        adjusted = build("AdjustHue", _as_float(image), delta)
        return convert_image_dtype(adjusted, image.dtype)


def random_hue(image: TensorLike, max_delta: float, seed: int | None = None) -> Tensor:
    """Turns the hue by a number between ``-max_delta`` and `max_delta`.

    Raises:
      ValueError: `max_delta` is negative or more than half of the circle.

    Source: TensorFlow 1.15 `tf.image.random_hue`.
    """
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, random_uniform([], -max_delta, max_delta, seed=seed))


def adjust_saturation(
    image: TensorLike, saturation_factor: TensorLike, name: str | None = None
) -> Tensor:
    """Multiplies the saturation of colours.

    Args:
      image: [..., 3], of any dtype.
      saturation_factor: a float.
      name: name of the operations' scope.

    Source: TensorFlow 1.15 `tf.image.adjust_saturation`.
    """
    with name_scope(name, "adjust_saturation", [image]):
        image = convert_to_tensor(image, name="image")
        adjusted = build("AdjustSaturation", _as_float(image), saturation_factor)
        return convert_image_dtype(adjusted, image.dtype)


def random_saturation(
    image: TensorLike, lower: float, upper: float, seed: int | None = None
) -> Tensor:
    """Multiplies the saturation by a number between two bounds.

    Raises:
      ValueError: the bounds are negative or in the wrong order.

    Source: TensorFlow 1.15 `tf.image.random_saturation`.
    """
    return adjust_saturation(image, _random_factor(lower, upper, seed))


def per_image_standardization(image: TensorLike) -> Tensor:
    """Gives each image mean 0 and standard deviation 1.

    The deviation is taken to be at least that of one pixel of 1 among zeros, ``1 / sqrt(pixels)``.

    Args:
      image: [..., height, width, channels].

    Source: TensorFlow 1.15 `tf.image.per_image_standardization`.
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        image = _checked_image(image)
        pixels = _as_float(image)
        axes = [-1, -2, -3]
        count = reduction.reduce_prod(array.shape(pixels)[-3:])
        mean = reduction.reduce_mean(pixels, axis=axes, keepdims=True)
        deviation = reduction.reduce_std(pixels, axis=axes, keepdims=True)
        smallest = math.rsqrt(math.cast(count, pixels.dtype))
        result: Tensor = math.divide(pixels - mean, math.maximum(deviation, smallest), name=scope)
        return result


def total_variation(images: TensorLike, name: str | None = None) -> Tensor:
    """Sums the absolute differences of neighbouring pixels.

    Args:
      images: [batch, height, width, channels] or [height, width, channels].
      name: name of the operations' scope.

    Returns:
      [batch], or a scalar.

    Raises:
      ValueError: another rank.

    Source: TensorFlow 1.15 `tf.image.total_variation`.
    """
    with name_scope(name, "total_variation"):
        images = convert_to_tensor(images)
        rank = images.shape.ndims
        if rank not in (3, 4):
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        down = images[..., 1:, :, :] - images[..., :-1, :, :]
        across = images[..., :, 1:, :] - images[..., :, :-1, :]
        axes = [1, 2, 3] if rank == 4 else None
        total: Tensor = reduction.reduce_sum(math.abs(down), axis=axes) + reduction.reduce_sum(
            math.abs(across), axis=axes
        )
        return total


# ---- Mirroring and turning ----


def _checked_image(image: Any) -> Tensor:
    """An image or more as a Tensor.

    Raises:
      ValueError: its rank is known and below 3.
    """
    image = convert_to_tensor(image, name="image")
    if image.dims is not None and len(image.dims) < 3:
        raise ValueError(f"'image' (shape {image.shape}) must be at least three-dimensional.")
    result: Tensor = image
    return result


def _rank_error(image: Tensor) -> ValueError:
    return ValueError(f"'image' (shape {image.shape}) must have either 3 or 4 dimensions.")


def _flipped(image: Tensor, axis: int) -> Tensor:
    """Mirrors along an axis of the image; a batch has one more in front.

    Raises:
      ValueError: the rank is known and neither 3 nor 4.
    """
    rank = 3 if image.dims is None else len(image.dims)
    if rank not in (3, 4):
        raise _rank_error(image)
    mirrored = rearrange.reverse(image, [axis + rank - 3])
    if image.dims is None:
        mirrored.set_shape([None, None, None])
    return mirrored


def flip_left_right(image: TensorLike) -> Tensor:
    """Mirrors images: left becomes right.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].

    Raises:
      ValueError: the rank is known to be another.

    Source: TensorFlow 1.15 `tf.image.flip_left_right`.
    """
    with name_scope(None, "flip_left_right", [image]):
        return _flipped(_checked_image(image), 1)


def flip_up_down(image: TensorLike) -> Tensor:
    """Mirrors images: the upper side becomes the lower.

    Arguments and result are those of `flip_left_right`.

    Source: TensorFlow 1.15 `tf.image.flip_up_down`.
    """
    with name_scope(None, "flip_up_down", [image]):
        return _flipped(_checked_image(image), 0)


def _randomly_flipped(image: Any, axis: int, seed: int | None, scope: str) -> Tensor:
    with name_scope(None, scope, [image]):
        image = _checked_image(image)
        mirrored = _flipped(image, axis)
        if image.dims is None or len(image.dims) == 3:
            chosen = math.less(random_uniform([], 0, 1.0, seed=seed), 0.5)
            result: Tensor = build("Select", chosen, mirrored, image)
            return result
        count = array.shape(image)[0]
        flips = math.round(
            array.reshape(random_uniform([count], 0, 1.0, seed=seed), array.stack([count, 1, 1, 1]))
        )
        flips = math.cast(flips, image.dtype)
        result = flips * mirrored + (1 - flips) * image
        return result


def random_flip_left_right(image: TensorLike, seed: int | None = None) -> Tensor:
    """Mirrors each image with probability 1/2: left becomes right.

    Arguments and result are those of `flip_left_right`; `seed` is the op's seed.

    Source: TensorFlow 1.15 `tf.image.random_flip_left_right`.
    """
    return _randomly_flipped(image, 1, seed, "random_flip_left_right")


def random_flip_up_down(image: TensorLike, seed: int | None = None) -> Tensor:
    """Mirrors each image with probability 1/2: the upper side becomes the lower.

    Arguments and result are those of `flip_left_right`; `seed` is the op's seed.

    Source: TensorFlow 1.15 `tf.image.random_flip_up_down`.
    """
    return _randomly_flipped(image, 0, seed, "random_flip_up_down")


def transpose_image(image: TensorLike, name: str | None = None) -> Tensor:
    """Exchanges the rows and the columns of images.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      name: name of the operations' scope.

    Raises:
      ValueError: the rank is known to be another.

    Source: TensorFlow 1.15 `tf.image.transpose_image`.
    """
    with name_scope(name, "transpose", [image]) as scope:
        image = _checked_image(image)
        rank = 3 if image.dims is None else len(image.dims)
        if rank == 3:
            return rearrange.transpose(image, [1, 0, 2], name=scope)
        if rank == 4:
            return rearrange.transpose(image, [0, 2, 1, 3], name=scope)
        raise _rank_error(image)


transpose = transpose_image


def rot90(image: TensorLike, k: TensorLike = 1, name: str | None = None) -> Tensor:
    """Turns images by quarters, against the clock.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      k: how many quarters, an int32 scalar.
      name: name of the operations' scope.

    Raises:
      ValueError: the rank is known to be another.

    Source: TensorFlow 1.15 `tf.image.rot90`.
    """
    with name_scope(name, "rot90", [image, k]):
        image = _checked_image(image)
        turns: list[Callable[[], Tensor]] = [
            lambda: array.identity(image),
            lambda: transpose_image(_flipped(image, 1)),
            lambda: _flipped(_flipped(image, 1), 0),
            lambda: _flipped(transpose_image(image), 1),
        ]
        known = constant_value(k) if isinstance(k, Tensor) else k
        if known is not None:
            return turns[int(known) % 4]()
        quarters = math.floormod(convert_to_tensor(k, dtypes.int32), 4)
        cases = [(math.equal(quarters, count), turns[count]) for count in (1, 2, 3)]
        turned: Tensor = control_flow.case(cases, default=turns[0], exclusive=True)
        return turned


# ---- Cropping and padding ----


def _checked(value: Any, conditions: list[tuple[Any, str]]) -> Any:
    """Returns `value` once conditions hold; those on Tensors are checked in each step.

    Raises:
      ValueError: one that is known does not.
    """
    checks = []
    for holds, text in conditions:
        if isinstance(holds, Tensor):
            checks.append(control_flow.Assert(holds, [text]))
        elif not holds:
            raise ValueError(text)
    return control.with_dependencies(checks, value) if checks else value


def _sizes(image: Tensor) -> list[Any]:
    """The four sizes of a batch of images, as numbers where they are known."""
    dims = with_rank(image.dims, 4)
    if None not in dims:
        return list(dims)
    sizes = array.shape(image)
    return [sizes[axis] if n is None else n for axis, n in enumerate(dims)]


def _known(value: Any) -> int | None:
    return None if isinstance(value, Tensor) else int(value)


def _as_batch(image: Any) -> tuple[Tensor, bool]:
    """Images as a batch, and whether they were one.

    Raises:
      ValueError: the rank is known and neither 3 nor 4.
    """
    image = _checked_image(image)
    if image.dims is None:
        batch: Tensor = array.expand_dims(image, 0)
        batch.set_shape([None] * 4)
        return batch, False
    if len(image.dims) == 3:
        return array.expand_dims(image, 0), False
    if len(image.dims) == 4:
        return image, True
    raise _rank_error(image)


def pad_to_bounding_box(
    image: TensorLike, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Puts images into larger ones of zeros.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      offset_height: rows of zeros above.
      offset_width: columns of zeros to the left.
      target_height: the rows of the result.
      target_width: the columns of the result.

    Raises:
      ValueError: an offset is negative, or the images do not fit in.

    Source: TensorFlow 1.15 `tf.image.pad_to_bounding_box`.
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        batch, is_batch = _as_batch(image)
        count, height, width, depth = _sizes(batch)
        below = target_height - offset_height - height
        right = target_width - offset_width - width
        batch = _checked(
            batch,
            [
                (offset_height >= 0, "offset_height must be >= 0"),
                (offset_width >= 0, "offset_width must be >= 0"),
                (right >= 0, "width must be <= target - offset"),
                (below >= 0, "height must be <= target - offset"),
            ],
        )
        paddings = array.stack([0, 0, offset_height, below, offset_width, right, 0, 0])
        padded = rearrange.pad(batch, array.reshape(paddings, [4, 2]))
        padded.set_shape(list(map(_known, (count, target_height, target_width, depth))))
        return padded if is_batch else array.squeeze(padded, axis=[0])


def crop_to_bounding_box(
    image: TensorLike, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Cuts a rectangle out of images.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      offset_height: the first row.
      offset_width: the first column.
      target_height: the rows of the result.
      target_width: the columns of the result.

    Raises:
      ValueError: the rectangle is not inside, or empty.

    Source: TensorFlow 1.15 `tf.image.crop_to_bounding_box`.
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        batch, is_batch = _as_batch(image)
        count, height, width, depth = _sizes(batch)
        batch = _checked(
            batch,
            [
                (offset_width >= 0, "offset_width must be >= 0."),
                (offset_height >= 0, "offset_height must be >= 0."),
                (target_width > 0, "target_width must be > 0."),
                (target_height > 0, "target_height must be > 0."),
                (width >= target_width + offset_width, "width must be >= target + offset."),
                (height >= target_height + offset_height, "height must be >= target + offset."),
            ],
        )
        cropped = indexing.slice(
            batch,
            array.stack([0, offset_height, offset_width, 0]),
            array.stack([-1, target_height, target_width, -1]),
        )
        cropped.set_shape(list(map(_known, (count, target_height, target_width, depth))))
        return cropped if is_batch else array.squeeze(cropped, axis=[0])


def _larger(x: Any, y: Any) -> Any:
    is_known = not isinstance(x, Tensor) and not isinstance(y, Tensor)
    return max(x, y) if is_known else math.maximum(x, y)


def _smaller(x: Any, y: Any) -> Any:
    is_known = not isinstance(x, Tensor) and not isinstance(y, Tensor)
    return min(x, y) if is_known else math.minimum(x, y)


def resize_image_with_crop_or_pad(
    image: TensorLike, target_height: Any, target_width: Any
) -> Tensor:
    """Gives images a size by cutting their borders off or adding zeros, the same on all sides.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      target_height: the rows of the result.
      target_width: the columns of the result.

    Raises:
      ValueError: a size is not positive.

    Source: TensorFlow 1.15 `tf.image.resize_image_with_crop_or_pad`.
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        batch, is_batch = _as_batch(image)
        batch = _checked(
            batch,
            [
                (target_width > 0, "target_width must be > 0."),
                (target_height > 0, "target_height must be > 0."),
            ],
        )
        _, height, width, _ = _sizes(batch)
        more_rows, more_columns = target_height - height, target_width - width
        cropped = crop_to_bounding_box(
            batch,
            _larger(-more_rows // 2, 0),
            _larger(-more_columns // 2, 0),
            _smaller(target_height, height),
            _smaller(target_width, width),
        )
        resized = pad_to_bounding_box(
            cropped,
            _larger(more_rows // 2, 0),
            _larger(more_columns // 2, 0),
            target_height,
            target_width,
        )
        return resized if is_batch else array.squeeze(resized, axis=[0])


resize_with_crop_or_pad = resize_image_with_crop_or_pad


def central_crop(image: TensorLike, central_fraction: float) -> Tensor:
    """Cuts the same share off all sides of images.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      central_fraction: the share of each side that stays, above 0 and at most 1.

    Raises:
      ValueError: another share, or another rank.

    Source: TensorFlow 1.15 `tf.image.central_crop`.
    """
    with name_scope(None, "central_crop", [image]):
        image = convert_to_tensor(image, name="image")
        if central_fraction <= 0.0 or central_fraction > 1.0:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return image  # type: ignore[no-any-return]  # a Tensor now
        image = _checked_image(image)
        rank = image.shape.ndims
        if rank not in (3, 4):
            raise ValueError(
                f"`image` should either be a Tensor with rank = 3 or rank = 4. Had rank = {rank}."
            )
        batch, is_batch = _as_batch(image)
        count, height, width, depth = _sizes(batch)
        starts, lengths = [], []
        for n in (height, width):
            if isinstance(n, Tensor):
                size = math.cast(n, dtypes.float64)
                start: Any = math.cast((size - size * central_fraction) / 2, dtypes.int32)
            else:
                start = int((n - n * central_fraction) / 2)
            starts.append(start)
            lengths.append(n - start * 2)
        cropped = indexing.slice(
            batch, array.stack([0, *starts, 0]), array.stack([-1, *lengths, -1])
        )
        cropped.set_shape(list(map(_known, (count, *lengths, depth))))
        return cropped if is_batch else array.squeeze(cropped, axis=[0])
