"""Programs of boxes in images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

BOXES = np.float32(
    [[0, 0, 1, 1], [0, 0, 0.9, 1], [0.5, 0.5, 1, 1], [0.1, 0.1, 0, 0], [0.4, 0.4, 1, 1]]
)
SCORES = np.float32([0.9, 0.95, 0.5, 0.3, 0.5])
IMAGE = np.arange(32, dtype=np.float32).reshape(1, 4, 4, 2) ** 1.5
CROPS = np.float32(
    [[0, 0, 1, 1], [0.25, 0.25, 0.75, 0.75], [-0.5, 0, 0.5, 1], [1, 1, 0, 0.3], [0.1, 0.2, 0.85, 2]]
)


def _nms(function: str, *arguments: Any, **named: Any) -> Build:
    return lambda tf: getattr(tf.image, function)(BOXES, SCORES, *arguments, **named)


def _overlaps(*arguments: Any, **named: Any) -> Build:
    matrix = np.float32([[1, 0.6, 0.2], [0.6, 1, 0.5], [0.2, 0.5, 1]])
    return lambda tf: tf.image.non_max_suppression_overlaps(matrix, SCORES[:3], *arguments, **named)


def _crop(size: Any, boxes: Any = CROPS, dtype: Any = np.float32, **named: Any) -> Build:
    indices = np.zeros(len(boxes), np.int32)
    return lambda tf: tf.image.crop_and_resize(IMAGE.astype(dtype), boxes, indices, size, **named)


def _crop_gradients(size: Any, method: str) -> Build:
    def build(tf: Any) -> Any:
        image, boxes = tf.constant(IMAGE), tf.constant(CROPS[:3])
        crops = tf.image.crop_and_resize(image, boxes, [0, 0, 0], size, method)
        dxs = tf.gradients(tf.reduce_sum(crops * crops), [image, boxes])
        return [tf.identity(dx, name="dx") for dx in dxs]

    return build


def _sample(*boxes: Any, size: Any = (10, 12, 3), **named: Any) -> Build:
    return lambda tf: tf.image.sample_distorted_bounding_box(
        tf.constant(size), tf.constant(np.float32(boxes).reshape(1, -1, 4)), **named
    )


DRAWN = np.float32([[[0, 0, 0.9, 0.9], [0.3, 0.2, 0.7, 0.6], [0.5, 0.5, 1.4, 1.4], [2, 2, 3, 3]]])

RUNS: dict[str, Build] = {
    "nms": _nms("non_max_suppression", 10),
    "nms-three": _nms("non_max_suppression", 2, 0.5),
    "nms-high": _nms("non_max_suppression", 10, 0.95),
    "nms-score": _nms("non_max_suppression", 10, 0.95, 0.4),
    "nms-none": _nms("non_max_suppression", 0),
    "nms-threshold": _nms("non_max_suppression", 3, 1.5),
    "nms-name": _nms("non_max_suppression", 3, name="my"),
    "nms-shape": lambda tf: tf.image.non_max_suppression(BOXES, SCORES[:2], 3),
    "nms-columns": lambda tf: tf.image.non_max_suppression(BOXES[:, :3], SCORES, 3),
    "nms-empty": lambda tf: tf.image.non_max_suppression(BOXES[:0], SCORES[:0], 3),
    "scores": _nms("non_max_suppression_with_scores", 10),
    "scores-soft": _nms("non_max_suppression_with_scores", 10, 1.0, 0.1, soft_nms_sigma=0.5),
    "scores-both": _nms("non_max_suppression_with_scores", 5, 0.3, 0.05, soft_nms_sigma=0.4),
    "scores-softer": _nms("non_max_suppression_with_scores", 3, 0.9, soft_nms_sigma=0.3),
    "padded": _nms("non_max_suppression_padded", 4, 0.5, pad_to_max_output_size=True),
    "unpadded": _nms("non_max_suppression_padded", 4, 0.5),
    "overlaps": _overlaps(3),
    "overlaps-high": _overlaps(3, 0.7),
    "overlaps-score": _overlaps(3, 0.7, 0.6),
    "crop": _crop([2, 3]),
    "crop-one": _crop([1, 1]),
    "crop-nearest": _crop([3, 3], method="nearest"),
    "crop-value": _crop([3, 2], extrapolation_value=-7.5),
    "crop-uint8": _crop([3, 2], dtype=np.uint8),
    "crop-int64": _crop([3, 2], dtype=np.int64),
    "crop-half": _crop([2, 2], dtype=np.float16),
    "crop-empty": _crop([2, 2], boxes=CROPS[:0]),
    "crop-size": _crop([0, 2]),
    "crop-method": _crop([2, 2], method="cubic"),
    "crop-names": lambda tf: tf.image.crop_and_resize(
        IMAGE, CROPS[:1], box_indices=[0], crop_size=[2, 2], name="my"
    ),
    "crop-two_names": lambda tf: tf.image.crop_and_resize(
        IMAGE, CROPS[:1], [0], [2, 2], box_indices=[0]
    ),
    "crop-gradients": _crop_gradients([2, 3], "bilinear"),
    "crop-gradients_one": _crop_gradients([1, 1], "bilinear"),
    "draw": lambda tf: tf.image.draw_bounding_boxes(np.zeros((1, 5, 6, 3), np.float32), DRAWN),
    "draw-alpha": lambda tf: tf.image.draw_bounding_boxes(
        np.zeros((1, 5, 6, 4), np.float32), DRAWN
    ),
    "draw-grey": lambda tf: tf.image.draw_bounding_boxes(np.zeros((1, 4, 4, 1), np.float16), DRAWN),
    "draw-colors": lambda tf: tf.image.draw_bounding_boxes(
        np.zeros((1, 5, 6, 3), np.float32), DRAWN, colors=np.float32([[1, 0, 0], [0, 0.5, 0]])
    ),
    "sample": _sample([0.1, 0.2, 0.8, 0.9], seed=4, seed2=5),
    "sample-two": _sample([0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 1, 1], seed=1, seed2=2, name="my"),
    "sample-large": _sample([0.1, 0.1, 0.9, 0.9], size=(200, 317, 3), seed=7, seed2=9),
    "sample-much": _sample(
        [0.1, 0.1, 0.9, 0.9],
        size=(224, 224, 3),
        seed=3,
        seed2=1,
        min_object_covered=0.7,
        aspect_ratio_range=[0.5, 2.0],
        area_range=[0.3, 1.0],
        max_attempts=50,
    ),
    "sample-never": _sample(
        [0.1, 0.1, 0.9, 0.9], seed=3, seed2=1, min_object_covered=2.0, max_attempts=5
    ),
    "sample-image": _sample(seed=3, seed2=1, use_image_if_no_bounding_boxes=True),
    "sample-none": _sample(seed=3, seed2=1),
    "glimpse": lambda tf: tf.image.extract_glimpse(IMAGE, [2, 2], [[0.0, 0.0]]),
    "glimpse-pixels": lambda tf: tf.image.extract_glimpse(
        IMAGE, [2, 3], [[1.0, 0.0]], normalized=False
    ),
    "glimpse-corner": lambda tf: tf.image.extract_glimpse(
        IMAGE, [2, 2], [[0.5, 0.5]], centered=False
    ),
    "glimpse-corner_pixels": lambda tf: tf.image.extract_glimpse(
        IMAGE, [2, 2], [[2.0, 1.0]], centered=False, normalized=False
    ),
}
