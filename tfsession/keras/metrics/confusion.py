"""Metrics of how often yes and no are right: counts, precision, recall, areas under curves."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tfsession.graph import scopes
from tfsession.keras.losses.reduction import fitted
from tfsession.keras.metrics.base import Metric
from tfsession.layers.sessions import set_values
from tfsession.ops import array, check, math, nn, reduction
from tfsession.ops.control import group
from tfsession.ops.indexing import where
from tfsession.ops.rearrange import tile
from tfsession.ops.weights import broadcast_weights

__all__ = [
    "AUC",
    "FalseNegatives",
    "FalsePositives",
    "Precision",
    "Recall",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
    "TrueNegatives",
    "TruePositives",
]

# What thresholds go beyond 0 and 1 by, so that every prediction lies between the outer ones.
_EPSILON = 1e-7

# Count -> whether it counts what is true, and what was predicted to be.
_COUNTS = {
    "true_positives": (True, True),
    "false_positives": (False, True),
    "true_negatives": (False, False),
    "false_negatives": (True, False),
}


def _thresholds(given: Any, default: float = 0.5) -> list[float]:
    found = (
        [default] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]
    )
    wrong = [t for t in found if t is None or t < 0 or t > 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Invalid values: {wrong}")
    return found


def _counted(
    variables: dict[str, Any],
    y_true: Any,
    y_pred: Any,
    thresholds: list[float],
    sample_weight: Any = None,
    top_k: int | None = None,
    class_id: int | None = None,
) -> Any:
    """Adds the counts of a batch to variables, one element for each threshold."""
    y_true, y_pred = math.cast(y_true, "float32"), math.cast(y_pred, "float32")
    with scopes.control_dependencies(
        [
            check.assert_greater_equal(
                y_pred, math.cast(0.0, y_pred.dtype), message="predictions must be >= 0"
            ),
            check.assert_less_equal(
                y_pred, math.cast(1.0, y_pred.dtype), message="predictions must be <= 1"
            ),
        ]
    ):
        y_pred, y_true, _ = fitted(array.identity(y_pred), y_true)
    if top_k is not None:
        y_pred = _only_greatest(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
    weights = None
    if sample_weight is not None:
        weights = math.cast(sample_weight, "float32")
        _, _, weights = fitted(y_pred, None, weights)
        weights = tile(
            array.reshape(broadcast_weights(weights, y_pred), [1, -1]), [len(thresholds), 1]
        )
    limits = array.reshape(array.constant(thresholds, "float32"), [-1, 1])
    is_positive = math.greater(array.reshape(y_pred, [1, -1]), limits)
    is_true = tile(math.cast(array.reshape(y_true, [1, -1]), "bool"), [len(thresholds), 1])
    updates = []
    for name, variable in variables.items():
        of_truth, of_prediction = _COUNTS[name]
        hit = math.logical_and(
            is_true if of_truth else math.logical_not(is_true),
            is_positive if of_prediction else math.logical_not(is_positive),
        )
        values = math.cast(hit, "float32")
        if weights is not None:
            values = values * weights
        updates.append(variable.assign_add(reduction.reduce_sum(values, 1)))
    return group(*[getattr(update, "op", update) for update in updates])


def _only_greatest(y_pred: Any, k: int) -> Any:
    """The predictions, but for the k greatest far below all thresholds."""
    _, places = nn.top_k(y_pred, k, sorted=False)
    mask = reduction.reduce_sum(array.one_hot(places, y_pred.shape.as_list()[-1], axis=-1), axis=-2)
    return y_pred * mask - 1e10 * (1 - mask)


class _Counting(Metric):
    """Counts at thresholds."""

    _count: ClassVar[str]

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = _thresholds(thresholds)
        self.accumulator = self.add_weight(
            "accumulator", shape=(len(self.thresholds),), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Counts a batch."""
        return _counted(
            {self._count: self.accumulator}, y_true, y_pred, self.thresholds, sample_weight
        )

    def result(self) -> Any:
        """The count; a vector of several thresholds."""
        return self.accumulator[0] if len(self.thresholds) == 1 else self.accumulator.read_value()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return super().get_config() | {"thresholds": self.init_thresholds}


class FalsePositives(_Counting):
    """How often no was predicted to be yes.

    Source: TensorFlow 1.15 `tf.keras.metrics.FalsePositives`.
    """

    _count = "false_positives"


class FalseNegatives(_Counting):
    """How often yes was predicted to be no.

    Source: TensorFlow 1.15 `tf.keras.metrics.FalseNegatives`.
    """

    _count = "false_negatives"


class TrueNegatives(_Counting):
    """How often no was predicted to be no.

    Source: TensorFlow 1.15 `tf.keras.metrics.TrueNegatives`.
    """

    _count = "true_negatives"


class TruePositives(_Counting):
    """How often yes was predicted to be yes.

    Source: TensorFlow 1.15 `tf.keras.metrics.TruePositives`.
    """

    _count = "true_positives"


class _Share(Metric):
    """True positives over true positives and something else."""

    _other: ClassVar[str]

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        default = 0.5 if top_k is None else -np.inf
        self.thresholds = [default] if thresholds is None else _thresholds(thresholds)
        shape = (len(self.thresholds),)
        self.true_positives = self.add_weight("true_positives", shape=shape, initializer="zeros")
        self._others = self.add_weight(self._other, shape=shape, initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Counts a batch."""
        return _counted(
            {"true_positives": self.true_positives, self._other: self._others},
            y_true,
            y_pred,
            self.thresholds,
            sample_weight,
            self.top_k,
            self.class_id,
        )

    def result(self) -> Any:
        """The share; a vector of several thresholds."""
        share = math.div_no_nan(self.true_positives, self.true_positives + self._others)
        return share[0] if len(self.thresholds) == 1 else share

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return super().get_config() | {
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Share):
    """The share of what was predicted to be yes that is yes.

    Source: TensorFlow 1.15 `tf.keras.metrics.Precision`.
    """

    _other = "false_positives"


class Recall(_Share):
    """The share of yes that was predicted to be yes.

    Source: TensorFlow 1.15 `tf.keras.metrics.Recall`.
    """

    _other = "false_negatives"


class _Curve(Metric):
    """All four counts at many thresholds."""

    def _count_at(self, thresholds: list[float]) -> None:
        self.thresholds = thresholds
        for name in ("true_positives", "true_negatives", "false_positives", "false_negatives"):
            made = self.add_weight(name, shape=(len(thresholds),), initializer="zeros")
            setattr(self, name, made)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Counts a batch."""
        variables = {name: getattr(self, name) for name in _COUNTS}
        return _counted(variables, y_true, y_pred, self.thresholds, sample_weight)

    def reset_states(self) -> None:
        """Sets the counts to zero."""
        set_values([(v, np.zeros((len(self.thresholds),))) for v in self.variables])


class _AtOther(_Curve):
    """One rate, where the other has a value."""

    _argument: ClassVar[str]

    def __init__(
        self, value: float, num_thresholds: int = 200, name: str | None = None, dtype: Any = None
    ) -> None:
        if value < 0 or value > 1:
            raise ValueError(f"`{self._argument}` must be in the range [0, 1].")
        if num_thresholds <= 0:
            raise ValueError("`num_thresholds` must be > 0.")
        super().__init__(name=name, dtype=dtype)
        self.value = value
        self.num_thresholds = num_thresholds
        inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        self._count_at([0.5] if num_thresholds == 1 else [0.0, *inner, 1.0])

    def _rates(self) -> tuple[Any, Any]:
        counts: Any = self
        sensitivities = math.div_no_nan(
            counts.true_positives, counts.true_positives + counts.false_negatives
        )
        specificities = math.div_no_nan(
            counts.true_negatives, counts.true_negatives + counts.false_positives
        )
        return sensitivities, specificities

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return super().get_config() | {
            "num_thresholds": self.num_thresholds,
            self._argument: self.value,
        }


class SensitivityAtSpecificity(_AtOther):
    """The sensitivity where the specificity has a value.

    Source: TensorFlow 1.15 `tf.keras.metrics.SensitivityAtSpecificity`.
    """

    _argument = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, name, dtype)

    def result(self) -> Any:
        """The sensitivity at the threshold of the nearest specificity."""
        sensitivities, specificities = self._rates()
        return sensitivities[reduction.argmin(math.abs(specificities - self.value), axis=0)]


class SpecificityAtSensitivity(_AtOther):
    """The specificity where the sensitivity has a value.

    Source: TensorFlow 1.15 `tf.keras.metrics.SpecificityAtSensitivity`.
    """

    _argument = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, name, dtype)

    def result(self) -> Any:
        """The specificity at the threshold of the nearest sensitivity."""
        sensitivities, specificities = self._rates()
        return specificities[reduction.argmin(math.abs(sensitivities - self.value), axis=0)]


class AUC(_Curve):
    """The area under the curve of the rates, or of precision and recall.

    Args:
      num_thresholds: how many there are, 2 or more.
      curve: "ROC" or "PR".
      summation_method: "interpolation", "minoring" or "majoring".
      name, dtype: as of `Metric`.
      thresholds: those between 0 and 1, instead of evenly spaced ones.

    Raises:
      ValueError: an argument is not one of these.

    Source: TensorFlow 1.15 `tf.keras.metrics.AUC`.
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
    ) -> None:
        if curve not in ("ROC", "PR"):
            raise ValueError(f"Invalid curve: \"{curve}\". Valid options are: \"['ROC', 'PR']\"")
        if summation_method not in ("interpolation", "minoring", "majoring"):
            raise ValueError(
                f'Invalid summation_method: "{summation_method}". Valid options are: '
                "\"['interpolation', 'majoring', 'minoring']\""
            )
        if thresholds is not None:
            inner = sorted(_thresholds(thresholds))
            num_thresholds = len(inner) + 2
        else:
            if num_thresholds <= 1:
                raise ValueError("`num_thresholds` must be > 1.")
            inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        super().__init__(name=name, dtype=dtype)
        self.num_thresholds = num_thresholds
        self.curve = curve
        self.summation_method = summation_method
        self._inner = None if thresholds is None else inner
        self._count_at([-_EPSILON, *inner, 1.0 + _EPSILON])

    def result(self) -> Any:
        """The area."""
        counts: Any = self
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._interpolated()
        recall = math.div_no_nan(
            counts.true_positives, counts.true_positives + counts.false_negatives
        )
        if self.curve == "ROC":
            x = math.div_no_nan(
                counts.false_positives, counts.false_positives + counts.true_negatives
            )
            y = recall
        else:
            x = recall
            y = math.div_no_nan(
                counts.true_positives, counts.true_positives + counts.false_positives
            )
        left, right = y[: self.num_thresholds - 1], y[1:]
        if self.summation_method == "interpolation":
            heights = (left + right) / 2.0
        elif self.summation_method == "minoring":
            heights = math.minimum(left, right)
        else:
            heights = math.maximum(left, right)
        widths = x[: self.num_thresholds - 1] - x[1:]
        return reduction.reduce_sum(math.multiply(widths, heights), name=self.name)

    def _interpolated(self) -> Any:
        """The area under precision and recall, interpolated as Davis and Goadrich say (2006)."""
        counts: Any = self
        last = self.num_thresholds - 1
        tp = counts.true_positives.read_value()
        positives = tp + counts.false_positives
        true_steps = tp[:last] - tp[1:]
        steps = positives[:last] - positives[1:]
        slope = math.div_no_nan(true_steps, math.maximum(steps, 0))
        intercept = tp[1:] - math.multiply(slope, positives[1:])
        are_positive = math.logical_and(positives[:last] > 0, positives[1:] > 0)
        ratio = where(
            are_positive,
            math.div_no_nan(positives[:last], math.maximum(positives[1:], 0)),
            array.ones_like(positives[1:]),
        )
        return reduction.reduce_sum(
            math.div_no_nan(
                slope * (true_steps + intercept * math.log(ratio)),
                math.maximum(tp[1:] + counts.false_negatives[1:], 0),
            ),
            name="interpolate_pr_auc",
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return super().get_config() | {
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "thresholds": self._inner,
        }
