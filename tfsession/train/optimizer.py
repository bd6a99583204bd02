"""The base of all optimizers: from a loss to an operation that changes variables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from tfsession.autodiff import gradients
from tfsession.dtypes import DType, bfloat16, float16, float32, float64
from tfsession.graph import scopes
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import GraphKeys, init_scope, name_scope
from tfsession.ops import array, control, math, state
from tfsession.shapes import ShapeLike
from tfsession.train import slots
from tfsession.variables.reference import RefVariable
from tfsession.variables.resource import ResourceVariable
from tfsession.variables.variable import Variable

__all__ = ["Optimizer"]


class Optimizer:
    """What changes variables so that a loss becomes smaller.

    A subclass computes the update of one variable in `_apply_dense`, for rows of a gradient in
    `_apply_sparse`, and the same for resource variables, and makes its slots in `_create_slots`.

    Args:
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for slots.

    Raises:
      ValueError: `name` is empty.

    Source: TensorFlow 1.15 `tf.train.Optimizer`.
    """

    GATE_NONE: ClassVar[int] = 0
    GATE_OP: ClassVar[int] = 1
    GATE_GRAPH: ClassVar[int] = 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        # Slot name to variable key to slot.
        self._slots: dict[str, dict[Any, Any]] = {}
        self._non_slots: dict[tuple[str, Any], Any] = {}

    def get_name(self) -> str:
        """The name given to the constructor."""
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """An operation that makes `loss` smaller by changing variables.

        Args:
          loss: the Tensor to minimise, or a function without arguments that returns it; the
            variables are then by default the trainable resource variables that it reads.
          global_step: a Variable that counts the updates.
          var_list: the variables to change; the trainable ones of the graph when None.
          gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH: what waits for which gradients.
          aggregation_method: how gradients of several uses are added; see `tf.AggregationMethod`.
          colocate_gradients_with_ops: whether gradients are computed on the device of their op.
          name: a name for the operation.
          grad_loss: the gradient of `loss`; ones when None.

        Raises:
          ValueError: no variable has a gradient.

        Source: TensorFlow 1.15 `tf.train.Optimizer.minimize`.
        """
        grads_and_vars = self.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        if not any(gradient is not None for gradient, _ in grads_and_vars):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not "
                f"support gradients, between variables {[str(v) for _, v in grads_and_vars]} and "
                f"loss {loss}."
            )
        return self.apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """The gradients of `loss`, as pairs (gradient or None, variable).

        Arguments are those of `minimize`.

        Raises:
          TypeError: `var_list` holds something else than variables.
          ValueError: there is no variable, or an argument is not valid.

        Source: TensorFlow 1.15 `tf.train.Optimizer.compute_gradients`.
        """
        if callable(loss):
            count = len(scopes.get_default_graph().operations)
            loss = loss()
            grad_loss = None if grad_loss is None else convert_to_tensor(grad_loss, loss.dtype)
            if var_list is None:
                var_list = _read_since(count)
                if not var_list:
                    return []
        if gate_gradients not in (Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, "
                f"Optimizer.GATE_GRAPH.  Not {gate_gradients}"
            )
        self._assert_valid_dtypes([loss])
        if grad_loss is not None:
            self._assert_valid_dtypes([grad_loss])
        if var_list is None:
            var_list = [
                *scopes.get_collection(GraphKeys.TRAINABLE_VARIABLES),
                *scopes.get_collection("trainable_resource_variables"),
            ]
        else:
            var_list = control.flatten(var_list)
        var_list = [*var_list, *scopes.get_collection("_STREAMING_MODEL_PORTS")]
        targets = [_target(variable) for variable in var_list]
        if not var_list:
            raise ValueError("No variables to optimize.")
        found = gradients.gradients(
            loss,
            targets,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == Optimizer.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == Optimizer.GATE_GRAPH:
            found = control.tuple(found)
        pairs = list(zip(found, var_list, strict=True))
        self._assert_valid_dtypes(
            [v for g, v in pairs if g is not None and v.dtype.base_dtype.name != "resource"]
        )
        return pairs

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """An operation that changes variables by their gradients.

        Args:
          grads_and_vars: pairs (gradient, variable); variables without gradient stay as they are.
          global_step: a Variable that is incremented afterwards.
          name: a name for the operation; the optimizer's name when None.

        Raises:
          TypeError: a gradient is none.
          ValueError: no variable has a gradient.

        Source: TensorFlow 1.15 `tf.train.Optimizer.apply_gradients`.
        """
        pairs = tuple(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        converted = [(_converted(gradient), variable) for gradient, variable in pairs]
        used = [(gradient, variable) for gradient, variable in converted if gradient is not None]
        if not used:
            raise ValueError(
                f"No gradients provided for any variable: {[str(v) for _, v in converted]}."
            )
        with init_scope():
            self._create_slots([variable for _, variable in used])
        with name_scope(name, self._name) as scope:
            self._prepare()
            updates = []
            for gradient, variable in used:
                with (
                    name_scope(f"update_{variable.op.name}"),
                    scopes.colocate_with(variable.op),
                ):
                    updates.append(self._update(gradient, variable))
            if global_step is None:
                train_op = self._finish(updates, scope)
            else:
                with (
                    scopes.control_dependencies([self._finish(updates, "update")]),
                    scopes.colocate_with(global_step.op),
                ):
                    train_op = _increment(global_step, scope)
            operation: Operation = train_op.op if isinstance(train_op, Tensor) else train_op
            collection = scopes.get_collection_ref(GraphKeys.TRAIN_OP)
            if operation not in collection:
                collection.append(operation)
            return operation

    def _update(self, gradient: Any, variable: Any) -> Any:
        """The operation that changes one variable, and then applies its constraint."""
        is_resource = isinstance(variable, ResourceVariable)
        if isinstance(gradient, IndexedSlices):
            if variable.constraint is not None:
                raise RuntimeError("Cannot use a constraint function on a sparse variable.")
            if is_resource:
                return self._resource_apply_sparse_duplicate_indices(
                    gradient.values, variable, gradient.indices
                )
            return self._apply_sparse_duplicate_indices(gradient, variable)
        if is_resource:
            update = self._resource_apply_dense(gradient, variable)
        else:
            update = self._apply_dense(gradient, variable)
        if variable.constraint is None:
            return update
        with scopes.control_dependencies([update]):
            # The shared read of a reference variable may be from before the update.
            value = variable if is_resource else variable.read_value()
            return variable.assign(variable.constraint(value))

    # Slots.

    def get_slot(self, var: Variable, name: str) -> Any:
        """The slot called `name` of a variable, or None."""
        return self._slots.get(name, {}).get(_key(var))

    def get_slot_names(self) -> list[str]:
        """The names of the slots, sorted."""
        return sorted(self._slots)

    def variables(self) -> list[Any]:
        """The variables of the optimizer in the default graph, sorted by name."""
        graph = scopes.get_default_graph()
        found = [*self._non_slots.values()]
        for slot_dict in self._slots.values():
            found.extend(slot_dict.values())
        return sorted((v for v in found if v.graph is graph), key=lambda v: str(v.name))

    def non_slots(self) -> dict[str, Any]:
        """The variables of the optimizer as a whole in the default graph, by name."""
        graph = scopes.get_default_graph()
        found = {name: v for (name, there), v in self._non_slots.items() if there is graph}
        return dict(sorted(found.items()))

    def _slot_dict(self, slot_name: str) -> dict[Any, Any]:
        return self._slots.setdefault(slot_name, {})

    def _get_or_make_slot(self, var: Variable, val: Any, slot_name: str, op_name: str) -> Any:
        present = self._slot_dict(slot_name)
        if _key(var) not in present:
            present[_key(var)] = slots.create_slot(var, val, op_name)
        return present[_key(var)]

    def _get_or_make_slot_with_initializer(
        self,
        var: Variable,
        initializer: Any,
        shape: ShapeLike,
        dtype: DType,
        slot_name: str,
        op_name: str,
    ) -> Any:
        present = self._slot_dict(slot_name)
        if _key(var) not in present:
            present[_key(var)] = slots.create_slot_with_initializer(
                var, initializer, shape, dtype, op_name
            )
        return present[_key(var)]

    def _zeros_slot(self, var: Variable, slot_name: str, op_name: str) -> Any:
        present = self._slot_dict(slot_name)
        if _key(var) not in present:
            present[_key(var)] = slots.create_zeros_slot(var, op_name)
        return present[_key(var)]

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any) -> Any:
        """A variable of the optimizer as a whole, one in each graph."""
        key = (name, colocate_with.graph)
        if key not in self._non_slots:
            with scopes.colocate_with(colocate_with.op):
                self._non_slots[key] = Variable(
                    initial_value,
                    name=name,
                    trainable=False,
                    use_resource=isinstance(colocate_with, ResourceVariable),
                )
        return self._non_slots[key]

    def _get_non_slot_variable(self, name: str, graph: Graph | None = None) -> Any:
        return self._non_slots.get((name, graph or scopes.get_default_graph()))

    def _non_slot_variables(self) -> list[Any]:
        return list(self._non_slots.values())

    # What subclasses write.

    def _valid_dtypes(self) -> set[DType]:
        return {float16, bfloat16, float32, float64}

    def _assert_valid_dtypes(self, tensors: Sequence[Any]) -> None:
        valid = self._valid_dtypes()
        for tensor in tensors:
            dtype = tensor.dtype.base_dtype
            if dtype not in valid:
                names = [str(v) for v in sorted(valid, key=int)]
                raise ValueError(f"Invalid type {dtype!r} for {tensor.name}, expected: {names}.")

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        """Makes the slots of variables; those that exist stay."""

    def _prepare(self) -> None:
        """Makes the tensors that all updates share, in the scope of the update."""

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        raise NotImplementedError

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        raise NotImplementedError

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Variable) -> Any:
        """Updates rows of a reference variable, of which some may occur several times."""
        values, indices = deduplicated(grad.values, grad.indices)
        return self._apply_sparse(IndexedSlices(values, indices, grad.dense_shape), var)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        raise NotImplementedError

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, handle: Any, indices: Tensor
    ) -> Any:
        """Updates rows of a resource variable, of which some may occur several times."""
        values, unique = deduplicated(grad, indices)
        return self._resource_apply_sparse(values, handle, unique)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        raise NotImplementedError

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        return control.group(*update_ops, name=name_scope)

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) else param

    def _scalar(self, value: Any, name: str) -> Tensor:
        """A hyperparameter as a tensor."""
        return convert_to_tensor(self._call_if_callable(value), name=name)


def cast_like(value: Tensor, variable: Any) -> Tensor:
    """A hyperparameter in the dtype of a variable."""
    result: Tensor = math.cast(value, variable.dtype.base_dtype)
    return result


def deduplicated(values: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Adds up the rows of equal index.

    Args:
      values: [n, ...].
      indices: [n].

    Returns:
      [m, ...] sums and [m] different indices.
    """
    unique, positions = build("Unique", indices)
    count = array.shape(unique)[0]
    sums: Tensor = build("UnsortedSegmentSum", values, positions, count)
    return sums, unique


def _key(variable: Any) -> Any:
    return (variable.op.graph, variable.op.name)


def _read_since(count: int) -> list[Variable]:
    """The trainable resource variables that operations read which are no part of the first ones."""
    added = scopes.get_default_graph().operations[count:]
    read = {tensor for op in added for tensor in op.inputs}
    return [
        variable
        for variable in scopes.get_collection(GraphKeys.TRAINABLE_VARIABLES)
        if isinstance(variable, ResourceVariable) and variable.handle in read
    ]


def _target(variable: Any) -> Tensor:
    """What the gradient with respect to a variable is taken of."""
    if isinstance(variable, ResourceVariable):
        return variable.handle
    if isinstance(variable, RefVariable):
        return variable._ref()
    if isinstance(variable, Tensor):
        return variable
    raise TypeError(f"Argument is not a tf.Variable: {variable}")


def _converted(gradient: Any) -> Any:
    if gradient is None or isinstance(gradient, (Tensor, IndexedSlices)):
        return gradient
    try:
        return convert_to_tensor(gradient)
    except TypeError:
        raise TypeError(
            f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {gradient}"
        ) from None


def _increment(global_step: Any, name: str) -> Any:
    if isinstance(global_step, ResourceVariable):
        one = convert_to_tensor(1, dtype=global_step.dtype)
        return build("AssignAddVariableOp", global_step.handle, one, name=name)
    return state.assign_add(global_step, 1, name=name)


LearningRate = float | Tensor | Callable[[], Any]
