"""Distributions of vectors: what linear operators make of independent numbers."""

from __future__ import annotations

import math as python_math
from typing import Any

import numpy as np

from tfsession.contrib.distributions.bijectors.affine import AffineLinearOperator, scale_operator
from tfsession.contrib.distributions.transformed import TransformedDistribution
from tfsession.distributions.divergence import RegisterKL
from tfsession.distributions.gamma import Exponential
from tfsession.distributions.location_scale import Laplace, Normal
from tfsession.distributions.tensors import checked
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.linear_operators import (
    LinearOperatorDiag,
    LinearOperatorIdentity,
    LinearOperatorLowerTriangular,
    LinearOperatorScaledIdentity,
)
from tfsession.ops import array, check, math, reduction
from tfsession.ops.activation import softplus
from tfsession.ops.decomposition import cholesky
from tfsession.ops.rearrange import matrix_diag, matrix_diag_part, matrix_transpose

__all__ = [
    "MultivariateNormalDiag",
    "MultivariateNormalDiagPlusLowRank",
    "MultivariateNormalDiagWithSoftplusScale",
    "MultivariateNormalFullCovariance",
    "MultivariateNormalLinearOperator",
    "MultivariateNormalTriL",
    "VectorExponentialDiag",
    "VectorLaplaceDiag",
]

_DIAGONALS = (LinearOperatorDiag, LinearOperatorIdentity, LinearOperatorScaledIdentity)


def _shapes(loc: Any, scale: Any) -> tuple[Any, Any]:
    """The shape of the batch and of events, as constants where they are known."""
    event = scale.range_dimension.value
    event_shape: Any = scale.range_dimension_tensor()[None] if event is None else [event]
    batch = scale.batch_shape
    if loc is not None:
        batch = array.broadcast_static_shape(batch, loc.shape[:-1])
    if batch.is_fully_defined():
        return batch.as_list(), event_shape
    dynamic = scale.batch_shape_tensor()
    if loc is not None:
        dynamic = array.broadcast_dynamic_shape(dynamic, array.shape(loc)[:-1])
    return dynamic, event_shape


class _OfOperator(TransformedDistribution):
    """`scale` times independent standard numbers plus `loc`."""

    #: How far the mean of a standard number is from zero, and its standard deviation.
    _mean_of_one = 0.0
    _stddev_of_one = 1.0

    def __init__(
        self,
        loc: Any,
        scale: Any,
        standard: Any,
        validate_args: bool,
        allow_nan_stats: bool,
        parameters: dict[str, Any],
        name: str,
    ) -> None:
        if scale is None:
            raise ValueError("Missing required `scale` parameter.")
        if not scale.dtype.is_floating:
            raise TypeError("`scale` parameter must have floating-point dtype.")
        loc = None if loc is None else convert_to_tensor(loc, name="loc", dtype=scale.dtype)
        batch_shape, event_shape = _shapes(loc, scale)
        super().__init__(
            distribution=standard(scale.dtype, allow_nan_stats),
            bijector=AffineLinearOperator(shift=loc, scale=scale, validate_args=validate_args),
            batch_shape=batch_shape,
            event_shape=event_shape,
            validate_args=validate_args,
            name=name,
        )
        self._arguments = {
            key: value
            for key, value in parameters.items()
            if key != "self" and not key.startswith("__")
        }

    @property
    def loc(self) -> Any:
        """[..., n]; what is added; None for nothing."""
        return self.bijector.shift

    @property
    def scale(self) -> Any:
        """The operator."""
        return self.bijector.scale

    def _full_shape(self) -> Any:
        return array.concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0)

    def _broadcast(self, x: Any) -> Any:
        shape = self.batch_shape.concatenate(self.event_shape)
        if shape.is_fully_defined() and shape == x.shape:
            return x
        return x + array.zeros(self._full_shape(), self.dtype)

    def _mean(self) -> Any:
        mean = self._mode()
        if self._mean_of_one:
            ones = array.ones(self.event_shape_tensor(), self.dtype)
            mean += self.scale.matvec(self._mean_of_one * ones)
        return mean

    def _mode(self) -> Any:
        if self.loc is None:
            return array.zeros(self._full_shape(), self.dtype)
        return self._broadcast(self.loc)

    def is_diagonal(self) -> bool:
        """Whether the elements of vectors are independent, as far as the operator says it."""
        return isinstance(self.scale, _DIAGONALS)

    def _square(self) -> Any:
        """scale times its transpose."""
        return self.scale.matmul(self.scale.to_dense(), adjoint_arg=True)

    def _covariance(self) -> Any:
        factor = self._stddev_of_one**2
        if self.is_diagonal():
            diagonal = self._broadcast(math.square(self.scale.diag_part()))
            return matrix_diag(_times(factor, diagonal))
        square = self._square()
        shape = array.concat([self._full_shape(), self.event_shape_tensor()], 0)
        return _times(factor, square + array.zeros(shape, self.dtype))

    def _variance(self) -> Any:
        factor = self._stddev_of_one**2
        if self.is_diagonal():
            return self._broadcast(_times(factor, math.square(self.scale.diag_part())))
        return self._broadcast(_times(factor, matrix_diag_part(self._square())))

    def _stddev(self) -> Any:
        if self.is_diagonal():
            return self._broadcast(_times(self._stddev_of_one, math.abs(self.scale.diag_part())))
        return math.sqrt(self._variance())


def _times(factor: float, x: Any) -> Any:
    return x if factor == 1.0 else factor * x


def _standard_normal(dtype: Any, allow_nan_stats: bool) -> Any:
    kind = dtype.as_numpy_dtype
    return Normal(loc=kind(0.0), scale=kind(1.0), allow_nan_stats=allow_nan_stats)


class MultivariateNormalLinearOperator(_OfOperator):
    """The normal distribution of vectors with mean `loc` and covariance scale scale^T.

    Args:
      loc: [..., n]; zeros when None.
      scale: a LinearOperator that has an inverse.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: there is no `scale`.
      TypeError: `scale` is not floating.

    Source: TensorFlow 1.15 `tf.contrib.distributions.MultivariateNormalLinearOperator`.
    """

    def __init__(
        self,
        loc: TensorLike | None = None,
        scale: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalLinearOperator",
        parameters: dict[str, Any] | None = None,
    ) -> None:
        own = {key: value for key, value in locals().items() if key != "parameters"}
        super().__init__(
            loc, scale, _standard_normal, validate_args, allow_nan_stats, parameters or own, name
        )


@RegisterKL(MultivariateNormalLinearOperator, MultivariateNormalLinearOperator)
def _kl_brute_force(a: Any, b: Any, name: str | None = None) -> Any:
    """By b.scale^-1 of the differences of means and of a.scale."""
    with name_scope(name, "kl_mvn", values=[]):
        if a.is_diagonal() and b.is_diagonal():
            ratio = a.scale.diag_part() / b.scale.diag_part()
            spread = reduction.reduce_sum(math.square(ratio), axis=-1)
        else:
            inner = b.scale.solve(a.scale.to_dense())
            spread = reduction.reduce_sum(math.square(inner), axis=[-2, -1])
        distance = b.scale.solvevec(b.mean() - a.mean())
        size = math.cast(a.scale.domain_dimension_tensor(), a.dtype)
        return (
            b.scale.log_abs_determinant()
            - a.scale.log_abs_determinant()
            + 0.5 * (-size + spread + reduction.reduce_sum(math.square(distance), axis=-1))
        )


def _diagonal_scale(loc: Any, scale_diag: Any, scale_identity_multiplier: Any) -> Any:
    """The operator of a diagonal, of a multiple of the identity, or of the identity.

    Raises:
      ValueError: nothing says how long vectors are.
    """
    scale = scale_operator(loc, scale_identity_multiplier, scale_diag)
    if scale is not None:
        return scale
    if loc is None:
        raise ValueError(
            "Must specify at least one of `loc`, `scale_diag`, `scale_identity_multiplier`."
        )
    size = loc.shape.as_list()[-1]
    return LinearOperatorIdentity(array.shape(loc)[-1] if size is None else size, dtype=loc.dtype)


def _vector(loc: Any) -> Any:
    return None if loc is None else convert_to_tensor(loc, name="loc")


class MultivariateNormalDiag(MultivariateNormalLinearOperator):
    """The normal distribution of vectors of independent elements.

    Args:
      loc: [..., n]; the mean, zeros when None.
      scale_diag: [..., n]; the standard deviations, not zero.
      scale_identity_multiplier: [...]; what is added to all of them. Without either they are 1.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: nothing says how long vectors are.

    Source: TensorFlow 1.15 `tf.contrib.distributions.MultivariateNormalDiag`.
    """

    def __init__(
        self,
        loc: TensorLike | None = None,
        scale_diag: TensorLike | None = None,
        scale_identity_multiplier: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiag",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as scope:
            loc = _vector(loc)
            scale = _diagonal_scale(loc, scale_diag, scale_identity_multiplier)
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope, parameters)


class MultivariateNormalDiagWithSoftplusScale(MultivariateNormalDiag):
    """`MultivariateNormalDiag` whose `scale_diag` is the softplus of what is given.

    Source: TensorFlow 1.15 `tf.contrib.distributions.MultivariateNormalDiagWithSoftplusScale`.
    """

    def __init__(
        self,
        loc: TensorLike,
        scale_diag: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale_diag]) as scope:
            super().__init__(
                loc=loc,
                scale_diag=softplus(scale_diag),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=scope,
            )
        self._arguments = {k: v for k, v in parameters.items() if k not in ("self", "__class__")}


class MultivariateNormalDiagPlusLowRank(MultivariateNormalLinearOperator):
    """The normal distribution of vectors whose scale is a diagonal and a low-rank update.

    Args:
      loc: [..., n]; the mean, zeros when None.
      scale_diag: [..., n].
      scale_identity_multiplier: [...]; what is added to the diagonal.
      scale_perturb_factor: [..., n, k].
      scale_perturb_diag: [..., k]; ones when None.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.MultivariateNormalDiagPlusLowRank`.
    """

    def __init__(
        self,
        loc: TensorLike | None = None,
        scale_diag: TensorLike | None = None,
        scale_identity_multiplier: TensorLike | None = None,
        scale_perturb_factor: TensorLike | None = None,
        scale_perturb_diag: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagPlusLowRank",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as scope:
            loc = _vector(loc)
            if scale_perturb_factor is None:
                scale = _diagonal_scale(loc, scale_diag, scale_identity_multiplier)
            else:
                scale = scale_operator(
                    loc,
                    scale_identity_multiplier,
                    scale_diag,
                    None,
                    scale_perturb_factor,
                    scale_perturb_diag,
                )
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope, parameters)


class MultivariateNormalTriL(MultivariateNormalLinearOperator):
    """The normal distribution of vectors whose scale is a lower triangular matrix.

    Args:
      loc: [..., n]; the mean, zeros when None.
      scale_tril: [..., n, n]; a diagonal without zeros; the identity when None.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: there is neither `loc` nor `scale_tril`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.MultivariateNormalTriL`.
    """

    def __init__(
        self,
        loc: TensorLike | None = None,
        scale_tril: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalTriL",
    ) -> None:
        parameters = dict(locals())
        if loc is None and scale_tril is None:
            raise ValueError("Must specify one or both of `loc`, `scale_tril`.")
        with name_scope(name) as scope:
            loc = _vector(loc)
            if scale_tril is None:
                scale: Any = _diagonal_scale(loc, None, None)
            else:
                scale = LinearOperatorLowerTriangular(
                    convert_to_tensor(scale_tril, name="scale_tril"),
                    is_non_singular=True,
                    is_self_adjoint=False,
                )
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope, parameters)


class MultivariateNormalFullCovariance(MultivariateNormalTriL):
    """The normal distribution of vectors with a covariance matrix.

    Args:
      loc: [..., n]; the mean, zeros when None.
      covariance_matrix: [..., n, n]; symmetric and positive definite; the identity when None.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.MultivariateNormalFullCovariance`.
    """

    def __init__(
        self,
        loc: TensorLike | None = None,
        covariance_matrix: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalFullCovariance",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as scope, name_scope("init", values=[loc, covariance_matrix]):
            tril = None
            if covariance_matrix is not None:
                matrix = convert_to_tensor(covariance_matrix, name="covariance_matrix")
                if validate_args:
                    message = "Matrix was not symmetric."
                    same = check.assert_equal(matrix, matrix_transpose(matrix), message=message)
                    matrix = checked(matrix, [same])
                tril = cholesky(matrix)
        super().__init__(
            loc=loc,
            scale_tril=tril,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=scope,
        )
        self._arguments = {k: v for k, v in parameters.items() if k not in ("self", "__class__")}


class VectorExponentialDiag(_OfOperator):
    """Vectors of exponential numbers, stretched and moved; see `MultivariateNormalDiag`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.VectorExponentialDiag`.
    """

    _mean_of_one = 1.0

    def __init__(
        self,
        loc: TensorLike | None = None,
        scale_diag: TensorLike | None = None,
        scale_identity_multiplier: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorExponentialDiag",
    ) -> None:
        parameters = dict(locals())

        def standard(dtype: Any, allow_nan_stats: bool) -> Any:
            ones = array.ones([], dtype=dtype)
            return Exponential(rate=ones, allow_nan_stats=allow_nan_stats)

        with name_scope(name) as scope:
            loc = _vector(loc)
            scale = _diagonal_scale(loc, scale_diag, scale_identity_multiplier)
        super().__init__(loc, scale, standard, validate_args, allow_nan_stats, parameters, scope)


class VectorLaplaceDiag(_OfOperator):
    """Vectors of Laplace numbers, stretched and moved; see `MultivariateNormalDiag`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.VectorLaplaceDiag`.
    """

    _stddev_of_one = python_math.sqrt(2.0)

    def __init__(
        self,
        loc: TensorLike | None = None,
        scale_diag: TensorLike | None = None,
        scale_identity_multiplier: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorLaplaceDiag",
    ) -> None:
        parameters = dict(locals())

        def standard(dtype: Any, allow_nan_stats: bool) -> Any:
            zero, one = (np.array(x, dtype.as_numpy_dtype) for x in (0.0, 1.0))
            return Laplace(loc=zero, scale=one, allow_nan_stats=allow_nan_stats)

        with name_scope(name) as scope:
            loc = _vector(loc)
            scale = _diagonal_scale(loc, scale_diag, scale_identity_multiplier)
        super().__init__(loc, scale, standard, validate_args, allow_nan_stats, parameters, scope)
