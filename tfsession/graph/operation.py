"""Operations, and the tensors that they produce.

An Operation holds its inputs, its attributes as plain Python values, its requested device and the
lines of the user's program that made it. A Graph creates and holds them, see graph.py.
"""

from __future__ import annotations

import linecache
import operator
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from tfsession import device_spec, protos, registry
from tfsession.dtypes import DType
from tfsession.errors import InvalidArgumentError, OperatorNotAllowedInGraphError
from tfsession.graph.call_stack import Frames, line_number
from tfsession.graph.default_session import Runs, session_for_eval, session_for_run
from tfsession.graph.messages import attribute_value, op_def_message, public_value, set_attr_value
from tfsession.shapes import (
    Dims,
    ShapeLike,
    TensorShape,
    as_dims,
    dims_compatible,
    format_dims,
    merge_dims,
)

if TYPE_CHECKING:
    from tfsession.graph.graph import Graph


def private_name(field: str) -> property:
    """TensorFlow's private name of a field: scripts use it, and nothing in this package does."""

    def assign(owner: object, value: object) -> None:
        setattr(owner, field, value)

    return property(operator.attrgetter(field), assign)


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
      readers: the operations that read it, each as often as it does. `consumers` is for users.
    """

    __slots__ = ("__dict__", "__weakref__", "_dtype", "dims", "op", "readers", "value_index")

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
        self.readers: list[Operation] = []

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

    def set_shape(self, shape: ShapeLike | None) -> None:
        """Adds to what is statically known of the shape.

        Args:
          shape: a TensorShape or anything that converts to one.

        Raises:
          ValueError: the shape contradicts what is known.
        """
        self.dims = merge_dims(self.dims, as_dims(shape))

    def consumers(self) -> list[Operation]:
        """The operations that read this tensor, once for each input that is this tensor."""
        return list(self.readers)

    _consumers = private_name("readers")

    def _as_node_def_input(self) -> str:
        return node_input(self)

    def eval(self, feed_dict: Any = None, session: Runs | None = None) -> Any:
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


def node_input(tensor: Tensor) -> str:
    """What a NodeDef that reads a tensor calls it: the first output has the operation's name."""
    name = tensor.op.name
    return f"{name}:{tensor.value_index}" if tensor.value_index else name


# ---- Operations ----


class Context(Protocol):
    """A branch or a loop as the graph sees it; control_flow/contexts.py has the classes."""

    def check_input(self, op: Operation, source: Operation) -> None:
        """Raises ValueError where `op` must not read the outputs of `source`."""

    def AddOp(self, op: Operation) -> None:
        """Takes in a new operation."""


class Operation:
    """A node of a graph.

    Users have TensorFlow's properties; the modules that build, compile and run graphs have the
    fields behind them, which are neither copied nor made on request.

    Attributes:
      name: unique in the graph.
      type: the op's name, such as "MatMul".
      inputs: the Tensors it reads.
      outputs: the Tensors it produces.
      attrs: attributes as Python values: DType, dims, np.ndarray for tensors, bytes for strings,
        int, float, bool, and lists of these.
      graph: the Graph that contains it.
      op_def_: the definition of its type.
      number: its place in the order of creation, from 1; 0 while it is being created.
      controls: the operations that must have run before it, each once.
      requested_device: as text; '' where any will do.
      control_flow_context: the branch or loop that it is in, a ControlFlowContext, or None.
      original_op: of a part of a gradient, the operation whose gradient that is, or None.
      frames: the Python stack that created it, innermost frame first.
      device_scopes: text, file and line of each device scope around its creation, innermost first.
      colocation_scopes: the same of colocation scopes, outermost first.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "attrs",
        "colocation_scopes",
        "control_flow_context",
        "controls",
        "device_scopes",
        "frames",
        "graph",
        "inputs",
        "name",
        "number",
        "op_def_",
        "original_op",
        "outputs",
        "requested_device",
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
        self.inputs = inputs
        self.attrs = attrs
        self.outputs = [Tensor(self, index, dtype) for index, dtype in enumerate(output_types)]
        self.controls: list[Operation] = []
        self.requested_device = ""
        self.device_scopes: Sequence[tuple[str, str, int]] = ()
        self.colocation_scopes: list[tuple[str, str, int]] = []
        self.original_op: Operation | None = None
        self.control_flow_context: Context | None = None
        self.frames: Frames = ()
        self.number = 0

    @property
    def control_inputs(self) -> list[Operation]:
        """The operations that must have run before this one."""
        return list(self.controls)

    @property
    def device(self) -> str:
        """The device requested for this operation, or ''."""
        return self.requested_device

    @property
    def op_def(self) -> protos.OpDef:
        """The OpDef message of this operation's type."""
        return op_def_message(self.op_def_)

    @property
    def node_def(self) -> protos.NodeDef:
        """The NodeDef message of this operation."""
        message = protos.NodeDef(name=self.name, op=self.type, device=self.device)
        message.input.extend([node_input(tensor) for tensor in self.inputs])
        # In order of names, so that equal graphs are equal messages.
        message.input.extend(sorted("^" + op.name for op in self.controls))
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
            for code, instruction in reversed(self.frames)
        ]

    @property
    def traceback_with_start_lines(self) -> list[tuple[str, int, str, str | None, int]]:
        """The same stack, each frame as a tuple that ends with the first line of its function."""
        first_lines = [code.co_firstlineno for code, _ in reversed(self.frames)]
        return [
            (frame.filename, frame.lineno or 0, frame.name, frame.line, first)
            for frame, first in zip(self.traceback, first_lines, strict=True)
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

    def run(self, feed_dict: Any = None, session: Runs | None = None) -> None:
        """Runs this operation in `session`, or in the default session.

        Raises:
          ValueError: there is no session, or it runs another graph.
        """
        session_for_run(self.graph, session).run(self, feed_dict)

    # -- Changes after the creation; each tells the graph. --

    def _set_device(self, device: str | device_spec.DeviceSpec) -> None:
        self.graph.note_mutation(self, "setting device")
        if isinstance(device, device_spec.DeviceSpec):
            device = device.to_string()
        self.requested_device = str(device)

    def _set_attr(self, name: str, value: Any) -> None:
        """Sets an attribute from an AttrValue message."""
        self.graph.note_mutation(self, "setting attribute")
        self.attrs[name] = attribute_value(value, self.op_def_.attributes.get(name))

    def update_input(self, index: int, tensor: Tensor) -> None:
        """Replaces one input.

        Raises:
          TypeError: `tensor` is not a Tensor, or has another dtype.
          ValueError: `tensor` belongs to another graph.
          InvalidArgumentError: the static shapes contradict each other.
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
        if not dims_compatible(tensor.dims, old.dims):
            raise InvalidArgumentError.of(
                "Cannot update edge, incompatible shapes: "
                f"{format_dims(tensor.dims)} and {format_dims(old.dims)}."
            )
        self.graph.note_mutation(self, "updating input tensor")
        self.replace_input(index, tensor)

    def replace_input(self, index: int, tensor: Tensor) -> None:
        """Does what `update_input` does to an operation that no session has seen, unchecked."""
        old = self.inputs[index]
        if self in old.readers:
            old.readers.remove(self)
        self.inputs[index] = tensor
        tensor.readers.append(self)

    def add_control_inputs(self, ops: Iterable[Operation]) -> None:
        """Makes this operation wait for others.

        Raises:
          TypeError: one of them is not an Operation.
          ValueError: one of them belongs to another graph.
        """
        added = list(ops)
        for op in added:
            if not isinstance(op, Operation):
                raise TypeError(f"op must be an Operation: {op}")
            if op.graph is not self.graph:
                raise ValueError(f"{op!r} must be from the same graph as {self!r}.")
        self.graph.note_mutation(self, "adding control input")
        self.controls.extend(op for op in added if op not in self.controls)

    def add_control_input(self, op: Operation) -> None:
        """Makes this operation wait for another; raises as `add_control_inputs` does."""
        self.add_control_inputs([op])

    def remove_all_control_inputs(self) -> None:
        """Makes this operation wait for nothing but its inputs."""
        self.graph.note_mutation(self, "removing control inputs")
        self.controls = []

    # -- TensorFlow's private names --

    _id = private_name("number")
    _control_inputs = private_name("controls")
    _control_flow_context = private_name("control_flow_context")
    _original_op = private_name("original_op")
    _update_input = update_input
    _add_control_inputs = add_control_inputs
    _add_control_input = add_control_input
    _remove_all_control_inputs = remove_all_control_inputs

    def _get_control_flow_context(self) -> Context | None:
        return self.control_flow_context

    def _set_control_flow_context(self, context: Context | None) -> None:
        self.control_flow_context = context

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __str__(self) -> str:
        return str(self.node_def)

    def __copy__(self) -> Operation:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Operation:
        return self


#: The key of sorting by creation, in which every operation comes after what it reads.
by_creation: Callable[[Operation], int] = operator.attrgetter("number")
