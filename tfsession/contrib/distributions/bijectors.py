"""`tf.contrib.distributions.bijectors`: differentiable functions with an inverse."""

from __future__ import annotations

import math as python_math
from typing import Any

from tfsession import layers
from tfsession.contrib.distributions.bijector import Bijector, ConditionalBijector
from tfsession.distributions.tensors import softplus_inverse
from tfsession.dtypes import float32, int32
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.linear_operators import (
    LinearOperatorDiag,
    LinearOperatorIdentity,
    LinearOperatorLowerTriangular,
    LinearOperatorLowRankUpdate,
    LinearOperatorScaledIdentity,
)
from tfsession.names import absent
from tfsession.ops import array, math, reduction
from tfsession.ops.activation import relu, softplus
from tfsession.ops.indexing import gather
from tfsession.ops.rearrange import invert_permutation, matrix_diag_part, matrix_set_diag
from tfsession.ops.softmax import log_softmax, softmax
from tfsession.shapes import TensorShape
from tfsession.variables.template import make_template

__all__ = [
    "AbsoluteValue",
    "Affine",
    "AffineLinearOperator",
    "AffineScalar",
    "Bijector",
    "Chain",
    "ConditionalBijector",
    "Exp",
    "Gumbel",
    "Identity",
    "Inline",
    "Invert",
    "Permute",
    "PowerTransform",
    "RealNVP",
    "Reshape",
    "Sigmoid",
    "SinhArcsinh",
    "SoftmaxCentered",
    "Softplus",
    "Softsign",
    "Square",
    "real_nvp_default_template",
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


class AffineScalar(Bijector):
    """scale x + shift, element by element.

    Args:
      shift: floating; 0 when None.
      scale: floating, not zero; 1 when None.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.AffineScalar`.
    """

    def __init__(
        self,
        shift: TensorLike | None = None,
        scale: TensorLike | None = None,
        validate_args: bool = False,
        name: str = "affine_scalar",
    ) -> None:
        with name_scope(name, values=[scale, shift]):
            self._shift = None if shift is None else convert_to_tensor(shift, name="shift")
            self._scale = None if scale is None else convert_to_tensor(scale, name="scale")
        super().__init__(
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name,
        )

    @property
    def shift(self) -> Any:
        """What is added; None for nothing."""
        return self._shift

    @property
    def scale(self) -> Any:
        """What is multiplied by; None for 1."""
        return self._scale

    def _forward(self, x: Any) -> Any:
        y = array.identity(x)
        y = y if self.scale is None else y * self.scale
        return y if self.shift is None else y + self.shift

    def _inverse(self, y: Any) -> Any:
        x = array.identity(y)
        x = x if self.shift is None else x - self.shift
        return x if self.scale is None else x / self.scale

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if self.scale is None:
            return convert_to_tensor(0.0, dtype=x.dtype)
        return math.log(math.abs(self.scale))


class AffineLinearOperator(Bijector):
    """The product of an operator with vectors, plus a vector.

    Args:
      shift: [..., n]; nothing when None.
      scale: a LinearOperator that has an inverse; the identity when None.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Raises:
      TypeError: `scale` is no LinearOperator, or the dtypes differ.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.AffineLinearOperator`.
    """

    def __init__(
        self,
        shift: TensorLike | None = None,
        scale: Any = None,
        validate_args: bool = False,
        name: str = "affine_linear_operator",
    ) -> None:
        dtype = float32
        with name_scope(name, values=[shift]):
            self._shift = None
            if shift is not None:
                self._shift = convert_to_tensor(shift, name="shift")
                dtype = self._shift.dtype.base_dtype
            if scale is not None:
                if shift is not None and dtype != scale.dtype.base_dtype:
                    raise TypeError(
                        f"shift.dtype({dtype!r}) does not match scale.dtype({scale.dtype!r})"
                    )
                if not hasattr(scale, "matvec"):
                    raise TypeError("scale is not an instance of tf.LinearOperator")
                dtype = scale.dtype.base_dtype
        self._scale = scale
        super().__init__(
            forward_min_event_ndims=1,
            is_constant_jacobian=True,
            dtype=dtype,
            validate_args=validate_args,
            name=name,
        )

    @property
    def shift(self) -> Any:
        """[..., n]; what is added; None for nothing."""
        return self._shift

    @property
    def scale(self) -> Any:
        """The operator; None for the identity."""
        return self._scale

    def _forward(self, x: Any) -> Any:
        y = x if self.scale is None else self.scale.matvec(x)
        return y if self.shift is None else y + self.shift

    def _inverse(self, y: Any) -> Any:
        x = y if self.shift is None else y - self.shift
        return x if self.scale is None else self.scale.solvevec(x)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if self.scale is None:
            return convert_to_tensor(0.0, dtype=x.dtype.base_dtype)
        return self.scale.log_abs_determinant()


class Affine(AffineLinearOperator):
    """The product of a matrix with vectors, plus a vector.

    The matrix is the sum of all that is given of it, and the identity where nothing is.

    Args:
      shift: [..., n]; nothing when None.
      scale_identity_multiplier: [...]; a multiple of the identity.
      scale_diag: [..., n]; a diagonal.
      scale_tril: [..., n, n]; a lower triangular matrix.
      scale_perturb_factor: [..., n, k]; V of V D V^T.
      scale_perturb_diag: [..., k]; the diagonal of D; ones when None.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Raises:
      ValueError: `scale_perturb_diag` comes without `scale_perturb_factor`, or a low-rank update
        without anything that it is one of.

    Source: TensorFlow 1.15 `tf.contrib.distributions.bijectors.Affine`.
    """

    def __init__(
        self,
        shift: TensorLike | None = None,
        scale_identity_multiplier: TensorLike | None = None,
        scale_diag: TensorLike | None = None,
        scale_tril: TensorLike | None = None,
        scale_perturb_factor: TensorLike | None = None,
        scale_perturb_diag: TensorLike | None = None,
        validate_args: bool = False,
        name: str = "affine",
    ) -> None:
        with name_scope(name, values=[shift]):
            shift = None if shift is None else convert_to_tensor(shift, name="shift")
            scale = scale_operator(
                shift,
                scale_identity_multiplier,
                scale_diag,
                scale_tril,
                scale_perturb_factor,
                scale_perturb_diag,
            )
        super().__init__(shift=shift, scale=scale, validate_args=validate_args, name=name)


def scale_operator(
    loc: Any,
    identity_multiplier: Any = None,
    diag: Any = None,
    tril: Any = None,
    perturb_factor: Any = None,
    perturb_diag: Any = None,
    size: Any = None,
) -> Any:
    """The operator of a matrix that is given as a sum; None where nothing is given.

    Args:
      loc: [..., n]; what the size of a multiple of the identity is taken from, or None.
      identity_multiplier, diag, tril, perturb_factor, perturb_diag: as of `Affine`.
      size: n, where there is no `loc`.

    Raises:
      ValueError: parts are missing.
    """
    if perturb_diag is not None and perturb_factor is None:
        raise ValueError("scale_perturb_diag requires scale_perturb_factor.")
    parts: list[Any] = [
        None if x is None else convert_to_tensor(x, name=name)
        for x, name in (
            (identity_multiplier, "scale_identity_multiplier"),
            (diag, "scale_diag"),
            (tril, "scale_tril"),
            (perturb_factor, "scale_perturb_factor"),
            (perturb_diag, "scale_perturb_diag"),
        )
    ]
    multiplier, diag, tril, factor, update = parts
    base: Any = None
    if tril is not None:
        added = [
            x
            for x in (diag, None if multiplier is None else multiplier[..., None])
            if x is not None
        ]
        if added:
            tril = matrix_set_diag(tril, sum(added, matrix_diag_part(tril)))
        base = LinearOperatorLowerTriangular(tril, is_non_singular=True)
    elif diag is not None:
        diag = diag if multiplier is None else diag + multiplier[..., None]
        base = LinearOperatorDiag(diag, is_non_singular=True, is_self_adjoint=True)
    elif multiplier is not None or factor is not None:
        if size is None and loc is None and factor is None:
            raise ValueError("Cannot infer `event_shape` unless `loc` is specified.")
        if size is None:
            size = _last_size(loc if factor is None else factor[..., 0])
        if multiplier is None:
            base = LinearOperatorIdentity(size, dtype=factor.dtype)
        else:
            base = LinearOperatorScaledIdentity(size, multiplier, is_non_singular=True)
    if factor is None:
        return base
    return LinearOperatorLowRankUpdate(
        base,
        u=factor,
        diag_update=update,
        is_diag_update_positive=update is None,
        is_non_singular=True,
        is_self_adjoint=tril is None,
        is_square=True,
    )


def _last_size(x: Any) -> Any:
    known = None if x.shape.ndims is None else x.shape.as_list()[-1]
    return array.shape(x)[-1] if known is None else known


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


absent.explain_in(__name__)
