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
    *(
        Case(
            "RFFT" if kind < 3 else "IRFFT",
            f"cosines of type {kind}{norm and ', orthonormal'}",
            lambda tf, x, kind=kind, norm=norm: [
                tf.signal.dct(x, kind, norm=norm or None),
                tf.signal.idct(x, kind, n=4, norm=norm or None),
            ],
            normal((2, 6)),
            tolerance=1e-4,
            gradient=False,
            unknown=False,
        )
        for kind, norm in ((1, ""), (2, ""), (2, "ortho"), (3, ""), (3, "ortho"))
    ),
    Case(
        "Roll",
        "frequencies",
        lambda tf, x: [tf.signal.fftshift(x), tf.signal.ifftshift(x, 1)],
        normal((4, 5)),
        gradient=False,
        unknown=False,
    ),
    Case(
        "LinSpace",
        "mel scale",
        lambda tf, x: [
            tf.signal.linear_to_mel_weight_matrix(10, 33, 8000, 50.0, 3500.0),
            tf.signal.mfccs_from_log_mel_spectrograms(x),
        ],
        normal((3, 10)),
        tolerance=1e-4,
        gradient=False,
        unknown=False,
    ),
]
