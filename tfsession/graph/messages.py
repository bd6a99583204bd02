"""Attributes and op definitions as messages: AttrValue and OpDef.

An Operation keeps its attributes as Python values (see `Operation`); this module is the only place
that turns them into AttrValue messages and back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import registry
from tfsession.dtypes import DType, as_dtype
from tfsession.formats.tensor_proto import make_ndarray, make_tensor_proto
from tfsession.protos import AttrValue, NameAttrList, OpDef, TensorProto
from tfsession.registry import Attribute
from tfsession.shapes import TensorShape, as_dims

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
    if kind == "func" and not isinstance(value, NameAttrList):
        return NameAttrList(name=value.name)
    return value


def set_attr_value(message: AttrValue, value: Any, kind: str | None) -> None:
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
        try:
            return as_dtype(int(element))
        except TypeError:
            raise ValueError(f"AttrValue has invalid DataType enum: {element}") from None
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
        if definition is None:
            return None
        if definition.type.startswith("list("):
            return []
        raise ValueError(f"AttrValue missing value with expected type '{definition.type}'")
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


def public_value(value: Any, definition: Attribute | None) -> Any:
    """Returns the value of an attribute as `Operation.get_attr` does.

    Args:
      value: as an Operation keeps it.
      definition: of the attribute; None for one that its op does not define.

    Returns:
      bytes, int, float, bool, DType, TensorShapeProto, TensorProto, NameAttrList, or a list of one
      of these.
    """
    kind = None if definition is None else definition.type
    if isinstance(value, list):
        element_kind = None if kind is None else kind[5:-1]
        return [_public_element(element, element_kind) for element in value]
    return _public_element(value, kind)


def _public_element(value: Any, kind: str | None) -> Any:
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
            set_attr_value(entry.default_value, attribute.default, attribute.type)
        if attribute.minimum is not None:
            entry.has_minimum = True
            entry.minimum = attribute.minimum
        if attribute.allowed is not None:
            set_attr_value(entry.allowed_values, list(attribute.allowed), None)
    return message
