"""Feeds: from a feed_dict to tensors and the arrays that stand in for their values."""

from __future__ import annotations

import collections.abc
from collections.abc import Iterable
from typing import Any

import numpy as np

from tfsession import dtypes, errors
from tfsession.fetches import expansion_of
from tfsession.graph import Graph, Tensor
from tfsession.shapes import Dims, TensorShape


class Feed:
    """A tensor that is fed, with what its values must fulfil known beforehand."""

    __slots__ = ("dims", "graph", "is_string", "numpy", "tensor", "type")

    def __init__(self, tensor: Tensor, graph: Graph) -> None:
        self.tensor = tensor
        self.graph = graph
        self.numpy = tensor.dtype.base_dtype.numpy
        self.type = self.numpy.type
        self.dims = tensor.dims
        self.is_string = tensor.dtype.base_dtype is dtypes.string

    def convert(self, value: Any) -> Any:
        """The array to feed.

        Raises:
          TypeError: the value is a Tensor, or an int that the dtype cannot hold.
          ValueError: NumPy cannot convert it, the shape does not fit, or the tensor may not be fed.
        """
        kind = type(value)
        if kind is np.ndarray and value.dtype == self.numpy and not self.is_string:
            array = value
        else:
            array = self._converted(value)
        dims = self.dims
        if dims is not None and array.shape != dims:
            self._check_shape(array)
        if self.graph._unfeedable and not self.graph.is_feedable(self.tensor):
            raise ValueError(f"Tensor {self.tensor} may not be fed.")
        return array

    def _converted(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            raise TypeError(
                "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include "
                "Python scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, "
                f"the tensor object was {value} which was passed to the feed with key "
                f"{self.tensor}."
            )
        if isinstance(value, int) and not _int_fits(value, self.type):
            raise TypeError(
                f"Type of feed value {value} with type {type(value)} is not compatible with Tensor "
                f"type {self.type}. Try explicitly setting the type of the feed tensor to a larger "
                "type (e.g. int64)."
            )
        array = _on_host(value)
        array = np.asarray(array, dtype=self.numpy)
        return _as_bytes(array) if self.is_string else array

    def _check_shape(self, array: np.ndarray) -> None:
        if _compatible(array.shape, self.dims):
            return
        shape = TensorShape(self.dims)
        raise ValueError(
            f"Cannot feed value of shape {array.shape} for Tensor '{self.tensor.name}', which has "
            f"shape '{shape}'"
        )


def _compatible(shape: tuple[int, ...], dims: Dims) -> bool:
    if dims is None:
        return True
    return len(shape) == len(dims) and all(
        b is None or a == b for a, b in zip(shape, dims, strict=True)
    )


def _int_fits(value: int, kind: Any) -> bool:
    if kind is np.object_:
        return False
    try:
        return bool(kind(value) == value)
    except (OverflowError, ValueError):
        return False


def _on_host(value: Any) -> Any:
    """An array of another library, such as CuPy, as a NumPy array; anything else as it is."""
    get = getattr(value, "get", None)
    if get is not None and hasattr(value, "__cuda_array_interface__"):
        return get()
    return value


def _as_bytes(array: np.ndarray) -> np.ndarray:
    """A string tensor's array: every element bytes.

    Raises:
      InternalError: an element is neither str nor bytes.
    """
    result = np.empty(array.shape, object)
    flat = result.reshape(-1)
    for index, element in enumerate(array.reshape(-1).tolist()):
        if isinstance(element, str):
            element = element.encode()
        elif not isinstance(element, bytes):
            raise errors.InternalError(
                None, None, f"Unsupported object type {type(element).__name__}"
            )
        flat[index] = element
    return result


def flatten(graph: Graph, feed_dict: Any) -> dict[Tensor, Any]:
    """The tensors that a feed_dict feeds, each with its unconverted value.

    Args:
      graph: the session's graph.
      feed_dict: tensors, names, SparseTensors, or nested tuples of these, to values.

    Raises:
      TypeError: it is no mapping, or a key is no Tensor of the graph.
      ValueError: a nested key and its value differ in structure, or a key comes twice.
    """
    if not isinstance(feed_dict, collections.abc.Mapping):
        raise TypeError("input must be a dictionary")
    result: dict[Tensor, Any] = {}
    leaves: set[Any] = set()
    for key, value in feed_dict.items():
        for leaf, leaf_value in _flat_items(key, value, leaves):
            for element, element_value in expand(leaf, leaf_value):
                result[feed_tensor(graph, element)] = element_value
    return result


def _flat_items(key: Any, value: Any, leaves: set[Any]) -> Iterable[tuple[Any, Any]]:
    if isinstance(key, (tuple, list)):
        keys = list(_leaves(key))
        values = list(_leaves_like(key, value))
        if len(keys) != len(values):
            raise ValueError(
                f"Could not flatten dictionary. Key had {len(keys)} elements, but value had "
                f"{len(values)} elements. Key: {keys}, value: {values}."
            )
    else:
        keys, values = [key], [value]
    for leaf, leaf_value in zip(keys, values, strict=True):
        if leaf in leaves:
            raise ValueError(f"Could not flatten dictionary: key {leaf} is not unique.")
        leaves.add(leaf)
        yield leaf, leaf_value


def _leaves(key: Any) -> Iterable[Any]:
    for element in key:
        if isinstance(element, (tuple, list)):
            yield from _leaves(element)
        else:
            yield element


def _leaves_like(key: Any, value: Any) -> Iterable[Any]:
    """The parts of a value that correspond to the leaves of a nested key."""
    if not isinstance(value, (tuple, list)):
        yield value
        return
    for index, element in enumerate(value):
        inner = key[index] if index < len(key) else None
        if isinstance(inner, (tuple, list)):
            yield from _leaves_like(inner, element)
        else:
            yield element


def expand(key: Any, value: Any) -> list[tuple[Any, Any]]:
    """The tensors behind one key, such as the three of a SparseTensor, each with its value."""
    expansion = None if isinstance(key, (Tensor, str)) else expansion_of(key)
    if expansion is None:
        return [(key, value)]
    if expansion.feed is None:
        raise TypeError("'NoneType' object is not callable")
    return list(expansion.feed(key, value))


def feed_tensor(graph: Graph, key: Any) -> Tensor:
    """The Tensor that a key names or is.

    Raises:
      TypeError: there is none in this graph.
    """
    try:
        element = graph.as_graph_element(key, allow_operation=False)
    except Exception as error:
        raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error.args[0]}") from error
    assert isinstance(element, Tensor)
    return element
