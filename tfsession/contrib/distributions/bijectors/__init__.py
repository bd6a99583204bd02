"""`tf.contrib.distributions.bijectors`: differentiable functions with an inverse."""

from __future__ import annotations

from tfsession.contrib.distributions.bijector import (
    Bijector as Bijector,
    ConditionalBijector as ConditionalBijector,
)
from tfsession.contrib.distributions.bijectors.affine import (
    Affine as Affine,
    AffineLinearOperator as AffineLinearOperator,
    AffineScalar as AffineScalar,
)
from tfsession.contrib.distributions.bijectors.composed import (
    Chain as Chain,
    Inline as Inline,
    Invert as Invert,
)
from tfsession.contrib.distributions.bijectors.elementwise import (
    AbsoluteValue as AbsoluteValue,
    Exp as Exp,
    Gumbel as Gumbel,
    Identity as Identity,
    PowerTransform as PowerTransform,
    Sigmoid as Sigmoid,
    SinhArcsinh as SinhArcsinh,
    Softplus as Softplus,
    Softsign as Softsign,
    Square as Square,
)
from tfsession.contrib.distributions.bijectors.events import (
    Permute as Permute,
    RealNVP as RealNVP,
    Reshape as Reshape,
    SoftmaxCentered as SoftmaxCentered,
    real_nvp_default_template as real_nvp_default_template,
)
from tfsession.names import absent

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

absent.explain_in(__name__)
