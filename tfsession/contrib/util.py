"""`tf.contrib.util`: messages of tensors, and the ops of GraphDefs."""

from __future__ import annotations

from typing import Any

from tfsession.formats.tensor_proto import (
    make_ndarray as make_ndarray,
    make_tensor_proto as make_tensor_proto,
)
from tfsession.graph.meta_graph import create_meta_graph_def
from tfsession.graph.static_values import public_constant_value as constant_value
from tfsession.names import absent
from tfsession.protos import GraphDef, OpList

__all__ = [
    "constant_value",
    "make_ndarray",
    "make_tensor_proto",
    "ops_used_by_graph_def",
    "stripped_op_list_for_graph",
]

absent.explain_in(__name__)


def ops_used_by_graph_def(graph_def: GraphDef) -> list[str]:
    """The types of the operations of a graph, also of those in its functions.

    Args:
      graph_def: the graph.

    Source: TensorFlow 1.15 `tf.contrib.util.ops_used_by_graph_def`.
    """
    nodes: list[Any] = list(graph_def.node)
    for function in graph_def.library.function:
        nodes.extend(function.node_def)
    defined = {function.signature.name for function in graph_def.library.function}
    return sorted({node.op for node in nodes} - defined)


def stripped_op_list_for_graph(graph_def: GraphDef) -> OpList:
    """The definitions of the ops that a graph uses, as a MetaGraphDef has them.

    Args:
      graph_def: the graph.

    Source: TensorFlow 1.15 `tf.contrib.util.stripped_op_list_for_graph`.
    """
    return create_meta_graph_def(graph_def=graph_def).meta_info_def.stripped_op_list
