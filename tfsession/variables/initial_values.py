"""Initial values of variables: as Tensors, and safe to compute in whatever order.

The initial value of a variable may read other variables. All are initialised by one step, so such a
value reads each of them as it is, or its initial value where it has none yet.
"""

from __future__ import annotations

import contextlib
from typing import Any

from tfsession import protos, registry
from tfsession.control_flow.frames import NEXT_ITERATION, SWITCH
from tfsession.dtypes import DType
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import GraphKeys


def initial_tensor(initial_value: Any, dtype: DType | None) -> Tensor:
    """The Tensor of an initial value, or of what a function returns as such."""
    value = initial_value() if callable(initial_value) else initial_value
    return convert_to_tensor(value, dtype, name="initial_value")


def check_outside_control_flow(initial_value: Tensor, name: str) -> None:
    """Checks that the initial value of the variable `name` can be computed by itself.

    Raises:
      ValueError: it belongs to a loop or a conditional.
    """
    if initial_value.op.control_flow_context is not None:
        raise ValueError(
            f"Initializer for variable {name} is from inside a control-flow construct, such as a "
            "loop or conditional. When creating a variable inside a loop or conditional, use a "
            "lambda as the initializer."
        )


def colocated_with_future(graph: Graph, name: str) -> contextlib.AbstractContextManager[None]:
    """Colocates operations inside a `with` block with a variable that does not exist yet."""
    if graph.scopes.colocation:
        # The variable itself will be colocated as the scopes outside say, and so are these.
        return contextlib.nullcontext()
    group_name = f"loc:@{name}".encode()
    message = protos.AttrValue(list=protos.AttrValue.ListValue(s=[group_name]))
    return graph._attr_scope({"_class": message})


# ---- Initial values that read other variables ----


def guarded(initial_value: Tensor, scope: str) -> Tensor:
    """The initial value, where it reads other variables, with their initial values as fallback.

    All variables are then initialised by one step, in whatever order.

    Source: TensorFlow 1.15, python/ops/variables.py
      `_try_guard_against_uninitialized_dependencies`.
    """
    if not _reads_variables(initial_value.op):
        return initial_value
    return _safe_tensor(initial_value, scope, {})


def _reads_variables(op: Operation) -> bool:
    """Whether reference variables are among what `op` computes from; False for loops."""
    seen: set[Operation] = set()
    pending = [op]
    found = False
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        if current.type in NEXT_ITERATION:
            return False
        if is_reference_variable(current):
            found = True
        elif not current.op_def_.asks_variable:
            pending.extend(tensor.op for tensor in current.inputs)
    return found


def is_reference_variable(op: Operation) -> bool:
    """Whether an operation is a variable of the older kind, whose output is a reference."""
    return op.op_def_.is_variable and op.outputs[0].dtype.is_ref_dtype


def _safe_tensor(tensor: Tensor, scope: str, made: dict[Operation, Any]) -> Tensor:
    op = tensor.op
    if op not in made:
        made[op] = _safe_operation(op, scope, made)
    replacement = made[op]
    if isinstance(replacement, Tensor):
        return replacement
    result: Tensor = replacement.outputs[tensor.value_index]
    return result


def _safe_operation(op: Operation, scope: str, made: dict[Operation, Any]) -> Any:
    if op.op_def_.asks_variable:
        return op
    if op.op_def_.is_variable:
        for collection in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
            for variable in op.graph.get_collection(collection):
                if variable.name in (op.name, f"{op.name}:0"):
                    return variable.initialized_value()
        return op
    inputs = [_safe_tensor(tensor, scope, made) for tensor in op.inputs]
    if all(new is old for new, old in zip(inputs, op.inputs, strict=True)):
        return op
    # A value takes the place of the reference.
    definition, types = op.op_def_, [t.dtype for t in op.outputs]
    if op.type in SWITCH:
        definition, types = registry.get("Switch"), [dtype.base_dtype for dtype in types]
    return op.graph.add_operation(definition, f"{op.name}_{scope}", inputs, dict(op.attrs), types)
