"""Feeds: from a feed_dict to tensors and the arrays that stand in for their values."""

from __future__ import annotations

import collections.abc
from collections.abc import Iterable
from typing import Any

import numpy as np

from tfsession import dtypes, errors
from tfsession.devices.device import Device
from tfsession.devices.interchange import is_on_gpu, on_host
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Tensor
from tfsession.resources.containers import ResourceManager
from tfsession.resources.handles import session_store
from tfsession.run.fetches import expansion_of
from tfsession.run.handles import TensorHandle
from tfsession.shapes import Dims, TensorShape


class OnDevice(Exception):
    """A fed value that may stay on its device; raised where a host array is converted.

    Never seen by users: the session answers it by a step that takes the value where it is.
    """


_NO_SHAPE = (-1,)


class Feed:
    """A tensor that is fed, with what its values must fulfil known beforehand.

    It never changes, so that runs of several threads share it.

    Attributes:
      tensor: the tensor.
      graph: its graph, which says what may be fed.
      resources: the session's, where the tensors behind handles are.
      takes_arrays_of_devices: whether a value that is on a device is reported by `OnDevice`.
      is_fetched: whether the fed value itself is fetched, too.
      numpy: the NumPy dtype of its values.
      type: the scalar type of it.
      dims: the shape that values have, None standing for any; of resources one that none has.
      is_string: whether its values are strings.
    """

    __slots__ = (
        "dims",
        "graph",
        "is_fetched",
        "is_string",
        "numpy",
        "resources",
        "takes_arrays_of_devices",
        "tensor",
        "type",
    )

    def __init__(
        self,
        tensor: Tensor,
        graph: Graph,
        resources: ResourceManager,
        takes_arrays_of_devices: bool = False,
        is_fetched: bool = False,
    ) -> None:
        self.tensor = tensor
        self.graph = graph
        self.resources = resources
        self.takes_arrays_of_devices = takes_arrays_of_devices
        self.is_fetched = is_fetched
        self.numpy = tensor.dtype.base_dtype.numpy
        self.type = self.numpy.type
        # No array has the shape of resources: their feeds always go on to `check`.
        self.dims = _NO_SHAPE if tensor.dtype is dtypes.resource else tensor.dims
        self.is_string = tensor.dtype.base_dtype is dtypes.string

    def convert(self, value: Any) -> Any:
        """The array to feed.

        Raises:
          TypeError: the value is a Tensor, or an int that the dtype cannot hold.
          ValueError: NumPy cannot convert it, the shape does not fit, or the tensor may not be fed.
          InvalidArgumentError: a TensorHandle of another dtype, or one whose tensor is gone.
        """
        kind = type(value)
        if kind is np.ndarray and value.dtype == self.numpy and not self.is_string:
            array = value
        elif kind is TensorHandle:
            return self._kept(value)
        else:
            array = self._converted(value)
        dims = self.dims
        if (dims is not None and array.shape != dims) or self.graph.unfeedable:
            self.check(array)
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
            kind = object if self.is_string else self.type
            raise TypeError(
                f"Type of feed value {value} with type {type(value)} is not compatible with Tensor "
                f"type {kind}. Try explicitly setting the type of the feed tensor to a larger "
                "type (e.g. int64)."
            )
        if self.takes_arrays_of_devices and is_on_gpu(value):
            raise OnDevice
        array = np.asarray(on_host(value), dtype=self.numpy)
        return _as_bytes(array) if self.is_string else array

    def _kept(self, handle: TensorHandle) -> Any:
        """The value behind a handle, found by its text among this session's tensors."""
        array = session_store(self.resources).get(str(handle)).on_host()
        self.check(array, of_any_shape=True)
        return np.array(array)[()] if self.is_fetched else array

    def check(self, array: Any, of_any_shape: bool = False) -> None:
        """Checks an array that is about to stand for the tensor's value.

        Args:
          array: of any device.
          of_any_shape: whether it may contradict the tensor's static shape.

        Raises:
          ValueError: the shape does not fit, or the tensor may not be fed.
          InvalidArgumentError: the dtype is another one, or the tensor is a resource.
        """
        self.check_dtype(array.dtype)
        if not of_any_shape:
            self._check_shape(array.shape)
        if not self.graph.is_feedable(self.tensor):
            raise ValueError(f"Tensor {self.tensor} may not be fed.")

    def check_dtype(self, numpy: Any, position: int = 0) -> None:
        """Raises InvalidArgumentError where a value that is not converted has another dtype."""
        if numpy != self.numpy:
            wanted, given = dtypes.as_dtype(self.numpy), dtypes.as_dtype(numpy)
            raise errors.InvalidArgumentError.of(
                f"Expects arg[{position}] to be {wanted.runtime_name} but {given.runtime_name} is "
                "provided",
            )

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        is_resource = self.dims is _NO_SHAPE
        dims = self.tensor.dims if is_resource else self.dims
        if not _compatible(shape, dims):
            raise ValueError(
                f"Cannot feed value of shape {shape} for Tensor '{self.tensor.name}', which has "
                f"shape '{TensorShape(dims)}'"
            )
        if is_resource:
            raise errors.InvalidArgumentError.of(
                f"Invalid resource type hash code: 0(name: {self.tensor.op.name} type: ). Perhaps "
                "a resource tensor was being provided as a feed? That is not currently allowed.",
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


def arguments_in_place(
    feeds: Iterable[Feed], values: Iterable[Any], devices: Iterable[Device]
) -> tuple[list[Any], dict[Tensor, str]]:
    """The arrays to feed, where values that are on one of the devices stay there.

    Returns:
      The arrays, and the names of the devices of those that are not on the host.

    Raises:
      ValueError: a shape does not fit, or a tensor may not be fed.
    """
    devices = list(devices)
    arguments, places = [], {}
    for feed, value in zip(feeds, values, strict=True):
        device, array = _place_of(devices, value)
        if device is None or array.dtype != feed.numpy or feed.is_fetched:
            arguments.append(feed.convert(on_host(value)))
            continue
        feed.check(array)
        arguments.append(array)
        places[feed.tensor] = device.name
    return arguments, places


def _place_of(devices: Iterable[Device], value: Any) -> tuple[Device | None, Any]:
    """The device in whose memory a value is, and the value as its array; else None and None."""
    for device in devices:
        array = device.adopt(value)
        if array is not None:
            return device, array
    return None, None


def _as_bytes(array: np.ndarray) -> np.ndarray:
    """A string tensor's array: every element bytes.

    Raises:
      InternalError: an element is neither str nor bytes, or a str that UTF-8 cannot express.
    """
    result = np.empty(array.shape, object)
    flat = result.reshape(-1)
    for index, element in enumerate(array.reshape(-1).tolist()):
        flat[index] = _bytes_of(element)
    return result


def _bytes_of(element: Any) -> bytes:
    if isinstance(element, bytes):
        # Those of NumPy become Python's own.
        return bytes(element)
    if not isinstance(element, str):
        raise errors.InternalError.of(f"Unsupported object type {type(element).__name__}")
    try:
        return element.encode()
    except UnicodeEncodeError:
        raise errors.InternalError.of("Unable to convert element to UTF-8") from None


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


def keys_of(key: Any) -> list[Any]:
    """The tensors behind one key of a partial run's setup.

    Raises:
      TypeError: the type of the key is registered without a function for this.
    """
    expansion = None if isinstance(key, (Tensor, str)) else expansion_of(key)
    if expansion is None:
        return [key]
    if expansion.feed_for_partial_run is None:
        raise TypeError("'NoneType' object is not callable")
    return list(expansion.feed_for_partial_run(key))


# ---- What no step is made of ----


def no_target() -> errors.InvalidArgumentError:
    """Neither tensors nor operations are asked for."""
    return errors.InvalidArgumentError.of("Must specify at least one target to fetch or execute.")


def fed_twice(tensor: Tensor) -> errors.InvalidArgumentError:
    """A tensor is among the feeds more than once."""
    return errors.InvalidArgumentError.of(f'Endpoint "{tensor.name}" fed more than once.')


def fed_and_fetched(tensor: Tensor) -> errors.InvalidArgumentError:
    """A tensor is among the feeds and among the fetches."""
    return errors.InvalidArgumentError.of(f"{tensor.name} is both fed and fetched.")


# ---- Keys ----


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
