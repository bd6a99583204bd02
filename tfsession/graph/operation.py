"""Operations, and the tensors that they produce.

An Operation holds its inputs, its attributes as plain Python values, its requested device and the
lines of the user's program that made it. A Graph creates and holds them, see graph.py.
"""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tfsession import device_spec, protos, registry
from tfsession.dtypes import DType
from tfsession.errors import OperatorNotAllowedInGraphError
from tfsession.graph.call_stack import Frames, line_number
from tfsession.graph.default_session import session_for_eval, session_for_run
from tfsession.graph.messages import attribute_value, op_def_message, public_value, set_attr_value
from tfsession.shapes import Dims, TensorShape, as_dims, format_dims, merge_dims

if TYPE_CHECKING:
    from tfsession.graph.graph import Graph


# ---- Tensors ----


class Reference:
    """A tensor or variable as a key: two are equal when they refer to the same object.

    Source: TensorFlow 1.15, python/util/object_identity.py `Reference`.
    """

    __slots__ = ("_object",)

    def __init__(self, referent: Any) -> None:
        self._object = referent

    def deref(self) -> Any:
        """The object."""
        return self._object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._object is other._object

    def __hash__(self) -> int:
        return id(self._object)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._object!r}>"


if TYPE_CHECKING:

    class Operators:
        """The operators of tensors and variables, which are installed when their ops are there."""

        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __rfloordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __rmod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __rand__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __ror__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __rxor__(self, other: Any) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __getitem__(self, index: Any) -> Tensor: ...
else:
    Operators = object


class Tensor(Operators):
    """One output of an operation: a symbolic value that a session computes.

    Attributes:
      op: the Operation that produces it.
      value_index: which of the operation's outputs it is.
      dtype: the DType of its elements.
      dims: the static shape as a tuple of int and None, or None for unknown rank.
    """

    __slots__ = ("__dict__", "__weakref__", "_consumers", "_dtype", "dims", "op", "value_index")

    # NumPy hands `array + tensor` to the Tensor's operator instead of looping over elements.
    __array_priority__: ClassVar[int] = 100
    OVERLOADABLE_OPERATORS: ClassVar[frozenset[str]] = frozenset(
        f"__{name}__"
        for name in (
            "add radd sub rsub mul rmul div rdiv truediv rtruediv floordiv rfloordiv mod rmod "
            "lt le gt ge ne eq and rand or ror xor rxor getitem pow rpow invert neg abs matmul "
            "rmatmul"
        ).split()
    )

    def __init__(self, op: Operation, value_index: int, dtype: DType, dims: Dims = None) -> None:
        self.op = op
        self.value_index = value_index
        self._dtype = dtype
        self.dims = dims
        self._consumers: list[Operation] = []

    @property
    def dtype(self) -> DType:
        """The DType of the elements."""
        return self._dtype

    @property
    def graph(self) -> Graph:
        """The Graph that contains this tensor."""
        return self.op.graph

    @property
    def name(self) -> str:
        """The name, ``<operation name>:<output index>``."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def device(self) -> str:
        """The device requested for the operation that produces this tensor, or ''."""
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return TensorShape(self.dims)

    def get_shape(self) -> TensorShape:
        """The static shape."""
        return TensorShape(self.dims)

    def _shape_as_list(self) -> list[int | None] | None:
        return None if self.dims is None else list(self.dims)

    def _rank(self) -> int | None:
        return None if self.dims is None else len(self.dims)

    def set_shape(self, shape: Any) -> None:
        """Adds to what is statically known of the shape.

        Args:
          shape: a TensorShape or anything that converts to one.

        Raises:
          ValueError: the shape contradicts what is known.
        """
        self.dims = merge_dims(self.dims, as_dims(shape))

    def consumers(self) -> list[Operation]:
        """The operations that read this tensor, in creation order."""
        return list(dict.fromkeys(self._consumers))

    def _as_node_def_input(self) -> str:
        return self.op.name if self.value_index == 0 else f"{self.op.name}:{self.value_index}"

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Computes this tensor in `session`, or in the default session.

        Raises:
          ValueError: there is no session, or it runs another graph.
        """
        return session_for_eval(self.graph, session).run(self, feed_dict)

    def experimental_ref(self) -> Reference:
        """This tensor as a key of dictionaries and sets."""
        return Reference(self)

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self.shape} dtype={self._dtype.name}>"

    def __str__(self) -> str:
        shape = "" if self.dims is None else f", shape={self.shape}"
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self._dtype.name}{device})'

    def __hash__(self) -> int:
        return id(self) >> 4

    def __eq__(self, other: object) -> bool:
        return self is other

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        return self

    def __iter__(self) -> Iterator[Tensor]:
        raise OperatorNotAllowedInGraphError(
            "iterating over `tf.Tensor` is not allowed in Graph execution. Tensor objects are only "
            "iterable when eager execution is enabled. To iterate over this tensor use tf.map_fn."
        )

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for symbolic Tensors. ({self.name}) Please call `x.shape` "
            "rather than `len(x)` for shape information."
        )

    def __bool__(self) -> bool:
        raise OperatorNotAllowedInGraphError(
            "using a `tf.Tensor` as a Python `bool` is not allowed in Graph execution. Use "
            "`if t is not None:` instead of `if t:` to test if a tensor is defined, and use "
            "TensorFlow ops such as tf.cond to execute subgraphs conditioned on the value of a "
            "tensor."
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise NotImplementedError(
            f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array."
        )

    @staticmethod
    def _override_operator(operator: str, function: Callable[..., Any]) -> None:
        """Installs the op behind one of the `OVERLOADABLE_OPERATORS`.

        Raises:
          ValueError: the operator is not one that can be overridden.
        """
        if operator not in Tensor.OVERLOADABLE_OPERATORS:
            raise ValueError(f"Overriding {operator} is disallowed")
        setattr(Tensor, operator, function)


# ---- Operations ----


class Operation:
    """A node of a graph.

    Attributes:
      name: unique in the graph.
      type: the op's name, such as "MatMul".
      inputs: the Tensors it reads.
      outputs: the Tensors it produces.
      attrs: attributes as Python values: DType, dims, np.ndarray for tensors, bytes for strings,
        int, float, bool, and lists of these.
      graph: the Graph that contains it.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_colocation_assignments",
        "_control_flow_context",
        "_control_inputs",
        "_device",
        "_device_assignments",
        "_frames",
        "_gradient_function",
        "_id",
        "_original_op",
        "attrs",
        "graph",
        "inputs",
        "name",
        "op_def_",
        "outputs",
        "type",
    )

    def __init__(
        self,
        graph: Graph,
        op_def: registry.OpDef,
        name: str,
        inputs: list[Tensor],
        attrs: dict[str, Any],
        output_types: Sequence[DType],
    ) -> None:
        self.graph = graph
        self.op_def_ = op_def
        self.type = op_def.name
        self.name = name
        self.inputs: Any = inputs
        self.attrs = attrs
        self.outputs = [Tensor(self, index, dtype) for index, dtype in enumerate(output_types)]
        self._control_inputs: list[Operation] = []
        self._device = ""
        self._device_assignments: list[tuple[str, str, int]] = []
        self._colocation_assignments: list[tuple[str, str, int]] = []
        self._original_op: Operation | None = None
        self._gradient_function: Callable[..., Any] | None = None
        self._control_flow_context: Any = None
        self._frames: Frames = ()
        self._id = 0

    @property
    def control_inputs(self) -> list[Operation]:
        """The operations that must have run before this one."""
        return list(self._control_inputs)

    @property
    def device(self) -> str:
        """The device requested for this operation, or ''."""
        return self._device

    @property
    def op_def(self) -> protos.OpDef:
        """The OpDef message of this operation's type."""
        return op_def_message(self.op_def_)

    @property
    def node_def(self) -> protos.NodeDef:
        """The NodeDef message of this operation."""
        message = protos.NodeDef(name=self.name, op=self.type, device=self.device)
        message.input.extend([tensor._as_node_def_input() for tensor in self.inputs])
        # In order of names, so that equal graphs are equal messages.
        message.input.extend(sorted("^" + op.name for op in self._control_inputs))
        defined = self.op_def_.attributes
        for name, value in self.attrs.items():
            definition = defined.get(name)
            kind = None if definition is None else definition.type
            set_attr_value(message.attr[name], value, kind)
        return message

    @property
    def traceback(self) -> list[traceback.FrameSummary]:
        """The Python stack that created this operation, outermost frame first."""
        return [
            traceback.FrameSummary(
                code.co_filename,
                line := line_number(code, instruction),
                code.co_name,
                lookup_line=False,
                line=linecache.getline(code.co_filename, line).strip(),
            )
            for code, instruction in reversed(self._frames)
        ]

    def values(self) -> tuple[Tensor, ...]:
        """The outputs."""
        return tuple(self.outputs)

    def get_attr(self, name: str) -> Any:
        """The value of an attribute.

        Args:
          name: the attribute's name.

        Returns:
          bytes, int, float, bool, DType, TensorShapeProto, TensorProto, NameAttrList, or a list of
          one of these.

        Raises:
          ValueError: the operation has no attribute of that name.
        """
        if name not in self.attrs:
            raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.")
        return public_value(self.attrs[name], self.op_def_.attributes.get(name))

    def colocation_groups(self) -> list[bytes]:
        """The names of the groups this operation is colocated with."""
        groups = [g for g in self.attrs.get("_class", ()) if g.startswith(b"loc:@")]
        return groups or [b"loc:@" + self.name.encode()]

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs this operation in `session`, or in the default session.

        Raises:
          ValueError: there is no session, or it runs another graph.
        """
        session_for_run(self.graph, session).run(self, feed_dict)

    # -- Changes that users' graph surgery makes; each tells the graph. --

    def _set_device(self, device: Any) -> None:
        self.graph._note_mutation(self, "setting device")
        is_spec = isinstance(device, device_spec.DeviceSpec)
        self._device = device.to_string() if is_spec else str(device)

    def _set_attr(self, name: str, value: Any) -> None:
        """Sets an attribute from an AttrValue message."""
        self.graph._note_mutation(self, "setting attribute")
        self.attrs[name] = attribute_value(value, self.op_def_.attributes.get(name))

    def _update_input(self, index: int, tensor: Tensor) -> None:
        """Replaces one input.

        Raises:
          TypeError: `tensor` is not a Tensor, or has another dtype.
          ValueError: `tensor` belongs to another graph.
        """
        if not isinstance(tensor, Tensor):
            raise TypeError(f"tensor must be a Tensor: {tensor}")
        if tensor.graph is not self.graph:
            raise ValueError(f"{tensor!r} must be from the same graph as {self!r}.")
        old = self.inputs[index]
        if old.dtype.base_dtype != tensor.dtype.base_dtype:
            raise TypeError(
                f"Input {index} of operation {self.name!r} has dtype {old.dtype.name}, "
                f"but the new tensor has {tensor.dtype.name}"
            )
        self.graph._note_mutation(self, "updating input tensor")
        if self in old._consumers:
            old._consumers.remove(self)
        self.inputs[index] = tensor
        tensor._consumers.append(self)

    def _add_control_inputs(self, ops: Iterable[Operation]) -> None:
        added = list(ops)
        for op in added:
            if not isinstance(op, Operation):
                raise TypeError(f"op must be an Operation: {op}")
            if op.graph is not self.graph:
                raise ValueError(f"{op!r} must be from the same graph as {self!r}.")
        self.graph._note_mutation(self, "adding control input")
        self._control_inputs.extend(op for op in added if op not in self._control_inputs)

    def _add_control_input(self, op: Operation) -> None:
        self._add_control_inputs([op])

    def _remove_all_control_inputs(self) -> None:
        self.graph._note_mutation(self, "removing control inputs")
        self._control_inputs = []

    def _get_control_flow_context(self) -> Any:
        return self._control_flow_context

    def _set_control_flow_context(self, context: Any) -> None:
        self._control_flow_context = context

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __str__(self) -> str:
        return str(self.node_def)

    def __copy__(self) -> Operation:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Operation:
        return self


# ---- Static shapes ----


def infer_shapes(operation: Operation) -> None:
    """Sets the static shapes of an operation's outputs by the op's shape function.

    Raises:
      ValueError: the input shapes contradict the op; the text names it and its shapes.
    """
    function = registry.SHAPES.get(operation.type)
    if function is None:
        return
    definition = operation.op_def_
    available: dict[str, Any] = {}
    position = 0
    inputs, attrs = operation.inputs, operation.attrs
    for argument in definition.inputs:
        if argument.is_list:
            count = argument.count(attrs)
            available[argument.name] = inputs[position : position + count]
            position += count
        else:
            available[argument.name] = inputs[position]
            position += 1
    try:
        result = function(
            *[
                available[p] if p in available else attrs.get(p)
                for p in registry.SHAPE_PARAMETERS[operation.type]
            ]
        )
    except ValueError as error:
        shapes = ", ".join("?" if t.dims is None else format_dims(t.dims) for t in inputs)
        raise ValueError(
            f"{error} for '{operation.name}' (op: '{operation.type}') with input shapes: {shapes}."
        ) from error
    if type(result) is list:
        for tensor, dims in zip(operation.outputs, result, strict=True):
            tensor.dims = dims
    elif operation.outputs:
        operation.outputs[0].dims = result
