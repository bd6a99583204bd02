"""Reverse-mode differentiation of graphs: `tf.gradients` and the registration of gradients.

`gradients` walks back from `ys` over the operations that lie between `xs` and `ys`. For each it
keeps, per output, the list of gradients that its readers have sent; once all have (a pending count
says so), the list is added up and handed to the op's gradient function. The walk is iterative and
linear in the number of operations.
"""

from __future__ import annotations

import collections
import contextlib
import enum
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tfsession import dtypes, registry
from tfsession.autodiff import loop_gradients
from tfsession.autodiff.zeros import DIFFERENTIABLE, zeros_like_output, zeros_of_result
from tfsession.control_flow.frames import EXIT
from tfsession.graph.build import as_list, build, constant_of_array, convert_to_tensor, sizes_array
from tfsession.graph.composites import (
    IndexedSlices,
    convert_n_to_tensor_or_indexed_slices,
    convert_to_tensor_or_indexed_slices,
)
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import get_default_graph, name_scope
from tfsession.ops import control
from tfsession.shapes import as_dims, element_count, is_fully_defined, merge_dims

__all__ = [
    "AggregationMethod",
    "NoGradient",
    "NotDifferentiable",
    "RegisterGradient",
    "UnconnectedGradients",
    "gradients",
    "hessians",
    "no_gradient",
]

GradientFunction = Callable[..., Any]


class AggregationMethod:
    """How the gradients that reach a tensor along several paths are added up.

    Attributes:
      ADD_N: by one op, when all of them are there.
      DEFAULT: the same.
      EXPERIMENTAL_TREE: in pairs, so that each can be freed early.
      EXPERIMENTAL_ACCUMULATE_N: the same.

    Source: TensorFlow 1.15 `tf.AggregationMethod`.
    """

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class UnconnectedGradients(enum.Enum):
    """What the gradient of an x is that does not influence any y: None, or zeros.

    Source: TensorFlow 1.15 `tf.UnconnectedGradients`.
    """

    NONE = "none"
    ZERO = "zero"


# ---- Registration ----

# Gradients that programs register, and where (function, file, line); those of our own ops are in
# registry.GRADIENTS.
_registered: dict[str, GradientFunction | None] = {}
_places: dict[str, tuple[str, str, int]] = {}


class RegisterGradient:
    """Decorator that registers a function as the gradient of an op, or under a name of its own.

    The function takes the Operation and a gradient per output, and returns a gradient (a Tensor,
    IndexedSlices or None) per input. `Graph.gradient_override_map` picks it by name.

    Args:
      op_type: an op, or a new name.

    Raises:
      TypeError: `op_type` is not a string.
      KeyError: on decorating, the name has a gradient already.

    Source: TensorFlow 1.15 `tf.RegisterGradient`.
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f: GradientFunction) -> GradientFunction:
        """Registers `f` and returns it."""
        _register(self._op_type, f)
        return f


def NotDifferentiable(op_type: str) -> None:
    """States that an op has no gradient: what it depends on gets none through it.

    Args:
      op_type: the op.

    Raises:
      TypeError: `op_type` is not a string.
      KeyError: the op has a gradient already.

    Source: TensorFlow 1.15 `tf.NotDifferentiable`.
    """
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    _register(op_type, None)


NoGradient = NotDifferentiable
no_gradient = NotDifferentiable


def _register(name: str, function: GradientFunction | None) -> None:
    if name in _registered or name in registry.GRADIENTS:
        function_name, file, line = _place_of(name)
        raise KeyError(
            f"Registering two gradient with name '{name}'! (Previous registration was in "
            f"{function_name} {file}:{line})"
        )
    frame = sys._getframe(2)
    _registered[name] = function
    _places[name] = (frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno)


def _place_of(name: str) -> tuple[str, str, int]:
    if name in _places:
        return _places[name]
    code = getattr(registry.GRADIENTS[name], "__code__", None)
    if code is None:
        return "no_gradient", registry.__file__, 1
    return code.co_name, code.co_filename, code.co_firstlineno


def get_gradient_function(op: Operation) -> GradientFunction | None:
    """Returns the gradient function of an operation; None where it has no gradient.

    Raises:
      LookupError: nobody has said what its gradient is.

    Source: TensorFlow 1.15, python/framework/ops.py `get_gradient_function`.
    """
    if not op.inputs:
        return None
    override = op.attrs.get("_gradient_op_type")
    name = op.type if override is None else override.decode()
    for table in (_registered, registry.GRADIENTS):
        if name in table:
            return table[name]
    raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type})")


# ---- tf.gradients ----


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """Adds operations that compute the derivatives of the sum of `ys` with respect to each x.

    Args:
      ys: a Tensor or a list of Tensors.
      xs: a Tensor or Variable, or a list of such.
      grad_ys: the gradient of something with respect to each y, of its shape; ones where None.
      name: the name scope of the operations.
      colocate_gradients_with_ops: whether each goes on the device of the operation it belongs to.
      gate_gradients: whether no gradient of an operation is used before all of them are computed.
      aggregation_method: one of `AggregationMethod`.
      stop_gradients: Tensors that count as constants.
      unconnected_gradients: one of `UnconnectedGradients`, or its value.

    Returns:
      A list with a Tensor or IndexedSlices for each x, of its shape; None for an x that no y
      depends on, unless `unconnected_gradients` asks for zeros.

    Raises:
      LookupError: an operation in between has no gradient, and nobody has said that it has none.
      ValueError: the number or a shape of gradients is wrong, or an argument is not one of its
        choices.
      TypeError: a gradient is of the wrong type, or missing where y is complex.

    Source: TensorFlow 1.15 `tf.gradients`.
    """
    try:
        unconnected = UnconnectedGradients(unconnected_gradients)
    except ValueError:
        raise ValueError(
            f"Unknown value for unconnected_gradients: {unconnected_gradients!r}"
        ) from None
    y_list, x_list = as_list(ys), as_list(xs)
    stop_list = [] if stop_gradients is None else as_list(stop_gradients)
    given = [None] * len(y_list) if grad_ys is None else as_list(grad_ys)
    with name_scope(name, "gradients", [*y_list, *x_list, *stop_list, *given]):
        # A name that TensorFlow takes, too: later names come out the same.
        graph = get_default_graph()
        graph.unique_name("uid")
        y_tensors = convert_n_to_tensor_or_indexed_slices(y_list, name="y")
        x_tensors = [_differentiated(x, f"x_{i}") for i, x in enumerate(x_list)]
        stops = convert_n_to_tensor_or_indexed_slices(stop_list, name="stop_gradient")
        walk = _Walk(graph, colocate_gradients_with_ops, gate_gradients, aggregation_method or 0)
        initial = _initial_gradients(given, y_tensors, walk)
        walk.run(y_tensors, initial, x_tensors, stops)
    return [walk.result(x, unconnected) for x in x_tensors]


def _differentiated(x: Any, name: str) -> Any:
    """The tensor whose gradient is that of x: of a variable, its reference or handle."""
    handle = getattr(x, "handle", None)
    if isinstance(handle, Tensor):
        return handle
    if isinstance(x, IndexedSlices):
        return x
    return convert_to_tensor(x, name=name, as_ref=True)


def _initial_gradients(given: list[Any], ys: list[Any], walk: _Walk) -> list[Any]:
    """The gradients of ys: those given, checked, or ones."""
    if len(given) != len(ys):
        raise ValueError(f"Passed {len(given)} grad_ys for {len(ys)} ys")
    converted = convert_n_to_tensor_or_indexed_slices(given, name="grad_y")
    result = []
    for index, (dy, y) in enumerate(zip(converted, ys, strict=True)):
        with walk.colocated(y.op):
            if dy is None:
                result.append(_ones(y, index))
            else:
                _check_initial(dy, y)
                result.append(_in_scope(dy, f"grad_ys_{index}"))
    return result


def _ones(y: Any, index: int) -> Tensor:
    if y.dtype.is_complex:
        raise TypeError(f"Gradients of complex tensors must set grad_ys (y.dtype = {y.dtype!r})")
    dims = y.dims if isinstance(y, Tensor) else None
    if dims is not None and is_fully_defined(dims):
        shape = constant_of_array(sizes_array(dims), "Shape")
    else:
        shape = build("Shape", convert_to_tensor(y))
    base = y.dtype.base_dtype
    one = convert_to_tensor(1, base, name=f"grad_ys_{index}")
    result: Tensor = build("Fill", shape, one)
    return result


def _check_initial(dy: Any, y: Any) -> None:
    """Raises TypeError where a given gradient is of another kind of number than y."""
    dtype, wanted = dy.dtype, y.dtype
    text = f"Gradient type {dtype.name} generated for"
    if wanted.is_floating or wanted.is_integer:
        if not (dtype.is_floating or dtype.is_integer):
            raise TypeError(
                f"{text} real or integer-valued tensor {y} with type {wanted.name} must be real or "
                "integer"
            )
    elif wanted.is_complex:
        if not dtype.is_complex:
            raise TypeError(
                f"{text} complex-valued tensor {y} with type {wanted.name} must be real"
            )
    elif wanted is dtypes.variant:
        if dtype is not dtypes.variant:
            raise TypeError(f"{text} variant tensor {y} with type {wanted.name} must be variant")
    elif wanted is not dtypes.resource:
        raise TypeError(
            f"Tensor {y} with type {wanted.name} must be numeric to obtain a default gradient"
        )


def _in_scope(dy: Any, name: str) -> Any:
    """The same gradient as an operation in the scope of the gradients."""
    if not isinstance(dy, IndexedSlices):
        return build("Identity", dy, name=name)
    shape = dy.dense_shape
    return IndexedSlices(
        build("Identity", dy.values, name=f"{name}_values"),
        build("Identity", dy.indices, name=f"{name}_indices"),
        None if shape is None else build("Identity", shape, name=f"{name}_shape"),
    )


class _Walk:
    """One way back through the graph.

    `gradients` holds, for each operation that a gradient has reached, one entry an output: a list
    of what has been sent until the operation is visited, then the sum (or None).
    """

    def __init__(self, graph: Graph, colocate: bool, gate: bool, aggregation_method: int) -> None:
        self.graph = graph
        self.colocate = colocate
        self.gate = gate
        self.aggregation_method = aggregation_method
        self.gradients: dict[Operation, list[Any]] = {}
        self.pending: dict[Operation, int] = {}
        # What is kept of the loops on the way; None where there are none.
        self.loops: loop_gradients.ControlFlowState | None = None

    def colocated(self, op: Operation) -> contextlib.AbstractContextManager[None]:
        """The device scope of the gradient of `op`."""
        if self.colocate:
            return self.graph.colocate_with(op)
        return contextlib.nullcontext()

    def run(self, ys: list[Any], initial: list[Any], xs: list[Any], stops: list[Any]) -> None:
        """Visits all operations between `xs` and `ys`, readers before what they read."""
        targets = list(dict.fromkeys(y.op for y in ys))
        between = _between([x.op for x in xs], targets)
        if any(op.type in EXIT for op in between):
            self.loops = loop_gradients.control_flow_state(between, self.colocate)
        self.pending = pending = dict.fromkeys(between, 0)
        for op in between:
            for tensor in op.inputs:
                if tensor.op in pending:
                    pending[tensor.op] += 1
        for y, dy in zip(ys, initial, strict=True):
            self._send(y, dy)
        stopped = {tensor.op for tensor in stops}
        # Behind the first x there is nothing to differentiate.
        stopped.update(
            x.op for x in xs if not any(pending.get(tensor.op, 0) for tensor in x.op.inputs)
        )
        ready = collections.deque(op for op in targets if pending.get(op) == 0)
        if self.loops is not None:
            for tensor in self.loops.unused_exits(pending, set(targets)):
                self._send_zeros(tensor)
                ready.append(tensor.op)
        while ready:
            op = ready.popleft()
            with self.colocated(op):
                self._visit(op, op in stopped)
            for tensor in op.inputs:
                if tensor.op in pending:
                    pending[tensor.op] -= 1
                    self._note_ready(tensor, ready)
        if self.loops is not None:
            self.loops.finish()

    def _note_ready(self, tensor: Tensor, ready: collections.deque[Operation]) -> None:
        """Appends the operation of a tensor to those to visit, if it is its turn."""
        op = tensor.op
        if self.pending[op] != 0:
            # The gradient of a loop begins before that of its last round is complete.
            if self.loops is None or self.pending[op] < 0 or not loop_gradients.is_loop_switch(op):
                return
        if self.loops is None or op.type not in EXIT:
            ready.append(op)
            return
        # All outputs of a loop get their gradients at once.
        state = self.loops.state_of(op, False)
        if state is None:
            ready.append(op)
            return
        state.deferred_exits.append(tensor)
        state.pending_exits_count -= 1
        if state.pending_exits_count:
            return
        used = [t for t in state.deferred_exits if self._has_gradient(t.op)]
        ready.extend(t.op for t in used)
        state.unused_exits.extend(t for t in state.deferred_exits if t not in used)
        for exit_ in state.unused_exits:
            if used:
                self._send_zeros(exit_)
            ready.append(exit_.op)

    def _send_zeros(self, tensor: Tensor) -> None:
        assert self.loops is not None
        if tensor.dtype.base_dtype in DIFFERENTIABLE:
            self._send(tensor, self.loops.zeros_for_exit(tensor))

    def _has_gradient(self, op: Operation) -> bool:
        entries = self.gradients.get(op, [])
        return any(any(dy is not None for dy in e) if isinstance(e, list) else e for e in entries)

    def _in_loop(self, op: Operation, before: bool) -> contextlib.AbstractContextManager[None]:
        """The context of the gradient of `op`, or of the sum that it begins with."""
        if self.loops is None:
            return contextlib.nullcontext()
        context: contextlib.AbstractContextManager[None] = self.loops.inside(op, before)
        return context

    def _zeros(self, op: Operation, index: int) -> Tensor | None:
        """The gradient of an output that nothing depends on; None where it is no number."""
        if op.outputs[index].dtype.base_dtype not in DIFFERENTIABLE:
            return None
        if op.outputs[index].dtype is dtypes.variant:
            return None
        if self.loops is None and op.control_flow_context is None:
            return zeros_like_output(op.outputs[index])
        if self.loops is None:
            return loop_gradients.zeros_outside_loops(op, index)
        zeros: Tensor | None = self.loops.zeros_like(op, index)
        return zeros

    def _send(self, tensor: Tensor, dx: Any) -> None:
        op = tensor.op
        entries = self.gradients.get(op)
        if entries is None:
            entries = self.gradients[op] = [[] for _ in op.outputs]
        sent = entries[tensor.value_index]
        if isinstance(sent, list):
            sent.append(dx)
        else:
            # The Switch of a loop has been visited before, with the gradient of the Exit.
            entries[tensor.value_index] = dx

    def _visit(self, op: Operation, is_stopped: bool) -> None:
        """Adds up what has reached `op` and sends its gradient on."""
        with self._in_loop(op, True):
            dys = self._add_up(op)
        if is_stopped or all(dy is None for dy in dys):
            return
        function = get_gradient_function(op)
        if function is None:
            return
        with self._in_loop(op, False):
            self._differentiate(op, function, dys)

    def _differentiate(self, op: Operation, function: GradientFunction, dys: list[Any]) -> None:
        arguments = [self._zeros(op, i) if dy is None else dy for i, dy in enumerate(dys)]
        with name_scope(op.name + "_grad"), self.graph._original_op(op):
            dxs = as_list(function(op, *arguments))
            if len(dxs) != len(op.inputs):
                raise ValueError(
                    f"Num gradients {len(dxs)} generated for op {op.node_def} do not match num "
                    f"inputs {len(op.inputs)}"
                )
            if self.gate and sum(dx is not None for dx in dxs) > 1:
                dxs = self._gated(dxs)
        for index, (tensor, dx) in enumerate(zip(op.inputs, dxs, strict=True)):
            if dx is not None:
                _check_shape(op, index, tensor, dx)
                self._send(tensor, dx)

    def _gated(self, dxs: list[Any]) -> list[Any]:
        graph = self.graph
        with graph.device(None), graph.colocate_with(None, ignore_existing=True):
            return list(control.tuple(dxs))

    def _add_up(self, op: Operation) -> list[Any]:
        """Replaces the lists of `op` by their sums."""
        if self.aggregation_method not in (0, 1, 2):
            raise ValueError(f"Invalid aggregation_method specified {self.aggregation_method}.")
        entries = self.gradients.get(op)
        if entries is None:
            return [None] * len(op.outputs)
        for index, sent in enumerate(entries):
            if not isinstance(sent, list):
                continue
            if not all(isinstance(dy, (Tensor, IndexedSlices)) for dy in sent):
                raise TypeError("gradients have to be either all Tensors or all IndexedSlices")
            if len(sent) < 2:
                entries[index] = sent[0] if sent else None
            elif all(isinstance(dy, IndexedSlices) for dy in sent):
                entries[index] = _joined(sent)
            elif any(isinstance(dy, IndexedSlices) for dy in sent):
                entries[index] = build("AddN", sent)
            elif self.aggregation_method == AggregationMethod.ADD_N:
                entries[index] = self._sum(sent)
            else:
                entries[index] = _sum_in_pairs(op, sent)
        return entries

    def _sum(self, sent: list[Tensor]) -> Tensor:
        """Adds first what is on one device."""
        devices: dict[str, list[Tensor]] = {}
        for dy in sent:
            devices.setdefault(dy.device, []).append(dy)
        sums = []
        for device in sorted(devices):
            tensors = devices[device]
            with self.graph.colocate_with(tensors[0].op, ignore_existing=True):
                sums.append(tensors[0] if len(tensors) == 1 else build("AddN", tensors))
        return sums[0] if len(sums) == 1 else build("AddN", sums)

    def result(self, x: Any, unconnected: UnconnectedGradients) -> Any:
        """The gradient of x."""
        entries = self.gradients.get(x.op)
        found = None if entries is None else entries[x.value_index]
        # Lists are left where an operation was never visited: no path leads from there to an x.
        if found is not None and not isinstance(found, list):
            return found
        if unconnected is UnconnectedGradients.NONE:
            return None
        return zeros_of_result(x)


def _between(from_ops: Iterable[Operation], to_ops: Iterable[Operation]) -> dict[Operation, None]:
    """The operations on paths from `from_ops` to `to_ops`, ends included, last ones first."""
    reached: set[Operation] = set()
    pending = collections.deque(from_ops)
    while pending:
        op = pending.popleft()
        if op not in reached:
            reached.add(op)
            for output in op.outputs:
                if output.dtype.base_dtype in DIFFERENTIABLE:
                    pending.extend(output.readers)
    between: dict[Operation, None] = {}
    pending.extend(to_ops)
    while pending:
        op = pending.popleft()
        if op in reached and op not in between:
            between[op] = None
            pending.extend(tensor.op for tensor in op.inputs)
    return between


def _check_shape(op: Operation, index: int, x: Tensor, dx: Any) -> None:
    """Adds the shape of x to what is known of its gradient's."""
    if not isinstance(dx, Tensor) or x.dtype is dtypes.resource:
        return
    try:
        dx.dims = merge_dims(dx.dims, x.dims)
    except ValueError as error:
        raise ValueError(
            "Incompatible shapes between op input and calculated input gradient.  Forward "
            f"operation: {op.name}.  Input index: {index}. Original input shape: {x.shape}.  "
            f"Calculated input gradient shape: {dx.shape}"
        ) from error


def _sum_in_pairs(op: Operation, sent: list[Tensor]) -> Tensor:
    with name_scope(op.name + "_gradient_sum"):
        total = sent[0]
        for dy in sent[1:]:
            total = build("AddN", [total, dy])
        return total


def _joined(sent: list[IndexedSlices]) -> IndexedSlices:
    """All slices one after the other; slices of equal index add up by definition."""
    indices = [dy.indices for dy in sent]
    if any(tensor.dtype is dtypes.int64 for tensor in indices):
        indices = [
            tensor
            if tensor.dtype is dtypes.int64
            else build("Cast", tensor, SrcT=tensor.dtype, DstT=dtypes.int64)
            for tensor in indices
        ]
    return IndexedSlices(
        build("ConcatV2", [dy.values for dy in sent], 0, name="concat"),
        build("ConcatV2", indices, 0, name="concat"),
        sent[0].dense_shape,
    )


# ---- tf.hessians ----


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Tensor]:
    """Adds operations that compute the second derivatives of the sum of `ys` by each x.

    Args:
      ys: a Tensor or a list of Tensors.
      xs: a Tensor or Variable of a known shape, or a list of such.
      name: accepted for compatibility.
      colocate_gradients_with_ops: as of `gradients`.
      gate_gradients: as of `gradients`.
      aggregation_method: as of `gradients`.

    Returns:
      A list with a Tensor [shape of x, shape of x] for each x.

    Raises:
      ValueError: the shape of an x is not known, or no y depends on it.
      LookupError: as of `gradients`.

    Source: TensorFlow 1.15 `tf.hessians`, which differentiates each element of the first derivative
      in a loop; here these are so many operations, which is why the shapes must be known.
    """
    x_list = as_list(xs)
    options: dict[str, Any] = {
        "colocate_gradients_with_ops": colocate_gradients_with_ops,
        "gate_gradients": gate_gradients,
        "aggregation_method": aggregation_method,
    }
    first = gradients(ys, x_list, **options)
    return [_hessian(dx, x, options) for dx, x in zip(first, x_list, strict=True)]


def _hessian(dx: Any, x: Any, options: dict[str, Any]) -> Tensor:
    dims = as_dims(x.get_shape())
    count = element_count(dims)
    if dims is None or count is None:
        raise ValueError(f"hessians: the shape {x.get_shape()} of {x} must be fully known")
    if dx is None:
        raise ValueError(f"hessians: ys do not depend on {x}")
    minus_one = constant_of_array(np.array([-1], np.int32), "Reshape/shape")
    flat = build("Reshape", convert_to_tensor(dx), minus_one, name="Reshape")
    rows = []
    for index in range(count):
        begin = constant_of_array(np.array([index], np.int32), "Slice/begin")
        size = constant_of_array(np.array([1], np.int32), "Slice/size")
        element = build("Slice", flat, begin, size)
        options["unconnected_gradients"] = UnconnectedGradients.ZERO
        (row,) = gradients(element, x, **options)
        rows.append(convert_to_tensor_or_indexed_slices(row))
    shape = constant_of_array(np.array(dims + dims, np.int32), "Reshape_1/shape")
    if not rows:
        zeros: Tensor = build("Reshape", convert_to_tensor(dx), shape, name="Reshape_1")
        return zeros
    result: Tensor = build("Reshape", build("Pack", rows), shape, name="Reshape_1")
    return result
