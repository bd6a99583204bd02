"""Contexts: what a branch or a loop does to the operations that are created inside it.

While a context is active, `Graph.add_operation` hands it every new operation. The context replaces
inputs from outside by what a Switch or an Enter makes of them, and ties operations without inputs
to its pivot, so that they run when, and only when, the branch is taken or the round begins.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Protocol, Self, cast

from tfsession import nest
from tfsession.control_flow.frames import ENTER, EXIT, SWITCH
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.proto_functions import register_proto_function
from tfsession.graph.scopes import (
    GraphKeys,
    get_default_graph,
    prepend_name_scope,
    strip_name_scope,
)
from tfsession.protos import ControlFlowContextDef, ValuesDef

# ---- Where an operation is ----


def context_of(op: Operation) -> ControlFlowContext | None:
    """The branch or loop that an operation is in."""
    return cast("ControlFlowContext | None", op.control_flow_context)


def active_context(graph: Graph) -> ControlFlowContext | None:
    """The branch or loop that is being built."""
    return cast("ControlFlowContext | None", graph.control_flow_context)


def output_context(op: Operation) -> ControlFlowContext | None:
    """The context in which the outputs of an operation are read."""
    context = context_of(op)
    if context is not None and op.type in EXIT:
        return context.outer_context
    return context


def while_context_of(op: Operation) -> ControlFlowContext | None:
    """The innermost loop that an operation is in."""
    context = context_of(op)
    return None if context is None else context.GetWhileContext()


def while_context_around(
    context: ControlFlowContext | None, stop: ControlFlowContext | None = None
) -> ControlFlowContext | None:
    """The innermost loop around a context, itself included; None where `stop` comes first."""
    while context is not None:
        if context is stop:
            return None
        if context.IsWhileContext():
            return context.GetWhileContext()
        context = context.outer_context
    return None


def contains(context: ControlFlowContext | None, outer: ControlFlowContext | None) -> bool:
    """Whether `outer` is `context` or around it; None is around everything."""
    while context is not outer:
        if context is None:
            return False
        context = context.outer_context
    return True


def is_in_context(op: Operation, context: ControlFlowContext) -> bool:
    """Whether an operation is in a context, or in one inside it."""
    return contains(context_of(op), context)


def is_loop_constant(op: Operation) -> bool:
    """Whether an operation brings a value of outside into every round of a loop."""
    return op.type in ENTER and bool(op.attrs["is_constant"])


# ---- Contexts ----


class GradientState(Protocol):
    """A loop and the loop of its gradient: a GradLoopState of autodiff/loop_gradients.py."""

    @property
    def forward_context(self) -> ControlFlowContext:
        """The loop."""

    @property
    def switch_map(self) -> dict[Operation, Any]:
        """Switches of the loop to the Merges that begin the rounds of the gradient."""

    def accumulated(self, op: Operation, dy: Any) -> Any:
        """The sum over all rounds of the gradient of what a constant Enter brings in."""

    def real_condition(self, pred: Tensor) -> Tensor:
        """The value that the condition of a branch in the loop had in that round."""

    def GetRealValue(self, value: Tensor) -> Tensor:
        """The value that a tensor of the loop had in the round that the gradient is at."""


# Field of a ControlFlowContextDef -> the kind of context that it describes.
_KINDS: dict[str, type[ControlFlowContext]] = {}


class ControlFlowContext(abc.ABC):
    """What branches and loops have in common.

    Attributes are those of TensorFlow 1.15's class of that name.
    """

    _field: ClassVar[str]
    collection: ClassVar[str]

    def __init_subclass__(cls, field: str, collection: str, message: str) -> None:
        """Notes a kind of context.

        Args:
          field: of a ControlFlowContextDef, where the message of such a context stands.
          collection: of a graph, where such contexts are that lie in no other one.
          message: the message of such a context.
        """
        cls._field, cls.collection = field, collection
        _KINDS[field] = cls
        register_proto_function(collection, message, cls.to_proto, cls.from_proto)

    def __init__(
        self, values_def: ValuesDef | None = None, import_scope: str | None = None
    ) -> None:
        """Creates a context inside the active one.

        Args:
          values_def: a ValuesDef message with the names of the tensors that the context knows.
          import_scope: a name scope that the names of the message are in.
        """
        self._nested_contexts: list[ControlFlowContext] = []
        self._name = ""
        self._pivot: Tensor | None = None
        self._outer_context = active_context(get_default_graph())
        if self._outer_context is not None:
            self._outer_context._nested_contexts.append(self)
        self._context_stack: list[ControlFlowContext | None] = []
        # Names of tensors that are known here, and for those of outside what stands for them.
        self._values: set[str] = set()
        self._external_values: dict[str, Tensor] = {}
        if values_def is not None:
            self._read_values(values_def, import_scope)

    def _read_values(self, values_def: ValuesDef, import_scope: str | None) -> None:
        graph = get_default_graph()
        self._values = {prepend_name_scope(name, import_scope) for name in values_def.values}
        for key, name in values_def.external_values.items():
            tensor = graph.get_tensor_by_name(prepend_name_scope(name, import_scope))
            self._external_values[prepend_name_scope(key, import_scope)] = tensor
        operations = {
            name.split(":")[0] for name in self._values if name not in self._external_values
        }
        for name in operations:
            graph.get_operation_by_name(name).control_flow_context = self

    @property
    def name(self) -> str:
        """The name, unique in the graph; of a loop also that of its frame."""
        return self._name

    @property
    def outer_context(self) -> ControlFlowContext | None:
        """The context around this one."""
        return self._outer_context

    @property
    def pivot(self) -> Tensor:
        """The tensor that decides whether this context runs."""
        # Nobody asks before it is there.
        return cast(Tensor, self._pivot)

    @property
    def grad_state(self) -> GradientState | None:
        """Of a loop that computes gradients: the state that belongs to it; else None."""
        return None

    @property
    @abc.abstractmethod
    def back_prop(self) -> bool:
        """Whether gradients through the innermost loop are wanted."""

    @property
    def values(self) -> set[str]:
        """The names of the tensors that are known here."""
        return self._values

    @property
    def external_values(self) -> dict[str, Tensor]:
        """For the names of tensors of outside, what stands for them here."""
        return self._external_values

    @abc.abstractmethod
    def to_proto(self, export_scope: str | None = None) -> Any:
        """The message of this context."""

    @classmethod
    def from_proto(cls, context_def: Any, import_scope: str | None = None) -> Self:
        """The context that a message of `to_proto` describes, in the default graph."""
        make: Any = cls
        context: Self = make(context_def=context_def, import_scope=import_scope)
        context._read_nested(context_def.nested_contexts, import_scope)
        return context

    def to_control_flow_context_def(
        self, context_def: ControlFlowContextDef, export_scope: str | None = None
    ) -> None:
        """Writes this context into a ControlFlowContextDef."""
        getattr(context_def, self._field).CopyFrom(self.to_proto(export_scope))

    def _write_contents(self, message: Any, export_scope: str | None) -> None:
        """Writes into the context's message what it knows, and the contexts in it."""
        known = message.values_def
        known.values.extend(strip_name_scope(name, export_scope) for name in sorted(self._values))
        for key, tensor in self._external_values.items():
            stripped = strip_name_scope(tensor.name, export_scope)
            known.external_values[strip_name_scope(key, export_scope)] = stripped
        for nested in self._nested_contexts:
            nested.to_control_flow_context_def(message.nested_contexts.add(), export_scope)

    def _read_nested(
        self, contexts: Iterable[ControlFlowContextDef], import_scope: str | None
    ) -> None:
        self.Enter()
        try:
            for nested in contexts:
                from_control_flow_context_def(nested, import_scope)
        finally:
            self.Exit()

    def AddName(self, name: str) -> None:
        """Makes a tensor known by its name."""
        self._values.add(name)

    def Enter(self) -> None:
        """Makes this the active context."""
        graph = get_default_graph()
        self._context_stack.append(active_context(graph))
        graph.control_flow_context = self

    def Exit(self) -> None:
        """Makes the context active that was so before `Enter`."""
        get_default_graph().control_flow_context = self._context_stack.pop()

    def EnterGradientColocation(self, op: Operation, gradient_uid: Any) -> None:
        """Tells the context around that the gradient of `op` begins."""
        if self._outer_context is not None:
            self._outer_context.EnterGradientColocation(op, gradient_uid)

    def ExitGradientColocation(self, op: Operation, gradient_uid: Any) -> None:
        """Tells the context around that the gradient of `op` ends."""
        if self._outer_context is not None:
            self._outer_context.ExitGradientColocation(op, gradient_uid)

    def ExitResult(self, result: Any) -> None:
        """Makes the results of this context known to the one around."""
        if self._outer_context is not None:
            outer = self._outer_context
            for tensor in nest.flatten(result, expand_composites=True):
                outer.AddName(tensor.name)

    def GetWhileContext(self) -> ControlFlowContext | None:
        """The innermost loop around, or this one."""
        return None if self._outer_context is None else self._outer_context.GetWhileContext()

    def GetControlPivot(self) -> Tensor | None:
        """What operations without inputs are tied to."""
        return None

    @abc.abstractmethod
    def AddValue(self, val: Tensor) -> Tensor:
        """What stands for a tensor in this context."""

    @abc.abstractmethod
    def AddOp(self, op: Operation) -> None:
        """Takes in a new operation."""

    def AddInnerOp(self, op: Operation) -> None:
        """Takes in an operation that a context inside has taken in."""
        if self._outer_context is not None:
            self._outer_context.AddInnerOp(op)

    def IsWhileContext(self) -> bool:
        """Whether this is a loop."""
        return False

    def IsCondContext(self) -> bool:
        """Whether this is a branch."""
        return False

    def IsXLAContext(self) -> bool:
        """Whether this marks operations for another compiler: never."""
        return False

    def check_input(self, op: Operation, source: Operation) -> None:
        """Checks that an operation may read the outputs of one that is in this context.

        Raises:
          ValueError: `source` is in a loop that `op` is not in.

        Source: TensorFlow 1.15, python/ops/control_flow_util.py `CheckInputFromValidContext`.
        """
        context, other = context_of(op), output_context(source)
        if other is None or other is context:
            return
        loop, other_loop = while_context_around(context), while_context_around(other)
        if loop is None:
            if other_loop is None or op.type in ENTER or op.type in SWITCH:
                return
            reason = f"'{source.name}' is in a while loop."
        else:
            if contains(loop, other_loop):
                return
            state = loop.grad_state
            if state is not None and other_loop is not None:
                forward = state.forward_context
                if contains(forward, other_loop) or forward is other_loop.outer_context:
                    return
            reason = "they are in different while loops."
        raise ValueError(
            f"Cannot use '{source.name}' as input to '{op.name}' because {reason} See info log for "
            "more details."
        )

    def _RemoveExternalControlEdges(self, op: Operation) -> tuple[list[Operation], list[Operation]]:
        """Removes the control inputs that lie outside the innermost loop.

        Returns:
          The control inputs that are left, and those that are gone.
        """
        loop = self.GetWhileContext()
        if loop is None or not op.controls:
            return op.control_inputs, []
        inner = [control for control in op.controls if is_inside_output(control, loop)]
        outer = [control for control in op.controls if control not in inner]
        if outer:
            op.remove_all_control_inputs()
            op.add_control_inputs(inner)
        return inner, outer

    def __str__(self) -> str:
        return self.name


def is_inside_output(op: Operation, context: ControlFlowContext) -> bool:
    """Whether what an operation produces is in a context, or in one inside it."""
    return contains(output_context(op), context)


def from_control_flow_context_def(
    context_def: ControlFlowContextDef, import_scope: str | None = None
) -> ControlFlowContext:
    """The context that a ControlFlowContextDef describes.

    Raises:
      NotImplementedError: it describes neither a branch nor a loop.
    """
    field = context_def.WhichOneof("ctxt")
    if field not in _KINDS:
        raise NotImplementedError(f"Unknown ControlFlowContextDef field: {field}")
    return _KINDS[field].from_proto(getattr(context_def, field), import_scope)


def register(context: ControlFlowContext) -> None:
    """Notes a context that is in no other one, so that it is exported with the graph."""
    if context.outer_context is None:
        get_default_graph().add_to_collection(context.collection, context)


def without_summaries(graph: Graph, function: Callable[[], Any]) -> tuple[Any, list[Any]]:
    """Calls what builds a branch or a round, and takes its summaries out of their collection.

    They must not be fetched from outside.

    Returns:
      What `function` returned, and the summaries.
    """
    summaries = GraphKeys._SUMMARY_COLLECTION
    before = graph.get_collection(summaries)
    result = function()
    new = graph.get_collection(summaries)[len(before) :]
    if new:
        graph.get_collection_ref(summaries)[:] = before
    return result, new
