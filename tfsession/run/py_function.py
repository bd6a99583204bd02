"""`tf.py_function`: Python functions of tensors that have values."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from tfsession.autodiff.gradients import gradients
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, constant, convert_to_tensor
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops.array import zeros_like
from tfsession.ops.script import eager_py_func
from tfsession.run.session import Session

__all__ = ["py_function"]


class _ValueGraph(Graph):
    """A graph of constants and what follows from them: each tensor has a method `numpy`."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(graph=self)

    def add_operation(self, *args: Any, **kwargs: Any) -> Operation:
        """Adds an operation; see Graph."""
        op = super().add_operation(*args, **kwargs)
        for tensor in op.outputs:
            vars(tensor)["numpy"] = functools.partial(self.session.run, tensor)
        return op


class _Function:
    """A function of tensors as a function of arrays, and its gradient."""

    def __init__(self, function: Callable[..., Any], types: Sequence[DType]) -> None:
        self._function = function
        self._types = types

    def _outputs(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        found = self._function(*inputs)
        values = [] if found is None else found
        outputs = list(values) if isinstance(values, (list, tuple)) else [values]
        if len(outputs) != len(self._types):
            return [convert_to_tensor(output) for output in outputs]
        pairs = zip(outputs, self._types, strict=True)
        return [convert_to_tensor(output, dtype=dtype) for output, dtype in pairs]

    def __call__(self, *arrays: Any) -> list[Any]:
        """The values of the outputs."""
        graph = _ValueGraph()
        with graph.as_default(), graph.session as session:
            outputs = self._outputs([constant(array) for array in arrays])
            values: list[Any] = session.run(outputs)
            return values

    def gradient(self, *arrays: Any) -> list[Any]:
        """The gradients for the inputs, of the inputs and then those for the outputs."""
        graph = _ValueGraph()
        count = len(arrays) - len(self._types)
        with graph.as_default(), graph.session as session:
            inputs = [constant(array) for array in arrays[:count]]
            dys = [constant(array) for array in arrays[count:]]
            found = gradients(self._outputs(inputs), inputs, dys)
            known = [
                zeros_like(x) if dx is None else convert_to_tensor(dx)
                for x, dx in zip(inputs, found, strict=True)
            ]
            values: list[Any] = session.run(known)
            return values


def py_function(
    func: Callable[..., Any],
    inp: Sequence[TensorLike],
    Tout: DTypeLike | Sequence[DTypeLike],
    name: str | None = None,
) -> Any:
    """Calls a function of Python with tensors that have values.

    Args:
      func: gets a tensor for each input, whose method `numpy` gives its value, as that of every
        tensor computed of them does; returns a tensor, or a list or tuple of them, or None for no
        results.
      inp: a list of tensors.
      Tout: the dtypes of what it returns: a list, or one.
      name: a name for the operation.

    Returns:
      A list of Tensors of unknown shapes, or one for one dtype, or the Operation for an empty list.
      They have gradients: those of what `func` computes by tensors, without `numpy`.

    Raises:
      ValueError: `func` cannot be called.
      InvalidArgumentError: at a run, as of `py_func`.

    Source: TensorFlow 1.15 `tf.py_function`. There tensors are eager ones; here `func` builds a
      graph at each call, so Python cannot branch on a tensor itself.
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    types: Any = Tout if isinstance(Tout, (list, tuple)) else [Tout]
    function = _Function(func, [as_dtype(dtype) for dtype in types])
    return eager_py_func(function, inp, Tout, name)
