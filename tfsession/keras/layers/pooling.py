"""Layers that pool."""

from __future__ import annotations

from typing import Any, ClassVar

from tfsession.layers import arguments
from tfsession.layers.abstract import Layer
from tfsession.layers.input_spec import InputSpec
from tfsession.layers.pooling_bodies import (
    AveragePooling1DBody,
    AveragePooling2DBody,
    AveragePooling3DBody,
    MaxPooling1DBody,
    MaxPooling2DBody,
    MaxPooling3DBody,
    PoolingBody,
)
from tfsession.ops import array, math, reduction
from tfsession.shapes import TensorShape

__all__ = [
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
]


class _Pooling(PoolingBody):
    """What layers of Keras that pool take.

    Args:
      pool_size: the window.
      strides: steps between windows; those of the window's size when None.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first"; None for `image_data_format`.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.MaxPooling2D` and its like.
    """

    _CONFIG: ClassVar = ("pool_size", "padding", "strides", "data_format")

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        strides = pool_size if strides is None else strides
        super().__init__(pool_size, strides, padding, data_format, **kwargs)


class _Pooling1D(_Pooling):
    _CONFIG: ClassVar = ("strides", "pool_size", "padding", "data_format")

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, **kwargs)


class MaxPooling1D(_Pooling1D, MaxPooling1DBody):
    """The greatest of each window of signals.

    Source: TensorFlow 1.15 `tf.keras.layers.MaxPooling1D`.
    """


class AveragePooling1D(_Pooling1D, AveragePooling1DBody):
    """The mean of each window of signals.

    Source: TensorFlow 1.15 `tf.keras.layers.AveragePooling1D`.
    """


class MaxPooling2D(_Pooling, MaxPooling2DBody):
    """The greatest of each window of images.

    Source: TensorFlow 1.15 `tf.keras.layers.MaxPooling2D`.
    """


class AveragePooling2D(_Pooling, AveragePooling2DBody):
    """The mean of each window of images.

    Source: TensorFlow 1.15 `tf.keras.layers.AveragePooling2D`.
    """


class MaxPooling3D(_Pooling, MaxPooling3DBody):
    """The greatest of each window of volumes.

    Source: TensorFlow 1.15 `tf.keras.layers.MaxPooling3D`.
    """


class AveragePooling3D(_Pooling, AveragePooling3DBody):
    """The mean of each window of volumes.

    Source: TensorFlow 1.15 `tf.keras.layers.AveragePooling3D`.
    """


# ---- Global ----


class _GlobalPooling(Layer):
    """Pools over all positions.

    Args:
      data_format: "channels_last" or "channels_first".
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.GlobalMaxPooling2D` and its like.
    """

    rank: ClassVar[int]
    _CONFIG: ClassVar = ("data_format",)
    _reduce: ClassVar[Any]

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """Returns [batch, channels]."""
        first = 2 if self.data_format == "channels_first" else 1
        return type(self)._reduce(inputs, axis=list(range(first, first + self.rank)))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, channels]."""
        sizes = TensorShape(input_shape).as_list()
        return TensorShape([sizes[0], sizes[1 if self.data_format == "channels_first" else -1]])


class GlobalMaxPooling2D(_GlobalPooling):
    """The greatest of each channel of images.

    Source: TensorFlow 1.15 `tf.keras.layers.GlobalMaxPooling2D`.
    """

    rank = 2
    _reduce = reduction.reduce_max


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel of images.

    Source: TensorFlow 1.15 `tf.keras.layers.GlobalAveragePooling2D`.
    """

    rank = 2
    _reduce = reduction.reduce_mean


class GlobalMaxPooling3D(_GlobalPooling):
    """The greatest of each channel of volumes.

    Source: TensorFlow 1.15 `tf.keras.layers.GlobalMaxPooling3D`.
    """

    rank = 3
    _reduce = reduction.reduce_max


class GlobalAveragePooling3D(_GlobalPooling):
    """The mean of each channel of volumes.

    Source: TensorFlow 1.15 `tf.keras.layers.GlobalAveragePooling3D`.
    """

    rank = 3
    _reduce = reduction.reduce_mean


class _GlobalPooling1D(_GlobalPooling):
    rank = 1

    def __init__(self, data_format: str | None = "channels_last", **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)

    @property
    def _steps_axis(self) -> int:
        return 1 if self.data_format == "channels_last" else 2


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The greatest of each channel of signals.

    Source: TensorFlow 1.15 `tf.keras.layers.GlobalMaxPooling1D`.
    """

    def call(self, inputs: Any) -> Any:
        """Returns [batch, channels]."""
        return reduction.reduce_max(inputs, axis=self._steps_axis)


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean of each channel of signals, over the steps that are not masked.

    Source: TensorFlow 1.15 `tf.keras.layers.GlobalAveragePooling1D`.
    """

    supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Returns [batch, channels]."""
        axis = self._steps_axis
        if mask is None:
            return reduction.reduce_mean(inputs, axis=axis)
        mask = math.cast(mask, inputs.dtype.base_dtype)
        mask = array.expand_dims(mask, 2 if self.data_format == "channels_last" else 1)
        inputs = inputs * mask
        return reduction.reduce_sum(inputs, axis=axis) / reduction.reduce_sum(mask, axis=axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: there are no steps any more."""
        return None
