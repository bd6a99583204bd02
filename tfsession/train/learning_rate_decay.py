"""Learning rates that depend on the step.

Each function returns a scalar Tensor of the learning rate's dtype.
"""

from __future__ import annotations

import math as python_math
from collections.abc import Sequence
from typing import Any

from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, indexing, math
from tfsession.ops.random import random_normal

__all__ = [
    "cosine_decay",
    "cosine_decay_restarts",
    "exponential_decay",
    "inverse_time_decay",
    "linear_cosine_decay",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
]


def _check_step(global_step: Any, function: str) -> None:
    if global_step is None:
        raise ValueError(f"global_step is required for {function}.")


def exponential_decay(
    learning_rate: TensorLike,
    global_step: TensorLike,
    decay_steps: TensorLike,
    decay_rate: TensorLike,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """``learning_rate * decay_rate ** (global_step / decay_steps)``.

    Args:
      learning_rate: the rate at step 0.
      global_step: the step; not negative.
      decay_steps: the number of steps by which the rate falls once.
      decay_rate: the factor by which it falls.
      staircase: whether it falls at once rather than in every step.
      name: a name for the operation.

    Raises:
      ValueError: `global_step` is None.

    Source: TensorFlow 1.15 `tf.train.exponential_decay`.
    """
    _check_step(global_step, "exponential_decay")
    with name_scope(name, "ExponentialDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        exponent = math.cast(global_step, rate.dtype) / math.cast(decay_steps, rate.dtype)
        if staircase:
            exponent = math.floor(exponent)
        factor = math.pow(math.cast(decay_rate, rate.dtype), exponent)
        return math.multiply(rate, factor, name=scope)


def piecewise_constant(
    x: TensorLike, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None
) -> Tensor:
    """``values[i]`` where i is the number of boundaries below `x`.

    Args:
      x: a scalar, such as the global step.
      boundaries: n numbers or tensors of the dtype of `x`, rising.
      values: n + 1 numbers or tensors of one dtype.
      name: a name for the scope of the operations.

    Raises:
      ValueError: there is not one value more than boundaries, or dtypes differ.

    Source: TensorFlow 1.15 `tf.train.piecewise_constant`.
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    with name_scope(name, "PiecewiseConstant", [x, *boundaries, *values]):
        point = convert_to_tensor(x)
        limits = [math.cast(limit, point.dtype.base_dtype) for limit in boundaries]
        levels = [convert_to_tensor(level) for level in values]
        for level in levels:
            if level.dtype.base_dtype is not levels[0].dtype.base_dtype:
                raise ValueError(
                    "Values must have elements all with the same dtype "
                    f"({levels[0].dtype.base_dtype!r} vs {level.dtype.base_dtype!r})."
                )
        result = levels[-1]
        for limit, level in zip(reversed(limits), reversed(levels[:-1]), strict=True):
            result = indexing.where(point <= limit, level, result)
        return result


piecewise_constant_decay = piecewise_constant


def polynomial_decay(
    learning_rate: TensorLike,
    global_step: TensorLike,
    decay_steps: TensorLike,
    end_learning_rate: TensorLike = 0.0001,
    power: TensorLike = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """From `learning_rate` to `end_learning_rate` in `decay_steps` steps, by a polynomial.

    Args:
      learning_rate: the rate at step 0.
      global_step: the step; not negative.
      decay_steps: how many steps it takes.
      end_learning_rate: the rate from then on.
      power: the degree; 1 is a straight line.
      cycle: whether, beyond `decay_steps`, it starts again with twice, thrice, ... as many steps.
      name: a name for the operation.

    Raises:
      ValueError: `global_step` is None.

    Source: TensorFlow 1.15 `tf.train.polynomial_decay`.
    """
    _check_step(global_step, "polynomial_decay")
    values = [learning_rate, global_step, decay_steps, end_learning_rate, power]
    with name_scope(name, "PolynomialDecay", values) as scope:
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        dtype = rate.dtype
        end_rate = math.cast(end_learning_rate, dtype)
        step = math.cast(global_step, dtype)
        steps = math.cast(decay_steps, dtype)
        if cycle:
            rounds = math.ceil(step / steps)
            started = indexing.where(math.equal(step, 0), array.ones_like(rounds), rounds)
            steps = math.multiply(steps, started)
        else:
            step = math.minimum(step, steps)
        shape = math.pow(1 - step / steps, math.cast(power, dtype))
        return math.add(math.multiply(rate - end_rate, shape), end_rate, name=scope)


def natural_exp_decay(
    learning_rate: TensorLike,
    global_step: TensorLike,
    decay_steps: TensorLike,
    decay_rate: TensorLike,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """``learning_rate * exp(-decay_rate * global_step / decay_steps)``.

    Arguments are those of `exponential_decay`.

    Source: TensorFlow 1.15 `tf.train.natural_exp_decay`.
    """
    with name_scope(name, "NaturalExpDecay", [learning_rate, global_step, decay_rate]):
        factor = math.exp(math.negative(convert_to_tensor(decay_rate)))
        return exponential_decay(learning_rate, global_step, decay_steps, factor, staircase)


def inverse_time_decay(
    learning_rate: TensorLike,
    global_step: TensorLike,
    decay_steps: TensorLike,
    decay_rate: TensorLike,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """``learning_rate / (1 + decay_rate * global_step / decay_steps)``.

    Arguments are those of `exponential_decay`.

    Source: TensorFlow 1.15 `tf.train.inverse_time_decay`.
    """
    _check_step(global_step, "inverse_time_decay")
    with name_scope(name, "InverseTimeDecay", [learning_rate, global_step, decay_rate]) as scope:
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        dtype = rate.dtype
        exponent = math.cast(global_step, dtype) / math.cast(decay_steps, dtype)
        if staircase:
            exponent = math.floor(exponent)
        one = math.cast(1, dtype)
        divisor = math.add(one, math.multiply(math.cast(decay_rate, dtype), exponent))
        result: Tensor = math.divide(rate, divisor, name=scope)
        return result


def _cosine(fraction: Tensor) -> Tensor:
    """Half a wave, from 1 at 0 to 0 at 1."""
    pi = math.cast(python_math.pi, fraction.dtype)
    result: Tensor = 0.5 * (1.0 + math.cos(pi * fraction))
    return result


def cosine_decay(
    learning_rate: TensorLike,
    global_step: TensorLike,
    decay_steps: TensorLike,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """From `learning_rate` to ``alpha * learning_rate`` in `decay_steps` steps, by half a wave.

    Args:
      learning_rate: the rate at step 0.
      global_step: the step; not negative.
      decay_steps: how many steps it takes.
      alpha: the fraction of the rate that remains.
      name: a name for the scope of the operations.

    Raises:
      ValueError: `global_step` is None.

    Source: Loshchilov and Hutter, 2016; TensorFlow 1.15 `tf.train.cosine_decay`.
    """
    _check_step(global_step, "cosine_decay")
    with name_scope(name, "CosineDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        steps = math.cast(decay_steps, rate.dtype)
        step = math.minimum(math.cast(global_step, rate.dtype), steps)
        decayed = (1 - alpha) * _cosine(step / steps) + alpha
        result: Tensor = math.multiply(rate, decayed)
        return result


def cosine_decay_restarts(
    learning_rate: TensorLike,
    global_step: TensorLike,
    first_decay_steps: TensorLike,
    t_mul: TensorLike = 2.0,
    m_mul: TensorLike = 1.0,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """`cosine_decay` that starts again, each time longer and lower.

    Args:
      learning_rate: the rate at step 0.
      global_step: the step; not negative.
      first_decay_steps: how many steps the first fall takes.
      t_mul: the factor by which each is longer than the one before; a Python number.
      m_mul: the factor by which each starts lower than the one before.
      alpha: the fraction of the rate that remains.
      name: a name for the scope of the operations.

    Raises:
      ValueError: `global_step` is None.

    Source: Loshchilov and Hutter, 2016; TensorFlow 1.15 `tf.train.cosine_decay_restarts`.
    """
    _check_step(global_step, "cosine decay restarts")
    with name_scope(name, "SGDRDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        dtype = rate.dtype
        ratio = math.cast(m_mul, dtype)
        completed = math.cast(global_step, dtype) / math.cast(first_decay_steps, dtype)
        if t_mul == 1.0:
            restarts = math.floor(completed)
            fraction = completed - restarts
        else:
            growth = math.cast(t_mul, dtype)
            restarts = math.floor(math.log(1.0 - completed * (1.0 - growth)) / math.log(growth))
            lengths = (1.0 - math.pow(growth, restarts)) / (1.0 - growth)
            fraction = (completed - lengths) / math.pow(growth, restarts)
        decayed = (1 - alpha) * (math.pow(ratio, restarts) * _cosine(fraction)) + alpha
        return math.multiply(rate, decayed, name=scope)


def linear_cosine_decay(
    learning_rate: TensorLike,
    global_step: TensorLike,
    decay_steps: TensorLike,
    num_periods: float = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """A line times waves: ``learning_rate * ((alpha + line) * wave + beta)``.

    Args:
      learning_rate: the rate at step 0.
      global_step: the step; not negative.
      decay_steps: how many steps the line takes from 1 to 0.
      num_periods: the number of waves.
      alpha: added to the line.
      beta: added to the product.
      name: a name for the operation.

    Raises:
      ValueError: `global_step` is None.

    Source: Bello et al., 2017; TensorFlow 1.15 `tf.train.linear_cosine_decay`.
    """
    _check_step(global_step, "linear_cosine_decay")
    with name_scope(name, "LinearCosineDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        steps = math.cast(decay_steps, rate.dtype)
        step = math.minimum(math.cast(global_step, rate.dtype), steps)
        line = (steps - step) / steps
        wave = _cosine(2.0 * num_periods * (step / steps))
        return math.multiply(rate, (alpha + line) * wave + beta, name=scope)


def noisy_linear_cosine_decay(
    learning_rate: TensorLike,
    global_step: TensorLike,
    decay_steps: TensorLike,
    initial_variance: Any = 1.0,
    variance_decay: Any = 0.55,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """`linear_cosine_decay` with noise on the line, less of it with every step.

    Args:
      learning_rate: the rate at step 0.
      global_step: the step; not negative.
      decay_steps: how many steps the line takes from 1 to 0.
      initial_variance: the variance of the noise at step 0.
      variance_decay: the power of ``1 + global_step`` by which the variance is divided.
      num_periods: the number of waves.
      alpha: added to the line.
      beta: added to the product.
      name: a name for the operation.

    Raises:
      ValueError: `global_step` is None.

    Source: Bello et al., 2017; TensorFlow 1.15 `tf.train.noisy_linear_cosine_decay`.
    """
    with name_scope(name, "NoisyLinearCosineDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        numbers = (decay_steps, initial_variance, variance_decay, num_periods, alpha, beta)
        steps, variance, decay, periods, alpha, beta = (
            math.cast(number, rate.dtype) for number in numbers
        )
        step = math.minimum(math.cast(global_step, rate.dtype), steps)
        line = (steps - step) / steps
        deviation = math.sqrt(variance / math.pow(1.0 + step, decay))
        line = line + random_normal(line.get_shape(), stddev=deviation)
        wave = _cosine(2.0 * periods * (step / steps))
        return math.multiply(rate, (alpha + line) * wave + beta, name=scope)
