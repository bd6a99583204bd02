"""Batch normalization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.layers.base import Layer
from tfsession.layers.core import called
from tfsession.layers.normalization_bodies import BatchNormalizationBody
from tfsession.ops import initializers

__all__ = ["BatchNormalization", "batch_normalization"]


class BatchNormalization(BatchNormalizationBody, Layer):
    """Gives each channel the mean `beta` and the standard deviation `gamma`.

    In training the statistics are those of the batch, and two updates move the averages towards
    them, which are used otherwise. The updates are in UPDATE_OPS: a program runs them beside each
    training step.

    Args:
      axis: the axis of the channels, or several.
      momentum: how much of an average is kept in an update.
      epsilon: is added to the variance.
      center: whether there is a `beta`.
      scale: whether there is a `gamma`.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: of
        the variables of these names, [channels].
      beta_regularizer, gamma_regularizer: map the variable to a loss.
      beta_constraint, gamma_constraint: map the value after an update to the one that is kept.
      renorm: whether batches are corrected towards the averages, as in batch renormalization.
      renorm_clipping: "rmax", "rmin", "dmax": limits of that correction.
      renorm_momentum: how much of its averages is kept in an update.
      fused: True and None use one op for all where that is possible; False uses several.
      trainable: whether `beta` and `gamma` are trained.
      virtual_batch_size: the size of the parts of a batch that are normalized by themselves.
      adjustment: maps the shape of the inputs to a scale and an offset, which are applied in
        training only.
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Raises:
      ValueError: arguments exclude each other.

    Source: Ioffe and Szegedy, arXiv 1502.03167; Ioffe, arXiv 1702.03275 (renormalization);
      TensorFlow 1.15 `tf.layers.BatchNormalization`.
    """

    def _add_average(self, name: str, shape: list[int], initializer: Any) -> Any:
        # Partitions and averages do not go together.
        partitioner = None
        if self._scope is not None:
            partitioner = self._scope.partitioner
            self._scope.set_partitioner(None)
        try:
            return super()._add_average(name, shape, initializer)
        finally:
            if self._scope is not None and partitioner is not None:
                self._scope.set_partitioner(partitioner)


def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = initializers.zeros_initializer(),
    gamma_initializer: Any = initializers.ones_initializer(),
    moving_mean_initializer: Any = initializers.zeros_initializer(),
    moving_variance_initializer: Any = initializers.ones_initializer(),
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Callable[[Any], tuple[Any, Any]] | None = None,
) -> Any:
    """Makes a `BatchNormalization` layer and calls it.

    Args:
      inputs: a tensor of floats.
      training: a bool or a scalar bool tensor: whether the statistics are those of the batch. The
        updates of the averages are in UPDATE_OPS.
      reuse: whether the variables of the scope `name` exist already.
      axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer,
        moving_mean_initializer, moving_variance_initializer, beta_regularizer, gamma_regularizer,
        beta_constraint, gamma_constraint, trainable, name, renorm, renorm_clipping,
        renorm_momentum, fused, virtual_batch_size, adjustment: as of `BatchNormalization`.

    Returns:
      A tensor like `inputs`.

    Source: TensorFlow 1.15 `tf.layers.batch_normalization`.
    """
    return called(BatchNormalization, locals())
