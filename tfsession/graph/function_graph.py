"""Functions as graphs of their own: what `tf.data` is given to map, and its like.

A function is traced once. What it takes from outside, it captures: the value arrives with each
call, beside the arguments.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tfsession import registry
from tfsession.dtypes import DType
from tfsession.graph.build import constant_of_array, stand_in
from tfsession.graph.graph import Graph, default_graphs
from tfsession.graph.operation import Operation, Tensor
from tfsession.shapes import Dims

_numbers = itertools.count()


class FunctionGraph(Graph):
    """The graph of a function's body.

    Attributes:
      outer: the graph in which the function is defined.
      captures: tensors of `outer` that the body reads, to what stands for them inside.
    """

    building_function = True

    def __init__(self, outer: Graph) -> None:
        super().__init__()
        self.outer = outer
        self.captures: dict[Tensor, Tensor] = {}
        self.seed = outer.seed

    def add_operation(
        self,
        op_def: registry.OpDef,
        name: str | None,
        inputs: list[Tensor],
        attrs: dict[str, Any],
        output_types: Sequence[DType],
        dims: list[Dims] | None = None,
    ) -> Operation:
        """`Graph.add_operation`; inputs of the outer graph are captured."""
        inside = [self.capture(tensor) for tensor in inputs]
        return super().add_operation(op_def, name, inside, attrs, output_types, dims)

    def capture(self, tensor: Tensor) -> Tensor:
        """What stands inside for a tensor, which is one of this graph or of one around it.

        Raises:
          ValueError: it is of another graph.
        """
        if tensor.op.graph is self:
            return tensor
        if isinstance(self.outer, FunctionGraph):
            tensor = self.outer.capture(tensor)
        elif tensor.op.graph is not self.outer:
            raise ValueError(f"{tensor!r} is not from the passed-in graph.")
        found = self.captures.get(tensor)
        if found is None:
            found = self.captures[tensor] = self._stand_in(tensor)
        return found

    def outside(self, tensor: Tensor) -> Tensor | None:
        """The captured tensor that `tensor` stands for; None: it stands for none."""
        return next((t for t, inner in self.captures.items() if inner is tensor), None)

    def _stand_in(self, tensor: Tensor) -> Tensor:
        with self.as_default(), self.outside_of_scopes():
            if tensor.op.op_def_.is_constant:
                # What is known of it while the graph is built is known inside, too.
                return constant_of_array(tensor.op.attrs["value"], dtype=tensor.dtype)
            return stand_in(tensor.dtype.base_dtype, tensor.dims)

    def outside_of_scopes(self) -> Any:
        """A `with` block for operations that no scope of the body counts for."""
        return self.control_dependencies(None)


@dataclass(frozen=True, eq=False)
class GraphFunction:
    """A function that has been traced.

    Attributes:
      name: unique in the process.
      graph: its body.
      inputs: the placeholders of its arguments.
      outputs: what it returns, flat.
    """

    name: str
    graph: FunctionGraph
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def captured(self) -> list[Tensor]:
        """The tensors outside whose values each call takes behind its arguments."""
        captures = self.graph.captures.items()
        return [t for t, inner in captures if not inner.op.op_def_.is_constant]

    @property
    def parameters(self) -> list[Tensor]:
        """What takes the arguments, and then the captured values."""
        inner = self.graph.captures.values()
        return [*self.inputs, *(t for t in inner if not t.op.op_def_.is_constant)]


def trace(
    name: str,
    types: Sequence[DType],
    shapes: Sequence[Dims],
    body: Callable[[list[Tensor]], Sequence[Any]],
    outer: Graph | None = None,
) -> GraphFunction:
    """Traces a function.

    Args:
      name: for texts of errors; made unique.
      types: the dtype of each argument.
      shapes: the static shape of each argument.
      body: takes the placeholders of the arguments and returns tensors.
      outer: where it is defined; the default graph when None.
    """
    graph = FunctionGraph(default_graphs.get() if outer is None else outer)
    with graph.as_default():
        inputs = [
            stand_in(dtype, dims, f"args_{index}")
            for index, (dtype, dims) in enumerate(zip(types, shapes, strict=True))
        ]
        outputs = [graph.capture(tensor) for tensor in body(inputs)]
    unique = f"__inference_{name}_{next(_numbers)}"
    return GraphFunction(unique, graph, tuple(inputs), tuple(outputs))
