"""`tf.contrib.slim.tfexample_decoder`: items of serialized `tf.train.Example` messages."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any

from tfsession import dtypes
from tfsession.graph import composites
from tfsession.graph.operation import Tensor as GraphTensor
from tfsession.ops import array, control_flow, math, sparse
from tfsession.ops.parsing import FixedLenFeature, parse_single_example
from tfsession.ops.rearrange import transpose

__all__ = [
    "BackupHandler",
    "BoundingBox",
    "DataDecoder",
    "ItemHandler",
    "ItemHandlerCallback",
    "LookupTensor",
    "SparseTensor",
    "TFExampleDecoder",
    "Tensor",
]

# ---- Handlers ----


class ItemHandler(abc.ABC):
    """Makes an item of parsed features.

    Args:
      keys: the names of the features, one or several.
    """

    def __init__(self, keys: str | Sequence[str]) -> None:
        self._keys = list(keys) if isinstance(keys, (tuple, list)) else [str(keys)]

    @property
    def keys(self) -> list[str]:
        """The names of the features."""
        return self._keys

    @abc.abstractmethod
    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The item, of the features by name."""


class ItemHandlerCallback(ItemHandler):
    """An item that a function makes.

    Args:
      keys: the names of the features.
      func: a function of the features by name.
    """

    def __init__(self, keys: str | Sequence[str], func: Callable[[dict[str, Any]], Any]) -> None:
        super().__init__(keys)
        self._func = func

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        return self._func(keys_to_tensors)


class BoundingBox(ItemHandler):
    """Boxes, [count, 4], of four features.

    Args:
      keys: the names of the sides behind the prefix: ymin, xmin, ymax, xmax.
      prefix: what stands before them.

    Raises:
      ValueError: there are not four.
    """

    def __init__(self, keys: Sequence[str] | None = None, prefix: str = "") -> None:
        names = ["ymin", "xmin", "ymax", "xmax"] if keys is None else keys
        if len(names) != 4:
            raise ValueError(f"BoundingBox expects 4 keys but got {len(names)}")
        self._full_keys = [prefix + name for name in names]
        super().__init__(self._full_keys)

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> GraphTensor:
        sides = []
        for key in self._full_keys:
            side = keys_to_tensors[key]
            side = side.values if isinstance(side, composites.SparseTensor) else side
            sides.append(array.expand_dims(side, 0))
        return transpose(array.concat(sides, 0))


class Tensor(ItemHandler):
    """A feature as a tensor.

    Args:
      tensor_key: the name of the feature.
      shape_keys: the names of features with its shape, or with its sizes one by one.
      shape: its shape.
      default_value: what stands where a sparse feature has nothing.

    Raises:
      ValueError: there are both a shape and its names.
    """

    def __init__(
        self,
        tensor_key: str,
        shape_keys: str | Sequence[str] | None = None,
        shape: Any = None,
        default_value: Any = 0,
    ) -> None:
        if shape_keys and shape is not None:
            raise ValueError("Cannot specify both shape_keys and shape parameters.")
        if shape_keys and not isinstance(shape_keys, (tuple, list)):
            shape_keys = [str(shape_keys)]
        self._tensor_key = tensor_key
        self._shape_keys = shape_keys
        self._shape = shape
        self._default_value = default_value
        super().__init__([tensor_key, *(shape_keys or ())])

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        tensor = keys_to_tensors[self._tensor_key]
        shape = self._shape
        if self._shape_keys:
            parts = []
            for key in self._shape_keys:
                part = keys_to_tensors[key]
                parts.append(part.values if isinstance(part, composites.SparseTensor) else part)
            shape = array.reshape(array.stack(parts), [-1])
        if isinstance(tensor, composites.SparseTensor):
            if shape is not None:
                tensor = sparse.sparse_reshape(tensor, shape)
            return sparse.sparse_tensor_to_dense(tensor, self._default_value)
        return tensor if shape is None else array.reshape(tensor, shape)


class LookupTensor(Tensor):
    """A feature as a tensor, looked up in a table.

    Args:
      tensor_key: the name of the feature.
      table: a lookup table.
      shape_keys, shape, default_value: as of `Tensor`.
    """

    def __init__(
        self,
        tensor_key: str,
        table: Any,
        shape_keys: str | Sequence[str] | None = None,
        shape: Any = None,
        default_value: Any = "",
    ) -> None:
        self._table = table
        super().__init__(tensor_key, shape_keys, shape, default_value)

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        return self._table.lookup(super().tensors_to_item(keys_to_tensors))


class BackupHandler(ItemHandler):
    """An item of one handler, or of another where the first one has nothing.

    Args:
      handler: an ItemHandler.
      backup: an ItemHandler.

    Raises:
      ValueError: one of them is none.
    """

    def __init__(self, handler: ItemHandler, backup: ItemHandler) -> None:
        for name, given in (("Primary", handler), ("Backup", backup)):
            if not isinstance(given, ItemHandler):
                raise ValueError(f"{name} handler is of type {type(given)} instead of ItemHandler")
        self._handler = handler
        self._backup = backup
        super().__init__(handler.keys + backup.keys)

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        item = self._handler.tensors_to_item(keys_to_tensors)
        return control_flow.cond(
            math.equal(array.size(item), 0),
            lambda: self._backup.tensors_to_item(keys_to_tensors),
            lambda: item,
        )


class SparseTensor(ItemHandler):
    """Two features, places and values, as a SparseTensor.

    Args:
      indices_key: the name of the feature with the places; 'indices' when None.
      values_key: the name of the feature with the values; 'values' when None.
      shape_key: the name of a feature with the shape.
      shape: the shape.
      densify: whether it becomes a dense tensor.
      default_value: what stands at other places of that.
    """

    def __init__(
        self,
        indices_key: str | None = None,
        values_key: str | None = None,
        shape_key: str | None = None,
        shape: Any = None,
        densify: bool = False,
        default_value: Any = 0,
    ) -> None:
        self._indices_key = indices_key or "indices"
        self._values_key = values_key or "values"
        self._shape_key = shape_key
        self._shape = shape
        self._densify = densify
        self._default_value = default_value
        super().__init__([self._indices_key, self._values_key, *([shape_key] if shape_key else [])])

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        indices = keys_to_tensors[self._indices_key]
        values = keys_to_tensors[self._values_key]
        if self._shape_key:
            shape = keys_to_tensors[self._shape_key]
            shape = shape.values if isinstance(shape, composites.SparseTensor) else shape
        else:
            shape = self._shape if self._shape else indices.dense_shape
        places = array.expand_dims(indices.values, 1)
        tensor = composites.SparseTensor(
            math.cast(places, dtypes.int64), values.values, math.cast(shape, dtypes.int64)
        )
        if self._densify:
            return sparse.sparse_tensor_to_dense(tensor, self._default_value)
        return tensor


# ---- Decoders ----


class DataDecoder(abc.ABC):
    """Makes items of a record."""

    @abc.abstractmethod
    def decode(self, data: Any, items: Sequence[str]) -> list[Any]:
        """The items of those names."""

    @abc.abstractmethod
    def list_items(self) -> list[str]:
        """The names of all items."""


class TFExampleDecoder(DataDecoder):
    """Makes items of a serialized `tf.train.Example`.

    Args:
      keys_to_features: name of a feature -> what it is, as of `tf.parse_single_example`.
      items_to_handlers: name of an item -> its ItemHandler.

    Source: TensorFlow 1.15 `tf.contrib.slim.tfexample_decoder.TFExampleDecoder`.
    """

    def __init__(
        self, keys_to_features: dict[str, Any], items_to_handlers: dict[str, ItemHandler]
    ) -> None:
        self._keys_to_features = keys_to_features
        self._items_to_handlers = items_to_handlers

    def list_items(self) -> list[str]:
        """The names of all items."""
        return list(self._items_to_handlers)

    def decode(self, data: Any, items: Sequence[str] | None = None) -> list[Any]:
        """The items of those names, all when None.

        Args:
          data: the message, a scalar string.
          items: the names.

        Raises:
          KeyError: there is no item of a name.
        """
        example = parse_single_example(data, self._keys_to_features)
        # Features of known shape have it, too.
        for key in sorted(self._keys_to_features):
            feature = self._keys_to_features[key]
            if isinstance(feature, FixedLenFeature):
                example[key] = array.reshape(example[key], feature.shape)
        found = []
        for item in items or self._items_to_handlers:
            handler = self._items_to_handlers[item]
            found.append(handler.tensors_to_item({key: example[key] for key in handler.keys}))
        return found
