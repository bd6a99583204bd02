"""`tf.graph_util`: functions that make one GraphDef of another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import int32 as int32_dtype, string as string_dtype
from tfsession.formats.tensor_proto import make_tensor_proto
from tfsession.graph.graph import Graph
from tfsession.graph.importer import import_graph_def
from tfsession.graph.operation import Operation
from tfsession.protos import GraphDef, NodeDef
from tfsession.run.session import BaseSession
from tfsession.shapes import TensorShape

__all__ = [
    "convert_variables_to_constants",
    "extract_sub_graph",
    "import_graph_def",
    "must_run_on_cpu",
    "remove_training_nodes",
    "tensor_shape_from_node_def_name",
]

_VARIABLE_OPS = frozenset(
    "Assign AssignAdd AssignSub Queue ScatterAdd ScatterSub ScatterUpdate TruncatedNormal Variable "
    "VariableV2".split()
)


def must_run_on_cpu(node: Operation | NodeDef, pin_variables_on_cpu: bool = False) -> bool:
    """Whether a node should be placed on a CPU: string and int32 constants, and the like.

    Args:
      node: an Operation or NodeDef.
      pin_variables_on_cpu: whether variables and what writes them count as well.

    Source: TensorFlow 1.15 `tf.graph_util.must_run_on_cpu`.
    """
    message = node.node_def if isinstance(node, Operation) else node
    if pin_variables_on_cpu and message.op in _VARIABLE_OPS:
        return True
    string, int32 = string_dtype.as_datatype_enum, int32_dtype.as_datatype_enum
    if message.op == "Const":
        return message.attr["dtype"].type in (string, int32)
    if message.op in ("DynamicStitch", "ParallelDynamicStitch"):
        return message.attr["T"].type == int32
    return message.op == "Cast" and message.attr["SrcT"].type == int32


def _source(text: str) -> str:
    """The node that an input's name refers to."""
    return text.removeprefix("^").partition(":")[0]


def extract_sub_graph(graph_def: GraphDef, dest_nodes: Sequence[str]) -> GraphDef:
    """Returns the nodes that others need, directly or indirectly, and these themselves.

    Args:
      graph_def: the graph.
      dest_nodes: names of the nodes to keep.

    Raises:
      TypeError: `graph_def` is no GraphDef, or `dest_nodes` is a string.
      AssertionError: a node of `dest_nodes` is not in the graph.

    Source: TensorFlow 1.15 `tf.graph_util.extract_sub_graph`.
    """
    if not isinstance(graph_def, GraphDef):
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    nodes = {node.name: node for node in graph_def.node}
    for name in dest_nodes:
        if name not in nodes:
            raise AssertionError(f"{name} is not in graph")
    needed: set[str] = set()
    pending = list(dest_nodes)
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            pending += map(_source, nodes[name].input)
    result = GraphDef(library=graph_def.library, versions=graph_def.versions)
    result.node.extend([node for node in graph_def.node if node.name in needed])
    return result


def remove_training_nodes(
    input_graph: GraphDef, protected_nodes: Sequence[str] | None = None
) -> GraphDef:
    """Returns the nodes of a graph but for those that only training needs; versions are left out.

    CheckNumerics goes with the edges from it, Identity is replaced by its input; not where control
    edges or a colocation depend on it.

    Args:
      input_graph: the graph.
      protected_nodes: names of nodes to keep in any case.

    Source: TensorFlow 1.15 `tf.graph_util.remove_training_nodes`.
    """
    protected = frozenset(protected_nodes or ())
    removed = {
        node.name
        for node in input_graph.node
        if node.op == "CheckNumerics" and node.name not in protected
    }
    nodes = []
    for node in input_graph.node:
        if node.name not in removed:
            copy = NodeDef()
            copy.CopyFrom(node)
            del copy.input[:]
            copy.input.extend([text for text in node.input if _source(text) not in removed])
            nodes.append(copy)
    bound = {_source(text) for node in nodes for text in node.input if text.startswith("^")}
    for node in nodes:
        bound.update(group.removeprefix(b"loc:@").decode() for group in node.attr["_class"].list.s)
        if not node.attr["_class"].list.s:
            del node.attr["_class"]
        if any(text.startswith("^") for text in node.input):
            bound.add(node.name)
    spliced = {
        node.name: node.input[0]
        for node in nodes
        if node.op == "Identity" and node.name not in protected | bound
    }
    result = GraphDef()
    for node in nodes:
        if node.name not in spliced:
            inputs = [_spliced(text, spliced) for text in node.input]
            del node.input[:]
            node.input.extend(inputs)
            result.node.append(node)
    return result


def _spliced(text: str, spliced: dict[str, str]) -> str:
    while _source(text) in spliced:
        text = spliced[_source(text)]
    return text


def tensor_shape_from_node_def_name(graph: Graph, input_name: str) -> TensorShape:
    """Returns the static shape of the tensor that a NodeDef's input names.

    Args:
      graph: the graph.
      input_name: "a", "a:1"; "^a" stands for "a".

    Source: TensorFlow 1.15 `tf.graph_util.tensor_shape_from_node_def_name`.
    """
    name = input_name.removeprefix("^")
    return graph.get_tensor_by_name(name if ":" in name else f"{name}:0").get_shape()


def convert_variables_to_constants(
    sess: BaseSession,
    input_graph_def: GraphDef,
    output_node_names: Sequence[str],
    variable_names_whitelist: Iterable[str] | None = None,
    variable_names_blacklist: Iterable[str] | None = None,
) -> GraphDef:
    """Returns a graph in which variables are constants of their present values.

    Args:
      sess: a session that holds the variables.
      input_graph_def: the graph.
      output_node_names: what is kept, with what it needs.
      variable_names_whitelist: only these variables become constants; None: all.
      variable_names_blacklist: these do not.

    Raises:
      AssertionError: a name of `output_node_names` is not in the graph.

    Source: TensorFlow 1.15 `tf.graph_util.convert_variables_to_constants`.
    """
    graph = extract_sub_graph(input_graph_def, output_node_names)
    variables = {
        node.name: f"{node.name}:0"
        for node in graph.node
        if node.op in ("Variable", "VariableV2", "VarHandleOp")
        and (variable_names_whitelist is None or node.name in variable_names_whitelist)
        and (variable_names_blacklist is None or node.name not in variable_names_blacklist)
    }
    handles = _handles(graph, variables)
    reads = {**variables, **_reads(input_graph_def, handles)}
    names = list(reads)
    values = (
        dict(zip(names, sess.run([reads[name] for name in names]), strict=True)) if names else {}
    )
    result = GraphDef(library=graph.library, versions=graph.versions)
    for node in graph.node:
        result.node.append(_frozen(node, values, handles))
    return result


def _handles(graph: GraphDef, variables: dict[str, str]) -> dict[str, str]:
    """Which nodes hand on the handle of which resource variable."""
    nodes = {node.name: node for node in graph.node}
    handles = {name: name for name in variables if nodes[name].op == "VarHandleOp"}
    for node in graph.node:
        chain = []
        while node.name not in handles and node.op in ("Identity", "Enter", "Switch"):
            chain.append(node.name)
            node = nodes[_source(node.input[0])]
        if node.name in handles:
            handles.update(dict.fromkeys(chain, handles[node.name]))
    return handles


def _reads(graph: GraphDef, handles: dict[str, str]) -> dict[str, str]:
    """A tensor that reads each resource variable, outside of loops and branches if there is one."""
    reads = {root: f"{root}/Read/ReadVariableOp:0" for root in set(handles.values())}
    direct = set()
    for node in graph.node:
        root = handles.get(_source(node.input[0])) if node.op == "ReadVariableOp" else None
        if root is not None and root not in direct:
            reads[root] = f"{node.name}:0"
            if _source(node.input[0]) == root:
                direct.add(root)
    return reads


def _frozen(node: NodeDef, values: dict[str, Any], handles: dict[str, str]) -> NodeDef:
    """What stands for a node once the variables `values` are constants."""
    result = NodeDef()
    if node.name in values:
        value = make_tensor_proto(np.asarray(values[node.name]))
        result.name, result.op, result.device = node.name, "Const", node.device
        result.attr["dtype"].type = value.dtype
        result.attr["value"].tensor.CopyFrom(value)
        return result
    result.CopyFrom(node)
    root = handles.get(_source(node.input[0])) if node.input else None
    if root is None or root not in values:
        return result
    dtype = make_tensor_proto(np.asarray(values[root])).dtype
    if node.op == "ReadVariableOp":
        result.op = "Identity"
        result.attr.clear()
        result.attr["T"].type = dtype
        if "_class" in node.attr:
            result.attr["_class"].CopyFrom(node.attr["_class"])
    elif node.op == "ResourceGather":
        result.op = "Gather"
        result.attr.clear()
        result.attr["Tparams"].type = dtype
        result.attr["Tindices"].CopyFrom(node.attr["Tindices"])
    elif node.name in handles:
        result.attr["T"].type = dtype
    return result
