"""Bijectors of each element on its own."""

from __future__ import annotations

import math as python_math
from typing import Any

from tfsession.contrib.distributions.bijector import Bijector
from tfsession.distributions.tensors import softplus_inverse
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import math
from tfsession.ops.activation import softplus

__all__ = [
    "AbsoluteValue",
    "Exp",
    "Gumbel",
    "Identity",
    "PowerTransform",
    "Sigmoid",
    "SinhArcsinh",
    "Softplus",
    "Softsign",
    "Square",
]


class Identity(Bijector):
    """What leaves things as they are.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Identity`.
    """

    def __init__(self, validate_args: bool = False, name: str = "identity") -> None:
        super().__init__(
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name,
        )

    def _forward(self, x: Any) -> Any:
        return x

    def _inverse(self, y: Any) -> Any:
        return y

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return convert_to_tensor(0.0, dtype=x.dtype)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return convert_to_tensor(0.0, dtype=y.dtype)


class PowerTransform(Bijector):
    """(1 + power x) ** (1 / power), which is exp(x) where the power is 0.

    Args:
      power: a number from 0 on.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Raises:
      ValueError: `power` is not known before the graph runs, or below 0.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.PowerTransform`.
    """

    def __init__(
        self, power: float = 0.0, validate_args: bool = False, name: str = "power_transform"
    ) -> None:
        known = constant_value(power) if isinstance(power, Tensor) else power
        if known is None or known < 0:
            raise ValueError("`power` must be a non-negative TF constant.")
        self._power = known
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    @property
    def power(self) -> Any:
        """The power."""
        return self._power

    def _forward(self, x: Any) -> Any:
        if self.power == 0.0:
            return math.exp(x)
        return math.exp(math.log1p(x * self.power) / self.power)

    def _inverse(self, y: Any) -> Any:
        if self.power == 0.0:
            return math.log(y)
        return math.expm1(math.log(y) * self.power) / self.power

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return (self.power - 1.0) * math.log(y)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if self.power == 0.0:
            return x
        return (1.0 / self.power - 1.0) * math.log1p(x * self.power)


class Exp(PowerTransform):
    """exp(x).

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Exp`.
    """

    def __init__(self, validate_args: bool = False, name: str = "exp") -> None:
        super().__init__(validate_args=validate_args, name=name)


class Sigmoid(Bijector):
    """1 / (1 + exp(-x)).

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Sigmoid`.
    """

    def __init__(self, validate_args: bool = False, name: str = "sigmoid") -> None:
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    def _forward(self, x: Any) -> Any:
        return math.sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        return math.log(y) - math.log1p(-y)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -math.log(y) - math.log1p(-y)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -softplus(-x) - softplus(x)


class Softplus(Bijector):
    """c log(1 + exp(x / c)).

    Args:
      hinge_softness: c, not zero; 1 when None.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Softplus`.
    """

    def __init__(
        self,
        hinge_softness: TensorLike | None = None,
        validate_args: bool = False,
        name: str = "softplus",
    ) -> None:
        self._hinge_softness = None
        if hinge_softness is not None:
            with name_scope(name, values=[hinge_softness]):
                self._hinge_softness = convert_to_tensor(hinge_softness, name="hinge_softness")
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    @property
    def hinge_softness(self) -> Any:
        """c; None for 1."""
        return self._hinge_softness

    def _scaled(self, x: Any) -> Any:
        return x if self._hinge_softness is None else x / math.cast(self._hinge_softness, x.dtype)

    def _unscaled(self, x: Any) -> Any:
        return x if self._hinge_softness is None else x * math.cast(self._hinge_softness, x.dtype)

    def _forward(self, x: Any) -> Any:
        return self._unscaled(softplus(self._scaled(x)))

    def _inverse(self, y: Any) -> Any:
        return self._unscaled(softplus_inverse(self._scaled(y)))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -math.log(-math.expm1(-self._scaled(y)))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -softplus(-self._scaled(x))


class Softsign(Bijector):
    """x / (1 + |x|).

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Softsign`.
    """

    def __init__(self, validate_args: bool = False, name: str = "softsign") -> None:
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    def _forward(self, x: Any) -> Any:
        return x / (1.0 + math.abs(x))

    def _inverse(self, y: Any) -> Any:
        return y / (1.0 - math.abs(y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -2.0 * math.log1p(math.abs(x))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -2.0 * math.log1p(-math.abs(y))


class Square(Bijector):
    """x ** 2, of numbers from zero on.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Square`.
    """

    def __init__(self, validate_args: bool = False, name: str = "square") -> None:
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    def _forward(self, x: Any) -> Any:
        return math.square(x)

    def _inverse(self, y: Any) -> Any:
        return math.sqrt(y)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return python_math.log(2.0) + math.log(x)


class AbsoluteValue(Bijector):
    """|x|, whose inverse is a pair: both numbers of that modulus.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.AbsoluteValue`.
    """

    def __init__(self, validate_args: bool = False, name: str = "absolute_value") -> None:
        super().__init__(
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name,
        )

    def _call_inverse(self, y: Any, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, [y]):
            y = self._argument(y, "y")
            return -y, y

    def _forward(self, x: Any) -> Any:
        return math.abs(x)

    def _call_inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any, name: str, **kwargs: Any
    ) -> Any:
        zeros = convert_to_tensor(0.0, dtype=convert_to_tensor(y).dtype)
        return zeros, zeros


class Gumbel(Bijector):
    """exp(-exp(-(x - loc) / scale)), the distribution function of a Gumbel number.

    Args:
      loc: floating; broadcasts with `scale`.
      scale: of the dtype of `loc`, above zero.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Gumbel`.
    """

    def __init__(
        self,
        loc: TensorLike = 0.0,
        scale: TensorLike = 1.0,
        validate_args: bool = False,
        name: str = "gumbel",
    ) -> None:
        with name_scope(name, values=[loc, scale]):
            self._loc = convert_to_tensor(loc, name="loc")
            self._scale = convert_to_tensor(scale, name="scale")
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    @property
    def loc(self) -> Any:
        """Where the middle is."""
        return self._loc

    @property
    def scale(self) -> Any:
        """How wide it is."""
        return self._scale

    def _forward(self, x: Any) -> Any:
        return math.exp(-math.exp(-(x - self.loc) / self.scale))

    def _inverse(self, y: Any) -> Any:
        return self.loc - self.scale * math.log(-math.log(y))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return math.log(self.scale / (-math.log(y) * y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        z = (x - self.loc) / self.scale
        return -z - math.exp(-z) - math.log(self.scale)


class SinhArcsinh(Bijector):
    """sinh((arcsinh(x) + skewness) tailweight).

    Args:
      skewness: floating; 0 when None.
      tailweight: of the dtype of `skewness`, above zero; 1 when None.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.SinhArcsinh`.
    """

    def __init__(
        self,
        skewness: TensorLike | None = None,
        tailweight: TensorLike | None = None,
        validate_args: bool = False,
        name: str = "SinhArcsinh",
    ) -> None:
        with name_scope(name, values=[skewness, tailweight]):
            self._tailweight = convert_to_tensor(
                1.0 if tailweight is None else tailweight, name="tailweight"
            )
            self._skewness = convert_to_tensor(
                0.0 if skewness is None else skewness, dtype=self._tailweight.dtype, name="skewness"
            )
        super().__init__(forward_min_event_ndims=0, validate_args=validate_args, name=name)

    @property
    def skewness(self) -> Any:
        """How far the middle is moved."""
        return self._skewness

    @property
    def tailweight(self) -> Any:
        """How heavy tails become."""
        return self._tailweight

    def _forward(self, x: Any) -> Any:
        return math.sinh((math.asinh(x) + self.skewness) * self.tailweight)

    def _inverse(self, y: Any) -> Any:
        return math.sinh(math.asinh(y) / self.tailweight - self.skewness)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        inner = math.cosh((math.asinh(x) + self.skewness) * self.tailweight)
        return math.log(inner) + math.log(self.tailweight) - 0.5 * math.log1p(x**2)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        inner = math.cosh(math.asinh(y) / self.tailweight - self.skewness)
        return math.log(inner) - math.log(self.tailweight) - 0.5 * math.log1p(y**2)
