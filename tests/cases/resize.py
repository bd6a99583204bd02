"""Records of tfsession.ops.resize."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case, normal, positive

KINDS = ("float32", "float64", "uint8", "int32")
# The variant's name, the new size, and arguments.
VARIANTS: list[tuple[str, list[int], dict[str, bool]]] = [
    ("", [7, 4], {}),
    ("corners", [7, 4], {"align_corners": True}),
    ("centers", [7, 4], {"half_pixel_centers": True}),
    ("smaller", [2, 3], {}),
    ("smaller-corners", [2, 1], {"align_corners": True}),
    ("smaller-centers", [2, 3], {"half_pixel_centers": True}),
    ("same", [5, 6], {}),
]
METHODS = {
    "ResizeBilinear": "resize_bilinear",
    "ResizeNearestNeighbor": "resize_nearest_neighbor",
    "ResizeBicubic": "resize_bicubic",
}


def resize(method: str, size: list[int], arguments: dict[str, bool]) -> Callable[..., Any]:
    """Resizes by an op's public function."""
    return lambda tf, x: getattr(tf.image, method)(x, size, **arguments)


def images(method: str, **arguments: Any) -> Callable[..., Any]:
    """Resizes one image or several by the public function for any method."""

    def build(tf: Any, x: Any) -> Any:
        chosen = getattr(tf.image.ResizeMethod, method)
        return tf.image.resize_images(x, [4, 9], chosen, **arguments)

    return build


def differentiated(method: str, size: list[int], arguments: dict[str, bool]) -> Callable[..., Any]:
    """The gradient of resizing, which is linear: of pixels that do not matter."""

    def build(tf: Any, dy: Any) -> Any:
        x = tf.zeros([2, 5, 6, 3], tf.float32 if method != "resize_nearest_neighbor" else dy.dtype)
        y = getattr(tf.image, method)(x, size, **arguments)
        return tf.gradients(y, x, dy)[0]

    return build


def fed_size(tf: Any, x: Any, size: Any) -> Any:
    return tf.image.resize_bilinear(x, size)


CASES = [
    *(
        Case(op, variant, resize(method, size, arguments), positive((2, 5, 6, 3)), KINDS,
             tolerance=1e-4 if op == "ResizeBicubic" else 1e-5)
        for op, method in METHODS.items()
        for variant, size, arguments in VARIANTS
    ),
    *(
        Case(f"{op}Grad", variant, differentiated(method, size, arguments),
             normal((2, *size, 3)), gradient=False, unknown=False, tolerance=1e-4)
        for op, method in METHODS.items()
        for variant, size, arguments in VARIANTS
    ),
    *(
        Case("ResizeArea", variant, resize("resize_area", size, arguments),
             positive((2, 5, 6, 3)), KINDS)
        for variant, size, arguments in VARIANTS
        if "half_pixel_centers" not in arguments
    ),
    Case("ResizeBilinear", "fed-size", fed_size,
         lambda rng, dtype: [rng.standard_normal((1, 3, 4, 2)).astype(dtype),
                             np.array([5, 2], np.int32)]),
    Case("ResizeBilinear", "empty", resize("resize_bilinear", [3, 3], {}), normal((0, 2, 2, 1))),
    *(
        Case(op, "images", images(method), positive((1, 5, 6, 3)), ("float32", "uint8"),
             tolerance=1e-4, unknown=False)
        for op, method in {"ResizeBilinear": "BILINEAR", "ResizeBicubic": "BICUBIC",
                           "ResizeNearestNeighbor": "NEAREST_NEIGHBOR",
                           "ResizeArea": "AREA"}.items()
    ),
    Case("ResizeBilinear", "image", images("BILINEAR", align_corners=True), normal((5, 6, 3)),
         unknown=False),
    Case("ResizeBilinear", "ratio", images("BILINEAR", preserve_aspect_ratio=True),
         normal((8, 6, 3)), unknown=False),
]  # fmt: skip
