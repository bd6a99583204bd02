"""Boxes in images: choosing, cropping, drawing and drawing at random.

A box is [y1, x1, y2, x2]; where nothing else is said these are parts of the height and the width of
the image, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.array import deprecated_argument
from tfsession.registry import (
    gradient,
    no_gradient,
    op,
    ranks,
    run_ranks,
    shape,
    undefined_gradient,
)
from tfsession.shapes import Dims, merge_dim, with_rank, with_value

__all__ = [
    "combined_non_max_suppression",
    "crop_and_resize",
    "draw_bounding_boxes",
    "extract_glimpse",
    "non_max_suppression",
    "non_max_suppression_overlaps",
    "non_max_suppression_padded",
    "non_max_suppression_with_scores",
    "sample_distorted_bounding_box",
]

# ---- NonMaxSuppression ----

_BOXES = "boxes: T, scores: T, max_output_size: int32"
_T = "T: {float16, float32} = float32"
_T_THRESHOLD = "T_threshold: {float16, float32} = float32"
_PAD = "pad_to_max_output_size: bool = false"

op(
    "NonMaxSuppression(boxes: float32, scores: float32, max_output_size: int32)"
    " -> selected_indices: int32",
    "iou_threshold: float = 0.5",
)
op(
    f"NonMaxSuppressionV2({_BOXES}, iou_threshold: T_threshold) -> selected_indices: int32",
    f"{_T}; {_T_THRESHOLD}",
)
op(
    f"NonMaxSuppressionV3({_BOXES}, iou_threshold: T_threshold, score_threshold: T_threshold)"
    " -> selected_indices: int32",
    f"{_T}; {_T_THRESHOLD}",
)
op(
    f"NonMaxSuppressionV4({_BOXES}, iou_threshold: T_threshold, score_threshold: T_threshold)"
    " -> selected_indices: int32, valid_outputs: int32",
    f"{_T}; {_T_THRESHOLD}; {_PAD}",
)
op(
    f"NonMaxSuppressionV5({_BOXES}, iou_threshold: T, score_threshold: T, soft_nms_sigma: T)"
    " -> selected_indices: int32, selected_scores: T, valid_outputs: int32",
    f"{_T}; {_PAD}",
)
op(
    "NonMaxSuppressionWithOverlaps(overlaps: float32, scores: float32, max_output_size: int32,"
    " overlap_threshold: float32, score_threshold: float32) -> selected_indices: int32"
)
_THRESHOLDS = {
    name: (0, f"{name} must be 0-D, got shape {{{name}}}")
    for name in ("max_output_size", "iou_threshold", "score_threshold", "soft_nms_sigma")
}
for _op_type, _count in [("", 1), ("V2", 2), ("V3", 3), ("V4", 3), ("V5", 4)]:
    run_ranks(f"NonMaxSuppression{_op_type}", **dict(list(_THRESHOLDS.items())[:_count]))
run_ranks(
    "NonMaxSuppressionWithOverlaps",
    overlaps=(2, "overlaps must be 2-D{overlaps}"),
    max_output_size=_THRESHOLDS["max_output_size"],
)
_PLAIN = ("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3")
no_gradient("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionWithOverlaps")
undefined_gradient("NonMaxSuppressionV3", "NonMaxSuppressionV4", "NonMaxSuppressionV5")


def _check_boxes(boxes: Tensor, scores: Tensor, max_output_size: Tensor) -> None:
    count, width = with_rank(boxes.dims, 2)
    merge_dim(count, with_rank(scores.dims, 1)[0])
    with_rank(max_output_size.dims, 0)
    with_value(width, 4)


def _padded(max_output_size: Tensor, pad_to_max_output_size: bool) -> Dims:
    size = constant_value(max_output_size)
    return (int(size),) if pad_to_max_output_size and size is not None else (None,)


@shape(*_PLAIN)
def non_max_suppression_shape(boxes: Tensor, scores: Tensor, max_output_size: Tensor) -> Dims:
    """A vector of unknown size."""
    _check_boxes(boxes, scores, max_output_size)
    return (None,)


@shape("NonMaxSuppressionV4")
def non_max_suppression_v4_shape(
    boxes: Tensor, scores: Tensor, max_output_size: Tensor, pad_to_max_output_size: bool
) -> list[Dims]:
    """A vector, of a known size if it is padded, and a scalar."""
    _check_boxes(boxes, scores, max_output_size)
    return [_padded(max_output_size, pad_to_max_output_size), ()]


@shape("NonMaxSuppressionV5")
def non_max_suppression_v5_shape(
    boxes: Tensor, scores: Tensor, max_output_size: Tensor, pad_to_max_output_size: bool
) -> list[Dims]:
    """Two vectors, of a known size if they are padded, and a scalar."""
    _check_boxes(boxes, scores, max_output_size)
    size = _padded(max_output_size, pad_to_max_output_size)
    return [size, size, ()]


@shape("NonMaxSuppressionWithOverlaps")
def non_max_suppression_overlaps_shape(overlaps: Tensor, scores: Tensor) -> Dims:
    """A vector of unknown size."""
    rows, columns = with_rank(overlaps.dims, 2)
    (count,) = with_rank(scores.dims, 1)
    merge_dim(merge_dim(rows, columns), count)
    return (None,)


def non_max_suppression(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: TensorLike,
    iou_threshold: TensorLike = 0.5,
    score_threshold: TensorLike = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """Chooses boxes by falling score, but none that overlaps one that is chosen.

    Args:
      boxes: [n, 4]; float16 or float32, in any unit, corners in any order.
      scores: [n].
      max_output_size: scalar; int32, how many are chosen at most.
      iou_threshold: from which part of common area on, of the area of both, boxes overlap.
      score_threshold: boxes with this score or less are not chosen.
      name: a name for the scope of the operations.

    Returns:
      An int32 Tensor: the numbers of the chosen boxes, by falling score.

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.image.non_max_suppression`.
    """
    with name_scope(name, "non_max_suppression"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        result: Tensor = build(
            "NonMaxSuppressionV3", boxes, scores, max_output_size, iou_threshold, score_threshold
        )
        return result


def non_max_suppression_with_scores(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: TensorLike,
    iou_threshold: TensorLike = 0.5,
    score_threshold: TensorLike = float("-inf"),
    soft_nms_sigma: TensorLike = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Chooses boxes as `non_max_suppression` does, and may lower scores instead of leaving out.

    Args:
      boxes, scores, max_output_size, iou_threshold, score_threshold: as in `non_max_suppression`.
      soft_nms_sigma: 0 for none; else scores are multiplied by exp(-iou^2 / (2 sigma)) for each
        chosen box.
      name: a name for the scope of the operations.

    Returns:
      Two Tensors: int32 numbers of the chosen boxes, and their scores.

    Source: TensorFlow 1.15 `tf.image.non_max_suppression_with_scores`; Bodla et al., "Soft-NMS",
      2017.
    """
    with name_scope(name, "non_max_suppression_with_scores"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        soft_nms_sigma = convert_to_tensor(soft_nms_sigma, name="soft_nms_sigma")
        indices, chosen, _ = build(
            "NonMaxSuppressionV5",
            boxes,
            scores,
            max_output_size,
            iou_threshold,
            score_threshold,
            soft_nms_sigma,
            pad_to_max_output_size=False,
        )
        return indices, chosen


def non_max_suppression_padded(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size: TensorLike,
    iou_threshold: TensorLike = 0.5,
    score_threshold: TensorLike = float("-inf"),
    pad_to_max_output_size: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Chooses boxes as `non_max_suppression` does; the result may be filled up with zeros.

    Returns:
      Two int32 Tensors: the numbers of the chosen boxes, and how many these are.

    Source: TensorFlow 1.15 `tf.image.non_max_suppression_padded`.
    """
    with name_scope(name, "non_max_suppression_padded"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        indices, count = build(
            "NonMaxSuppressionV4",
            boxes,
            scores,
            max_output_size,
            iou_threshold,
            score_threshold,
            pad_to_max_output_size=pad_to_max_output_size,
        )
        return indices, count


def non_max_suppression_overlaps(
    overlaps: TensorLike,
    scores: TensorLike,
    max_output_size: TensorLike,
    overlap_threshold: TensorLike = 0.5,
    score_threshold: TensorLike = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """Chooses by falling score, by overlaps that are given.

    Args:
      overlaps: [n, n]; float32, how much each overlaps each.
      scores: [n]; float32.
      max_output_size, score_threshold, name: as in `non_max_suppression`.
      overlap_threshold: this and more overlaps.

    Returns:
      An int32 Tensor: the numbers of the chosen ones, by falling score.

    Source: TensorFlow 1.15 `tf.image.non_max_suppression_overlaps`.
    """
    with name_scope(name, "non_max_suppression_overlaps"):
        overlap_threshold = convert_to_tensor(overlap_threshold, name="overlap_threshold")
        result: Tensor = build(
            "NonMaxSuppressionWithOverlaps",
            overlaps,
            scores,
            max_output_size,
            overlap_threshold,
            score_threshold,
        )
        return result


# ---- CombinedNonMaxSuppression ----

op(
    "CombinedNonMaxSuppression(boxes: float32, scores: float32, max_output_size_per_class: int32,"
    " max_total_size: int32, iou_threshold: float32, score_threshold: float32) -> nmsed_boxes:"
    " float32, nmsed_scores: float32, nmsed_classes: float32, valid_detections: int32",
    "pad_per_class: bool = false; clip_boxes: bool = true",
)
undefined_gradient("CombinedNonMaxSuppression")


@shape("CombinedNonMaxSuppression")
def combined_non_max_suppression_shape(
    boxes: Tensor,
    scores: Tensor,
    max_output_size_per_class: Tensor,
    max_total_size: Tensor,
    iou_threshold: Tensor,
    score_threshold: Tensor,
    pad_per_class: bool,
) -> list[Dims]:
    """[batch, detections, 4], twice [batch, detections] and [batch]."""
    dims, others = with_rank(boxes.dims, 4), with_rank(scores.dims, 3)
    for number in (max_output_size_per_class, max_total_size, iou_threshold, score_threshold):
        with_rank(number.dims, 0)
    with_value(dims[3], 4)
    batch, _ = (merge_dim(dims[axis], others[axis]) for axis in (0, 1))
    if dims[2] is not None and others[2] is not None and dims[2] not in (1, others[2]):
        raise ValueError(
            "third dimension of boxes must be either 1 or equal to the third dimension of scores"
        )
    total = constant_value(max_total_size)
    if total is not None and int(total) <= 0:
        raise ValueError("max_total_size should be > 0 ")
    count = None if total is None else int(total)
    if pad_per_class:
        each = constant_value(max_output_size_per_class)
        if each is not None and int(each) <= 0:
            raise ValueError("max_output_size_per_class should be > 0 ")
        classes = others[2]
        if count is None or each is None or classes is None:
            count = None
        else:
            count = min(count, int(each) * classes)
    return [(batch, count, 4), (batch, count), (batch, count), (batch,)]


def combined_non_max_suppression(
    boxes: TensorLike,
    scores: TensorLike,
    max_output_size_per_class: TensorLike,
    max_total_size: TensorLike,
    iou_threshold: TensorLike = 0.5,
    score_threshold: TensorLike = float("-inf"),
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> Any:
    """Chooses boxes class by class, and the best of all classes for each image.

    Args:
      boxes: [batch, boxes, 1 or classes, 4]; float32.
      scores: [batch, boxes, classes]; float32.
      max_output_size_per_class: how many boxes are chosen of a class, at most.
      max_total_size: how many of all classes, at most.
      iou_threshold: boxes that have a larger part than this in common with one before are left out.
      score_threshold: boxes that have no higher score are left out.
      pad_per_class: whether results have no more room than all classes can fill.
      clip_boxes: whether boxes are cut to what lies between 0 and 1.
      name: a name for the scope of the operation.

    Returns:
      (nmsed_boxes, nmsed_scores, nmsed_classes, valid_detections): [batch, detections, 4], and
      [batch, detections] twice, float32, with zeros behind the ends; [batch], int32, how many
      count.

    Raises:
      ValueError: the shapes do not fit.

    Source: TensorFlow 1.15 `tf.image.combined_non_max_suppression`.
    """
    with name_scope(name, "combined_non_max_suppression"):
        return build(
            "CombinedNonMaxSuppression",
            boxes,
            scores,
            max_output_size_per_class,
            max_total_size,
            iou_threshold,
            score_threshold,
            pad_per_class=pad_per_class,
            clip_boxes=clip_boxes,
        )


# ---- CropAndResize ----

_IMAGES = "uint8, uint16, int8, int16, int32, int64, float16, float32, float64"

op(
    "CropAndResize(image: T, boxes: float32, box_ind: int32, crop_size: int32) -> crops: float32",
    f"T: {{{_IMAGES}}}; method: {{'bilinear', 'nearest'}} = 'bilinear';"
    " extrapolation_value: float = 0.0",
)
op(
    "CropAndResizeGradImage(grads: float32, boxes: float32, box_ind: int32, image_size: int32)"
    " -> output: T",
    "T: {float32, float16, float64}; method: {'bilinear', 'nearest'} = 'bilinear'",
)
op(
    "CropAndResizeGradBoxes(grads: float32, image: T, boxes: float32, box_ind: int32)"
    " -> output: float32",
    f"T: {{{_IMAGES}}}; method: {{'bilinear'}} = 'bilinear'",
)
undefined_gradient("CropAndResizeGradImage", "CropAndResizeGradBoxes")
ranks("CropAndResizeGradImage", grads=4, boxes=2, box_ind=1, image_size=1)


def _sizes(x: Tensor, count: int) -> tuple[int | None, ...]:
    """A shape that is a tensor, as far as it is known."""
    value = constant_value(x)
    if value is None:
        return (None,) * count
    return tuple(int(size) for size in value)


@shape("CropAndResize")
def crop_and_resize_shape(image: Tensor, boxes: Tensor, box_ind: Tensor, crop_size: Tensor) -> Dims:
    """[boxes, height, width, channels]."""
    channels = with_rank(image.dims, 4)[3]
    count, width = with_rank(boxes.dims, 2)
    with_value(width, 4)
    count = merge_dim(count, with_rank(box_ind.dims, 1)[0])
    with_value(with_rank(crop_size.dims, 1)[0], 2)
    return (count, *_sizes(crop_size, 2), channels)


@shape("CropAndResizeGradImage")
def crop_and_resize_grad_image_shape(image_size: Tensor) -> Dims:
    """The shape that the image has."""
    return _sizes(image_size, 4)


@shape("CropAndResizeGradBoxes")
def crop_and_resize_grad_boxes_shape(boxes: Tensor) -> Dims:
    """The shape of the boxes."""
    return boxes.dims


@gradient("CropAndResize")
def crop_and_resize_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Spreads dy over the image, and moves the corners of the boxes."""
    image, boxes, box_ind, _ = op.inputs
    dimage = None
    if image.dtype.is_floating:
        dimage = build(
            "CropAndResizeGradImage",
            dy,
            boxes,
            box_ind,
            build("Shape", image),
            T=image.dtype,
            method=op.get_attr("method"),
        )
    # Of the nearest pixel, too, the boxes get the gradient of bilinear crops.
    dboxes = build("CropAndResizeGradBoxes", dy, image, boxes, box_ind)
    return [dimage, dboxes, None, None]


def crop_and_resize(
    image: TensorLike,
    boxes: TensorLike,
    box_ind: TensorLike | None = None,
    crop_size: TensorLike | None = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: TensorLike | None = None,
) -> Tensor:
    """Cuts boxes out of images and resizes them.

    Args:
      image: [batch, height, width, channels].
      boxes: [n, 4]; float32, parts of height - 1 and width - 1. Boxes may reach beyond the image;
        those whose second corner comes first are mirrored.
      box_ind: [n]; int32, the image of each box.
      crop_size: [2]; int32, height and width of the results.
      method: "bilinear" or "nearest".
      extrapolation_value: what lies outside the image.
      name: a name for the operation.
      box_indices: the newer name of `box_ind`.

    Returns:
      A float32 Tensor [n, height, width, channels].

    Raises:
      ValueError: shapes do not fit.
      InvalidArgumentError: at a run, a box is of an image that is not there.

    Source: TensorFlow 1.15 `tf.image.crop_and_resize`.
    """
    box_ind = deprecated_argument("box_indices", box_indices, "box_ind", box_ind)
    result: Tensor = build(
        "CropAndResize",
        image,
        boxes,
        box_ind,
        crop_size,
        method=method,
        extrapolation_value=extrapolation_value,
        name=name,
    )
    return result


# ---- DrawBoundingBoxes ----

op("DrawBoundingBoxes(images: T, boxes: float32) -> output: T", "T: {float32, float16} = float32")
op(
    "DrawBoundingBoxesV2(images: T, boxes: float32, colors: float32) -> output: T",
    "T: {float32, float16} = float32",
)
no_gradient("DrawBoundingBoxes")
undefined_gradient("DrawBoundingBoxesV2")


@shape("DrawBoundingBoxes", "DrawBoundingBoxesV2")
def draw_bounding_boxes_shape(images: Tensor) -> Dims:
    """The shape of the images."""
    return images.dims


def draw_bounding_boxes(
    images: TensorLike, boxes: TensorLike, name: str | None = None, colors: TensorLike | None = None
) -> Tensor:
    """Draws boxes into images.

    Args:
      images: [batch, height, width, channels]; float16 or float32, of 1, 3 or 4 channels.
      boxes: [batch, boxes, 4]; float32.
      name: a name for the operation.
      colors: [colors, channels]; what boxes are drawn with in turn; ten colours when None.

    Returns:
      A Tensor like `images`.

    Source: TensorFlow 1.15 `tf.image.draw_bounding_boxes`.
    """
    if colors is None:
        result: Tensor = build("DrawBoundingBoxes", images, boxes, name=name)
    else:
        result = build("DrawBoundingBoxesV2", images, boxes, colors, name=name)
    return result


# ---- SampleDistortedBoundingBox ----

_RANGES = (
    "seed: int = 0; seed2: int = 0; {}aspect_ratio_range: list(float) = [0.75, 1.33];"
    " area_range: list(float) = [0.05, 1.0]; max_attempts: int = 100;"
    " use_image_if_no_bounding_boxes: bool = false; T: {{uint8, int8, int16, int32, int64}}"
)
op(
    "SampleDistortedBoundingBox(image_size: T, bounding_boxes: float32)"
    " -> begin: T, size: T, bboxes: float32",
    _RANGES.format("min_object_covered: float = 0.1; "),
    stateful=True,
)
op(
    "SampleDistortedBoundingBoxV2(image_size: T, bounding_boxes: float32,"
    " min_object_covered: float32) -> begin: T, size: T, bboxes: float32",
    _RANGES.format(""),
    stateful=True,
)
no_gradient("SampleDistortedBoundingBox", "SampleDistortedBoundingBoxV2")


@shape("SampleDistortedBoundingBox", "SampleDistortedBoundingBoxV2")
def sample_distorted_bounding_box_shape() -> list[Dims]:
    """[3], [3] and [1, 1, 4]."""
    return [(3,), (3,), (1, 1, 4)]


def sample_distorted_bounding_box(
    image_size: TensorLike,
    bounding_boxes: TensorLike,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: TensorLike = 0.1,
    aspect_ratio_range: Sequence[float] | None = None,
    area_range: Sequence[float] | None = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Draws a part of an image at random that has enough of one of its boxes.

    Args:
      image_size: [3]; height, width and channels, an integer dtype.
      bounding_boxes: [batch, boxes, 4]; float32.
      seed, seed2: the seeds of the operation.
      min_object_covered: how much of a box the part has at least.
      aspect_ratio_range: the lowest and the highest width / height.
      area_range: the smallest and the largest part of the area of the image.
      max_attempts: how often to try; the whole image is what comes if that is not enough.
      use_image_if_no_bounding_boxes: whether the whole image is the box where there is none.
      name: a name for the scope of the operations.

    Returns:
      `begin` and `size` [3] for `tf.slice`, of the dtype of `image_size`, and the box [1, 1, 4].

    Raises:
      InvalidArgumentError: at a run, there is no box, or arguments make no sense.

    Source: TensorFlow 1.15 `tf.image.sample_distorted_bounding_box`.
    """
    with name_scope(name, "sample_distorted_bounding_box"):
        begin, size, boxes = build(
            "SampleDistortedBoundingBoxV2",
            image_size,
            bounding_boxes,
            min_object_covered,
            seed=seed,
            seed2=seed2,
            aspect_ratio_range=aspect_ratio_range,
            area_range=area_range,
            max_attempts=max_attempts,
            use_image_if_no_bounding_boxes=use_image_if_no_bounding_boxes,
            name=name,
        )
        return begin, size, boxes


# ---- ExtractGlimpse ----

op(
    "ExtractGlimpse(input: float32, size: int32, offsets: float32) -> glimpse: float32",
    "centered: bool = true; normalized: bool = true; uniform_noise: bool = true;"
    " noise: string = 'uniform'",
)
no_gradient("ExtractGlimpse")
ranks("ExtractGlimpse", input=4, size=1, offsets=2)


@shape("ExtractGlimpse")
def extract_glimpse_shape(input: Tensor, size: Tensor, offsets: Tensor) -> Dims:
    """[batch, height, width, channels]."""
    batch, _, _, channels = with_rank(input.dims, 4)
    rows, width = with_rank(offsets.dims, 2)
    with_value(width, 2)
    return (merge_dim(batch, rows), *_sizes(size, 2), channels)


def extract_glimpse(
    input: TensorLike,
    size: TensorLike,
    offsets: TensorLike,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    name: str | None = None,
) -> Tensor:
    """Cuts a part of one size out of each image; what lies outside is noise.

    Args:
      input: [batch, height, width, channels]; float32.
      size: [2]; int32, height and width of the parts.
      offsets: [batch, 2]; float32, y and x of the middles of the parts.
      centered: whether (0, 0) is the middle of the image; else its upper left corner.
      normalized: whether offsets are parts of the size of the image: -1 to 1 when centered, else 0
        to 1; otherwise they are pixels.
      uniform_noise: whether noise is uniform or normal.
      name: a name for the operation.

    Returns:
      A float32 Tensor [batch, height, width, channels]. Noise is other noise at each run.

    Source: TensorFlow 1.15 `tf.image.extract_glimpse`.
    """
    result: Tensor = build(
        "ExtractGlimpse",
        input,
        size,
        offsets,
        centered=centered,
        normalized=normalized,
        uniform_noise=uniform_noise,
        name=name,
    )
    return result
