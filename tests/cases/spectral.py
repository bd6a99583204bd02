"""Records of Fourier transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case, normal


def _complex(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    parts = rng.standard_normal((2, 2, 3, 4, 6))
    return [(parts[0] + 1j * parts[1]).astype(dtype)]


AXES = {"": (-1,), "2d": (-2, -1), "3d": (-3, -2, -1)}

CASES = [
    *(
        Case(
            f"{'I' if is_inverse else ''}FFT{suffix.upper()}",
            "",
            build=lambda tf, x, name=f"{'i' if is_inverse else ''}fft{suffix}": getattr(
                tf.signal, name
            )(x),
            inputs=_complex,
            dtypes=("complex64", "complex128"),
            expected=lambda x, axes=axes, inverse=is_inverse: (
                np.fft.ifftn(x, axes=axes) if inverse else np.fft.fftn(x, axes=axes)
            ).astype(x.dtype),
            tolerance=1e-4,
            gradient=False,
        )
        for suffix, axes in AXES.items()
        for is_inverse in (False, True)
    ),
    *(
        Case(
            f"RFFT{suffix.upper()}",
            variant,
            build=lambda tf, x, name=f"rfft{suffix}", lengths=lengths: tf.abs(
                getattr(tf.signal, name)(x, lengths)
            ),
            inputs=normal((2, 3, 4, 6)),
            tolerance=1e-4,
            unknown=False,
            # The modulus of many numbers has a kink near some of them.
            gradient=rank < 3,
        )
        for suffix, rank in (("", 1), ("2d", 2), ("3d", 3))
        for variant, lengths in (("", None), ("shorter", [3, 3, 5][-rank:]))
    ),
    *(
        Case(
            f"IRFFT{suffix.upper()}",
            variant,
            build=lambda tf, x, name=f"irfft{suffix}", lengths=lengths: getattr(tf.signal, name)(
                tf.complex(x, tf.square(x)), lengths
            ),
            inputs=normal((2, 3, 4, 6)),
            tolerance=1e-4,
            unknown=False,
        )
        for suffix, rank in (("", 1), ("2d", 2), ("3d", 3))
        for variant, lengths in (("", None), ("shorter", [3, 3, 5][-rank:]))
    ),
]
