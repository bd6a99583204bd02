"""Functions of one element as functions of many: what `Dataset.map` is given, once for a batch.

Each tensor of the function's body either has a value for every element, its rows, which are below
one another along a new first axis, or one value for all of them. A rule for each op says what
computes the rows of its outputs. Where an operation has no rule, draws random numbers, keeps
something or has an effect, there is no such function, and elements are made one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession import registry
from tfsession.dtypes import int32, string
from tfsession.graph.build import build, constant_of_array
from tfsession.graph.function_graph import GraphFunction, trace
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, rearrange

Rule = Callable[["_Rows", Operation, list[Tensor]], Sequence[Tensor]]

_RULES: dict[str, Rule] = {}


def of_rows(function: GraphFunction) -> GraphFunction | None:
    """The function of the rows of the arguments of `function`, and of the same captured values.

    Args:
      function: a function of elements.

    Returns:
      a function whose results have a row for each row of the arguments; None: there is none.
    """
    if not function.inputs or any(not _is_pure(op) for op in function.graph.operations):
        return None
    shapes = [
        None if tensor.dims is None else (None, *tensor.dims) for tensor in function.inputs
    ] + [tensor.dims for tensor in function.parameters[len(function.inputs) :]]
    types = [tensor.dtype for tensor in function.parameters]
    try:
        return trace(
            "rows",
            types,
            shapes,
            lambda parameters: _Rows(function, parameters).outputs(),
            function.graph.outer,
        )
    except (_NoRule, ValueError, TypeError):
        return None


def _is_pure(op: Operation) -> bool:
    definition = op.op_def_
    return definition.is_fed or not (definition.is_stateful or definition.checks)


class _NoRule(Exception):
    """An operation has rows that nobody knows how to compute."""


class _Rows:
    """The body of a function while its operations are made again for rows."""

    def __init__(self, function: GraphFunction, parameters: Sequence[Tensor]) -> None:
        self._function = function
        self._made = dict(zip(function.parameters, parameters, strict=True))
        # The tensors of the function that have rows.
        self._with_rows = set(function.inputs)
        self._first = parameters[0]
        self.graph = self._first.op.graph

    def outputs(self) -> list[Tensor]:
        """The results' rows."""
        for op in self._function.graph.operations:
            if not op.op_def_.is_fed:
                self._convert(op)
        return [self.spread(tensor) for tensor in self._function.outputs]

    def _convert(self, op: Operation) -> None:
        if op.control_flow_context is not None:
            raise _NoRule
        inputs = [self._made[tensor] for tensor in op.inputs]
        has_rows = any(tensor in self._with_rows for tensor in op.inputs)
        rule = _rule_of(op) if has_rows else _again
        self._made.update(zip(op.outputs, rule(self, op, inputs), strict=True))
        if has_rows and rule is not _shape_of_rows:
            self._with_rows.update(op.outputs)

    def has_rows(self, tensor: Tensor) -> bool:
        """Whether a tensor of the function has a value for each element."""
        return tensor in self._with_rows

    def spread(self, tensor: Tensor) -> Tensor:
        """The rows of a tensor of the function; of one without, its value as often as needed."""
        made = self._made[tensor]
        if tensor in self._with_rows:
            return made
        sizes = array.concat([self.count(), array.shape(made)], 0)
        if tensor.dtype is not string:
            return array.broadcast_to(made, sizes)
        ones = np.ones(len(_dims(tensor)), np.int32)
        return rearrange.tile(array.expand_dims(made, 0), array.concat([self.count(), ones], 0))

    def count(self) -> Tensor:
        """How many rows there are, a vector of one element."""
        return array.shape(self._first)[:1]


def _dims(tensor: Tensor) -> tuple[int | None, ...]:
    if tensor.dims is None:
        raise _NoRule
    return tensor.dims


def _value(rows: _Rows, tensor: Tensor) -> Any:
    """The value of a tensor that the graph alone determines."""
    found = None if rows.has_rows(tensor) else constant_value(tensor)
    if found is None:
        raise _NoRule
    return found


def _axis(axis: Any, rank: int) -> int:
    """The axis of rows that is an axis of elements, which have so many."""
    return int(axis) + (rank if axis < 0 else 0) + 1


# ---- Rules ----


def _rule_of(op: Operation) -> Rule:
    found = _RULES.get(op.type)
    if found is not None:
        return found
    kernel = registry.KERNELS.get((op.type, "CPU"))
    if kernel is None or not kernel.is_broadcast:
        raise _NoRule
    return _broadcast


def _rule(*names: str) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        _RULES.update(dict.fromkeys(names, function))
        return function

    return register


def _again(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    """The same operation."""
    types = [tensor.dtype for tensor in op.outputs]
    made: Sequence[Tensor] = rows.graph.add_operation(
        op.op_def_, None, inputs, dict(op.attrs), types
    ).outputs
    return made


# Of each element on its own, whatever the shape.
_RULES.update(
    dict.fromkeys(
        (
            "AsString",
            "Cast",
            "DecodeBase64",
            "DecodeRaw",
            "EncodeBase64",
            "Identity",
            "RegexReplace",
            "StopGradient",
            "StringLength",
            "StringLower",
            "StringStrip",
            "StringToHashBucket",
            "StringToHashBucketFast",
            "StringToHashBucketStrong",
            "StringToNumber",
            "StringUpper",
        ),
        _again,
    )
)


def _broadcast(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    """Inputs that are broadcast together: axes of size 1 come between the rows and their own."""
    rank = max(len(_dims(tensor)) for tensor in op.inputs)
    wide = []
    for tensor, made in zip(op.inputs, inputs, strict=True):
        missing = rank - len(_dims(tensor))
        if missing and rows.has_rows(tensor):
            sizes = array.shape(made)
            ones = np.ones(missing, np.int32)
            made = array.reshape(made, array.concat([sizes[:1], ones, sizes[1:]], 0))
        wide.append(made)
    return _again(rows, op, wide)


@_rule("AddN", "Select")
def _all_rows(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    """Inputs of one shape, or a condition for each row."""
    return _again(rows, op, [rows.spread(tensor) for tensor in op.inputs])


@_rule("Shape", "Rank", "Size")
def _shape_of_rows(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    """One value: what has rows has the same shape in each of them."""
    sizes = array.shape(inputs[0], out_type=op.attrs["out_type"] if op.type != "Rank" else int32)
    if op.type == "Shape":
        return [sizes[1:]]
    if op.type == "Rank":
        return [array.rank(inputs[0]) - 1]
    return [build("Prod", sizes[1:], [0])]


@_rule("Reshape")
def _reshape(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    if rows.has_rows(op.inputs[1]) or not rows.has_rows(op.inputs[0]):
        raise _NoRule
    sizes = build("Cast", inputs[1], DstT=int32)
    return [array.reshape(inputs[0], array.concat([rows.count(), sizes], 0))]


@_rule("ExpandDims")
def _expand_dims(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    axis = _axis(_value(rows, op.inputs[1]), len(_dims(op.inputs[0])) + 1)
    return [array.expand_dims(inputs[0], axis)]


@_rule("Squeeze")
def _squeeze(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    dims = _dims(op.inputs[0])
    axes = op.attrs["squeeze_dims"] or [axis for axis, n in enumerate(dims) if n == 1]
    if not op.attrs["squeeze_dims"] and None in dims:
        raise _NoRule
    return [build("Squeeze", inputs[0], squeeze_dims=[_axis(axis, len(dims)) for axis in axes])]


@_rule("Transpose")
def _transpose(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    order = [axis + 1 for axis in _value(rows, op.inputs[1]).tolist()]
    return [rearrange.transpose(inputs[0], [0, *order])]


@_rule("StridedSlice")
def _strided_slice(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    begin, end, strides = (_value(rows, tensor) for tensor in op.inputs[1:])
    masks = {name: value << 1 for name, value in op.attrs.items() if name.endswith("_mask")}
    masks["begin_mask"] |= 1
    masks["end_mask"] |= 1
    bounds = [np.concatenate([[n], a]) for n, a in ((0, begin), (0, end), (1, strides))]
    return [build("StridedSlice", inputs[0], *bounds, **masks)]


@_rule("All", "Any", "ArgMax", "ArgMin", "Max", "Mean", "Min", "Prod", "Sum")
def _reduction(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    rank, axes = len(_dims(op.inputs[0])), _value(rows, op.inputs[1])
    moved = np.array([_axis(axis, rank) for axis in axes.ravel()], np.int32).reshape(axes.shape)
    return _again(rows, op, [inputs[0], constant_of_array(moved)])


@_rule("Pack")
def _pack(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    axis = _axis(op.attrs["axis"], len(_dims(op.inputs[0])) + 1)
    return [build("Pack", [rows.spread(tensor) for tensor in op.inputs], axis=axis)]


@_rule("ConcatV2")
def _concat(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    *parts, axis = op.inputs
    moved = _axis(_value(rows, axis), len(_dims(parts[0])))
    return [array.concat([rows.spread(tensor) for tensor in parts], moved)]


@_rule("Pad", "PadV2", "MirrorPad")
def _pad(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    """Nothing is added before the first row or after the last one."""
    paddings = _value(rows, op.inputs[1])
    if any(rows.has_rows(tensor) for tensor in op.inputs[1:]):
        raise _NoRule
    wide = np.concatenate([[[0, 0]], paddings]).astype(paddings.dtype)
    return _again(rows, op, [inputs[0], constant_of_array(wide), *inputs[2:]])


@_rule("GatherV2")
def _gather(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    """Rows of a table: the indices have rows, the table has none."""
    if rows.has_rows(op.inputs[0]) or op.attrs["batch_dims"] or _value(rows, op.inputs[2]) != 0:
        raise _NoRule
    return _again(rows, op, inputs)


@_rule("OneHot")
def _one_hot(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    if op.attrs["axis"] != -1 or any(rows.has_rows(tensor) for tensor in op.inputs[1:]):
        raise _NoRule
    return _again(rows, op, inputs)


@_rule("ParseSingleExample")
def _parse_example(rows: _Rows, op: Operation, inputs: list[Tensor]) -> Sequence[Tensor]:
    """Features that every example has as often: others would be padded, or sparse."""
    attrs = op.attrs
    if attrs["sparse_keys"] or any(d is None or None in d for d in attrs["dense_shapes"]):
        raise _NoRule
    if any(rows.has_rows(tensor) for tensor in op.inputs[1:]):
        raise _NoRule
    found = build(
        "ParseExample",
        inputs[0],
        np.array([], object),
        [],
        [np.array(key, object) for key in attrs["dense_keys"]],
        inputs[1:],
        sparse_types=[],
        dense_shapes=attrs["dense_shapes"],
    )
    return list(found.dense_values)
