"""Records of ops on boxes in images."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case


def _boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Boxes of some size, a part of them beyond the image."""
    corners = rng.uniform(-0.1, 0.6, (count, 2))
    return np.concatenate([corners, corners + rng.uniform(0.2, 0.6, (count, 2))], 1)


def _scored(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [_boxes(rng, 12).astype(np.float32), rng.permutation(12).astype(np.float32) / 12]


def _crops(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    image = rng.uniform(0, 9, (2, 5, 6, 3)).astype(dtype)
    return [image, _boxes(rng, 4).astype(np.float32)]


def _grads(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [rng.standard_normal((4, 3, 2, 3)).astype(np.float32), *_crops(rng, dtype)]


def _drawn(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [np.zeros((2, 6, 7, 3), dtype), np.stack([_boxes(rng, 3)] * 2).astype(np.float32)]


def _choose(op: str, *arguments: Any, **named: Any) -> Case:
    names = ("iou_threshold", "score_threshold", "soft_nms_sigma")
    tensors = dict(zip(names, arguments, strict=False))

    def build(tf: Any, boxes: Any, scores: Any) -> Any:
        return getattr(tf.raw_ops, op)(
            boxes=boxes, scores=scores, max_output_size=6, **tensors, **named
        )

    # Scores that are lowered are compared between boxes otherwise by TensorFlow 2.
    return Case(op, "", build=build, inputs=_scored, golden=op != "NonMaxSuppressionV5")


OF = [0, 1, 1, 0]

CASES = [
    _choose("NonMaxSuppression", iou_threshold=0.3),
    _choose("NonMaxSuppressionV2", 0.3),
    _choose("NonMaxSuppressionV3", 0.3, 0.2),
    _choose("NonMaxSuppressionV4", 0.3, 0.2, pad_to_max_output_size=True),
    _choose("NonMaxSuppressionV5", 0.3, 0.2, 0.4, pad_to_max_output_size=True),
    Case(
        "NonMaxSuppressionWithOverlaps",
        "",
        build=lambda tf, overlaps, scores: tf.image.non_max_suppression_overlaps(
            overlaps, scores, 5, 0.6, 0.1
        ),
        inputs=lambda rng, dtype: [
            rng.uniform(0, 1, (8, 8)).astype(np.float32),
            rng.permutation(8).astype(np.float32) / 8,
        ],
        golden=False,  # TensorFlow 1.15 chooses again what does not overlap itself
    ),
    Case(
        "CropAndResize",
        "",
        build=lambda tf, image, boxes: tf.image.crop_and_resize(image, boxes, OF, [3, 2]),
        inputs=_crops,
        dtypes=("float16", "float32", "float64", "uint8", "int32"),
        gradient=False,
    ),
    Case(
        "CropAndResize",
        "nearest",
        build=lambda tf, image, boxes: tf.image.crop_and_resize(
            image, boxes, OF, [4, 3], method="nearest", extrapolation_value=2.5
        ),
        inputs=_crops,
        dtypes=("float32", "uint16"),
        gradient=False,
    ),
    *(
        Case(
            "CropAndResizeGradImage",
            method,
            build=lambda tf, grads, image, boxes, method=method: tf.raw_ops.CropAndResizeGradImage(
                grads=grads,
                boxes=boxes,
                box_ind=OF,
                image_size=[2, 5, 6, 3],
                T=tf.float32,
                method=method,
            ),
            inputs=_grads,
        )
        for method in ("bilinear", "nearest")
    ),
    Case(
        "CropAndResizeGradBoxes",
        "",
        build=lambda tf, grads, image, boxes: tf.raw_ops.CropAndResizeGradBoxes(
            grads=grads, image=image, boxes=boxes, box_ind=OF
        ),
        inputs=_grads,
        tolerance=1e-4,
    ),
    Case(
        "DrawBoundingBoxes",
        "",
        build=lambda tf, images, boxes: tf.raw_ops.DrawBoundingBoxes(images=images, boxes=boxes),
        inputs=_drawn,
        dtypes=("float16", "float32"),
    ),
    Case(
        "DrawBoundingBoxesV2",
        "",
        build=lambda tf, images, boxes: tf.image.draw_bounding_boxes(
            images, boxes, colors=np.float32([[1, 0.5, 0]])
        ),
        inputs=_drawn,
        dtypes=("float16", "float32"),
    ),
    *(
        Case(
            f"SampleDistortedBoundingBox{version}",
            "",
            build=lambda tf, boxes, version=version: list(
                getattr(tf.raw_ops, f"SampleDistortedBoundingBox{version}")(
                    image_size=[40, 50, 3],
                    bounding_boxes=boxes,
                    min_object_covered=0.3,
                    seed=3,
                    seed2=4,
                )
            ),
            inputs=lambda rng, dtype: [np.float32([[[0.1, 0.2, 0.7, 0.9]]])],
        )
        for version in ("", "V2")
    ),
    Case(
        "ExtractGlimpse",
        "",
        build=lambda tf, x: tf.image.extract_glimpse(x, [2, 3], [[0.0, 0.1], [-0.2, 0.0]]),
        inputs=lambda rng, dtype: [rng.standard_normal((2, 5, 6, 3)).astype(np.float32)],
        golden=False,
        expected=lambda x: np.stack([x[0, 1:3, 1:4], x[1, 1:3, 1:4]]),
    ),
    *(
        Case(
            "CombinedNonMaxSuppression",
            f"{classes} boxes each",
            lambda tf, boxes, scores, pads=pads: list(
                tf.image.combined_non_max_suppression(
                    boxes, scores, 3, 8, 0.3, 0.2, pad_per_class=pads, clip_boxes=pads
                )
            ),
            lambda rng, dtype, classes=classes: [
                rng.uniform(-0.2, 1.2, (2, 9, classes, 4)).astype(dtype),
                rng.uniform(0, 1, (2, 9, 2)).astype(dtype),
            ],
            gradient=False,
        )
        for classes, pads in ((1, False), (2, True))
    ),
]
