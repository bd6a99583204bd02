"""Bijectors that are made of others, or of functions."""

from __future__ import annotations

from typing import Any

from tfsession.contrib.distributions.bijector import Bijector
from tfsession.graph.build import convert_to_tensor
from tfsession.shapes import TensorShape

__all__ = [
    "Chain",
    "Inline",
    "Invert",
]


class Chain(Bijector):
    """Several bijectors, the last of which is applied first.

    Args:
      bijectors: the bijectors; the identity where there are none.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Chain`.
    """

    def __init__(
        self, bijectors: Any = None, validate_args: bool = False, name: str | None = None
    ) -> None:
        bijectors = tuple(bijectors or ())
        self._bijectors = bijectors
        names = (b.name.rsplit("/", 1)[-1] for b in bijectors)
        forward, inverse = _event_ndims_of_chain(bijectors)
        super().__init__(
            is_constant_jacobian=all(b.is_constant_jacobian for b in bijectors),
            validate_args=validate_args,
            forward_min_event_ndims=forward,
            inverse_min_event_ndims=inverse,
            name=name or ("_of_".join(["chain", *names]) if bijectors else "identity"),
        )

    @property
    def bijectors(self) -> Any:
        """The bijectors."""
        return self._bijectors

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        for bijector in reversed(self.bijectors):
            input_shape = bijector.forward_event_shape(input_shape)
        return input_shape

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        for bijector in self.bijectors:
            output_shape = bijector.inverse_event_shape(output_shape)
        return output_shape

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        for bijector in reversed(self.bijectors):
            input_shape = bijector.forward_event_shape_tensor(input_shape)
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        for bijector in self.bijectors:
            output_shape = bijector.inverse_event_shape_tensor(output_shape)
        return output_shape

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        for bijector in reversed(self.bijectors):
            x = bijector.forward(x, **kwargs.get(bijector.name, {}))
        return x

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        for bijector in self.bijectors:
            y = bijector.inverse(y, **kwargs.get(bijector.name, {}))
        return y

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        total = convert_to_tensor(0.0, dtype=x.dtype.base_dtype)
        event_ndims = self.forward_min_event_ndims
        for bijector in reversed(self.bijectors):
            conditions = kwargs.get(bijector.name, {})
            total += bijector.forward_log_det_jacobian(x, event_ndims=event_ndims, **conditions)
            event_ndims += bijector.inverse_min_event_ndims - bijector.forward_min_event_ndims
            x = bijector.forward(x, **conditions)
        return total

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        total = convert_to_tensor(0.0, dtype=y.dtype.base_dtype)
        event_ndims = self.inverse_min_event_ndims
        for bijector in self.bijectors:
            conditions = kwargs.get(bijector.name, {})
            total += bijector.inverse_log_det_jacobian(y, event_ndims=event_ndims, **conditions)
            event_ndims += bijector.forward_min_event_ndims - bijector.inverse_min_event_ndims
            y = bijector.inverse(y, **conditions)
        return total


def _event_ndims_of_chain(bijectors: Any) -> tuple[int, int]:
    """The least numbers of axes of events with which each bijector has what it takes."""
    forward = now = 0
    for bijector in reversed(bijectors):
        lacking = max(0, bijector.forward_min_event_ndims - now)
        forward += lacking
        now += lacking + bijector.inverse_min_event_ndims - bijector.forward_min_event_ndims
    return forward, now


class Invert(Bijector):
    """A bijector the other way round.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Invert`.
    """

    def __init__(self, bijector: Any, validate_args: bool = False, name: str | None = None) -> None:
        self._bijector = bijector
        super().__init__(
            graph_parents=bijector.graph_parents,
            forward_min_event_ndims=bijector.inverse_min_event_ndims,
            inverse_min_event_ndims=bijector.forward_min_event_ndims,
            is_constant_jacobian=bijector.is_constant_jacobian,
            validate_args=validate_args,
            dtype=bijector.dtype,
            name=name or f"invert_{bijector.name}",
        )

    @property
    def bijector(self) -> Any:
        """What is turned round."""
        return self._bijector

    def _forward_event_shape(self, input_shape: TensorShape) -> Any:
        return self.bijector._inverse_event_shape(input_shape)

    def _inverse_event_shape(self, output_shape: TensorShape) -> Any:
        return self.bijector._forward_event_shape(output_shape)

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return self.bijector._inverse_event_shape_tensor(input_shape)

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return self.bijector._forward_event_shape_tensor(output_shape)

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self.bijector._inverse(x, **kwargs)

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self.bijector._forward(y, **kwargs)

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        return self.bijector._inverse_log_det_jacobian(x, **kwargs)

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        return self.bijector._forward_log_det_jacobian(y, **kwargs)


class Inline(Bijector):
    """A bijector made of functions.

    Args:
      forward_fn: what `Bijector` says of the method of this name; so for all functions.
      inverse_fn: see `forward_fn`.
      inverse_log_det_jacobian_fn: see `forward_fn`.
      forward_log_det_jacobian_fn: see `forward_fn`.
      forward_event_shape_fn: see `forward_fn`.
      forward_event_shape_tensor_fn: see `forward_fn`.
      inverse_event_shape_fn: see `forward_fn`.
      inverse_event_shape_tensor_fn: see `forward_fn`.
      is_constant_jacobian: as of `Bijector`.
      validate_args: as of `Bijector`.
      forward_min_event_ndims: as of `Bijector`.
      inverse_min_event_ndims: as of `Bijector`.
      name: as of `Bijector`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Inline`.
    """

    def __init__(
        self,
        forward_fn: Any = None,
        inverse_fn: Any = None,
        inverse_log_det_jacobian_fn: Any = None,
        forward_log_det_jacobian_fn: Any = None,
        forward_event_shape_fn: Any = None,
        forward_event_shape_tensor_fn: Any = None,
        inverse_event_shape_fn: Any = None,
        inverse_event_shape_tensor_fn: Any = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str = "inline",
    ) -> None:
        super().__init__(
            forward_min_event_ndims=forward_min_event_ndims,
            inverse_min_event_ndims=inverse_min_event_ndims,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name,
        )
        self._functions = {
            "_forward": forward_fn,
            "_inverse": inverse_fn,
            "_inverse_log_det_jacobian": inverse_log_det_jacobian_fn,
            "_forward_log_det_jacobian": forward_log_det_jacobian_fn,
            "_forward_event_shape": forward_event_shape_fn,
            "_forward_event_shape_tensor": forward_event_shape_tensor_fn,
            "_inverse_event_shape": inverse_event_shape_fn,
            "_inverse_event_shape_tensor": inverse_event_shape_tensor_fn,
        }
        for method, function in self._functions.items():
            if function is not None:
                setattr(self, method, function)
