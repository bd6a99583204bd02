"""What layers do with their outputs and variables besides: aliases and collections."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from tfsession.contrib.framework.variables import model_variable
from tfsession.dtypes import DTypeLike
from tfsession.graph import scopes
from tfsession.graph.operation import Tensor
from tfsession.graph.static_values import constant_value as value_of_tensor
from tfsession.ops.control_flow import cond
from tfsession.shapes import TensorShape
from tfsession.variables.partitions import PartitionedVariable

__all__ = [
    "NamedOutputs",
    "append_tensor_alias",
    "channel_dimension",
    "collect_named_outputs",
    "constant_value",
    "convert_collection_to_dict",
    "gather_tensors_aliases",
    "get_tensor_aliases",
    "get_variable_collections",
    "last_dimension",
    "n_positive_integers",
    "smart_cond",
    "static_cond",
    "two_element_tuple",
]

# ---- Outputs by name ----


class NamedOutputs(NamedTuple):
    """An output with its name."""

    name: str
    outputs: Tensor


def append_tensor_alias(tensor: Any, alias: str) -> Any:
    """Gives a tensor one more name, in its attribute `aliases`, and returns it."""
    tensor.aliases = [*getattr(tensor, "aliases", []), alias.removesuffix("/")]
    return tensor


def get_tensor_aliases(tensor: Any) -> list[str]:
    """The names that a tensor was given; that of its operation where there are none."""
    if hasattr(tensor, "aliases"):
        aliases: list[str] = tensor.aliases
        return aliases
    name: str = tensor.op.name
    return [name.removesuffix("/").replace("/", "_") if name.endswith("/") else name]


def gather_tensors_aliases(tensors: Iterable[Any]) -> list[str]:
    """The names of several tensors, one after another."""
    return [alias for tensor in tensors for alias in get_tensor_aliases(tensor)]


def collect_named_outputs(collections: Any, alias: str, outputs: Any) -> Any:
    """Adds outputs to collections, under a name.

    Args:
      collections: the name of a collection, or several; None adds to none.
      alias: the name.
      outputs: a tensor.

    Returns:
      `outputs`.

    Source: TensorFlow 1.15, contrib/layers/python/layers/utils.py `collect_named_outputs`.
    """
    if collections:
        append_tensor_alias(outputs, alias)
        scopes.add_to_collections(collections, outputs)
    return outputs


def convert_collection_to_dict(collection: str, clear_collection: bool = False) -> dict[str, Any]:
    """The outputs of a collection by their names.

    Args:
      collection: the name of the collection.
      clear_collection: whether it is empty afterwards.

    Source: TensorFlow 1.15, contrib/layers/python/layers/utils.py `convert_collection_to_dict`.
    """
    outputs = OrderedDict(
        (alias, tensor)
        for tensor in scopes.get_collection(collection)
        for alias in get_tensor_aliases(tensor)
    )
    if clear_collection:
        scopes.get_default_graph().clear_collection(collection)
    return outputs


# ---- Variables ----


def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """The collections for the variables of a name: those of all, or by name."""
    if isinstance(variables_collections, dict):
        return variables_collections.get(name)
    return variables_collections


def add_to_collections(variable: Any, variables_collections: Any, name: str) -> None:
    """Adds a variable, or its parts, to the collections for a name, where it is not there yet."""
    parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
    for collection in get_variable_collections(variables_collections, name) or []:
        present = scopes.get_collection_ref(collection)
        present.extend(part for part in parts if not any(part is other for other in present))


def renaming_getter(names: dict[str, str]) -> Callable[..., Any]:
    """A custom getter that makes variables of models, some of them under other names.

    Args:
      names: last part of a layer's name -> that of the variable.
    """

    def get(
        getter: Callable[..., Any],
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool = True,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        use_resource: bool | None = None,
        **others: Any,
    ) -> Any:
        before, slash, last = name.rpartition("/")
        return model_variable(
            f"{before}{slash}{names.get(last, last)}",
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            collections=collections,
            trainable=trainable,
            caching_device=caching_device,
            partitioner=partitioner,
            custom_getter=getter,
            use_resource=use_resource,
            synchronization=others["synchronization"],
            aggregation=others["aggregation"],
        )

    return get


# ---- Conditions ----


def constant_value(value_or_tensor_or_var: Any, dtype: DTypeLike | None = None) -> Any:
    """The value of a Python value, or of a constant tensor; None where it is not known.

    Raises:
      ValueError: it is None, or of another dtype.
    """
    if value_or_tensor_or_var is None:
        raise ValueError("value_or_tensor_or_var cannot be None")
    if isinstance(value_or_tensor_or_var, Tensor):
        return value_of_tensor(value_or_tensor_or_var)
    return value_or_tensor_or_var if _is_python(value_or_tensor_or_var) else None


def _is_python(value: Any) -> bool:
    return not hasattr(value, "op")


def static_cond(pred: bool, fn1: Callable[[], Any], fn2: Callable[[], Any]) -> Any:
    """The result of one of two functions.

    Raises:
      TypeError: `fn1` or `fn2` is not callable.
    """
    if not callable(fn1):
        raise TypeError("fn1 must be callable.")
    if not callable(fn2):
        raise TypeError("fn2 must be callable.")
    return fn1() if pred else fn2()


def smart_cond(
    pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any], name: str | None = None
) -> Any:
    """`static_cond` where the condition is known, and `tf.cond` otherwise."""
    known = constant_value(pred)
    if known is not None:
        return static_cond(known, fn1, fn2)
    return cond(pred, fn1, fn2, name=name)


# ---- Sizes ----


def last_dimension(shape: TensorShape, min_rank: int = 1) -> int:
    """The size of the last axis.

    Raises:
      ValueError: it is not known, or the rank is too small.
    """
    dims = _known_dims(shape, min_rank)
    if dims[-1] is None:
        raise ValueError(f"dimension -1 of shape must be known but is None: {shape}")
    return int(dims[-1])


def channel_dimension(shape: TensorShape, data_format: str, min_rank: int = 1) -> int:
    """The number of channels, where `data_format` begins with "NC" that of axis 1.

    Raises:
      ValueError: it is not known, or the rank is too small.
    """
    axis = 1 if data_format == "NCHW" else -1
    dims = _known_dims(shape, min_rank)
    if dims[axis] is None:
        raise ValueError("`C` dimension must be known but is None")
    return int(dims[axis])


def _known_dims(shape: TensorShape, min_rank: int) -> list[Any]:
    if shape.ndims is None:
        raise ValueError("dims of shape must be known but is None")
    if shape.ndims < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {shape.ndims}")
    return shape.as_list()


def two_element_tuple(int_or_tuple: Any) -> tuple[Any, Any]:
    """An int, or two of them, as a pair.

    Raises:
      ValueError: it is something else.
    """
    if isinstance(int_or_tuple, (list, tuple)):
        if len(int_or_tuple) != 2:
            raise ValueError(f"Must be a list with 2 elements: {int_or_tuple}")
        return int(int_or_tuple[0]), int(int_or_tuple[1])
    if isinstance(int_or_tuple, int):
        return int_or_tuple, int_or_tuple
    if isinstance(int_or_tuple, TensorShape) and int_or_tuple.ndims == 2:
        return int_or_tuple[0], int_or_tuple[1]
    raise ValueError("Must be an int, a list with 2 elements or a TensorShape of length 2")


def n_positive_integers(n: int, value: int | Sequence[int]) -> tuple[int, ...]:
    """A positive int, or `n` of them, as a tuple of `n`.

    Raises:
      ValueError: it is something else.
    """
    if isinstance(value, int):
        if value < 1:
            raise ValueError(f"expected positive integer, but received {value!r}")
        return (value,) * n
    try:
        found = tuple(int(x) for x in value)
    except (TypeError, ValueError):
        found = ()
    if len(found) != n or not all(x > 0 for x in found):
        raise ValueError(f"Expected sequence of {n} positive integers, but received {value!r}")
    return found
