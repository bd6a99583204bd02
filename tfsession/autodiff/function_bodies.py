"""What the Python code of a function has added to a graph, to be added again by other calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tfsession import protos
from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.variables.scope import get_variable_scope, variable_scope


@dataclass(eq=False)
class Body:
    """The operations that one run of the Python code has made.

    Attributes:
      graph: where they are.
      scope: the name scope of the call, with its slash.
      inputs: what stood for the arguments.
      result: what the code returned.
      operations: in order of creation, without those of variables that the code made.
    """

    graph: Graph
    scope: str
    inputs: list[Tensor]
    result: Any = None
    operations: list[Operation] = field(default_factory=list)

    def run(self, function: Callable[..., Any]) -> None:
        """Calls the Python code in the default graph, whose variables stay as they are."""
        first, of_variables = len(self.graph.operations), set[Operation]()
        with _noted_variables(self.graph, of_variables):
            self.result = function(*self.inputs)
        made = self.graph.operations[first:]
        self.operations = [op for op in made if op not in of_variables]

    @property
    def captured(self) -> list[Tensor]:
        """The tensors from outside that the operations read."""
        own = {*self.operations, *(tensor.op for tensor in self.inputs)}
        read = [tensor for op in self.operations for tensor in op.inputs]
        outside = [t for t in [*read, *self.results()] if t.op not in own]
        return list(dict.fromkeys(outside))

    @property
    def captured_outside(self) -> list[Tensor]:
        """The same, as the graph around that of the operations has them."""
        pairs = [(tensor, self.graph.outside(tensor)) for tensor in self.captured]
        return [tensor if outer is None else outer for tensor, outer in pairs]

    @property
    def stateful(self) -> list[tuple[str, str]]:
        """The name and the type of each operation that has an effect or a memory."""
        found = [op for op in self.operations if op.op_def_.is_stateful]
        return [(self.name_inside(op), op.type) for op in found]

    def results(self) -> list[Any]:
        """The tensors that the code returned, and None in the place of none."""
        if self.result is None or isinstance(self.result, Operation):
            return []
        return list(self.result) if isinstance(self.result, (list, tuple)) else [self.result]

    def can_be_copied(self) -> bool:
        """Whether the operations can be added again where the default graph is now.

        Those of loops and branches cannot: a context of control flow belongs to one loop or branch.
        """
        now = self.graph.control_flow_context
        mine = {tensor.op.control_flow_context for tensor in self.inputs}
        return (
            all(op.control_flow_context in mine for op in self.operations)
            and not any(op.op_def_.is_variable for op in self.operations)
            and all(t.op.control_flow_context in (None, now) for t in self.captured)
            and all(isinstance(result, Tensor) for result in self.results())
        )

    def copied(self, inputs: Sequence[Tensor]) -> Any:
        """Adds the operations again in the current name scope; returns the result of the copies."""
        tensors: dict[Tensor, Tensor] = dict(zip(self.inputs, inputs, strict=True))
        operations: dict[Operation, Operation] = {}
        for op in self.operations:
            waited = [operations.get(control, control) for control in op.controls]
            with scopes.control_dependencies(waited), scopes.device(op.requested_device or None):
                copy = self.graph.add_operation(
                    op.op_def_,
                    self.name_inside(op),
                    [tensors.get(tensor, tensor) for tensor in op.inputs],
                    dict(op.attrs),
                    [tensor.dtype for tensor in op.outputs],
                )
            operations[op] = copy
            tensors.update(zip(op.outputs, copy.outputs, strict=True))
        if isinstance(self.result, Operation):
            return operations.get(self.result, self.result)
        if self.result is None:
            return None
        results = [tensors.get(tensor, tensor) for tensor in self.results()]
        return type(self.result)(results) if isinstance(self.result, (list, tuple)) else results[0]

    def name_inside(self, op: Operation) -> str:
        """The name of an operation without the name scope of the call."""
        return op.name[len(self.scope) :] if op.name.startswith(self.scope) else op.name

    def definition(self, name: str, parameters: Sequence[str]) -> protos.FunctionDef:
        """The operations as TensorFlow's message of a function."""
        message = protos.FunctionDef()
        message.signature.name = name
        places: dict[Tensor, str] = {}
        captured = [t.op.name.replace("/", "_").lower() for t in self.captured_outside]
        for tensor, label in zip(
            [*self.inputs, *self.captured], [*parameters, *captured], strict=True
        ):
            places[tensor] = label
            dtype = tensor.dtype.base_dtype.as_datatype_enum
            message.signature.input_arg.add(name=label, type=dtype)
        for op in self.operations:
            self._add_node(message, op, places)
        for tensor in self.results():
            label = f"{self.name_inside(tensor.op)}".replace("/", "_").lower()
            dtype = tensor.dtype.base_dtype.as_datatype_enum
            message.signature.output_arg.add(name=label, type=dtype)
            message.ret[label] = places[tensor]
        return message

    def _add_node(
        self, message: protos.FunctionDef, op: Operation, places: dict[Tensor, str]
    ) -> None:
        name = self.name_inside(op)
        node = message.node_def.add()
        node.CopyFrom(op.node_def)
        node.name = name
        del node.input[:]
        node.input.extend(places[tensor] for tensor in op.inputs)
        node.input.extend("^" + self.name_inside(control) for control in op.controls)
        position = 0
        for argument in op.op_def_.outputs:
            count = argument.count(op.attrs) if argument.is_list else 1
            for index in range(count):
                places[op.outputs[position]] = f"{name}:{argument.name}:{index}"
                position += 1


@contextmanager
def _noted_variables(graph: Graph, found: set[Operation]) -> Iterator[None]:
    """Adds to `found` the operations that `get_variable` makes."""

    def noted(getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        first = len(graph.operations)
        variable = getter(*args, **kwargs)
        found.update(graph.operations[first:])
        return variable

    scope = get_variable_scope()
    with variable_scope(
        scope, custom_getter=noted, auxiliary_name_scope=False, reuse=scope.reuse or None
    ):
        yield
