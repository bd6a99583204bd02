"""`optimize_loss`: a training step with all that usually belongs to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys
from tfsession.ops import array, clip, control, math, random
from tfsession.ops.indexing import where
from tfsession.ops.initializers import constant_initializer, zeros_initializer
from tfsession.ops.summary import histogram, scalar
from tfsession.train import training_step
from tfsession.train.adagrad import AdagradOptimizer, FtrlOptimizer
from tfsession.train.adam import AdamOptimizer
from tfsession.train.gradient_descent import GradientDescentOptimizer
from tfsession.train.momentum import MomentumOptimizer
from tfsession.train.moving_averages import assign_moving_average
from tfsession.train.optimizer import Optimizer
from tfsession.train.rmsprop import RMSPropOptimizer
from tfsession.variables.collections import trainable_variables
from tfsession.variables.scope import get_variable, variable_scope

__all__ = [
    "OPTIMIZER_CLS_NAMES",
    "OPTIMIZER_SUMMARIES",
    "adaptive_clipping_fn",
    "optimize_loss",
]

#: Optimizers by name.
OPTIMIZER_CLS_NAMES: dict[str, Callable[..., Optimizer]] = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "Momentum": lambda learning_rate: MomentumOptimizer(learning_rate, momentum=0.9),
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}

#: What `optimize_loss` can write summaries of.
OPTIMIZER_SUMMARIES = [
    "learning_rate",
    "loss",
    "gradients",
    "gradient_norm",
    "global_gradient_norm",
]

_DEFAULT_SUMMARIES = ["loss", "learning_rate", "global_gradient_norm"]

GradientsAndVariables = list[tuple[Any, Any]]


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: float | None = None,
    gradient_multipliers: Any = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Any = None,
    update_ops: Any = None,
    variables: Any = None,
    name: str | None = None,
    summaries: Sequence[str] | None = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Tensor:
    """A training step: gradients, noise, multipliers, clipping, update, summaries.

    Args:
      loss: a scalar.
      global_step: the variable that counts steps; that of the graph when None.
      learning_rate: a float, which becomes a variable, or a scalar tensor; None where the optimizer
        has its own.
      optimizer: a name of OPTIMIZER_CLS_NAMES, a class, an instance, or a function of the learning
        rate.
      gradient_noise_scale: the standard deviation of noise that is added to gradients.
      gradient_multipliers: variable, or its name -> what its gradient is multiplied by.
      clip_gradients: the global norm to which gradients are clipped, or a function of the list of
        gradients and variables.
      learning_rate_decay_fn: maps learning rate and global step to the learning rate that is used.
      update_ops: operations that run before the loss; those of UPDATE_OPS when None.
      variables: what is trained; all trainable variables when None.
      name: a name for the variable scope; 'OptimizeLoss' when None.
      summaries: names of OPTIMIZER_SUMMARIES; loss, learning rate and global norm when None.
      colocate_gradients_with_ops: whether gradients are placed beside the operations they are of.
      increment_global_step: whether the global step is counted up.

    Returns:
      The loss; fetching it runs the step.

    Raises:
      ValueError: an argument is not one of these, or no variable has a gradient.

    Source: TensorFlow 1.15 `tf.contrib.layers.optimize_loss`.
    """
    with variable_scope(name, "OptimizeLoss", [loss, global_step]):
        if global_step is None:
            global_step = training_step.get_global_step()
        else:
            training_step.assert_global_step(global_step)
        if update_ops is None:
            update_ops = scopes.get_collection(GraphKeys.UPDATE_OPS)
        if update_ops:
            loss = control.with_dependencies(list(dict.fromkeys(update_ops)), loss)
        chosen = _checked_summaries(summaries)
        rate = _learning_rate(learning_rate)
        if rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, global_step)
            if "learning_rate" in chosen:
                scalar("learning_rate", rate)
        opt = _optimizer(optimizer, rate, learning_rate)
        gradients = opt.compute_gradients(
            loss,
            trainable_variables() if variables is None else variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        gradients = _changed(gradients, gradient_noise_scale, gradient_multipliers)
        gradients = _clipped(gradients, clip_gradients, chosen)
        if "loss" in chosen:
            scalar("loss", loss)
        _summarize_gradients(gradients, chosen, clip_gradients is not None)
        train = opt.apply_gradients(
            gradients, global_step=global_step if increment_global_step else None, name="train"
        )
        result: Tensor = control.with_dependencies([train], loss)
        return result


def _checked_summaries(summaries: Sequence[str] | None) -> Sequence[str]:
    for summary in summaries or ():
        if summary not in OPTIMIZER_SUMMARIES:
            raise ValueError(
                f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided "
                f"{summary}."
            )
    return _DEFAULT_SUMMARIES if summaries is None else summaries


def _learning_rate(learning_rate: Any) -> Any:
    """The learning rate as a tensor; a float becomes a variable, which programs may change."""
    if learning_rate is None:
        return None
    if isinstance(learning_rate, Tensor) and learning_rate.shape.ndims == 0:
        return learning_rate
    if isinstance(learning_rate, float):
        if learning_rate < 0.0:
            raise ValueError("Invalid learning_rate %s.", learning_rate)
        return get_variable(
            "learning_rate",
            [],
            trainable=False,
            initializer=constant_initializer(learning_rate),
        )
    raise ValueError(
        f"Learning rate should be 0d Tensor or float. Got {learning_rate} of type "
        f"{type(learning_rate)}"
    )


def _optimizer(optimizer: Any, rate: Any, learning_rate: Any) -> Any:
    if isinstance(optimizer, str):
        if rate is None:
            raise ValueError(
                "Learning rate is None, but should be specified if optimizer is string "
                f"({optimizer})."
            )
        if optimizer not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], you provided "
                f"{optimizer}."
            )
        return OPTIMIZER_CLS_NAMES[optimizer](learning_rate=rate)
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        if rate is None:
            raise ValueError(
                "Learning rate is None, but should be specified if optimizer is class "
                f"({optimizer})."
            )
        made: Any = optimizer
        return made(learning_rate=rate)
    if isinstance(optimizer, Optimizer):
        return optimizer
    if callable(optimizer):
        opt = optimizer(rate) if learning_rate is not None else optimizer()
        if not isinstance(opt, Optimizer):
            raise ValueError(
                f"Unrecognized optimizer: function should return subclass of Optimizer. Got {opt}."
            )
        return opt
    raise ValueError(
        "Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass of "
        f"Optimizer or function with one argument. Got {optimizer}."
    )


# ---- What is done to gradients ----


def _changed(
    gradients: GradientsAndVariables, noise_scale: float | None, multipliers: Any
) -> GradientsAndVariables:
    if noise_scale is not None:
        gradients = [(_noisy(g, noise_scale), v) for g, v in gradients]
    if multipliers is not None:
        changed = [(_multiplied(g, v, multipliers), v) for g, v in gradients]
        if not changed:
            raise ValueError(
                "Empty list of (gradient, var) pairs encountered. This is most likely to be caused "
                "by an improper value of gradient_multipliers."
            )
        gradients = changed
    return gradients


def _values_of(gradient: Any) -> Any:
    return gradient.values if isinstance(gradient, IndexedSlices) else gradient


def _noisy(gradient: Any, scale: float) -> Any:
    if gradient is None:
        return None
    shape = gradient.dense_shape if isinstance(gradient, IndexedSlices) else gradient.get_shape()
    return gradient + random.truncated_normal(shape) * scale


def _multiplied(gradient: Any, variable: Any, multipliers: Any) -> Any:
    if gradient is None or (variable not in multipliers and variable.name not in multipliers):
        return gradient
    key = variable if variable in multipliers else variable.name
    factor = math.cast(multipliers[key], gradient.dtype)
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
    return gradient * factor


def _clipped(
    gradients: GradientsAndVariables, clip_gradients: Any, summaries: Sequence[str]
) -> GradientsAndVariables:
    if "global_gradient_norm" in summaries or "gradient_norm" in summaries:
        scalar("global_norm/gradient_norm", clip.global_norm([g for g, _ in gradients]))
    if isinstance(clip_gradients, float):
        values = [g for g, _ in gradients]
        clipped, _ = clip.clip_by_global_norm(values, clip_gradients)
        gradients = [(g, v) for g, (_, v) in zip(clipped, gradients, strict=True)]
    elif callable(clip_gradients):
        gradients = clip_gradients(gradients)
    elif clip_gradients is not None:
        raise ValueError(f"Unknown type {type(clip_gradients)} for clip_gradients")
    return gradients


def _summarize_gradients(
    gradients: GradientsAndVariables, summaries: Sequence[str], is_clipped: bool
) -> None:
    for gradient, variable in gradients:
        if gradient is None:
            continue
        values = _values_of(gradient)
        name = variable.name.replace(":", "_")
        if "gradients" in summaries:
            histogram(f"gradients/{name}", values)
        if "gradient_norm" in summaries:
            scalar(f"gradient_norm/{name}", clip.global_norm([values]))
    if is_clipped and ("global_gradient_norm" in summaries or "gradient_norm" in summaries):
        scalar("global_norm/clipped_gradient_norm", clip.global_norm([g for g, _ in gradients]))


def adaptive_clipping_fn(
    std_factor: float = 2.0,
    decay: float = 0.95,
    static_max_norm: float | None = None,
    global_step: Any = None,
    report_summary: bool = False,
    epsilon: float = 1e-8,
    name: str | None = None,
) -> Callable[[GradientsAndVariables], GradientsAndVariables]:
    """A function for `clip_gradients` that clips norms far above their average.

    Args:
      std_factor: how many standard deviations of the logarithm of norms are allowed.
      decay: how much of the averages is kept in a step.
      static_max_norm: a norm that is allowed at most.
      global_step: the variable that counts steps; early averages then move faster.
      report_summary: whether the norm that is allowed is summarized.
      epsilon: is added to norms before the logarithm.
      name: a name for the variable scope; 'AdaptiveMaxNorm' when None.

    Source: TensorFlow 1.15, contrib/layers/python/layers/optimizers.py `adaptive_clipping_fn`.
    """

    def clipped(gradients: GradientsAndVariables) -> GradientsAndVariables:
        values = [g for g, _ in gradients]
        norm = clip.global_norm(values)
        max_norm, log_mean = _adaptive_max_norm(norm, std_factor, decay, global_step, epsilon, name)
        if report_summary:
            scalar("global_norm/adaptive_max_gradient_norm", max_norm)
        # Where the norm is small, gradients stay as they are.
        factor = where(norm < max_norm, array.ones_like(norm), math.exp(log_mean) / norm)
        if static_max_norm is not None:
            factor = math.minimum(static_max_norm / norm, factor)
        result: GradientsAndVariables = []
        for gradient, variable in gradients:
            if gradient is None:
                result.append((None, variable))
            elif isinstance(gradient, IndexedSlices):
                slices = IndexedSlices(
                    gradient.values * factor, gradient.indices, gradient.dense_shape
                )
                result.append((slices, variable))
            else:
                result.append((gradient * factor, variable))
        return result

    return clipped


def _adaptive_max_norm(
    norm: Tensor, std_factor: float, decay: float, global_step: Any, epsilon: float, name: Any
) -> tuple[Tensor, Tensor]:
    """The norm that is allowed, and the average of the logarithm of norms."""
    with variable_scope(name, "AdaptiveMaxNorm", [norm]):
        log_norm = math.log(norm + epsilon)
        kept: Any = decay
        if global_step is not None:
            step = math.cast(global_step, norm.dtype)
            kept = math.minimum(decay, step / (step + 1.0))
        mean = _moving("mean", log_norm, kept)
        square = _moving("sq_mean", math.square(log_norm), kept)
        variance = square - math.square(mean)
        std = math.sqrt(math.maximum(epsilon, variance))
        return math.exp(mean + std_factor * std), mean


def _moving(name: str, value: Tensor, decay: Any) -> Any:
    average = get_variable(
        name,
        shape=value.get_shape(),
        dtype=value.dtype,
        initializer=zeros_initializer(),
        trainable=False,
    )
    return assign_moving_average(average, value, decay, zero_debias=False)
