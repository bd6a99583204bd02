"""Fourier transforms, by the array library's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

Array = Any


def _axes(rank: int) -> tuple[int, ...]:
    return tuple(range(-rank, 0))


def _register(rank: int) -> None:
    suffix = "" if rank == 1 else f"{rank}D"

    @kernel(f"FFT{suffix}", capturable=False)
    def forward(xp: Any, input: Array) -> Array:
        """The transform of the last dimensions."""
        return xp.fft.fftn(input, axes=_axes(rank)).astype(input.dtype) if input.size else input

    @kernel(f"IFFT{suffix}", capturable=False)
    def inverse(xp: Any, input: Array) -> Array:
        """The inverse transform."""
        return xp.fft.ifftn(input, axes=_axes(rank)).astype(input.dtype) if input.size else input

    def lengths_of(fft_length: Array) -> list[int]:
        if fft_length.shape != (rank,):
            raise InvalidArgumentError.of(f"fft_length must  have shape [{rank}]")
        return [int(length) for length in fft_length]

    def check(input: Array, needed: list[int]) -> None:
        for have, want in zip(input.shape[-rank:], needed, strict=True):
            if have < want and have:
                raise InvalidArgumentError.of(
                    f"Input dimension {input.ndim - rank} must have length of at least {want} "
                    f"but got: {have}"
                )

    @kernel(f"RFFT{suffix}", host=("fft_length",), capturable=False)
    def of_real(xp: Any, input: Array, fft_length: Array) -> Array:
        """The first half of the transform of real numbers."""
        lengths = lengths_of(fft_length)
        half = (*lengths[:-1], lengths[-1] // 2 + 1 if lengths[-1] else 0)
        if not input.size or 0 in lengths:
            return xp.zeros((*input.shape[:-rank], *half), np.complex64)
        check(input, lengths)
        return xp.fft.rfftn(input, lengths, _axes(rank)).astype(np.complex64)

    @kernel(f"IRFFT{suffix}", host=("fft_length",), capturable=False)
    def to_real(xp: Any, input: Array, fft_length: Array) -> Array:
        """The real numbers of which it is the first half."""
        lengths = lengths_of(fft_length)
        if not input.size or 0 in lengths:
            return xp.zeros((*input.shape[:-rank], *lengths), np.float32)
        check(input, [*lengths[:-1], lengths[-1] // 2 + 1])
        return xp.fft.irfftn(input, lengths, _axes(rank)).astype(np.float32)


for _rank in (1, 2, 3):
    _register(_rank)
