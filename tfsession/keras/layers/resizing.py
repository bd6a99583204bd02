"""Layers that pad, crop and enlarge."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

from tfsession.keras.backend import arrangement
from tfsession.layers import arguments
from tfsession.layers.abstract import Layer
from tfsession.layers.input_spec import InputSpec
from tfsession.shapes import TensorShape

__all__ = [
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
]

Pairs = tuple[tuple[int, int], ...]


def _pairs(value: Any, rank: int, name: str) -> Pairs:
    """What is said of both ends of each axis: one number, one for each axis, or two.

    Raises:
      ValueError: there are more or fewer.
    """
    if isinstance(value, int):
        return ((value, value),) * rank
    if len(value) != rank:
        words = {2: "two", 3: "three"}[rank]
        raise ValueError(f"`{name}` should have {words} elements. Found: {value}")
    pairs = [
        arguments.sizes(entry, 2, f"{_ordinal(number)} entry of {name}")
        for number, entry in enumerate(value, start=1)
    ]
    return tuple((first, last) for first, last in pairs)


def _ordinal(number: int) -> str:
    return {1: "1st", 2: "2nd", 3: "3rd"}[number]


def _added(size: int | None, more: int) -> int | None:
    return None if size is None else size + more


class _Spatial(Layer, abc.ABC):
    """A layer that changes the sizes of spatial axes."""

    rank: ClassVar[int]

    def __init__(self, data_format: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _first_axis(self) -> int:
        return 2 if self.data_format == "channels_first" else 1

    @abc.abstractmethod
    def _changed(self, axis: int, size: int | None) -> int | None:
        """The size of an axis, of which the input has `size`."""

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the input, with other spatial sizes."""
        sizes = TensorShape(input_shape).as_list()
        for axis in range(self.rank):
            place = self._first_axis + axis
            sizes[place] = self._changed(axis, sizes[place])
        return TensorShape(sizes)


# ---- Padding ----


class ZeroPadding1D(_Spatial):
    """Zeros before and behind signals.

    Args:
      padding: how many at both ends, or a pair.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.ZeroPadding1D`.
    """

    rank = 1
    _CONFIG: ClassVar = ("padding",)

    def __init__(self, padding: Any = 1, **kwargs: Any) -> None:
        super().__init__("channels_last", **kwargs)
        self.padding = arguments.sizes(padding, 2, "padding")

    def call(self, inputs: Any) -> Any:
        """Returns [batch, longer, channels]."""
        return arrangement.temporal_padding(inputs, padding=self.padding)

    def _changed(self, axis: int, size: int | None) -> int | None:
        return _added(size, sum(self.padding))


class ZeroPadding2D(_Spatial):
    """Zeros around images.

    Args:
      padding: how many at all ends, or a number or a pair for each axis.
      data_format: "channels_last" or "channels_first".
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.ZeroPadding2D`.
    """

    rank = 2
    _CONFIG: ClassVar = ("padding", "data_format")

    def __init__(self, padding: Any = (1, 1), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self.padding = _pairs(padding, self.rank, "padding")

    def call(self, inputs: Any) -> Any:
        """Returns larger images, or volumes."""
        return arrangement.spatial_2d_padding(inputs, self.padding, self.data_format)

    def _changed(self, axis: int, size: int | None) -> int | None:
        return _added(size, sum(self.padding[axis]))


class ZeroPadding3D(ZeroPadding2D):
    """Zeros around volumes.

    Source: TensorFlow 1.15 `tf.keras.layers.ZeroPadding3D`.
    """

    rank = 3

    def __init__(self, padding: Any = (1, 1, 1), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)


# ---- Cropping ----


class Cropping2D(_Spatial):
    """Images without their edges.

    Args:
      cropping: how much at all ends, or a number or a pair for each axis.
      data_format: "channels_last" or "channels_first".
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Cropping2D`.
    """

    rank = 2
    _CONFIG: ClassVar = ("cropping", "data_format")

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.cropping = _pairs(cropping, self.rank, "cropping")

    def call(self, inputs: Any) -> Any:
        """Returns smaller images, or volumes."""
        kept = tuple(slice(first, -last if last else None) for first, last in self.cropping)
        before = (slice(None),) * self._first_axis
        return inputs[(*before, *kept)]

    def _changed(self, axis: int, size: int | None) -> int | None:
        return _added(size, -sum(self.cropping[axis]))


class Cropping3D(Cropping2D):
    """Volumes without their edges.

    Source: TensorFlow 1.15 `tf.keras.layers.Cropping3D`.
    """

    rank = 3

    def __init__(
        self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)


class Cropping1D(_Spatial):
    """Signals without their ends.

    Args:
      cropping: how much at both ends, or a pair.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Cropping1D`.
    """

    rank = 1
    _CONFIG: ClassVar = ("cropping",)

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__("channels_last", **kwargs)
        self.cropping = arguments.sizes(cropping, 2, "cropping")

    def call(self, inputs: Any) -> Any:
        """Returns [batch, shorter, channels]."""
        first, last = self.cropping
        return inputs[:, first : -last if last else None, :]

    def _changed(self, axis: int, size: int | None) -> int | None:
        return _added(size, -sum(self.cropping))


# ---- Enlarging ----


class UpSampling1D(_Spatial):
    """Signals, each step several times.

    Args:
      size: how often.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.UpSampling1D`.
    """

    rank = 1
    _CONFIG: ClassVar = ("size",)

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__("channels_last", **kwargs)
        self.size = int(size)

    def call(self, inputs: Any) -> Any:
        """Returns [batch, size * steps, channels]."""
        return arrangement.repeat_elements(inputs, self.size, axis=1)

    def _changed(self, axis: int, size: int | None) -> int | None:
        return None if size is None else size * self.size


class UpSampling2D(_Spatial):
    """Images, larger by whole factors.

    Args:
      size: the factor, or one for each axis.
      data_format: "channels_last" or "channels_first".
      interpolation: "nearest" or "bilinear".
      **kwargs: what `Layer` takes.

    Raises:
      ValueError: the interpolation is neither.

    Source: TensorFlow 1.15 `tf.keras.layers.UpSampling2D`.
    """

    rank = 2
    _CONFIG: ClassVar[tuple[str, ...]] = ("size", "data_format", "interpolation")

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: Any = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.size = arguments.sizes(size, self.rank, "size")
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                '`interpolation` argument should be one of `"nearest"` or `"bilinear"`.'
            )
        self.interpolation = interpolation

    def call(self, inputs: Any) -> Any:
        """Returns larger images."""
        return arrangement.resize_images(
            inputs,
            self.size[0],
            self.size[1],
            self.data_format,
            interpolation=self.interpolation,
        )

    def _changed(self, axis: int, size: int | None) -> int | None:
        return None if size is None else size * self.size[axis]


class UpSampling3D(_Spatial):
    """Volumes, larger by whole factors.

    Args:
      size: the factor, or one for each axis.
      data_format: "channels_last" or "channels_first".
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.UpSampling3D`.
    """

    rank = 3
    _CONFIG: ClassVar = ("size", "data_format")

    def __init__(self, size: Any = (2, 2, 2), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self.size = arguments.sizes(size, self.rank, "size")

    def call(self, inputs: Any) -> Any:
        """Returns larger volumes."""
        depth, height, width = self.size
        return arrangement.resize_volumes(inputs, depth, height, width, self.data_format)

    def _changed(self, axis: int, size: int | None) -> int | None:
        return None if size is None else size * self.size[axis]
