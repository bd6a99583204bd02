"""`tf.contrib.slim.learning`: training steps and the loop that runs them."""

from __future__ import annotations

from typing import Any

from tfsession.contrib.slim.training_loop import train, train_step
from tfsession.contrib.training.steps import (
    OWN_GLOBAL_STEP,
    GradientsAndVariables,
    add_gradients_summaries,
    clip_gradient_norms,
    create_train_op as transformed_train_op,
    multiply_gradients,
)
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.train.optimizer import Optimizer

__all__ = [
    "add_gradients_summaries",
    "clip_gradient_norms",
    "create_train_op",
    "multiply_gradients",
    "train",
    "train_step",
]

# ---- A step ----


def create_train_op(
    total_loss: Any,
    optimizer: Optimizer,
    global_step: Any = OWN_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Any = None,
    clip_gradient_norm: float = 0,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: int | None = None,
    colocate_gradients_with_ops: bool = False,
    gradient_multipliers: dict[Any, Any] | None = None,
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
      clip_gradient_norm: the norm to which each gradient is clipped; 0 clips none.
      summarize_gradients: whether gradients are summarized.
      gate_gradients: as of `Optimizer.compute_gradients`.
      aggregation_method: as of `tf.gradients`.
      colocate_gradients_with_ops: whether gradients are placed beside the operations they are of.
      gradient_multipliers: variable, or name of its operation -> factor of its gradient.
      check_numerics: whether a loss that is inf or nan is an error.

    Returns:
      The loss; fetching it runs the step.

    Raises:
      ValueError: a variable is not trainable, or none has a gradient.

    Source: TensorFlow 1.15 `tf.contrib.slim.learning.create_train_op`.
    """

    def transformed(gradients: GradientsAndVariables) -> GradientsAndVariables:
        if gradient_multipliers:
            with name_scope("multiply_grads"):
                gradients = multiply_gradients(gradients, gradient_multipliers)
        if clip_gradient_norm > 0:
            with name_scope("clip_grads"):
                gradients = clip_gradient_norms(gradients, clip_gradient_norm)
        return gradients

    return transformed_train_op(
        total_loss,
        optimizer,
        global_step=global_step,
        update_ops=update_ops,
        variables_to_train=variables_to_train,
        transform_grads_fn=transformed,
        summarize_gradients=summarize_gradients,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
        check_numerics=check_numerics,
    )
