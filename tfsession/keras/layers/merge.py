"""Layers that make one tensor of several."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

from tfsession.keras.backend import arithmetic, arrangement
from tfsession.layers.abstract import Layer
from tfsession.ops import array, math, nn
from tfsession.shapes import TensorShape

__all__ = [
    "Add",
    "Average",
    "Concatenate",
    "Dot",
    "Maximum",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]


class _Merge(Layer, abc.ABC):
    """Tensors of shapes that broadcast, put together element by element."""

    supports_masking = True

    @abc.abstractmethod
    def _merged(self, inputs: list[Any]) -> Any:
        """What is made of the inputs."""

    def build(self, input_shape: Any) -> None:
        """Checks the shapes.

        Raises:
          ValueError: there are fewer than two, or they do not fit.
        """
        shapes = self._checked(input_shape)
        output = None if shapes[0] is None else shapes[0][1:]
        for shape in shapes[1:]:
            output = self._broadcast(output, None if shape is None else shape[1:])
        self._aligns = None in shapes or len({len(shape) for shape in shapes}) != 1
        self.built = True

    def _checked(self, input_shape: Any) -> list[Any]:
        if not isinstance(input_shape, list):
            raise ValueError("A merge layer should be called on a list of inputs.")
        if len(input_shape) < 2:
            raise ValueError(
                "A merge layer should be called on a list of at least 2 inputs. Got "
                f"{len(input_shape)} inputs."
            )
        shapes = [
            None if s.ndims is None else tuple(s.as_list()) for s in map(TensorShape, input_shape)
        ]
        batches = {s[0] for s in shapes if s is not None} - {None}
        if len(batches) > 1:
            raise ValueError(
                "Can not merge tensors with different batch sizes. Got tensors with shapes : "
                + str(shapes)
            )
        return shapes

    def _broadcast(self, first: Any, second: Any) -> Any:
        """The shape of an operation on elements of two, without the batch."""
        if first is None or second is None:
            return None
        if len(first) < len(second):
            first, second = second, first
        if not second:
            return first
        output = list(first[: -len(second)])
        for i, j in zip(first[-len(second) :], second, strict=True):
            if i is None or j is None:
                output.append(None)
            elif i == 1:
                output.append(j)
            elif j == 1 or i == j:
                output.append(i)
            else:
                raise ValueError(
                    f"Operands could not be broadcast together with shapes {first} {second}"
                )
        return tuple(output)

    def call(self, inputs: Any) -> Any:
        """Returns one tensor.

        Raises:
          ValueError: the inputs are no list.
        """
        if not isinstance(inputs, list):
            raise ValueError("A merge layer should be called on a list of inputs.")
        if not self._aligns:
            return self._merged(inputs)
        return self._merged(self._aligned(inputs))

    @staticmethod
    def _aligned(inputs: list[Any]) -> list[Any]:
        """The inputs with axes of size 1 behind the batch, so that all have the same rank."""
        rank = max(len(x.shape) for x in inputs)
        aligned = []
        for x in inputs:
            for _ in range(rank - len(x.shape)):
                x = array.expand_dims(x, axis=1)
            aligned.append(x)
        return aligned

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape to which the inputs broadcast."""
        shapes = [tuple(TensorShape(shape).as_list()) for shape in input_shape]
        output = shapes[0][1:]
        for shape in shapes[1:]:
            output = self._broadcast(output, shape[1:])
        batches = {shape[0] for shape in shapes} - {None}
        batch = batches.pop() if len(batches) == 1 else None
        return TensorShape([batch, *output])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where all masks are true.

        Raises:
          ValueError: there are more or fewer masks than inputs.
        """
        if mask is None:
            return None
        if not isinstance(mask, list):
            raise ValueError("`mask` should be a list.")
        if not isinstance(inputs, list):
            raise ValueError("`inputs` should be a list.")
        if len(mask) != len(inputs):
            raise ValueError("The lists `inputs` and `mask` should have the same length.")
        masks = [array.expand_dims(m, axis=0) for m in mask if m is not None]
        if not masks:
            return None
        return arithmetic.all(arrangement.concatenate(masks, axis=0), axis=0, keepdims=False)


class Add(_Merge):
    """The sum.

    Source: TensorFlow 1.15 `tf.keras.layers.Add`.
    """

    def _merged(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output += x
        return output


class Subtract(_Merge):
    """The first without the second.

    Source: TensorFlow 1.15 `tf.keras.layers.Subtract`.
    """

    def build(self, input_shape: Any) -> None:
        """Checks the shapes.

        Raises:
          ValueError: there are not two.
        """
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")

    def _merged(self, inputs: list[Any]) -> Any:
        if len(inputs) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")
        return inputs[0] - inputs[1]


class Multiply(_Merge):
    """The product of elements.

    Source: TensorFlow 1.15 `tf.keras.layers.Multiply`.
    """

    def _merged(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = output * x
        return output


class Average(_Merge):
    """The mean.

    Source: TensorFlow 1.15 `tf.keras.layers.Average`.
    """

    def _merged(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output += x
        return output / len(inputs)


class Maximum(_Merge):
    """The greatest of each element.

    Source: TensorFlow 1.15 `tf.keras.layers.Maximum`.
    """

    def _merged(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = math.maximum(output, x)
        return output


class Minimum(_Merge):
    """The smallest of each element.

    Source: TensorFlow 1.15 `tf.keras.layers.Minimum`.
    """

    def _merged(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = math.minimum(output, x)
        return output


class Concatenate(_Merge):
    """Joins along an axis.

    Args:
      axis: the axis.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Concatenate`.
    """

    _CONFIG: ClassVar = ("axis",)

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self._aligns = False

    def build(self, input_shape: Any) -> None:
        """Checks the shapes.

        Raises:
          ValueError: they differ in other axes.
        """
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ValueError(
                "A `Concatenate` layer should be called on a list of at least 2 inputs"
            )
        shapes = [TensorShape(shape) for shape in input_shape]
        if any(shape.ndims is None for shape in shapes):
            return
        rests = []
        for shape in shapes:
            sizes = shape.as_list()
            del sizes[self.axis]
            rests.append(tuple(sizes))
        if len(set(rests)) > 1:
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the concat "
                f"axis. Got inputs shapes: {[tuple(s.as_list()) for s in shapes]}"
            )

    def _merged(self, inputs: list[Any]) -> Any:
        return arrangement.concatenate(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The sizes along the axis, added up.

        Raises:
          ValueError: the shapes are no list.
        """
        if not isinstance(input_shape, list):
            raise ValueError("A `Concatenate` layer should be called on a list of inputs.")
        shapes: list[list[Any]] = [TensorShape(shape).as_list() for shape in input_shape]
        output = list(shapes[0])
        for sizes in shapes[1:]:
            known = output[self.axis] is not None and sizes[self.axis] is not None
            output[self.axis] = output[self.axis] + sizes[self.axis] if known else None
        return TensorShape(output)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks, joined along the same axis."""
        if mask is None or all(m is None for m in mask):
            return None
        masks = []
        for x, m in zip(inputs, mask, strict=True):
            if m is None:
                masks.append(array.ones_like(x, dtype="bool"))
            elif len(m.shape) < len(x.shape):
                masks.append(array.expand_dims(m, axis=-1))
            else:
                masks.append(m)
        joined = array.concat(masks, axis=self.axis)
        return arithmetic.all(joined, axis=-1, keepdims=False)


class Dot(_Merge):
    """Products of the elements of two batches, along axes.

    Args:
      axes: the axis of each, or one for both.
      normalize: whether both are scaled to norm 1 along their axis: the cosine.
      **kwargs: what `Layer` takes.

    Raises:
      TypeError: the axes are no ints.
      ValueError: there are not two.

    Source: TensorFlow 1.15 `tf.keras.layers.Dot`.
    """

    _CONFIG: ClassVar = ("axes", "normalize")

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, (list, tuple)):
                raise TypeError(
                    f"Invalid type for `axes` - should be a list or an int. Received: {axes}"
                )
            if len(axes) != 2:
                raise ValueError(
                    f"Invalid format for `axes` - should contain two elements. Received: {axes}"
                )
        self.axes = axes
        self.normalize = normalize
        self._aligns = False

    def _pair(self, shapes: list[list[Any]]) -> list[int]:
        axes = [self.axes] * 2 if isinstance(self.axes, int) else list(self.axes)
        return [a % len(s) if a < 0 else a for a, s in zip(axes, shapes, strict=True)]

    def build(self, input_shape: Any) -> None:
        """Checks the shapes.

        Raises:
          ValueError: there are not two, or the axes have other sizes.
        """
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        shapes = [TensorShape(shape).as_list() for shape in input_shape]
        axes = self._pair(shapes)
        if shapes[0][axes[0]] != shapes[1][axes[1]]:
            raise ValueError(
                f"Dimension incompatibility {shapes[0][axes[0]]} != {shapes[1][axes[1]]}. Layer "
                f"shapes: {tuple(shapes[0])}, {tuple(shapes[1])}"
            )
        self.built = True

    def _merged(self, inputs: list[Any]) -> Any:
        if len(inputs) != 2:
            raise ValueError("A `Dot` layer should be called on exactly 2 inputs")
        axes = self._pair([x.shape.as_list() for x in inputs])
        if self.normalize:
            inputs = [nn.l2_normalize(x, axis=a) for x, a in zip(inputs, axes, strict=True)]
        return arithmetic.batch_dot(inputs[0], inputs[1], axes)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, rest..., rest...], of rank 2 at least."""
        shapes = [TensorShape(shape).as_list() for shape in input_shape]
        axes = self._pair(shapes)
        first, second = shapes[0], shapes[1]
        first.pop(axes[0])
        second.pop(axes[1])
        output = first + second[1:]
        return TensorShape([*output, 1] if len(output) == 1 else output)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None."""
        return None


def add(inputs: Any, **kwargs: Any) -> Any:
    """The sum of tensors; `kwargs` are those of the layer."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """The first of two tensors without the second."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """The product of the elements of tensors."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """The mean of tensors."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """The greatest of each element of tensors."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """The smallest of each element of tensors."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Tensors, joined along an axis."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """Products of the elements of two batches, along axes."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
