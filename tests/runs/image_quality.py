"""Programs that compare images, find edges and change colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

_VALUES = np.sin(np.arange(2 * 14 * 15 * 3) * 0.37).reshape(2, 14, 15, 3) * 0.5 + 0.5
A = _VALUES.astype(np.float32)
B = np.roll(A, 2, axis=2) * np.float32(0.9)
SMALL = A[:, :4, :5]
LARGE = np.tile(A, (1, 12, 12, 1))


def _plain(function: str, *arguments: Any, **named: Any) -> Build:
    def build(tf: Any) -> Any:
        given = [tf.constant(a) if np.ndim(a) > 1 else a for a in arguments]
        found = getattr(tf.image, function)(*given, **named)
        outputs = list(found) if isinstance(found, (list, tuple)) else [found]
        return [tf.identity(output, name="y") for output in outputs]

    return build


def _unknown(function: str, *arguments: Any) -> Build:
    def build(tf: Any) -> Any:
        given = [
            tf.placeholder_with_default(a, (None, None, None, 3)) if np.ndim(a) else a
            for a in arguments
        ]
        return tf.identity(getattr(tf.image, function)(*given), name="y")

    return build


RUNS: dict[str, Build] = {
    **{name: _plain(name, SMALL) for name in ("rgb_to_yiq", "yiq_to_rgb")},
    **{name: _plain(name, SMALL) for name in ("rgb_to_yuv", "yuv_to_rgb")},
    "gradients": _plain("image_gradients", SMALL),
    "sobel": _plain("sobel_edges", SMALL),
    "psnr": _plain("psnr", A, B, 1.0),
    "psnr-uint8": _plain("psnr", (A * 255).astype(np.uint8), (B * 255).astype(np.uint8), 255),
    "psnr-one": _plain("psnr", A[0], B[0], 2.0),
    "psnr-shapes": _plain("psnr", A, B[:, :5], 1.0),
    "ssim": _plain("ssim", A, B, 1.0),
    "ssim-uint8": _plain("ssim", (A * 255).astype(np.uint8), (B * 255).astype(np.uint8), 255),
    "ssim-small": _plain("ssim", A, B, 1.0, filter_size=5, filter_sigma=0.8, k1=0.02, k2=0.05),
    "ssim-unknown": _unknown("ssim", A, B, 1.0),
    "ssim-multiscale": _plain("ssim_multiscale", LARGE[:, :, :, :1], LARGE[:, ::-1, :, :1], 1.0),
    "pad": _plain("resize_image_with_pad", SMALL, 9, 7),
    "pad-one": _plain("resize_image_with_pad", SMALL[0], 6, 20, method=1),
    "pad-rank": _plain("resize_image_with_pad", SMALL[0, 0], 6, 20),
    "patches": _plain("extract_patches", SMALL, [1, 2, 2, 1], [1, 2, 1, 1], [1, 1, 1, 1], "VALID"),
    "random_crop": _plain("random_crop", A, [1, 2, 2, 3], seed=4),
}
