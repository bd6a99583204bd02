"""What is known of the values of tensors before anything runs.

Shape functions ask two questions about their shape-like inputs: is the whole value known
(`constant_value`), and if not, which of its elements are (`constant_value_as_shape`). Both look
back through the few ops that programs compute shapes with: those for which
`registry.static_value` or `registry.static_elements` has a function. Every question keeps a memo
and a limit of depth, so that a graph of any form is answered in time linear in what is looked at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tfsession import registry
from tfsession.shapes import Dims, TensorShape, element_count, format_dims

if TYPE_CHECKING:
    from tfsession.graph.operation import Operation, Tensor

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
# The elements of a vector, None for each that is not known; None where not even their number is.
Elements: TypeAlias = list[Any] | None

# A longer chain of ops counts as unknown; it also keeps Python's stack flat.
_MAX_DEPTH = 64
#: Larger results are left to the run: a shape has few elements.
MAX_ELEMENTS = 1 << 16


# ---- What an op's function asks ----


class Known:
    """What the graph alone determines of tensors, for one question about one of them."""

    def __init__(self) -> None:
        # What has been found. While a tensor is looked at it is unknown, so that loops end.
        self._values: dict[Tensor, Array | None] = {}
        self._elements: dict[Tensor, Elements] = {}
        # How many more ops may be looked back through.
        self._left = _MAX_DEPTH

    def value(self, tensor: Tensor) -> Array | None:
        """The value of a tensor, or None where it is unknown."""
        op = tensor.op
        if op.op_def_.is_constant:
            constant: Array = op.attrs["value"]
            return constant
        evaluate = registry.STATIC_VALUES.get(op.type)
        if evaluate is None or self._left == 0:
            return None
        if tensor not in self._values:
            self._values[tensor] = None
            self._left -= 1
            result = evaluate(op, self)
            self._left += 1
            if type(result) is list:
                result = result[tensor.value_index]
            if result is not None:
                result = self._checked(np.asarray(result), tensor.dtype.base_dtype.numpy)
            self._values[tensor] = result
        return self._values[tensor]

    def _checked(self, value: Array, dtype: Any) -> Array | None:
        """A value in its dtype; None where it is long, or has integers that do not fit."""
        if value.size > MAX_ELEMENTS:
            return None
        if dtype.kind in "iu" and value.dtype.kind in "iuO" and value.size:
            limits = np.iinfo(dtype)
            if value.min() < limits.min or value.max() > limits.max:
                return None
        return value.astype(dtype)

    def inputs(self, op: Operation) -> list[Array] | None:
        """The values of all inputs of an op, or None where one is unknown."""
        values = []
        for tensor in op.inputs:
            value = self.value(tensor)
            if value is None:
                return None
            values.append(value)
        return values

    def elements(self, tensor: Tensor) -> Elements:
        """The elements of a vector, None for each unknown one; None where their number is so."""
        dims = tensor.dims
        if dims is not None and len(dims) != 1:
            return None
        value = self.value(tensor)
        if value is not None:
            elements: list[Any] = value.tolist()
            return elements
        if tensor not in self._elements:
            self._elements[tensor] = None
            find = registry.STATIC_ELEMENTS.get(tensor.op.type)
            found: Elements = None
            if find is not None and self._left > 0:
                self._left -= 1
                found = find(tensor, self)
                self._left += 1
            if found is None and dims is not None and dims[0] is not None and dims[0] < 256:
                found = [None] * dims[0]
            self._elements[tensor] = found
        return self._elements[tensor]


# ---- Functions that several ops have ----

_Evaluate: TypeAlias = Callable[["Operation", Known], Any]
_Find: TypeAlias = Callable[["Tensor", Known], Elements]


def of_values(function: Callable[..., Any]) -> _Evaluate:
    """A static value that is `function` of the values of all inputs."""

    def evaluate(op: Operation, known: Known) -> Any:
        values = known.inputs(op)
        return None if values is None else function(*values)

    return evaluate


def of_integers(function: Callable[..., Any]) -> _Evaluate:
    """The same for element-wise arithmetic of integers; other dtypes are not shapes."""

    def evaluate(op: Operation, known: Known) -> Any:
        if not op.inputs[0].dtype.base_dtype.is_integer:
            return None
        values = known.inputs(op)
        if values is None:
            return None
        with np.errstate(all="ignore"):
            return function(*values)

    return evaluate


def of_divisors(function: Callable[..., Any]) -> _Evaluate:
    """The same for divisions: by zero there is no value."""
    return of_integers(lambda x, y: None if np.any(y == 0) else function(x, y))


def reduction_of(function: Callable[..., Any]) -> _Evaluate:
    """A static value that is a reduction of integers; of none, there may be no value."""

    def evaluate(op: Operation, known: Known) -> Any:
        if not op.inputs[0].dtype.base_dtype.is_integer:
            return None
        values = known.inputs(op)
        if values is None or (values[0].size == 0 and function in (np.max, np.min)):
            return None
        axes = tuple(int(axis) for axis in values[1].ravel())
        return function(values[0], axis=axes, keepdims=op.attrs["keep_dims"])

    return evaluate


def full(dims: Dims, value: Any) -> Array | None:
    """An array of equal elements; None where its shape is unknown, or large."""
    count = element_count(dims)
    if dims is None or count is None or count > MAX_ELEMENTS:
        return None
    return np.full([size or 0 for size in dims], value)


def elements_of_input(tensor: Tensor, known: Known) -> Elements:
    """Static elements that are those of the input."""
    return known.elements(tensor.op.inputs[0])


def elements_of_pairs(function: Callable[[int, int], int]) -> _Find:
    """Static elements that are arithmetic: where one of two is unknown, so is the result."""

    def find(tensor: Tensor, known: Known) -> Elements:
        operands = []
        for part in tensor.op.inputs:
            if part.dims is None:
                return None
            if part.dims == ():
                value = known.value(part)
                operands.append([None if value is None else value.item()])
                continue
            elements = known.elements(part)
            if elements is None:
                return None
            operands.append(elements)
        count = max(map(len, operands)) if all(operands) else 0
        x, y = (part * count if len(part) == 1 else part for part in operands)
        return [
            None if a is None or b is None else function(a, b) for a, b in zip(x, y, strict=True)
        ]

    return find


# ---- What shape functions have asked for ----


class InvalidSizeError(ValueError):
    """A tensor of sizes holds what is none; errors do not say which op looks at it."""


class _Asked(threading.local):
    """What this thread notes while an error of a shape function is described.

    Attributes:
      inputs: the inputs that are noted; None while nothing is.
      shown: those whose values can be seen.
      found: those that were asked about, and whether only as a shape.
    """

    inputs: Sequence[Tensor] | None = None
    shown: dict[Tensor, bool]
    found: dict[Tensor, bool]

    def hides(self, tensor: Tensor, as_shape: bool) -> bool:
        """Notes a question about a tensor; whether its value cannot be seen."""
        if self.inputs is None or not any(tensor is one for one in self.inputs):
            return False
        self.found[tensor] = self.found.get(tensor, False) or as_shape
        return tensor not in self.shown


_ASKED = _Asked()


def explained(inputs: Sequence[Tensor], function: Callable[[], Any]) -> tuple[str, str] | None:
    """Why a shape function refuses, and what it saw of the values of its inputs.

    As in TensorFlow, it sees no values at first; what it asks about then is shown to it the next
    time. What it refuses without values is told without them.
    """
    _ASKED.inputs, _ASKED.found = inputs, {}
    try:
        while True:
            _ASKED.shown = dict(_ASKED.found)
            try:
                function()
            except ValueError as error:
                shapes = ", ".join("?" if t.dims is None else format_dims(t.dims) for t in inputs)
                values = _described_values(inputs, _ASKED.shown)
                return str(error), f"input shapes: {shapes}{values}"
            if len(_ASKED.found) == len(_ASKED.shown):
                return None
    finally:
        _ASKED.inputs = None


def _described_values(inputs: Sequence[Tensor], asked: dict[Tensor, bool]) -> str:
    """What errors of shape functions say of the values that these have seen, or ""."""
    values, shapes = [], []
    for index, tensor in enumerate(inputs):
        if tensor not in asked:
            continue
        value = Known().value(tensor)
        elements = Known().elements(tensor) if asked[tensor] else None
        if elements:
            sizes = ["?" if size is None or size < 0 else str(size) for size in elements]
            shapes.append(f"input[{index}] = [{','.join(sizes)}]")
        elif value is not None and not asked[tensor]:
            values.append(f"input[{index}] = <{_summarized(value)}>")
    text = f" and with computed input tensors: {', '.join(values)}" if values else ""
    if shapes:
        text += f" and with input tensors computed as partial shapes: {', '.join(shapes)}"
    return text


def _summarized(value: Array) -> str:
    """The elements of a matrix's rows in brackets, those of a vector without."""
    if value.ndim > 1:
        return "".join(f"[{_summarized(row)}]" for row in value)
    return " ".join(str(element) for element in value.ravel().tolist())


# ---- Whole values ----


def constant_value(tensor: Tensor, partial: bool = False) -> Array | None:
    """Returns the value of a tensor if the graph alone determines it.

    Args:
      tensor: any Tensor.
      partial: whether a stack of scalars may have unknown elements; they are None in an array of
        objects.

    Returns:
      an array that must not be written to, or None.

    Source: TensorFlow 1.15, python/framework/tensor_util.py `constant_value`; arithmetic with
      constants, which there only the C++ shape functions follow, is followed here too.
    """
    op = tensor.op
    if _ASKED.inputs is not None and _ASKED.hides(tensor, False):
        return None
    if op.op_def_.is_constant:
        value: Array = op.attrs["value"]
        return value
    if partial and op.type == "Pack" and op.attrs["axis"] == 0:
        elements = [constant_value(element, True) for element in op.inputs]
        if any(element is None for element in elements):
            return np.array(elements, dtype=object)
        return np.array(elements)
    return Known().value(tensor) if op.type in registry.STATIC_VALUES else None


def size_of_scalar(tensor: Tensor, position: int) -> int | None:
    """The size that a scalar input of an op stands for, or None where it is unknown.

    Args:
      tensor: the input.
      position: which of the op's inputs it is; texts of errors name it so.

    Raises:
      ValueError: what is known of it is no scalar, or is negative.

    Source: TensorFlow 1.15, core/framework/shape_inference.cc `MakeDimForScalarInput`.
    """
    value = _scalar(tensor)
    if value is not None and value < 0:
        raise ValueError(
            f"Dimension size, given by scalar input {position}, must be non-negative but is {value}"
        )
    return value


def axis_of_scalar(tensor: Tensor, rank: int) -> int | None:
    """The axis, 0 or more, that a scalar input of an op stands for, or None where it is unknown.

    Raises:
      ValueError: what is known of it is no scalar, or is not in [-rank, rank).

    Source: TensorFlow 1.15, core/framework/shape_inference.cc
      `MakeDimForScalarInputWithNegativeIndexing`.
    """
    value = _scalar(tensor)
    if value is not None and not -rank <= value < rank:
        raise ValueError(
            f"Dimension size, given by scalar input {value} must be in range [-{rank}, {rank})"
        )
    return value if value is None or value >= 0 else value + rank


def _scalar(tensor: Tensor) -> int | None:
    value = constant_value(tensor)
    if value is None:
        return None
    if value.ndim:
        raise ValueError(f"Input must be scalar but has rank {value.ndim}")
    return int(value)


# ---- Vectors of which some elements are known ----


def constant_value_as_shape(tensor: Tensor) -> Dims:
    """Returns the shape that a tensor of sizes stands for, as far as the graph determines it.

    Args:
      tensor: a vector of integers, in which -1 stands for an unknown size.

    Raises:
      ValueError: it has another rank.
      InvalidSizeError: it holds sizes below -1.

    Source: TensorFlow 1.15, core/framework/shape_inference.cc `MakeShapeFromShapeTensor`.
    """
    op, dims = tensor.op, tensor.dims
    if dims is not None and len(dims) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(dims)}")
    if _ASKED.inputs is not None and _ASKED.hides(tensor, True):
        return None if dims is None or dims[0] is None else (None,) * dims[0]
    if op.op_def_.is_constant:
        value: Array = op.attrs["value"]
        return _as_sizes(value.tolist())
    if dims is None:
        return None
    elements = Known().elements(tensor)
    if elements is not None:
        return _as_sizes(elements)
    return None if dims[0] is None else (None,) * dims[0]


def _as_sizes(elements: Sequence[int | None]) -> Dims:
    sizes: list[int | None] = []
    for element in elements:
        if element is None or element == -1:
            sizes.append(None)
        elif element < 0:
            raise InvalidSizeError(f"Invalid value in tensor used for shape: {element}")
        else:
            sizes.append(int(element))
    return tuple(sizes)


def known_elements(tensor: Tensor) -> Elements:
    """Returns the elements of a vector, None for each that the graph alone does not determine.

    Returns:
      a list, or None where even the number of elements is unknown.
    """
    if _ASKED.inputs is not None and _ASKED.hides(tensor, False):
        dims = tensor.dims
        return None if not dims or dims[0] is None else [None] * dims[0]
    return Known().elements(tensor)


# ---- What users call ----


def public_constant_value(tensor: Any, partial: bool = False) -> Array | None:
    """Returns the value of a tensor if the graph alone determines it, else None.

    The caller may go on to depend on it, so the tensor cannot be fed from then on.

    Args:
      tensor: a Tensor; anything else is returned as it is.
      partial: whether a stack of scalars may have unknown elements; they are None in an array of
        objects.

    Source: TensorFlow 1.15 `tf.contrib.util.constant_value`.
    """
    if not hasattr(tensor, "graph"):
        return tensor  # type: ignore[no-any-return]  # what the caller gave
    value: Array | None = constant_value(tensor, partial)
    if value is None:
        return None
    tensor.graph.prevent_feeding(tensor)
    return value.copy()


def public_constant_value_as_shape(tensor: Tensor) -> TensorShape:
    """Returns the TensorShape that a tensor of sizes stands for, as far as the graph determines it.

    Args:
      tensor: a vector of integers, in which -1 stands for an unknown size.

    Raises:
      ValueError: it has another rank, or holds sizes below -1.

    Source: TensorFlow 1.15 `tensor_util.constant_value_as_shape`.
    """
    tensor.get_shape().with_rank(1)
    return TensorShape(constant_value_as_shape(tensor))
