"""Printing while a graph runs."""

from __future__ import annotations

import os
import pprint
import sys
from typing import Any

from tfsession import logging, nest
from tfsession.graph.build import build
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops.strings import string_format
from tfsession.registry import op, shape, undefined_gradient
from tfsession.shapes import with_rank

__all__ = ["print"]

op(
    "PrintV2(input: string)",
    "output_stream: string = 'stderr'; end: string = '\\n'",
    stateful=True,
)
undefined_gradient("PrintV2")


@shape("PrintV2")
def print_shape(input: Tensor) -> list[Any]:
    """A scalar goes in, nothing comes out."""
    with_rank(input.dims, 0)
    return []


# Where StringFormat puts a tensor; no text that is printed has this.
_PLACEHOLDER = "\ufffc"

_STREAMS_TEXT = (
    "Supported streams are sys.stdout, sys.stderr, tf.logging.info, tf.logging.warning, "
    "tf.logging.error. File needs to be in the form of 'file://<filepath>'."
)


class _Place:
    """What stands for a tensor in a structure that is printed."""

    def __repr__(self) -> str:
        return _PLACEHOLDER


def _stream_name(output_stream: Any) -> str:
    """The attribute for a stream.

    Raises:
      ValueError: it is none that can be printed to.
    """
    if isinstance(output_stream, str) and output_stream.startswith("file://"):
        return output_stream
    names = {
        "stdout": (sys.stdout, sys.__stdout__),
        "stderr": (sys.stderr, sys.__stderr__),
        "log(info)": (logging.info,),
        "log(warning)": (logging.warning, logging.warn),
        "log(error)": (logging.error,),
    }
    for name, streams in names.items():
        if any(output_stream is stream for stream in streams):
            return name
    raise ValueError(
        f"Unsupported output stream, logging level, or file.{output_stream}. {_STREAMS_TEXT}"
    )


def _shown(item: Any, tensors: list[Tensor]) -> Any:
    """An item of a structure as it is formatted; its tensors go to the list."""
    if isinstance(item, SparseTensor):
        tensors += [item.indices, item.values, item.dense_shape]
        return f"SparseTensor(indices={_PLACEHOLDER}, values={_PLACEHOLDER}, shape={_PLACEHOLDER})"
    if isinstance(item, Tensor) or hasattr(item, "_as_graph_element"):  # or a variable
        tensors.append(item)
        return _Place()
    return item


def _template(value: Any, tensors: list[Tensor]) -> str:
    """One argument as text with places for its tensors, which go to the list."""
    if isinstance(value, str):
        return value
    shown = [_shown(item, tensors) for item in nest.flatten(value)]
    return pprint.pformat(nest.pack_sequence_as(value, shown))


def print(*inputs: Any, **kwargs: Any) -> Operation:
    """Prints values when the returned operation runs.

    Args:
      *inputs: tensors, Python objects, and structures of them.
      **kwargs: `output_stream`: sys.stderr, which is the default, sys.stdout, tf.logging.info,
        .warning or .error, or "file://" and a path; `summarize`: how many elements are shown at
        each end of each dimension, 3 by default, -1 for all; `sep`: between values, by default a
        space; `end`: at the end, by default a new line; `name`: a name for the operation.

    Returns:
      The Operation: make it a control dependency, or run it.

    Raises:
      ValueError: there is no such stream or argument.

    Source: TensorFlow 1.15 `tf.print`.
    """
    name = kwargs.pop("name", None)
    stream = _stream_name(kwargs.pop("output_stream", sys.stderr))
    summarize = kwargs.pop("summarize", 3)
    sep = kwargs.pop("sep", " ")
    end = kwargs.pop("end", os.linesep)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    tensors: list[Tensor] = []
    template = sep.join(_template(value, tensors) for value in inputs)
    text = string_format(
        template,
        tensors,
        placeholder=_PLACEHOLDER,
        summarize=summarize,
        name=f"{name}_format" if name else None,
    )
    result: Operation = build("PrintV2", text, output_stream=stream, end=end, name=name)
    return result
