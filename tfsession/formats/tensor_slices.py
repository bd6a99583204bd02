"""Slices: the parts of a tensor that checkpoints keep, and the keys under which they keep them."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Sequence
from typing import Any

from tfsession import errors, protos

WHOLE_AXIS = -1


@dataclasses.dataclass(frozen=True)
class TensorSlice:
    """A part of a tensor: where it begins, and how long it is, along each axis.

    Attributes:
      starts: 0 along an axis that is there as a whole.
      lengths: WHOLE_AXIS along such an axis.
    """

    starts: tuple[int, ...]
    lengths: tuple[int, ...]

    @classmethod
    def whole(cls, rank: int) -> TensorSlice:
        """All of a tensor."""
        return cls((0,) * rank, (WHOLE_AXIS,) * rank)

    @classmethod
    def of_text(cls, text: str) -> TensorSlice:
        """The slice that a text such as ``0,2:-`` describes.

        Raises:
          InvalidArgumentError: it describes none.
        """
        starts, lengths = [], []
        for part in text.split(":"):
            if part == "-":
                starts.append(0)
                lengths.append(WHOLE_AXIS)
                continue
            pair = re.fullmatch(r"(\d{1,18}),(\d{1,18})", part)
            if pair is None:
                raise errors.InvalidArgumentError.of(
                    f"Expected a pair of numbers or '-' but got '{part}': string = {text}"
                )
            if int(pair[2]) == 0:
                raise errors.InvalidArgumentError.of(
                    f"Expected non-negative start and positive length but got start = "
                    f"{int(pair[1])}, length = 0: string = {text}"
                )
            starts.append(int(pair[1]))
            lengths.append(int(pair[2]))
        return cls(tuple(starts), tuple(lengths))

    @classmethod
    def of_proto(cls, message: Any) -> TensorSlice:
        """The slice that a TensorSliceProto describes."""
        extents = [
            (extent.start, extent.length) if extent.HasField("length") else (0, WHOLE_AXIS)
            for extent in message.extent
        ]
        return cls(tuple(s for s, _ in extents), tuple(n for _, n in extents))

    def as_proto(self) -> Any:
        """The TensorSliceProto."""
        message = protos.TensorSliceProto()
        for start, length in zip(self.starts, self.lengths, strict=True):
            extent = message.extent.add()
            if length != WHOLE_AXIS:
                extent.start, extent.length = start, length
        return message

    def __str__(self) -> str:
        return ":".join(
            "-" if length == WHOLE_AXIS else f"{start},{length}"
            for start, length in zip(self.starts, self.lengths, strict=True)
        )

    def bounds(self, shape: Sequence[int]) -> list[tuple[int, int]]:
        """Begin and end along each axis, of a tensor of this shape.

        Raises:
          InternalError: the slice is no part of such a tensor.
        """
        text = f"shape = [{','.join(map(str, shape))}], slice = {self}"
        if len(shape) != len(self.starts):
            raise errors.InternalError.of(f"Mismatching ranks: {text}")
        bounds = []
        for axis, (start, length, size) in enumerate(
            zip(self.starts, self.lengths, shape, strict=True)
        ):
            end = size if length == WHOLE_AXIS else start + length
            if not 0 <= start <= end <= size:
                raise errors.InternalError.of(f"Extent in dimension {axis} out of bounds: {text}")
            bounds.append((start, end))
        return bounds

    def is_whole(self, shape: Sequence[int]) -> bool:
        """Whether it is all of a tensor of this shape."""
        return self.bounds(shape) == [(0, size) for size in shape]


def shape_and_slice(spec: str) -> tuple[tuple[int, ...], TensorSlice, tuple[int, ...]]:
    """Takes apart how ops describe a part: ``4 3 1,2:-``.

    Returns:
      The shape of the whole, the slice, and the shape of the part.

    Raises:
      InvalidArgumentError: the text is no such description.
      InternalError: the slice is no part of a tensor of the shape.
    """
    words = spec.rstrip(" ").split(" ")
    if len(words) < 2:
        raise errors.InvalidArgumentError.of(
            f"Need least two elements in shape_and_slice specification: {spec}"
        )
    if not all(re.fullmatch(r"\d{1,18}", word) for word in words[:-1]):
        raise errors.InvalidArgumentError.of(f"Non numerical dimension in shape_and_slice: {spec}")
    shape = tuple(map(int, words[:-1]))
    part = TensorSlice.of_text(words[-1])
    return shape, part, tuple(end - start for start, end in part.bounds(shape))


# ---- Parts of parts ----

Bounds = list[tuple[int, int]]


def slices_within(
    wanted: Bounds, stored: Sequence[TensorSlice], shape: Sequence[int]
) -> list[tuple[TensorSlice, Bounds]] | None:
    """Which slices a part of a tensor consists of.

    Args:
      wanted: begin and end of the part along each axis.
      stored: the slices that there are.
      shape: the shape of the tensor.

    Returns:
      The slices that have elements of the part, and where those lie in the tensor. None where some
      elements are in no slice, or in several.

    Raises:
      InternalError: a slice is no part of such a tensor.
    """
    pieces = []
    for part in stored:
        common = _overlap(wanted, part.bounds(shape))
        if common is not None:
            pieces.append((part, common))
    dims = [end - start for start, end in wanted]
    counted = sum(math.prod(end - start for start, end in common) for _, common in pieces)
    if counted != math.prod(dims) or _any_meet([common for _, common in pieces]):
        return None
    return pieces


def _overlap(a: Bounds, b: Bounds) -> Bounds | None:
    common = [(max(p[0], q[0]), min(p[1], q[1])) for p, q in zip(a, b, strict=True)]
    return common if all(start < end for start, end in common) else None


# Parts that are compared each with each.
_MOST_PAIRED = 1000


def _any_meet(parts: list[Bounds]) -> bool:
    """Whether two parts have an element in common."""
    if len(parts) <= 1:
        return False
    axes = range(len(parts[0]))
    divided = [axis for axis in axes if any(part[axis] != parts[0][axis] for part in parts)]
    if len(divided) == 1:
        ordered = sorted(part[divided[0]] for part in parts)
        return any(a[1] > b[0] for a, b in itertools.pairwise(ordered))
    if not divided or len(parts) > _MOST_PAIRED:
        return True
    return any(_overlap(a, b) is not None for a, b in itertools.combinations(parts, 2))


def within(bounds: Bounds, origin: Sequence[int]) -> tuple[slice, ...]:
    """An index of what lies at `bounds`, counted from `origin`."""
    return tuple(slice(s - o, e - o) for (s, e), o in zip(bounds, origin, strict=True))


# ---- Keys ----


def slice_key(name: str, part: TensorSlice) -> bytes:
    """The key of a part, which sorts behind those of parts that begin before it."""
    escaped = name.encode().replace(b"\xff", b"\xff\0").replace(b"\0", b"\0\xff")
    key = _unsigned(0) + escaped + b"\0\1" + _unsigned(len(part.starts))
    for start, length in zip(part.starts, part.lengths, strict=True):
        key += _signed(start) + _signed(length)
    return key


def _unsigned(number: int) -> bytes:
    """The number of bytes, and these, the highest first."""
    count = (number.bit_length() + 7) // 8
    return bytes([count]) + number.to_bytes(count, "big")


def _signed(number: int) -> bytes:
    """So many bytes in two's complement, of which the highest bits say how many they are."""
    magnitude = ~number if number < 0 else number
    count = magnitude.bit_length() // 7 + 1
    pattern = number & (1 << 8 * count) - 1
    # As many of the highest bits as there are bytes are turned round.
    pattern ^= ((1 << count) - 1) << 7 * count
    return pattern.to_bytes(count, "big")
