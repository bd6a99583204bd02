"""Gradients of loops.

The gradient of a loop is a loop that runs as often, from the last round to the first. What it needs
of the values of a round was pushed on a stack in that round, and is popped in the same round of the
gradient: tensors of the forward loop are replaced by what is popped when an operation of the
gradient reads them (`WhileContext.AddValue`). What enters the loop once gets its gradient when the
gradient's loop ends; what is constant in the loop adds up over all rounds.

Source: the scheme of TensorFlow 1.15, python/ops/control_flow_ops.py and control_flow_grad.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.autodiff.zeros import TRAINABLE, zeros_like_output
from tfsession.control_flow.cond import CondContext
from tfsession.control_flow.contexts import (
    ControlFlowContext,
    active_context,
    context_of,
    is_loop_constant,
    output_context,
    while_context_of,
)
from tfsession.control_flow.frames import EXIT, IDENTITY, SWITCH
from tfsession.control_flow.loop import WhileContext
from tfsession.control_flow.primitives import (
    add_back_edge,
    enter,
    leave,
    merge,
    next_iteration,
    switch_ref_or_tensor,
)
from tfsession.graph.build import build, constant_of_array
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import get_default_graph, name_scope
from tfsession.graph.static_values import constant_value
from tfsession.shapes import is_fully_defined


@contextlib.contextmanager
def _inside(context: ControlFlowContext | None) -> Iterator[None]:
    """Makes a context active for a `with` block; None changes nothing."""
    if context is None:
        yield
        return
    context.Enter()
    try:
        yield
    finally:
        context.Exit()


@contextlib.contextmanager
def _forward(context: ControlFlowContext | None) -> Iterator[None]:
    """Makes a context of what is differentiated active for a `with` block.

    What is added there belongs to it: it waits for nothing that the gradient is told to wait for,
    which may need the loop itself.
    """
    with get_default_graph().control_dependencies(None), _inside(context):
        yield


@contextlib.contextmanager
def _left(context: ControlFlowContext) -> Iterator[None]:
    """Makes the context around an active one active for a `with` block."""
    context.Exit()
    try:
        yield
    finally:
        context.Enter()


def is_loop_switch(op: Operation) -> bool:
    """Whether an operation decides whether a loop goes on."""
    context = context_of(op)
    return op.type in SWITCH and isinstance(context, WhileContext)


def _shape_of(tensor: Tensor) -> Tensor:
    """The shape of a tensor, or of the variable that a handle stands for."""
    is_handle = tensor.dtype is dtypes.resource
    shape: Tensor = build("VariableShape" if is_handle else "Shape", tensor)
    return shape


def _zero(dtype: dtypes.DType, dims: Any = ()) -> np.ndarray:
    return np.zeros(dims, dtype.base_dtype.numpy)


def _zeros(shape: Tensor, dtype: dtypes.DType) -> Tensor:
    """Zeros of a shape that is known when the step runs."""
    with name_scope(None, "zeros", [shape]) as scope:
        element = constant_of_array(_zero(dtype), "Const", dtype.base_dtype)
        result: Tensor = build("Fill", shape, element, name=scope)
        return result


def _static_zeros(tensor: Tensor, name: str) -> Tensor:
    dtype = tensor.dtype.base_dtype
    return constant_of_array(_zero(dtype, tensor.dims), name, dtype)


def zeros_outside_loops(op: Operation, index: int) -> Tensor | None:
    """The gradient of an output that nothing depends on; of a Switch, in the other branch."""
    output = op.outputs[index]
    context = context_of(op)
    if op.type not in SWITCH or context is None:
        return zeros_like_output(output)
    assert isinstance(context, CondContext)
    is_resource = output.dtype is dtypes.resource
    dtype = variable_dtype(output) if is_resource else output.dtype
    if dtype is None or dtype.base_dtype not in TRAINABLE:
        return None
    # The other branch must not wait for this one: it makes the zeros itself.
    switched = _other_side(context, op.inputs[0], context.pred)
    pivot = build("Identity", switched)
    with op.graph.control_dependencies([pivot]):
        shape = _shape_of(switched)
        return _zeros(shape, dtype)


def _other_side(branch: CondContext, value: Tensor, pred: Tensor) -> Tensor:
    """A value where `pred` takes the other branch than this one."""
    assert branch.branch is not None
    return switch_ref_or_tensor(value, pred)[1 - branch.branch]


def variable_dtype(handle: Tensor) -> dtypes.DType | None:
    """The dtype of the variable that a handle leads to, through branches and loops."""
    op = handle.op
    while "dtype" not in op.attrs and op.inputs:
        op = op.inputs[0].op
    dtype = op.attrs.get("dtype")
    return dtype if isinstance(dtype, dtypes.DType) else None


class GradLoopState:
    """One loop and the loop that computes its gradient.

    Attributes:
      forward_context: the loop.
      grad_context: the loop of the gradient.
      outer_grad_state: the state of the loop around, where that is differentiated too.
      switch_map: Switch of the forward loop to the Merge that begins the gradient's rounds.
      history_map: names of tensors of the forward loop to their values in the gradient's round.
      pending_exits_count: how many outputs of the loop may still get a gradient.
      unused_exits: outputs that get none.
      deferred_exits: outputs that wait for the others.
    """

    def __init__(self, forward: WhileContext, outer: GradLoopState | None) -> None:
        """Adds the counters of the rounds to a loop and to that of its gradient."""
        self.forward_context = forward
        self.outer_grad_state = outer
        self.switch_map: dict[Operation, Any] = {}
        self.history_map: dict[str, Tensor] = {}
        self.unused_exits: list[Tensor] = []
        self.deferred_exits: list[Tensor] = []
        self.forward_loop_exits = list(forward.loop_exits)
        self.pending_exits_count = len(forward.loop_exits)
        self._forward_sync: Operation | None = None
        self._grad_sync: Operation | None = None
        around = forward.outer_context
        with _forward(around if outer is None else outer.forward_context):
            count, self.forward_index = self._count_forward()
        if outer is None:
            with _inside(around):
                self.grad_context = self._gradient_context()
                self.grad_index = self._count_back(count)
            return
        # How often an inner loop ran differs from round to round of the outer one.
        outer.forward_context.AddName(count.name)
        history = outer.AddForwardAccumulator(count)
        with _inside(outer.grad_context):
            self.grad_context = self._gradient_context()
            real = outer.AddBackpropAccumulatedValue(history, count)
            self.grad_index = self._count_back(real)

    def _gradient_context(self) -> WhileContext:
        forward = self.forward_context
        return WhileContext(
            forward.maximum_iterations,
            forward.parallel_iterations,
            forward.back_prop,
            forward.swap_memory,
            forward.name,
            grad_state=self,
        )

    def _count_forward(self) -> tuple[Tensor, Tensor]:
        """Counts the rounds of the forward loop; returns the count and its NextIteration."""
        context = self.forward_context
        zero = constant_of_array(np.array(0, np.int32), "f_count")
        if self.outer_grad_state is not None:
            # The pushes of an execution of the inner loop come after those of the one before.
            before = self.outer_grad_state.forward_index.op.inputs[0].op
            zero.op.add_control_input(before)
        with _inside(context):
            context.AddName(zero.name)
            entered = enter(zero, context.name, False, context.parallel_iterations, "f_count")
            context.loop_enters.append(entered)
            merged = merge([entered, entered])[0]
            switched = switch_ref_or_tensor(merged, context.pivot)
            following = next_iteration(build("AddV2", switched[1], 1, name="Add"))
            merged.op.update_input(1, following)
            total = leave(switched[0], "f_count")
            context.loop_exits.append(total)
            context.ExitResult([total])
        return total, following

    def _count_back(self, count: Tensor) -> Tensor:
        """Counts the rounds of the gradient's loop down; returns the NextIteration."""
        context = self.grad_context
        one = constant_of_array(np.array(1, np.int32), "b_count")
        with _inside(context):
            context.AddName(count.name)
            entered = enter(count, context.name, False, context.parallel_iterations, "b_count")
            context.loop_enters.append(entered)
            merged = merge([entered, entered])[0]
            context.pivot_for_pred = merged
            goes_on = build("GreaterEqual", merged, one)
            context.set_pivot(build("LoopCond", goes_on, name="b_count"))
            switched = switch_ref_or_tensor(merged, context.pivot)
            index = build("Sub", switched[1], one)
            context.pivot_for_body = index
            following = next_iteration(index)
            merged.op.update_input(1, following)
            last = leave(switched[0], "b_count")
            context.loop_exits.append(last)
            if self.outer_grad_state is not None:
                self.outer_grad_state.grad_sync.add_control_input(last.op)
            context.ExitResult([last])
        return following

    # -- What has to happen in each round --

    @property
    def forward_sync(self) -> Operation:
        """What a round of the forward loop waits for although it may not happen."""
        if self._forward_sync is None:
            self._forward_sync = self._sync("f_sync", self.forward_context, self.forward_index)
        return self._forward_sync

    @property
    def grad_sync(self) -> Operation:
        """What a round of the gradient's loop waits for although it may not happen."""
        if self._grad_sync is None:
            self._grad_sync = self._sync("b_sync", self.grad_context, self.grad_index)
            outer = self.grad_context.outer_context
            if outer is not None:
                outer.AddInnerOp(self._grad_sync)
        return self._grad_sync

    def _sync(self, name: str, context: WhileContext, index: Tensor) -> Operation:
        with index.graph.control_dependencies(None):
            sync: Operation = build("ControlTrigger", name=name)
        sync.control_flow_context = context
        index.op.add_control_input(sync)
        return sync

    # -- Values of the rounds --

    def AddForwardAccumulator(self, value: Tensor, dead_branch: bool = False) -> Tensor:
        """Pushes a tensor of the forward loop on a stack in each round; returns the stack."""
        graph, forward = value.graph, self.forward_context
        active = active_context(graph)
        with graph.control_dependencies(None):
            with _inside(active), graph.colocate_with(value.op, ignore_existing=True):
                size = constant_of_array(np.array(-1, np.int32), "Const")
                stack: Tensor = build(
                    "StackV2", size, elem_type=value.dtype.base_dtype, name="f_acc"
                )
            entered = forward.AddValue(stack)
            context = output_context(value.op)
            if context is forward:
                with _inside(forward):
                    push = self._push(entered, value)
                self.forward_index.op.add_control_input(push)
            else:
                if not isinstance(context, CondContext):
                    raise TypeError(f"value_ctxt is not a CondContext: {context}")
                with _inside(context.outer_context if dead_branch else context):
                    push = self._push(entered, value)
                if dead_branch:
                    push.control_flow_context = context
                self.forward_sync.add_control_input(push)
            push.add_control_input(self.forward_index.op.inputs[0].op)
        return stack

    def _push(self, stack: Tensor, value: Tensor) -> Operation:
        swap = self.forward_context.swap_memory
        pushed: Tensor = build("StackPushV2", stack, value, swap_memory=swap)
        operation: Operation = pushed.op
        return operation

    def AddBackpropAccumulatedValue(
        self, history_value: Tensor, value: Tensor, dead_branch: bool = False
    ) -> Tensor:
        """Pops what was pushed for `value` in the round that the gradient is at."""
        branch = _branch_between(value.op, context_of(history_value.op))
        with history_value.graph.control_dependencies(None), _inside(self.grad_context):
            if branch is not None:
                assert branch.branch is not None
                side = 1 - branch.branch if dead_branch else branch.branch
                history_value = switch_ref_or_tensor(
                    history_value, self._known_condition(branch.pred)
                )[side]
            popped: Tensor = build(
                "StackPopV2", history_value, elem_type=value.dtype.base_dtype, name="StackPopV2"
            )
            popped.set_shape(value.get_shape())
        if self.grad_context.parallel_iterations > 1:
            self.grad_sync.add_control_input(popped.op)
        return popped

    def _known_condition(self, pred: Tensor) -> Tensor:
        state: GradLoopState | None = self
        while state is not None:
            if pred.name in state.history_map:
                return state.history_map[pred.name]
            state = state.outer_grad_state
        return pred

    def real_condition(self, pred: Tensor) -> Tensor:
        """The value that the condition of a branch in the forward loop had in this round."""
        real = self.history_map.get(pred.name)
        if real is None:
            with _left(self.grad_context):
                history = self.AddForwardAccumulator(pred)
            real = self.AddBackpropAccumulatedValue(history, pred)
            self.history_map[pred.name] = real
        return real

    def GetRealValue(self, value: Tensor) -> Tensor:
        """The value that a tensor of the forward loop had in the round that the gradient is at."""
        real = self.history_map.get(value.name)
        if real is None:
            real = self._real_value(value)
            self.history_map[value.name] = real
        return real

    def _real_value(self, value: Tensor) -> Tensor:
        current, state = value, self
        while (entry := _constant_enter(current)) is not None:
            current = entry.inputs[0]
            if state.outer_grad_state is None:
                # The same in every round of every loop: nothing has to be kept.
                return self.grad_context.AddValue(current)
            state = state.outer_grad_state
        if current.op.op_def_.is_constant:
            known = constant_value(current)
            assert known is not None
            return constant_of_array(known, "Const", current.dtype.base_dtype)
        with _left(self.grad_context):
            history = state.AddForwardAccumulator(current)
        real = state.AddBackpropAccumulatedValue(history, current)
        return real if state is self else self.grad_context.AddValue(real)

    # -- What is constant in the loop --

    def accumulated(self, op: Operation, dy: Tensor | IndexedSlices) -> Tensor | IndexedSlices:
        """The sum over all rounds of the gradient of what a constant Enter brings in."""
        if not isinstance(dy, IndexedSlices):
            return self._summed(op, dy)
        return self._collected(op, dy)

    def _summed(self, op: Operation, dy: Tensor) -> Tensor:
        context = self.grad_context
        with _left(context):
            total = self._zeros_for(op, dy)
        context.AddName(total.name)
        entered = enter(total, context.name, False, context.parallel_iterations, "b_acc")
        context.loop_enters.append(entered)
        merged = merge([entered, entered], "b_acc")[0]
        false, true = switch_ref_or_tensor(merged, context.pivot)
        add_back_edge(merged, build("AddV2", true, dy, name="Add"), False)
        result = leave(false, "b_acc")
        context.loop_exits.append(result)
        context.ExitResult([result])
        return result

    def _zeros_for(self, op: Operation, dy: Tensor) -> Tensor:
        around = self.grad_context.outer_context
        if is_fully_defined(dy.dims):
            with _inside(around):
                return _static_zeros(dy, "b_acc")
        shape = self._shape_outside(op.inputs[0])
        with _inside(around):
            return _zeros(shape, dy.dtype)

    def _shape_outside(self, value: Tensor) -> Tensor:
        """The shape of a value around the loop, in the context around the gradient's loop."""
        around, outer = self.grad_context.outer_context, self.outer_grad_state
        if outer is None or not isinstance(around, WhileContext) or around.grad_state is None:
            with _inside(around):
                return _shape_of(value)
        with _forward(self.forward_context.outer_context):
            shape = _shape_of(value)
        history = outer.AddForwardAccumulator(shape)
        with _inside(around):
            return outer.AddBackpropAccumulatedValue(history, shape)

    def _collected(self, op: Operation, dy: IndexedSlices) -> IndexedSlices:
        """All slices of all rounds, one after the other, after one slice of zeros."""
        context = self.grad_context
        around = context.outer_context
        with _left(context):
            row = self._zero_row(op, dy)
            with _inside(around):
                index = constant_of_array(
                    np.zeros(1, dy.indices.dtype.base_dtype.numpy), "b_acc", dy.indices.dtype
                )
            shape = dy.dense_shape
            if shape is not None:
                first = self._shape_outside(op.inputs[0])
                if first.dtype is not shape.dtype:
                    with _inside(around):
                        first = build("Cast", first, DstT=shape.dtype)
        starts = [index, row] if shape is None else [index, row, first]
        for start in starts:
            context.AddName(start.name)
        entered = [
            enter(start, context.name, False, context.parallel_iterations, "b_acc")
            for start in starts
        ]
        entered[0].dims = (None,)
        entered[1].dims = None if row.dims is None else (None, *row.dims[1:])
        context.loop_enters.extend(entered)
        merged = [merge([part, part], "b_acc")[0] for part in entered]
        switched = [switch_ref_or_tensor(part, context.pivot) for part in merged]
        parts = [
            build("ConcatV2", [switched[0][1], dy.indices], 0, name="concat"),
            build("ConcatV2", [switched[1][1], dy.values], 0, name="concat"),
        ]
        if shape is not None:
            parts.append(build("Maximum", shape, switched[2][1]))
        for part, following in zip(merged, parts, strict=True):
            add_back_edge(part, following, False)
        exits = [leave(false, "b_acc") for false, _ in switched]
        context.loop_exits.extend(exits)
        context.ExitResult(exits)
        return IndexedSlices(exits[1], exits[0], exits[2] if shape is not None else None)

    def _zero_row(self, op: Operation, dy: IndexedSlices) -> Tensor:
        """One slice of zeros."""
        around = self.grad_context.outer_context
        dims = dy.values.dims
        if dims is not None and is_fully_defined(dims[1:]):
            zeros = _zero(dy.values.dtype, (1, *dims[1:]))
            with _inside(around):
                return constant_of_array(zeros, "b_acc", dy.values.dtype.base_dtype)
        shape = self._shape_outside(op.inputs[0])
        with _inside(around):
            tail = build("StridedSlice", shape, [1], [0], [1], end_mask=1)
            return _zeros(build("ConcatV2", [[1], tail], 0), dy.values.dtype)


def _constant_enter(value: Tensor) -> Operation | None:
    """The constant Enter that a value comes from unchanged, or None."""
    op = value.op
    while op.type in SWITCH or op.type in IDENTITY:
        op = op.inputs[0].op
    return op if is_loop_constant(op) else None


def _branch_between(op: Operation, outer: ControlFlowContext | None) -> CondContext | None:
    """The innermost branch that an operation is in and `outer` is not."""
    context = context_of(op)
    while context is not None and context is not outer:
        if isinstance(context, CondContext):
            return context
        context = context.outer_context
    return None


class ControlFlowState:
    """The loops that one call of `gradients` goes through."""

    def __init__(self) -> None:
        self._states: dict[ControlFlowContext, GradLoopState] = {}

    def state_of(self, op: Operation, before: bool) -> GradLoopState | None:
        """The state of the loop that an operation is in.

        Args:
          op: an operation.
          before: of an Exit: that of the loop into which it leads.
        """
        loop = while_context_of(op)
        if before and op.type in EXIT:
            loop = _loop_around(loop)
        return None if loop is None else self._states.get(loop)

    def inside(self, op: Operation, before: bool) -> contextlib.AbstractContextManager[None]:
        """The context of the gradient of an operation."""
        state = self.state_of(op, before)
        return _inside(None if state is None else state.grad_context)

    def add_loop(self, op: Operation, between: dict[Operation, None]) -> None:
        """Prepares the loop that an Exit leaves; all its Exits take part."""
        loop = while_context_of(op)
        assert isinstance(loop, WhileContext)
        if loop in self._states:
            return
        around = _loop_around(loop)
        state = GradLoopState(loop, None if around is None else self._states.get(around))
        self._states[loop] = state
        between.update((tensor.op, None) for tensor in state.forward_loop_exits)

    def unused_exits(self, pending: dict[Operation, int], targets: set[Operation]) -> list[Tensor]:
        """The Exits of loops of which none gets a gradient on the way back."""
        found: list[Tensor] = []
        for state in self._states.values():
            for tensor in state.forward_loop_exits:
                if pending.get(tensor.op, 0) == 0:
                    state.pending_exits_count -= 1
                    if tensor.op not in targets:
                        state.unused_exits.append(tensor)
                    if state.pending_exits_count == 0:
                        found.extend(state.unused_exits)
            for tensor in state.forward_context.loop_enters:
                if pending.get(tensor.op, 0) == 0:
                    pending[tensor.op] = 1
        return found

    def zeros_for_exit(self, tensor: Tensor) -> Tensor:
        """The gradient of an output of a loop that nothing depends on."""
        context = context_of(tensor.op)
        loop = _loop_around(context)
        outer = None if loop is None else self._states.get(loop)
        if outer is None:
            if is_fully_defined(tensor.dims):
                return _static_zeros(tensor, "zeros")
            zeros: Tensor = build("ZerosLike", tensor, name="zeros_like")
            return zeros
        if is_fully_defined(tensor.dims):
            with _inside(outer.grad_context):
                return _static_zeros(tensor, "zeros")
        assert context is not None
        with _forward(context.outer_context):
            shape = _shape_of(tensor)
        history = outer.AddForwardAccumulator(shape)
        with _inside(outer.grad_context):
            real = outer.AddBackpropAccumulatedValue(history, shape)
            return _zeros(real, tensor.dtype)

    def zeros_like(self, op: Operation, index: int) -> Tensor | None:
        """The gradient of an output that nothing depends on."""
        if is_loop_switch(op):
            return None
        output = op.outputs[index]
        loop = while_context_of(op)
        state = None if loop is None else self._states.get(loop)
        if state is None or output.dtype.base_dtype not in TRAINABLE:
            return zeros_outside_loops(op, index)
        context = context_of(op)
        # The side of a branch that is not taken has no value to take the shape of.
        branch = context if isinstance(context, CondContext) and op.type in SWITCH else None
        if is_fully_defined(output.dims):
            zeros = _static_zeros(output, "Const")
            if branch is not None:
                zeros = _other_side(branch, zeros, state.real_condition(branch.pred))
            return zeros
        if branch is not None:
            with _forward(branch.outer_context):
                value = _other_side(branch, op.inputs[0], branch.pred)
                shape = _shape_of(value)
            value.op.control_flow_context = branch
            shape.op.control_flow_context = branch
        else:
            with _forward(context):
                shape = _shape_of(output)
        is_dead = branch is not None
        with _left(state.grad_context):
            history = state.AddForwardAccumulator(shape, is_dead)
        return _zeros(state.AddBackpropAccumulatedValue(history, shape, is_dead), output.dtype)

    def finish(self) -> None:
        """Gives zeros to the gradients whose next round does not depend on this one."""
        for state in self._states.values():
            for merged in state.switch_map.values():
                parts = [merged]
                if isinstance(merged, IndexedSlices):
                    parts = [merged.values, merged.indices]
                    parts += [] if merged.dense_shape is None else [merged.dense_shape]
                for part in parts:
                    if part.op.inputs[0] is part.op.inputs[1]:
                        self._close(state, part)

    def _close(self, state: GradLoopState, merged: Tensor) -> None:
        entered = merged.op.inputs[0]
        if is_fully_defined(entered.dims):
            with _inside(state.grad_context):
                zeros = _static_zeros(entered, "Const")
                following = next_iteration(zeros)
        else:
            with _inside(state.grad_context.outer_context):
                zeros = _zeros(_shape_of(entered.op.inputs[0]), entered.dtype)
            with _inside(state.grad_context):
                following = next_iteration(zeros)
        merged.op.update_input(1, following)


def _loop_around(context: ControlFlowContext | None) -> ControlFlowContext | None:
    """The loop around a loop, or None."""
    if context is None or context.outer_context is None:
        return None
    return context.outer_context.GetWhileContext()


def control_flow_state(between: dict[Operation, None], colocate: bool) -> ControlFlowState | None:
    """The state of the loops that lie between xs and ys; None where there is none."""
    state: ControlFlowState | None = None
    for op in list(between):
        if op.type in EXIT and context_of(op) is not None:
            state = state or ControlFlowState()
            with get_default_graph().colocate_with(op) if colocate else contextlib.nullcontext():
                state.add_loop(op, between)
    return state
