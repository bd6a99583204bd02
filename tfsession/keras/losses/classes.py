"""Losses as objects, with weights and a reduction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.keras.losses import functions
from tfsession.keras.losses.reduction import Reduction, fitted, weighted

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
]


class Loss:
    """A loss; a subclass computes that of each sample in `call`.

    Args:
      reduction: how the losses of samples become one; "auto" is "sum_over_batch_size".
      name: the name.

    Source: TensorFlow 1.15 `tf.keras.losses.Loss`.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = None) -> None:
        Reduction.validate(reduction)
        self.reduction = reduction
        self.name = name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss.

        Args:
          y_true: the truth.
          y_pred: what was predicted.
          sample_weight: the weights of the samples.
        """
        scope = "lambda" if self.name == "<lambda>" else self.name
        with name_scope(scope or type(self).__name__, values=(y_pred, y_true, sample_weight)):
            losses = self.call(y_true, y_pred)
            return weighted(losses, sample_weight, reduction=self.effective_reduction())

    def effective_reduction(self) -> str:
        if self.reduction == Reduction.AUTO:
            return Reduction.SUM_OVER_BATCH_SIZE
        return self.reduction

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The losses of the samples.

        Raises:
          NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError("Must be implemented in subclasses.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss."""
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The loss that `get_config` described."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A function as a loss.

    Args:
      fn: maps `y_true` and `y_pred` to the losses of samples.
      reduction, name: as of `Loss`.
      **kwargs: further arguments of `fn`.

    Source: TensorFlow 1.15 `tf.keras.losses` `LossFunctionWrapper`.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str = Reduction.AUTO,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(reduction=reduction, name=name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The losses of the samples."""
        y_pred, y_true = convert_to_tensor(y_pred), convert_to_tensor(y_true)
        y_pred, y_true, _ = fitted(y_pred, y_true)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss."""
        return super().get_config() | self._fn_kwargs


class MeanSquaredError(LossFunctionWrapper):
    """The mean of the squares of the differences.

    Source: TensorFlow 1.15 `tf.keras.losses.MeanSquaredError`.
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "mean_squared_error"
    ) -> None:
        super().__init__(functions.mean_squared_error, reduction, name)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean of the differences.

    Source: TensorFlow 1.15 `tf.keras.losses.MeanAbsoluteError`.
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "mean_absolute_error"
    ) -> None:
        super().__init__(functions.mean_absolute_error, reduction, name)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The mean of the differences, in percent of the true values.

    Source: TensorFlow 1.15 `tf.keras.losses.MeanAbsolutePercentageError`.
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "mean_absolute_percentage_error"
    ) -> None:
        super().__init__(functions.mean_absolute_percentage_error, reduction, name)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The mean of the squares of the differences of ``log(1 + y)``.

    Source: TensorFlow 1.15 `tf.keras.losses.MeanSquaredLogarithmicError`.
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "mean_squared_logarithmic_error"
    ) -> None:
        super().__init__(functions.mean_squared_logarithmic_error, reduction, name)


class BinaryCrossentropy(LossFunctionWrapper):
    """The mean of the cross entropies of yes and no.

    Source: TensorFlow 1.15 `tf.keras.losses.BinaryCrossentropy`.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: Any = 0,
        reduction: str = Reduction.AUTO,
        name: str | None = "binary_crossentropy",
    ) -> None:
        super().__init__(
            functions.binary_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )
        self.from_logits = from_logits


class CategoricalCrossentropy(LossFunctionWrapper):
    """The cross entropy of probabilities of classes.

    Source: TensorFlow 1.15 `tf.keras.losses.CategoricalCrossentropy`.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: Any = 0,
        reduction: str = Reduction.AUTO,
        name: str | None = "categorical_crossentropy",
    ) -> None:
        super().__init__(
            functions.categorical_crossentropy,
            reduction,
            name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The cross entropy where one class is right.

    Source: TensorFlow 1.15 `tf.keras.losses.SparseCategoricalCrossentropy`.
    """

    def __init__(
        self,
        from_logits: bool = False,
        reduction: str = Reduction.AUTO,
        name: str | None = "sparse_categorical_crossentropy",
    ) -> None:
        super().__init__(
            functions.sparse_categorical_crossentropy, reduction, name, from_logits=from_logits
        )


class Hinge(LossFunctionWrapper):
    """The mean of ``max(1 - y_true * y_pred, 0)``.

    Source: TensorFlow 1.15 `tf.keras.losses.Hinge`.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = "hinge") -> None:
        super().__init__(functions.hinge, reduction, name)


class SquaredHinge(LossFunctionWrapper):
    """The mean of ``max(1 - y_true * y_pred, 0) ** 2``.

    Source: TensorFlow 1.15 `tf.keras.losses.SquaredHinge`.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = "squared_hinge") -> None:
        super().__init__(functions.squared_hinge, reduction, name)


class CategoricalHinge(LossFunctionWrapper):
    """``max(best of the wrong classes - the right class + 1, 0)``.

    Source: TensorFlow 1.15 `tf.keras.losses.CategoricalHinge`.
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "categorical_hinge"
    ) -> None:
        super().__init__(functions.categorical_hinge, reduction, name)


class Poisson(LossFunctionWrapper):
    """The mean of ``y_pred - y_true * log(y_pred)``.

    Source: TensorFlow 1.15 `tf.keras.losses.Poisson`.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = "poisson") -> None:
        super().__init__(functions.poisson, reduction, name)


class LogCosh(LossFunctionWrapper):
    """The mean of ``log(cosh(y_pred - y_true))``.

    Source: TensorFlow 1.15 `tf.keras.losses.LogCosh`.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = "logcosh") -> None:
        super().__init__(functions.logcosh, reduction, name)


class KLDivergence(LossFunctionWrapper):
    """``sum(y_true * log(y_true / y_pred))``.

    Source: TensorFlow 1.15 `tf.keras.losses.KLDivergence`.
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "kullback_leibler_divergence"
    ) -> None:
        super().__init__(functions.kullback_leibler_divergence, reduction, name)


class Huber(LossFunctionWrapper):
    """Squares of small differences, multiples of large ones.

    Source: TensorFlow 1.15 `tf.keras.losses.Huber`.
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str = Reduction.AUTO,
        name: str | None = "huber_loss",
    ) -> None:
        super().__init__(functions.huber_loss, reduction, name, delta=delta)


class CosineSimilarity(LossFunctionWrapper):
    """The cosine of the angle between two vectors, as TensorFlow 1.15 has it: without a minus.

    Source: TensorFlow 1.15 `tf.keras.losses.CosineSimilarity`.
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str = Reduction.AUTO,
        name: str | None = "cosine_similarity",
    ) -> None:
        super().__init__(functions.cosine_proximity, reduction, name, axis=axis)
