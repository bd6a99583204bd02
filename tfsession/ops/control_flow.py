"""Ops that decide what runs: branches, loops, and the stacks that gradients of loops need.

`tf.cond` and `tf.while_loop` are built as TensorFlow 1 does: of Switch and Merge, and of Enter,
NextIteration and Exit. The compiler turns these into `if` and `while` (see lower.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession import dtypes, nest
from tfsession.control_flow.cond import CondContext
from tfsession.control_flow.contexts import active_context, context_of, output_context, register
from tfsession.control_flow.loop import WhileContext
from tfsession.control_flow.loop_variables import arrays_of
from tfsession.control_flow.primitives import (
    add_back_edge,
    enter,
    leave,
    merge,
    switch_ref_or_tensor,
)
from tfsession.graph import scopes
from tfsession.graph.build import (
    TensorLike,
    build,
    constant,
    convert_n_to_tensor,
    convert_to_tensor,
)
from tfsession.graph.composites import (
    IndexedSlices,
    parts_of_slices,
)
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.control import no_op
from tfsession.registry import family, gradient, no_gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims, TensorShape, with_rank

__all__ = [
    "Assert",
    "case",
    "cond",
    "switch_case",
    "while_loop",
]

family(is_light=True)


# ---- Switch, RefSwitch ----

op("Switch(data: T, pred: bool) -> output_false: T, output_true: T", "T: type")
op("RefSwitch(data: Ref(T), pred: bool) -> output_false: Ref(T), output_true: Ref(T)", "T: type")


@shape("Switch", "RefSwitch")
def switch_shape(data: Tensor, pred: Tensor) -> list[Dims]:
    with_rank(pred.dims, 0)
    return [data.dims, data.dims]


@gradient("Switch", "RefSwitch")
def switch_gradient(op: Operation, *dys: Any) -> list[Any]:
    """Merges the gradients of both branches; of a loop, see loop_gradients.py."""
    context = context_of(op)
    if isinstance(context, WhileContext):
        return [_loop_switch_gradient(op, dys), None]
    if isinstance(context, CondContext):
        assert context.branch is not None
        taken, bypassed = dys[context.branch], dys[1 - context.branch]
        if bypassed is None:
            # A resource has no zeros: its gradient has a value in one branch alone.
            if taken is None or not op.inputs[0].dtype.name == "resource":
                return [None, None]
            return [_merged([taken, taken], "cond_resource_grad"), None]
        return [_merged(dys, "cond_grad"), None]
    if dys[0] is None or dys[1] is None:
        return [None, None]
    pred = op.inputs[1]
    false, true = (_switched(dy, pred, None) for dy in dys)
    return [_merged([false[0], true[1]], None), None]


def _loop_switch_gradient(op: Operation, dys: Sequence[Any]) -> Any:
    """Visited twice: first from the Exit, then from the body, which closes the gradient's loop."""
    context = active_context(scopes.get_default_graph())
    assert context is not None
    assert context.grad_state is not None
    made = context.grad_state.switch_map.get(op)
    if made is not None:
        if dys[1] is not None:
            add_back_edge(made, convert_to_tensor(dys[1]), False)
        return None
    if dys[0] is None:
        return None
    made = _merged([dys[0], dys[0]], "b_switch")
    context.grad_state.switch_map[op] = made
    return made


def _switched(dy: Any, pred: Tensor, name: str | None) -> list[Any]:
    """Both outputs of a Switch of a gradient."""
    if not isinstance(dy, IndexedSlices):
        return switch_ref_or_tensor(dy, pred, name or "Switch")
    outputs = [switch_ref_or_tensor(part, pred, name or "Switch") for part in parts_of_slices(dy)]
    return [IndexedSlices(*(pair[side] for pair in outputs)) for side in (0, 1)]


def _merged(dys: Sequence[Any], name: str | None) -> Any:
    """The Merge of gradients; slices only where all of them are."""
    if not any(isinstance(dy, IndexedSlices) for dy in dys):
        return merge(dys, name)[0]
    slices = [_as_slices(dy) for dy in dys]
    values, indices = (
        merge([getattr(s, part) for s in slices], name)[0] for part in ("values", "indices")
    )
    shapes = [s.dense_shape for s in slices if s.dense_shape is not None]
    if len(shapes) < len(slices):
        return IndexedSlices(values, indices)
    return IndexedSlices(values, indices, merge(shapes, name)[0])


def _as_slices(dy: Any) -> IndexedSlices:
    """A gradient as slices of all rows."""
    if isinstance(dy, IndexedSlices):
        return dy
    size = build("Shape", dy)
    first = build("StridedSlice", size, [0], [1], [1], shrink_axis_mask=1)
    return IndexedSlices(dy, build("Range", 0, first, 1), size)


# ---- Merge, RefMerge ----

op("Merge(inputs: N * T) -> output: T, value_index: int32", "T: type; N: int >= 1")
op("RefMerge(inputs: Ref(N * T)) -> output: Ref(T), value_index: int32", "T: type; N: int >= 1")


@shape("Merge", "RefMerge")
def merge_shape(inputs: list[Tensor]) -> list[Dims]:
    dims = inputs[0].dims
    for tensor in inputs[1:]:
        if dims is None or tensor.dims is None or len(dims) != len(tensor.dims):
            return [None, ()]
        dims = tuple(a if a == b else None for a, b in zip(dims, tensor.dims, strict=True))
    return [dims, ()]


@gradient("Merge", "RefMerge")
def merge_gradient(op: Operation, dy: TensorLike, _: Any) -> list[Any]:
    """Leads the gradient into the branch that the value came from."""
    context = output_context(op.inputs[0].op)
    active = active_context(scopes.get_default_graph())
    if isinstance(context, WhileContext):
        assert active is not None
        return _switched(dy, active.pivot, None)
    if isinstance(context, CondContext):
        pred = context.pred
        if active is not None and active.grad_state is not None:
            pred = active.grad_state.real_condition(pred)
        return _switched(dy, pred, "cond_grad")
    chosen = op.outputs[1]
    return [
        _switched(dy, build("Equal", chosen, index), None)[1] for index in range(len(op.inputs))
    ]


# ---- Enter, Exit, NextIteration, and their variants for references ----

_FRAME = "T: type; frame_name: string; is_constant: bool = false; parallel_iterations: int = 10"
op("Enter(data: T) -> output: T", _FRAME)
op("RefEnter(data: Ref(T)) -> output: Ref(T)", _FRAME)
op("Exit(data: T) -> output: T", "T: type")
op("RefExit(data: Ref(T)) -> output: Ref(T)", "T: type")
op("NextIteration(data: T) -> output: T", "T: type")
op("RefNextIteration(data: Ref(T)) -> output: Ref(T)", "T: type")


@shape("Enter")
def enter_shape(data: Tensor, is_constant: bool) -> Dims:
    """What is not constant may have another shape in the next round."""
    return data.dims if is_constant else None


@shape("RefEnter", "Exit", "RefExit", "NextIteration", "RefNextIteration")
def frame_shape(data: Tensor) -> Dims:
    return data.dims


@gradient("Enter", "RefEnter")
def enter_gradient(op: Operation, dy: TensorLike) -> list[Any]:
    """Adds up over the rounds for what is constant in the loop; lets out what is not."""
    context = active_context(scopes.get_default_graph())
    if context is None or not context.back_prop or context.grad_state is None:
        return [dy]
    assert isinstance(context, WhileContext)
    assert context.grad_state is not None
    if op.attrs["is_constant"]:
        return [context.grad_state.accumulated(op, dy)]
    result = leave(convert_to_tensor(dy))
    context.loop_exits.append(result)
    context.ExitResult([result])
    return [result]


@gradient("Exit", "RefExit")
def exit_gradient(op: Operation, dy: Any) -> list[Any]:
    """Leads the gradient into the gradient's loop."""
    active, context = active_context(scopes.get_default_graph()), context_of(op)
    if active is None or not active.back_prop:
        return [None]
    assert isinstance(active, WhileContext)
    if context is not None and context.grad_state is not None:
        raise TypeError("Second-order gradient for while loops not supported.")
    if isinstance(dy, IndexedSlices):
        # Rounds may give another number of slices than they get: dense tensors go round. They are
        # made outside.
        active.Exit()
        try:
            dy = convert_to_tensor(dy)
        finally:
            active.Enter()
    active.AddName(dy.name)
    active.Enter()
    try:
        entered = enter(dy, active.name, False, active.parallel_iterations, "b_exit")
        active.loop_enters.append(entered)
    finally:
        active.Exit()
    return [entered]


@gradient("NextIteration", "RefNextIteration")
def next_iteration_gradient(op: Operation, dy: Any) -> list[Any]:
    return [dy]


# ---- LoopCond ----

op("LoopCond(input: bool) -> output: bool", renames=True)


@shape("LoopCond")
def loop_cond_shape(input: Tensor) -> Dims:
    return with_rank(input.dims, 0)


no_gradient("LoopCond")


# ---- RefIdentity ----

op("RefIdentity(input: Ref(T)) -> output: Ref(T)", "T: type")


@shape("RefIdentity")
def ref_identity_shape(input: Tensor) -> Dims:
    return input.dims


@gradient("RefIdentity")
def ref_identity_gradient(op: Operation, dy: Any) -> list[Any]:
    return [dy]


# ---- StackV2, StackPushV2, StackPopV2, StackCloseV2 ----

op(
    "StackV2(max_size: int32) -> handle: resource",
    "elem_type: type; stack_name: string = ''",
    stateful=True,
)
op(
    "StackPushV2(handle: resource, elem: T) -> output: T",
    "T: type; swap_memory: bool = false",
    stateful=True,
)
op("StackPopV2(handle: resource) -> elem: elem_type", "elem_type: type", stateful=True)
op("StackCloseV2(handle: resource)", stateful=True)


@shape("StackV2")
def stack_shape() -> Dims:
    return ()


@shape("StackPushV2")
def stack_push_shape(elem: Tensor) -> Dims:
    return elem.dims


@shape("StackPopV2")
def stack_pop_shape() -> Dims:
    return None


@shape("StackCloseV2")
def stack_close_shape() -> list[Dims]:
    return []


undefined_gradient("StackV2", "StackPushV2", "StackPopV2", "StackCloseV2")


# ---- tf.cond ----


def cond(
    pred: TensorLike,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """Returns what one of two functions returns, by the value of `pred`.

    Only operations that the functions create belong to the branches: what they read from outside is
    computed in any case.

    Args:
      pred: a scalar bool tensor.
      true_fn: called without arguments; returns tensors, or a structure of tensors.
      false_fn: the same, with results of the same structure and dtypes.
      strict: whether a list of one element stays a list.
      name: a name for the scope of the operations.
      fn1: the old name of `true_fn`.
      fn2: the old name of `false_fn`.

    Returns:
      The structure that the functions return.

    Raises:
      TypeError: a function is missing or not callable, `pred` is a Python bool, or the structures
        differ in their types.
      ValueError: a function returns nothing, or the results differ in structure or dtype.

    Source: TensorFlow 1.15 `tf.cond`.
    """
    true_fn = _renamed_function(true_fn, "true_fn", fn1, "fn1")
    false_fn = _renamed_function(false_fn, "false_fn", fn2, "fn2")
    with name_scope(name, "cond", [pred]):
        if isinstance(pred, bool):
            raise TypeError("pred must not be a Python bool")
        pred = convert_to_tensor(pred)
        false, true = switch_ref_or_tensor(pred, pred)
        pivot_true = build("Identity", true, name="switch_t")
        pivot_false = build("Identity", false, name="switch_f")
        pred = build("Identity", pred, name="pred_id")
        for tensor in (true, pivot_true, pivot_false, pred):
            tensor.graph.prevent_fetching(tensor.op)
        context_true, context_false = (
            CondContext(pred, pivot, branch)
            for pivot, branch in ((pivot_true, 1), (pivot_false, 0))
        )
        of_true, result_true = _branch(true_fn, "true_fn", context_true)
        of_false, result_false = _branch(false_fn, "false_fn", context_false)
        if not strict:
            of_true, of_false = _unpacked(of_true), _unpacked(of_false)
        try:
            nest.assert_same_structure(of_true, of_false, expand_composites=True)
        except (TypeError, ValueError) as error:
            kind = "types" if isinstance(error, TypeError) else "values"
            raise type(error)(
                f"Incompatible return {kind} of true_fn and false_fn: {error}"
            ) from error
        if not result_true:
            raise ValueError("true_fn and false_fn must return at least one result.")
        result_true = _with_wide_indices(result_true, result_false, context_true)
        result_false = _with_wide_indices(result_false, result_true, context_false)
        merges = _merged_results(result_true, result_false)
        leaves = arrays_of(nest.flatten(of_true, expand_composites=True), merges)
        merged = nest.pack_sequence_as(of_true, leaves, expand_composites=True)
        return merged if strict else _unpacked(merged)


def _renamed_function(
    function: Callable[[], Any] | None, name: str, old: Callable[[], Any] | None, old_name: str
) -> Callable[[], Any]:
    if old is not None:
        if function is not None:
            raise TypeError(f"cannot set both {name} and {old_name}")
        function = old
    if function is None:
        raise TypeError(f"{name} argument required")
    if not callable(function):
        raise TypeError(f"{name} must be callable.")
    return function


def _branch(function: Callable[[], Any], name: str, context: CondContext) -> tuple[Any, Any]:
    context.Enter()
    try:
        original, result = context.BuildCondBranch(function)
        if original is None:
            raise ValueError(f"{name} must have a return value.")
        context.ExitResult(result)
    finally:
        context.Exit()
    register(context)
    return original, result


def _unpacked(result: Any) -> Any:
    """A list or tuple of one element as that element."""
    if isinstance(result, (list, tuple)) and len(result) == 1 and not hasattr(result, "_fields"):
        return result[0]
    return result


def _with_wide_indices(result: Any, other: Any, context: CondContext) -> list[Any]:
    """The results of a branch; indices of slices are int64 where they are so in the other."""

    def widened(slices: Any, others: Any) -> Any:
        if not isinstance(slices, IndexedSlices) or not isinstance(others, IndexedSlices):
            return slices
        if slices.indices.dtype is others.indices.dtype or slices.indices.dtype is dtypes.int64:
            return slices
        context.Enter()
        try:
            indices = build("Cast", slices.indices, DstT=dtypes.int64)
        finally:
            context.Exit()
        return IndexedSlices(slices.values, indices, slices.dense_shape)

    pairs = zip(nest.flatten(result), nest.flatten(other), strict=True)
    return [widened(*pair) for pair in pairs]


def _merged_results(true: Any, false: Any) -> list[Tensor]:
    pairs = list(
        zip(
            nest.flatten(true, expand_composites=True),
            nest.flatten(false, expand_composites=True),
            strict=True,
        )
    )
    for a, b in pairs:
        if a.dtype.base_dtype is not b.dtype.base_dtype:
            raise ValueError(
                "Outputs of true_fn and false_fn must have the same type: "
                f"{a.dtype.name}, {b.dtype.name}"
            )
    return [merge([b, a])[0] for a, b in pairs]


def smart_cond(
    pred: TensorLike,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """`cond`, or the call of one function where `pred` is known while the graph is built.

    Args:
      pred: a bool, 0, 1 or a scalar bool tensor.
      true_fn: as of `cond`.
      false_fn: as of `cond`.
      name: a name for the scope of the operations, where there is a choice.

    Raises:
      TypeError: a function is not callable, or `pred` is something else.

    Source: TensorFlow 1.15, python/framework/smart_cond.py `smart_cond`.
    """
    if not callable(true_fn):
        raise TypeError("`true_fn` must be callable.")
    if not callable(false_fn):
        raise TypeError("`false_fn` must be callable.")
    known = smart_constant_value(pred)
    if known is None:
        return cond(pred, true_fn, false_fn, name=name)
    return true_fn() if known else false_fn()


def smart_constant_value(pred: Any) -> bool | None:
    """The value of `pred` where it is known while the graph is built, or None.

    Raises:
      TypeError: `pred` is neither a bool, 0 or 1, nor a Tensor.

    Source: TensorFlow 1.15, python/framework/smart_cond.py `smart_constant_value`.
    """
    if isinstance(pred, (bool, np.bool_)) or (isinstance(pred, int) and pred in (0, 1)):
        return bool(pred)
    if not isinstance(pred, Tensor):
        raise TypeError(
            f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {type(pred)}"
        )
    value = constant_value(pred)
    return None if value is None else bool(value)


# ---- tf.Assert ----


def Assert(  # TensorFlow's name
    condition: TensorLike,
    data: Sequence[Any],
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """Fails the step with InvalidArgumentError when `condition` is false.

    Args:
      condition: a scalar bool.
      data: tensors that are printed in the message.
      summarize: how many elements of each are printed; 3 when None, all when -1.
      name: a name for the scope of the operation.

    Returns:
      The Operation that checks, or that has run when it has; nothing waits for it without a
      control dependency.

    Source: TensorFlow 1.15 `tf.Assert`.
    """
    with name_scope(name, "Assert", [condition, data]):
        tensors = convert_n_to_tensor(data)
        if all(t.dtype in (dtypes.string, dtypes.int32) for t in tensors):
            return _assert(condition, data, summarize)
        condition = convert_to_tensor(condition, name="Condition")
        # What is printed need not be copied from a device while all is well.
        guarded: Tensor = cond(
            condition, no_op, lambda: _assert(condition, data, summarize), name="AssertGuard"
        )
        return guarded.op


def _assert(condition: Any, data: Sequence[Any], summarize: int | None) -> Operation:
    operation: Operation = build("Assert", condition, data, summarize=summarize, name="Assert")
    return operation


# ---- tf.case ----


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """Returns what the function of the first true predicate returns.

    Args:
      pred_fn_pairs: a list or dict of pairs of a scalar bool tensor and a function without
        arguments.
      default: the function called where no predicate is true; an error then when None.
      exclusive: whether it is an error that two predicates are true.
      strict: as of `cond`.
      name: a name for the scope of the operations.

    Raises:
      TypeError: the pairs are malformed, or a function is not callable.

    Source: TensorFlow 1.15 `tf.case`.
    """
    predicates, actions = _checked_pairs(pred_fn_pairs, exclusive)
    if default is not None and not callable(default):
        raise TypeError("default must be callable.")
    with name_scope(name, "case", [predicates]):
        if default is None:
            default, predicates, actions = _default_action(predicates, actions)
        function = default
        for predicate, action in zip(reversed(predicates), reversed(actions), strict=True):
            function = functools.partial(cond, predicate, action, function, strict=strict)
        if not exclusive or not predicates:
            return function()
        check = _at_most(predicates, 1, "Input error: exclusive=True")
        with scopes.control_dependencies([check]):
            return function()


def switch_case(
    branch_index: Tensor,
    branch_fns: Any,
    default: Callable[[], Any] | None = None,
    name: str = "switch_case",
) -> Any:
    """Returns what the function with a number returns.

    Args:
      branch_index: scalar; an integer tensor.
      branch_fns: a list of functions without arguments, or a list or dict of pairs of a number and
        a function; the numbers are 0, 1, 2 and so on.
      default: the function called for all other numbers; the last of `branch_fns` when None.
      name: a name for the scope of the operations.

    Returns:
      Tensors, in the structure that the functions return.

    Raises:
      TypeError: arguments are malformed, or a function is not callable.
      ValueError: there are no functions, or a number is missing.

    Source: TensorFlow 1.15 `tf.switch_case`.
    """
    functions = _checked_branches(branch_index, branch_fns, default)
    with name_scope(name, "switch_case", [branch_index]), name_scope(None, "indexed_case"):
        function = functions[-1]
        for number in reversed(range(len(functions) - 1)):
            is_it = build("Equal", branch_index, constant(number, branch_index.dtype))
            function = functools.partial(cond, is_it, functions[number], function)
        return nest.map_structure(lambda x: build("Identity", x), function())


def _checked_branches(
    index: Any, branches: Any, default: Callable[[], Any] | None
) -> list[Callable[[], Any]]:
    """The functions by number, the default behind the others."""
    if not isinstance(index, Tensor):
        raise TypeError(f"branch_index must a Tensor, got {type(index)}")
    if not index.dtype.is_integer:
        raise TypeError(f"branch_index must an integer Tensor, got {index.dtype}")
    if not branches:
        raise ValueError("Must provide at least one item in branch_fns")
    if not isinstance(branches, (list, tuple, dict)):
        raise TypeError("branch_fns must be a list, tuple, or dict")
    if isinstance(branches, dict):
        branches = branches.items()
    elif all(callable(function) for function in branches):
        branches = enumerate(branches)
    pairs = list(branches)
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in branch_fns must be a 2-tuple")
        key, function = pair
        if not isinstance(key, int):
            raise TypeError(f"key must be a Python `int`, got {type(key)}")
        if not callable(function):
            raise TypeError(f"fn for key {key} must be callable.")
    numbers = [key for key, _ in pairs]
    if sorted(numbers) != list(range(len(numbers))):
        raise ValueError(
            "branch indices (keys) must form contiguous range of "
            f"[0 to {len(numbers)}) but found {{{','.join(map(str, sorted(numbers)))}}}"
        )
    functions = [function for _, function in sorted(pairs, key=lambda pair: pair[0])]
    return functions if default is None else [*functions, default]


def _checked_pairs(pairs: Any, exclusive: bool) -> tuple[list[Any], list[Callable[[], Any]]]:
    if not isinstance(pairs, (list, tuple, dict)):
        raise TypeError("pred_fn_pairs must be a list, tuple, or dict")
    if isinstance(pairs, dict):
        pairs = pairs.items()
        if not exclusive:
            # The order of a dictionary is that of its insertions.
            pairs = list(pairs)
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        pred, function = pair
        if not isinstance(pred, Tensor):
            raise TypeError(f"pred must be Tensor, got {type(pred).__name__!r}")
        if pred.dtype.name != "bool":
            raise TypeError(f"pred must be of type bool: {pred.name}")
        if not callable(function):
            raise TypeError(f"fn for pred {pred.name} must be callable.")
    return [pred for pred, _ in pairs], [function for _, function in pairs]


def _default_action(
    predicates: list[Any], actions: list[Callable[[], Any]]
) -> tuple[Callable[[], Any], list[Any], list[Callable[[], Any]]]:
    """The last action as default, which checks that its own predicate is the true one."""
    predicate, action = predicates[-1], actions[-1]
    others = predicates[:-1]

    def default() -> Any:
        text = (
            f"Implementation error: selected default action #{len(others)} was called, but some of "
            "other predicates are True: "
        )
        none = "Input error: None of conditions evaluated as True:"
        stacked = build("Pack", predicates, name="preds_c")
        checks = [_at_most(others, 0, text)] if others else []
        with scopes.control_dependencies([*checks, Assert(predicate, [none, stacked])]):
            return action()

    return default, others, actions[:-1]


def _at_most(predicates: list[Any], limit: int, text: str) -> Operation:
    stacked = build("Pack", predicates, name="preds_c")
    numbers = build("Cast", stacked, DstT=np.int32, name="Cast")
    total = build(
        "Sum", numbers, constant(np.zeros(1, np.int32), name="Const"), name="num_true_conds"
    )
    allowed = constant(np.int32(limit), name="n_true_conds")
    condition = build("LessEqual", total, allowed)
    names = ", ".join(getattr(pred, "name", "?") for pred in predicates)
    message = f"{text}: more than {limit} conditions ({names}) evaluated as True:"
    return Assert(condition, [message, stacked], summarize=len(predicates))


# ---- tf.while_loop ----


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: TensorLike | None = None,
    return_same_structure: bool = False,
) -> Any:
    """Repeats `body` while `cond` is true.

    Args:
      cond: takes the loop variables, returns a scalar bool tensor.
      body: takes the loop variables, returns their values in the next round.
      loop_vars: the first values: a list or tuple of tensors, or a structure of tensors and
        TensorArrays.
      shape_invariants: for each loop variable the shape that it has in every round; None: that of
        its first value.
      parallel_iterations: accepted for compatibility; rounds run one after the other.
      back_prop: whether gradients are wanted.
      swap_memory: accepted for compatibility.
      name: a name for the scope of the operations.
      maximum_iterations: a bound on the number of rounds.
      return_same_structure: whether the result has the structure of `loop_vars` also where that is
        a list of one.

    Returns:
      The values of the loop variables after the last round.

    Raises:
      TypeError: `cond` or `body` is not callable, or `parallel_iterations` not an int.
      ValueError: there are no loop variables, or `body` returns other structures or shapes.

    Source: TensorFlow 1.15 `tf.while_loop`.
    """
    with name_scope(name, "while", nest.flatten(loop_vars)):
        if not loop_vars:
            raise ValueError("No loop variables provided")
        if not callable(cond):
            raise TypeError("cond must be callable.")
        if not callable(body):
            raise TypeError("body must be callable.")
        if parallel_iterations < 1:
            raise TypeError("parallel_iterations must be a positive integer.")
        if shape_invariants is not None:
            nest.assert_same_structure(loop_vars, shape_invariants, check_types=False)
        packs = len(loop_vars) == 1 and not return_same_structure
        if maximum_iterations is not None:
            limit = convert_to_tensor(maximum_iterations, name="maximum_iterations")
            if limit.dims != ():
                raise ValueError(
                    f"maximum_iterations must be a scalar, saw shape: {TensorShape(limit.dims)}"
                )
            counter = constant(limit.dtype.numpy.type(0), limit.dtype, "iteration_counter")
            cond, body = _counted(cond, body, limit, packs)
            loop_vars = (counter, loop_vars[0] if packs else loop_vars)
            if shape_invariants is not None:
                shapes = shape_invariants[0] if packs else shape_invariants
                shape_invariants = (TensorShape([]), shapes)
            maximum_iterations = limit
        context = WhileContext(maximum_iterations, parallel_iterations, back_prop, swap_memory)
        register(context)
        result = context.BuildLoop(cond, body, loop_vars, shape_invariants, return_same_structure)
        return result if maximum_iterations is None else result[1]


def _counted(
    cond: Callable[..., Any], body: Callable[..., Any], limit: Tensor, packs: bool
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Condition and body with a counter before the loop variables."""

    def counted_cond(index: Tensor, values: Any) -> Any:
        within = build("Less", index, limit)
        return build("LogicalAnd", within, cond(values) if packs else cond(*values))

    def counted_body(index: Tensor, values: Any) -> Any:
        following = index + 1
        return following, body(values) if packs else body(*values)

    return counted_cond, counted_body
