"""`tf.contrib.slim.model_analyzer`: how large variables and operations are."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from tfsession.graph.graph import Graph

__all__ = ["analyze_ops", "analyze_vars", "tensor_description"]

_RULE = "---------"


def tensor_description(var: Any) -> str:
    """A tensor or variable as ``(dtype size x size)``."""
    sizes = "x".join("?" if n is None else str(n) for n in var.get_shape().as_list())
    return f"({var.dtype.name} {sizes})"


def analyze_ops(graph: Graph, print_info: bool = False) -> int:
    """The number of elements that the operations of a graph put out.

    Args:
      graph: a Graph.
      print_info: whether a line is printed for each operation.

    Returns:
      The sum over all outputs whose shape is known.

    Source: TensorFlow 1.15 `tf.contrib.slim.model_analyzer.analyze_ops`.
    """
    lines = [_RULE, "Operations: name -> (type shapes) [size]", _RULE]
    total = 0
    for op in graph.get_operations():
        size = sum(output.get_shape().num_elements() or 0 for output in op.outputs)
        if op.outputs:
            shapes = ", ".join(tensor_description(output) for output in op.outputs)
            lines.append(f"{op.name} \t-> {shapes} [{size}]")
        total += size
    lines.append(_RULE)
    _print(lines, print_info)
    return total


def analyze_vars(variables: Iterable[Any], print_info: bool = False) -> tuple[int, int]:
    """The numbers of elements and of bytes of variables.

    Args:
      variables: variables of known shape.
      print_info: whether a line is printed for each.

    Source: TensorFlow 1.15 `tf.contrib.slim.model_analyzer.analyze_vars`.
    """
    lines = [_RULE, "Variables: name (type shape) [size]", _RULE]
    total, total_bytes = 0, 0
    for variable in variables:
        size = int(np.prod(variable.get_shape().as_list()))
        size_in_bytes = size * variable.dtype.size
        lines.append(
            f"{variable.name} {tensor_description(variable)} [{size}, bytes: {size_in_bytes}]"
        )
        total += size
        total_bytes += size_in_bytes
    lines.append(f"Total size of variables: {total}")
    lines.append(f"Total bytes of variables: {total_bytes}")
    _print(lines, print_info)
    return total, total_bytes


def _print(lines: list[str], print_info: bool) -> None:
    if print_info:
        sys.stdout.write("\n".join([*lines, ""]))
