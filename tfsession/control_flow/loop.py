"""Loops: what `tf.while_loop` does to the operations that are created inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tfsession import nest
from tfsession.control_flow.contexts import (
    ControlFlowContext,
    GradientState,
    active_context,
    is_loop_constant,
    output_context,
    while_context_around,
    while_context_of,
    without_summaries,
)
from tfsession.control_flow.frames import ENTER, EXIT
from tfsession.control_flow.loop_variables import (
    arrays_of,
    check_invariant,
    default_invariants,
    flat_invariants,
    flow_of,
    pack,
    tensor_or_composite,
)
from tfsession.control_flow.primitives import (
    add_back_edge,
    enter,
    identity_or_ref,
    leave,
    merge,
    switch_ref_or_tensor,
)
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import (
    GraphKeys,
    get_default_graph,
    prepend_name_scope,
    strip_name_scope,
)
from tfsession.protos import WhileContextDef
from tfsession.shapes import Dims


class WhileContext(
    ControlFlowContext,
    field="while_ctxt",
    collection=GraphKeys.WHILE_CONTEXT,
    message="WhileContextDef",
):
    """A loop.

    Attributes:
      pivot_for_pred: what operations of the condition that have no inputs are tied to.
      pivot_for_body: the same of the body; None until the body begins.

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
        maximum_iterations: Tensor | None = None,
        parallel_iterations: int = 10,
        back_prop: bool = True,
        swap_memory: bool = False,
        name: str = "while_context",
        grad_state: GradientState | None = None,
        context_def: WhileContextDef | None = None,
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
            self.pivot_for_pred: Tensor | None = None
            self.pivot_for_body: Tensor | None = None
            self._loop_exits: list[Tensor] = []
            self._loop_enters: list[Tensor] = []
            return

        def tensor(name: str) -> Tensor:
            return graph.get_tensor_by_name(prepend_name_scope(name, import_scope))

        self._name = ""
        super().__init__(context_def.values_def, import_scope)
        # The frames of the loop's operations keep the name they were exported with.
        self._name = prepend_name_scope(context_def.context_name, import_scope)
        limit = context_def.maximum_iterations_name
        self._maximum_iterations = tensor(limit) if limit else None
        self._parallel_iterations = context_def.parallel_iterations
        self._back_prop = context_def.back_prop
        self._swap_memory = context_def.swap_memory
        self.pivot_for_pred = tensor(context_def.pivot_for_pred_name)
        self.pivot_for_body = tensor(context_def.pivot_for_body_name)
        self._pivot = tensor(context_def.pivot_name)
        self._loop_exits = [tensor(name) for name in context_def.loop_exit_names]
        self._loop_enters = [tensor(name) for name in context_def.loop_enter_names]
        for op in {t.op for t in self._loop_exits}:
            op.control_flow_context = self
        self._name = self._loop_enters[0].op.attrs["frame_name"].decode()

    @property
    def maximum_iterations(self) -> Tensor | None:
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
    def grad_state(self) -> GradientState | None:
        """Of a loop that computes gradients, the GradLoopState it belongs to."""
        return self._grad_state

    def set_pivot(self, pivot: Tensor) -> None:
        """Sets the LoopCond that decides whether another round begins."""
        self._pivot = pivot

    def GetWhileContext(self) -> WhileContext:
        """This loop."""
        return self

    def GetControlPivot(self) -> Tensor | None:
        """What operations without inputs are tied to."""
        if self.pivot_for_body is not None:
            return self.pivot_for_body
        return self.pivot_for_pred

    def IsWhileContext(self) -> bool:
        """True."""
        return True

    def to_proto(self, export_scope: str | None = None) -> WhileContextDef | None:
        """The WhileContextDef of this loop; None where it is not in `export_scope`."""
        if export_scope and not self.name.startswith(export_scope):
            return None
        assert self.pivot_for_pred is not None
        assert self.pivot_for_body is not None
        limit = self._maximum_iterations
        message = WhileContextDef(
            context_name=strip_name_scope(self.name, export_scope),
            parallel_iterations=self._parallel_iterations,
            back_prop=self._back_prop,
            swap_memory=self._swap_memory,
            pivot_name=strip_name_scope(self.pivot.name, export_scope),
            pivot_for_pred_name=strip_name_scope(self.pivot_for_pred.name, export_scope),
            pivot_for_body_name=strip_name_scope(self.pivot_for_body.name, export_scope),
            loop_exit_names=[strip_name_scope(t.name, export_scope) for t in self._loop_exits],
            loop_enter_names=[strip_name_scope(t.name, export_scope) for t in self._loop_enters],
        )
        if limit is not None:
            message.maximum_iterations_name = strip_name_scope(limit.name, export_scope)
        self._write_contents(message, export_scope)
        return message

    # -- Taking in --

    def AddValue(self, val: Tensor) -> Tensor:
        """What stands for a tensor in this loop: the output of an Enter, if it is of outside."""
        if val.name in self._values or val.op.control_flow_context is self:
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
        active = active_context(get_default_graph())
        loop = None if active is None else active.GetWhileContext()
        if loop is None or loop.grad_state is None:
            return None
        forward = while_context_of(val.op)
        if val.op.type in EXIT and forward is not None:
            outer = forward.outer_context
            forward = None if outer is None else outer.GetWhileContext()
        if forward is not loop.grad_state.forward_context:
            return None
        return loop.grad_state.GetRealValue(val)

    def AddOp(self, op: Operation) -> None:
        """Takes in a new operation."""
        if not op.inputs:
            inner, external = self._RemoveExternalControlEdges(op)
            pivot = self.GetControlPivot()
            if not inner and pivot is not None:
                op.add_control_input(pivot.op)
        else:
            for index, tensor in enumerate(list(op.inputs)):
                known = self.AddValue(tensor)
                if known is not tensor:
                    op.update_input(index, known)
            _, external = self._RemoveExternalControlEdges(op)
            if op.type in ENTER:
                # It runs outside, and waits there.
                op.add_control_inputs(c for c in external if self._is_around(c))
                external = []
            self._tie_to_round(op)
        self._values.update(tensor.name for tensor in op.outputs)
        if external:
            # What has to wait for an operation of outside waits for its value to enter.
            with op.graph.control_dependencies(None):
                self.Enter()
                entered = [build("Identity", c.outputs[0]).op for c in external if c.outputs]
                self.Exit()
            op.add_control_inputs(entered)
        if self._outer_context is not None or op.type not in EXIT:
            op.graph.prevent_fetching(op)
            for tensor in op.outputs:
                op.graph.prevent_feeding(tensor)
        if self._outer_context is not None:
            self._outer_context.AddInnerOp(op)

    def _tie_to_round(self, op: Operation) -> None:
        """Makes what reads nothing but constants of the loop wait for the round to begin."""
        pivot = self.GetControlPivot()
        if pivot is None or op.controls:
            return
        if all(is_loop_constant(tensor.op) for tensor in op.inputs):
            op.add_control_input(pivot.op)

    def _adopt(self, entered: Iterable[Tensor]) -> None:
        """Gives Enter operations, which were made outside, this context and its outer controls."""
        graph = self._graph
        for tensor in entered:
            source = tensor.op.inputs[0].op
            controls = [c for c in _active_controls(graph, source) if self._is_around(c)]
            tensor.op.control_flow_context = self
            tensor.op.add_control_inputs(controls)
            for scope in graph.scopes.control:
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
        tensors = [tensor_or_composite(v) for v in flows]
        if shape_invariants is not None:
            shapes: list[Dims] | None = flat_invariants(tensors, nest.flatten(shape_invariants))
        else:
            shapes = default_invariants(tensors)
        flat = nest.flatten(tensors, expand_composites=True)
        self.Enter()
        try:
            result, exits = self._build(pred, body, loop_vars, flat, shapes)
        finally:
            self.Exit()
        with_arrays = arrays_of(nest.flatten(result, expand_composites=True), exits)
        packed = pack(result, with_arrays)
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
        self.pivot_for_pred = merged[0]
        packed = pack(structure, arrays_of(original, merged))
        self._pivot = build("LoopCond", convert_to_tensor(pred(*packed)), name="LoopCond")
        switched = [switch_ref_or_tensor(tensor, self._pivot) for tensor in merged]
        inside = [identity_or_ref(true) for _, true in switched]
        self.pivot_for_body = inside[0]
        packed = pack(structure, arrays_of(original, inside))
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
                    tensor.op.add_control_input(pivot.op)
        if shapes is not None:
            for tensor, source, dims in zip(entered, real, shapes, strict=True):
                check_invariant(source, dims)
                tensor.dims = dims
        self._adopt(entered)
        # From here on the first values are of outside again, where the body reads them itself.
        self._values = {tensor.name for tensor in entered}
        return entered

    def _call_body(self, body: Callable[..., Any], packed: Any) -> Any:
        graph = self._graph
        result, summaries = without_summaries(graph, lambda: body(*packed))
        if not nest.is_sequence_or_composite(result):
            result = [result]
        if summaries:
            with graph.control_dependencies(summaries):
                result = nest.map_structure(_identity_of_leaf, result, expand_composites=True)
        return result


def _identity_of_leaf(value: Any) -> Any:
    return value if hasattr(value, "flow") else build("Identity", convert_to_tensor(value))


def _active_controls(graph: Graph, source: Operation) -> list[Operation]:
    """The operations that the active control dependencies name, for a reader of `source`."""
    found: dict[Operation, None] = {}
    for scope in graph.scopes.control:
        if source not in scope.seen:
            found.update((op, None) for op in scope.operations if op is not source)
    return list(found)
