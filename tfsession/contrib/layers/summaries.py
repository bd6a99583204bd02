"""Summaries of tensors and of collections of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys
from tfsession.ops import math, reduction
from tfsession.ops.check import assert_scalar
from tfsession.ops.summary import histogram, scalar

__all__ = [
    "summarize_activation",
    "summarize_activations",
    "summarize_biases",
    "summarize_collection",
    "summarize_tensor",
    "summarize_tensors",
    "summarize_variables",
    "summarize_weights",
]


def summarize_tensor(tensor: Any, tag: str | None = None) -> Tensor:
    """A summary of a tensor: a scalar, or a histogram.

    Args:
      tensor: a tensor or a variable.
      tag: the tag; made from the name of its operation when None.

    Source: TensorFlow 1.15 `tf.contrib.layers.summarize_tensor`.
    """
    name = tag or f"{tensor.op.name}_summary"
    if tensor.get_shape().ndims == 0:
        assert_scalar(tensor)
        return scalar(name, tensor)
    return histogram(name, tensor)


def summarize_activation(op: Any) -> Tensor:
    """A summary of what a layer puts out: its histogram, and of some activations more.

    Args:
      op: a tensor.

    Returns:
      The histogram; the share of zeros, and of sixes, of activations that have these, is in the
      collection of summaries, too.

    Source: TensorFlow 1.15 `tf.contrib.layers.summarize_activation`.
    """
    name = op.op.name
    if op.op.type in ("Relu", "Softplus", "Relu6"):
        scalar(f"{name}/zeros", _share(math.less(op, math.cast(0.0, op.dtype))))
    if op.op.type == "Relu6":
        scalar(f"{name}/sixes", _share(math.greater(op, math.cast(6.0, op.dtype))))
    return histogram(f"{name}/activation", op)


def _share(condition: Tensor) -> Tensor:
    """The share of elements that are true."""
    result: Tensor = reduction.reduce_mean(math.to_float(condition))
    return result


def summarize_tensors(
    tensors: Iterable[Any], summarizer: Callable[[Any], Any] = summarize_tensor
) -> list[Any]:
    """Summaries of several tensors."""
    return [summarizer(tensor) for tensor in tensors]


def summarize_collection(
    collection: str,
    name_filter: str | None = None,
    summarizer: Callable[[Any], Any] = summarize_tensor,
) -> list[Any]:
    """Summaries of the tensors of a collection.

    Args:
      collection: the name of the collection.
      name_filter: a regular expression that the names of operations begin with.
      summarizer: makes a summary of a tensor.

    Source: TensorFlow 1.15 `tf.contrib.layers.summarize_collection`.
    """
    tensors = [
        tensor
        for tensor in scopes.get_collection(collection)
        if name_filter is None or re.match(name_filter, tensor.op.name)
    ]
    return summarize_tensors(tensors, summarizer)


def summarize_activations(
    name_filter: str | None = None, summarizer: Callable[[Any], Any] = summarize_activation
) -> list[Any]:
    """`summarize_collection` of ACTIVATIONS."""
    return summarize_collection(GraphKeys.ACTIVATIONS, name_filter, summarizer)


#: `summarize_collection` of other collections.
summarize_variables = functools.partial(summarize_collection, GraphKeys.GLOBAL_VARIABLES)
summarize_weights = functools.partial(summarize_collection, GraphKeys.WEIGHTS)
summarize_biases = functools.partial(summarize_collection, GraphKeys.BIASES)
