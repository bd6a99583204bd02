"""Kernels of activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.registry import kernel

from .math import buffer_for, either, widened

Array = Any

# Klambauer et al., "Self-normalizing neural networks", 2017.
SELU_SCALE = 1.0507009873554804934193349852946
SELU_SCALE_ALPHA = 1.7580993408473768599402175208123


# ---- Relu ----


# NumPy has vector code for clipping, and none for the maximum with a scalar: a third of the time.
# `np.clip` spends more on its arguments than small arrays take, so the function behind it is used.
_clip = getattr(getattr(np, "_core", None), "umath", np).clip
_RELU_LIMITS = {np.dtype(kind): (kind(0), kind(np.inf)) for kind in (np.float32, np.float64)}


@kernel("Relu", expression="x > 0 ? x : (x == x ? 0 : x)", writes_out=True)
def relu(xp: Any, features: Array, out: Array | None = None) -> Array:
    """max(x, 0)."""
    limits = _RELU_LIMITS.get(features.dtype) if xp is np else None
    if limits is not None:
        return _clip(features, *limits, out=out)
    return xp.maximum(features, features.dtype.type(0), out=out)


@kernel("ReluGrad", expression="y > 0 ? x : 0", writes_out=True)
def relu_grad(xp: Any, gradients: Array, features: Array, out: Array | None = None) -> Array:
    """dy where x > 0."""
    return xp.multiply(gradients, features > 0, out=out)


# ---- Relu6 ----


@kernel("Relu6", expression="x > 6 ? 6 : (x < 0 ? 0 : x)", writes_out=True)
def relu6(xp: Any, features: Array, out: Array | None = None) -> Array:
    """min(max(x, 0), 6)."""
    kind = features.dtype.type
    result = xp.maximum(features, kind(0), out=buffer_for(xp, features, out))
    return xp.minimum(result, kind(6), out=result)


@kernel("Relu6Grad", expression="y > 0 && y < 6 ? x : 0", writes_out=True)
def relu6_grad(xp: Any, gradients: Array, features: Array, out: Array | None = None) -> Array:
    """dy where 0 < x < 6."""
    return xp.multiply(gradients, (features > 0) & (features < 6), out=out)


# ---- Elu ----


def _chosen(xp: Any, condition: Array, x: Array, y: Array, out: Array | None) -> Array:
    """`where` with `out`."""
    result = either(xp, condition, x, y)
    if out is None:
        return result
    out[...] = result
    return out


@kernel("Elu", expression="x < 0 ? exp(x) - 1 : x", writes_out=True)
@widened
def elu(xp: Any, features: Array, out: Array | None = None) -> Array:
    """exp(x) - 1 below 0, x above."""
    below = xp.minimum(features, 0, out=xp.empty_like(features))
    xp.exp(below, out=below)
    xp.subtract(below, 1, out=below)
    return _chosen(xp, features < 0, below, features, out)


@kernel("EluGrad", expression="y < 0 ? (y + 1) * x : x", writes_out=True)
@widened
def elu_grad(xp: Any, gradients: Array, outputs: Array, out: Array | None = None) -> Array:
    """dy (y + 1) below 0, dy above."""
    slope = xp.where(outputs < 0, outputs + 1, outputs.dtype.type(1))
    return xp.multiply(gradients, slope, out=out)


# ---- Selu ----


@kernel(
    "Selu",
    expression=f"x < 0 ? {SELU_SCALE_ALPHA} * (exp(x) - 1) : {SELU_SCALE} * x",
    writes_out=True,
)
@widened
def selu(xp: Any, features: Array, out: Array | None = None) -> Array:
    """The scaled `elu` that keeps mean 0 and variance 1."""
    below = xp.exp(xp.minimum(features, 0)) - 1
    return _chosen(xp, features < 0, below * SELU_SCALE_ALPHA, features * SELU_SCALE, out)


@kernel(
    "SeluGrad",
    expression=f"y < 0 ? x * (y + {SELU_SCALE_ALPHA}) : x * {SELU_SCALE}",
    writes_out=True,
)
@widened
def selu_grad(xp: Any, gradients: Array, outputs: Array, out: Array | None = None) -> Array:
    """Gradient of `selu` from its output."""
    slope = xp.where(outputs < 0, outputs + SELU_SCALE_ALPHA, outputs.dtype.type(SELU_SCALE))
    return xp.multiply(gradients, slope, out=out)


# ---- Softplus ----


@kernel("Softplus", expression="(x > 0 ? x : 0) + log1p(exp(x > 0 ? -x : x))", writes_out=True)
@widened
def softplus(xp: Any, features: Array, out: Array | None = None) -> Array:
    """log(1 + exp(x)) without overflow."""
    u = xp.negative(xp.absolute(features), out=xp.empty_like(features))
    xp.exp(u, out=u)
    # log1p(u) by way of the vectorised logarithm: the rounding of 1 + u cancels (Kahan).
    rounded = xp.add(u, 1, out=xp.empty_like(u))
    logarithm = xp.log(rounded, out=xp.empty_like(u))
    xp.subtract(rounded, 1, out=rounded)
    is_tiny = rounded == 0
    xp.add(rounded, is_tiny, out=rounded)
    xp.add(logarithm, is_tiny, out=logarithm)
    xp.divide(u, rounded, out=u)
    xp.multiply(u, logarithm, out=u)
    return xp.add(u, xp.maximum(features, 0, out=rounded), out=out)


@kernel("SoftplusGrad", expression="x / (exp(-y) + 1)", writes_out=True)
@widened
def softplus_grad(xp: Any, gradients: Array, features: Array, out: Array | None = None) -> Array:
    """dy times the sigmoid of x."""
    slope = xp.negative(features, out=xp.empty_like(features))
    xp.exp(slope, out=slope)
    xp.add(slope, 1, out=slope)
    return xp.divide(gradients, slope, out=out)


# ---- Softsign ----


@kernel("Softsign", expression="x / ((x < 0 ? -x : x) + 1)", writes_out=True)
@widened
def softsign(xp: Any, features: Array, out: Array | None = None) -> Array:
    """x / (1 + |x|)."""
    return xp.divide(features, xp.absolute(features) + 1, out=out)


@kernel(
    "SoftsignGrad",
    expression="x / ((1 + (y < 0 ? -y : y)) * (1 + (y < 0 ? -y : y)))",
    writes_out=True,
)
@widened
def softsign_grad(xp: Any, gradients: Array, features: Array, out: Array | None = None) -> Array:
    """dy / (1 + |x|)^2."""
    return xp.divide(gradients, xp.square(xp.absolute(features) + 1), out=out)


# ---- LeakyRelu ----

# Attributes are float32 in TensorFlow, whatever the dtype of the arrays.


@kernel("LeakyRelu")
def leaky_relu(xp: Any, features: Array, alpha: float) -> Array:
    """x above 0, alpha x below."""
    scaled = features * features.dtype.type(np.float32(alpha))
    if 0 < alpha <= 1:
        return xp.maximum(features, scaled)
    return either(xp, features > 0, features, scaled)


@kernel("LeakyReluGrad")
def leaky_relu_grad(xp: Any, gradients: Array, features: Array, alpha: float) -> Array:
    """dy above 0, alpha dy below."""
    scaled = gradients * gradients.dtype.type(np.float32(alpha))
    return either(xp, features > 0, gradients, scaled)
