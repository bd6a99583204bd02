"""Contexts: what a branch or a loop does to the operations that are created inside it.

While a context is active, `Graph._create` hands it every new operation. The context replaces inputs
from outside by what a Switch or an Enter makes of them, and ties operations without inputs to its
pivot, so that they run when, and only when, the branch is taken or the round begins.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tfsession import nest
from tfsession.build import build, convert_to_tensor
from tfsession.frames import ENTER, EXIT, MERGE, NEXT_ITERATION
from tfsession.graph import Graph, Operation, Tensor
from tfsession.indexed_slices import IndexedSlices, SparseTensor
from tfsession.scopes import GraphKeys, get_default_graph
from tfsession.shapes import Dims, TensorShape, as_dims

# The collection of summary operations; those of a branch or loop must not be fetched from outside.
_SUMMARIES = "_summary_op_collection"


# ---- Where an operation is ----


def output_context(op: Operation) -> ControlFlowContext | None:
    """The context in which the outputs of an operation are read."""
    context: ControlFlowContext | None = op._control_flow_context
    if context is not None and op.type in EXIT:
        return context.outer_context
    return context


def while_context_of(op: Operation) -> WhileContext | None:
    """The innermost loop that an operation is in."""
    context: ControlFlowContext | None = op._control_flow_context
    return None if context is None else context.GetWhileContext()


def while_context_around(
    context: ControlFlowContext | None, stop: ControlFlowContext | None = None
) -> WhileContext | None:
    """The innermost loop around a context, itself included; None where `stop` comes first."""
    while context is not None:
        if context is stop:
            return None
        if isinstance(context, WhileContext):
            return context
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
    return contains(op._control_flow_context, context)


def is_loop_constant(op: Operation) -> bool:
    """Whether an operation brings a value of outside into every round of a loop."""
    return op.type in ENTER and bool(op.attrs["is_constant"])


def check_input(op: Operation, source: Operation) -> None:
    """Checks that an operation may read another one's outputs.

    Raises:
      ValueError: the other one is in a loop that this one is not in.

    Source: TensorFlow 1.15, python/ops/control_flow_util.py `CheckInputFromValidContext`.
    """
    context, other = op._control_flow_context, output_context(source)
    if other is None or other is context:
        return
    loop, other_loop = while_context_around(context), while_context_around(other)
    if loop is None:
        if other_loop is None or op.type in ENTER or op.type in ("Switch", "RefSwitch"):
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


# ---- Contexts ----


class ControlFlowContext:
    """What branches and loops have in common.

    Attributes are those of TensorFlow 1.15's class of that name.
    """

    def __init__(self, values_def: Any = None, import_scope: str | None = None) -> None:
        """Creates a context inside the active one.

        Args:
          values_def: a ValuesDef message with the names of the tensors that the context knows.
          import_scope: a name scope that the names of the message are in.
        """
        self._nested_contexts: list[ControlFlowContext] = []
        self._name = ""
        self._pivot: Any = None
        self._outer_context: ControlFlowContext | None = (
            get_default_graph()._get_control_flow_context()
        )
        if self._outer_context is not None:
            self._outer_context._nested_contexts.append(self)
        self._context_stack: list[ControlFlowContext | None] = []
        # Names of tensors that are known here, and for those of outside what stands for them.
        self._values: set[str] = set()
        self._external_values: dict[str, Tensor] = {}
        if values_def is not None:
            self._read_values(values_def, import_scope)

    def _read_values(self, values_def: Any, import_scope: str | None) -> None:
        graph = get_default_graph()
        self._values = {_prepended(name, import_scope) for name in values_def.values}
        for key, name in values_def.external_values.items():
            source = _prepended(name, import_scope)
            self._external_values[_prepended(key, import_scope)] = graph.get_tensor_by_name(source)
        operations = {
            name.split(":")[0] for name in self._values if name not in self._external_values
        }
        for name in operations:
            graph.get_operation_by_name(name)._set_control_flow_context(self)

    @property
    def name(self) -> str:
        """The name, unique in the graph; of a loop also that of its frame."""
        return self._name

    @property
    def outer_context(self) -> ControlFlowContext | None:
        """The context around this one."""
        return self._outer_context

    @property
    def pivot(self) -> Any:
        """The tensor that decides whether this context runs."""
        return self._pivot

    @property
    def grad_state(self) -> Any:
        """Of a loop that computes gradients: the state that belongs to it."""
        return None

    @property
    def back_prop(self) -> bool:
        """Whether gradients through the innermost loop are wanted."""
        raise NotImplementedError("Abstract method")

    @property
    def values(self) -> set[str]:
        """The names of the tensors that are known here."""
        return self._values

    @property
    def external_values(self) -> dict[str, Tensor]:
        """For the names of tensors of outside, what stands for them here."""
        return self._external_values

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The message of this context."""
        raise NotImplementedError("Abstract method")

    def to_control_flow_context_def(
        self, context_def: Any, export_scope: str | None = None
    ) -> None:
        """Writes this context into a ControlFlowContextDef."""
        raise NotImplementedError("Abstract method")

    def _values_message(self, export_scope: str | None) -> Any:
        from tfsession.protos import ValuesDef

        message = ValuesDef()
        message.values.extend(_stripped(name, export_scope) for name in sorted(self._values))
        for key, tensor in self._external_values.items():
            stripped = _stripped(tensor.name, export_scope)
            message.external_values[_stripped(key, export_scope)] = stripped
        return message

    def _read_nested(self, contexts: Iterable[Any], import_scope: str | None) -> None:
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
        self._context_stack.append(graph._get_control_flow_context())
        graph._set_control_flow_context(self)

    def Exit(self) -> None:
        """Makes the context active that was so before `Enter`."""
        get_default_graph()._set_control_flow_context(self._context_stack.pop())

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

    def GetWhileContext(self) -> WhileContext | None:
        """The innermost loop around, or this one."""
        return None if self._outer_context is None else self._outer_context.GetWhileContext()

    def GetControlPivot(self) -> Tensor | None:
        """What operations without inputs are tied to."""
        return None

    def AddValue(self, val: Tensor) -> Tensor:
        """What stands for a tensor in this context."""
        raise NotImplementedError("Abstract method")

    def AddOp(self, op: Operation) -> None:
        """Takes in a new operation."""
        raise NotImplementedError("Abstract method")

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

    def _RemoveExternalControlEdges(self, op: Operation) -> tuple[list[Operation], list[Operation]]:
        """Removes the control inputs that lie outside the innermost loop.

        Returns:
          The control inputs that are left, and those that are gone.
        """
        loop = self.GetWhileContext()
        if loop is None or not op._control_inputs:
            return op.control_inputs, []
        inner = [control for control in op._control_inputs if is_inside_output(control, loop)]
        outer = [control for control in op._control_inputs if control not in inner]
        if outer:
            op._remove_all_control_inputs()
            op._add_control_inputs(inner)
        return inner, outer

    def __str__(self) -> str:
        return self.name


def is_inside_output(op: Operation, context: ControlFlowContext) -> bool:
    """Whether what an operation produces is in a context, or in one inside it."""
    return contains(output_context(op), context)


class CondContext(ControlFlowContext):
    """One branch of a conditional.

    Args:
      pred: the scalar bool that decides.
      pivot: a tensor that has a value where this branch is taken.
      branch: 1 for the branch of true, 0 for that of false.
      name: the context's name.
      context_def: a CondContextDef message to read instead.
      import_scope: a name scope that the names of the message are in.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `CondContext`.
    """

    def __init__(
        self,
        pred: Tensor | None = None,
        pivot: Tensor | None = None,
        branch: int | None = None,
        name: str = "cond_text",
        context_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        """Creates the context of a branch."""
        if context_def is None:
            super().__init__()
            assert pred is not None
            assert pivot is not None
            self._name = get_default_graph().unique_name(name)
            self._pred, self._pivot, self._branch = pred, pivot, branch
            for tensor in (pred, pivot):
                self._values.add(tensor.name)
                self._external_values[tensor.name] = tensor
            pivot.op._set_control_flow_context(self)
            return
        super().__init__(context_def.values_def, import_scope)
        graph = get_default_graph()
        self._name = _prepended(context_def.context_name, import_scope)
        self._pred = graph.get_tensor_by_name(_prepended(context_def.pred_name, import_scope))
        self._pivot = graph.get_tensor_by_name(_prepended(context_def.pivot_name, import_scope))
        self._branch = context_def.branch

    @property
    def pred(self) -> Tensor:
        """The scalar bool that decides."""
        return self._pred

    @property
    def branch(self) -> int | None:
        """1 for the branch of true, 0 for that of false."""
        return self._branch

    @property
    def grad_state(self) -> Any:
        """The state of the gradient loop around, if there is one."""
        loop = self.GetWhileContext()
        return None if loop is None else loop.grad_state

    @property
    def back_prop(self) -> bool:
        """Whether gradients through the loop around are wanted."""
        loop = self.GetWhileContext()
        return loop is not None and loop.back_prop

    def GetControlPivot(self) -> Tensor:
        """The pivot."""
        pivot: Tensor = self._pivot
        return pivot

    def IsCondContext(self) -> bool:
        """True."""
        return True

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The CondContextDef of this branch; None where it is not in `export_scope`."""
        from tfsession.protos import CondContextDef

        if export_scope and not self.name.startswith(export_scope):
            return None
        message = CondContextDef(
            context_name=_stripped(self.name, export_scope),
            pred_name=_stripped(self._pred.name, export_scope),
            pivot_name=_stripped(self._pivot.name, export_scope),
            branch=self._branch or 0,
        )
        message.values_def.MergeFrom(self._values_message(export_scope))
        for nested in self._nested_contexts:
            nested.to_control_flow_context_def(message.nested_contexts.add(), export_scope)
        return message

    @staticmethod
    def from_proto(context_def: Any, import_scope: str | None = None) -> CondContext:
        """The branch that a CondContextDef describes, in the default graph."""
        context = CondContext(context_def=context_def, import_scope=import_scope)
        context._read_nested(context_def.nested_contexts, import_scope)
        return context

    def to_control_flow_context_def(
        self, context_def: Any, export_scope: str | None = None
    ) -> None:
        """Writes this context into a ControlFlowContextDef."""
        context_def.cond_ctxt.CopyFrom(self.to_proto(export_scope))

    def AddValue(self, val: Tensor) -> Tensor:
        """What stands for a tensor in this branch: the output of a Switch, if it is of outside."""
        if val.name in self._values:
            return self._external_values.get(val.name, val)
        result = val
        self._values.add(val.name)
        outer = self._outer_context
        if outer is not None:
            result = outer.AddValue(val)
            self._values.add(result.name)
            self._external_values[result.name] = result
        with val.graph.control_dependencies(None):
            result = switch_ref_or_tensor(result, self._pred)[self._branch or 0]
            if outer is not None:
                outer.AddInnerOp(result.op)
        val.graph.prevent_fetching(result.op)
        result.op._set_control_flow_context(self)
        self._make_known([result])
        self._external_values[val.name] = result
        return result

    def _make_known(self, tensors: Iterable[Tensor]) -> None:
        names = [tensor.name for tensor in tensors]
        context: ControlFlowContext | None = self
        while context is not None:
            context.values.update(names)
            context = context.outer_context

    def AddOp(self, op: Operation) -> None:
        """Takes in a new operation."""
        if not op.inputs:
            self._RemoveExternalControlEdges(op)
            if not any(is_in_context(control, self) for control in op._control_inputs):
                op._add_control_input(self._pivot.op)
        else:
            for index, tensor in enumerate(list(op.inputs)):
                if op.type in MERGE and tensor.op.type in NEXT_ITERATION:
                    continue
                known = self.AddValue(tensor)
                if known is not tensor:
                    op._update_input(index, known)
            self._RemoveExternalControlEdges(op)
        self._make_known(op.outputs)
        if self._outer_context is not None or op.type not in EXIT:
            op.graph.prevent_fetching(op)
        if self._outer_context is not None:
            self._outer_context.AddInnerOp(op)

    def BuildCondBranch(self, fn: Callable[[], Any]) -> tuple[Any, Any]:
        """Calls the function of a branch.

        Returns:
          What it returned, and the same with tensors of this branch in place of tensors of outside
          and operations.
        """
        graph = get_default_graph()
        summaries = graph.get_collection(_SUMMARIES)
        original = fn()
        new = graph.get_collection(_SUMMARIES)[len(summaries) :]
        if new:
            graph.get_collection_ref(_SUMMARIES)[:] = summaries
            with graph.control_dependencies(new):
                if original is None:
                    return build("NoOp"), None
                if not isinstance(original, Operation):
                    original = nest.map_structure(_identity, original, expand_composites=True)
        if original is None:
            return None, None
        result = nest.map_structure(self._result, original, expand_composites=True)
        return original, result if isinstance(result, (list, tuple)) else [result]

    def _result(self, value: Any) -> Tensor:
        if isinstance(value, Operation):
            # The pivot stands for the operation: it has a value once the operation has run.
            with value.graph.control_dependencies([value]):
                stands: Tensor = build("Identity", self._pivot, name="control_dependency")
            return stands
        return self._of_branch(convert_to_tensor(flow_of(value)))

    def _of_branch(self, tensor: Tensor) -> Tensor:
        """A result; what the branch returns as it is from outside goes through a Switch too."""
        if tensor.name in self._values:
            return self._external_values.get(tensor.name, tensor)
        self._values.add(tensor.name)
        real = tensor
        if self._outer_context is not None:
            real = self._outer_context.AddValue(tensor)
            self._values.add(real.name)
            self._external_values[real.name] = real
        real = switch_ref_or_tensor(real, self._pred)[self._branch or 0]
        self._external_values[tensor.name] = real
        return real


class WhileContext(ControlFlowContext):
    """A loop.

    Args:
      maximum_iterations: a bound on the number of rounds, or None.
      parallel_iterations: kept for the messages; rounds run one after the other.
      back_prop: whether gradients are wanted.
      swap_memory: kept for the messages.
      name: the context's name, which is that of its frame.
      grad_state: of a loop that computes gradients, the GradLoopState it belongs to.
      context_def: a WhileContextDef message to read instead.
      import_scope: a name scope that the names of the message are in.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `WhileContext`.
    """

    def __init__(
        self,
        maximum_iterations: Any = None,
        parallel_iterations: int = 10,
        back_prop: bool = True,
        swap_memory: bool = False,
        name: str = "while_context",
        grad_state: Any = None,
        context_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        """Creates the context of a loop."""
        graph = self._graph = get_default_graph()
        self._grad_state = grad_state
        if context_def is None:
            super().__init__()
            self._name = graph.unique_name(name)
            self._maximum_iterations = maximum_iterations
            self._parallel_iterations = parallel_iterations
            self._back_prop = back_prop
            self._swap_memory = swap_memory
            self._pivot_for_pred: Tensor | None = None
            self._pivot_for_body: Tensor | None = None
            self._loop_exits: list[Tensor] = []
            self._loop_enters: list[Tensor] = []
            return

        def tensor(name: str) -> Tensor:
            return graph.get_tensor_by_name(_prepended(name, import_scope))

        self._name = ""
        super().__init__(context_def.values_def, import_scope)
        # The frames of the loop's operations keep the name they were exported with.
        self._name = _prepended(context_def.context_name, import_scope)
        limit = context_def.maximum_iterations_name
        self._maximum_iterations = tensor(limit) if limit else None
        self._parallel_iterations = context_def.parallel_iterations
        self._back_prop = context_def.back_prop
        self._swap_memory = context_def.swap_memory
        self._pivot_for_pred = tensor(context_def.pivot_for_pred_name)
        self._pivot_for_body = tensor(context_def.pivot_for_body_name)
        self._pivot = tensor(context_def.pivot_name)
        self._loop_exits = [tensor(name) for name in context_def.loop_exit_names]
        self._loop_enters = [tensor(name) for name in context_def.loop_enter_names]
        for op in {t.op for t in self._loop_exits}:
            op._set_control_flow_context(self)
        self._name = self._loop_enters[0].op.attrs["frame_name"].decode()

    @property
    def maximum_iterations(self) -> Any:
        """A bound on the number of rounds, or None."""
        return self._maximum_iterations

    @property
    def parallel_iterations(self) -> int:
        """How many rounds may overlap elsewhere."""
        return self._parallel_iterations

    @property
    def back_prop(self) -> bool:
        """Whether gradients are wanted."""
        return self._back_prop

    @property
    def swap_memory(self) -> bool:
        """What the constructor was given."""
        return self._swap_memory

    @property
    def loop_enters(self) -> list[Tensor]:
        """The outputs of the Enter operations of the loop's variables."""
        return self._loop_enters

    @property
    def loop_exits(self) -> list[Tensor]:
        """The outputs of the Exit operations."""
        return self._loop_exits

    @property
    def grad_state(self) -> Any:
        """Of a loop that computes gradients, the GradLoopState it belongs to."""
        return self._grad_state

    def GetWhileContext(self) -> WhileContext:
        """This loop."""
        return self

    def GetControlPivot(self) -> Tensor | None:
        """What operations without inputs are tied to."""
        if self._pivot_for_body is not None:
            return self._pivot_for_body
        return self._pivot_for_pred

    def IsWhileContext(self) -> bool:
        """True."""
        return True

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The WhileContextDef of this loop; None where it is not in `export_scope`."""
        from tfsession.protos import WhileContextDef

        if export_scope and not self.name.startswith(export_scope):
            return None
        assert self._pivot_for_pred is not None
        assert self._pivot_for_body is not None
        limit = self._maximum_iterations
        message = WhileContextDef(
            context_name=_stripped(self.name, export_scope),
            parallel_iterations=self._parallel_iterations,
            back_prop=self._back_prop,
            swap_memory=self._swap_memory,
            pivot_name=_stripped(self._pivot.name, export_scope),
            pivot_for_pred_name=_stripped(self._pivot_for_pred.name, export_scope),
            pivot_for_body_name=_stripped(self._pivot_for_body.name, export_scope),
            loop_exit_names=[_stripped(t.name, export_scope) for t in self._loop_exits],
            loop_enter_names=[_stripped(t.name, export_scope) for t in self._loop_enters],
        )
        if limit is not None:
            message.maximum_iterations_name = _stripped(limit.name, export_scope)
        message.values_def.MergeFrom(self._values_message(export_scope))
        for nested in self._nested_contexts:
            nested.to_control_flow_context_def(message.nested_contexts.add(), export_scope)
        return message

    @staticmethod
    def from_proto(context_def: Any, import_scope: str | None = None) -> WhileContext:
        """The loop that a WhileContextDef describes, in the default graph."""
        context = WhileContext(context_def=context_def, import_scope=import_scope)
        context._read_nested(context_def.nested_contexts, import_scope)
        return context

    def to_control_flow_context_def(
        self, context_def: Any, export_scope: str | None = None
    ) -> None:
        """Writes this context into a ControlFlowContextDef."""
        context_def.while_ctxt.CopyFrom(self.to_proto(export_scope))

    # -- Taking in --

    def AddValue(self, val: Tensor) -> Tensor:
        """What stands for a tensor in this loop: the output of an Enter, if it is of outside."""
        if val.name in self._values or val.op._control_flow_context is self:
            return self._external_values.get(val.name, val)
        self._values.add(val.name)
        history = self._history_of(val)
        if history is not None:
            self._external_values[val.name] = history
            return history
        outer = self._outer_context
        result = val if outer is None else outer.AddValue(val)
        with val.graph.control_dependencies(None):
            entered = enter(result, self._name, True, self._parallel_iterations)
            val.graph.prevent_feeding(entered)
            if outer is not None:
                outer.AddInnerOp(entered.op)
        self._adopt([entered])
        self._values.add(entered.name)
        self._external_values[val.name] = entered
        return entered

    def _history_of(self, val: Tensor) -> Tensor | None:
        """In a gradient loop: the value that a tensor of the forward loop had in that round."""
        active = get_default_graph()._get_control_flow_context()
        loop = None if active is None else active.GetWhileContext()
        if loop is None or loop.grad_state is None:
            return None
        forward = while_context_of(val.op)
        if val.op.type in EXIT and forward is not None:
            outer = forward.outer_context
            forward = None if outer is None else outer.GetWhileContext()
        if forward is not loop.grad_state.forward_context:
            return None
        real: Tensor = loop.grad_state.GetRealValue(val)
        return real

    def AddOp(self, op: Operation) -> None:
        """Takes in a new operation."""
        if not op.inputs:
            inner, external = self._RemoveExternalControlEdges(op)
            pivot = self.GetControlPivot()
            if not inner and pivot is not None:
                op._add_control_input(pivot.op)
        else:
            for index, tensor in enumerate(list(op.inputs)):
                known = self.AddValue(tensor)
                if known is not tensor:
                    op._update_input(index, known)
            _, external = self._RemoveExternalControlEdges(op)
            self._tie_to_round(op)
        self._values.update(tensor.name for tensor in op.outputs)
        if external:
            # What has to wait for an operation of outside waits for its value to enter.
            with op.graph.control_dependencies(None):
                self.Enter()
                entered = [build("Identity", c.outputs[0]).op for c in external if c.outputs]
                self.Exit()
            op._add_control_inputs(entered)
        if self._outer_context is not None or op.type not in EXIT:
            op.graph.prevent_fetching(op)
            for tensor in op.outputs:
                op.graph.prevent_feeding(tensor)
        if self._outer_context is not None:
            self._outer_context.AddInnerOp(op)

    def _tie_to_round(self, op: Operation) -> None:
        """Makes what reads nothing but constants of the loop wait for the round to begin."""
        pivot = self.GetControlPivot()
        if pivot is None or op._control_inputs:
            return
        if all(is_loop_constant(tensor.op) for tensor in op.inputs):
            op._add_control_input(pivot.op)

    def _adopt(self, entered: Iterable[Tensor]) -> None:
        """Gives Enter operations, which were made outside, this context and its outer controls."""
        graph = self._graph
        for tensor in entered:
            source = tensor.op.inputs[0].op
            controls = [c for c in _active_controls(graph, source) if self._is_around(c)]
            tensor.op._set_control_flow_context(self)
            tensor.op._add_control_inputs(controls)
            for scope in graph._scopes.control:
                scope.seen.add(tensor.op)

    def _is_around(self, op: Operation) -> bool:
        """Whether an operation is in a context around this loop, and in the same round of it."""
        wanted, context = output_context(op), self._outer_context
        last = while_context_around(context)
        while context is not wanted:
            if context is None or context is last:
                return False
            context = context.outer_context
        return True

    # -- The loop --

    def BuildLoop(
        self,
        pred: Callable[..., Any],
        body: Callable[..., Any],
        loop_vars: Any,
        shape_invariants: Any,
        return_same_structure: bool,
    ) -> Any:
        """Builds the operations of the loop and returns what leaves it."""
        flows = [flow_of(v) for v in nest.flatten(loop_vars)]
        tensors = [_tensor_or_composite(v) for v in flows]
        if shape_invariants is not None:
            shapes = _flat_invariants(tensors, nest.flatten(shape_invariants))
        else:
            shapes = None
        flat = nest.flatten(tensors, expand_composites=True)
        self.Enter()
        try:
            result, exits = self._build(pred, body, loop_vars, flat, shapes)
        finally:
            self.Exit()
        with_arrays = arrays_of(nest.flatten(result, expand_composites=True), exits)
        packed = nest.pack_sequence_as(result, with_arrays, expand_composites=True)
        if return_same_structure:
            return packed
        return packed[0] if len(exits) == 1 else packed

    def _build(
        self,
        pred: Callable[..., Any],
        body: Callable[..., Any],
        structure: Any,
        flat: list[Tensor],
        shapes: list[Dims] | None,
    ) -> tuple[Any, list[Tensor]]:
        original = nest.flatten(structure, expand_composites=True)
        self._values.update(tensor.name for tensor in flat)
        entered = self._enter_variables(flat, shapes)
        self._loop_enters = entered
        merged = [merge([tensor, tensor])[0] for tensor in entered]
        self._pivot_for_pred = merged[0]
        packed = _packed(structure, arrays_of(original, merged))
        self._pivot = build("LoopCond", convert_to_tensor(pred(*packed)), name="LoopCond")
        switched = [switch_ref_or_tensor(tensor, self._pivot) for tensor in merged]
        inside = [_identity_or_ref(true) for _, true in switched]
        self._pivot_for_body = inside[0]
        packed = _packed(structure, arrays_of(original, inside))
        result = self._call_body(body, packed)
        nest.assert_same_structure(list(packed), list(result), expand_composites=True)
        leaves = nest.flatten(result, expand_composites=True)
        following = [convert_to_tensor(flow_of(leaf)) for leaf in leaves]
        if len(merged) != len(following):
            raise ValueError(
                "Number of inputs and outputs of body must match loop_vars: "
                f"{len(merged)}, {len(following)}"
            )
        for tensor, new in zip(merged, following, strict=True):
            add_back_edge(tensor, new)
        exits = [leave(false) for false, _ in switched]
        self._loop_exits = exits
        self.ExitResult(exits)
        return result, exits

    def _enter_variables(self, flat: list[Tensor], shapes: list[Dims] | None) -> list[Tensor]:
        outer = self._outer_context
        real = flat if outer is None else [outer.AddValue(tensor) for tensor in flat]
        with self._graph.control_dependencies(None):
            entered = [enter(t, self._name, False, self._parallel_iterations) for t in real]
            for tensor in entered:
                self._graph.prevent_feeding(tensor)
                if outer is not None:
                    outer.AddInnerOp(tensor.op)
        pivot, context = None, outer
        while context is not None and pivot is None:
            pivot, context = context.GetControlPivot(), context.outer_context
        if pivot is not None:
            for tensor in entered:
                if is_loop_constant(tensor.op.inputs[0].op):
                    tensor.op._add_control_input(pivot.op)
        if shapes is not None:
            for tensor, source, dims in zip(entered, real, shapes, strict=True):
                _check_invariant(source, dims)
                tensor.dims = dims
        self._adopt(entered)
        # From here on the first values are of outside again, where the body reads them itself.
        self._values = {tensor.name for tensor in entered}
        return entered

    def _call_body(self, body: Callable[..., Any], packed: Any) -> Any:
        graph = self._graph
        summaries = graph.get_collection(_SUMMARIES)
        result = body(*packed)
        if not nest.is_sequence_or_composite(result):
            result = [result]
        new = graph.get_collection(_SUMMARIES)[len(summaries) :]
        if new:
            graph.get_collection_ref(_SUMMARIES)[:] = summaries
            with graph.control_dependencies(new):
                result = nest.map_structure(_identity_of_leaf, result, expand_composites=True)
        return result


# ---- The operations ----


def switch_ref_or_tensor(data: Tensor, pred: Tensor, name: str = "Switch") -> list[Tensor]:
    """The outputs (false, true) of a Switch; of a RefSwitch for a reference."""
    graph = data.graph
    with graph.colocate_with(data.op, ignore_existing=True):
        if data.dtype.is_ref_dtype:
            outputs: list[Tensor] = build("RefSwitch", data, pred, name=name)
        else:
            outputs = build("Switch", data, pred, name=name)
    return outputs


def merge(inputs: Sequence[Tensor], name: str | None = None) -> list[Tensor]:
    """The outputs (value, index) of a Merge; of a RefMerge for references."""
    kind = "RefMerge" if all(t.dtype.is_ref_dtype for t in inputs) else "Merge"
    outputs: list[Tensor] = build(kind, list(inputs), name=name or "Merge")
    return outputs


def enter(
    data: Tensor,
    frame_name: str,
    is_constant: bool = False,
    parallel_iterations: int = 10,
    name: str | None = None,
) -> Tensor:
    """The output of an Enter; of a RefEnter for a reference."""
    kind = "RefEnter" if data.dtype.is_ref_dtype else "Enter"
    result: Tensor = build(
        kind,
        data,
        frame_name=frame_name,
        is_constant=is_constant,
        parallel_iterations=parallel_iterations,
        name=name,
    )
    return result


def leave(data: Tensor, name: str | None = None) -> Tensor:
    """The output of an Exit; of a RefExit for a reference."""
    kind = "RefExit" if data.dtype.is_ref_dtype else "Exit"
    result: Tensor = build(kind, data, name=name)
    return result


def next_iteration(data: Tensor, name: str | None = None) -> Tensor:
    """The output of a NextIteration; of a RefNextIteration for a reference."""
    kind = "RefNextIteration" if data.dtype.is_ref_dtype else "NextIteration"
    result: Tensor = build(kind, data, name=name)
    return result


def add_back_edge(merged: Tensor, value: Tensor, check_shape: bool = True) -> Tensor:
    """Leads a value to the Merge at the beginning of the next round.

    Raises:
      ValueError: it may not have the shape that the variable begins with.
    """
    following = next_iteration(value)
    if check_shape:
        _check_round(merged, following)
    merged.op._update_input(1, following)
    return following


def _identity(value: Any) -> Any:
    return build("Identity", convert_to_tensor(value))


def _identity_of_leaf(value: Any) -> Any:
    return value if hasattr(value, "flow") else _identity(value)


def _identity_or_ref(tensor: Tensor) -> Tensor:
    kind = "RefIdentity" if tensor.dtype.is_ref_dtype else "Identity"
    result: Tensor = build(kind, tensor)
    return result


# ---- Shapes ----


def _less_specific(entry: Dims, following: Dims) -> bool:
    """Whether every shape of the next round is one the variable may have."""
    if entry is None:
        return True
    if following is None or len(entry) != len(following):
        return False
    return all(a is None or a == b for a, b in zip(entry, following, strict=True))


def _check_round(merged: Tensor, following: Tensor) -> None:
    if _less_specific(merged.dims, following.dims):
        return
    source = merged.op.inputs[0].op.inputs[0]
    raise ValueError(
        f"Input tensor '{source.name}' enters the loop with shape {TensorShape(source.dims)}, but "
        f"has shape {TensorShape(following.dims)} after one iteration. To allow the shape to vary "
        "across iterations, use the `shape_invariants` argument of tf.while_loop to specify a "
        "less-specific shape."
    )


def _check_invariant(tensor: Tensor, invariant: Dims) -> None:
    """Raises ValueError where the first value of a variable contradicts its shape invariant."""
    if not _less_specific(invariant, tensor.dims):
        raise ValueError(
            f"The shape invariant specified for {tensor.name} is not compatible with the initial "
            "shape of the loop variable. It enters the loop with shape "
            f"{TensorShape(tensor.dims)}, but the specified shape invariant is "
            f"{TensorShape(invariant)}."
        )


def _flat_invariants(values: Sequence[Any], invariants: Sequence[Any]) -> list[Dims]:
    """A shape for each tensor that a loop variable consists of."""
    shapes: list[Dims] = []
    for value, invariant in zip(values, invariants, strict=True):
        dims = as_dims(invariant)
        if isinstance(value, IndexedSlices):
            shapes.append(dims)
            shapes.append(None if dims is None else dims[:1])
            if value.dense_shape is not None:
                shapes.append(None if dims is None else (len(dims),))
        elif isinstance(value, SparseTensor):
            rank = None if dims is None else len(dims)
            shapes += [(None, rank), (None,), (rank,)]
        else:
            shapes.append(dims)
    return shapes


def _tensor_or_composite(value: Any) -> Any:
    if isinstance(value, (IndexedSlices, SparseTensor)):
        return value
    return convert_to_tensor(value, as_ref=True)


# ---- Tensor arrays, which travel as their flows ----


def flow_of(value: Any) -> Any:
    """The flow of a TensorArray; anything else as it is."""
    from tfsession.tensor_array import TensorArray

    return value.flow if isinstance(value, TensorArray) else value


def arrays_of(originals: Sequence[Any], values: Sequence[Tensor]) -> list[Any]:
    """The values, with a TensorArray for each flow that stands for one."""
    from tfsession.tensor_array import TensorArray, with_flow

    if len(originals) != len(values):
        return list(values)
    return [
        with_flow(old, new) if isinstance(old, TensorArray) else new
        for old, new in zip(originals, values, strict=True)
    ]


def _packed(structure: Any, leaves: Sequence[Any]) -> Any:
    return nest.pack_sequence_as(structure, leaves, expand_composites=True)


# ---- Names ----


def _prepended(name: str, scope: str | None) -> str:
    return f"{scope}/{name}" if scope else name


def _stripped(name: str, scope: str | None) -> str:
    return name.removeprefix(f"{scope}/") if scope else name


def from_control_flow_context_def(context_def: Any, import_scope: str | None = None) -> Any:
    """The context that a ControlFlowContextDef describes.

    Raises:
      NotImplementedError: it describes neither a branch nor a loop.
    """
    if context_def.HasField("cond_ctxt"):
        return CondContext.from_proto(context_def.cond_ctxt, import_scope)
    if context_def.HasField("while_ctxt"):
        return WhileContext.from_proto(context_def.while_ctxt, import_scope)
    raise NotImplementedError(
        f"Unknown ControlFlowContextDef field: {context_def.WhichOneof('ctxt')}"
    )


def _active_controls(graph: Graph, source: Operation) -> list[Operation]:
    """The operations that the active control dependencies name, for a reader of `source`."""
    found: dict[Operation, None] = {}
    for scope in graph._scopes.control:
        if source not in scope.seen:
            found.update((op, None) for op in scope.operations if op is not source)
    return list(found)


@contextlib.contextmanager
def outside(graph: Graph) -> Iterator[None]:
    """Leaves the active context for a `with` block."""
    context = graph._get_control_flow_context()
    graph._set_control_flow_context(None)
    try:
        yield
    finally:
        graph._set_control_flow_context(context)


CONTEXT_COLLECTIONS = {
    CondContext: getattr(GraphKeys, "COND_CONTEXT", "cond_context"),
    WhileContext: getattr(GraphKeys, "WHILE_CONTEXT", "while_context"),
}


def register(context: ControlFlowContext) -> None:
    """Notes a context that is in no other one, so that it is exported with the graph."""
    if context.outer_context is None:
        get_default_graph().add_to_collection(CONTEXT_COLLECTIONS[type(context)], context)
