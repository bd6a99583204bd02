"""Training steps: gradients that are changed, updates that run before, a loss that is checked."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys, name_scope
from tfsession.logging import info, warning
from tfsession.ops import array, clip, control, math
from tfsession.ops.summary import histogram, scalar
from tfsession.train import training_step
from tfsession.train.optimizer import Optimizer
from tfsession.variables.collections import trainable_variables

__all__ = [
    "OWN_GLOBAL_STEP",
    "add_gradients_summaries",
    "clip_gradient_norms",
    "create_train_op",
    "multiply_gradients",
]

GradientsAndVariables = list[tuple[Any, Any]]

#: As the global step: that of the graph, which is made if there is none.
OWN_GLOBAL_STEP = 0

# ---- Gradients ----


def clip_gradient_norms(
    gradients_to_variables: GradientsAndVariables, max_norm: float
) -> GradientsAndVariables:
    """Gradients whose norms are at most `max_norm`, each for itself.

    Source: TensorFlow 1.15 `tf.contrib.training.clip_gradient_norms`.
    """
    return [
        (None if g is None else _changed(g, lambda x: clip.clip_by_norm(x, max_norm)), v)
        for g, v in gradients_to_variables
    ]


def _changed(gradient: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(change(gradient.values), gradient.indices, gradient.dense_shape)
    return change(gradient)


def multiply_gradients(
    grads_and_vars: GradientsAndVariables, gradient_multipliers: dict[Any, Any]
) -> GradientsAndVariables:
    """Gradients times factors.

    Args:
      grads_and_vars: gradients with their variables.
      gradient_multipliers: variable, or name of its operation -> factor.

    Raises:
      ValueError: there are no factors, or a variable that has one has no gradient.

    Source: TensorFlow 1.15 `tf.contrib.training.multiply_gradients`.
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")
    if not gradient_multipliers:
        raise ValueError("`gradient_multipliers` is empty.")
    if not isinstance(gradient_multipliers, dict):
        raise ValueError("`gradient_multipliers` must be a dict.")
    multiplied = []
    for gradient, variable in grads_and_vars:
        key = variable if variable in gradient_multipliers else variable.op.name
        if key in gradient_multipliers:
            if gradient is None:
                raise ValueError("Requested multiple of `None` gradient.")
            factor = convert_to_tensor(gradient_multipliers[key], gradient.dtype)
            gradient = _changed(gradient, functools.partial(math.multiply, factor))
        multiplied.append((gradient, variable))
    return multiplied


def add_gradients_summaries(grads_and_vars: GradientsAndVariables) -> list[Tensor]:
    """Summaries of gradients: their histograms, and their norms.

    Source: TensorFlow 1.15 `tf.contrib.training.add_gradients_summaries`.
    """
    summaries = []
    for gradient, variable in grads_and_vars:
        if gradient is None:
            info("Var %s has no gradient", variable.op.name)
            continue
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        name = variable.op.name
        summaries.append(histogram(f"{name}_gradient", values))
        summaries.append(scalar(f"{name}_gradient_norm", clip.global_norm([values])))
    return summaries


# ---- A step ----


def create_train_op(
    total_loss: Any,
    optimizer: Optimizer,
    global_step: Any = OWN_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Any = None,
    transform_grads_fn: Callable[[GradientsAndVariables], GradientsAndVariables] | None = None,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: int | None = None,
    colocate_gradients_with_ops: bool = False,
    check_numerics: bool = True,
) -> Tensor:
    """A training step that hands on the loss.

    Args:
      total_loss: a scalar.
      optimizer: an Optimizer.
      global_step: the variable that counts steps, None for no such variable; that of the graph,
        which is made if there is none, by default.
      update_ops: operations that run before the loss; those of UPDATE_OPS when None.
      variables_to_train: what is trained; all trainable variables when None.
      transform_grads_fn: maps gradients and variables to those that are applied.
      summarize_gradients: whether gradients are summarized.
      gate_gradients: as of `Optimizer.compute_gradients`.
      aggregation_method: as of `tf.gradients`.
      colocate_gradients_with_ops: whether gradients are placed beside the operations they are of.
      check_numerics: whether a loss that is inf or nan is an error.

    Returns:
      The loss; fetching it runs the step.

    Source: TensorFlow 1.15 `tf.contrib.training.create_train_op`.
    """
    if global_step is OWN_GLOBAL_STEP:
        global_step = training_step.get_or_create_global_step()
    total_loss = _after_updates(total_loss, update_ops)
    if variables_to_train is None:
        variables_to_train = trainable_variables()
    else:
        trained = trainable_variables()
        for variable in variables_to_train:
            assert any(variable is other for other in trained)
    assert variables_to_train
    gradients = optimizer.compute_gradients(
        total_loss,
        variables_to_train,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )
    if transform_grads_fn is not None:
        gradients = transform_grads_fn(gradients)
    if summarize_gradients:
        with name_scope("summarize_grads"):
            add_gradients_summaries(gradients)
    update = optimizer.apply_gradients(gradients, global_step=global_step)
    with name_scope("train_op"):
        if check_numerics:
            total_loss = array.check_numerics(total_loss, "LossTensor is inf or nan")
        train: Tensor = control.with_dependencies([update], total_loss)
    steps = scopes.get_collection_ref(GraphKeys.TRAIN_OP)
    if not any(train is other for other in steps):
        steps.append(train)
    return train


def _after_updates(total_loss: Any, update_ops: Any) -> Any:
    """The loss, computed after updates."""
    own = scopes.get_collection(GraphKeys.UPDATE_OPS)
    updates = list(dict.fromkeys(own if update_ops is None else update_ops))
    if not set(own) <= set(updates):
        warning(
            "update_ops in create_train_op does not contain all the update_ops in "
            "GraphKeys.UPDATE_OPS"
        )
    if not updates:
        return total_loss
    with scopes.control_dependencies(updates):
        barrier = control.no_op(name="update_barrier")
    return control.with_dependencies([barrier], total_loss)
