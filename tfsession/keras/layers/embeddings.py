"""Embeddings: a vector for each number."""

from __future__ import annotations

from typing import Any, ClassVar

from tfsession.graph import scopes
from tfsession.layers import identifiers
from tfsession.layers.abstract import Layer
from tfsession.layers.settings import floatx
from tfsession.ops import math
from tfsession.shapes import TensorShape
from tfsession.variables.embedding import embedding_lookup

__all__ = ["Embedding"]


class Embedding(Layer):
    """A vector for each of some numbers.

    Args:
      input_dim: how many numbers there are.
      output_dim: the size of a vector.
      embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the variable
        `embeddings`, [input_dim, output_dim].
      activity_regularizer: maps the result to a loss.
      mask_zero: whether 0 marks steps that are left out.
      input_length: the number of steps.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Embedding`.
    """

    _CONFIG: ClassVar = (
        "input_dim",
        "output_dim",
        "embeddings_initializer",
        "embeddings_regularizer",
        "activity_regularizer",
        "embeddings_constraint",
        "mask_zero",
        "input_length",
    )

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        activity_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        input_length: Any = None,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs and "batch_input_shape" not in kwargs:
            kwargs["input_shape"] = (input_length,) if input_length else (None,)
        dtype = kwargs.pop("dtype", floatx())
        super().__init__(
            dtype=dtype,
            activity_regularizer=identifiers.regularizer(activity_regularizer),
            **kwargs,
        )
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.embeddings_initializer = identifiers.initializer(embeddings_initializer)
        self.embeddings_regularizer = identifiers.regularizer(embeddings_regularizer)
        self.embeddings_constraint = identifiers.constraint(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.input_length = input_length
        self.embeddings: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `embeddings`."""
        with scopes.device("cpu:0"):
            self.embeddings = self.add_weight(
                shape=(self.input_dim, self.output_dim),
                initializer=self.embeddings_initializer,
                name="embeddings",
                regularizer=self.embeddings_regularizer,
                constraint=self.embeddings_constraint,
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns [..., output_dim]."""
        if inputs.dtype.base_dtype.name not in ("int32", "int64"):
            inputs = math.cast(inputs, "int32")
        return embedding_lookup(self.embeddings, inputs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where the numbers are not 0, if `mask_zero` says so."""
        return math.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[..., output_dim].

        Raises:
          ValueError: the shape does not agree with `input_length`.
        """
        sizes = TensorShape(input_shape).as_list()
        if self.input_length is None:
            return TensorShape([*sizes, self.output_dim])
        wanted = self.input_length
        lengths = list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]
        agree = len(lengths) == len(sizes) - 1 and all(
            a is None or b is None or a == b for a, b in zip(lengths, sizes[1:], strict=True)
        )
        if not agree:
            raise ValueError(
                f'"input_length" is {self.input_length}, but received input has shape '
                f"{tuple(sizes)}"
            )
        known = [b if a is None else a for a, b in zip(lengths, sizes[1:], strict=True)]
        return TensorShape([sizes[0], *known, self.output_dim])
