"""Where networks begin: placeholders, as layers."""

from __future__ import annotations

from typing import Any

from tfsession.graph import scopes
from tfsession.keras.backend.state import get_uid
from tfsession.keras.backend.tensors import placeholder
from tfsession.layers.abstract import Layer
from tfsession.layers.nodes import Node
from tfsession.layers.settings import floatx

__all__ = ["Input", "InputLayer"]


class InputLayer(Layer):
    """A placeholder, or a given tensor, as a layer.

    Args:
      input_shape: the shape without the batch.
      batch_size: the size of the batch; None where any will do.
      dtype: the DType; `floatx` when None.
      input_tensor: a tensor to take instead of a placeholder.
      sparse: whether the placeholder is sparse.
      name: the name.
      ragged: not possible.
      **kwargs: `batch_input_shape`.

    Raises:
      ValueError: arguments exclude each other, or one is not known.

    Source: TensorFlow 1.15 `tf.keras.layers.InputLayer`.
    """

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        input_tensor: Any = None,
        sparse: bool = False,
        name: str | None = None,
        ragged: bool = False,
        **kwargs: Any,
    ) -> None:
        if "batch_input_shape" in kwargs:
            shape = kwargs.pop("batch_input_shape")
            if input_shape and shape:
                raise ValueError(
                    "Only provide the input_shape OR batch_input_shape argument to InputLayer, "
                    "not both at the same time."
                )
            batch_size, input_shape = shape[0], shape[1:]
        if kwargs:
            raise ValueError("Unrecognized keyword arguments:", kwargs.keys())
        if not name:
            name = f"input_{get_uid('input')}"
        if input_tensor is not None:
            dtype = dtype or input_tensor.dtype.base_dtype.name
        super().__init__(dtype=dtype or floatx(), name=name)
        self.built = True
        self.sparse = sparse
        self.ragged = ragged
        self.batch_size = batch_size
        self.supports_masking = True
        self.is_placeholder = input_tensor is None
        if isinstance(input_shape, int):
            input_shape = (input_shape,)
        if input_tensor is None:
            full: Any = None if input_shape is None else (batch_size, *_plain(input_shape))
            self._batch_input_shape = full
            input_tensor = placeholder(
                shape=full, dtype=self.dtype, name=self.name, sparse=sparse, ragged=ragged
            )
        else:
            self._batch_input_shape = tuple(input_tensor.shape.as_list())
        scopes.get_default_graph().attachments["has_keras_inputs"] = True
        input_tensor._keras_mask = None
        Node(self, outputs=[input_tensor])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            "batch_input_shape": self._batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
        }


def _plain(shape: Any) -> list[Any]:
    return [getattr(size, "value", size) for size in shape]


def Input(  # TensorFlow's name
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = None,
    sparse: bool = False,
    tensor: Any = None,
    ragged: bool = False,
    **kwargs: Any,
) -> Any:
    """Where a network begins: a placeholder, or a given tensor.

    Args:
      shape: the shape without the batch.
      batch_size: the size of the batch; None where any will do.
      name: the name.
      dtype: the DType; `floatx` when None.
      sparse: whether the placeholder is sparse.
      tensor: a tensor to take instead of a placeholder.
      ragged: not possible.
      **kwargs: `batch_shape`, the shape with the batch.

    Raises:
      ValueError: there is neither a shape nor a tensor, or arguments exclude each other.

    Source: TensorFlow 1.15 `tf.keras.Input`.
    """
    if sparse and ragged:
        raise ValueError("Cannot set both sparse and ragged to True in a Keras input.")
    batch_shape = kwargs.pop("batch_shape", None)
    if batch_shape is not None:
        if shape is not None:
            raise ValueError(
                "Only provide the `shape` OR `batch_shape` argument to Input, not both at the "
                "same time."
            )
        batch_size, shape = batch_shape[0], batch_shape[1:]
    if kwargs:
        raise ValueError("Unrecognized keyword arguments:", kwargs.keys())
    if shape is None and tensor is None:
        raise ValueError(
            "Please provide to Input either a `shape` or a `tensor` argument. Note that `shape` "
            "does not include the batch dimension."
        )
    layer = InputLayer(
        input_shape=shape,
        batch_size=batch_size,
        name=name,
        dtype=dtype,
        sparse=sparse,
        input_tensor=tensor,
        ragged=ragged,
    )
    return layer.output
