"""Boxes in images: choosing, cropping and drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .candidates import Words
from .random import PhiloxState

Array = Any

# The score of a box, its number, and how many chosen boxes it has been compared with.
_Candidate = tuple[float, int, int]


# ---- NonMaxSuppression ----


def _corners(boxes: Array) -> Array:
    """Boxes with the lower corner first."""
    first, second = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=1)


def _overlap(box: Array, others: Array) -> Array:
    """The common area of a box and each of others, as a part of the area of both."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = np.prod(np.maximum(sides, 0), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    area = np.prod(box[2:] - box[:2])
    both = area + areas - common
    is_empty = (areas <= 0) | (area <= 0)
    return np.where(is_empty, 0, common / np.where(is_empty, 1, both))


def _check(boxes: Array, scores: Array, threshold: Array) -> None:
    if not 0 <= float(threshold) <= 1:
        raise InvalidArgumentError.of("iou_threshold must be in [0, 1]")
    if boxes.ndim != 2:
        raise InvalidArgumentError.of(f"boxes must be 2-D{_shape_text(boxes)}")
    if boxes.shape[1] != 4:
        raise InvalidArgumentError.of("boxes must have 4 columns")
    _check_scores(scores, len(boxes))


def _check_scores(scores: Array, count: int) -> None:
    if scores.ndim != 1:
        raise InvalidArgumentError.of(f"scores must be 1-D{_shape_text(scores)}")
    if len(scores) != count:
        raise InvalidArgumentError.of("scores has incompatible shape")


def _shape_text(x: Array) -> str:
    return "[" + ",".join(map(str, x.shape)) + "]"


class _Waiting:
    """A binary heap of (score, number, seen), the highest score on top.

    It moves its items as the heaps of C++'s standard library do, so that equal scores come in
    TensorFlow's order.
    """

    def __init__(self, items: Iterable[_Candidate]) -> None:
        self._heap: list[_Candidate] = []
        for item in items:
            self.push(item)

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, item: _Candidate) -> None:
        self._heap.append(item)
        self._rise(len(self._heap) - 1, item)

    def _rise(self, hole: int, item: _Candidate) -> None:
        heap = self._heap
        while hole and heap[(hole - 1) // 2][0] < item[0]:
            heap[hole] = heap[(hole - 1) // 2]
            hole = (hole - 1) // 2
        heap[hole] = item

    def pop(self) -> _Candidate:
        """Takes the top; the hole sinks to a leaf, and what was last rises from there."""
        heap = self._heap
        top, last = heap[0], heap.pop()
        if not heap:
            return top
        hole, child = 0, 2
        while child < len(heap):
            child -= heap[child][0] < heap[child - 1][0]
            heap[hole] = heap[child]
            hole, child = child, 2 * child + 2
        if child == len(heap):
            heap[hole] = heap[child - 1]
            hole = child - 1
        self._rise(hole, last)
        return top


def _chosen(
    scores: Array, limit: int, threshold: float, score_threshold: float, overlaps: Any, sigma: float
) -> tuple[Array, Array]:
    """The numbers and scores of what is chosen; ``overlaps(i, others)`` is the part in common."""
    waiting = _Waiting(
        (score, number, 0)
        for number, score in enumerate(scores.tolist())
        if score > score_threshold
    )
    numbers: list[int] = []
    found: list[float] = []
    while waiting and len(numbers) < limit:
        score, number, seen = waiting.pop()
        # Since it was looked at last, others have been chosen.
        common = overlaps(number, numbers[seen:])
        if (common >= threshold).any():
            continue
        lowered = score
        if sigma > 0:
            # In the order and precision of TensorFlow, so that equal scores stay equal.
            factors = np.exp(np.float32(-0.5) / np.float32(sigma) * common * common)
            for factor in factors.astype(np.float32)[::-1]:
                lowered = float(np.float32(lowered) * factor)
        if lowered == score:
            numbers.append(number)
            found.append(score)
            # TensorFlow 1.15 asks again: a box without area does not overlap itself.
            waiting.push((score, number, len(numbers) - 1))
        elif lowered > score_threshold:
            waiting.push((lowered, number, len(numbers)))
    return np.array(numbers, np.int32), np.array(found)


def _choose(
    boxes: Array,
    scores: Array,
    max_output_size: Array,
    iou_threshold: Any,
    score_threshold: Any = -math.inf,
    sigma: float = 0.0,
) -> tuple[Array, Array]:
    _check(boxes, scores, iou_threshold)
    corners = _corners(boxes.astype(np.float32))
    return _chosen(
        scores.astype(np.float32),
        int(max_output_size),
        float(iou_threshold),
        float(score_threshold),
        lambda number, others: _overlap(corners[number], corners[others]),
        sigma,
    )


@kernel("NonMaxSuppression", device="CPU")
def non_max_suppression(
    xp: Any, boxes: Array, scores: Array, max_output_size: Array, iou_threshold: float
) -> Array:
    """Numbers of boxes that overlap none before them."""
    return _choose(boxes, scores, max_output_size, iou_threshold)[0]


@kernel("NonMaxSuppressionV2", device="CPU")
def non_max_suppression_v2(
    xp: Any, boxes: Array, scores: Array, max_output_size: Array, iou_threshold: Array
) -> Array:
    """The same, with a threshold that is a tensor."""
    return _choose(boxes, scores, max_output_size, iou_threshold)[0]


@kernel("NonMaxSuppressionV3", device="CPU")
def non_max_suppression_v3(
    xp: Any,
    boxes: Array,
    scores: Array,
    max_output_size: Array,
    iou_threshold: Array,
    score_threshold: Array,
) -> Array:
    """The same, of boxes above a score."""
    return _choose(boxes, scores, max_output_size, iou_threshold, score_threshold)[0]


def _filled(values: Array, size: int | None, dtype: Any) -> Array:
    """Values with zeros behind them, if there should be more."""
    filled = np.zeros(len(values) if size is None else size, dtype)
    filled[: len(values)] = values
    return filled


@kernel("NonMaxSuppressionV4", device="CPU")
def non_max_suppression_v4(
    xp: Any,
    boxes: Array,
    scores: Array,
    max_output_size: Array,
    iou_threshold: Array,
    score_threshold: Array,
    pad_to_max_output_size: bool,
) -> tuple[Array, Array]:
    """The same, filled up, and how many they are."""
    found, _ = _choose(boxes, scores, max_output_size, iou_threshold, score_threshold)
    size = int(max_output_size) if pad_to_max_output_size else None
    return _filled(found, size, np.int32), np.array(len(found), np.int32)


@kernel("NonMaxSuppressionV5", device="CPU")
def non_max_suppression_v5(
    xp: Any,
    boxes: Array,
    scores: Array,
    max_output_size: Array,
    iou_threshold: Array,
    score_threshold: Array,
    soft_nms_sigma: Array,
    pad_to_max_output_size: bool,
) -> tuple[Array, Array, Array]:
    """The same with scores, which may have been lowered."""
    found, left = _choose(
        boxes, scores, max_output_size, iou_threshold, score_threshold, float(soft_nms_sigma)
    )
    size = int(max_output_size) if pad_to_max_output_size else None
    chosen = _filled(left, size, scores.dtype)
    return _filled(found, size, np.int32), chosen, np.array(len(found), np.int32)


@kernel("NonMaxSuppressionWithOverlaps", device="CPU")
def non_max_suppression_with_overlaps(
    xp: Any,
    overlaps: Array,
    scores: Array,
    max_output_size: Array,
    overlap_threshold: Array,
    score_threshold: Array,
) -> Array:
    """The same, with overlaps that are given."""
    if overlaps.ndim != 2 or overlaps.shape[0] != overlaps.shape[1]:
        raise InvalidArgumentError.of(f"overlaps must be square{_shape_text(overlaps)}")
    _check_scores(scores, len(overlaps))
    found, _ = _chosen(
        scores,
        int(max_output_size),
        float(overlap_threshold),
        float(score_threshold),
        lambda number, others: overlaps[number, others],
        0.0,
    )
    return found


# ---- CombinedNonMaxSuppression ----


def _check_combined(boxes: Array, scores: Array, total: int, threshold: float) -> None:
    if boxes.ndim != 4:
        raise InvalidArgumentError.of(f"boxes must be 4-D{_shape_text(boxes)}")
    if scores.ndim != 3:
        raise InvalidArgumentError.of(f"scores must be 3-D{_shape_text(scores)}")
    if boxes.shape[:2] != scores.shape[:2]:
        raise InvalidArgumentError.of("scores has incompatible shape")
    if boxes.shape[2] not in (1, scores.shape[2]):
        raise InvalidArgumentError.of(
            "third dimension of boxes must be either 1 or equal to the third dimension of scores"
        )
    if total <= 0:
        raise InvalidArgumentError.of("max_total_size must be > 0")
    if not 0 <= threshold <= 1:
        raise InvalidArgumentError.of("iou_threshold must be in [0, 1]")


@kernel("CombinedNonMaxSuppression", device="CPU")
def combined_non_max_suppression(
    xp: Any,
    boxes: Array,
    scores: Array,
    max_output_size_per_class: Array,
    max_total_size: Array,
    iou_threshold: Array,
    score_threshold: Array,
    pad_per_class: bool,
    clip_boxes: bool,
) -> tuple[Array, Array, Array, Array]:
    """Chooses in each class, then the best of all, image by image."""
    each, total = int(max_output_size_per_class), int(max_total_size)
    _check_combined(boxes, scores, total, float(iou_threshold))
    batch, _, classes = scores.shape
    room = min(total, each * classes) if pad_per_class else total
    found = np.zeros((batch, room, 4), np.float32)
    marks, kinds = np.zeros((batch, room), np.float32), np.zeros((batch, room), np.float32)
    counts = np.zeros(batch, np.int32)
    for image in range(batch):
        best: list[tuple[float, int, int]] = []
        for kind in range(classes):
            own = boxes[image, :, min(kind, boxes.shape[2] - 1)]
            numbers, values = _choose(
                own, scores[image, :, kind], each, iou_threshold, score_threshold
            )
            pairs = zip(values.tolist(), numbers.tolist(), strict=True)
            best += [(value, kind, number) for value, number in pairs]
        best.sort(key=lambda entry: -entry[0])
        counts[image] = len(best[:room])
        for place, (value, kind, number) in enumerate(best[:room]):
            box = boxes[image, number, min(kind, boxes.shape[2] - 1)]
            found[image, place] = np.clip(box, 0, 1) if clip_boxes else box
            marks[image, place], kinds[image, place] = value, kind
    return found, marks, kinds, counts


# ---- CropAndResize ----


class _Axis:
    """Where the pixels of crops lie along one axis of the images; arrays are [boxes, size].

    Attributes:
      is_inside: whether they lie in the image.
      low, high: the pixels on both sides.
      part: how far from the lower one, 0 to 1.
      steps: how they move with the first and with the second corner, in pixels.
    """

    def __init__(self, xp: Any, first: Array, second: Array, pixels: int, size: int) -> None:
        span = np.float32(pixels - 1)
        index = xp.arange(size, dtype=np.float32)[None, :]
        first, second = first[:, None], second[:, None]
        if size > 1:
            places = first * span + index * ((second - first) * span / np.float32(size - 1))
            ratio = index / np.float32(size - 1)
        else:
            places = np.float32(0.5) * (first + second) * span + 0 * index
            ratio = np.float32(0.5) + 0 * index
        self.steps = ((1 - ratio) * span, ratio * span)
        self.is_inside = (places >= 0) & (places <= span)
        places = xp.where(self.is_inside, places, 0)
        self.nearest = xp.floor(places + np.float32(0.5)).astype(np.int64)
        self.low = xp.floor(places).astype(np.int64)
        self.high = xp.ceil(places).astype(np.int64)
        self.part = places - self.low.astype(np.float32)


def _axes(xp: Any, image: Array, boxes: Array, size: tuple[int, int]) -> tuple[_Axis, _Axis]:
    y1, x1, y2, x2 = (boxes[:, i] for i in range(4))
    height, width = image.shape[1:3] if hasattr(image, "shape") else image
    return _Axis(xp, y1, y2, height, size[0]), _Axis(xp, x1, x2, width, size[1])


def _check_box_ind(box_ind: Array, boxes: Array, batch: int) -> None:
    if box_ind.shape != boxes.shape[:1]:
        raise InvalidArgumentError.of("box_ind has incompatible shape")
    if box_ind.size and not bool(((box_ind >= 0) & (box_ind < batch)).all()):
        raise InvalidArgumentError.of("box_index has values outside [0, batch_size)")


def _rows(box_ind: Array, y: Array, x: Array) -> tuple[Array, Array, Array]:
    """Indices of pixels: [boxes, height, width]."""
    return box_ind[:, None, None], y[:, :, None], x[:, None, :]


@kernel("CropAndResize", host=("crop_size",), capturable=False)
def crop_and_resize(
    xp: Any,
    image: Array,
    boxes: Array,
    box_ind: Array,
    crop_size: Array,
    method: bytes,
    extrapolation_value: float,
) -> Array:
    """Reads four pixels, or the nearest one, for each pixel of a crop."""
    _check_box_ind(box_ind, boxes, image.shape[0])
    size = int(crop_size[0]), int(crop_size[1])
    if min(size) <= 0:
        raise InvalidArgumentError.of("crop dimensions must be positive")
    y, x = _axes(xp, image, boxes, size)

    def pixels(rows: Array, columns: Array) -> Array:
        return image[_rows(box_ind, rows, columns)].astype(np.float32)

    if method == b"nearest":
        crops = pixels(y.nearest, x.nearest)
    else:
        across = x.part[:, None, :, None]
        top_left, bottom_left = pixels(y.low, x.low), pixels(y.high, x.low)
        top = top_left + (pixels(y.low, x.high) - top_left) * across
        bottom = bottom_left + (pixels(y.high, x.high) - bottom_left) * across
        crops = top + (bottom - top) * y.part[:, :, None, None]
    is_inside = (y.is_inside[:, :, None] & x.is_inside[:, None, :])[..., None]
    return xp.where(is_inside, crops, np.float32(extrapolation_value))


@kernel("CropAndResizeGradImage", host=("image_size",), capturable=False)
def crop_and_resize_grad_image(
    xp: Any,
    grads: Array,
    boxes: Array,
    box_ind: Array,
    image_size: Array,
    T: Any,
    method: bytes,
) -> Array:
    """Adds gradients to the pixels that crops were read from."""
    batch, height, width, channels = (int(size) for size in image_size)
    _check_box_ind(box_ind, boxes, batch)
    y, x = _axes(xp, (height, width), boxes, grads.shape[1:3])
    is_inside = (y.is_inside[:, :, None] & x.is_inside[:, None, :])[..., None]
    grads = xp.where(is_inside, grads, 0)
    output = xp.zeros(batch * height * width * channels, np.float64)

    def add(rows: Array, columns: Array, values: Array) -> None:
        nonlocal output
        image, row, column = _rows(box_ind.astype(np.int64), rows, columns)
        pixels = ((image * height + row) * width + column)[..., None] * channels
        places = (pixels + xp.arange(channels)).reshape(-1)
        output += xp.bincount(places, values.reshape(-1), minlength=output.size)

    if method == b"nearest":
        add(y.nearest, x.nearest, grads)
    else:
        down, across = y.part[:, :, None, None], x.part[:, None, :, None]
        add(y.low, x.low, grads * (1 - down) * (1 - across))
        add(y.low, x.high, grads * (1 - down) * across)
        add(y.high, x.low, grads * down * (1 - across))
        add(y.high, x.high, grads * down * across)
    return output.reshape(batch, height, width, channels).astype(T.numpy)


@kernel("CropAndResizeGradBoxes", capturable=False)
def crop_and_resize_grad_boxes(
    xp: Any, grads: Array, image: Array, boxes: Array, box_ind: Array
) -> Array:
    """How crops change as corners move."""
    _check_box_ind(box_ind, boxes, image.shape[0])
    y, x = _axes(xp, image, boxes, grads.shape[1:3])

    def pixels(rows: Array, columns: Array) -> Array:
        return image[_rows(box_ind, rows, columns)].astype(np.float32)

    top_left, top_right = pixels(y.low, x.low), pixels(y.low, x.high)
    bottom_left, bottom_right = pixels(y.high, x.low), pixels(y.high, x.high)
    down, across = y.part[:, :, None, None], x.part[:, None, :, None]
    is_inside = (y.is_inside[:, :, None] & x.is_inside[:, None, :])[..., None]
    grads = xp.where(is_inside, grads, 0)
    by_y = (1 - across) * (bottom_left - top_left) + across * (bottom_right - top_right)
    by_x = (1 - down) * (top_right - top_left) + down * (bottom_right - bottom_left)
    by_y, by_x = (grads * by_y).sum(axis=3), (grads * by_x).sum(axis=3)
    moved = [
        (by_y * y.steps[0][:, :, None]).sum(axis=(1, 2)),
        (by_x * x.steps[0][:, None, :]).sum(axis=(1, 2)),
        (by_y * y.steps[1][:, :, None]).sum(axis=(1, 2)),
        (by_x * x.steps[1][:, None, :]).sum(axis=(1, 2)),
    ]
    return xp.stack(moved, axis=1).astype(np.float32)


# ---- DrawBoundingBoxes ----

# Yellow, blue, red, lime, purple, olive, maroon, navy, aqua, fuchsia.
_COLORS = np.array(
    [
        [1, 1, 0, 1],
        [0, 0, 1, 1],
        [1, 0, 0, 1],
        [0, 1, 0, 1],
        [0.5, 0, 0.5, 1],
        [0.5, 0.5, 0, 1],
        [0.5, 0, 0, 1],
        [0, 0, 0.5, 1],
        [0, 1, 1, 1],
        [1, 0, 1, 1],
    ],
    np.float32,
)


def _draw(images: Array, boxes: Array, colors: Array) -> Array:
    height, width, depth = images.shape[1:]
    if depth not in (1, 3, 4):
        raise InvalidArgumentError.of(
            "Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)"
        )
    output = images.copy()
    for image, of_image in zip(output, boxes, strict=True):
        for number, box in enumerate(of_image):
            color = colors[number % len(colors)][:depth]
            y1, y2 = (int(box[i] * np.float32(height - 1)) for i in (0, 2))
            x1, x2 = (int(box[i] * np.float32(width - 1)) for i in (1, 3))
            if y1 > y2 or x1 > x2 or y1 >= height or y2 < 0 or x1 >= width or x2 < 0:
                continue
            rows = slice(max(y1, 0), min(y2, height - 1) + 1)
            columns = slice(max(x1, 0), min(x2, width - 1) + 1)
            for row in (y1, y2):
                if 0 <= row < height:
                    image[row, columns] = color
            for column in (x1, x2):
                if 0 <= column < width:
                    image[rows, column] = color
    return output


@kernel("DrawBoundingBoxes", device="CPU")
def draw_bounding_boxes(xp: Any, images: Array, boxes: Array) -> Array:
    """Boxes in ten colours; in images of one channel they are white."""
    colors = np.ones((1, 1), np.float32) if images.shape[-1] == 1 else _COLORS
    return _draw(images, boxes, colors)


@kernel("DrawBoundingBoxesV2", device="CPU")
def draw_bounding_boxes_v2(xp: Any, images: Array, boxes: Array, colors: Array) -> Array:
    """Boxes in given colours, or else in ten."""
    return _draw(images, boxes, colors) if colors.size else draw_bounding_boxes(xp, images, boxes)


# ---- SampleDistortedBoundingBox ----

_Rect = tuple[int, int, int, int]  # y1, x1, y2, x2 in pixels


def _round(x: float) -> int:
    """The nearest integer of a float32; of two the even one."""
    return int(np.rint(np.float32(x)))


def _random_part(words: Words, height: int, width: int, areas: Any, aspect: Any) -> _Rect | None:
    """A part of an image of an aspect and of an area in a range, if that came about."""
    if areas[0] <= 0 or areas[1] <= 0 or aspect <= 0 or areas[0] > areas[1]:
        return None
    area = np.float32(width * height)
    low, high = np.float32(areas[0]) * area, np.float32(areas[1]) * area
    rows, most = _round(np.sqrt(low / aspect)), _round(np.sqrt(high / aspect))
    if _round(most * aspect) > width:
        most = int((width + 0.5 - 1e-7) / float(aspect))
        if _round(most * aspect) > width:
            most -= 1
    most = min(most, height)
    rows = min(rows, most)
    if rows < most:
        rows += words.below(most - rows + 1, 32)
    columns = _round(rows * aspect)
    if rows * columns < low:
        rows += 1
        columns = _round(rows * aspect)
    if rows * columns > high:
        rows -= 1
        columns = _round(rows * aspect)
    is_right = low <= rows * columns <= high and 0 < rows <= height and 0 < columns <= width
    if not is_right:
        return None
    y = words.below(height - rows, 32) if rows < height else 0
    x = words.below(width - columns, 32) if columns < width else 0
    return y, x, y + rows, x + columns


def _area(rect: _Rect) -> int:
    return max(rect[2] - rect[0], 0) * max(rect[3] - rect[1], 0)


def _covers(part: _Rect, boxes: list[_Rect], covered: Any) -> bool:
    """Whether a part of an image has enough of a box."""
    for box in boxes:
        common = (
            max(part[0], box[0]),
            max(part[1], box[1]),
            min(part[2], box[2]),
            min(part[3], box[3]),
        )
        if _area(box) and np.float32(_area(common)) / np.float32(_area(box)) >= covered:
            return True
    return False


def _sample(
    image_size: Array, bounding_boxes: Array, covered: float, attrs: dict[str, Any], state: Any
) -> tuple[Array, Array, Array]:
    if image_size.shape != (3,):
        raise InvalidArgumentError.of(
            "image_size must contain 3 elements " + _shape_text(image_size)
        )
    height, width = int(image_size[0]), int(image_size[1])
    if height <= 0 or width <= 0:
        raise InvalidArgumentError.of("Image height and width must be positive")
    boxes = _rects(bounding_boxes, height, width, attrs["use_image_if_no_bounding_boxes"])
    words = Words(state, state.take(attrs["max_attempts"]))
    part = 0, 0, height, width
    low, high = (np.float32(bound) for bound in attrs["aspect_ratio_range"])
    for _ in range(attrs["max_attempts"]):
        aspect = np.float32(words.single()) * (high - low) + low
        found = _random_part(words, height, width, tuple(attrs["area_range"]), aspect)
        if found is not None and _covers(found, boxes, np.float32(covered)):
            part = found
            break
    y1, x1, y2, x2 = part
    dtype = image_size.dtype
    box = np.array([y1 / height, x1 / width, y2 / height, x2 / width], np.float32)
    begin, size = np.array([y1, x1, 0], dtype), np.array([y2 - y1, x2 - x1, -1]).astype(dtype)
    return begin, size, box.reshape(1, 1, 4)


def _rects(boxes: Array, height: int, width: int, may_be_none: bool) -> list[_Rect]:
    """Boxes in pixels.

    Raises:
      InvalidArgumentError: there is none, or one is no box.
    """
    if not boxes.size:
        if may_be_none:
            return [(0, 0, height, width)]
        raise InvalidArgumentError.of(
            "No bounding boxes provided as input. One must enable use_image_if_no_bounding_boxes "
            "if you wish to not provide any bounding boxes."
        )
    flat = boxes.reshape(-1, 4)
    for index, box in enumerate(flat):
        if not ((box >= 0).all() and (box <= 1).all() and box[0] < box[2] and box[1] < box[3]):
            raise InvalidArgumentError.of(
                f"All bounding box coordinates must be in [0.0, 1.0]: box {index} is {box.tolist()}"
            )
    scale = np.array([height, width, height, width], np.float32)
    return [tuple(int(n) for n in box * scale) for box in flat]  # type: ignore[misc]


def _sampler_state(resources: Any, op: Any) -> PhiloxState:
    return PhiloxState(op.attrs["seed"], op.attrs["seed2"])


@kernel("SampleDistortedBoundingBoxV2", device="CPU", state=_sampler_state)
def sample_distorted_bounding_box_v2(
    xp: Any,
    image_size: Array,
    bounding_boxes: Array,
    min_object_covered: Array,
    aspect_ratio_range: list[float],
    area_range: list[float],
    max_attempts: int,
    use_image_if_no_bounding_boxes: bool,
    state: PhiloxState,
) -> tuple[Array, Array, Array]:
    """A random part of an image."""
    attrs = {
        "aspect_ratio_range": aspect_ratio_range,
        "area_range": area_range,
        "max_attempts": max_attempts,
        "use_image_if_no_bounding_boxes": use_image_if_no_bounding_boxes,
    }
    return _sample(image_size, bounding_boxes, float(min_object_covered), attrs, state)


@kernel("SampleDistortedBoundingBox", device="CPU", state=_sampler_state)
def sample_distorted_bounding_box(
    xp: Any,
    image_size: Array,
    bounding_boxes: Array,
    min_object_covered: float,
    aspect_ratio_range: list[float],
    area_range: list[float],
    max_attempts: int,
    use_image_if_no_bounding_boxes: bool,
    state: PhiloxState,
) -> tuple[Array, Array, Array]:
    """The same; how much of a box it has is no tensor."""
    return sample_distorted_bounding_box_v2(
        xp,
        image_size,
        bounding_boxes,
        np.float32(min_object_covered),
        aspect_ratio_range,
        area_range,
        max_attempts,
        use_image_if_no_bounding_boxes,
        state,
    )


# ---- ExtractGlimpse ----


@kernel("ExtractGlimpse", device="CPU", state=lambda resources, op: np.random.default_rng())
def extract_glimpse(
    xp: Any,
    input: Array,
    size: Array,
    offsets: Array,
    centered: bool,
    normalized: bool,
    uniform_noise: bool,
    noise: bytes,
    state: np.random.Generator,
) -> Array:
    """Parts of images, noise where there is no image."""
    batch, height, width, channels = input.shape
    rows, columns = (int(n) for n in size)
    shape = batch, rows, columns, channels
    if noise == b"zero":
        glimpse = np.zeros(shape, np.float32)
    elif uniform_noise:
        low, high = float(input.min(initial=0)), float(input.max(initial=0))
        glimpse = (state.random(shape, np.float32) * (high - low) + low).astype(np.float32)
    else:
        glimpse = np.abs(state.standard_normal(shape, np.float32))
    places = offsets * np.array([height, width], np.float32) if normalized else offsets
    if centered:
        places = (places + np.array([height, width], np.float32)) / 2
    starts = (places - np.array([rows / 2, columns / 2], np.float32)).astype(np.int64)
    for image, part, (y, x) in zip(input, glimpse, starts.tolist(), strict=True):
        y1, y2 = max(y, 0), min(y + rows, height)
        x1, x2 = max(x, 0), min(x + columns, width)
        if y1 < y2 and x1 < x2:
            part[y1 - y : y2 - y, x1 - x : x2 - x] = image[y1:y2, x1:x2]
    return glimpse
