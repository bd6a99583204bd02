"""Where windows lie on images, and overlapping views of what they see."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tfsession.errors import InvalidArgumentError

Array = Any


@dataclass(frozen=True)
class Geometry:
    """How windows lie on the spatial axes, one number an axis.

    Attributes:
      sizes: of the input.
      window: sizes of the filter or pooling window.
      strides: steps between windows.
      dilations: steps between the taps of a window.
      before: zeros before the input; those after follow from the rest.
      outs: numbers of windows.
    """

    sizes: tuple[int, ...]
    window: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    outs: tuple[int, ...]

    @property
    def spans(self) -> tuple[int, ...]:
        """Sizes of the padded input that windows reach."""
        axes = zip(self.outs, self.strides, self.window, self.dilations, strict=True)
        return tuple((out - 1) * step + (taps - 1) * gap + 1 for out, step, taps, gap in axes)

    @property
    def is_padded(self) -> bool:
        """Whether a window reaches beyond the input."""
        axes = zip(self.before, self.spans, self.sizes, strict=True)
        return any(before or span > size for before, span, size in axes)

    def rows(self, first: int, last: int) -> Geometry:
        """The windows of some rows only: `first` up to `last` along the first axis."""
        before = self.before[0] - first * self.strides[0]
        return replace(self, before=(before, *self.before[1:]), outs=(last - first, *self.outs[1:]))

    def taps(self, axis: int) -> Iterator[tuple[slice, slice]]:
        """For each tap of an axis, the windows in which it meets the input, and where it does."""
        size, out, step = self.sizes[axis], self.outs[axis], self.strides[axis]
        for tap in range(self.window[axis]):
            offset = tap * self.dilations[axis] - self.before[axis]
            first = max(0, -(offset // step)) if offset < 0 else 0
            last = min(out, (size - 1 - offset) // step + 1)
            if last <= first:
                yield slice(0, 0), slice(0, 0)
                continue
            start = first * step + offset
            yield slice(first, last), slice(start, start + (last - first - 1) * step + 1, step)


def windows_inside(size: int, reach: int, step: int, padding: int = 0) -> int:
    """How many windows of `reach` elements lie on an axis of `size`, and `padding` zeros.

    Raises:
      InvalidArgumentError: the window is longer than that by more than a step.
    """
    room = size + padding - reach + step
    # Rounded towards zero, as in C: a window that misses the axis by less than a step is none.
    count = room // step if room >= 0 else -(-room // step)
    if count < 0:
        raise InvalidArgumentError.of(
            f"Computed output size would be negative: {count} [input_size: {size}, "
            f"effective_filter_size: {reach}, stride: {step}]",
        )
    return count


def make_geometry(
    sizes: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: bytes,
    explicit: Sequence[tuple[int, int]] = (),
) -> Geometry:
    """Lays windows on an input.

    Args:
      sizes: of the spatial axes of the input.
      window: of the filter or pooling window.
      strides: steps between windows.
      dilations: steps between taps.
      padding: b"SAME", b"VALID" or b"EXPLICIT".
      explicit: zeros before and after each axis, for b"EXPLICIT".

    Raises:
      InvalidArgumentError: the window does not fit the input.
    """
    befores, outs = [], []
    for axis, (size, taps, step, gap) in enumerate(
        zip(sizes, window, strides, dilations, strict=True)
    ):
        reach = (taps - 1) * gap + 1
        if padding == b"SAME":
            out = -(-size // step)
            before = max(0, (out - 1) * step + reach - size) // 2
        else:
            before, after = explicit[axis] if padding == b"EXPLICIT" else (0, 0)
            out = windows_inside(size, reach, step, before + after)
        befores.append(before)
        outs.append(out)
    return Geometry(
        tuple(sizes), tuple(window), tuple(strides), tuple(dilations), tuple(befores), tuple(outs)
    )


class Patches:
    """Overlapping views of the padded input, for tiles of images.

    The view has the axes [tile, *outs, *window, channels]. Where padding is needed, the images of a
    tile are copied into the middle of a buffer of zeros first.
    """

    def __init__(self, xp: Any, x: Array, geometry: Geometry, tile: int) -> None:
        self._x = x
        self._inside: tuple[slice, ...] | None = None
        source = x
        if geometry.is_padded:
            spans = geometry.spans
            source = xp.zeros((tile, *spans, x.shape[-1]), x.dtype)
            axes = list(zip(geometry.before, spans, geometry.sizes, strict=True))
            self._inside = tuple(slice(b, min(span, b + size)) for b, span, size in axes)
            self._used = tuple(slice(0, max(0, min(size, span - b))) for b, span, size in axes)
        self._source = source
        space = source.strides[1:-1]
        self._view = xp.lib.stride_tricks.as_strided(
            source,
            (len(source), *geometry.outs, *geometry.window, x.shape[-1]),
            (
                source.strides[0],
                *(s * step for s, step in zip(space, geometry.strides, strict=True)),
                *(s * gap for s, gap in zip(space, geometry.dilations, strict=True)),
                source.strides[-1],
            ),
        )

    def of(self, first: int, last: int) -> Array:
        """The patches of images `first` to `last`, valid until the next call."""
        if self._inside is None:
            return self._view[first:last]
        count = last - first
        self._source[(slice(0, count), *self._inside)] = self._x[(slice(first, last), *self._used)]
        return self._view[:count]


def cut_into_tiles(
    images: int, rows: int, bytes_of_row: int, limit: int
) -> tuple[int, list[tuple[int, int, int, int]]]:
    """Cuts a batch into tiles of whole images, or of rows where an image is too large.

    Returns:
      The most images of a tile, and the tiles: first and last image, first and last row.
    """
    tile = max(1, min(images, limit // max(1, rows * bytes_of_row)))
    block = rows if tile > 1 else max(1, min(rows, limit // max(1, bytes_of_row)))
    return tile, [
        (first, min(first + tile, images), row, min(row + block, rows))
        for first in range(0, images, tile)
        for row in range(0, rows, block)
    ]


# Some images, some rows of their windows, and the geometry of these rows.
Block = tuple[slice, slice, Geometry]


def cut_into_blocks(
    images: int, geometry: Geometry, bytes_of_row: int, limit: int
) -> list[list[Block]]:
    """Cuts the windows of a batch into blocks; those of one list have their images in common."""
    if not images or not geometry.outs[0]:
        return []
    _, tiles = cut_into_tiles(images, geometry.outs[0], bytes_of_row, limit)
    return [
        [
            (slice(first, last), slice(row, end), geometry.rows(row, end))
            for first, last, row, end in group
        ]
        for _, group in itertools.groupby(tiles, lambda tile: tile[:2])
    ]
