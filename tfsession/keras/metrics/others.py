"""Metrics that are more than the mean of a function."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.keras.losses.reduction import fitted
from tfsession.keras.metrics.base import Mean, Metric
from tfsession.layers.sessions import set_values
from tfsession.ops import array, math, reduction
from tfsession.ops.confusion import confusion_matrix
from tfsession.ops.rearrange import diag_part

__all__ = ["MeanIoU", "RootMeanSquaredError"]


class RootMeanSquaredError(Mean):
    """The root of the mean of the squares of the differences.

    Source: TensorFlow 1.15 `tf.keras.metrics.RootMeanSquaredError`.
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype=dtype)

    def update_state(  # type: ignore[override]  # truth and prediction make the values
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        """Adds the squares of a batch."""
        y_true, y_pred = math.cast(y_true, self.dtype), math.cast(y_pred, self.dtype)
        y_pred, y_true, _ = fitted(y_pred, y_true)
        squares = math.squared_difference(y_pred, y_true)
        return super().update_state(squares, sample_weight=sample_weight)

    def result(self) -> Any:
        """The root."""
        return math.sqrt(math.div_no_nan(self.total, self.count))


class MeanIoU(Metric):
    """The mean over classes of the intersection of truth and prediction over their union.

    Args:
      num_classes: how many classes there are.
      name, dtype: as of `Metric`.

    Source: TensorFlow 1.15 `tf.keras.metrics.MeanIoU`.
    """

    def __init__(self, num_classes: int, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.total_cm = self.add_weight(
            "total_confusion_matrix",
            shape=(num_classes, num_classes),
            initializer="zeros",
            dtype="float64",
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Counts a batch."""
        flat = [array.reshape(math.cast(y, "int64"), [-1]) for y in (y_true, y_pred)]
        if sample_weight is not None:
            sample_weight = array.reshape(math.cast(sample_weight, self.dtype), [-1])
        matrix = confusion_matrix(
            flat[0], flat[1], self.num_classes, weights=sample_weight, dtype="float64"
        )
        return self.total_cm.assign_add(matrix)

    def result(self) -> Any:
        """The mean over the classes that there are."""
        rows = math.cast(reduction.reduce_sum(self.total_cm, axis=0), self.dtype)
        columns = math.cast(reduction.reduce_sum(self.total_cm, axis=1), self.dtype)
        both = math.cast(diag_part(self.total_cm), self.dtype)
        union = rows + columns - both
        present = reduction.reduce_sum(math.cast(math.not_equal(union, 0), self.dtype))
        shares = math.div_no_nan(both, union)
        return math.div_no_nan(reduction.reduce_sum(shares, name="mean_iou"), present)

    def reset_states(self) -> None:
        """Sets the counts to zero."""
        set_values([(self.total_cm, np.zeros((self.num_classes, self.num_classes)))])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return super().get_config() | {"num_classes": self.num_classes}
