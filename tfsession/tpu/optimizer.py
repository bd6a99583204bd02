"""`tf.tpu.CrossShardOptimizer`: an optimizer over shards, of which a local device is one."""

from __future__ import annotations

from typing import Any

from tfsession.logging import warning
from tfsession.losses import Reduction
from tfsession.train.optimizer import Optimizer

__all__ = ["CrossShardOptimizer"]


class CrossShardOptimizer(Optimizer):
    """Sums gradients over shards, and hands them to another optimizer.

    Source: TensorFlow 1.15 `tf.tpu.CrossShardOptimizer`.
    """

    def __init__(
        self,
        opt: Any,
        reduction: str = Reduction.MEAN,
        name: str = "CrossShardOptimizer",
        group_assignment: Any = None,
    ) -> None:
        """Creates an optimizer.

        Args:
          opt: the optimizer that does the work.
          reduction: `tf.losses.Reduction.SUM` or `MEAN`: how losses of shards become one.
          name: its name.
          group_assignment: accepted.

        Raises:
          ValueError: `reduction` is another one.
        """
        if reduction not in (Reduction.SUM, Reduction.MEAN):
            raise ValueError(f"Unsupported reduction: {reduction}.")
        super().__init__(False, name)
        self._opt = opt
        self._reduction = reduction

    def compute_gradients(  # type: ignore[override]  # the others pass as they are
        self, loss: Any, var_list: Any = None, **kwargs: Any
    ) -> Any:
        """The gradients of the inner optimizer; one shard's loss is the whole one."""
        warning(
            "CrossShardOptimizer should be used within a tpu_shard_context, but got unset "
            "number_of_shards. Assuming 1."
        )
        return self._opt.compute_gradients(loss, var_list=var_list, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """Hands gradients to the inner optimizer; one shard's are the sum."""
        return self._opt.apply_gradients(list(grads_and_vars), global_step, name)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """The slot variable of the inner optimizer."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """The slots of the inner optimizer."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self) -> Any:
        """The variables of the inner optimizer."""
        return self._opt.variables()
