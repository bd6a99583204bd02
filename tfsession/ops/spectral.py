"""Fourier transforms of the last one, two or three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.array import concat, shape as shape_of, stack, zeros_like
from tfsession.ops.math import cast, range as range_of, real
from tfsession.ops.rearrange import pad
from tfsession.ops.reduction import reduce_prod
from tfsession.registry import gradient, op, shape
from tfsession.shapes import Dims, with_rank_at_least, with_value

__all__ = [
    "fft",
    "fft2d",
    "fft3d",
    "ifft",
    "ifft2d",
    "ifft3d",
    "irfft",
    "irfft2d",
    "irfft3d",
    "rfft",
    "rfft2d",
    "rfft3d",
]

# Op type -> how many dimensions it transforms.
_COMPLEX = {"FFT": 1, "FFT2D": 2, "FFT3D": 3, "IFFT": 1, "IFFT2D": 2, "IFFT3D": 3}
_OF_REAL = {"RFFT": 1, "RFFT2D": 2, "RFFT3D": 3}
_TO_REAL = {"IRFFT": 1, "IRFFT2D": 2, "IRFFT3D": 3}

for _name in _COMPLEX:
    op(
        f"{_name}(input: Tcomplex) -> output: Tcomplex",
        "Tcomplex: {complex64, complex128} = complex64",
    )
for _name in _OF_REAL:
    op(f"{_name}(input: float32, fft_length: int32) -> output: complex64")
for _name in _TO_REAL:
    op(f"{_name}(input: complex64, fft_length: int32) -> output: float32")


def _of_rank(ranks: dict[str, int], rank: int) -> list[str]:
    return [name for name in ranks if ranks[name] == rank]


def _register_shapes(rank: int) -> None:
    @shape(*_of_rank(_COMPLEX, rank))
    def complex_shape(input: Tensor) -> Dims:
        """The shape of the input."""
        return with_rank_at_least(input.dims, rank)

    def resized(input: Tensor, fft_length: Tensor, is_half: bool) -> Dims:
        dims = with_rank_at_least(input.dims, rank)
        if fft_length.dims is not None and len(fft_length.dims) == 1:
            with_value(fft_length.dims[0], rank)
        if dims is None:
            return None
        lengths = constant_value(fft_length)
        known: list[int | None] = [None] * rank
        if lengths is not None:
            known = [int(length) for length in lengths]
        last = known[-1]
        if is_half and last is not None:
            known[-1] = last // 2 + 1
        return (*dims[:-rank], *known)

    @shape(*_of_rank(_OF_REAL, rank))
    def of_real_shape(input: Tensor, fft_length: Tensor) -> Dims:
        """The lengths of the transform; the last one is about a half."""
        return resized(input, fft_length, is_half=True)

    @shape(*_of_rank(_TO_REAL, rank))
    def to_real_shape(input: Tensor, fft_length: Tensor) -> Dims:
        """The lengths of the transform."""
        return resized(input, fft_length, is_half=False)


def _register_gradients(rank: int) -> None:
    suffix = "" if rank == 1 else f"{rank}D"

    def size_of(x: Tensor, dtype: Any) -> Tensor:
        count: Tensor = cast(reduce_prod(shape_of(x)[-rank:]), dtype)
        return count

    @gradient(f"FFT{suffix}")
    def forward(op: Operation, dy: Tensor) -> Any:
        """The inverse transform, times the size."""
        return build(f"IFFT{suffix}", dy) * size_of(op.inputs[0], dy.dtype)

    @gradient(f"IFFT{suffix}")
    def inverse(op: Operation, dy: Tensor) -> Any:
        """The transform, divided by the size."""
        return build(f"FFT{suffix}", dy) / size_of(op.inputs[0], dy.dtype)

    @gradient(f"RFFT{suffix}")
    def of_real(op: Operation, dy: Tensor) -> Any:
        """The inverse transform of what there is; the other half depends on it."""
        x, lengths = op.inputs
        missing = lengths[-1] - shape_of(dy)[-1]
        whole = _filled(dy, missing)
        count = cast(reduce_prod(lengths), dtypes.complex64)
        found = real(build(f"IFFT{suffix}", whole) * count)
        return [_fitted(found, shape_of(x), rank), None]

    @gradient(f"IRFFT{suffix}")
    def to_real(op: Operation, dy: Tensor) -> Any:
        """The transform, twice what stands for two of its numbers, divided by the size."""
        x, lengths = op.inputs
        found = build(f"RFFT{suffix}", dy, lengths)
        columns = range_of(shape_of(found)[-1])
        stands_alone = build(
            "LogicalOr", build("Equal", columns, 0), build("Equal", columns * 2, lengths[-1])
        )
        weights = cast(2 - cast(stands_alone, dtypes.int32), dtypes.complex64)
        count = cast(reduce_prod(lengths), dtypes.complex64)
        return [_fitted(found * weights / count, shape_of(x), rank), None]


def _filled(x: Tensor, missing: Tensor) -> Tensor:
    """A tensor with zeros behind its last dimension."""
    assert x.dims is not None
    before = [[0, 0]] * (len(x.dims) - 1)
    return pad(x, concat([np.array(before, np.int32).reshape(-1, 2), [[0, missing]]], 0))


def _fitted(x: Tensor, sizes: Tensor, rank: int) -> Tensor:
    """A tensor whose last dimensions are cut off, or filled up with zeros."""
    assert x.dims is not None
    outer = len(x.dims) - rank
    wanted = [sizes[outer + i] for i in range(rank)]
    cut = x[(..., *(slice(None, size) for size in wanted))]
    have = shape_of(cut)
    missing = [[0, wanted[i] - have[outer + i]] for i in range(rank)]
    before = np.zeros((outer, 2), np.int32)
    return pad(cut, concat([before, stack([stack(row) for row in missing])], 0))


for _rank in (1, 2, 3):
    _register_shapes(_rank)
    _register_gradients(_rank)


# ---- Public functions ----


def _transform(op_type: str, words: str) -> Callable[..., Tensor]:
    def transform(input: TensorLike, name: str | None = None) -> Tensor:
        result: Tensor = build(op_type, input, name=name)
        return result

    transform.__doc__ = f"""{words} of the last dimensions.

    Args:
      input: complex64 or complex128.
      name: a name for the operation.

    Returns:
      A Tensor like `input`.

    Source: TensorFlow 1.15 `tf.signal.{op_type.lower()}`.
    """
    transform.__name__ = transform.__qualname__ = op_type.lower()
    return transform


fft = _transform("FFT", "The Fourier transform")
fft2d = _transform("FFT2D", "The Fourier transform")
fft3d = _transform("FFT3D", "The Fourier transform")
ifft = _transform("IFFT", "The inverse Fourier transform")
ifft2d = _transform("IFFT2D", "The inverse Fourier transform")
ifft3d = _transform("IFFT3D", "The inverse Fourier transform")


def _half(op_type: str, rank: int, words: str) -> Callable[..., Tensor]:
    is_inverse = op_type.startswith("I")
    dtype = dtypes.complex64 if is_inverse else dtypes.float32

    def transform(
        input_tensor: TensorLike, fft_length: TensorLike | None = None, name: str | None = None
    ) -> Tensor:
        with name_scope(name, op_type.lower(), [input_tensor, fft_length]) as scope:
            x = convert_to_tensor(input_tensor, dtype)
            with_rank_at_least(x.dims, rank)
            if fft_length is None:
                lengths = _lengths(x, rank, is_inverse)
            else:
                lengths = convert_to_tensor(fft_length, dtypes.int32)
                x = _lengthened(x, lengths, rank, is_inverse)
            result: Tensor = build(op_type, x, lengths, name=scope)
            return result

    transform.__doc__ = f"""{words} of the last dimensions.

    Args:
      input_tensor: {dtype.name}.
      fft_length: [{rank}]; int32, the lengths of the transform: what is longer is cut off, what is
        shorter is filled up with zeros. Those of the input when None.
      name: a name for the operation.

    Returns:
      A {"float32" if is_inverse else "complex64"} Tensor.

    Source: TensorFlow 1.15 `tf.signal.{op_type.lower()}`.
    """
    transform.__name__ = transform.__qualname__ = op_type.lower()
    return transform


def _lengthened(x: Tensor, lengths: Tensor, rank: int, is_inverse: bool) -> Tensor:
    """A tensor with zeros behind its last dimensions, up to what a transform needs."""
    if x.dims is None:
        return x
    outer = len(x.dims) - rank
    value = constant_value(lengths)
    if value is not None:
        wanted = [int(length) for length in value]
        wanted[-1] = wanted[-1] // 2 + 1 if is_inverse else wanted[-1]
        known = zip(x.dims[outer:], wanted, strict=True)
        if all(size is not None and (size == 0 or size >= want) for size, want in known):
            return x
    have = shape_of(x)[outer:]
    last = lengths[-1] // 2 + 1 if is_inverse else lengths[-1]
    needed = concat([lengths[:-1], [last]], 0)
    missing = build("Maximum", 0, needed - have)
    before = np.zeros((outer, 2), np.int32)
    return pad(x, concat([before, stack([zeros_like(missing), missing], axis=1)], 0))


def _lengths(x: Tensor, rank: int, is_inverse: bool) -> Tensor:
    """The lengths that a transform has of itself."""
    if x.dims is not None and None not in x.dims[-rank:]:
        known = [size for size in x.dims[-rank:] if size is not None]
        if is_inverse and known[-1] != 0:
            known[-1] = max(0, 2 * (known[-1] - 1))
        return convert_to_tensor(known, dtypes.int32)
    lengths = shape_of(x)[-rank:]
    if not is_inverse:
        return lengths
    last = build("Maximum", 0, 2 * (lengths[-1] - 1))
    return concat([lengths[:-1], [last]], 0)


rfft = _half("RFFT", 1, "The half of the Fourier transform of real numbers that is enough")
rfft2d = _half("RFFT2D", 2, "The half of the Fourier transform of real numbers that is enough")
rfft3d = _half("RFFT3D", 3, "The half of the Fourier transform of real numbers that is enough")
irfft = _half("IRFFT", 1, "The real numbers whose half Fourier transform is given,")
irfft2d = _half("IRFFT2D", 2, "The real numbers whose half Fourier transform is given,")
irfft3d = _half("IRFFT3D", 3, "The real numbers whose half Fourier transform is given,")
