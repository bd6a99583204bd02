"""Records of tfsession/ops/morphology.py."""

from __future__ import annotations

from typing import Any

from tests.cases.record import WIDE_FLOATS, Case, normal


def dilated(strides: list[int], rates: list[int], padding: str) -> Any:
    """Builds a dilation."""
    return lambda tf, x, k: tf.nn.dilation2d(x, k, strides, rates, padding)


def backward(name: str) -> Any:
    """Builds one of the ops of the gradient."""
    return lambda tf, x, k, dy: getattr(tf.raw_ops, f"Dilation2DBackprop{name}")(
        input=x,
        filter=k,
        out_backprop=dy,
        strides=[1, 2, 1, 1],
        rates=[1, 1, 2, 1],
        padding="SAME",
    )


IMAGES = normal((2, 7, 6, 3), (2, 3, 3))

CASES = [
    Case("Dilation2D", "", dilated([1, 1, 1, 1], [1, 1, 1, 1], "SAME"), IMAGES, WIDE_FLOATS),
    Case("Dilation2D", "valid", dilated([1, 2, 1, 1], [1, 1, 2, 1], "VALID"), IMAGES, WIDE_FLOATS),
    Case(
        "Dilation2D",
        "erosion",
        lambda tf, x, k: tf.nn.erosion2d(x, k, [1, 2, 2, 1], [1, 1, 1, 1], "SAME"),
        IMAGES,
        (*WIDE_FLOATS, "int32"),
    ),
    *(
        Case(
            f"Dilation2DBackprop{name}",
            "",
            backward(name),
            normal((2, 7, 6, 3), (2, 3, 3), (2, 4, 6, 3)),
            WIDE_FLOATS,
            gradient=False,
        )
        for name in ("Input", "Filter")
    ),
]
