"""Graphs as messages: NodeDef and GraphDef, and the attributes that they hold.

An Operation keeps its attributes as Python values (see `Operation`); this module is the only place
that turns them into AttrValue messages and back. importer.py reads a GraphDef into a Graph.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfsession import registry
from tfsession.dtypes import DType, as_dtype
from tfsession.graph import Graph, Operation
from tfsession.protos import (
    AttrValue,
    GraphDef,
    NameAttrList,
    NodeDef,
    OpDef,
    TensorProto,
)
from tfsession.registry import Attribute
from tfsession.shapes import TensorShape, as_dims
from tfsession.tensor_proto import make_ndarray, make_tensor_proto

__all__ = ["write_graph"]

_LIMIT_BYTES = 1 << 31

# ---- Attributes ----

# Attribute type -> the field of AttrValue, and of its ListValue, that holds it.
_FIELDS = {
    "string": "s",
    "int": "i",
    "float": "f",
    "bool": "b",
    "type": "type",
    "shape": "shape",
    "tensor": "tensor",
    "func": "func",
}
_TYPE_OF_FIELD = {field: kind for kind, field in _FIELDS.items()}


def _type_of(value: Any) -> str:
    """The attribute type that a value of an attribute without definition has."""
    # bool before int: a bool is an int.
    for kind, classes in (
        ("bool", (bool, np.bool_)),
        ("int", (int, np.integer)),
        ("float", (float, np.floating)),
        ("string", (bytes, str)),
        ("type", (DType,)),
        ("tensor", (np.ndarray, TensorProto)),
        ("func", (NameAttrList,)),
        ("shape", (tuple, type(None))),
    ):
        if isinstance(value, classes):
            return kind
    raise TypeError(f"attribute: {value!r} is of no type that attributes have")


def _element_message(kind: str, value: Any) -> Any:
    """What the field of an attribute of type `kind` holds for `value`."""
    if kind == "type":
        return value.as_datatype_enum
    if kind == "shape":
        return TensorShape(value).as_proto()
    if kind == "tensor":
        return make_tensor_proto(value)
    if kind == "string" and isinstance(value, str):
        return value.encode()
    return value


def _set_attr_value(message: AttrValue, value: Any, kind: str | None) -> None:
    """Writes an internal value; `kind` is the type of a defined attribute, else None."""
    if isinstance(value, list):
        message.list.SetInParent()
        if value:
            element = _type_of(value[0]) if kind is None else kind[5:-1]
            field = getattr(message.list, _FIELDS[element])
            field.extend([_element_message(element, v) for v in value])
        return
    kind = _type_of(value) if kind is None else kind
    element_message = _element_message(kind, value)
    if kind in ("shape", "tensor", "func"):
        getattr(message, _FIELDS[kind]).CopyFrom(element_message)
    else:
        setattr(message, _FIELDS[kind], element_message)


def _element_value(kind: str, element: Any) -> Any:
    """The internal value of what the field of an attribute of type `kind` holds."""
    if kind == "type":
        return as_dtype(int(element))
    if kind == "shape":
        return as_dims(element)
    if kind == "tensor":
        return make_ndarray(element)
    if kind == "func":
        copy = NameAttrList()
        copy.CopyFrom(element)
        return copy
    return element


def attribute_value(message: AttrValue, definition: Attribute | None) -> Any:
    """Returns the value of an AttrValue as an Operation keeps it.

    Args:
      message: the AttrValue.
      definition: of the attribute; None for one that its op does not define, such as `_class`.

    Raises:
      ValueError: the message holds a value of another type than the definition wants.
    """
    present = message.WhichOneof("value")
    if present == "list":
        return _list_value(message, definition)
    if present is None:
        return [] if definition is not None and definition.type.startswith("list(") else None
    kind = _TYPE_OF_FIELD.get(present, present)
    if definition is not None and kind != definition.type:
        raise _wrong_type(kind, definition)
    return _element_value(kind, getattr(message, present))


def _list_value(message: AttrValue, definition: Attribute | None) -> list[Any]:
    for field, elements in message.list.ListFields():
        kind = _TYPE_OF_FIELD[field.name]
        if definition is not None and definition.type != f"list({kind})":
            raise _wrong_type(f"list({kind})", definition)
        return [_element_value(kind, element) for element in elements]
    if definition is not None and not definition.type.startswith("list("):
        raise _wrong_type("list(any)", definition)
    return []


def _wrong_type(kind: str, definition: Attribute) -> ValueError:
    return ValueError(
        f"AttrValue had value with type '{kind}' when '{definition.type}' expected\n\t for attr "
        f"'{definition.name}'"
    )


def attribute_message(operation: Operation, name: str) -> Any:
    """Returns the value of an attribute as `Operation.get_attr` does.

    Returns:
      bytes, int, float, bool, DType, TensorShapeProto, TensorProto, NameAttrList, or a list of one
      of these.

    Raises:
      ValueError: the operation has no attribute of that name.
    """
    if name not in operation.attrs:
        raise ValueError(f"Operation '{operation.name}' has no attr named '{name}'.")
    value = operation.attrs[name]
    definition = operation.op_def_.attributes.get(name)
    if isinstance(value, list):
        kind = None if definition is None else definition.type[5:-1]
        return [_public_value(element, kind) for element in value]
    return _public_value(value, None if definition is None else definition.type)


def _public_value(value: Any, kind: str | None) -> Any:
    kind = _type_of(value) if kind is None else kind
    return _element_message(kind, value) if kind in ("shape", "tensor") else value


# ---- Definitions of ops ----


def op_def_message(definition: registry.OpDef) -> OpDef:
    """Returns the OpDef message of a definition."""
    message = OpDef(name=definition.name, is_stateful=definition.is_stateful)
    for arguments, target in (
        (definition.inputs, message.input_arg),
        (definition.outputs, message.output_arg),
    ):
        for argument in arguments:
            added = target.add(
                name=argument.name,
                type_attr=argument.type_attr or "",
                number_attr=argument.number_attr or "",
                type_list_attr=argument.type_list_attr or "",
                is_ref=argument.is_ref,
            )
            if argument.dtype is not None:
                added.type = argument.dtype.as_datatype_enum  # type: ignore[assignment]  # a number
    for attribute in definition.attributes.values():
        entry = message.attr.add(name=attribute.name, type=attribute.type)
        if attribute.has_default:
            _set_attr_value(entry.default_value, attribute.default, attribute.type)
        if attribute.minimum is not None:
            entry.has_minimum = True
            entry.minimum = attribute.minimum
        if attribute.allowed is not None:
            _set_attr_value(entry.allowed_values, list(attribute.allowed), None)
    return message


# ---- Graphs to messages ----


def node_def(operation: Operation) -> NodeDef:
    """Returns the NodeDef message of an operation."""
    message = NodeDef(name=operation.name, op=operation.type, device=operation.device)
    message.input.extend([tensor._as_node_def_input() for tensor in operation.inputs])
    # In order of names, so that equal graphs are equal messages.
    message.input.extend(sorted("^" + op.name for op in operation._control_inputs))
    defined = operation.op_def_.attributes
    for name, value in operation.attrs.items():
        definition = defined.get(name)
        _set_attr_value(message.attr[name], value, None if definition is None else definition.type)
    return message


def graph_def(graph: Graph, from_version: int | None = None, add_shapes: bool = False) -> GraphDef:
    """Returns the GraphDef message of a graph, nodes in creation order.

    Args:
      graph: the graph.
      from_version: only operations added after the graph had this `version`.
      add_shapes: whether nodes carry the static shapes of their outputs as `_output_shapes`.

    Raises:
      ValueError: the message would take 2 GiB or more.
    """
    message = GraphDef()
    size = 0
    for operation in graph._operations[from_version or 0 :]:
        # Before the node is made: what is too large to write may be too large to hold twice.
        size += sum(v.nbytes for v in operation.attrs.values() if isinstance(v, np.ndarray))
        if size >= _LIMIT_BYTES:
            raise ValueError("GraphDef cannot be larger than 2GB.")
        node = node_def(operation)
        if add_shapes and operation.outputs:
            shapes = [tensor.get_shape().as_proto() for tensor in operation.outputs]
            node.attr["_output_shapes"].list.shape.extend(shapes)
        message.node.append(node)
    message.versions.CopyFrom(graph.graph_def_versions)
    if message.ByteSize() >= _LIMIT_BYTES:
        raise ValueError("GraphDef cannot be larger than 2GB.")
    return message


def write_graph(
    graph_or_graph_def: Graph | GraphDef, logdir: str, name: str, as_text: bool = True
) -> str:
    """Writes a graph to a file.

    Args:
      graph_or_graph_def: what to write.
      logdir: the folder, which is made where it does not exist.
      name: of the file.
      as_text: protobuf's text format; binary when False.

    Returns:
      The path of the file.

    Source: TensorFlow 1.15 `tf.train.write_graph`.
    """
    from google.protobuf import text_format

    message = graph_or_graph_def
    if isinstance(message, Graph):
        message = message.as_graph_def()
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(logdir, name)
    content = text_format.MessageToString(message).encode() if as_text else None
    # Readers never see half a file.
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "wb") as file:
        file.write(message.SerializeToString() if content is None else content)
    os.replace(temporary, path)
    return path
