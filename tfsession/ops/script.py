"""Python functions in graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, build
from tfsession.graph.operation import Operation
from tfsession.graph.scopes import get_default_graph
from tfsession.registry import gradient, no_gradient, op, shape
from tfsession.resources.python_functions import PythonFunction, function_of
from tfsession.shapes import Dims

__all__ = ["eager_py_func", "numpy_function", "py_func"]

_CALL = "token: string; Tin: list(type) >= 0; Tout: list(type) >= 0"

op("PyFunc(input: Tin) -> output: Tout", _CALL, stateful=True)
op("PyFuncStateless(input: Tin) -> output: Tout", _CALL)
op("EagerPyFunc(input: Tin) -> output: Tout", _CALL, stateful=True)
no_gradient("PyFunc", "PyFuncStateless")


@shape("PyFunc", "PyFuncStateless", "EagerPyFunc")
def py_func_shape(Tout: list[Any]) -> list[Dims]:
    """Unknown, all of them."""
    return [None for _ in Tout]


def _call(op_type: str, func: Callable[..., Any], inp: Any, Tout: Any, name: str | None) -> Any:
    """Builds an operation that calls a function, which its graph keeps.

    Args:
      op_type: PyFunc, PyFuncStateless or EagerPyFunc.
      func: what is called.
      inp: a list of tensors.
      Tout: the dtypes of the results: a list, or one.
      name: a name for the operation.

    Returns:
      A list of Tensors, or one Tensor for one dtype, or the Operation where there are no results.

    Raises:
      ValueError: `func` cannot be called.
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    is_list = isinstance(Tout, (list, tuple))
    types = list(Tout) if is_list else [Tout]
    function = PythonFunction(func)
    get_default_graph().attachments.setdefault("python_functions", []).append(function)
    results = build(
        op_type,
        inp,
        token=function.token,
        Tout=types,
        name=name,
    )
    if not types:
        operation: Operation = get_default_graph().operations[-1]
        return operation
    return results if is_list else results[0]


def eager_py_func(
    function: Callable[..., Any], inp: Sequence[TensorLike], Tout: Any, name: str | None
) -> Any:
    """Builds the operation of `tf.py_function`, which see; `function.gradient` is its gradient."""
    return _call("EagerPyFunc", function, inp, Tout, name)


@gradient("EagerPyFunc")
def eager_py_func_gradient(op: Operation, *dys: Any) -> Any:
    """Calls the gradient of the function, which the function has as a method."""
    function = function_of(op.get_attr("token").decode())
    types = [x.dtype for x in op.inputs]
    dxs = _call("EagerPyFunc", function.gradient, [*op.inputs, *dys], types, None)
    for x, dx in zip(op.inputs, dxs, strict=True):
        dx.set_shape(x.shape)
    return dxs


def py_func(
    func: Callable[..., Any],
    inp: Sequence[TensorLike],
    Tout: DTypeLike | Sequence[DTypeLike],
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """Calls a function of Python with arrays.

    Args:
      func: gets a NumPy array for each input (scalars as NumPy scalars, strings as bytes or arrays
        of bytes), and returns an array, or a list or tuple of them, or None for no results.
      inp: a list of tensors.
      Tout: the dtypes of what it returns: a list, or one.
      stateful: whether it has an effect or a memory; otherwise calls may be merged or left out.
      name: a name for the operation.

    Returns:
      A list of Tensors of unknown shapes, or one for one dtype, or the Operation for an empty list.
      They have no gradient, but for `Graph.gradient_override_map({"PyFunc": ...})`.

    Raises:
      ValueError: `func` cannot be called.
      InvalidArgumentError: at a run, it returns something else than `Tout` says, or raises
        ValueError or TypeError; other errors of Python are those of TensorFlow that are closest.

    Source: TensorFlow 1.15 `tf.py_func`.
    """
    return _call("PyFunc" if stateful else "PyFuncStateless", func, inp, Tout, name)


def numpy_function(
    func: Callable[..., Any],
    inp: Sequence[TensorLike],
    Tout: DTypeLike | Sequence[DTypeLike],
    name: str | None = None,
) -> Any:
    """Calls a function of Python with arrays, as `py_func` does.

    Source: TensorFlow 1.15 `tf.numpy_function`.
    """
    return _call("PyFunc", func, inp, Tout, name)
