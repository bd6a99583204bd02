"""Branches: what `tf.cond` does to the operations that are created inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tfsession import nest
from tfsession.control_flow.contexts import (
    ControlFlowContext,
    GradientState,
    is_in_context,
    without_summaries,
)
from tfsession.control_flow.frames import EXIT, MERGE, NEXT_ITERATION
from tfsession.control_flow.loop_variables import flow_of
from tfsession.control_flow.primitives import switch_ref_or_tensor
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import (
    GraphKeys,
    get_default_graph,
    prepend_name_scope,
    strip_name_scope,
)
from tfsession.protos import CondContextDef


class CondContext(
    ControlFlowContext,
    field="cond_ctxt",
    collection=GraphKeys.COND_CONTEXT,
    message="CondContextDef",
):
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
        context_def: CondContextDef | None = None,
        import_scope: str | None = None,
    ) -> None:
        """Creates the context of a branch."""
        if context_def is None:
            super().__init__()
            assert pred is not None
            assert pivot is not None
            self._name = get_default_graph().unique_name(name)
            self._pred, self._pivot, self._branch = pred, pivot, branch
            for known in (pred, pivot):
                self._values.add(known.name)
                self._external_values[known.name] = known
            pivot.op.control_flow_context = self
            return
        super().__init__(context_def.values_def, import_scope)
        graph = get_default_graph()

        def tensor(name: str) -> Tensor:
            return graph.get_tensor_by_name(prepend_name_scope(name, import_scope))

        self._name = prepend_name_scope(context_def.context_name, import_scope)
        self._pred = tensor(context_def.pred_name)
        self._pivot = tensor(context_def.pivot_name)
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
    def grad_state(self) -> GradientState | None:
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
        return self.pivot

    def IsCondContext(self) -> bool:
        """True."""
        return True

    def to_proto(self, export_scope: str | None = None) -> CondContextDef | None:
        """The CondContextDef of this branch; None where it is not in `export_scope`."""
        if export_scope and not self.name.startswith(export_scope):
            return None
        message = CondContextDef(
            context_name=strip_name_scope(self.name, export_scope),
            pred_name=strip_name_scope(self._pred.name, export_scope),
            pivot_name=strip_name_scope(self.pivot.name, export_scope),
            branch=self._branch or 0,
        )
        self._write_contents(message, export_scope)
        return message

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
        result.op.control_flow_context = self
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
            if not any(is_in_context(control, self) for control in op.controls):
                op.add_control_input(self.pivot.op)
        else:
            for index, tensor in enumerate(list(op.inputs)):
                if op.type in MERGE and tensor.op.type in NEXT_ITERATION:
                    continue
                known = self.AddValue(tensor)
                if known is not tensor:
                    op.update_input(index, known)
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
        original, summaries = without_summaries(graph, fn)
        if summaries:
            with graph.control_dependencies(summaries):
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
                stands: Tensor = build("Identity", self.pivot, name="control_dependency")
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


def _identity(value: Any) -> Any:
    return build("Identity", convert_to_tensor(value))
