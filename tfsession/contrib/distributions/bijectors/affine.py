"""Bijectors that scale and shift, by numbers or matrices."""

from __future__ import annotations

from typing import Any

from tfsession.contrib.distributions.bijector import Bijector
from tfsession.dtypes import float32
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.linear_operators import (
    LinearOperatorDiag,
    LinearOperatorIdentity,
    LinearOperatorLowerTriangular,
    LinearOperatorLowRankUpdate,
    LinearOperatorScaledIdentity,
)
from tfsession.ops import array, math
from tfsession.ops.rearrange import matrix_diag_part, matrix_set_diag

__all__ = [
    "Affine",
    "AffineLinearOperator",
    "AffineScalar",
]


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
