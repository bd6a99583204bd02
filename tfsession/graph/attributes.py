"""Attributes of an operation that is being built: read off its inputs, and checked."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType, as_dtype
from tfsession.graph.operation import Tensor
from tfsession.registry import Argument, Attribute, OpDef
from tfsession.shapes import as_dims


def first_with(definition: OpDef, argument: Argument) -> str:
    for other in definition.inputs:
        if other.type_attr == argument.type_attr:
            return other.name
    return argument.name


def bind(
    definition: OpDef, argument: Argument, tensors: Sequence[Tensor], values: dict[str, Any]
) -> None:
    """Infers attributes from one argument's tensors and checks them against the definition."""
    if argument.number_attr is not None:
        count = len(tensors)
        present = values.setdefault(argument.number_attr, count)
        if present != count:
            raise ValueError(
                f"List argument '{argument.name}' to '{definition.name}' Op with length {count} "
                f"must match length {present} of argument '{argument.number_attr}'."
            )
        minimum = definition.attributes[argument.number_attr].minimum
        if minimum is not None and count < minimum:
            raise ValueError(
                f"List argument '{argument.name}' to '{definition.name}' Op with length {count} "
                f"shorter than minimum length {minimum}."
            )
    if argument.type_list_attr is not None:
        types = [tensor.dtype.base_dtype for tensor in tensors]
        present_types = values.setdefault(argument.type_list_attr, types)
        if list(present_types) != types:
            raise TypeError(
                f"Input '{argument.name}' of '{definition.name}' Op has types "
                f"{[t.name for t in types]} that do not match {[t.name for t in present_types]}."
            )
        return
    for tensor in tensors:
        dtype = tensor._dtype
        if argument.is_ref and not dtype.is_ref_dtype:
            raise TypeError(
                f"'{definition.name}' Op requires that input '{argument.name}' be a mutable tensor "
                "(e.g.: a tf.Variable)"
            )
        base = dtype.base_dtype
        if argument.dtype is not None:
            if base is not argument.dtype.base_dtype:
                raise TypeError(
                    f"Input '{argument.name}' of '{definition.name}' Op has type {base.name} that "
                    f"does not match expected type of {argument.dtype.name}."
                )
            continue
        assert argument.type_attr is not None
        wanted = values.get(argument.type_attr)
        if wanted is None:
            values[argument.type_attr] = base
            _check_allowed_type(definition.attributes[argument.type_attr], argument.name, base)
        elif wanted is not base:
            if argument.number_attr is not None:
                kinds = ", ".join(t.dtype.name for t in tensors)
                raise TypeError(
                    f"Tensors in list passed to '{argument.name}' of '{definition.name}' Op have "
                    f"types [{kinds}] that don't all match."
                )
            raise TypeError(
                f"Input '{argument.name}' of '{definition.name}' Op has type {base.name} that does "
                f"not match type {wanted.name} of argument '{first_with(definition, argument)}'."
            )


def _check_allowed_type(attribute: Attribute, parameter: str, dtype: DType) -> None:
    """Raises TypeError where an attribute, as a parameter sets it, must not be this dtype."""
    if attribute.allowed is not None and dtype not in attribute.allowed:
        choices = ", ".join(d.name for d in attribute.allowed)
        raise TypeError(
            f"Value passed to parameter '{parameter}' has DataType {dtype.name} not in list of "
            f"allowed values: {choices}"
        )


def checked_attribute(definition: OpDef, name: str, value: Any) -> Any:
    """Brings an attribute to its internal form and checks it.

    Raises:
      TypeError: no such attribute, or a value of the wrong type.
      ValueError: a value that is not allowed.
    """
    attribute = definition.attributes.get(name)
    if attribute is None:
        near = difflib.get_close_matches(name, definition.attributes, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise TypeError(f"{definition.name}() got an unexpected keyword argument '{name}'.{hint}")
    kind = attribute.type
    if kind.startswith("list("):
        if not isinstance(value, (list, tuple)):
            raise TypeError(
                f"Expected list for attr {name}, obtained {type(value).__name__} instead."
            )
        if attribute.minimum is not None and len(value) < attribute.minimum:
            raise ValueError(
                f"Attr '{name}' of '{definition.name}' Op passed list of length {len(value)} less "
                f"than minimum {attribute.minimum}."
            )
        return [_scalar(definition, attribute, kind[5:-1], element) for element in value]
    result = _scalar(definition, attribute, kind, value)
    if attribute.minimum is not None and result < attribute.minimum:
        raise ValueError(
            f"Attr '{name}' of '{definition.name}' Op passed {result} less than minimum "
            f"{attribute.minimum}."
        )
    return result


def _scalar(definition: OpDef, attribute: Attribute, kind: str, value: Any) -> Any:
    name = attribute.name
    if kind == "type":
        dtype = as_dtype(value).base_dtype
        _check_allowed_type(attribute, name, dtype)
        return dtype
    if kind == "string":
        if isinstance(value, str):
            value = value.encode()
        if not isinstance(value, bytes):
            raise TypeError(f"Expected string for argument '{name}' not {value!r}.")
        if attribute.allowed is not None and value not in attribute.allowed:
            choices = '", "'.join(v.decode() for v in attribute.allowed)
            raise ValueError(
                f"Attr '{name}' of '{definition.name}' Op passed string '{value.decode()}' not in: "
                f'"{choices}".'
            )
        return value
    if kind == "int":
        try:
            if isinstance(value, float):
                raise TypeError
            return int(value)
        except (TypeError, ValueError):
            raise TypeError(f"Expected int for argument '{name}' not {value!r}.") from None
    if kind == "float":
        try:
            return float(value)
        except (TypeError, ValueError):
            raise TypeError(f"Expected float for argument '{name}' not {value!r}.") from None
    if kind == "bool":
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"Expected bool for argument '{name}' not {value!r}.")
        return bool(value)
    if kind == "shape":
        return as_dims(value)
    return value
