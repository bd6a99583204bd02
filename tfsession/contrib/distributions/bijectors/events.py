"""Bijectors of whole events: their order, their shape, their parts."""

from __future__ import annotations

import math as python_math
from typing import Any

from tfsession import layers
from tfsession.contrib.distributions.bijector import Bijector
from tfsession.dtypes import int32
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, math, reduction
from tfsession.ops.activation import relu
from tfsession.ops.indexing import gather
from tfsession.ops.rearrange import invert_permutation
from tfsession.ops.softmax import log_softmax, softmax
from tfsession.shapes import TensorShape
from tfsession.variables.template import make_template

__all__ = [
    "Permute",
    "RealNVP",
    "Reshape",
    "SoftmaxCentered",
    "real_nvp_default_template",
]


class Permute(Bijector):
    """The elements of vectors in another order.

    Args:
      permutation: [n]; int32, the number of the element that comes to each place.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Raises:
      TypeError: `permutation` holds no integers.
      ValueError: it is no permutation.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Permute`.
    """

    def __init__(
        self, permutation: TensorLike, validate_args: bool = False, name: str | None = None
    ) -> None:
        with name_scope(name, "permute", values=[permutation]):
            self._permutation = convert_to_tensor(permutation, name="permutation")
            if not self._permutation.dtype.is_integer:
                raise TypeError(
                    f"permutation.dtype ({self._permutation.dtype.name}) should be `int`-like."
                )
            known = constant_value(self._permutation)
            if known is not None and sorted(known.tolist()) != list(range(known.size)):
                raise ValueError(
                    "Permutation over `d` must contain exactly one of each of `{0, 1, ..., d}`."
                )
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name or "permute",
        )

    @property
    def permutation(self) -> Any:
        """[n]; the number of the element that comes to each place."""
        return self._permutation

    def _forward(self, x: Any) -> Any:
        return gather(x, self.permutation, axis=-1)

    def _inverse(self, y: Any) -> Any:
        return gather(y, invert_permutation(self.permutation), axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return convert_to_tensor(0.0, dtype=x.dtype.base_dtype)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return convert_to_tensor(0.0, dtype=y.dtype)


class Reshape(Bijector):
    """Events in another shape.

    Args:
      event_shape_out: [rank]; int32, the shape of what `forward` makes; -1 for what is left.
      event_shape_in: [rank]; int32, that of what it takes.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Raises:
      ValueError: a rank is not known, or the sizes do not fit.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Reshape`.
    """

    def __init__(
        self,
        event_shape_out: TensorLike,
        event_shape_in: TensorLike = (-1,),
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        with name_scope(name, "reshape", values=[event_shape_out, event_shape_in]):
            self._out = convert_to_tensor(
                event_shape_out, name="event_shape_out", preferred_dtype=int32
            )
            self._in = convert_to_tensor(
                event_shape_in, name="event_shape_in", preferred_dtype=int32
            )
        ranks = [shape.shape.as_list()[0] for shape in (self._in, self._out)]
        if None in ranks:
            raise ValueError("forward and inverse event_ndims must be statically known.")
        super().__init__(
            forward_min_event_ndims=ranks[0],
            inverse_min_event_ndims=ranks[1],
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name or "reshape",
        )

    def _reshaped(self, x: Any, own: Any, other: Any) -> Any:
        rank = array.rank(x) if x.shape.ndims is None else x.shape.ndims
        batch = array.shape(x)[: rank - own.shape.as_list()[0]]
        y = array.reshape(x, array.concat([batch, other], 0))
        if x.shape.ndims is not None:
            count = x.shape.ndims - own.shape.as_list()[0]
            y.set_shape(
                TensorShape(x.shape[:count]).concatenate(self._static(other, x.shape[count:]))
            )
        return y

    def _static(self, shape: Any, events: TensorShape) -> TensorShape:
        known = constant_value(shape)
        if known is None:
            return TensorShape([None] * shape.shape.as_list()[0])
        sizes = [None if size < 0 else int(size) for size in known]
        if None in sizes and events.is_fully_defined():
            rest = python_math.prod(size for size in sizes if size is not None)
            left = (events.num_elements() or 0) // rest
            sizes = [left if size is None else size for size in sizes]
        return TensorShape(sizes)

    def _forward(self, x: Any) -> Any:
        return self._reshaped(x, self._in, self._out)

    def _inverse(self, y: Any) -> Any:
        return self._reshaped(y, self._out, self._in)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return convert_to_tensor(0.0, dtype=x.dtype)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return convert_to_tensor(0.0, dtype=y.dtype)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        count = len(input_shape) - self.forward_min_event_ndims
        events = self._static(self._out, input_shape[count:])
        return TensorShape(input_shape[:count]).concatenate(events)

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        count = len(output_shape) - self.inverse_min_event_ndims
        events = self._static(self._in, output_shape[count:])
        return TensorShape(output_shape[:count]).concatenate(events)

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return array.concat([input_shape[: -self.forward_min_event_ndims], self._out], 0)

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return array.concat([output_shape[: -self.inverse_min_event_ndims], self._in], 0)


class SoftmaxCentered(Bijector):
    """The softmax of vectors with a zero put behind them.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.SoftmaxCentered`.
    """

    def __init__(self, validate_args: bool = False, name: str = "softmax_centered") -> None:
        super().__init__(forward_min_event_ndims=1, validate_args=validate_args, name=name)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return TensorShape([input_shape[-1] + 1])

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return TensorShape([output_shape[-1] - 1])

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return input_shape[-1:] + 1

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return output_shape[-1:] - 1

    def _forward(self, x: Any) -> Any:
        zeros = array.zeros_like(x[..., :1])
        return softmax(array.concat([x, zeros], axis=-1))

    def _inverse(self, y: Any) -> Any:
        logs = math.log(y)
        return logs[..., :-1] - logs[..., -1:]

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -reduction.reduce_sum(math.log(y), axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        logs = log_softmax(array.concat([x, array.zeros_like(x[..., :1])], axis=-1))
        return reduction.reduce_sum(logs, axis=-1)


class RealNVP(Bijector):
    """Vectors of which one half is moved and stretched as the other says.

    Args:
      num_masked: how many elements stay as they are, the first ones.
      shift_and_log_scale_fn: a function of these, and of how many others there are, to the shift
        and the logarithm of the scale of the others; either may be None.
      is_constant_jacobian, validate_args, name: as of `Bijector`.

    Raises:
      ValueError: `num_masked` is not above zero, or there are fewer elements.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.RealNVP`; Dinh et al., 2016,
      arXiv:1605.08803.
    """

    def __init__(
        self,
        num_masked: int,
        shift_and_log_scale_fn: Any,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        if num_masked <= 0:
            raise ValueError("num_masked must be a positive integer.")
        self._num_masked = num_masked
        self._function = shift_and_log_scale_fn
        self._depth: int | None = None
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name or "real_nvp",
        )

    def _parts(self, x: Any) -> tuple[Any, Any, Any, Any]:
        """What stays, what changes, its shift and the logarithm of its scale."""
        if self._depth is None:
            self._depth = None if x.shape.ndims is None else x.shape.as_list()[-1]
            if self._depth is None:
                raise NotImplementedError(
                    "Rightmost dimension must be known prior to graph execution."
                )
            if self._num_masked >= self._depth:
                raise ValueError("Number of masked units must be smaller than the event size.")
        masked, others = x[..., : self._num_masked], x[..., self._num_masked :]
        return masked, others, *self._function(masked, self._depth - self._num_masked)

    def _forward(self, x: Any) -> Any:
        masked, others, shift, log_scale = self._parts(x)
        y = others if log_scale is None else others * math.exp(log_scale)
        y = y if shift is None else y + shift
        return array.concat([masked, y], axis=-1)

    def _inverse(self, y: Any) -> Any:
        masked, others, shift, log_scale = self._parts(y)
        x = others if shift is None else others - shift
        x = x if log_scale is None else x * math.exp(-log_scale)
        return array.concat([masked, x], axis=-1)

    def _log_scale_sum(self, x: Any) -> Any:
        _, _, _, log_scale = self._parts(x)
        if log_scale is None:
            return convert_to_tensor(0.0, dtype=x.dtype, name="ildj")
        return reduction.reduce_sum(log_scale, axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return self._log_scale_sum(x)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -self._log_scale_sum(y)


def real_nvp_default_template(
    hidden_layers: Any,
    shift_only: bool = False,
    activation: Any = relu,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """A function of shift and scale for `RealNVP`: a network of dense layers.

    Args:
      hidden_layers: the number of units of each hidden layer.
      shift_only: whether there is no scale.
      activation: that of hidden layers.
      name: a name for the operations.
      args, kwargs: further arguments of `tf.layers.dense`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.real_nvp_default_template`.
    """
    with name_scope(name, "real_nvp_default_template"):

        def shift_and_log_scale(x: Any, output_units: int) -> Any:
            rank_one = x.shape.ndims == 1
            x = x[None, ...] if rank_one else x
            for units in hidden_layers:
                x = layers.dense(x, units, activation, *args, **kwargs)
            count = 1 if shift_only else 2
            x = layers.dense(x, count * output_units, None, *args, **kwargs)
            x = x[0] if rank_one else x
            if shift_only:
                return x, None
            return array.split(x, 2, axis=-1)

        return make_template("real_nvp_default_template", shift_and_log_scale)
