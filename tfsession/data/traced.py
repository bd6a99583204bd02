"""Functions of elements: user's Python functions, traced once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.data import structure
from tfsession.graph.function_graph import GraphFunction, trace
from tfsession.graph.operation import Tensor


class TracedFunction:
    """A user's function of an element.

    Attributes:
      function: what runs.
      result: the structure of specs of what it returns.

    Args:
      func: takes the parts of a tuple one by one, anything else as one argument.
      title: what errors call it, such as "Dataset.map()".
      specs: the structure of specs of its argument; a list of such: of its arguments.
      returns_dataset: whether it must return a dataset.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        title: str,
        *specs: Any,
        returns_dataset: bool = False,
    ) -> None:
        if not callable(func):
            raise ValueError("Argument must be callable")
        flat = [spec.flat for spec in structure.flatten(specs)]
        found: list[Any] = []

        def body(inputs: list[Tensor]) -> list[Tensor]:
            arguments = structure.from_tensors(specs, inputs)
            if len(arguments) == 1 and isinstance(arguments[0], tuple):
                # A named tuple comes as one argument.
                arguments = arguments if hasattr(arguments[0], "_fields") else arguments[0]
            value = func(*arguments)
            if returns_dataset and not hasattr(value, "variant_tensor"):
                kind = type(structure.spec_of(value))
                raise TypeError(
                    f"`map_func` must return a `Dataset` object. Got {_class_text(kind)}"
                )
            value = self._normalized(value, title)
            found.append(structure.mapped(structure.spec_of, value))
            return structure.to_tensors(found[0], value)

        name = f"{title.removesuffix('()').replace('.', '_')}_{_name_of(func)}"
        types, shapes = [dtype for dtype, _ in flat], [dims for _, dims in flat]
        self.function: GraphFunction = trace(name, types, shapes, body)
        self.result: Any = found[0]

    def _normalized(self, value: Any, title: str) -> Any:
        if isinstance(value, list):
            # Deeper inside, a list is one tensor.
            value = tuple(value)
        if value is None or any(leaf is None for leaf in structure.flatten(value)):
            raise TypeError(f"Unsupported return value from function passed to {title}: {value}.")
        try:
            return structure.normalized(value)
        except (ValueError, TypeError) as error:
            raise TypeError(
                f"Unsupported return value from function passed to {title}: {value}."
            ) from error

    @property
    def captured(self) -> list[Tensor]:
        """What it takes from outside: further inputs of the operation that has it."""
        return self.function.captured


def _class_text(kind: type) -> str:
    return f"<class 'tensorflow.python.framework.tensor_spec.{kind.__name__}'>"


def _name_of(func: Any) -> str:
    return getattr(func, "__name__", type(func).__name__)
