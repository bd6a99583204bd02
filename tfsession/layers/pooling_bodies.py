"""What layers of `tf.layers` and of Keras that pool have in common."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, ClassVar

from tfsession.graph.build import build
from tfsession.graph.operation import Tensor
from tfsession.layers import arguments
from tfsession.layers.abstract import Layer
from tfsession.layers.input_spec import InputSpec
from tfsession.ops import array, pooling
from tfsession.ops.rearrange import transpose
from tfsession.shapes import TensorShape


class PoolingBody(Layer, abc.ABC):
    """What layers that pool have in common; a subclass says over how many axes, and by which op.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Raises:
      ValueError: an argument is not one of these.

    Source: TensorFlow 1.15 `tf.layers.MaxPooling2D` and its like.
    """

    rank: ClassVar[int]
    _CONFIG: ClassVar = ("pool_size", "strides", "padding", "data_format")

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(name=name, **kwargs)
        self.pool_size = arguments.sizes(pool_size, self.rank, "pool_size")
        self.strides = arguments.sizes(strides, self.rank, "strides")
        self.padding = arguments.padding(padding)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @staticmethod
    @abc.abstractmethod
    def _pool(*args: Any, **kwargs: Any) -> Tensor:
        """The function that pools."""

    @property
    def _first_axis(self) -> int:
        return 2 if self.data_format == "channels_first" else 1

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, windows..., channels], or channels first."""
        dims = TensorShape(input_shape).as_list()
        for axis in range(self.rank):
            dims[self._first_axis + axis] = arguments.output_size(
                dims[self._first_axis + axis],
                self.pool_size[axis],
                self.padding,
                self.strides[axis],
            )
        return TensorShape(dims)


class Pooling1DBody(PoolingBody):
    """Signals are pooled as images of width 1."""

    rank = 1

    def call(self, inputs: Any) -> Any:
        """Returns [batch, windows, channels], or channels first."""
        axis = self._first_axis + 1
        outputs = _pooled_channels_last(
            self._pool,
            build("ExpandDims", inputs, axis),
            [1, *self.pool_size, 1, 1],
            [1, *self.strides, 1, 1],
            self.padding,
            self.data_format,
        )
        return array.squeeze(outputs, [axis])


class Pooling2DBody(PoolingBody):
    rank = 2

    def call(self, inputs: Any) -> Any:
        """Returns [batch, windows, windows, channels], or channels first."""
        is_first = self.data_format == "channels_first"
        around = ([1, 1], []) if is_first else ([1], [1])
        return self._pool(
            inputs,
            [*around[0], *self.pool_size, *around[1]],
            [*around[0], *self.strides, *around[1]],
            self.padding.upper(),
            data_format=arguments.op_format(self.data_format, 4),
        )


class Pooling3DBody(PoolingBody):
    rank = 3

    def call(self, inputs: Any) -> Any:
        """Returns [batch, windows, windows, windows, channels], or channels first."""
        return _pooled_channels_last(
            self._pool,
            inputs,
            [1, *self.pool_size, 1],
            [1, *self.strides, 1],
            self.padding,
            self.data_format,
        )


class AveragePooling1DBody(Pooling1DBody):
    """The mean of each window of signals.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.AveragePooling1D`.
    """

    _pool = staticmethod(pooling.avg_pool)


class AveragePooling2DBody(Pooling2DBody):
    """The mean of each window of images.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.AveragePooling2D`.
    """

    _pool = staticmethod(pooling.avg_pool)


class AveragePooling3DBody(Pooling3DBody):
    """The mean of each window of volumes.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.AveragePooling3D`.
    """

    _pool = staticmethod(pooling.avg_pool3d)


class MaxPooling1DBody(Pooling1DBody):
    """The greatest of each window of signals.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.MaxPooling1D`.
    """

    _pool = staticmethod(pooling.max_pool)


class MaxPooling2DBody(Pooling2DBody):
    """The greatest of each window of images.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.MaxPooling2D`.
    """

    _pool = staticmethod(pooling.max_pool)


class MaxPooling3DBody(Pooling3DBody):
    """The greatest of each window of volumes.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.MaxPooling3D`.
    """

    _pool = staticmethod(pooling.max_pool3d)


def _pooled_channels_last(
    pool: Callable[..., Tensor],
    inputs: Tensor,
    window: list[int],
    strides: list[int],
    padding: str,
    data_format: str,
) -> Tensor:
    """Pools with the channels moved behind the other axes, which every device can do."""
    if data_format == "channels_last":
        return pool(inputs, window, strides, padding.upper())
    spatial = range(2, len(window))
    pooled = pool(transpose(inputs, [0, *spatial, 1]), window, strides, padding.upper())
    return transpose(pooled, [0, len(window) - 1, *range(1, len(window) - 1)])
