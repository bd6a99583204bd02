"""Attention: means of values, weighted by how well keys fit queries."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

from tfsession.layers.abstract import Layer
from tfsession.ops import array, contraction, initializers, math, reduction, softmax
from tfsession.ops.reduction import cumsum
from tfsession.shapes import TensorShape

__all__ = ["AdditiveAttention", "Attention"]


class _Attention(Layer, abc.ABC):
    """Scores of queries and keys, as weights of values.

    Args:
      causal: whether no step sees what comes after it.
      **kwargs: what `Layer` takes.
    """

    _CONFIG: ClassVar[tuple[str, ...]] = ("causal",)

    def __init__(self, causal: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.causal = causal
        self.supports_masking = True

    @abc.abstractmethod
    def _scores(self, query: Any, key: Any) -> Any:
        """How much each query looks at each key, [batch, queries, keys]."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Returns [batch, queries, size].

        Args:
          inputs: query, value, and key, which is the value where it is missing.
          mask: those of query and value.

        Raises:
          ValueError: there are other inputs.
        """
        self._check(inputs, mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (mask[0], mask[1]) if mask else (None, None)
        scores = self._scores(query, key)
        if value_mask is not None:
            value_mask = array.expand_dims(value_mask, axis=-2)
        result = contraction.matmul(self._weights(scores, value_mask), value)
        if query_mask is None:
            return result
        return result * math.cast(array.expand_dims(query_mask, axis=-1), result.dtype)

    def _weights(self, scores: Any, mask: Any) -> Any:
        if self.causal:
            shape = array.shape(scores)
            ones = array.ones(array.concat([array.ones_like(shape[:-2]), shape[-2:]], 0), "int32")
            causal = math.greater_equal(cumsum(ones, -2), cumsum(ones, -1))
            mask = causal if mask is None else math.logical_and(mask, causal)
        if mask is not None:
            scores -= 1.0e9 * math.cast(math.logical_not(mask), scores.dtype)
        return softmax.softmax(scores)

    def _check(self, inputs: Any, mask: Any) -> None:
        name = type(self).__name__
        if not isinstance(inputs, list):
            raise ValueError(
                f"{name} layer must be called on a list of inputs, namely [query, value] or "
                "[query, value, key]."
            )
        if not 2 <= len(inputs) <= 3:
            raise ValueError(
                f"{name} layer accepts inputs list of length 2 or 3, namely [query, value] or "
                f"[query, value, key]. Given length: {len(inputs)}"
            )
        if mask and not isinstance(mask, list):
            raise ValueError(f"{name} layer mask must be a list, namely [query_mask, value_mask].")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the query."""
        return mask[0] if mask else None

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, queries, size of values]."""
        query, value = (TensorShape(shape).as_list() for shape in input_shape[:2])
        return TensorShape([*query[:-1], value[-1]])


class Attention(_Attention):
    """Scores that are products of queries and keys.

    Args:
      use_scale: whether they are multiplied by a variable.
      **kwargs: `causal`, and what `Layer` takes.

    Source: Luong and others, arXiv 1508.04025; TensorFlow 1.15 `tf.keras.layers.Attention`.
    """

    _CONFIG: ClassVar = ("causal", "use_scale")

    def __init__(self, use_scale: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.scale: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `scale`, if it is asked for."""
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale",
                shape=(),
                initializer=initializers.ones_initializer(),
                dtype=self.dtype,
                trainable=True,
            )
        self.built = True

    def _scores(self, query: Any, key: Any) -> Any:
        scores = contraction.matmul(query, key, transpose_b=True)
        return scores if self.scale is None else scores * self.scale


class AdditiveAttention(_Attention):
    """Scores that are ``sum(scale * tanh(query + key))``.

    Args:
      use_scale: whether there is a variable `scale`.
      **kwargs: `causal`, and what `Layer` takes.

    Source: Bahdanau, Cho and Bengio, arXiv 1409.0473; TensorFlow 1.15
      `tf.keras.layers.AdditiveAttention`.
    """

    _CONFIG: ClassVar = ("causal", "use_scale")

    def __init__(self, use_scale: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.scale: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `scale`, of the size of a value."""
        if self.use_scale:
            size = TensorShape(input_shape[1]).as_list()[-1]
            self.scale = self.add_weight(
                name="scale",
                shape=[size],
                initializer=initializers.glorot_uniform_initializer(),
                dtype=self.dtype,
                trainable=True,
            )
        self.built = True

    def _scores(self, query: Any, key: Any) -> Any:
        query = array.expand_dims(query, axis=-2)
        key = array.expand_dims(key, axis=-3)
        scale = 1.0 if self.scale is None else self.scale
        return reduction.reduce_sum(scale * math.tanh(query + key), axis=-1)
