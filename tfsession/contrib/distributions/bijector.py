"""What every bijector has: both directions, and the logarithms of the volumes that they change."""

from __future__ import annotations

import re
from typing import Any

from tfsession.dtypes import int32
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, math, reduction
from tfsession.shapes import TensorShape

__all__ = ["Bijector", "ConditionalBijector"]


def _snake(name: str) -> str:
    """`TwoWords` as `two_words`."""
    return re.sub(r"(?<!^)(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Bijector:
    """A differentiable function with an inverse, of events of some number of axes.

    Kinds of bijectors say what they know in `_forward`, `_inverse`, `_forward_log_det_jacobian` and
    `_inverse_log_det_jacobian`; of the last two one is enough. What has been made of a tensor is
    kept: `inverse(forward(x))` is `x` itself.

    Args:
      graph_parents: tensors on which it depends.
      is_constant_jacobian: whether the Jacobian does not depend on the argument.
      validate_args: whether values are checked when the graph runs.
      dtype: of arguments; any when None.
      forward_min_event_ndims: the number of axes of the events that `forward` takes.
      inverse_min_event_ndims: that of `inverse`; that of `forward` when None.
      name: the name scope of its operations.

    Raises:
      ValueError: neither number of axes is there, or one is below zero.
      TypeError: a graph parent is not a Tensor.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Bijector`.
    """

    def __init__(
        self,
        graph_parents: Any = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        dtype: Any = None,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str | None = None,
    ) -> None:
        self._graph_parents = list(graph_parents or ())
        for number, parent in enumerate(self._graph_parents):
            if not isinstance(parent, Tensor):
                raise TypeError(f"Graph parent item {number} is not a Tensor; {parent}.")
        if forward_min_event_ndims is None and inverse_min_event_ndims is None:
            raise ValueError(
                "Must specify at least one of `forward_min_event_ndims` and "
                "`inverse_min_event_ndims`."
            )
        for what, count in (
            ("forward_min_event_ndims", forward_min_event_ndims),
            ("inverse_min_event_ndims", inverse_min_event_ndims),
        ):
            if count is not None and count < 0:
                raise ValueError(f"{what} must be a non-negative integer.")
        self._forward_min_event_ndims = (
            inverse_min_event_ndims if forward_min_event_ndims is None else forward_min_event_ndims
        )
        self._inverse_min_event_ndims = (
            self._forward_min_event_ndims
            if inverse_min_event_ndims is None
            else inverse_min_event_ndims
        )
        self._is_constant_jacobian = is_constant_jacobian
        self._validate_args = validate_args
        self._dtype = dtype
        self._name = name or _snake(type(self).__name__.lstrip("_"))
        self._outputs: dict[Any, tuple[Any, Any]] = {}
        self._inputs: dict[Any, tuple[Any, Any]] = {}

    @property
    def graph_parents(self) -> list[Any]:
        """The tensors on which it depends."""
        return self._graph_parents

    @property
    def forward_min_event_ndims(self) -> Any:
        """The number of axes of the events that `forward` takes."""
        return self._forward_min_event_ndims

    @property
    def inverse_min_event_ndims(self) -> Any:
        """The number of axes of the events that `inverse` takes."""
        return self._inverse_min_event_ndims

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the Jacobian does not depend on the argument."""
        return self._is_constant_jacobian

    @property
    def validate_args(self) -> bool:
        """Whether values are checked when the graph runs."""
        return self._validate_args

    @property
    def dtype(self) -> Any:
        """The dtype of arguments; None for any."""
        return self._dtype

    @property
    def name(self) -> str:
        """The name scope of its operations."""
        return self._name

    def _name_scope(self, name: str | None = None, values: Any = None) -> Any:
        return name_scope(f"{self.name}/{name}", values=values or [])

    # ---- Shapes ----

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return input_shape

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return output_shape

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return output_shape

    def forward_event_shape(self, input_shape: Any) -> TensorShape:
        """The shape of what `forward` makes of events, as far as it is known."""
        return TensorShape(self._forward_event_shape(TensorShape(input_shape)))

    def inverse_event_shape(self, output_shape: Any) -> TensorShape:
        """The shape of what `inverse` makes of events, as far as it is known."""
        return TensorShape(self._inverse_event_shape(TensorShape(output_shape)))

    def forward_event_shape_tensor(
        self, input_shape: Any, name: str = "forward_event_shape_tensor"
    ) -> Any:
        """The shape of what `forward` makes of events; int32."""
        with self._name_scope(name, [input_shape]):
            shape = convert_to_tensor(input_shape, dtype=int32, name="input_shape")
            return self._forward_event_shape_tensor(shape)

    def inverse_event_shape_tensor(
        self, output_shape: Any, name: str = "inverse_event_shape_tensor"
    ) -> Any:
        """The shape of what `inverse` makes of events; int32."""
        with self._name_scope(name, [output_shape]):
            shape = convert_to_tensor(output_shape, dtype=int32, name="output_shape")
            return self._inverse_event_shape_tensor(shape)

    # ---- Both directions ----

    # A bijector may have one direction alone, and one of the two volumes: the other is made of it.

    def _forward(self, x: Any) -> Any:
        raise NotImplementedError("forward not implemented.")

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError("inverse not implemented")

    def _argument(self, x: Any, name: str) -> Any:
        x = convert_to_tensor(x, name=name)
        if self.dtype is not None and x.dtype.base_dtype != self.dtype.base_dtype:
            raise TypeError(f"Input had dtype {self.dtype!r} but expected {x.dtype!r}.")
        return x

    def _remembered(self, kept: dict[Any, tuple[Any, Any]], x: Any, conditions: Any) -> Any:
        found = kept.get((x, _key(conditions)))
        return None if found is None else found[0]

    def _remember(self, x: Any, y: Any, conditions: Any) -> None:
        # The conditions are kept too: their identity is the key.
        self._outputs[x, _key(conditions)] = (y, conditions)
        self._inputs[y, _key(conditions)] = (x, conditions)

    def forward(self, x: TensorLike, name: str = "forward") -> Any:
        """What the bijector makes of `x`.

        Args:
          x: events.
          name: a name for the operations.

        Raises:
          TypeError: `x` is of another dtype.
          NotImplementedError: the direction is not known.
        """
        return self._call_forward(x, name)

    def _call_forward(self, x: Any, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, [x]):
            x = self._argument(x, "x")
            y = self._remembered(self._outputs, x, kwargs)
            if y is None:
                y = self._forward(x, **kwargs)
                self._remember(x, y, kwargs)
            return y

    def inverse(self, y: TensorLike, name: str = "inverse") -> Any:
        """What the bijector makes `y` of; see `forward`."""
        return self._call_inverse(y, name)

    def _call_inverse(self, y: Any, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, [y]):
            y = self._argument(y, "y")
            x = self._remembered(self._inputs, y, kwargs)
            if x is None:
                x = self._inverse(y, **kwargs)
                self._remember(x, y, kwargs)
            return x

    # ---- Volumes ----

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        raise NotImplementedError("forward_log_det_jacobian not implemented.")

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        raise NotImplementedError("inverse_log_det_jacobian not implemented.")

    def forward_log_det_jacobian(
        self, x: TensorLike, event_ndims: TensorLike, name: str = "forward_log_det_jacobian"
    ) -> Any:
        """The logarithm of the modulus of the determinant of the Jacobian.

        Args:
          x: events.
          event_ndims: how many axes events have, at least `forward_min_event_ndims`.
          name: a name for the operations.

        Returns:
          A Tensor that broadcasts to the shape of `x` without the axes of events.

        Raises:
          ValueError: `event_ndims` is too small.
        """
        return self._call_forward_log_det_jacobian(x, event_ndims, name)

    def _call_forward_log_det_jacobian(
        self, x: Any, event_ndims: Any, name: str, **kwargs: Any
    ) -> Any:
        _check_event_ndims(self.forward_min_event_ndims, event_ndims)
        with self._name_scope(name, [x]):
            x = self._argument(x, "x")
            try:
                jacobian = self._forward_log_det_jacobian(x, **kwargs)
            except NotImplementedError:
                y = self._call_forward(x, "forward", **kwargs)
                extra = self.inverse_min_event_ndims - self.forward_min_event_ndims
                jacobian = -self._inverse_log_det_jacobian(y, **kwargs)
                return self._over_events(
                    y, jacobian, self.inverse_min_event_ndims, event_ndims + extra
                )
            return self._over_events(x, jacobian, self.forward_min_event_ndims, event_ndims)

    def inverse_log_det_jacobian(
        self, y: TensorLike, event_ndims: TensorLike, name: str = "inverse_log_det_jacobian"
    ) -> Any:
        """That of the inverse; see `forward_log_det_jacobian`."""
        return self._call_inverse_log_det_jacobian(y, event_ndims, name)

    def _call_inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any, name: str, **kwargs: Any
    ) -> Any:
        _check_event_ndims(self.inverse_min_event_ndims, event_ndims)
        with self._name_scope(name, [y]):
            y = self._argument(y, "y")
            try:
                jacobian = self._inverse_log_det_jacobian(y, **kwargs)
            except NotImplementedError:
                x = self._call_inverse(y, "inverse", **kwargs)
                extra = self.forward_min_event_ndims - self.inverse_min_event_ndims
                jacobian = -self._forward_log_det_jacobian(x, **kwargs)
                return self._over_events(
                    x, jacobian, self.forward_min_event_ndims, event_ndims + extra
                )
            return self._over_events(y, jacobian, self.inverse_min_event_ndims, event_ndims)

    def _over_events(self, x: Any, jacobian: Any, own: int, event_ndims: Any) -> Any:
        """The sum over the axes of events that are more than the bijector's own."""
        known = constant_value(event_ndims) if isinstance(event_ndims, Tensor) else event_ndims
        if known is not None and int(known) == own:
            return jacobian
        if self.is_constant_jacobian:
            rank = array.rank(x) if x.shape.ndims is None else x.shape.ndims
            jacobian *= array.ones(array.shape(x)[rank - event_ndims : rank - own], jacobian.dtype)
        if known is not None:
            return reduction.reduce_sum(jacobian, axis=list(range(-(int(known) - own), 0)))
        return reduction.reduce_sum(jacobian, axis=math.range(-(event_ndims - own), 0))


def _key(conditions: dict[str, Any]) -> Any:
    return tuple(sorted((name, id(value)) for name, value in conditions.items()))


def _check_event_ndims(least: int, event_ndims: Any) -> None:
    known = constant_value(event_ndims) if isinstance(event_ndims, Tensor) else event_ndims
    if known is not None and least > int(known):
        raise ValueError(
            f"event_ndims ({int(known)}) must be larger than min_event_ndims ({least})"
        )


class ConditionalBijector(Bijector):
    """A bijector whose functions take conditions by name.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.ConditionalBijector`.
    """

    def forward(self, x: TensorLike, name: str = "forward", **condition_kwargs: Any) -> Any:
        """What the bijector makes of `x` under conditions; see `Bijector`."""
        return self._call_forward(x, name, **condition_kwargs)

    def inverse(self, y: TensorLike, name: str = "inverse", **condition_kwargs: Any) -> Any:
        """What the bijector makes `y` of under conditions; see `Bijector`."""
        return self._call_inverse(y, name, **condition_kwargs)

    def forward_log_det_jacobian(
        self,
        x: TensorLike,
        event_ndims: TensorLike,
        name: str = "forward_log_det_jacobian",
        **condition_kwargs: Any,
    ) -> Any:
        """The logarithm of the Jacobian's determinant under conditions; see `Bijector`."""
        return self._call_forward_log_det_jacobian(x, event_ndims, name, **condition_kwargs)

    def inverse_log_det_jacobian(
        self,
        y: TensorLike,
        event_ndims: TensorLike,
        name: str = "inverse_log_det_jacobian",
        **condition_kwargs: Any,
    ) -> Any:
        """That of the inverse under conditions; see `Bijector`."""
        return self._call_inverse_log_det_jacobian(y, event_ndims, name, **condition_kwargs)
