"""Turning Python values and op calls into operations.

`convert_to_tensor` makes a Tensor of anything; `build` checks the inputs and attributes of an op
against its definition, infers what follows from the inputs, and adds the operation to the graph.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from tfsession import dtypes, registry
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.formats import tensor_proto
from tfsession.graph.attributes import bind, checked_attribute, first_with
from tfsession.graph.graph import default_graphs
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import graph_of, name_scope
from tfsession.registry import Argument, OpDef
from tfsession.shapes import Dimension, Dims, TensorShape

# ---- Values to tensors ----

#: What converts to a Tensor: a Tensor or variable, an array, a number, string or nested list of
#: these, or an object of a type that users have registered. No type says that.
TensorLike: TypeAlias = Any

Conversion = Callable[..., Any]
_conversions: dict[int, list[tuple[Any, Conversion]]] = {}
_conversion_cache: dict[type, list[Conversion]] = {}


def register_tensor_conversion_function(
    base_type: Any, conversion_func: Conversion, priority: int = 100
) -> None:
    """Teaches `convert_to_tensor` a type.

    Args:
      base_type: a class, or a tuple of classes, whose instances are converted.
      conversion_func: ``f(value, dtype=None, name=None, as_ref=False)`` gives a Tensor, or
        NotImplemented.
      priority: functions of smaller priority are asked first, then earlier registrations.

    Raises:
      TypeError: `base_type` is not a type, or `conversion_func` is not callable.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(t, type) for t in types):
        raise TypeError("base_type must be a type or a tuple of types.")
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable.")
    _conversions.setdefault(priority, []).append((base_type, conversion_func))
    _conversion_cache.clear()


def _conversions_of(kind: type) -> list[Conversion]:
    found = _conversion_cache.get(kind)
    if found is None:
        found = [
            function
            for _, entries in sorted(_conversions.items())
            for base, function in entries
            if issubclass(kind, base)
        ]
        _conversion_cache[kind] = found
    return found


def convert_to_tensor(
    value: TensorLike,
    dtype: DTypeLike | None = None,
    name: str | None = None,
    preferred_dtype: DTypeLike | None = None,
    dtype_hint: DTypeLike | None = None,
    *,
    as_ref: bool = False,
) -> Tensor:
    """Makes a Tensor of `value`.

    Args:
      value: a Tensor, a Variable, a NumPy array, a Python number, string or (nested) list of any
        of these, or an object of a registered type.
      dtype: the dtype the result must have.
      name: a name for the constant that is made, if one is.
      preferred_dtype: a dtype to try first when `dtype` is None.
      dtype_hint: the same.
      as_ref: whether a reference may be returned.

    Returns:
      A Tensor.

    Raises:
      TypeError: no conversion exists for the type.
      ValueError: `value` is a Tensor of another dtype, or cannot be converted.

    Source: TensorFlow 1.15 `tf.convert_to_tensor`.
    """
    if type(value) is Tensor:
        if dtype is None or value._dtype.base_dtype is as_dtype(dtype).base_dtype:
            return value
        raise ValueError(
            f"Tensor conversion requested dtype {as_dtype(dtype).name} for Tensor with dtype "
            f"{value.dtype.name}: {value!r}"
        )
    if dtype is not None:
        dtype = as_dtype(dtype)
    hint = preferred_dtype if dtype_hint is None else dtype_hint
    # What is not registered is a constant.
    for function in _conversions_of(type(value)):
        result = NotImplemented
        if dtype is None and hint is not None:
            try:
                result = function(value, dtype=as_dtype(hint), name=name, as_ref=as_ref)
            except (TypeError, ValueError):
                result = NotImplemented
            if result is not NotImplemented and not as_dtype(hint).is_compatible_with(
                result.dtype.base_dtype
            ):
                result = NotImplemented
        if result is NotImplemented:
            result = function(value, dtype=dtype, name=name, as_ref=as_ref)
        if result is NotImplemented:
            continue
        if not isinstance(result, Tensor):
            raise RuntimeError(
                f"{name or 'convert_to_tensor'}: Conversion function {function!r} returned "
                f"non-Tensor: {result!r}"
            )
        if dtype is not None and not dtype.is_compatible_with(result.dtype.base_dtype):
            raise RuntimeError(
                f"{name or 'convert_to_tensor'}: Conversion function {function!r} returned "
                f"incompatible dtype: requested = {dtype.name}, actual = {result.dtype.name}"
            )
        converted: Tensor = result
        return converted
    make = _stacked if isinstance(value, (list, tuple)) and _first_dtype(value) else constant
    if dtype is None and hint is not None:
        is_wide = hint == dtypes.int32 and _too_large(value, dtypes.int32) is not None
        try:
            return make(value, dtypes.int64 if is_wide else as_dtype(hint), name)
        except (TypeError, ValueError, OverflowError):
            pass
    return make(value, dtype, name)


def _too_large(value: Any, dtype: DType) -> int | None:
    """An integer in a nested list that would become another one in `dtype`; None: there is none."""
    if not dtype.is_integer:
        return None
    if type(value) is int:
        return None if dtype.min <= value <= dtype.max else value
    if type(value) is Tensor or isinstance(value, (float, str, bytes)):
        return None
    if isinstance(value, (list, tuple)):
        return next((n for n in (_too_large(v, dtype) for v in value) if n is not None), None)
    try:
        is_array = isinstance(value, np.ndarray) or not hasattr(value, "__index__")
        numbers = np.asarray(value if is_array else operator.index(value))
    except (TypeError, ValueError, NotImplementedError):
        return None  # no number of its own
    if numbers.dtype.kind not in "iu" or not numbers.size:
        return None
    return next((n for n in (int(numbers.min()), int(numbers.max())) if _too_large(n, dtype)), None)


def _is_tensor_like(value: Any) -> bool:
    """Whether a list that has this in it is stacked: tensors and variables are not constants."""
    kind = type(value)
    return kind is Tensor or hasattr(kind, "_as_graph_element")


def _first_dtype(values: Any) -> DType | None:
    """The dtype of the first tensor in a nested list; None where it has none."""
    for element in values:
        kind = type(element)
        if kind is float or kind is int:
            continue
        if isinstance(element, (list, tuple)):
            found = _first_dtype(element)
            if found is not None:
                return found
        elif _is_tensor_like(element):
            return as_dtype(element.dtype).base_dtype
    return None


def _stacked(values: Any, dtype: DType | None, name: str | None) -> Tensor:
    """Stacks a nested list that has tensors in it.

    Where the first of them has another dtype than the one asked for, all are cast to that.

    Raises:
      TypeError: the tensors have different dtypes, or a number is not of that dtype.
    """
    found = _first_dtype(values)
    if dtype is None:
        dtype = found
    elif dtype != found:
        values = _cast(values, dtype)
    assert dtype is not None
    result = _stacked_part(values, dtype, name or "packed")
    assert isinstance(result, Tensor)
    return result


def _cast(values: Any, dtype: DType) -> Any:
    if isinstance(values, (list, tuple)):
        return [_cast(element, dtype) for element in values]
    if not _is_tensor_like(values) or values.dtype.base_dtype is dtype:
        return values
    return build("Cast", values, DstT=dtype)


def _stacked_part(values: Any, dtype: DType, name: str) -> Any:
    """Stacks what has tensors in it; a list of numbers alone stays a list, for one constant."""
    with name_scope(name) as scope:
        elements = []
        for index, element in enumerate(values):
            if isinstance(element, (list, tuple)):
                element = _stacked_part(element, dtype, str(index))
            elif _is_tensor_like(element) and element.dtype.base_dtype is not dtype:
                raise TypeError(
                    f"Cannot convert a list containing a tensor of dtype {element.dtype} to "
                    f"{dtype} (Tensor is: {element!r})"
                )
            elements.append(element)
        if not any(map(_is_tensor_like, elements)):
            return elements
        tensors = [
            element if _is_tensor_like(element) else constant(element, dtype, str(index))
            for index, element in enumerate(elements)
        ]
        return build("Pack", tensors, name=scope)


def constant(
    value: TensorLike,
    dtype: DType | None = None,
    name: str | None = None,
    shape: Any = None,
) -> Tensor:
    """A Const operation that holds `value`; name "Const" when None."""
    array = tensor_proto.to_array(value, dtype, shape)
    return constant_of_array(array, name, dtype)


def constant_of_array(
    array: np.ndarray, name: str | None = None, dtype: DType | None = None
) -> Tensor:
    """A Const operation that holds an array as it is; the array must not change afterwards."""
    kind = dtype if dtype is not None else as_dtype(array.dtype)
    operation = default_graphs.get().add_operation(
        registry.OPS["Const"],
        name,
        [],
        {"value": array, "dtype": kind},
        (kind,),
        [array.shape],
    )
    return operation.outputs[0]


def stand_in(dtype: DType, dims: Dims, name: str | None = None) -> Tensor:
    """A Placeholder for a value of which only dtype and shape are known."""
    made: Tensor = build("Placeholder", dtype=dtype, shape=dims, name=name)
    return made


def as_list(value: Any) -> list[Any]:
    """What may be given as one thing, or as a list or tuple of many, as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def convert_n_to_tensor(
    values: Any,
    dtype: DTypeLike | None = None,
    name: str | None = None,
    preferred_dtype: DTypeLike | None = None,
) -> list[Tensor]:
    """`convert_to_tensor` of each element; names get a suffix ``_<index>``."""
    return [
        convert_to_tensor(
            value, dtype, None if name is None else f"{name}_{index}", preferred_dtype
        )
        for index, value in enumerate(values)
    ]


# ---- Op calls to operations ----


def build(op_type: str, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
    """Adds an operation to the graph of its inputs, or to the default graph.

    Args:
      op_type: the op.
      *inputs: one value for each input of the definition; a list where it takes a list.
      name: a name for the operation; the op's name when None.
      **attrs: attributes; those that follow from the inputs may be left out, and so may those with
        a default; None counts as left out.

    Returns:
      The Operation when the op has no output; a Tensor, or a list of Tensors for a list output;
      for several outputs a tuple of these, which has their names.

    Raises:
      TypeError: dtypes of the inputs contradict each other or the definition, or an attribute is
        missing, unknown or of the wrong type.
      ValueError: an attribute has a value that is not allowed, or shapes do not fit.
    """
    definition = registry.OPS.get(op_type) or registry.get(op_type)
    values = {
        key: checked_attribute(definition, key, value)
        for key, value in attrs.items()
        if value is not None
    }
    if definition.inputs and not _all_plain_tensors(definition, inputs):
        # Constants made of inputs are named after the operation: "add/y".
        graph = graph_of(_flat(inputs))
        if name is None:
            name = op_type
        if graph is not default_graphs.get():
            with graph.as_default():
                tensors, scope = _convert_inputs(definition, inputs, values, name)
        else:
            tensors, scope = _convert_inputs(definition, inputs, values, name)
        name = scope
    else:
        tensors = _check_inputs(definition, inputs, values)
    registry.complete_attributes(definition, values)
    graph = default_graphs.get()
    if tensors and not graph.building_function:
        graph = tensors[0].op.graph
    types = registry.flat_types(definition.outputs, values)
    if not definition.takes_references:
        return results(graph.add_operation(definition, name, tensors, values, types))
    # An op that changes a variable is where the variable is, whatever the device scopes say.
    with contextlib.ExitStack() as stack:
        for tensor in _references(definition, tensors, values):
            stack.enter_context(graph.colocate_with(tensor.op))
        return results(graph.add_operation(definition, name, tensors, values, types))


def _references(
    definition: OpDef, tensors: Sequence[Tensor], values: dict[str, Any]
) -> list[Tensor]:
    """The tensors that an op takes as references."""
    found: list[Tensor] = []
    position = 0
    for argument in definition.inputs:
        count = argument.count(values)
        if argument.is_ref:
            found.extend(tensors[position : position + count])
        position += count
    return found


def _all_plain_tensors(definition: OpDef, inputs: Sequence[Any]) -> bool:
    """Whether every input is a Tensor, or a list of Tensors where the op takes a list."""
    for argument, value in zip(definition.inputs, inputs):  # noqa: B905  # counted by the callee
        kind = type(value)
        if kind is Tensor:
            continue
        if argument.is_list and (kind is list or kind is tuple):
            if all(type(v) is Tensor for v in value):
                continue
        return False
    return True


def _flat(inputs: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in inputs:
        if isinstance(value, (list, tuple)):
            flat.extend(_flat(value))
        else:
            flat.append(value)
    return flat


def _check_inputs(definition: OpDef, inputs: Sequence[Any], values: dict[str, Any]) -> list[Tensor]:
    """Binds inputs that are Tensors already; the fast path of `build`."""
    tensors: list[Tensor] = []
    if len(inputs) != len(definition.inputs):
        raise TypeError(
            f"{definition.name}: got {len(inputs)} inputs, wanted {len(definition.inputs)}"
        )
    for argument, value in zip(definition.inputs, inputs, strict=True):
        if type(value) is Tensor:
            if argument.is_list:
                raise TypeError(
                    f"Expected list for '{argument.name}' argument to '{definition.name}' Op, "
                    f"not {value}."
                )
            bind(definition, argument, [value], values)
            tensors.append(value)
        else:
            bind(definition, argument, value, values)
            tensors.extend(value)
    return tensors


def _convert_inputs(
    definition: OpDef, inputs: Sequence[Any], values: dict[str, Any], name: str
) -> tuple[list[Tensor], str]:
    """Converts inputs that are not Tensors yet, inside the operation's name scope."""
    if len(inputs) != len(definition.inputs):
        raise TypeError(
            f"{definition.name}: got {len(inputs)} inputs, wanted {len(definition.inputs)}"
        )
    tensors: list[Tensor] = []
    with name_scope(name) as scope:
        for argument, value in zip(definition.inputs, inputs, strict=True):
            if argument.is_list:
                converted = _convert_list(definition, argument, value, values)
            else:
                converted = [_convert_input(definition, argument, value, values)]
            bind(definition, argument, converted, values)
            tensors.extend(converted)
    return tensors, scope


def _wanted(argument: Argument, values: dict[str, Any]) -> DType | None:
    return argument.dtype or values.get(argument.type_attr or "")


def _convert_input(
    definition: OpDef, argument: Argument, value: Any, values: dict[str, Any]
) -> Tensor:
    wanted = _wanted(argument, values)
    hint = None
    if wanted is None and argument.type_attr is not None:
        attribute = definition.attributes[argument.type_attr]
        hint = attribute.default
    if type(value) is not Tensor and _is_size(definition, argument):
        kind = wanted or (_first_dtype(value) if isinstance(value, (list, tuple)) else None)
        if kind is dtypes.int32:
            _check_int32(value, f"Input '{argument.name}' of '{definition.name}' Op")
    try:
        return convert_to_tensor(
            value, wanted, name=argument.name, preferred_dtype=hint, as_ref=argument.is_ref
        )
    except TypeError as error:
        if wanted is None:
            raise
        raise TypeError(
            f"Expected {wanted.name} passed to parameter '{argument.name}' of op "
            f"'{definition.name}', got {value!r} of type '{type(value).__name__}' instead. "
            f"Error: {error}"
        ) from error
    except ValueError as error:
        if wanted is None:
            raise
        try:
            observed = convert_to_tensor(value, as_ref=argument.is_ref).dtype.name
        except (TypeError, ValueError):
            raise error from None
        prefix = f"Input '{argument.name}' of '{definition.name}' Op has type {observed} that"
        if argument.dtype is not None:
            raise TypeError(f"{prefix} does not match expected type of {wanted.name}.") from error
        first = first_with(definition, argument)
        raise TypeError(
            f"{prefix} does not match type {wanted.name} of argument '{first}'."
        ) from error


def _is_size(definition: OpDef, argument: Argument) -> bool:
    """Whether an argument has sizes, axes or positions: what may be int32 or int64 alone."""
    if argument.type_attr is None:
        return True
    allowed = definition.attributes[argument.type_attr].allowed
    return allowed is not None and set(allowed) == {dtypes.int32, dtypes.int64}


def _check_int32(value: Any, subject: str) -> None:
    """Raises ValueError where an integer would become another one in int32."""
    number = _too_large(value, dtypes.int32)
    if number is not None:
        raise ValueError(f"{subject} has value {number} out of range for an int32.")


def convert_sizes(value: Any, name: str) -> Tensor:
    """`convert_to_tensor` of sizes or axes that must be int32.

    Raises:
      ValueError: one does not fit; TensorFlow takes another size in its place.
    """
    if type(value) is not Tensor:
        _check_int32(value, f"{name!r}")
    return convert_to_tensor(value, dtypes.int32, name=name)


def sizes_array(sizes: Any) -> np.ndarray:
    """Sizes as int32, or as int64 where one does not fit; -1 for what is not known."""
    known = [-1 if size is None else size for size in sizes]
    is_small = all(-(2**31) <= size < 2**31 for size in known)
    return np.array(known, np.int32 if is_small else np.int64)


def _convert_list(
    definition: OpDef, argument: Argument, value: Any, values: dict[str, Any]
) -> list[Tensor]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(
            f"Expected list for '{argument.name}' argument to '{definition.name}' Op, not {value}."
        )
    wanted = _wanted(argument, values)
    hint = None
    if wanted is None and argument.number_attr is not None:
        # The first Tensor decides for what is none yet.
        wanted = next((v.dtype.base_dtype for v in value if isinstance(v, Tensor)), None)
        hint = definition.attributes[argument.type_attr or ""].default
    if argument.type_list_attr is not None:
        types = values.get(argument.type_list_attr)
        if types is not None:
            return [
                convert_to_tensor(v, t, name=f"{argument.name}_{i}")
                for i, (v, t) in enumerate(zip(value, types, strict=True))
            ]
    tensors = []
    try:
        for index, element in enumerate(value):
            name = f"{argument.name}_{index}"
            tensors.append(convert_to_tensor(element, wanted, name, hint, as_ref=argument.is_ref))
    except (TypeError, ValueError):
        kinds = []
        for element in value:
            try:
                kinds.append(convert_to_tensor(element).dtype.name)
            except (TypeError, ValueError):
                kinds.append("<NOT CONVERTIBLE TO TENSOR>")
        text = (
            f"Tensors in list passed to '{argument.name}' of '{definition.name}' Op have types "
            f"[{', '.join(kinds)}]"
        )
        if argument.dtype is not None:
            raise TypeError(
                f"{text} that do not match expected type {argument.dtype.name}."
            ) from None
        if argument.type_attr is not None and argument.type_attr in values:
            raise TypeError(
                f"{text} that do not match type {values[argument.type_attr].name} inferred from "
                "earlier arguments."
            ) from None
        raise TypeError(f"{text} that don't all match.") from None
    return tensors


def results(operation: Operation) -> Any:
    """What an op call returns: the Operation, a Tensor, or a named tuple of the outputs."""
    outputs, arguments = operation.outputs, operation.op_def_.outputs
    if not arguments:
        return operation
    if len(arguments) == 1:
        return list(outputs) if arguments[0].is_list else outputs[0]
    grouped: list[Any] = []
    position = 0
    for argument in arguments:
        tensors = outputs[position : position + argument.count(operation.attrs)]
        grouped.append(list(tensors) if argument.is_list else tensors[0])
        position += len(tensors)
    return _result_type(operation.type)._make(grouped)


@functools.cache
def _result_type(op_type: str) -> Any:
    """The class of what an op of several outputs returns, with their names as fields."""
    definition = registry.get(op_type)
    return collections.namedtuple(  # TensorFlow's form; the fields are of the op
        definition.name, [argument.name for argument in definition.outputs]
    )


def convert_shape(value: TensorLike, name: str | None = None) -> Tensor:
    """A shape as a Tensor: int32, or int64 where a size does not fit.

    Args:
      value: a TensorShape, ints, a list that may hold scalars tensors, or a Tensor.
      name: a name for the constant that is made, if one is.

    Raises:
      ValueError: a TensorShape is not fully defined.
    """
    if isinstance(value, TensorShape):
        return _convert_tensor_shape(value, name=name)
    if not isinstance(value, (Tensor, np.ndarray)) and value is not None:
        try:
            if len(value) == 0:
                return constant_of_array(np.zeros(0, np.int32), name, dtypes.int32)
        except TypeError:
            pass
    return convert_to_tensor(value, name=name, preferred_dtype=dtypes.int32)


def _convert_tensor_shape(
    value: TensorShape, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    dims = value.dims_tuple
    if dims is None or None in dims:
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}")
    if dtype is None:
        fits = all(d is not None and d < 2**31 for d in dims)
        dtype = dtypes.int32 if fits else dtypes.int64
    elif dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype: {dtype}")
    elif dtype is dtypes.int32:
        _check_int32(dims, name or "TensorShape")
    return constant_of_array(np.array(dims, dtype.numpy), name or "shape_as_tensor", dtype)


register_tensor_conversion_function(TensorShape, _convert_tensor_shape, 100)


def _convert_dimension(
    value: Dimension, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    if value.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {value}")
    if dtype is None:
        dtype = dtypes.int32 if value.value < 2**31 else dtypes.int64
    elif dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype: {dtype}")
    elif dtype is dtypes.int32:
        _check_int32(value.value, name or "Dimension")
    array = np.array(value.value, dtype.numpy)
    return constant_of_array(array, name or "shape_as_tensor", dtype)


register_tensor_conversion_function(Dimension, _convert_dimension, 100)


def _refuse_operation(
    value: Operation, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    raise TypeError(
        f"Can't convert Operation {value.name!r} to Tensor (target dtype={dtype!r}, name={name!r}, "
        f"as_ref={as_ref!r})"
    )


register_tensor_conversion_function(Operation, _refuse_operation, 0)
